import type { ManagedApp } from '../../http/index.ts';
import { callerOf } from '../authenticate.ts';
import { isModel, modelBody } from '../model-body.ts';
import { CATALOG_AGE_MS, type ModelApiParts } from '../mount-model-api.ts';
import { listModels } from './contract.ts';

export function mountListModels(group: ManagedApp, parts: ModelApiParts): void {
  group.openapi(listModels, async (c) => {
    const caller = await callerOf(parts, c);
    const { catalog } = parts;
    await catalog.refreshIfOlderThan(CATALOG_AGE_MS, caller.platformId);
    const { platformId, models } = caller;
    const products = catalog
      .listProducts(platformId)
      .filter((product) => isModel(product) && (models?.has(product.slug) ?? true));
    const data = products.map((product) => modelBody(product, caller));
    return c.json({ object: 'list' as const, data }, 200);
  });
}
