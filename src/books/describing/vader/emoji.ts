/** Emoji that carry a mood, by what Unicode calls them; from vaderSentiment 3.3.2 (MIT). All others are words without one. */
const TEXT = `
😀 grinning face; 😁 beaming face with smiling eyes; 😂 face with tears of joy; 🤣 rolling on the floor laughing
😃 grinning face with big eyes; 😄 grinning face with smiling eyes; 😅 grinning face with sweat; 😆 grinning squinting face
😊 smiling face with smiling eyes; 😎 smiling face with sunglasses; 😍 smiling face with heart-eyes; 😘 face blowing a kiss
🥰 smiling face with 3 hearts; 😗 kissing face; 😙 kissing face with smiling eyes; 😚 kissing face with closed eyes
☺ smiling face; 🙂 slightly smiling face; 🤗 hugging face; 😶 face without mouth; 😥 sad but relieved face; 😫 tired face
😌 relieved face; 😓 downcast face with sweat; 😔 pensive face; 😕 confused face; 😲 astonished face; ☹ frowning face
🙁 slightly frowning face; 😞 disappointed face; 😟 worried face; 😢 crying face; 😭 loudly crying face
😦 frowning face with open mouth; 😧 anguished face; 😨 fearful face; 😩 weary face; 😬 grimacing face; 😰 anxious face with sweat
😱 face screaming in fear; 😵 dizzy face; 😠 angry face; 😇 smiling face with halo; 🥳 partying face; 🤥 lying face
🤭 face with hand over mouth; 🤓 nerd face; 😈 smiling face with horns; 👿 angry face with horns; 👻 ghost; 😺 grinning cat face
😸 grinning cat face with smiling eyes; 😹 cat face with tears of joy; 😻 smiling cat face with heart-eyes
😼 cat face with wry smile; 😽 kissing cat face; 🙀 weary cat face; 😿 crying cat face; 🙍 person frowning; 🙅 person gesturing NO
🙆 person gesturing OK; 💁 person tipping hand; 🙋 person raising hand; 🤽 person playing water polo; 🤾 person playing handball
💏 kiss; 💑 couple with heart; ✌ victory hand; 🤙 call me hand; 🖐 hand with fingers splayed; ✋ raised hand; 👌 OK hand
🤚 raised back of hand; 👋 waving hand; ✍ writing hand; 💋 kiss mark; 💘 heart with arrow; ❤ red heart; 💓 beating heart
💔 broken heart; 💕 two hearts; 💖 sparkling heart; 💗 growing heart; 💙 blue heart; 💚 green heart; 💛 yellow heart
🧡 orange heart; 💜 purple heart; 🖤 black heart; 💝 heart with ribbon; 💞 revolving hearts; 💟 heart decoration
❣ heavy heart exclamation; 💌 love letter; 💤 zzz; 💢 anger symbol; 💣 bomb; 💥 collision; 💫 dizzy; 🗯 right anger bubble
🎩 top hat; ⛑ rescue worker’s helmet; 🍂 fallen leaf; 🥩 cut of meat; 🍠 roasted sweet potato; 🥟 dumpling
🍵 teacup without handle; 🏩 love hotel; 🗽 Statue of Liberty; 🚒 fire engine; 🚏 bus stop; 🛑 stop sign; ⏳ hourglass not done
⏰ alarm clock; ⛄ snowman without snow; 🔥 fire; ✨ sparkles; 🎉 party popper; 🎁 wrapped gift; 🎖 military medal; 🏅 sports medal
🥇 1st place medal; 🥈 2nd place medal; 🥉 3rd place medal; 🕹 joystick; 🎲 game die; ♥ heart suit; ♦ diamond suit; 🃏 joker
🎴 flower playing cards; 🔈 speaker low volume; 🔕 bell with slash; 💳 credit card; 📪 closed mailbox with lowered flag
📭 open mailbox with lowered flag; 📏 straight ruler; 🧷 safety pin; 🧯 fire extinguisher; ⚱ funeral urn; ⚠ warning; ⛔ no entry
🚳 no bicycles; 🚭 no smoking; 🚯 no littering; 🚷 no pedestrians; 📵 no mobile phones; 🔞 no one under eighteen; 🔝 TOP arrow
🛐 place of worship; ☮ peace symbol; ♋ Cancer; ▶ play button; ⏯ play or pause button; ⏹ stop button; 🔆 bright button
❇ sparkle; 🔡 input latin lowercase; 🆒 COOL button; 🆓 FREE button; 🆗 OK button; 🈶 Japanese “not free of charge” button
🔶 large orange diamond; 🔷 large blue diamond; 🔸 small orange diamond; 🔹 small blue diamond; 💠 diamond with a dot
`;

/** By emoji: the words that it is read as. */
export const EMOJI: ReadonlyMap<string, string> = new Map(
  TEXT.trim()
    .split(/[;\n]\s*/)
    .map((entry) => {
      const [emoji, ...words] = entry.split(' ');
      return [emoji, words.join(' ')];
    }),
);
