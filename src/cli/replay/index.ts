import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { Fault } from '../../kernel/index.ts';
import { type Answer, answers, type Shell, type Task } from '../answer.ts';
import { wholeNumber } from '../values.ts';
import { checkRun } from './check-run.ts';
import { expectedBill } from './expected-bill.ts';
import { silentProgress, startProgress } from './progress.ts';
import { readRecord, writeRecord } from './record.ts';
import { sendTrace } from './send-trace.ts';
import { readTrace } from './trace.ts';
import { verdictAnswer } from './verdict-answer.ts';

interface ReplayOptions {
  readonly trace: string;
  readonly url?: URL;
  readonly requests?: number;
  readonly accounts: number;
  readonly keysPerAccount: number;
  readonly concurrency: number;
  readonly speed: number | 'max';
  readonly json?: boolean;
  readonly out?: string;
  readonly check?: string;
}

/** `farebox replay` */
export function addReplay(program: Command, shell: Shell): void {
  const command = program
    .command('replay')
    .description('send a trace of real requests to the running server, and check every figure')
    .requiredOption('--trace <file>', 'requests: TIMESTAMP,ContextTokens,GeneratedTokens')
    .option('--url <url>', 'where the server is', httpUrl)
    .option('--requests <number>', 'only so many, from the first', wholeNumber(1, 10_000_000))
    .option('--accounts <number>', 'customers to spread them over', wholeNumber(1, 1_000), 20)
    .option('--keys-per-account <number>', 'keys of each customer', wholeNumber(1, 100), 2)
    .option('--concurrency <number>', 'calls under way at once', wholeNumber(1, 1_000), 64)
    .option('--speed <factor>', "'max', or times as fast as they came", speedFactor, 'max')
    .option('--out <file>', 'keep what was received, for a later --check')
    .option('--check <file>', 'send nothing: check what --out kept of a run once more');
  answers<ReplayOptions>(shell, command, (task) =>
    task.options.check === undefined ? replay(task, shell) : checkAgain(task, task.options.check),
  );
}

async function replay({ instance, options }: Task<ReplayOptions>, shell: Shell): Promise<Answer> {
  const { url, json, out, accounts, keysPerAccount } = options;
  if (url === undefined) {
    throw new Fault({
      code: 'url_missing',
      status: 400,
      message: 'Say where the server is, such as --url http://127.0.0.1:3000.',
    });
  }
  const rows = readTrace(await readText(options.trace), options.requests);
  const bill = expectedBill(rows, { accounts, keysPerAccount });
  const { host } = shell;
  const run = await sendTrace(instance, bill.calls, { ...options, url }, () =>
    json === true
      ? silentProgress
      : startProgress({ host, clock: instance.clock, total: rows.length }),
  );
  if (out !== undefined) await writeFile(out, writeRecord(run));
  const verdict = await checkRun(instance.db, bill, run);
  return verdictAnswer(verdict, { ...run, received: run.received.length });
}

async function checkAgain(
  { instance, options }: Task<ReplayOptions>,
  file: string,
): Promise<Answer> {
  const run = readRecord(await readText(file));
  const rows = readTrace(await readText(options.trace), run.requests);
  const verdict = await checkRun(instance.db, expectedBill(rows, run), run);
  const { platform, received } = run;
  return verdictAnswer(verdict, { platform, received: received.length, seconds: undefined });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : String(code ?? cause);
    const message = `Cannot read ${file}: ${why}.`;
    throw new Fault({ code: 'file_unreadable', status: 400, message, cause });
  }
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('Give an address such as http://127.0.0.1:3000.');
}

function speedFactor(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const factor = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (factor > 0) return factor;
  throw new InvalidArgumentError("Give 'max', 1 for as fast as it was, 10 for ten times that.");
}
