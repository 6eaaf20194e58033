const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const DIGITS = new Map(Array.from(ALPHABET, (character, digit) => [character, digit]));

/**
 * Bytes from text, five characters for four bytes (https://rfc.zeromq.org/spec/32/).
 * @throws {RangeError} when it is no such text
 */
export function fromZ85(text: string): Buffer {
  if (text.length % 5 !== 0) throw new RangeError(`its text of ${text.length} characters is cut off`);
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (const character of text.slice(at, at + 5)) {
      const digit = DIGITS.get(character);
      if (digit === undefined) throw new RangeError(`"${character}" stands in its text`);
      value = value * 85 + digit;
    }
    bytes.writeUInt32BE(value, (at / 5) * 4);
  }
  return bytes;
}
