import { isRecord, parseRecord } from './chat-chunk.ts';

/**
 * Remembers what a stream delivered, for the case that its usage never comes. Adding an event
 * only keeps a reference to its bytes; they are parsed in blocks of {@link FOLD_BYTES}, and for
 * most calls, which end with a usage, never.
 */
export interface DeliveredText {
  /** Keeps the data of one event, or a whole answer's body, that went out to the caller. */
  add(data: Buffer): void;
  /**
   * The texts the model wrote, one for each choice and kind (content, reasoning, refusal, each
   * tool call's name and arguments), and the number of characters beyond the bound.
   */
  read(): { texts: string[]; overflowCharacters: number };
}

const FOLD_BYTES = 256 * 1024;
const MAX_CHARACTERS = 4_000_000;

export function createDeliveredText(maxCharacters: number = MAX_CHARACTERS): DeliveredText {
  return new Delivered(maxCharacters);
}

/** Of most calls nothing is read: what reading needs is made when it is needed. */
class Delivered implements DeliveredText {
  readonly #maxCharacters: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #characters = 0;
  #overflowCharacters = 0;
  #texts: Map<string, string> | undefined;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  add(data: Buffer): void {
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (this.#waitingBytes >= FOLD_BYTES) this.#fold();
  }

  read(): { texts: string[]; overflowCharacters: number } {
    this.#fold();
    const texts = [...(this.#texts?.values() ?? [])];
    return { texts, overflowCharacters: this.#overflowCharacters };
  }

  #fold(): void {
    const append: Append = (part, text) => this.#append(part, text);
    for (const data of this.#waiting) {
      const choices = parseRecord(data)?.choices;
      if (!Array.isArray(choices)) continue;
      for (const choice of choices) if (isRecord(choice)) appendChoice(choice, append);
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #append(part: string, text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    const room = Math.max(0, this.#maxCharacters - this.#characters);
    const taken = text.length <= room ? text : text.slice(0, room);
    this.#characters += taken.length;
    this.#overflowCharacters += text.length - taken.length;
    if (taken === '') return;
    this.#texts ??= new Map();
    this.#texts.set(part, (this.#texts.get(part) ?? '') + taken);
  }
}

type Append = (part: string, text: unknown) => void;

/** Takes the text out of a choice of a chunk (`delta`), an answer (`message`) or a completion. */
function appendChoice(choice: Record<string, unknown>, append: Append): void {
  const index = String(choice.index ?? 0);
  append(`${index} text`, choice.text);
  const message = choice.delta ?? choice.message;
  if (!isRecord(message)) return;
  append(`${index} content`, message.content);
  append(`${index} reasoning`, message.reasoning_content ?? message.reasoning);
  append(`${index} refusal`, message.refusal);
  appendCall(`${index} function`, message.function_call, append);
  if (!Array.isArray(message.tool_calls)) return;
  message.tool_calls.forEach((call, position) => {
    if (isRecord(call)) appendCall(`${index} ${call.index ?? position}`, call.function, append);
  });
}

function appendCall(part: string, call: unknown, append: Append): void {
  if (!isRecord(call)) return;
  append(`${part} name`, call.name);
  append(`${part} arguments`, call.arguments);
}
