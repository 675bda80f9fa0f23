import { requireModel } from '../../auth/index.ts';
import type { ManagedApp } from '../../http/index.ts';
import { Fault } from '../../kernel/index.ts';
import { callerOf } from '../authenticate.ts';
import { isModel, modelBody } from '../model-body.ts';
import { CATALOG_AGE_MS, type ModelApiParts } from '../mount-model-api.ts';
import { getModel } from './contract.ts';

export function mountGetModel(group: ManagedApp, parts: ModelApiParts): void {
  group.openapi(getModel, async (c) => {
    const caller = await callerOf(parts, c);
    const { catalog } = parts;
    const { id } = c.req.valid('param');
    await catalog.refreshIfOlderThan(CATALOG_AGE_MS, caller.platformId);
    const product = catalog.findProduct(caller.platformId, id);
    if (product === undefined || !isModel(product)) throw modelNotFound(id);
    requireModel(caller, id);
    return c.json(modelBody(product, caller), 200);
  });
}

function modelNotFound(id: string): Fault {
  return new Fault({
    code: 'model_not_found',
    status: 404,
    param: 'model',
    message: `There is no model '${id}' here. GET /v1/models lists those that there are.`,
  });
}
