import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createAuthenticator } from './auth/index.ts';
import { createCatalog } from './catalog/index.ts';
import { createGateway, startDemoProvider } from './gateway/index.ts';
import { createHttpServer, createManagedApp } from './http/index.ts';
import type { Instance } from './instance.ts';
import { migrationsFolder } from './instance.ts';
import { createLedger } from './ledger/index.ts';
import {
  createReadiness,
  errorShapeOf,
  MODEL_API_PREFIXES,
  mountHealth,
  mountHome,
  mountModelApi,
} from './routes/index.ts';

export interface AppOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly version: string;
}

/** A serving instance. */
export interface App {
  readonly port: number;
  /**
   * Stops accepting, lets running answers end for `graceMs`, cuts and settles what is left, and
   * gives up its lease. The instance itself stays open. Resolves with the number of cut answers.
   */
  close(graceMs: number): Promise<number>;
}

const CATALOG_REFRESH_MS = 5_000;
const READY_TIMEOUT_MS = 2_000;

/** Builds every room on an instance and serves it. The one place that knows them all. */
export async function startApp(instance: Instance, options: AppOptions): Promise<App> {
  const { db, clock, ids, log } = instance;
  const { maxBodyBytes, version } = options;
  const demo = await startDemoProvider({ clock });
  const ledger = await createLedger({
    ...instance,
    host: hostname(),
    pid: process.pid,
    soleServer: instance.isSoleServer,
  });
  const catalog = createCatalog(instance);
  await catalog.refresh();
  const authenticator = createAuthenticator({ db, clock });
  const gateway = createGateway({
    authenticator,
    catalog,
    ledger,
    clock,
    log,
    maxBodyBytes,
    demoUrl: demo.url,
  });
  let isShuttingDown = false;
  const readiness = createReadiness({
    db,
    migrations: (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')),
    isShuttingDown: () => isShuttingDown,
    timeoutMs: READY_TIMEOUT_MS,
  });
  const info = { title: 'Farebox', version };
  const managed = createManagedApp({ ids, clock, log, errorShapeOf, maxBodyBytes, info });
  mountHome(managed, version);
  mountHealth(managed, readiness);
  mountModelApi(managed, { db, auth: authenticator, catalog });
  const server = createHttpServer({
    ids,
    clock,
    log,
    errorShapeOf,
    app: managed,
    rawRoutes: MODEL_API_PREFIXES.map((prefix) => ({
      method: 'POST',
      path: `${prefix}/chat/completions`,
      handle: gateway.chatCompletions,
    })),
  });
  const refresh = setInterval(() => {
    catalog.refresh().catch((error) => log.warn({ err: error }, 'Could not read the catalogue.'));
  }, CATALOG_REFRESH_MS);
  refresh.unref();
  const { port } = await server.listen(options.port, options.host);
  return {
    port,
    close: async (graceMs) => {
      isShuttingDown = true;
      clearInterval(refresh);
      const cut = await server.close(graceMs);
      await gateway.stop();
      await ledger.close();
      await catalog.close();
      await demo.close();
      return cut;
    },
  };
}
