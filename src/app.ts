import { resolveTxt } from 'node:dns/promises';
import { readdir } from 'node:fs/promises';
import { type Closers, openBooks } from './app/open-books.ts';
import { openPeople } from './app/open-people.ts';
import {
  createAuthenticator,
  createIssuers,
  createPrincipals,
  type SignInProviders,
} from './auth/index.ts';
import { createCatalog } from './catalog/index.ts';
import { createGateway, createIngest, startDemoProvider } from './gateway/index.ts';
import { createHttpServer, createManagedApp, createOutbound, localOrigin } from './http/index.ts';
import { type Instance, migrationsFolder } from './instance.ts';
import { createLimiter } from './limits/index.ts';
import type { SmtpSettings } from './notices/index.ts';
import { mountPages } from './pages/index.ts';
import {
  API_VERSION,
  createReadiness,
  errorShapeOf,
  isSharedPath,
  mountAuth,
  mountHealth,
  mountHome,
  mountManage,
  mountModelApi,
  mountSetup,
  routeChatCompletions,
  takesStreams,
} from './routes/index.ts';
import { createOrigins } from './tenants/index.ts';
import { watchChanges } from './watch-changes.ts';

export interface AppOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** Days of calls that are kept; undefined keeps all. */
  readonly keepCallsDays?: number | undefined;
  readonly version: string;
  /** Where people reach the instance; undefined means the address that it listens on. */
  readonly publicUrl?: string | undefined;
  /** Hosts that sellers' addresses may name though they are private. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** How many proxies of the operator's stand in front; none unless given. */
  readonly trustedProxies?: number | undefined;
  /** The mail server; undefined leaves mails in the outbox. */
  readonly smtp?: SmtpSettings | undefined;
  /** Where people may sign in besides here. */
  readonly providers?: SignInProviders | undefined;
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

const READY_TIMEOUT_MS = 2_000;
/** What is left of a cut answer may still be sent in this time. */
const CUT_MS = 1_000;

/** Builds every room on an instance and serves it. The one place that knows them all. */
export async function startApp(instance: Instance, options: AppOptions): Promise<App> {
  const closers: Closers = [];
  try {
    return await buildApp(instance, options, closers);
  } catch (error) {
    for (const close of closers.reverse()) await close();
    throw error;
  }
}

/** Every long-lived part registers its end; they end in the reverse order of their beginning. */
async function buildApp(instance: Instance, options: AppOptions, closers: Closers): Promise<App> {
  const { host, port, maxBodyBytes, version } = options;
  const { db, clock, ids, log } = instance;
  const demo = await startDemoProvider({ clock });
  closers.push(() => demo.close());
  const catalog = createCatalog(instance);
  closers.push(() => catalog.close());
  const authenticator = createAuthenticator({ db, clock });
  closers.push(() => authenticator.close());
  const origins = createOrigins({ db });
  await origins.refresh();
  const changes = watchChanges({ db, catalog, authenticator, origins, log });
  closers.push(() => changes.close());
  const ledger = await openBooks(instance, options, closers);
  const limiter = createLimiter({ db });
  const outbound = createOutbound({ allowedHosts: options.allowedHosts ?? [] });
  closers.push(() => outbound.close());
  const { trustedProxies = 0 } = options;
  const metered = { ...instance, authenticator, catalog, ledger, limiter, outbound };
  const parts = { ...metered, origins, trustedProxies };
  const gateway = createGateway({ ...parts, maxBodyBytes, demoUrl: demo.url });
  closers.push(() => gateway.stop());
  let isShuttingDown = false;
  const readiness = createReadiness({
    db,
    migrations: (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')),
    isShuttingDown: () => isShuttingDown,
    timeoutMs: READY_TIMEOUT_MS,
  });
  let listeningOn = port;
  const publicUrl = () => options.publicUrl ?? localOrigin(host, listeningOn);
  const sessions = openPeople(instance, options, publicUrl, closers);
  const info = { title: 'Farebox', version: API_VERSION };
  const describeMore = () => sessions.describe();
  const shown = { errorShapeOf, info, describeMore, takesStreams };
  const app = createManagedApp({ ids, clock, log, maxBodyBytes, ...shown });
  mountHome(app, version);
  mountHealth(app, readiness);
  mountModelApi(app, { ...parts, auth: authenticator });
  const issuers = createIssuers({ db, clock, outbound });
  const principals = createPrincipals({ db, ids, sessions, authenticator, issuers });
  const ingest = createIngest(parts);
  const { probe } = gateway;
  const beside = { principals, ingest, issuers, outbound, probe, publicUrl, resolveTxt };
  mountManage(app, { ...parts, ...beside });
  mountSetup(app, { ...instance, sessions });
  mountAuth(app, { sessions, publicUrl, trustedProxies });
  await mountPages(app, { publicUrl });
  const rawRoutes = routeChatCompletions(app, gateway.chatCompletions);
  const sharing = { origins, isShared: isSharedPath };
  const server = createHttpServer({ ids, clock, log, errorShapeOf, app, rawRoutes, sharing });
  await sessions.prepare();
  listeningOn = (await server.listen(port, host)).port;
  return {
    port: listeningOn,
    close: async (graceMs) => {
      isShuttingDown = true;
      server.stopAccepting();
      const cut = await server.waitForIdle(graceMs);
      // The gateway cuts its upstreams, settles, and tells the callers; only then do sockets close.
      await gateway.stop();
      await server.close(CUT_MS);
      for (const close of closers.reverse()) await close();
      return cut;
    },
  };
}
