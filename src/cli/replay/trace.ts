import { Fault } from '../../kernel/index.ts';

/** One request of a trace. */
export interface TraceRow {
  /** Its line in the file; the header is line 1. */
  readonly line: number;
  /** When it arrived, counted from the first request. */
  readonly atMs: number;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const ROW = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?,(\d{1,7}),(\d{1,7})$/;
/** A request of more tokens than this is a mistake in the file. */
const TOKENS_MAX = 1_000_000;

/**
 * Reads the first `most` rows of a trace in the format of the Azure Public Dataset (LLM inference
 * traces of 2023): comma-separated, ordered by arrival. Throws the Fault `trace_invalid` naming the
 * first line that is not understood; nothing is skipped.
 */
export function readTrace(text: string, most = Number.POSITIVE_INFINITY): TraceRow[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== HEADER) throw invalid(1, `the header is not '${HEADER}'`);
  const rows: TraceRow[] = [];
  let startMs = Number.NaN;
  let previousMs = Number.NEGATIVE_INFINITY;
  for (let index = 1; index < lines.length && rows.length < most; index += 1) {
    const line = index + 1;
    const { arrivedMs, ...tokens } = readRow(lines[index] ?? '', line);
    if (arrivedMs < previousMs) throw invalid(line, 'it arrived before the line above it');
    previousMs = arrivedMs;
    if (rows.length === 0) startMs = arrivedMs;
    rows.push({ line, atMs: arrivedMs - startMs, ...tokens });
  }
  if (rows.length === 0) throw invalid(2, 'there is no request in the file');
  return rows;
}

function readRow(text: string, line: number) {
  const match = ROW.exec(text);
  if (match === null) {
    throw invalid(line, `'${text.slice(0, 60)}' is not a time and two numbers of tokens`);
  }
  const [, day = '', time = '', fraction = '', context, generated] = match;
  const wholeMs = Date.parse(`${day}T${time}Z`);
  // Dates that do not exist, such as 30 February, are read as another day.
  if (Number.isNaN(wholeMs) || !new Date(wholeMs).toISOString().startsWith(`${day}T${time}`)) {
    throw invalid(line, `there is no time ${day} ${time}`);
  }
  const [contextTokens, generatedTokens] = [Number(context), Number(generated)];
  if (contextTokens > TOKENS_MAX || generatedTokens > TOKENS_MAX) {
    throw invalid(line, `a request has at most ${TOKENS_MAX} tokens`);
  }
  const arrivedMs = wholeMs + Number(fraction.padEnd(9, '0')) / 1_000_000;
  return { arrivedMs, contextTokens, generatedTokens };
}

function invalid(line: number, problem: string): Fault {
  return new Fault({
    code: 'trace_invalid',
    status: 400,
    message: `Line ${line} of the trace cannot be used: ${problem}.`,
  });
}
