import type { ManagedApp } from '../../http/index.ts';
import { callerOf } from '../authenticate.ts';
import { isModel, modelBody } from '../model-body.ts';
import { CATALOG_AGE_MS, type ModelApiParts } from '../mount-model-api.ts';
import { listModels } from './contract.ts';

export function mountListModels(group: ManagedApp, { auth, catalog }: ModelApiParts): void {
  group.openapi(listModels, async (c) => {
    const caller = await callerOf(auth, c);
    await catalog.refreshIfOlderThan(CATALOG_AGE_MS, caller.platformId);
    const products = catalog.listProducts(caller.platformId).filter(isModel);
    const data = products.map((product) => modelBody(product, caller));
    return c.json({ object: 'list' as const, data }, 200);
  });
}
