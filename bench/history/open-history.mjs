// A database with a busy past (history.sql), made at once, sealed as a server would have sealed it.
import { readFile } from 'node:fs/promises';
import { countUse } from '../machine/count-use.mjs';
import { connect, describeDatabase } from '../machine/database-server.mjs';

/** The key of the instance; the command line gets it in base64. */
export const INSTANCE_KEY = Buffer.alloc(32, 1);
const DAYS = 30;

export async function openHistory(rooms, server, { name, calls, accounts, say }) {
  const address = await server.createDatabase(name);
  const database = connect(rooms, address);
  await rooms.db.migrate(database, rooms.schemaFiles);
  say(`${name}: writing ${calls} calls of ${accounts} accounts`);
  const text = await readFile(new URL('history.sql', import.meta.url), 'utf8');
  await database.transaction(async (tx) => {
    for (const [setting, value] of Object.entries({ calls, accounts, days: DAYS })) {
      await tx.query(`select set_config($1, $2, true)`, [`history.${setting}`, String(value)]);
    }
    await tx.query(text);
  });
  await database.query('vacuum (freeze, analyze)');
  say(`${name}: sealing them`);
  const sealing = await countUse(database, () => seal(rooms, database));
  await database.query('vacuum (analyze)');
  await database.query('checkpoint');
  return { address, database, sealing, about: await describeDatabase(database) };
}

async function seal({ kernel, ledger, random, clock, log }, database) {
  const key = ledger.sealKey(kernel.createSecretBox(INSTANCE_KEY, random));
  const sealer = ledger.startSealer({ db: database, clock, log, key, restMs: 0 });
  // The second time seals the transfers, which are known to be final then.
  await sealer.seal();
  await sealer.seal();
  await sealer.close();
}
