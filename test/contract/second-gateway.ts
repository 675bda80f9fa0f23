import { hostname } from 'node:os';
import { createAuthenticator } from '../../src/auth/index.ts';
import { createCatalog } from '../../src/catalog/index.ts';
import type { Db } from '../../src/db/index.ts';
import { createGateway } from '../../src/gateway/index.ts';
import { createHttpServer, createManagedApp } from '../../src/http/index.ts';
import { createLedger, type Ledger } from '../../src/ledger/index.ts';
import { createLimiter } from '../../src/limits/index.ts';
import { errorShapeOf } from '../../src/routes/index.ts';
import { createOrigins } from '../../src/tenants/index.ts';
import type { Serving } from '../serving.ts';

/** One more server process, so to speak, on the database of an instance. */
export interface SecondGateway {
  readonly url: string;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/** Serves chat completions with a patience, and through a database, of the test's own. */
export async function openSecondGateway(
  { instance, provider }: Serving,
  drainMs: { readonly streamed: number; readonly whole: number },
  db: Db = instance.db,
): Promise<SecondGateway> {
  const { clock, ids, log } = instance;
  const replica = { db, ids, clock, log, host: hostname(), pid: process.pid, soleServer: false };
  const ledger = await createLedger(replica);
  const catalog = createCatalog(instance);
  const authenticator = createAuthenticator({ db, clock });
  const maxBodyBytes = 1_000_000;
  const demoUrl = provider.url;
  const limiter = createLimiter({ db });
  const origins = createOrigins({ db });
  const parts = { ...instance, db, authenticator, catalog, ledger, limiter, origins };
  const gateway = createGateway({ ...parts, maxBodyBytes, demoUrl, drainMs });
  const info = { title: 'Second', version: 'test' };
  const app = createManagedApp({ ids, clock, log, errorShapeOf, maxBodyBytes, info });
  const route = { method: 'POST', path: '/v1/chat/completions', handle: gateway.chatCompletions };
  const server = createHttpServer({ ids, clock, log, errorShapeOf, app, rawRoutes: [route] });
  const { port } = await server.listen(0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    close: async () => {
      await server.close(2_000);
      await gateway.stop();
      await ledger.close();
      await catalog.close();
      await authenticator.close();
    },
  };
}
