import { isRecord } from './chat-chunk.ts';

/** What a request's prompt is made of, for counting: texts to tokenise and tokens known already. */
export interface PromptTexts {
  readonly texts: readonly string[];
  readonly fixedTokens: number;
}

const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_NAME = 1;
const TOKENS_FOR_REPLY = 3;
/** OpenAI's published prices for an image: low detail, and a square of four tiles in high. */
const TOKENS_PER_IMAGE_LOW = 85;
const TOKENS_PER_IMAGE = 765;
const TOKENS_PER_AUDIO_SECOND = 10;
const BYTES_PER_SECOND_WAV = 48_000;
const BYTES_PER_SECOND_PACKED = 16_000;
const BYTES_PER_FILE_TOKEN = 4;

/**
 * Lists what a chat request's prompt costs when its provider does not say. Per message 3 tokens
 * and those of its role and content, 1 more for a name; 3 for the start of the answer; tools,
 * functions and a response format by their JSON text; tool calls by name and arguments. An image
 * is 765 tokens (85 in low detail), audio 10 a second at a usual bit rate, a file one for four
 * bytes; any other part or member by its JSON text.
 */
export function listPromptTexts(request: Readonly<Record<string, unknown>>): PromptTexts {
  const list = new PromptList();
  const messages = Array.isArray(request.messages) ? request.messages : [];
  for (const message of messages) list.addMessage(message);
  for (const member of ['tools', 'functions', 'response_format']) list.addJson(request[member]);
  list.fixedTokens += TOKENS_FOR_REPLY;
  return list;
}

class PromptList implements PromptTexts {
  readonly texts: string[] = [];
  fixedTokens = 0;

  addMessage(message: unknown): void {
    this.fixedTokens += TOKENS_PER_MESSAGE;
    if (!isRecord(message)) {
      this.addJson(message);
      return;
    }
    const { role, content, name, tool_calls, function_call, ...rest } = message;
    this.addJson(role);
    if (name !== undefined) this.fixedTokens += TOKENS_PER_NAME;
    this.addJson(name);
    if (Array.isArray(content)) for (const part of content) this.#addPart(part);
    else this.addJson(content);
    if (Array.isArray(tool_calls)) for (const call of tool_calls) this.#addCall(call);
    else this.addJson(tool_calls);
    this.addJson(function_call);
    for (const value of Object.values(rest)) this.addJson(value);
  }

  /** A string counts as itself, anything else as JSON; nothing when it is not there. */
  addJson(value: unknown): void {
    if (value === undefined || value === null) return;
    this.texts.push(typeof value === 'string' ? value : JSON.stringify(value));
  }

  #addCall(call: unknown): void {
    const inner = isRecord(call) ? (call.function ?? call.custom) : undefined;
    if (!isRecord(inner)) this.addJson(call);
    else for (const value of Object.values(inner)) this.addJson(value);
  }

  #addPart(part: unknown): void {
    if (!isRecord(part)) this.addJson(part);
    else if (typeof part.text === 'string') this.addJson(part.text);
    else if (typeof part.refusal === 'string') this.addJson(part.refusal);
    else if (isRecord(part.image_url)) {
      const isLow = part.image_url.detail === 'low';
      this.fixedTokens += isLow ? TOKENS_PER_IMAGE_LOW : TOKENS_PER_IMAGE;
    } else if (isRecord(part.input_audio)) this.#addAudio(part.input_audio);
    else if (isRecord(part.file) && typeof part.file.file_data === 'string') {
      this.fixedTokens += Math.ceil(decodedBytes(part.file.file_data) / BYTES_PER_FILE_TOKEN);
    } else this.addJson(part);
  }

  #addAudio(audio: Record<string, unknown>): void {
    const bytes = typeof audio.data === 'string' ? decodedBytes(audio.data) : 0;
    const perSecond = audio.format === 'wav' ? BYTES_PER_SECOND_WAV : BYTES_PER_SECOND_PACKED;
    this.fixedTokens += Math.ceil((bytes / perSecond) * TOKENS_PER_AUDIO_SECOND);
  }
}

const decodedBytes = (base64: string) => Math.ceil((base64.length * 3) / 4);
