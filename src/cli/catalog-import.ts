import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type ImportReport, importCatalog, type ListingFormat } from '../catalog/index.ts';
import { Fault } from '../kernel/index.ts';
import { answers, type Shell } from './answer.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields, printable } from './table.ts';

interface ImportFlags {
  readonly platform: string;
  readonly upstream?: string;
  readonly format: ListingFormat | 'auto';
  readonly margin: string;
  readonly provider?: string;
}

/** Models that a group of the report names before it only counts them. */
const NAMED = 3;

/** `farebox catalog import` */
export function addImport(noun: Command, shell: Shell): void {
  const command = noun
    .command('import')
    .description('bring the catalogue up to a public price list')
    .argument('<file>', "LiteLLM's model_prices_and_context_window.json or models.dev's api.json")
    .requiredOption(...PLATFORM_FLAG)
    .option('--upstream <name>', 'who answers these models (default: nobody yet)')
    .addOption(
      new Option('--format <format>', 'how to read the file')
        .choices(['auto', 'litellm', 'models-dev'] satisfies ImportFlags['format'][])
        .default('auto'),
    )
    .option('--margin <factor>', 'factor on every price, applied exactly', '1')
    .option('--provider <name>', "only this provider's models");
  answers<ImportFlags>(
    shell,
    command,
    async ({ instance: { db, ids }, options, args: [file = ''], perform }) => {
      const platform = await requirePlatform(db, options.platform);
      const text = await readText(file);
      const { upstream, format, margin, provider } = options;
      const chosen = { upstream, format, margin, provider };
      const { report } = await perform(async (tx) => {
        const list = { platformId: platform.id, text, ...chosen };
        const done = await importCatalog({ transaction: (work) => work(tx) }, ids, list);
        const { products, priced, unchanged } = done;
        const after = { products, priced, unchanged, refused: done.refused.length };
        const act = { platformId: platform.id, action: 'catalog.import', after };
        return { act, report: done };
      });
      return { json: reportJson(report), text: writeReport(report) };
    },
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Fault({
      code: 'file_unreadable',
      status: 422,
      message: `'${path}' cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    });
  }
}

function reportJson(report: ImportReport) {
  const { products, priced, unchanged, free, refused, notPriced } = report;
  return {
    products,
    priced,
    unchanged,
    free,
    refused: refused.map(({ model, reason }) => ({ model, reason })),
    not_priced: notPriced.map(({ model, field, value, reason }) => ({
      model,
      field,
      value,
      reason,
    })),
  };
}

function writeReport({ products, priced, unchanged, free, refused, notPriced }: ImportReport) {
  const counts = fields({
    products,
    'new prices': priced,
    unchanged,
    free,
    refused: refused.length,
    'not priced': notPriced.length,
  });
  const refusals = grouped(
    'Models that were refused:',
    refused.map(({ model, reason }) => ({ model, why: reason })),
  );
  const left = grouped(
    'Prices of imported models that were left out:',
    notPriced.map(({ model, field, reason }) => ({ model, why: `${field}: ${reason}` })),
  );
  return counts + refusals + left;
}

/** One line for each reason, the most frequent at the top, with a few of its models. */
function grouped(heading: string, items: readonly { model: string; why: string }[]): string {
  if (items.length === 0) return '';
  const groups = new Map<string, string[]>();
  for (const { model, why } of items) groups.set(why, [...(groups.get(why) ?? []), model]);
  const lines = [...groups]
    .sort(([, left], [, right]) => right.length - left.length)
    .map(([why, models]) => {
      const rest = models.length - NAMED;
      const named = models.slice(0, NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
      return `  ${String(models.length).padStart(5)}  ${printable(why)} (${printable(named)})\n`;
    });
  return `\n${heading}\n${lines.join('')}`;
}
