import { hostname } from 'node:os';
import type { AppOptions } from '../app.ts';
import type { Instance } from '../instance.ts';
import { createLedger, type Ledger, sealKey, startSealer } from '../ledger/index.ts';

/** The ends of what was begun, in the order of its beginning. */
export type Closers = (() => Promise<unknown>)[];

/** Opens the ledger, and the sealer that follows it. */
export async function openBooks(
  instance: Instance,
  { keepCallsDays }: AppOptions,
  closers: Closers,
): Promise<Ledger> {
  const ledger = await createLedger({
    ...instance,
    host: hostname(),
    pid: process.pid,
    soleServer: instance.isSoleServer,
  });
  closers.push(() => ledger.close());
  const sealer = startSealer({
    ...instance,
    key: sealKey(instance.secrets),
    keepDays: keepCallsDays,
  });
  closers.push(() => sealer.close());
  return ledger;
}
