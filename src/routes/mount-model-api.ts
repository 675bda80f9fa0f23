import type { Catalog } from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { createRouteGroup, type ManagedApp } from '../http/index.ts';
import type { CallerParts } from './authenticate.ts';
import { MODEL_API_PREFIXES } from './error-shape.ts';
import { mountGetCall } from './get-call/handler.ts';
import { mountGetModel } from './get-model/handler.ts';
import { mountListModels } from './list-models/handler.ts';

/** A list of models is at most this old: the operator's commands change it beside the server. */
export const CATALOG_AGE_MS = 1_000;

/** What the OpenAI-compatible routes work with. */
export interface ModelApiParts extends CallerParts {
  readonly db: Queryable;
  readonly catalog: Pick<Catalog, 'findProduct' | 'listProducts' | 'refreshIfOlderThan'>;
}

/** Mounts the managed OpenAI-compatible routes under `/v1` and `/api/v1`, from one definition. */
export function mountModelApi(app: ManagedApp, parts: ModelApiParts): void {
  const group = createRouteGroup();
  mountListModels(group, parts);
  mountGetModel(group, parts);
  mountGetCall(group, parts);
  for (const prefix of MODEL_API_PREFIXES) app.route(prefix, group);
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
  });
}
