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
import type { MeteredGateway } from '../../gateway/index.ts';
import type { ManagedApp, ManagedEnv, Outbound, SharingOrigins } from '../../http/index.ts';
import type { Clock, Ids, Random, SecretBox } from '../../kernel/index.ts';
import { Fault } from '../../kernel/index.ts';
import type { Role } from '../../tenants/index.ts';
import { addressOf, shareWithPage } from '../authenticate.ts';
import { type Access, isAllowed } from './contract.ts';
import { actOnce } from './idempotent-act.ts';
import { refuseForeignOrigin } from './origin.ts';
import type { ResolveTxt } from './platforms/verify-domain.ts';

/** What the routes of the management API work with. */
export interface ManageParts {
  readonly db: Db;
  readonly ids: Ids;
  readonly random: Random;
  readonly clock: Clock;
  readonly secrets: SecretBox;
  readonly principals: Principals;
  readonly issuers: Issuers;
  /** The way out to addresses that sellers choose. */
  readonly outbound: Outbound;
  /** From which pages of the web platforms may be called. */
  readonly origins: SharingOrigins;
  /** How many proxies of the operator's stand in front. */
  readonly trustedProxies: number;
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
}

/** The same for an act that is of no platform, with the tables' owner's rights. */
export interface UserAct {
  readonly tx: Queryable;
  readonly user: SessionUser & { readonly isOperator: boolean };
  record(
    act: Pick<ActRecord, 'platformId' | 'action' | 'subject' | 'reason' | 'before' | 'after'>,
  ): Promise<void>;
}

type Handled<C extends RouteConfig> = RouteHandler<C, ManagedEnv>;
type ContextOf<C extends RouteConfig> = Parameters<Handled<C>>[0];
type Work<C extends RouteConfig, A> = (c: ContextOf<C>, act: A) => ReturnType<Handled<C>>;
type Route<C extends RouteConfig> = C & { 'x-access': Access };

/** Where routes of the management API are hung up. */
export interface Manage {
  readonly parts: ManageParts;
  /** Mounts a route that works for a platform, as its tenant. */
  mount<C extends RouteConfig>(route: Route<C>, work: Work<C, Act>): void;
  /** Mounts a route for whoever is signed in, or who runs the instance. */
  mountForUser<C extends RouteConfig>(route: Route<C>, work: Work<C, UserAct>): void;
}

/** Begins the management API on a group of routes. */
export function createManage(group: ManagedApp, parts: ManageParts): Manage {
  const { db, ids, secrets, principals } = parts;

  const handle = <C extends RouteConfig>(
    route: Route<C>,
    work: (c: Context<ManagedEnv>) => Promise<Response>,
  ) => {
    const guarded = (c: Context<ManagedEnv>) => {
      refuseForeignOrigin(c.req.raw, parts.publicUrl());
      return work(c);
    };
    group.openapi(route, guarded as unknown as Handled<C>);
  };

  return {
    parts,
    mount: <C extends RouteConfig>(route: Route<C>, work: Work<C, Act>) => {
      const access = route['x-access'];
      handle(route, async (c) => {
        const principal = await principals.require(c.req.raw.headers, wantedOf(c), () =>
          addressOf(c, parts.trustedProxies),
        );
        shareWithPage(c, parts.origins, principal.platformId);
        if (access === 'user' || access === 'operator') throw new Error('not of a platform');
        if (!isAllowed(principal.role, access)) throw notAllowed(access);
        if (principal.actor.kind === 'key' && c.req.method !== 'GET') throw readsOnly();
        const { requestId } = c.get('request');
        const { platformId, actor } = principal;
        return asTenant(db, principal, (tx) => {
          const act: Act = {
            ...principal,
            tx,
            record: (done) => recordAct(tx, ids, { platformId, actor, requestId, ...done }),
          };
          const owner = `${actor.kind}:${actor.id}`;
          return once(c, tx, secrets, { platformId, owner }, async () => {
            return (await work(c as unknown as ContextOf<C>, act)) as Response;
          });
        });
      });
    },
    mountForUser: <C extends RouteConfig>(route: Route<C>, work: Work<C, UserAct>) => {
      const isForOperator = route['x-access'] === 'operator';
      handle(route, async (c) => {
        const user = await principals.requireUser(c.req.raw.headers);
        // To somebody else, what an operator alone may touch is not there.
        if (isForOperator && !user.isOperator) {
          throw route.path.includes('{') ? platformNotFound() : notAllowed('operator');
        }
        const actor = { kind: 'user', id: user.id, label: user.mail } as const;
        const { requestId } = c.get('request');
        return db.transaction((tx) => {
          const act: UserAct = {
            tx,
            user,
            record: (done) => recordAct(tx, ids, { actor, requestId, ...done }),
          };
          return once(c, tx, secrets, { platformId: null, owner: `user:${user.id}` }, async () => {
            return (await work(c as unknown as ContextOf<C>, act)) as Response;
          });
        });
      });
    },
  };
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
