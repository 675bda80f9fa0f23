// In the order in which they are made: a function of language sql must find what it calls.
const FILES = [
  'partitions.sql',
  'seal.sql',
  'draw-on-grants.sql',
  'roll-forward.sql',
  'grant-value.sql',
  'take-value.sql',
  'end-grant.sql',
  'move-grant.sql',
  'counters.sql',
  'allowances.sql',
  'redeem-code.sql',
  'roll-up.sql',
  'hold-ordinary.sql',
  'hold-batch.sql',
  'settle-ordinary.sql',
  'settle-batch.sql',
];

/** The ledger's SQL functions, which a migration puts in place whenever their text has changed. */
export const ledgerFunctionFiles: readonly URL[] = FILES.map(
  (file) => new URL(`./sql/${file}`, import.meta.url),
);
