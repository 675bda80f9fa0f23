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
  const weight = { textBytes: bytes, mediaTokens: 0 };
  const messages: readonly unknown[] = Array.isArray(request.messages) ? request.messages : [];
  for (const message of messages) {
    const content: unknown = isRecord(message) ? message.content : undefined;
    if (!Array.isArray(content)) continue;
    for (const part of content) if (isRecord(part)) weighPart(part, weight);
  }
  return weight;
}

function weighPart(
  { image_url: image, input_audio: audio }: Record<string, unknown>,
  weight: { textBytes: number; mediaTokens: number },
): void {
  if (image !== undefined) {
    const url = isRecord(image) ? image.url : image;
    weight.mediaTokens += TOKENS_PER_IMAGE;
    if (typeof url === 'string' && EMBEDDED_IMAGE.test(url)) weight.textBytes -= url.length;
  } else if (isRecord(audio) && typeof audio.data === 'string') {
    weight.mediaTokens += Math.ceil(audio.data.length / AUDIO_BYTES_PER_TOKEN);
    weight.textBytes -= audio.data.length;
  }
}
