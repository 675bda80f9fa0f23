// How long `farebox verify` takes over a million movements, as the command that an operator runs.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { INSTANCE_KEY, openHistory } from '../history/open-history.mjs';
import { countUse } from '../machine/count-use.mjs';
import { openServer } from '../machine/database-server.mjs';
import { root } from '../machine/rooms.mjs';

const BIN = fileURLToPath(new URL('bin/farebox.mjs', root));
const FULL = { calls: 1_000_000, accounts: 10_000 };
const QUICK = { calls: 20_000, accounts: 500 };

/** `runs` (what each took), how much there was, and what it took to seal it. */
export async function measureVerify({ rooms, options, say }) {
  const size = options.quick ? QUICK : FULL;
  const server = await openServer(rooms, options.databaseUrl);
  let history;
  try {
    history = await openHistory(rooms, server, { name: 'verify', ...size, say });
    const runs = [];
    for (let round = 0; round < options.rounds; round += 1) {
      runs.push(await countUse(history.database, () => verify(history.address, size)));
      say(`verify, round ${round + 1}: ${Math.round(runs[round].wallMs)} ms`);
    }
    return { runs, ...size, sealing: history.sealing, database: history.about };
  } finally {
    await history?.database.close();
    await server.close();
  }
}

/** Throws unless the command looked at all calls, found them sealed, and the books hold. */
async function verify({ host, port, user, password = '', database }, { calls }) {
  const place = new URLSearchParams({ host, port, user, password, dbname: database });
  const env = {
    ...process.env,
    DATABASE_URL: `postgresql://?${place}`,
    FAREBOX_SECRET_KEY: INSTANCE_KEY.toString('base64'),
  };
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, 'verify', '--json'], {
    env,
  });
  const report = JSON.parse(stdout);
  if (!report.ok || report.calls !== calls || report.seal.unsealed.calls > 0) {
    throw new Error(`verify says: ${stdout}`);
  }
}
