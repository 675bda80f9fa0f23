import type { Command } from 'commander';
import {
  createPriceDraft,
  currentPriceVersion,
  diffPrices,
  type PriceDraft,
  publishPriceDraft,
  requirePriceDraft,
  requirePriceVersion,
  rollBackPrice,
} from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { formatAmount, formatRowId, parseRowId } from '../kernel/index.ts';
import { reprice } from '../metering/index.ts';
import { listUnits, type Platform, unitNamed } from '../tenants/index.ts';
import { type Answer, answers, type Shell, type Task } from './answer.ts';
import {
  addComponent,
  COMPONENT_FLAG,
  componentsJson,
  type WrittenComponent,
  writeComponent,
} from './catalog-price.ts';
import { PLATFORM_FLAG, requirePlatform, requireProduct } from './require.ts';
import { fields, table } from './table.ts';
import { addText, isoTime, readAmount, wholeNumber } from './values.ts';

const DAY_MS = 86_400_000;
const AT_FLAG = [
  '--at <time>',
  'from when on, such as 2027-01-31T12:00:00Z (default: now)',
] as const;

/** `farebox catalog draft | diff | publish | roll-back | dry-run` */
export function addDrafts(noun: Command, shell: Shell): void {
  addDraft(noun, shell);
  addDiff(noun, shell);
  addPublish(noun, shell);
  addRollBack(noun, shell);
  addDryRun(noun, shell);
}

function addDraft(noun: Command, shell: Shell): void {
  const command = noun
    .command('draft')
    .description('begin a price that nothing sells by until it is published')
    .argument('<product>', 'what callers name it')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...COMPONENT_FLAG, addComponent)
    .option('--unit <code>', "what it is counted in (default: the platform's default unit)")
    .option('--cost', 'what the product costs the seller, instead of its price')
    .option('--note <text>', 'what people should know of it');
  answers<{
    platform: string;
    component: WrittenComponent[];
    unit?: string;
    cost?: boolean;
    note?: string;
  }>(shell, command, async (task) => {
    const {
      instance: { db, ids },
      options,
      args: [product = ''],
      perform,
    } = task;
    const platform = await requirePlatform(db, options.platform);
    const productId = await requireProduct(db, platform, product);
    const units = await listUnits(db, platform.id);
    const unit = unitNamed(units, options.unit ?? platform.defaultUnit);
    const { json } = await perform(async (tx) => {
      const draft = await createPriceDraft(tx, ids, platform.id, {
        ...{ productId, unit: unit.code, source: 'manual', note: options.note },
        kind: options.cost === true ? 'cost' : 'sale',
        components: options.component.map(({ decimal, ...one }) => {
          return { ...one, amount: readAmount(decimal, unit, 'component') };
        }),
      });
      const after = {
        ...{ product, draft: formatRowId('pdr', draft.id), kind: draft.kind, unit: unit.code },
        components: componentsJson(draft.components, unit.scale),
      };
      const of = { platformId: platform.id, action: 'price_draft.create', subject: after.draft };
      return { act: { ...of, after }, json: after };
    });
    const components = json.components.map(writeComponent).join(' ');
    return { json, text: fields({ ...json, components }) };
  });
}

function addDiff(noun: Command, shell: Shell): void {
  const command = noun
    .command('diff')
    .description('compare a draft with the price of now, component by component')
    .argument('<draft>', 'its id')
    .requiredOption(...PLATFORM_FLAG);
  answers<{ platform: string }>(shell, command, async ({ instance: { db }, options, args }) => {
    const platform = await requirePlatform(db, options.platform);
    const draft = await requireDraft(db, platform, args[0]);
    const current = await currentPriceVersion(db, platform.id, draft);
    const data = diffPrices(current?.components ?? [], draft.components).map((one) => ({
      component: one.component,
      from_context_tokens: Number(one.fromContextTokens),
      from_month_quantity: Number(one.fromMonthQuantity),
      change: one.change,
      before: one.before === undefined ? null : componentsJson([one.before], draft.scale)[0],
      after: one.after === undefined ? null : componentsJson([one.after], draft.scale)[0],
    }));
    const priceOf = (one: (typeof data)[number]['before']) => one && `${one.amount}/${one.per}`;
    const rows = data.map((one) => [
      ...[one.component, one.change, priceOf(one.before), priceOf(one.after)],
    ]);
    return { json: { data }, text: table(['component', 'change', 'before', 'after'], rows) };
  });
}

function addPublish(noun: Command, shell: Shell): void {
  const command = noun
    .command('publish')
    .description('make a draft the price; calls under way keep the old one')
    .argument('<draft>', 'its id')
    .requiredOption(...PLATFORM_FLAG)
    .option(...AT_FLAG, isoTime);
  answers<{ platform: string; at?: Date }>(shell, command, (task) =>
    publish(task, 'price_draft.publish', async (tx, platform) => {
      const draft = await requireDraft(tx, platform, task.args[0]);
      const how = { at: task.options.at?.toISOString() };
      return publishPriceDraft(tx, task.instance.ids, platform.id, draft, how);
    }),
  );
}

function addRollBack(noun: Command, shell: Shell): void {
  const command = noun
    .command('roll-back')
    .description('publish what an earlier version said, as a new version')
    .argument('<price>', 'the id of that version')
    .requiredOption(...PLATFORM_FLAG)
    .option(...AT_FLAG, isoTime);
  answers<{ platform: string; at?: Date }>(shell, command, (task) =>
    publish(task, 'price.roll_back', (tx, platform) => {
      const earlier = parseRowId('prc', task.args[0] ?? '');
      const how = { at: task.options.at?.toISOString() };
      return rollBackPrice(tx, task.instance.ids, platform.id, earlier, how);
    }),
  );
}

function addDryRun(noun: Command, shell: Shell): void {
  const command = noun
    .command('dry-run')
    .description('price the real calls of the last days by drafts, without changing anything')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--draft <id>', 'the id of a draft; repeatable', addText)
    .option('--days <number>', 'of how many days', wholeNumber(1, 366), 30);
  answers<{ platform: string; draft: string[]; days: number }>(
    shell,
    command,
    async ({ instance: { db, clock }, options }) => {
      const platform = await requirePlatform(db, options.platform);
      const drafts: PriceDraft[] = [];
      for (const id of options.draft) drafts.push(await requireDraft(db, platform, id));
      const until = new Date(clock.nowMs());
      const from = new Date(until.getTime() - options.days * DAY_MS);
      const productIds = drafts.map(({ productId }) => productId);
      const trials = drafts.map(({ id, productId, kind, unit, tiering, components }) => ({
        ...{ productId, kind },
        book: { priceId: id, unit, components, ...(tiering !== null && { tiering }) },
      }));
      const walk = { platformId: platform.id, from, until, productIds };
      const { products } = await reprice(db, walk, { trials });
      const units = await listUnits(db, platform.id);
      const data = products.map((sums) => {
        const scale = units.find(({ code }) => code === sums.unit)?.scale ?? 0;
        return {
          product: drafts.find(({ productId }) => productId === sums.productId)?.product ?? null,
          ...{ unit: sums.unit, calls: sums.calls, not_priced: sums.notPriced },
          revenue_then: formatAmount(sums.priceThen, scale),
          revenue_now: formatAmount(sums.priceNow, scale),
          calls_with_cost: sums.costed,
          margin_then: formatAmount(sums.priceThenOfCosted - sums.costThen, scale),
          margin_now: formatAmount(sums.priceNowOfCosted - sums.costNow, scale),
        };
      });
      const rows = data.map((one) => [
        ...[one.product, one.unit, one.calls, one.revenue_then, one.revenue_now],
        ...[one.margin_then, one.margin_now],
      ]);
      const headings = ['product', 'unit', 'calls', 'then', 'now', 'margin then', 'margin now'];
      return { json: { data }, text: table(headings, rows, 'No calls.') };
    },
  );
}

const requireDraft = (db: Queryable, platform: Platform, id = '') =>
  requirePriceDraft(db, platform.id, parseRowId('pdr', id));

/** Publishes a version, puts that on record, and answers with it. */
async function publish(
  { instance: { db }, options, perform }: Task<{ platform: string }>,
  action: string,
  work: (tx: Queryable, platform: Platform) => Promise<{ readonly priceId: bigint }>,
): Promise<Answer> {
  const platform = await requirePlatform(db, options.platform);
  const { json } = await perform(async (tx) => {
    const { priceId } = await work(tx, platform);
    const price = await requirePriceVersion(tx, platform.id, priceId);
    const after = {
      ...{ product: price.product, price: formatRowId('prc', price.id), kind: price.kind },
      ...{ version: price.version, status: price.status },
      valid_from: price.validFrom.toISOString(),
    };
    const act = { platformId: platform.id, action, subject: after.price, after };
    return { act, json: after };
  });
  return { json, text: fields(json) };
}
