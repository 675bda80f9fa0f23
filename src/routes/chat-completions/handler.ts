import type { ManagedApp, RawHandler, RawRoute } from '../../http/index.ts';
import { MODEL_API_PREFIXES } from '../error-shape.ts';
import { chatCompletions } from './contract.ts';

/**
 * The metered chat route under both prefixes, for the server to match before the app: it works on
 * node's own request and response. The app only documents it.
 */
export function routeChatCompletions(app: ManagedApp, handle: RawHandler): RawRoute[] {
  return MODEL_API_PREFIXES.map((prefix) => {
    const path = `${prefix}${chatCompletions.path}`;
    app.openAPIRegistry.registerPath({ ...chatCompletions, path });
    return { method: 'POST', path, handle };
  });
}
