import { createPrincipals, type SessionUser } from '../src/auth/index.ts';
import type { Db } from '../src/db/index.ts';
import { createManagedApp, type ManagedApp } from '../src/http/index.ts';
import {
  createLog,
  createSecretBox,
  formatRowId,
  systemClock,
  systemRandom,
} from '../src/kernel/index.ts';
import { errorShapeOf, mountManage } from '../src/routes/index.ts';
import {
  addAccountMember,
  createAccount,
  createPlatform,
  type Role,
  setPlatformMember,
} from '../src/tenants/index.ts';
import { testIds } from './books.ts';
import { openTestDatabase } from './database.ts';

/** The management API over a database of its own, with people to sign in as. */
export interface ManageApi {
  readonly db: Db;
  readonly app: ManagedApp;
  /** TXT records that the DNS has, by name. */
  readonly dns: Map<string, string[]>;
  /** A person who is signed in, and belongs nowhere yet. */
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

// What answers hold is what tests are about; they look at it as they find it.
// biome-ignore lint/suspicious/noExplicitAny: a test reads any answer
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

/** Calls the management API as one person. */
export interface Client {
  readonly userId: string;
  readonly mail: string;
  call(method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
  get(path: string, headers?: object): Promise<Answer>;
  post(path: string, body?: unknown, headers?: object): Promise<Answer>;
}

const log = createLog(process.env.TEST_LOG ?? 'silent');

export async function openManageApi(): Promise<ManageApi> {
  const database = await openTestDatabase();
  const { db } = database;
  const dns = new Map<string, string[]>();
  const principals = createPrincipals({ db, findSession: (headers) => findUser(db, headers) });
  const info = { title: 'Test', version: '1' };
  const common = { ids: testIds, clock: systemClock, log };
  const app = createManagedApp({ ...common, errorShapeOf, maxBodyBytes: 1_000_000, info });
  const secrets = createSecretBox(systemRandom(32), systemRandom);
  mountManage(app, {
    ...common,
    db,
    secrets,
    principals,
    random: systemRandom,
    publicUrl: undefined,
    resolveTxt: async (name) => {
      const texts = dns.get(name);
      if (texts === undefined) throw Object.assign(new Error('not there'), { code: 'ENOTFOUND' });
      return texts.map((text) => [text]);
    },
  });
  const openUser = (mail?: string) => signIn(db, app, mail);
  return {
    db,
    app,
    dns,
    openUser,
    openOperator: async () => {
      const client = await openUser();
      await db.query('insert into operator (user_id) values ($1)', [client.userId]);
      return client;
    },
    openPlatform: () => openPlatform(db, openUser),
    close: database.close,
  };
}

async function openPlatform(
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

async function findUser(db: Db, headers: Headers): Promise<SessionUser | undefined> {
  const [, token] = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '') ?? [];
  const [user] = await db.query<SessionUser>(
    `select u.id, u.email as mail, u.name, u."emailVerified" as "isVerified", s.id as "sessionId"
     from auth.session s join auth."user" u on u.id = s."userId" where s.token = $1`,
    [token ?? null],
  );
  return user;
}

async function signIn(db: Db, app: ManagedApp, given?: string): Promise<Client> {
  const userId = `usr_${testIds.rowId()}`;
  const mail = given ?? `${testIds.rowId()}@person.example`;
  await db.query(
    `with person as (
       insert into auth."user" (id, name, email, "emailVerified") values ($1, 'Person', $2, true)
     )
     insert into auth.session (id, token, "userId", "expiresAt")
     values ($1, $1, $1, now() + interval '1 hour')`,
    [userId, mail],
  );
  return createClient(app, userId, mail, userId);
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
    const { status } = answer;
    return { status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    userId,
    mail,
    call,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
  };
}
