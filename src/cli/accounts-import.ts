import { createReadStream } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Fault } from '../kernel/index.ts';
import {
  type AccountImportReport,
  IMPORT_FIELDS,
  IMPORT_FORMATS,
  type ImportFormat,
  type ImportMapping,
  importAccounts,
  type RefusedRow,
} from '../tenants/index.ts';
import { answers, type Shell } from './answer.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';

interface ImportFlags {
  readonly platform: string;
  readonly dryRun?: boolean;
  readonly format?: ImportFormat;
  readonly unit?: string;
  readonly map: ImportMapping;
  readonly progress?: boolean;
}

/** Refused rows that the answer shows; it counts all. */
const SHOWN = 100;

/** `farebox accounts import` */
export function addAccountsImport(noun: Command, shell: Shell): void {
  const command = noun
    .command('import')
    .description('bring the accounts up to a file; the same file again changes nothing')
    .argument('<file>', 'one JSON object a line, as mongoexport writes them, or CSV')
    .requiredOption(...PLATFORM_FLAG)
    .option('--dry-run', 'only tell what would be done')
    .addOption(
      new Option(
        '--format <format>',
        'how to read it (default: csv when its name ends so)',
      ).choices(IMPORT_FORMATS),
    )
    .option('--unit <code>', "what balances count (default: the platform's default unit)")
    .option('--map <field=place>', `where a field is: ${IMPORT_FIELDS.join(', ')}`, addPlace, {})
    .option('--progress', 'tell on standard error how far it has come');
  answers<ImportFlags>(shell, command, async (task) => {
    const {
      instance,
      options,
      args: [file = ''],
      perform,
    } = task;
    const { db, ids, clock } = instance;
    const platform = await requirePlatform(db, options.platform);
    const isDryRun = options.dryRun === true;
    const refused: RefusedRow[] = [];
    const report = await importAccounts(
      { ids, clock, transaction: db.transaction },
      {
        platformId: platform.id,
        source: readPieces(file),
        format: options.format ?? (file.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson'),
        unit: options.unit,
        mapping: options.map,
        isDryRun,
        onRefused: (row) => {
          if (refused.length < SHOWN) refused.push(row);
        },
        onProgress: ({ rows }) => {
          if (options.progress === true) shell.host.writeError(`${rows} rows\n`);
        },
      },
    );
    const { isDryRun: _, ...counts } = report;
    if (!isDryRun) {
      const act = { platformId: platform.id, action: 'account.import', after: counts };
      await perform(async () => ({ act }));
    }
    const json = { platform: platform.slug, dry_run: isDryRun, ...counts, refused_rows: refused };
    return { json, text: writeReport(report, refused) };
  });
}

async function* readPieces(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new Fault({
      code: 'file_unreadable',
      status: 422,
      message: `'${file}' cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    });
  }
}

function addPlace(text: string, earlier: ImportMapping): ImportMapping {
  const [, field = '', place = ''] = /^([a-z_]+)=(.*)$/.exec(text) ?? [];
  if ((IMPORT_FIELDS as readonly string[]).includes(field)) return { ...earlier, [field]: place };
  throw new InvalidArgumentError(`Give FIELD=PLACE with one of ${IMPORT_FIELDS.join(', ')}.`);
}

function writeReport(report: AccountImportReport, refused: readonly RefusedRow[]): string {
  const { isDryRun, rows, created, updated, unchanged, refused: count } = report;
  const counts = fields({ rows, created, updated, unchanged, refused: count });
  const note = isDryRun ? 'A dry run: nothing of this was done.\n' : '';
  if (refused.length === 0) return note + counts;
  const lines = refused.map((one) => [one.line, one.field, one.reason]);
  const more = count > refused.length ? `and ${count - refused.length} more\n` : '';
  const rowsOut = table(['line', 'field', 'why'], lines);
  return `${note}${counts}\nRows that were left out:\n${rowsOut}${more}`;
}
