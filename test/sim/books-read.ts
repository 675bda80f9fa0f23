import type { SimDatabase } from './database.ts';
import type { LedgerModel } from './model.ts';
import type { ModelCounters, WindowStarts } from './model-counters.ts';

const US = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint as ${column}`;

const COUNTERS = `${US('minute_start')}, ${US('day_start')}, ${US('month_start')},
  minute_requests, minute_tokens, previous_minute_requests, previous_minute_tokens, day_requests,
  day_tokens, month_requests, month_tokens, day_spent, month_spent, total_spent, open_holds`;

const WALLETS = `select id, balance, held, ${COUNTERS} from wallet order by id`;
const KEYS = `select id, ${COUNTERS} from api_key order by id`;
const GRANTS = `select g.id, coalesce(o.remaining, 0) as remaining from wallet_grant g
  left join open_grant o on o.wallet_id = g.wallet_id and o.id = g.id order by g.id`;
const TRANSFERS = `select kind as id, sum(amount)::bigint as total from transfer group by kind`;

const KINDS = ['grant', 'adjustment', 'expiry', 'lost'];

type Row = Readonly<Record<string, unknown>> & { readonly id: unknown };

/** Reads every wallet, key, grant and sum of transfers, and names what the model has otherwise. */
export async function differences(database: SimDatabase, model: LedgerModel): Promise<string[]> {
  const read = (name: string, text: string) => database.prepared<Row>(name, text, []);
  const transfers = await read('sim_transfers', TRANSFERS);
  const total = (kind: string) => ({
    id: kind,
    total: transfers.find(({ id }) => id === kind)?.total ?? 0n,
  });
  const { given, taken, breakage, lost } = model.totals;
  const [wallets, keys] = [await read('sim_wallets', WALLETS), await read('sim_keys', KEYS)];
  const countersOf = (rows: readonly Row[], id: bigint, counters: ModelCounters) => {
    const row = rows.find((each) => each.id === id) as (Row & WindowStarts) | undefined;
    return row === undefined ? {} : counters.row(row, database.time.nowUs);
  };
  return [
    ...compare('wallet', wallets, [
      ...[...model.wallets].map(([id, counters]) => {
        const [balance, held] = [model.balance(id), model.held(id)];
        return { id, balance, held, ...countersOf(wallets, id, counters) };
      }),
    ]),
    ...compare('key', keys, [
      ...[...model.keys].map(([id, counters]) => ({ id, ...countersOf(keys, id, counters) })),
    ]),
    ...compare('grant', await read('sim_grants', GRANTS), [
      ...model.remaining().map(([id, remaining]) => ({ id, remaining })),
    ]),
    ...compare(
      'transfers of kind',
      KINDS.map(total),
      [given, taken, breakage, lost].map((sum, index) => ({
        id: KINDS[index],
        total: sum,
      })),
    ),
  ];
}

function compare(subject: string, found: readonly Row[], expected: readonly Row[]): string[] {
  const rows = new Map(found.map((row) => [String(row.id), row]));
  const wanted = new Set(expected.map(({ id }) => String(id)));
  const unknown = [...rows.keys()].filter((id) => !wanted.has(id));
  return [
    ...unknown.map((id) => `${subject} ${id} is not known to the model`),
    ...expected.flatMap((row) =>
      Object.entries(row)
        .filter(([column, value]) => String(rows.get(String(row.id))?.[column]) !== String(value))
        .map(
          ([column, value]) =>
            `${subject} ${row.id}: ${column} is ${rows.get(String(row.id))?.[column]}, ` +
            `the model says ${value}`,
        ),
    ),
  ];
}
