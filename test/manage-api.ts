import {
  createAuthenticator,
  createIssuers,
  createPrincipals,
  createSessions,
  type Sessions,
} from '../src/auth/index.ts';
import { createCatalog } from '../src/catalog/index.ts';
import type { Db } from '../src/db/index.ts';
import { createIngest, createUpstreams, probeUpstream } from '../src/gateway/index.ts';
import { createManagedApp, createOutbound, type ManagedApp } from '../src/http/index.ts';
import {
  createLog,
  createSecretBox,
  formatRowId,
  systemClock,
  systemRandom,
} from '../src/kernel/index.ts';
import type { Ledger } from '../src/ledger/index.ts';
import { createLimiter } from '../src/limits/index.ts';
import { createMailer } from '../src/notices/index.ts';
import { errorShapeOf, mountManage, takesStreams } from '../src/routes/index.ts';
import {
  addAccountMember,
  createAccount,
  createOrigins,
  createPlatform,
  type Role,
  setPlatformMember,
} from '../src/tenants/index.ts';
import { openLedger, testIds } from './books.ts';
import { openTestDatabase } from './database.ts';

/** The management API over a database of its own, with people to sign in as. */
export interface ManageApi {
  readonly db: Db;
  readonly app: ManagedApp;
  /** That of the routes which charge. */
  readonly ledger: Ledger;
  /** TXT records that the DNS has, by name. */
  readonly dns: Map<string, string[]>;
  /** A person who is signed in, and belongs nowhere yet. */
  /** Puts a mail into the outbox. */
  sendMail(mail: { recipient: string; subject: string }): Promise<void>;
  openUser(mail?: string): Promise<Client>;
  /** Who runs the instance. */
  openOperator(): Promise<Client>;
  /** A platform with somebody in each role and a customer, all signed in. */
  openPlatform(): Promise<TestPlatform>;
  close(): Promise<void>;
}

export interface TestPlatform extends Readonly<Record<Role, Client>> {
  readonly platformId: bigint;
  readonly slug: string;
  readonly customer: Client;
  readonly accountId: bigint;
  /** The account as the API names it. */
  readonly account: string;
}

/** What an answer holds, of whatever shape a test expects. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

/** Calls the management API as one person. */
export interface Client {
  readonly userId: string;
  readonly mail: string;
  /** What it signs its requests with. */
  readonly token: string;
  call(method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
  get(path: string, headers?: object): Promise<Answer>;
  post(path: string, body?: unknown, headers?: object): Promise<Answer>;
}

const log = createLog(process.env.TEST_LOG ?? 'silent');

/** `allowedHosts` are hosts that sellers' addresses may name though they are private. */
export async function openManageApi(
  options: { readonly allowedHosts?: readonly string[] } = {},
): Promise<ManageApi> {
  const database = await openTestDatabase();
  const { db } = database;
  const dns = new Map<string, string[]>();
  const info = { title: 'Test', version: '1' };
  const common = { ids: testIds, clock: systemClock, log };
  const bodies = { maxBodyBytes: 1_000_000, takesStreams };
  const app = createManagedApp({ ...common, errorShapeOf, ...bodies, info });
  const secrets = createSecretBox(systemRandom(32), systemRandom);
  const publicUrl = () => 'http://farebox.example';
  const mailer = createMailer({ ...common, db, smtp: undefined });
  const parts = { ...common, db, secrets, mailer, random: systemRandom, publicUrl };
  const sessions = createSessions(parts);
  const authenticator = createAuthenticator({ db, clock: systemClock });
  const outbound = createOutbound({ allowedHosts: options.allowedHosts ?? [] });
  const issuers = createIssuers({ db, clock: systemClock, outbound });
  const ledger = await openLedger(db);
  const catalog = createCatalog(parts);
  const limiter = createLimiter({ db });
  const upstreams = createUpstreams({ outbound });
  mountManage(app, {
    ...parts,
    origins: createOrigins({ db }),
    trustedProxies: 0,
    issuers,
    outbound,
    probe: (route) => probeUpstream(upstreams, route, systemClock),
    principals: createPrincipals({ db, ids: testIds, sessions, authenticator, issuers }),
    ingest: createIngest({ ...parts, ledger, catalog, limiter }),
    resolveTxt: async (name) => {
      const texts = dns.get(name);
      if (texts === undefined) throw Object.assign(new Error('not there'), { code: 'ENOTFOUND' });
      return texts.map((text) => [text]);
    },
  });
  const openUser = (mail?: string) => signIn(sessions, app, mail);
  return {
    db,
    app,
    ledger,
    dns,
    sendMail: (mail) => mailer.send(db, { ...mail, kind: 'notice', body: 'text' }),
    openUser,
    openOperator: async () => {
      const client = await openUser();
      await db.query('insert into operator (user_id) values ($1)', [client.userId]);
      return client;
    },
    openPlatform: () => openPlatform(db, openUser),
    close: async () => {
      await authenticator.close();
      await upstreams.close();
      await outbound.close();
      await ledger.close();
      await catalog.close();
      await sessions.close();
      await mailer.close();
      await database.close();
    },
  };
}

export async function openPlatform(
  db: Db,
  openUser: (mail?: string) => Promise<Client>,
): Promise<TestPlatform> {
  const slug = `p${testIds.rowId()}`;
  const platform = await createPlatform(db, testIds, {
    slug,
    name: 'Shop',
    keyPrefix: 'sk-shop-',
    units: [
      { code: 'USD', scale: 9 },
      { code: 'credit', scale: 3 },
    ],
  });
  const platformId = platform.id;
  const memberAs = async (role: Role) => {
    const client = await openUser();
    await db.transaction((tx) =>
      setPlatformMember(tx, { platformId, userId: client.userId, role }),
    );
    return client;
  };
  const owner = await memberAs('owner');
  const [admin, support, viewer] = [
    await memberAs('admin'),
    await memberAs('support'),
    await memberAs('viewer'),
  ];
  const customer = await openUser();
  const { id: accountId } = await db.transaction((tx) =>
    createAccount(tx, testIds, { platformId, mail: customer.mail }),
  );
  await addAccountMember(db, { platformId, accountId, userId: customer.userId });
  const account = formatRowId('acc', accountId);
  return { platformId, slug, owner, admin, support, viewer, customer, accountId, account };
}

export async function signIn(sessions: Sessions, app: ManagedApp, given?: string): Promise<Client> {
  const mail = given ?? `${testIds.rowId()}@person.example`;
  const user = await sessions.createUser({ mail, name: 'Person', isVerified: true });
  const { token } = await sessions.createSession(user.id);
  return createClient(app, user.id, mail, token);
}

/** Calls as whoever has that token. */
export function createClient(app: ManagedApp, userId: string, mail: string, token: string): Client {
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    const answer = await app.request(path.startsWith('/manage') ? path : `/manage/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const { status, headers: given } = answer;
    const isJson = /[/+]json/.test(given.get('content-type') ?? '') && text !== '';
    return { status, headers: given, body: isJson ? JSON.parse(text) : text || undefined };
  };
  return {
    userId,
    mail,
    token,
    call,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
  };
}
