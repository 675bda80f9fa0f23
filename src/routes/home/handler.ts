import type { ManagedApp } from '../../http/index.ts';
import { home } from './contract.ts';

/** Mounts `/`: where a stranger finds the addresses of this instance. */
export function mountHome(app: ManagedApp, version: string): void {
  app.openapi(home, (c) =>
    c.json(
      {
        name: 'farebox' as const,
        version,
        models: '/v1/models',
        chat_completions: '/v1/chat/completions',
        openapi: '/openapi.json',
        ready: '/readyz',
      },
      200,
    ),
  );
}
