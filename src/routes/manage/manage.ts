import type { RouteConfig, RouteHandler } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type ActRecord, recordAct } from '../../audit/index.ts';
import {
  type Issuers,
  type Principal,
  type Principals,
  platformNotFound,
  type SessionUser,
} from '../../auth/index.ts';
import { asTenant, type Db, type Queryable } from '../../db/index.ts';
import type { Ingest, MeteredGateway } from '../../gateway/index.ts';
import {
  type ManagedApp,
  type ManagedEnv,
  type Outbound,
  refuseNul,
  type SharingOrigins,
} from '../../http/index.ts';
import type { Clock, Ids, Log, Random, SecretBox } from '../../kernel/index.ts';
import { Fault } from '../../kernel/index.ts';
import type { Role } from '../../tenants/index.ts';
import { addressOf, shareWithPage } from '../authenticate.ts';
import { type Access, isAllowed } from './contract.ts';
import { actOnce } from './idempotent-act.ts';
import { refuseForeignOrigin } from './origin.ts';
import type { ResolveTxt } from './platforms/verify-domain.ts';
import { createStreams, type Streamed } from './stream.ts';

/** What the routes of the management API work with. */
export interface ManageParts {
  readonly db: Db;
  readonly ids: Ids;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: SecretBox;
  readonly principals: Principals;
  readonly issuers: Issuers;
  /** The way out to addresses that sellers choose. */
  readonly outbound: Outbound;
  /** From which pages of the web platforms may be called. */
  readonly origins: SharingOrigins;
  /** How many proxies of the operator's stand in front. */
  readonly trustedProxies: number;
  /** Takes reports of work done elsewhere; it has its own way to the ledger. */
  readonly ingest: Ingest;
  /** Asks an upstream, as a call would. */
  readonly probe: MeteredGateway['probe'];
  /** Asks the DNS. */
  readonly resolveTxt: ResolveTxt;
  /** The address under which people reach this instance. */
  publicUrl(): string;
}

/** Who asks, and the transaction in which all that follows is seen and done. */
export interface Act extends Principal {
  readonly tx: Queryable;
  /** Puts the act on record. Every route that changes something says what. */
  record(act: Pick<ActRecord, 'action' | 'subject' | 'reason' | 'before' | 'after'>): Promise<void>;
  /** What a handler returns to refuse, and have kept what it has written; a Fault undoes it. */
  refuse(fault: Fault): never;
}

/** An act that takes long, in transactions of its own. Its answer is not kept for a repeat. */
export interface LongAct extends Principal {
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  perform<T>(work: (act: Act) => Promise<T>): Promise<T>;
}

/** The same for an act that is of no platform, with the tables' owner's rights. */
export interface UserAct {
  readonly tx: Queryable;
  readonly user: SessionUser & { readonly isOperator: boolean };
  record(
    act: Pick<ActRecord, 'platformId' | 'action' | 'subject' | 'reason' | 'before' | 'after'>,
  ): Promise<void>;
}

/** Who asks, where no transaction is given. */
export interface DirectAct extends Principal {
  /** The act on record, to be put there in a transaction of its own. */
  recordIn(
    tx: Queryable,
    act: Pick<ActRecord, 'action' | 'subject' | 'reason' | 'before' | 'after'>,
  ): Promise<void>;
}

type Handled<C extends RouteConfig> = RouteHandler<C, ManagedEnv>;
type ContextOf<C extends RouteConfig> = Parameters<Handled<C>>[0];
type Work<C extends RouteConfig, A> = (c: ContextOf<C>, act: A) => ReturnType<Handled<C>>;
/** It may answer line by line, too. */
type LongWork<C extends RouteConfig> = (c: ContextOf<C>, act: LongAct) => Promise<Response>;
type StreamWork<C extends RouteConfig> = (
  c: ContextOf<C>,
  act: Principal & { readonly tx: Queryable },
) => Promise<Streamed>;
type Route<C extends RouteConfig> = C & { 'x-access': Access };

/** Where routes of the management API are hung up. */
export interface Manage {
  readonly parts: ManageParts;
  /** Mounts a route that works for a platform, as its tenant. */
  mount<C extends RouteConfig>(route: Route<C>, work: Work<C, Act>): void;
  /** Mounts one whose work takes long and is safe to repeat. */
  mountLong<C extends RouteConfig>(route: Route<C>, work: LongWork<C>): void;
  /** Mounts a route whose answer is read in one snapshot for as long as its client reads it. */
  mountStream<C extends RouteConfig>(route: Route<C>, work: StreamWork<C>): void;
  /**
   * Mounts a route that works with the tables' owner's rights and transactions of its own, as what
   * goes through the ledger has to. Idempotency-Keys mean nothing to it.
   */
  mountDirect<C extends RouteConfig>(route: Route<C>, work: Work<C, DirectAct>): void;
  /** Mounts a route for whoever is signed in, or who runs the instance. */
  mountForUser<C extends RouteConfig>(route: Route<C>, work: Work<C, UserAct>): void;
}

/** Begins the management API on a group of routes. */
export function createManage(group: ManagedApp, parts: ManageParts): Manage {
  const { ids, principals } = parts;
  const streams = createStreams(parts);

  const handle = <C extends RouteConfig>(
    route: Route<C>,
    work: (c: Context<ManagedEnv>) => Promise<Response>,
  ) => {
    const guarded = (c: Context<ManagedEnv>) => {
      refuseForeignOrigin(c.req.raw, parts.publicUrl());
      refuseNul(c.req.param());
      return work(c);
    };
    group.openapi(route, guarded as unknown as Handled<C>);
  };
  /** Mounts a route for a platform: who asks, and how acts of theirs are put on record. */
  const handleFor = <C extends RouteConfig>(
    route: Route<C>,
    work: (c: Context<ManagedEnv>, act: DirectAct) => Promise<Response>,
  ) => {
    const access = route['x-access'];
    handle(route, async (c) => {
      const principal = await principals.require(c.req.raw.headers, wantedOf(c), () =>
        addressOf(c, parts.trustedProxies),
      );
      shareWithPage(c, parts.origins, principal.platformId);
      if (access === 'user' || access === 'operator') throw new Error('not of a platform');
      if (!isAllowed(principal.role, access)) throw notAllowed(access);
      if (principal.actor.kind === 'key' && route.method !== 'get') throw readsOnly();
      const { platformId, actor } = principal;
      const { requestId } = c.get('request');
      const recordIn: DirectAct['recordIn'] = (tx, done) =>
        recordAct(tx, ids, { platformId, actor, requestId, ...done });
      return work(c, { ...principal, recordIn });
    });
  };
  return {
    parts,
    mount: (route, work) => {
      handleFor(route, (c, act) => actAsTenant(parts, c, act, work as AnyWork<Act>));
    },
    mountLong: (route, work) => {
      handleFor(route, (c, act) => (work as AnyLongWork)(c, longAct(parts, act)));
    },
    mountStream: (route, work) => {
      handleFor(route, (c, act) =>
        streams.answer(act, (tx) => (work as AnyStreamWork)(c, { ...act, tx })),
      );
    },
    mountDirect: (route, work) => {
      handleFor(route, (c, act) => (work as AnyWork<DirectAct>)(c, act));
    },
    mountForUser: (route, work) => {
      const isForOperator = route['x-access'] === 'operator';
      handle(route, async (c) => {
        const user = await principals.requireUser(c.req.raw.headers);
        // To somebody else, what an operator alone may touch is not there.
        if (isForOperator && !user.isOperator) {
          throw route.path.includes('{') ? platformNotFound() : notAllowed('operator');
        }
        return actAsUser(parts, c, user, work as AnyWork<UserAct>);
      });
    },
  };
}

// A handler of whatever route, once its contract has been kept.
type AnyWork<A> = (c: Context<ManagedEnv>, act: A) => Promise<Response>;
type AnyStreamWork = (
  c: Context<ManagedEnv>,
  act: Principal & { readonly tx: Queryable },
) => Promise<Streamed>;

type AnyLongWork = (c: Context<ManagedEnv>, act: LongAct) => Promise<Response>;

/** Lets the work choose its transactions, each as the tenant. */
function longAct({ db }: ManageParts, { recordIn, ...principal }: DirectAct): LongAct {
  const refuse = (fault: Fault): never => {
    throw fault;
  };
  return {
    ...principal,
    transaction: (inside) => asTenant(db, principal, inside),
    perform: (inside) =>
      asTenant(db, principal, (tx) =>
        inside({ ...principal, tx, refuse, record: (done) => recordIn(tx, done) }),
      ),
  };
}

/** Does the work in one transaction as the tenant. */
async function actAsTenant(
  { db, secrets }: ManageParts,
  c: Context<ManagedEnv>,
  { recordIn, ...principal }: DirectAct,
  work: AnyWork<Act>,
): Promise<Response> {
  const { platformId, actor } = principal;
  let refusal: Fault | undefined;
  const refuse = (fault: Fault) => {
    refusal = fault;
    return new Response(null, { status: fault.status }) as never;
  };
  const answer = await asTenant(db, principal, (tx) => {
    const act: Act = { ...principal, tx, refuse, record: (done) => recordIn(tx, done) };
    const owner = `${actor.kind}:${actor.id}`;
    return once(c, tx, secrets, { platformId, owner }, () => work(c, act));
  });
  if (refusal !== undefined) throw refusal;
  return answer;
}

/** Does the work in one transaction with the tables' owner's rights. */
function actAsUser(
  { db, ids, secrets }: ManageParts,
  c: Context<ManagedEnv>,
  user: UserAct['user'],
  work: AnyWork<UserAct>,
): Promise<Response> {
  const actor = { kind: 'user', id: user.id, label: user.mail } as const;
  const { requestId } = c.get('request');
  return db.transaction((tx) => {
    const record: UserAct['record'] = (done) => recordAct(tx, ids, { actor, requestId, ...done });
    const asker = { platformId: null, owner: `user:${user.id}` };
    return once(c, tx, secrets, asker, () => work(c, { tx, user, record }));
  });
}

/** Carries a request out; a POST that brings an Idempotency-Key once for that key. */
async function once(
  c: Context<ManagedEnv>,
  tx: Queryable,
  secrets: SecretBox,
  asker: { readonly platformId: bigint | null; readonly owner: string },
  carryOut: () => Promise<Response>,
): Promise<Response> {
  const key = c.req.method === 'POST' ? c.req.header('idempotency-key') : undefined;
  if (key === undefined) return carryOut();
  const { pathname, search } = new URL(c.req.url);
  const request = `${c.req.method} ${pathname}${search}\n${await c.req.text()}`;
  return actOnce(tx, secrets, { ...asker, key, request }, carryOut);
}

function wantedOf(c: Context<ManagedEnv>) {
  return {
    platform: c.req.param('platform') ?? c.req.header('farebox-platform'),
    account: c.req.header('farebox-account'),
    host: c.req.header('host'),
  };
}

/**
 * Refuses what a customer does for its own account, and a member of the platform's staff only with
 * at least that role. Fault: `not_allowed` (403).
 */
export function requireRole({ role }: Pick<Principal, 'role'>, least: Role): void {
  if (role !== 'customer' && !isAllowed(role, least)) throw notAllowed(least);
}

function readsOnly(): Fault {
  return new Fault({
    code: 'not_allowed',
    status: 403,
    message: 'An API key may only read here. Sign in, or use an access token, to change anything.',
  });
}

function notAllowed(access: Access): Fault {
  return new Fault({
    code: 'not_allowed',
    status: 403,
    message: `Your role does not allow this: it takes '${access}'. Ask an owner of the platform.`,
  });
}
