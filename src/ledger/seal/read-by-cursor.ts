import type { Queryable } from '../../db/index.ts';

const ROWS = 2_000;

/** Reads a query's rows a few at a time, within the caller's transaction. One at a time. */
export async function* readByCursor<Row>(tx: Queryable, query: string): AsyncGenerator<Row> {
  await tx.query(`declare reading no scroll cursor for ${query}`);
  for (;;) {
    const rows = await tx.query<Row>(`fetch ${ROWS} from reading`);
    yield* rows;
    if (rows.length < ROWS) break;
  }
  await tx.query('close reading');
}
