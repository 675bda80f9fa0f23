import { type Command, Option } from 'commander';
import { createProduct, PRODUCT_KINDS, type ProductKind } from '../catalog/index.ts';
import { formatRowId } from '../kernel/index.ts';
import { answers, type Shell } from './answer.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields } from './table.ts';
import { wholeNumber } from './values.ts';

interface AddOptions {
  readonly platform: string;
  readonly kind: ProductKind;
  readonly name?: string;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
}

/** `farebox catalog add` */
export function addAdd(noun: Command, shell: Shell): void {
  const command = noun
    .command('add')
    .description('add a product by hand; then price it and route it')
    .argument('<product>', 'what callers will name it')
    .requiredOption(...PLATFORM_FLAG)
    .addOption(new Option('--kind <kind>', 'what it does').choices(PRODUCT_KINDS).default('chat'))
    .option('--name <name>', 'for people')
    .option('--context-tokens <number>', 'what fits into it', wholeNumber(1, 100_000_000))
    .option('--max-output-tokens <number>', 'most of an answer', wholeNumber(1, 10_000_000));
  answers<AddOptions>(shell, command, async (task) => {
    const {
      instance,
      options,
      args: [slug = ''],
      perform,
    } = task;
    const { db, ids } = instance;
    const { platform: platformSlug, ...product } = options;
    const platform = await requirePlatform(db, platformSlug);
    const { json } = await perform(async (tx) => {
      const id = await createProduct(tx, ids, { ...product, platformId: platform.id, slug });
      const after = { id: formatRowId('prd', id), product: slug, kind: options.kind };
      const act = { platformId: platform.id, action: 'product.create', subject: after.id, after };
      return { act, json: after };
    });
    return { json, text: fields(json) };
  });
}
