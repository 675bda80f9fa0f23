import type { Command } from 'commander';
import { createCatalog, findUpstream, type Product, routeProduct } from '../catalog/index.ts';
import { Fault, formatRowId } from '../kernel/index.ts';
import { listUnits } from '../tenants/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import { addAdd } from './catalog-add.ts';
import { addDrafts } from './catalog-drafts.ts';
import { addImport } from './catalog-import.ts';
import { addPrice, componentsJson, writeComponent } from './catalog-price.ts';
import { PLATFORM_FLAG, requirePlatform, requireProduct } from './require.ts';
import { fields, table } from './table.ts';
import { wholeNumber } from './values.ts';

/** `farebox catalog` */
export function addCatalog(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'catalog', 'what is sold, at which price, answered by whom');
  addImport(noun, shell);
  addAdd(noun, shell);
  addList(noun, shell);
  addPrice(noun, shell);
  addDrafts(noun, shell);
  addRoute(noun, shell);
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description('show what a platform sells, with current prices and routes')
    .requiredOption(...PLATFORM_FLAG);
  answers<{ platform: string }>(shell, command, async ({ instance, options }) => {
    const platform = await requirePlatform(instance.db, options.platform);
    const units = await listUnits(instance.db, platform.id);
    const scaleOf = (code: string) => units.find((unit) => unit.code === code)?.scale ?? 0;
    const catalog = createCatalog(instance);
    await catalog.refresh(platform.id);
    const data = catalog.listProducts(platform.id).map((one) => productJson(one, scaleOf));
    const rows = data.map((one) => [
      one.slug,
      one.kind,
      one.routes.map(({ upstream, model }) => `${upstream}/${model}`).join(' '),
      one.price?.unit,
      one.price?.components.map(writeComponent).join(' '),
    ]);
    const headings = ['product', 'kind', 'routes', 'unit', 'price'];
    return { json: { data }, text: table(headings, rows, 'No products.') };
  });
}

function addRoute(noun: Command, shell: Shell): void {
  const command = noun
    .command('route')
    .description('let an upstream answer a product; changes a route that is there')
    .argument('<product>', 'what callers name it')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--upstream <name>', 'who answers')
    .requiredOption('--model <name>', 'what the upstream calls it')
    .option('--priority <number>', 'lower is tried first', wholeNumber(-32_768, 32_767), 0);
  answers<{ platform: string; upstream: string; model: string; priority: number }>(
    shell,
    command,
    async ({ instance: { db }, options, args: [product = ''], perform }) => {
      const { upstream, model, priority } = options;
      const platform = await requirePlatform(db, options.platform);
      const productId = await requireProduct(db, platform, product);
      const upstreamId = await findUpstream(db, platform.id, upstream);
      if (upstreamId === undefined) throw upstreamUnknown(platform.slug, upstream);
      const route = { productId, upstreamId, upstreamModel: model, priority };
      const { json } = await perform(async (tx) => {
        await routeProduct(tx, { platformId: platform.id, ...route });
        const after = { product, upstream, model, priority };
        const subject = formatRowId('prd', productId);
        const act = { platformId: platform.id, action: 'product.put_route', subject, after };
        return { act, json: after };
      });
      return { json, text: fields(json) };
    },
  );
}

/** Written name by name: a route carries the provider's key, which no answer may show. */
function productJson(product: Product, scaleOf: (unit: string) => number) {
  const { price } = product;
  return {
    id: formatRowId('prd', product.id),
    slug: product.slug,
    kind: product.kind,
    name: product.name,
    owned_by: product.ownedBy,
    context_tokens: product.contextTokens ?? null,
    max_output_tokens: product.maxOutputTokens ?? null,
    price:
      price === undefined
        ? null
        : {
            id: formatRowId('prc', price.priceId),
            unit: price.unit,
            components: componentsJson(price.components, scaleOf(price.unit)),
          },
    routes: product.routes.map(({ upstreamName, upstreamModel, priority }) => ({
      upstream: upstreamName,
      model: upstreamModel,
      priority,
    })),
  };
}

function upstreamUnknown(platform: string, name: string): Fault {
  return new Fault({
    code: 'upstream_unknown',
    status: 422,
    param: 'upstream',
    message: `The platform '${platform}' has no upstream '${name}'. Add it first.`,
  });
}
