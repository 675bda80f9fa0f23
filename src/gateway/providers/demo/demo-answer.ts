import type { Tokenizer } from '../../tokenizer.ts';
import { valueForSchema } from './demo-json.ts';
import type { DemoRequest, DemoTool } from './demo-request.ts';
import { hashText, usualTokens, writeTokens } from './demo-text.ts';
import { type DemoUsage, reportUsage } from './demo-usage.ts';

export interface DemoToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments' JSON, in fragments. */
  readonly fragments: readonly string[];
}

export interface DemoChoice {
  /** The text in the fragments it is streamed in; empty when the choice calls tools. */
  readonly fragments: readonly string[];
  readonly toolCalls: readonly DemoToolCall[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  readonly tokens: number;
}

export interface DemoAnswer {
  readonly choices: readonly DemoChoice[];
  readonly usage: DemoUsage;
}

const SEED_CHARACTERS = 4096;
const FRAGMENT_CHARACTERS = 8;

/** Writes the answer to a request: the same for the same messages, seed and limits. */
export async function writeAnswer(request: DemoRequest, tokenizer: Tokenizer): Promise<DemoAnswer> {
  const subject = JSON.stringify(request.messages).slice(0, SEED_CHARACTERS);
  const seed = hashText(`${request.seed ?? 0} ${subject}`);
  const count = request.n ?? 1;
  const choices: DemoChoice[] = [];
  for (let index = 0; index < count; index += 1) {
    choices.push(
      await writeChoice(request, seed + index, visibleTokens(request, index), tokenizer),
    );
  }
  const written = choices.reduce((sum, choice) => sum + choice.tokens, 0);
  const prompt = request.demo?.prompt_tokens ?? (await tokenizer.countMessages(request));
  return { choices, usage: reportUsage(request.demo ?? {}, prompt, written) };
}

/** The share of the wished tokens that is this choice's visible text; undefined: no wish. */
function visibleTokens(request: DemoRequest, index: number): number | undefined {
  const { completion_tokens: wished, reasoning_tokens: reasoning = 0 } = request.demo ?? {};
  if (wished === undefined) return undefined;
  const visible = Math.max(0, wished - reasoning);
  const count = request.n ?? 1;
  return Math.floor(visible / count) + (index < visible % count ? 1 : 0);
}

async function writeChoice(
  request: DemoRequest,
  seed: number,
  wished: number | undefined,
  tokenizer: Tokenizer,
): Promise<DemoChoice> {
  const asked = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
  const limit = Math.max(0, asked - (request.demo?.reasoning_tokens ?? 0));
  const tools = toolsToCall(request);
  if (tools.length > 0) {
    const choice = await callTools(tools, seed, tokenizer);
    return { ...choice, tokens: wished ?? choice.tokens };
  }
  const format = request.response_format;
  if (format && format.type !== 'text') {
    const schema = format.type === 'json_schema' ? (format.json_schema.schema ?? {}) : undefined;
    const choice = await writeJson(schema, limit, tokenizer);
    return { ...choice, tokens: wished ?? choice.tokens };
  }
  const length = wished ?? usualTokens(seed);
  const tokens = writeTokens(seed, Math.min(length, limit), request.demo?.split_utf8 === true);
  const stopped = stopAt(tokens, request.stop);
  if (stopped !== undefined) {
    const count = await tokenizer.countTokens(stopped.join(''));
    return { fragments: stopped, toolCalls: [], finishReason: 'stop', tokens: count };
  }
  const finishReason = length > limit ? 'length' : 'stop';
  return { fragments: tokens, toolCalls: [], finishReason, tokens: tokens.length };
}

/** The fragments before the first stop sequence; undefined when none occurs. */
function stopAt(tokens: readonly string[], stop: DemoRequest['stop']): string[] | undefined {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter(
    (text) => text !== '',
  );
  if (sequences.length === 0) return undefined;
  const text = tokens.join('');
  const places = sequences.map((sequence) => text.indexOf(sequence)).filter((place) => place >= 0);
  if (places.length === 0) return undefined;
  let room = Math.min(...places);
  const kept: string[] = [];
  for (const token of tokens) {
    if (room <= 0) break;
    kept.push(token.slice(0, room));
    room -= token.length;
  }
  return kept;
}

async function writeJson(
  schema: unknown,
  limit: number,
  tokenizer: Tokenizer,
): Promise<DemoChoice> {
  const value =
    schema === undefined ? { demo: true, text: 'This is demo text.' } : valueForSchema(schema);
  const fragments = cutText(JSON.stringify(value));
  let tokens = await tokenizer.countTokens(fragments.join(''));
  const finishReason = tokens > limit ? 'length' : 'stop';
  while (tokens > limit) {
    fragments.pop();
    tokens = await tokenizer.countTokens(fragments.join(''));
  }
  return { fragments, toolCalls: [], finishReason, tokens };
}

/**
 * The tools an answer calls: the one that is demanded, else those the last user message names,
 * else the first when the message speaks of a tool. After a tool's result the answer is a text.
 */
function toolsToCall(request: DemoRequest): readonly DemoTool[] {
  const tools = request.tools ?? [];
  const choice = request.tool_choice ?? 'auto';
  const last = request.messages.at(-1);
  if (typeof choice === 'object') {
    return tools.filter((tool) => tool.function.name === choice.function.name);
  }
  if (choice === 'none' || last?.role === 'tool') return [];
  const text = typeof last?.content === 'string' ? last.content : JSON.stringify(last?.content);
  const named = tools.filter((tool) => (text ?? '').includes(tool.function.name));
  const isWanted = choice === 'required' || /\btools?\b/i.test(text ?? '');
  const called = named.length > 0 || !isWanted ? named : tools.slice(0, 1);
  return request.parallel_tool_calls === false ? called.slice(0, 1) : called;
}

async function callTools(
  tools: readonly DemoTool[],
  seed: number,
  tokenizer: Tokenizer,
): Promise<DemoChoice> {
  const toolCalls = tools.map((tool, index) => ({
    id: `call_demo${(seed + index * 7919).toString(36)}`,
    name: tool.function.name,
    fragments: cutText(
      JSON.stringify(valueForSchema(tool.function.parameters ?? { type: 'object' })),
    ),
  }));
  const texts = toolCalls.flatMap((call) => [call.name, call.fragments.join('')]);
  const tokens = await tokenizer.countTexts(texts);
  return { fragments: [], toolCalls, finishReason: 'tool_calls', tokens };
}

const cutText = (text: string): string[] =>
  text.match(new RegExp(`.{1,${FRAGMENT_CHARACTERS}}`, 'gsu')) ?? [];
