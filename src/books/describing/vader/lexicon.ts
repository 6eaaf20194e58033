import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Entries that the authors changed after the release that the package has. */
const SINCE: readonly (readonly [word: string, valence: number])[] = [
  ['badass', 1.4],
  ['flawed', -2.1],
  ['heart', 3.2],
  ['hearts', 3.3],
];

/** By word or emoticon in lower case: its mood, from -4 to 4. */
export const LEXICON: ReadonlyMap<string, number> = new Map([
  ...readFileSync(createRequire(import.meta.url).resolve('vader-sentiment/vader_lexicon.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line): readonly [string, number] => {
      const [word, valence] = line.trim().split('\t');
      return [word, Number(valence)];
    }),
  ...SINCE,
]);

const MORE = 0.293;

const words = (text: string): string[] => text.trim().split(/\s+/);
const weighted = (text: string, weight: number): (readonly [string, number])[] => words(text).map((word) => [word, weight]);

/** Words that make the mood of the next ones stronger, or weaker. */
export const BOOSTERS: ReadonlyMap<string, number> = new Map([
  ...weighted(
    `absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously entirely
     especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking fricking frickin
     frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible incredibly intensely major
     majorly more most particularly purely quite really remarkably so substantially thoroughly total totally tremendous
     tremendously uber unbelievably unusually utter utterly very`,
    MORE,
  ),
  ...weighted(
    `almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce scarcely
     slight slightly somewhat sorta sortof sort-of`,
    -MORE,
  ),
  ...['just enough', 'kind of', 'sort of'].map((phrase): readonly [string, number] => [phrase, -MORE]),
]);

const NEGATIONS: ReadonlySet<string> = new Set(
  words(
    `aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither neednt never none
     nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent uh-uh without wont wouldnt rarely seldom despite`,
  ),
);

/** @param word in lower case */
export const isNegation = (word: string): boolean => NEGATIONS.has(word) || word.includes("n't");

/** Phrases whose mood is not that of their words. */
export const IDIOMS: ReadonlyMap<string, number> = new Map([
  ['the shit', 3],
  ['the bomb', 3],
  ['bad ass', 1.5],
  ['bus stop', 0],
  ['yeah right', -2],
  ['kiss of death', -1.5],
  ['to die for', 3],
  ['beating heart', 3.5],
]);
