import { createRequire } from 'node:module';
import { listPromptTexts } from './prompt-texts.ts';
import { cutIntoPieces } from './text-pieces.ts';
import { createTokenWorker } from './token-worker.ts';

/**
 * Counts tokens where no provider did, with OpenAI's `o200k_base` encoding. Other models' own
 * tokenizers differ by some percent; what is counted here is marked as estimated.
 */
export interface Tokenizer {
  /** Tokens of one text. */
  countTokens(text: string): Promise<number>;
  /** Tokens of several texts together. */
  countTexts(texts: readonly string[]): Promise<number>;
  /** Tokens of a chat request's prompt, see `listPromptTexts` for the formula. */
  countMessages(request: Readonly<Record<string, unknown>>): Promise<number>;
  /** Ends the worker; what is still to be counted is estimated by its length. */
  close(): Promise<void>;
}

/** Up to here (about 1 ms) counting here costs less than asking the worker. */
const MAX_INLINE_BYTES = 16_000;
/** Beyond it the rest is taken to be like the beginning. */
const MAX_COUNTED_CHARACTERS = 2_000_000;

/**
 * Makes a tokenizer. The encoding's tables (0.1 s, 60 MB) are loaded with the first text, and a
 * second time in a worker thread with the first text above 16 kB, so that a long text never holds
 * up other calls.
 */
export function createTokenizer(): Tokenizer {
  const encodingPath = createRequire(import.meta.url).resolve('gpt-tokenizer/encoding/o200k_base');
  const worker = createTokenWorker(encodingPath);

  async function countTexts(texts: readonly string[]): Promise<number> {
    const { counted, share } = boundTexts(texts);
    const pieces = counted.flatMap(cutIntoPieces);
    const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
    const isShort = bytes <= MAX_INLINE_BYTES;
    const count = isShort ? await countInline(pieces) : await worker.count(pieces);
    return Math.ceil((count ?? bytes / 4) / share);
  }

  return {
    countTexts,
    countTokens: (text) => countTexts([text]),
    countMessages: async (request) => {
      const { texts, fixedTokens } = listPromptTexts(request);
      return fixedTokens + (await countTexts(texts));
    },
    close: () => worker.close(),
  };
}

async function countInline(pieces: readonly string[]): Promise<number> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // A text that spells a control token is only a text.
  const options = { disallowedSpecial: new Set<string>() };
  return pieces.reduce((sum, piece) => sum + countTokens(piece, options), 0);
}

/** The texts up to the bound, and the share of all characters that they are. */
function boundTexts(texts: readonly string[]): { counted: readonly string[]; share: number } {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters <= MAX_COUNTED_CHARACTERS) return { counted: texts, share: 1 };
  const counted: string[] = [];
  let room = MAX_COUNTED_CHARACTERS;
  for (const text of texts) {
    counted.push(text.slice(0, room));
    room -= Math.min(room, text.length);
  }
  return { counted, share: MAX_COUNTED_CHARACTERS / characters };
}
