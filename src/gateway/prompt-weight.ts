import { isRecord } from './chat-chunk.ts';

/** The size of a prompt for its estimate. */
export interface PromptWeight {
  /** Bytes of the body without its embedded pictures and sound. */
  readonly textBytes: number;
  /** The most that pictures and sound come to, together. */
  readonly mediaTokens: number;
}

/** Above what the usual models count for one picture of any size. */
const TOKENS_PER_IMAGE = 4_000;
/** 32 tokens a second at 2,000 bytes a second: more tokens and fewer bytes than is usual. */
const AUDIO_BYTES_PER_TOKEN = 62;
const EMBEDDED_IMAGE = /^data:image\/[\w.+-]+;base64,/;

/**
 * Weighs a chat request. A picture costs by its number and not by its bytes: as an address it is
 * much dearer than its text, embedded it is much cheaper.
 */
export function weighPrompt(
  request: Readonly<Record<string, unknown>>,
  bytes: number,
): PromptWeight {
  let [textBytes, mediaTokens] = [bytes, 0];
  for (const part of contentParts(request.messages)) {
    const { image_url: image, input_audio: audio } = part;
    if (image !== undefined) {
      const url = isRecord(image) ? image.url : image;
      mediaTokens += TOKENS_PER_IMAGE;
      if (typeof url === 'string' && EMBEDDED_IMAGE.test(url)) textBytes -= url.length;
    } else if (isRecord(audio) && typeof audio.data === 'string') {
      mediaTokens += Math.ceil(audio.data.length / AUDIO_BYTES_PER_TOKEN);
      textBytes -= audio.data.length;
    }
  }
  return { textBytes, mediaTokens };
}

function* contentParts(messages: unknown): Generator<Record<string, unknown>> {
  if (!Array.isArray(messages)) return;
  for (const message of messages) {
    const content: unknown = isRecord(message) ? message.content : undefined;
    if (Array.isArray(content)) yield* content.filter(isRecord);
  }
}
