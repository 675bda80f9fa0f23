/**
 * Every entry is exactly one token of `o200k_base`, also in a row, so that a text of a wished
 * number of tokens needs no tokenizer.
 */
const OPENING = ['This', ' is', ' demo', ' text', '.'];
const DETERMINERS = [' The', ' Each', ' Every', ' Another', ' One', ' That', ' Our', ' Your'];
const splitWords = (words: string) => words.split(' ').map((word) => ` ${word}`);
const ADJECTIVES = splitWords(
  'small quiet green early patient careful bright distant simple gentle',
);
const NOUNS = splitWords('river market garden teacher engine letter bridge window baker traveler');
const VERBS = splitWords(
  'carries watches follows remembers repairs crosses opens finds paints keeps',
);
const PREPOSITIONS = splitWords('near behind beyond above below beside inside before after under');
/** Words of two to four bytes a character, for reads that end inside of one. */
const WIDE = [' é', ' 😀', ' 日本', ' €', ' ещё', ' über', ' 한', ' più', ' años', ' café'];

const SENTENCE: readonly (readonly string[])[] = [
  DETERMINERS,
  ADJECTIVES,
  NOUNS,
  VERBS,
  [' the', ' a'],
  NOUNS,
  PREPOSITIONS,
  [' the'],
  ADJECTIVES,
  NOUNS,
  ['.'],
];

/** Numbers from 0 to 1 that are the same for the same seed (a 32-bit mixing generator). */
export function createSequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** A seed from any text (FNV-1a, 32 bits). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A text of exactly that many tokens, one an entry; plain sentences that say they are a demo. */
export function writeTokens(seed: number, count: number, isWide: boolean): string[] {
  const next = createSequence(seed);
  const pick = (words: readonly string[]) => words[Math.floor(next() * words.length)] ?? ' the';
  const tokens = OPENING.slice(0, count);
  while (tokens.length < count) {
    const place = (tokens.length - OPENING.length) % SENTENCE.length;
    const words = isWide && tokens.length % 2 === 0 ? WIDE : SENTENCE[place];
    tokens.push(pick(words ?? DETERMINERS));
  }
  return tokens;
}

/** The length of an answer nobody asked a length of: two to six whole sentences. */
export function usualTokens(seed: number): number {
  return OPENING.length + SENTENCE.length * (2 + (seed % 5));
}
