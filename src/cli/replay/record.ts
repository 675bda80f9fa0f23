import { z } from 'zod';
import { Fault } from '../../kernel/index.ts';
import type { Spread } from './plan-call.ts';
import type { Received } from './send-call.ts';

/** A run as it is kept in a file: what was sent over whom, and what came back. */
export interface RunRecord extends Spread {
  readonly platform: string;
  /** Rows of the trace, from its first. */
  readonly requests: number;
  readonly received: readonly Received[];
}

const count = z.int().min(0);
const optional = z.string().optional();

const Header = z.strictObject({
  platform: z.string(),
  requests: count,
  accounts: count,
  keys_per_account: count,
});

const Line = z.strictObject({
  line: count,
  status: count,
  request_id: optional,
  hold: optional,
  cost: optional,
  balance: optional,
  events: count,
  done: z.boolean(),
  usage: z
    .strictObject({ prompt: count, cached: count, completion: count, reasoning: count })
    .optional(),
  problem: optional,
});

/** Writes a run as lines of JSON: who it was sent to, then each call in the order of the trace. */
export function writeRecord(run: RunRecord): string {
  const header: z.infer<typeof Header> = {
    platform: run.platform,
    requests: run.requests,
    accounts: run.accounts,
    keys_per_account: run.keysPerAccount,
  };
  const lines = [...run.received].sort((left, right) => left.line - right.line).map(lineOf);
  return [header, ...lines].map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** Reads what {@link writeRecord} wrote. Throws the Fault `record_invalid` naming the line. */
export function readRecord(text: string): RunRecord {
  const [first = '', ...rest] = text.trimEnd().split('\n');
  const header = read(Header, first, 1);
  return {
    platform: header.platform,
    requests: header.requests,
    accounts: header.accounts,
    keysPerAccount: header.keys_per_account,
    received: rest.map((line, index) => receivedOf(read(Line, line, index + 2))),
  };
}

function lineOf(received: Received): z.infer<typeof Line> {
  const { line, status, requestId, hold, cost, balance, events, isDone, usage, problem } = received;
  return {
    line,
    status,
    request_id: requestId,
    hold,
    cost,
    balance,
    events,
    done: isDone,
    usage: usage && {
      prompt: usage.promptTokens,
      cached: usage.cachedTokens,
      completion: usage.completionTokens,
      reasoning: usage.reasoningTokens,
    },
    problem,
  };
}

function receivedOf(line: z.infer<typeof Line>): Received {
  const { status, hold, cost, balance, events, done, usage, problem } = line;
  return {
    line: line.line,
    status,
    requestId: line.request_id,
    hold,
    cost,
    balance,
    events,
    isDone: done,
    usage: usage && {
      promptTokens: usage.prompt,
      cachedTokens: usage.cached,
      completionTokens: usage.completion,
      reasoningTokens: usage.reasoning,
    },
    problem,
  };
}

function read<T>(schema: z.ZodType<T>, text: string, line: number): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault({
      code: 'record_invalid',
      status: 400,
      message: `Line ${line} of the record is not one that 'farebox replay --out' wrote.`,
      cause,
    });
  }
}
