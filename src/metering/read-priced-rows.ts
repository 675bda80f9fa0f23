import type { Queryable } from '../db/index.ts';
import type { Amount } from '../kernel/index.ts';
import type { CountedColumns } from './call-usage.ts';

/** What a settled call's price can be computed from once more. */
export interface PricedRow extends CountedColumns {
  readonly id: string;
  readonly leg: number;
  readonly priceId: bigint;
  readonly price: Amount;
  /** Made with a test key: free, whatever its price book says. */
  readonly isTest: boolean;
}

const ROWS = 2_000;

/** A row is a line of text, which is quicker to take apart than eight columns. */
const NEXT = `
  select string_agg(format('%s %s %s %s %s %s %s %s |%s', id, leg, price_id, price, input, output,
    cached_input, exists (select from api_key k where k.id = c.key_id and k.is_test)::int,
    other), E'\\n' order by id, leg) as lines
  from (select * from call where (id, leg) > ($1, $2) and outcome = 'settled'
    order by id, leg limit ${ROWS}) c`;

const START = { id: '00000000-0000-0000-0000-000000000000', leg: -1 };

/** Reads all settled calls in the order of time, some at a time. */
export async function* readPricedRows(db: Queryable): AsyncGenerator<PricedRow[], void, void> {
  let { id, leg } = START;
  for (;;) {
    const [read] = await db.query<{ lines: string | null }>(NEXT, [id, leg]);
    const rows = (read?.lines?.split('\n') ?? []).map(parse);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS) return;
    ({ id, leg } = last);
  }
}

function parse(line: string): PricedRow {
  const [id = '', leg, priceId = '', price = '', input = '', output = '', cached = '', isTest] =
    line.split(' ', 8);
  const other = line.slice(line.indexOf('|') + 1);
  return {
    ...{ id, leg: Number(leg), priceId: BigInt(priceId), price: BigInt(price) },
    isTest: isTest === '1',
    ...{ input: BigInt(input), output: BigInt(output), cachedInput: BigInt(cached) },
    other: other === '' ? null : JSON.parse(other),
  };
}
