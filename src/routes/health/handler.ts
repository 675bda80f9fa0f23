import type { ManagedApp } from '../../http/index.ts';
import { healthz, readyz } from './contract.ts';
import type { Readiness } from './readiness.ts';

/** Mounts `/healthz` (the process) and `/readyz` (what it needs to serve). */
export function mountHealth(app: ManagedApp, readiness: () => Promise<Readiness>): void {
  app.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200));
  app.openapi(readyz, async (c) => {
    const checks = await readiness();
    if (Object.values(checks).every((check) => check === 'ok')) {
      return c.json({ status: 'ready' as const, checks }, 200);
    }
    c.header('retry-after', '1');
    return c.json({ status: 'not_ready' as const, checks }, 503);
  });
}
