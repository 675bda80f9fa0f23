import { type Command, InvalidArgumentError } from 'commander';
import { publishPrices } from '../catalog/index.ts';
import { assert, formatAmount, formatRowId } from '../kernel/index.ts';
import { COMPONENTS, type Component, type PriceComponent } from '../pricing/index.ts';
import { listUnits, unitNamed } from '../tenants/index.ts';
import { answers, type Shell } from './answer.ts';
import { PLATFORM_FLAG, requirePlatform, requireProduct } from './require.ts';
import { fields } from './table.ts';
import { readAmount } from './values.ts';

/** A component as it is written in an argument: `input@200001=0.5/1000000`. */
export interface WrittenComponent {
  readonly component: Component;
  readonly fromContextTokens: bigint;
  readonly decimal: string;
  readonly per: bigint;
}

/** What `--component` says in every help. */
export const COMPONENT_FLAG = [
  '--component <name=amount/per>',
  'such as input=0.25/1000000, or input@200001=0.5/1000000 from that many input tokens on; ' +
    'repeatable',
] as const;

/** `farebox catalog price` */
export function addPrice(noun: Command, shell: Shell): void {
  const command = noun
    .command('price')
    .description('publish a new version of a price; calls under way keep the old one')
    .argument('<product>', 'what callers name it')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...COMPONENT_FLAG, addComponent)
    .option('--unit <code>', "what it is counted in (default: the platform's default unit)");
  answers<{ platform: string; component: WrittenComponent[]; unit?: string }>(
    shell,
    command,
    async ({ instance: { db, ids }, options, args: [product = ''], perform }) => {
      const platform = await requirePlatform(db, options.platform);
      const productId = await requireProduct(db, platform, product);
      const units = await listUnits(db, platform.id);
      const unit = unitNamed(units, options.unit ?? platform.defaultUnit);
      const components = options.component.map(({ decimal, ...one }): PriceComponent => {
        return { ...one, amount: readAmount(decimal, unit, 'component') };
      });
      const price = { productId, unit: unit.code, components, source: 'manual' as const };
      const { json } = await perform(async (tx) => {
        const [published] = await publishPrices(tx, ids, platform.id, [price]);
        assert(published !== undefined, 'publishing one price gives one result');
        const after = {
          product,
          price: formatRowId('prc', published.priceId),
          changed: published.changed,
          unit: unit.code,
          components: componentsJson(components, unit.scale),
        };
        const of = { platformId: platform.id, action: 'price.publish', subject: after.price };
        return { act: published.changed ? { ...of, after } : undefined, json: after };
      });
      const prices = json.components.map(writeComponent).join(' ');
      return { json, text: fields({ ...json, components: prices }) };
    },
  );
}

/** Components in the order of a bill, with their amounts as decimals in whole units. */
export function componentsJson(components: readonly PriceComponent[], scale: number) {
  const place = ({ component }: PriceComponent) => COMPONENTS.indexOf(component);
  const sorted = [...components].sort(
    (left, right) =>
      place(left) - place(right) || Number(left.fromContextTokens - right.fromContextTokens),
  );
  return sorted.map(({ component, fromContextTokens, amount, per }) => ({
    component,
    from_context_tokens: Number(fromContextTokens),
    amount: formatAmount(amount, scale),
    per: Number(per),
  }));
}

/** The way `--component` takes it. */
export function writeComponent(one: ReturnType<typeof componentsJson>[number]): string {
  const tier = one.from_context_tokens === 0 ? '' : `@${one.from_context_tokens}`;
  return `${one.component}${tier}=${one.amount}/${one.per}`;
}

/** Reads a component and adds it to those that were given before. */
export function addComponent(
  text: string,
  earlier: readonly WrittenComponent[] = [],
): WrittenComponent[] {
  const match = /^([a-z_]+)(?:@(\d{1,15}))?=([\d.]+)(?:\/(\d{1,15}))?$/.exec(text);
  const component = COMPONENTS.find((name) => name === match?.[1]);
  const [from = '0', decimal, per = '1'] = match?.slice(2) ?? [];
  if (component !== undefined && decimal !== undefined && BigInt(per) > 0n) {
    const fromContextTokens = BigInt(from);
    return [...earlier, { component, fromContextTokens, decimal, per: BigInt(per) }];
  }
  const names = COMPONENTS.join(', ');
  throw new InvalidArgumentError(
    `Give NAME=AMOUNT/PER, such as input=0.25/1000000, with a name of ${names}.`,
  );
}
