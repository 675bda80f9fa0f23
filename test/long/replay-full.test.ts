import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFarebox, type ServerProcess, startServer, stopServer } from '../process/server.ts';

// The whole trace is not part of this repository; where it lies beside the checkout it is used.
const ROOT = join(import.meta.dirname, '..', '..');
const WHOLE = join(ROOT, '..', 'shared', 'data', 'azure-llm-trace-2023-conversation.csv');
const CUT = join(ROOT, 'test', 'fixtures', 'azure-llm-trace-cut.csv');

/** The bills were worked out beforehand with another program. */
const { trace, ...bill } = existsSync(WHOLE)
  ? {
      trace: WHOLE,
      requests: 19_366,
      input_tokens: 22_361_870,
      output_tokens: 4_088_665,
      billed: '50.285652015',
    }
  : {
      trace: CUT,
      requests: 300,
      input_tokens: 270_000,
      output_tokens: 76_870,
      billed: '0.810703939',
    };

let folder: string;
let server: ServerProcess;
const dataFolder = () => join(folder, 'data');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox-replay-'));
  await chmod(folder, 0o755);
  server = await startServer({ dataFolder: dataFolder(), args: ['--empty'] });
}, 120_000);
afterAll(async () => {
  await stopServer(server);
  await rm(folder, { recursive: true, force: true });
});

test('the whole trace, sent to a server process, costs exactly what it must', async () => {
  const record = join(folder, 'run.ndjson');
  const command = ['replay', '--trace', trace, '--json'];
  const options = { dataFolder: dataFolder() };
  const { url } = server.greeting;
  const sent = await runFarebox([...command, '--url', url, '--out', record], options);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  const expected = {
    ...bill,
    ok: true,
    charged: bill.billed,
    difference: '0',
    difference_count: 0,
  };
  expect(JSON.parse(sent.stdout)).toMatchObject(expected);

  const again = await runFarebox([...command, '--check', record], options);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(again.stdout)).toMatchObject(expected);
}, 600_000);
