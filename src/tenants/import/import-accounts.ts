import { createHash } from 'node:crypto';
import { listPlans } from '../../catalog/index.ts';
import { type Queryable, sqlState } from '../../db/index.ts';
import type { Clock, Ids } from '../../kernel/index.ts';
import { defaultUnitOf, requireUnit } from '../units.ts';
import { type Applied, applyRows, type ImportScope } from './apply-rows.ts';
import {
  type ImportMapping,
  type ImportRow,
  type RefusedRow,
  type RowRules,
  readRow,
} from './read-row.ts';
import { type FileRecord, type ImportFormat, readRecords } from './records.ts';

export interface AccountImport {
  readonly platformId: bigint;
  readonly source: AsyncIterable<Uint8Array>;
  readonly format: ImportFormat;
  /** What balances are counted in; the platform's default unit unless given. */
  readonly unit?: string | undefined;
  readonly mapping: ImportMapping;
  /** Tells what would be done, and does nothing. */
  readonly isDryRun: boolean;
  /** Is told every row that is left out. */
  onRefused?(row: RefusedRow): void | Promise<void>;
  /** Is told after every batch how far it has come. */
  onProgress?(report: AccountImportReport): void | Promise<void>;
}

export interface AccountImportReport {
  readonly isDryRun: boolean;
  /** Rows that were looked at so far. */
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
}

/** What an import works with. Each batch is a transaction of its own. */
export interface ImportParts {
  readonly ids: Ids;
  readonly clock: Clock;
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

const BATCH = 1_000;
/** So often a batch is tried when somebody takes a name of it meanwhile. */
const TRIES = 3;
const UNIQUE_VIOLATION = '23505';

/**
 * Brings a platform's accounts up to a file: opens those that are missing, changes what is told
 * otherwise, gives each its opening balance once. The same file again changes nothing; memory is
 * bounded by a batch and a few bytes a row. Faults: `unit_unknown` (422).
 */
export async function importAccounts(
  parts: ImportParts,
  given: AccountImport,
): Promise<AccountImportReport> {
  const { scope, rules } = await parts.transaction((tx) => readScope(tx, parts.clock, given));
  const counts = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
  const report = () => ({ isDryRun: given.isDryRun, ...counts });
  const refuse = async (row: RefusedRow) => {
    counts.refused += 1;
    await given.onRefused?.(row);
  };
  const seen = new Set<number>();
  let batch: ImportRow[] = [];
  const flush = async () => {
    if (batch.length > 0) {
      const applied = await applyBatch(parts, scope, batch, given.isDryRun);
      counts.created += applied.created;
      counts.updated += applied.updated;
      counts.unchanged += applied.unchanged;
      for (const row of applied.refused) await refuse(row);
    }
    batch = [];
    await given.onProgress?.(report());
  };
  for await (const record of readRecords(given.source, given.format)) {
    counts.rows += 1;
    const row = readOne(record, rules, seen);
    if ('code' in row) await refuse(row);
    else batch.push(row);
    if (counts.rows % BATCH === 0) await flush();
  }
  await flush();
  return report();
}

async function readScope(
  tx: Queryable,
  clock: Clock,
  { platformId, unit: code, mapping }: AccountImport,
): Promise<{ scope: ImportScope; rules: RowRules }> {
  const standard = await defaultUnitOf(tx, platformId);
  const unit = code === undefined ? standard : await requireUnit(tx, platformId, code);
  const plans = new Set((await listPlans(tx, platformId)).map(({ slug }) => slug));
  const now = new Date(clock.nowMs());
  return {
    scope: { platformId, unit, defaultUnit: standard.code },
    rules: { mapping, unit, plans, now },
  };
}

/** A name that the file had before is refused, so that the order of rows decides nothing. */
function readOne(record: FileRecord, rules: RowRules, seen: Set<number>): ImportRow | RefusedRow {
  const { line } = record;
  if ('problem' in record) {
    return { line, field: null, code: 'unreadable', reason: record.problem };
  }
  const row = readRow(line, record.record, rules);
  if ('code' in row) return row;
  for (const field of ['mail', 'externalId'] as const) {
    const name = row[field];
    if (name === null) continue;
    const mark = markOf(`${field} ${name}`);
    if (seen.has(mark)) {
      const of = field === 'mail' ? 'mail' : 'external_id';
      return { line, field: of, code: 'repeated', reason: 'An earlier row of the file has it.' };
    }
    seen.add(mark);
  }
  return row;
}

/** 48 bits of a hash: a number takes less room than a name, and two hardly ever share one. */
const markOf = (name: string) => createHash('sha256').update(name).digest().readUIntBE(0, 6);

class DryRun extends Error {
  constructor(readonly applied: Applied) {
    super('nothing of it stays');
  }
}

async function applyBatch(
  parts: ImportParts,
  scope: ImportScope,
  batch: readonly ImportRow[],
  isDryRun: boolean,
): Promise<Applied> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await parts.transaction(async (tx) => {
        const applied = await applyRows(tx, parts.ids, scope, batch);
        if (isDryRun) throw new DryRun(applied);
        return applied;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.applied;
      if (sqlState(error) !== UNIQUE_VIOLATION || attempt === TRIES) throw error;
    }
  }
}
