import type { Conclusion } from './answer.ts';
import type { ChatRequest } from './chat-request.ts';
import type { Measured } from './open-call.ts';
import type { Tokenizer } from './tokenizer.ts';

// What is beyond the bound of the text that is kept counts by its length.
const CHARACTERS_PER_TOKEN = 4;

/**
 * What an answer used: as the provider reported it, zeros included; where it reported nothing, the
 * prompt and the delivered text as counted here.
 */
export async function measureAnswer(
  conclusion: Extract<Conclusion, { kind: 'delivered' }>,
  chat: ChatRequest,
  tokenizer: Tokenizer,
): Promise<Measured> {
  if (conclusion.usage !== undefined) return { usage: conclusion.usage, isEstimated: false };
  const { texts, overflowCharacters } = conclusion.delivered.read();
  const [input, output] = await Promise.all([
    countPrompt(chat, tokenizer),
    tokenizer.countTexts(texts),
  ]);
  const overflow = Math.ceil(overflowCharacters / CHARACTERS_PER_TOKEN);
  return {
    usage: { input: BigInt(input), output: BigInt(output + overflow) },
    isEstimated: true,
  };
}

/** A prompt that cannot be taken apart (nested too deeply) must not be free: it counts by size. */
async function countPrompt(chat: ChatRequest, tokenizer: Tokenizer): Promise<number> {
  try {
    return await tokenizer.countMessages(chat.parsed);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return Math.ceil(chat.bodyBytes / CHARACTERS_PER_TOKEN);
  }
}
