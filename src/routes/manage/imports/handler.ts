import { transportFault } from '../../../http/index.ts';
import { Fault } from '../../../kernel/index.ts';
import {
  type AccountImportReport,
  IMPORT_FIELDS,
  type ImportFormat,
  type ImportMapping,
  importAccounts,
  type RefusedRow,
} from '../../../tenants/index.ts';
import type { LongAct, Manage } from '../manage.ts';
import { answerLines } from './answer-lines.ts';
import * as contract from './contract.ts';

const TOLD = 100;

const FORMATS: Readonly<Record<string, ImportFormat>> = {
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
};

export function mountImports(manage: Manage): void {
  const { ids, clock } = manage.parts;

  manage.mountLong(contract.importAccounts, async (c, act) => {
    const { dry_run: dryRun, unit, map } = c.req.valid('query');
    const mapping = readMapping(map);
    const format = FORMATS[(c.req.header('content-type') ?? '').split(';')[0]?.trim() ?? ''];
    const { body } = c.req.raw;
    if (format === undefined || body === null) {
      throw transportFault('unsupported_media_type', 'Send application/x-ndjson or text/csv.');
    }
    const source = body as unknown as AsyncIterable<Uint8Array>;
    const { platformId } = act;
    const given = { platformId, source, format, unit, mapping, isDryRun: dryRun === 'true' };
    const parts = { ids, clock, transaction: act.transaction };
    const run = async (told: {
      onRefused(row: RefusedRow): void;
      onProgress?(report: AccountImportReport): void;
    }) => {
      const report = await importAccounts(parts, { ...given, ...told });
      if (!report.isDryRun) await record(act, report);
      return report;
    };
    if (c.req.header('accept')?.includes('application/x-ndjson') === true) {
      const { requestId } = c.get('request');
      return answerLines(manage.parts.log, requestId, async (say) => {
        const onRefused = (row: RefusedRow) => say({ object: 'refused_row', ...row });
        const onProgress = (report: AccountImportReport) =>
          say({ object: 'import_progress', ...counts(report) });
        say({ object: 'import', ...counts(await run({ onRefused, onProgress })) });
      });
    }
    const rows: RefusedRow[] = [];
    const report = await run({
      onRefused: (row) => {
        if (rows.length < TOLD) rows.push(row);
      },
    });
    return c.json({ object: 'import' as const, ...counts(report), refused_rows: rows }, 200);
  });
}

function counts({ isDryRun, rows, created, updated, unchanged, refused }: AccountImportReport) {
  return { dry_run: isDryRun, rows, created, updated, unchanged, refused };
}

async function record(act: LongAct, report: AccountImportReport): Promise<void> {
  await act.perform(({ record }) => record({ action: 'account.import', after: counts(report) }));
}

/** Reads `mail:contact,balance:tokens`. Fault: `invalid_mapping` (400). */
export function readMapping(text: string | undefined): ImportMapping {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, field = '', place = ''] = /^\s*([a-z_]+):(.*?)\s*$/.exec(pair) ?? [];
      if ((IMPORT_FIELDS as readonly string[]).includes(field)) return [field, place];
      throw new Fault({
        code: 'invalid_mapping',
        status: 400,
        param: 'map',
        message:
          `'${pair}' maps no field. Write FIELD:PLACE with a field of ` +
          `${IMPORT_FIELDS.join(', ')}, separated by commas; no place leaves the field out.`,
      });
    }),
  );
}
