import { z } from '@hono/zod-openapi';
import type { Caller } from '../auth/index.ts';
import type { Product } from '../catalog/index.ts';
import { formatAmount } from '../kernel/index.ts';

/** A model as OpenAI's clients know it, with what it costs and holds beside it. */
export const Model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
    name: z.string(),
    kind: z.string(),
    context_tokens: z.int().nullable(),
    max_output_tokens: z.int().nullable(),
    pricing: z
      .object({
        unit: z.string(),
        components: z.array(
          z.object({
            component: z.string(),
            amount: z.string().describe('Exact, in whole units, for each `per` counted.'),
            per: z.int(),
            from_context_tokens: z.int(),
          }),
        ),
      })
      .nullable(),
  })
  .openapi('Model');

/** Writes a product as a model. Quantities in a price book are far below 2^53. */
export function modelBody(product: Product, caller: Caller): z.input<typeof Model> {
  return {
    id: product.slug,
    object: 'model',
    created: Math.floor(product.createdAt.getTime() / 1_000),
    owned_by: product.ownedBy,
    name: product.name,
    kind: product.kind,
    context_tokens: product.contextTokens ?? null,
    max_output_tokens: product.maxOutputTokens ?? null,
    pricing: pricingBody(product, caller),
  };
}

function pricingBody({ price }: Product, { platform }: Caller) {
  const scale = price === undefined ? undefined : platform.scales.get(price.unit);
  if (price === undefined || scale === undefined) return null;
  const components = price.components.map(({ component, amount, per, fromContextTokens }) => ({
    component,
    amount: formatAmount(amount, scale),
    per: Number(per),
    from_context_tokens: Number(fromContextTokens),
  }));
  return { unit: price.unit, components };
}

/** Everything sold except services, which are not models. */
export function isModel(product: Product): boolean {
  return product.kind !== 'service';
}
