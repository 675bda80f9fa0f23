/**
 * What the seal covers of a row, as the text that its code is made of. PostgreSQL writes the text
 * of a composite value so that it can be read back in one way only, so texts may follow each other
 * without anything between. A column that comes to a table later needs a new format, for blocks
 * from then on; what older blocks cover does not change.
 */
export const FORMAT = 1;

const CALL_COLUMNS = [
  ...['id', 'leg', 'outcome', 'streamed', 'estimated', 'status', 'platform_id', 'account_id'],
  ...['wallet_id', 'key_id', 'product_id', 'price_id', 'upstream_id', 'held', 'price', 'charge'],
  ...['wallet_version', 'held_at', 'settled_at', 'input', 'output', 'cached_input', 'other'],
  ...['first_byte_ms', 'latency_ms', 'error_code'],
];
const TRANSFER_COLUMNS = [
  ...['id', 'platform_id', 'unit', 'kind', 'amount', 'from_system', 'from_wallet_id'],
  ...['from_wallet_version', 'to_system', 'to_wallet_id', 'to_wallet_version', 'grant_id'],
  ...['call_id', 'reference', 'reason', 'at'],
];
/** `remaining`, `pinned`, `closed`, `ended_at` tell of a grant's use; other checks derive them. */
const GRANT_COLUMNS = [
  ...['id', 'platform_id', 'wallet_id', 'source', 'priority', 'granted', 'expires_at'],
  ...['money_unit', 'money_amount', 'reason', 'created_at'],
];

/** A day's totals are told apart by wallet and key; the wallet's id comes first, as their name. */
const DROPPED_COLUMNS = ['wallet_id', 'key_id', 'day', 'calls', 'charge', 'movements', 'versions'];

const textOf = (table: string, columns: readonly string[]) =>
  `row(${columns.map((column) => `${table}.${column}`).join(', ')})::text`;

/** What the texts above depend on, whatever the session or a pooler before it was set to. */
export const SESSION = `set local TimeZone = 'UTC'; set local DateStyle = 'ISO, MDY';
  set local IntervalStyle = 'postgres'; set local bytea_output = 'hex'`;

/** One row of a block: whose table it is of, and its text. */
export interface SealedRow {
  readonly what: 'call' | 'transfer' | 'grant' | 'dropped';
  readonly body: string;
}

const CALL = `select 'call' as what, ${textOf('c', CALL_COLUMNS)} as body, 0 as part, c.id, c.leg`;

/** The rows of a block of each kind, by the block's own columns. */
const ROWS_OF = {
  calls: `${CALL} from call c
    where c.id >= b.from_call and c.id < b.until_call
      and not exists (select from late_call l where l.id = c.id)`,
  late_calls: `${CALL} from late_call l
    cross join lateral (select * from call where id = l.id offset 0) c where l.sealed_in = b.no`,
  transfers: `select 'transfer' as what, ${textOf('t', TRANSFER_COLUMNS)} as body,
      0 as part, t.id, 0 as leg
    from transfer t where t.id >= b.from_transfer and t.id < b.until_transfer
    union all
    select 'grant', ${textOf('g', GRANT_COLUMNS)}, 1, t.id, 0
    from transfer t join wallet_grant g on g.id = t.grant_id
    where t.kind in ('grant', 'merge') and t.id >= b.from_transfer and t.id < b.until_transfer`,
  drops: `select 'dropped' as what, ${textOf('d', DROPPED_COLUMNS)} as body,
      0 as part, d.wallet_id as id, d.key_id as leg
    from dropped_calls d where d.day = b.day`,
} as const;

export type BlockKind = keyof typeof ROWS_OF;

/**
 * A query for the rows of a block in the order in which they are sealed. `block` is a query for its
 * `no` and the columns of its range.
 */
export const rowsQuery = (kind: BlockKind, block: string) =>
  `select r.what, r.body from (${block}) b cross join lateral (${ROWS_OF[kind]}) r
   order by r.part, r.id, r.leg`;

/** A query for the text of all rows of a block, one after the other; null where it has none. */
export const blockText = (kind: BlockKind, block: string) =>
  `select string_agg(r.what || r.body, '' order by r.part, r.id, r.leg) as text
   from (${block}) b cross join lateral (${ROWS_OF[kind]}) r`;

/** How a row is called where it is spoken of: by its table and the key its text begins with. */
export function nameOf({ what, body }: SealedRow): string {
  const [id = '', leg] = body.slice(1).split(',', 2);
  if (what === 'dropped') return `dropped calls of wallet ${id}, key ${leg}`;
  return what === 'call' ? `call ${id} leg ${leg}` : `${what} ${id}`;
}
