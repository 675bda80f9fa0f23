import fc from 'fast-check';
import {
  COMPONENTS,
  type PriceBook,
  type PriceComponent,
  type Tiering,
  type Usage,
} from '../src/pricing/index.ts';

const per = fc.constantFrom(1n, 3n, 1_000n, 1_000_000n, 10n ** 15n);
const amount = fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 10n ** 17n));

const oneComponent: fc.Arbitrary<PriceComponent> = fc.record({
  component: fc.constantFrom(...COMPONENTS),
  fromContextTokens: fc.constantFrom(0n, 1n, 500n, 128_001n, 200_001n),
  amount,
  per,
});

/**
 * Any price book that can price anything: the components without a stand-in always have a base
 * price, the others at random, in any tiers.
 */
export const anyBook: fc.Arbitrary<PriceBook> = fc
  .tuple(
    fc.array(oneComponent, { maxLength: 14 }),
    fc.tuple(
      ...(['input', 'output', 'image', 'second', 'minute', 'character', 'request'] as const).map(
        (component) => fc.record({ component: fc.constant(component), amount, per }),
      ),
    ),
  )
  .map(([extra, base]) => ({
    priceId: 1n,
    unit: 'USD',
    components: uniqueTiers([...base.map((one) => ({ ...one, fromContextTokens: 0n })), ...extra]),
  }));

/** Any partition of a call's use, zero and absence included. */
export const anyUsage: fc.Arbitrary<Usage> = fc.dictionary(
  fc.constantFrom(...COMPONENTS),
  fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, 250_000n)),
);

function uniqueTiers(components: readonly PriceComponent[]): PriceComponent[] {
  const seen = new Map<string, PriceComponent>();
  for (const one of components) {
    const key = `${one.component} ${one.fromContextTokens}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** Any price with tiers by the month's quantity that can price anything. */
export function tieredBook(tiering: Tiering): fc.Arbitrary<PriceBook> {
  const plain = ['input', 'output', 'image', 'second', 'minute', 'character', 'request'] as const;
  const tier = fc.record({
    component: fc.constantFrom(...plain),
    fromMonthQuantity: fc.constantFrom(1n, 700n, 40_000n),
    ...{ amount, per },
  });
  return fc
    .tuple(
      fc.array(tier, { maxLength: 10 }),
      fc.tuple(
        ...plain.map((component) => fc.record({ component: fc.constant(component), amount, per })),
      ),
    )
    .map(([extra, base]) => {
      const tiers = new Map(
        [...base.map((one) => ({ ...one, fromMonthQuantity: 0n })), ...extra].map((one) => [
          `${one.component} ${one.fromMonthQuantity}`,
          { ...one, fromContextTokens: 0n },
        ]),
      );
      return { priceId: 1n, unit: 'USD', tiering, components: [...tiers.values()] };
    });
}
