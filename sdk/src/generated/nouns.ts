// Written from docs/reference/openapi.json by `npm run openapi`. Edit nothing here.

import type { Answer, RequestOptions, Send, Upload } from '../answer.ts';
import { List } from '../list.ts';
import type * as types from './types.ts';

/** The version of the API that this client speaks. */
export const API_VERSION = '2026-11-20';

/** The verbs of 'accounts'. */
export class Accounts {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Invite somebody to act for an account */
  addMember(
    account: string,
    body: types.AccountsAddMemberBody,
    options: RequestOptions = {},
  ): Answer<types.Person> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/members`,
      body,
      options,
    });
  }

  /** Open an account, with a wallet in the platform's default unit */
  create(
    body: types.AccountsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Account> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/accounts',
      body,
      options,
    });
  }

  /** Get an account and its wallets */
  get(
    account: string,
    options: RequestOptions = {},
  ): Answer<types.Account> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}`,
      options,
    });
  }

  /** List the platform's accounts, oldest first */
  list(
    query: types.AccountsListQuery = {},
    options: RequestOptions = {},
  ): List<types.Account> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/accounts',
      query,
      options,
    });
  }

  /** List who acts for an account */
  listMembers(
    account: string,
    options: RequestOptions = {},
  ): Answer<types.AccountsListMembersAnswer> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/members`,
      options,
    });
  }

  /** Make another account part of this one: its keys, members and money move here */
  merge(
    account: string,
    body: types.AccountsMergeBody,
    options: RequestOptions = {},
  ): Answer<types.Merge> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/merge`,
      body,
      options,
    });
  }

  /** End a membership of an account or take back an invitation */
  removeMember(
    account: string,
    mail: string,
    options: RequestOptions = {},
  ): Answer<types.Person> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/members/${encodeURIComponent(mail)}`,
      options,
    });
  }

  /** Let a suspended account go on */
  resume(
    account: string,
    body?: types.AccountsResumeBody,
    options: RequestOptions = {},
  ): Answer<types.Account> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/resume`,
      body,
      options,
    });
  }

  /** Admit no call of its keys, within a second */
  suspend(
    account: string,
    body?: types.AccountsSuspendBody,
    options: RequestOptions = {},
  ): Answer<types.Account> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/suspend`,
      body,
      options,
    });
  }

  /** Change an account; what is not given stays */
  update(
    account: string,
    body: types.AccountsUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Account> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'adjustments'. */
export class Adjustments {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Give value, or take back what is available of it */
  create(
    account: string,
    body: types.AdjustmentsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Adjustment> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/adjustments`,
      body,
      options,
    });
  }
}

/** The verbs of 'audit'. */
export class Audit {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** List the acts of administration on the platform, newest first */
  list(
    query: types.AuditListQuery = {},
    options: RequestOptions = {},
  ): List<types.AuditEntry> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/audit',
      query,
      options,
    });
  }
}

/** The verbs of 'balance'. */
export class Balance {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Set the balance of a wallet, by an adjustment of the difference */
  set(
    account: string,
    body: types.BalanceSetBody,
    options: RequestOptions = {},
  ): Answer<types.Adjustment> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/balance`,
      body,
      options,
    });
  }
}

/** The verbs of 'calls'. */
export class Calls {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** See what was asked and answered, where the platform keeps it; this is put on record */
  bodies(
    call: string,
    options: RequestOptions = {},
  ): Answer<types.CallBodies> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/calls/${encodeURIComponent(call)}/bodies`,
      options,
    });
  }

  /** Write out all calls that are over, newest first, as they are at one moment. An answer that ends before its last chunk was cut, by an error or after 15 minutes: it is not whole. Ask for a shorter time then. */
  export(
    query: types.CallsExportQuery = {},
    options: RequestOptions = {},
  ): Answer<Response> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/calls/export',
      query,
      raw: true,
      options,
    });
  }

  /** Get one call with its price line by line */
  get(
    call: string,
    options: RequestOptions = {},
  ): Answer<types.ManagedCall> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/calls/${encodeURIComponent(call)}`,
      options,
    });
  }

  /** List calls that are over, newest first. The legs of one call are never divided between two pages, so a page may be a little longer than its limit. Where `http_status`, `streamed` or `estimated` is asked for, a page may be short, or empty, and have more after it: go on from `last_id`. */
  list(
    query: types.CallsListQuery = {},
    options: RequestOptions = {},
  ): List<types.CallLine> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/calls',
      query,
      options,
    });
  }
}

/** The verbs of 'codes'. */
export class Codes {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Make redemption codes; they are shown once. They give an amount of a unit, or what a package has with its bonus. */
  create(
    body: types.CodesCreateBody,
    options: RequestOptions = {},
  ): Answer<types.CodesCreateAnswer> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/codes',
      body,
      options,
    });
  }

  /** List redemption codes, newest first */
  list(
    query: types.CodesListQuery = {},
    options: RequestOptions = {},
  ): List<types.RedemptionCode> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/codes',
      query,
      options,
    });
  }

  /** Redeem a code into an account's wallet */
  redeem(
    account: string,
    body: types.CodesRedeemBody,
    options: RequestOptions = {},
  ): Answer<types.Redemption> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/redemptions`,
      body,
      options,
    });
  }

  /** End a code; what it gave stays */
  revoke(
    code: string,
    options: RequestOptions = {},
  ): Answer<types.RedemptionCode> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/codes/${encodeURIComponent(code)}`,
      options,
    });
  }
}

/** The verbs of 'grants'. */
export class Grants {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Put value into a wallet, which is opened when there is none in the unit */
  create(
    account: string,
    body: types.GrantsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Grant> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/grants`,
      body,
      options,
    });
  }

  /** End a grant now; what running calls may still draw of it stays until they end */
  expire(
    grant: string,
    body: types.GrantsExpireBody,
    options: RequestOptions = {},
  ): Answer<types.Grant> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/grants/${encodeURIComponent(grant)}/expire`,
      body,
      options,
    });
  }

  /** List an account's grants, newest first */
  list(
    account: string,
    query: types.GrantsListQuery = {},
    options: RequestOptions = {},
  ): List<types.Grant> {
    return new List(this.#send, {
      method: 'GET',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/grants`,
      query,
      options,
    });
  }
}

/** The verbs of 'imports'. */
export class Imports {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Bring the accounts up to a file: one JSON object a line, or CSV. The same file again changes nothing: an account gets its balance once. Rows that do not fit are left out and told with line, field and reason; the others are done, in batches. */
  create(
    body: Upload,
    query: types.ImportsCreateQuery = {},
    options: RequestOptions = {},
  ): Answer<types.Import> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/imports',
      query,
      body,
      mediaType: 'application/x-ndjson',
      options,
    });
  }
}

/** The verbs of 'instance'. */
export class Instance {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Let all platforms believe an identity provider that names them in a claim */
  createIssuer(
    body: types.InstanceCreateIssuerBody,
    options: RequestOptions = {},
  ): Answer<types.Issuer> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/instance/issuers',
      body,
      options,
    });
  }

  /** List the acts on the instance as a whole, newest first */
  listAudit(
    query: types.InstanceListAuditQuery = {},
    options: RequestOptions = {},
  ): List<types.AuditEntry> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/instance/audit',
      query,
      options,
    });
  }

  /** List the identity providers that all platforms believe */
  listIssuers(
    options: RequestOptions = {},
  ): Answer<types.InstanceListIssuersAnswer> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/instance/issuers',
      options,
    });
  }

  /** List the mails in the outbox, newest first. Without a mail server they stay there to be read: the links in them are what their recipients need. */
  listMails(
    query: types.InstanceListMailsQuery = {},
    options: RequestOptions = {},
  ): List<types.Mail> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/instance/mails',
      query,
      options,
    });
  }
}

/** The verbs of 'issuers'. */
export class Issuers {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Believe the tokens of the platform's own identity provider */
  create(
    body: types.IssuersCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Issuer> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/issuers',
      body,
      options,
    });
  }

  /** List the identity providers whose tokens the platform believes */
  list(
    options: RequestOptions = {},
  ): Answer<types.IssuersListAnswer> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/issuers',
      options,
    });
  }

  /** Believe the tokens of an identity provider no more */
  remove(
    issuer: string,
    options: RequestOptions = {},
  ): Answer<types.Issuer> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/issuers/${encodeURIComponent(issuer)}`,
      options,
    });
  }

  /** See whom a token would be believed to be. A refusal has the same code and text as the one that the bearer would get. */
  try(
    body: types.IssuersTryBody,
    options: RequestOptions = {},
  ): Answer<types.IssuersTryAnswer> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/issuers/try',
      body,
      options,
    });
  }
}

/** The verbs of 'keys'. */
export class Keys {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Make a key for an account */
  create(
    body: types.KeysCreateBody,
    options: RequestOptions = {},
  ): Answer<types.NewKey> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/keys',
      body,
      options,
    });
  }

  /** Get a key, without its text */
  get(
    key: string,
    options: RequestOptions = {},
  ): Answer<types.Key> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/keys/${encodeURIComponent(key)}`,
      options,
    });
  }

  /** List keys, newest first; a customer sees those of its account */
  list(
    query: types.KeysListQuery = {},
    options: RequestOptions = {},
  ): List<types.Key> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/keys',
      query,
      options,
    });
  }

  /** End a key for good, within a second everywhere; calls under way go on */
  revoke(
    key: string,
    options: RequestOptions = {},
  ): Answer<types.Key> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/keys/${encodeURIComponent(key)}`,
      options,
    });
  }

  /** Give a key another text; id, limits and what was spent of them stay */
  rotate(
    key: string,
    body?: types.KeysRotateBody,
    options: RequestOptions = {},
  ): Answer<types.NewKey> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/keys/${encodeURIComponent(key)}/rotate`,
      body,
      options,
    });
  }

  /** Change a key; what is not given stays */
  update(
    key: string,
    body: types.KeysUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Key> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/keys/${encodeURIComponent(key)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'margin'. */
export class Margin {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** What calls brought, what they cost, and what is left, by product */
  get(
    query: types.MarginGetQuery = {},
    options: RequestOptions = {},
  ): Answer<types.Margin> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/margin',
      query,
      options,
    });
  }
}

/** The verbs of 'me'. */
export class Me {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** As whom, and for which platform, this very request is made: of tokens, too */
  caller(
    options: RequestOptions = {},
  ): Answer<types.Caller> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/me/caller',
      options,
    });
  }

  /** Who you are, and where you belong */
  get(
    options: RequestOptions = {},
  ): Answer<types.Me> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/me',
      options,
    });
  }
}

/** The verbs of 'members'. */
export class Members {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** List who works for the platform */
  list(
    options: RequestOptions = {},
  ): Answer<types.MembersListAnswer> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/members',
      options,
    });
  }

  /** End a membership or take back an invitation */
  remove(
    mail: string,
    options: RequestOptions = {},
  ): Answer<types.Person> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/members/${encodeURIComponent(mail)}`,
      options,
    });
  }

  /** Give somebody a role on the platform, or invite them to it. Who is a member already has the new role at once. Anybody else is a member once they sign in with this address; whether they are known here is not told. */
  set(
    body: types.MembersSetBody,
    options: RequestOptions = {},
  ): Answer<types.Person> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/members',
      body,
      options,
    });
  }
}

/** The verbs of 'packages'. */
export class Packages {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Offer an amount of a unit, with a bonus */
  create(
    body: types.PackagesCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Package> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/packages',
      body,
      options,
    });
  }

  /** Get a package */
  get(
    packageName: string,
    options: RequestOptions = {},
  ): Answer<types.Package> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/packages/${encodeURIComponent(packageName)}`,
      options,
    });
  }

  /** List the platform's packages in their order; a customer sees those that are offered */
  list(
    options: RequestOptions = {},
  ): Answer<types.PackagesListAnswer> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/packages',
      options,
    });
  }

  /** Change what is sold from now on; what is not given stays */
  update(
    packageName: string,
    body: types.PackagesUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Package> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/packages/${encodeURIComponent(packageName)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'plans'. */
export class Plans {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Make a plan */
  create(
    body: types.PlansCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Plan> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/plans',
      body,
      options,
    });
  }

  /** Get a plan */
  get(
    plan: string,
    options: RequestOptions = {},
  ): Answer<types.Plan> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/plans/${encodeURIComponent(plan)}`,
      options,
    });
  }

  /** List the platform's plans in their order; a customer sees those that are offered */
  list(
    options: RequestOptions = {},
  ): Answer<types.PlansListAnswer> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/plans',
      options,
    });
  }

  /** Change a plan for everybody on it; what is not given stays */
  update(
    plan: string,
    body: types.PlansUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Plan> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/plans/${encodeURIComponent(plan)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'platforms'. */
export class Platforms {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Add a unit that wallets may count */
  addUnit(
    platform: string,
    body: types.PlatformsAddUnitBody,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}/units`,
      body,
      options,
    });
  }

  /** Let its customers open platforms of their own */
  allowPlatforms(
    platform: string,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}/allow-platforms`,
      options,
    });
  }

  /** Open a platform. For who runs the instance, and for customers of a platform that lets them. Who opens a platform is its first owner. */
  create(
    body: types.PlatformsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/platforms',
      body,
      options,
    });
  }

  /** Get a platform and its settings */
  get(
    platform: string,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}`,
      options,
    });
  }

  /** List the platforms that you work for, or as the operator all */
  list(
    query: types.PlatformsListQuery = {},
    options: RequestOptions = {},
  ): List<types.Platform> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/platforms',
      query,
      options,
    });
  }

  /** Let its customers open no more platforms */
  refusePlatforms(
    platform: string,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}/refuse-platforms`,
      options,
    });
  }

  /** Let a suspended platform go on */
  resume(
    platform: string,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}/resume`,
      options,
    });
  }

  /** Admit no call of any of its accounts */
  suspend(
    platform: string,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}/suspend`,
      options,
    });
  }

  /** Change settings of a platform; what is not given stays */
  update(
    platform: string,
    body: types.PlatformsUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}`,
      body,
      options,
    });
  }

  /** Look in the DNS for the proof that the domain is yours */
  verifyDomain(
    platform: string,
    options: RequestOptions = {},
  ): Answer<types.Platform> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/platforms/${encodeURIComponent(platform)}/verify-domain`,
      options,
    });
  }
}

/** The verbs of 'price_drafts'. */
export class PriceDrafts {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Begin a price; nothing sells by it until it is published */
  create(
    body: types.PriceDraftsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.PriceDraft> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/price-drafts',
      body,
      options,
    });
  }

  /** Throw a draft away */
  delete(
    draft: string,
    options: RequestOptions = {},
  ): Answer<void> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/price-drafts/${encodeURIComponent(draft)}`,
      options,
    });
  }

  /** Compare a draft with the price that goes now */
  diff(
    draft: string,
    options: RequestOptions = {},
  ): Answer<types.PriceDiff> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/price-drafts/${encodeURIComponent(draft)}/diff`,
      options,
    });
  }

  /** Price the real calls of the last days by drafts, without changing anything */
  dryRun(
    body: types.PriceDraftsDryRunBody,
    options: RequestOptions = {},
  ): Answer<types.PriceDryRun> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/price-drafts/dry-run',
      body,
      options,
    });
  }

  /** Get a draft */
  get(
    draft: string,
    options: RequestOptions = {},
  ): Answer<types.PriceDraft> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/price-drafts/${encodeURIComponent(draft)}`,
      options,
    });
  }

  /** List prices that are being worked on, oldest first */
  list(
    query: types.PriceDraftsListQuery = {},
    options: RequestOptions = {},
  ): List<types.PriceDraft> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/price-drafts',
      query,
      options,
    });
  }

  /** Make a draft the price, now or at an instant */
  publish(
    draft: string,
    body?: types.PriceDraftsPublishBody,
    options: RequestOptions = {},
  ): Answer<types.Price> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/price-drafts/${encodeURIComponent(draft)}/publish`,
      body,
      options,
    });
  }

  /** Change a draft; what is not given stays */
  update(
    draft: string,
    body: types.PriceDraftsUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.PriceDraft> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/price-drafts/${encodeURIComponent(draft)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'prices'. */
export class Prices {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Compare a version with an earlier one, component by component */
  diff(
    price: string,
    query: types.PricesDiffQuery = {},
    options: RequestOptions = {},
  ): Answer<types.PriceDiff> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/prices/${encodeURIComponent(price)}/diff`,
      query,
      options,
    });
  }

  /** Get a published version */
  get(
    price: string,
    options: RequestOptions = {},
  ): Answer<types.Price> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/prices/${encodeURIComponent(price)}`,
      options,
    });
  }

  /** List published versions of prices, the newest first */
  list(
    query: types.PricesListQuery = {},
    options: RequestOptions = {},
  ): List<types.Price> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/prices',
      query,
      options,
    });
  }

  /** Publish what this version said, as a new version */
  rollBack(
    price: string,
    body?: types.PricesRollBackBody,
    options: RequestOptions = {},
  ): Answer<types.Price> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/prices/${encodeURIComponent(price)}/roll-back`,
      body,
      options,
    });
  }

  /** Take back a version that has not begun */
  withdraw(
    price: string,
    options: RequestOptions = {},
  ): Answer<types.Price> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/prices/${encodeURIComponent(price)}/withdraw`,
      options,
    });
  }
}

/** The verbs of 'products'. */
export class Products {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Sell a product again */
  activate(
    product: string,
    options: RequestOptions = {},
  ): Answer<types.Product> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/products/${encodeURIComponent(product)}/activate`,
      options,
    });
  }

  /** Add a product; price it and route it, and it sells */
  create(
    body: types.ProductsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Product> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/products',
      body,
      options,
    });
  }

  /** Sell it no more; calls of it stay */
  deactivate(
    product: string,
    options: RequestOptions = {},
  ): Answer<types.Product> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/products/${encodeURIComponent(product)}/deactivate`,
      options,
    });
  }

  /** Let an upstream answer a product no more */
  deleteRoute(
    product: string,
    upstream: string,
    options: RequestOptions = {},
  ): Answer<void> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/products/${encodeURIComponent(product)}/routes/${encodeURIComponent(upstream)}`,
      options,
    });
  }

  /** Get a product */
  get(
    product: string,
    options: RequestOptions = {},
  ): Answer<types.Product> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/products/${encodeURIComponent(product)}`,
      options,
    });
  }

  /** List what the platform sells and sold, oldest first */
  list(
    query: types.ProductsListQuery = {},
    options: RequestOptions = {},
  ): List<types.Product> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/products',
      query,
      options,
    });
  }

  /** List who answers a product, in the order in which they are tried */
  listRoutes(
    product: string,
    options: RequestOptions = {},
  ): Answer<types.ProductsListRoutesAnswer> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/products/${encodeURIComponent(product)}/routes`,
      options,
    });
  }

  /** Let an upstream answer a product, or change how */
  putRoute(
    product: string,
    upstream: string,
    body: types.ProductsPutRouteBody,
    options: RequestOptions = {},
  ): Answer<types.ProductRoute> {
    return this.#send({
      method: 'PUT',
      path: `/manage/v1/products/${encodeURIComponent(product)}/routes/${encodeURIComponent(upstream)}`,
      body,
      options,
    });
  }

  /** Change a product; what is not given stays */
  update(
    product: string,
    body: types.ProductsUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Product> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/products/${encodeURIComponent(product)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'subscriptions'. */
export class Subscriptions {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** End it with its period */
  cancel(
    account: string,
    body?: types.SubscriptionsCancelBody,
    options: RequestOptions = {},
  ): Answer<types.Subscription> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/subscription/cancel`,
      body,
      options,
    });
  }

  /** Put an account on a plan. For staff: at once and without end, unless said otherwise; a paid period stays as it is. A customer may take a plan that costs nothing, try one that has a trial, and change to a lesser one at the end of the period. */
  change(
    account: string,
    body: types.SubscriptionsChangeBody,
    options: RequestOptions = {},
  ): Answer<types.Subscription> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/subscription`,
      body,
      options,
    });
  }

  /** End it at once */
  end(
    account: string,
    body?: types.SubscriptionsEndBody,
    options: RequestOptions = {},
  ): Answer<types.Subscription> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/subscription/end`,
      body,
      options,
    });
  }

  /** Get an account's subscription, as it is at this moment */
  get(
    account: string,
    options: RequestOptions = {},
  ): Answer<types.Subscription> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/subscription`,
      options,
    });
  }

  /** Go on for one more month */
  renew(
    account: string,
    body?: types.SubscriptionsRenewBody,
    options: RequestOptions = {},
  ): Answer<types.Subscription> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/subscription/renew`,
      body,
      options,
    });
  }

  /** Take back a cancellation, or a change to come */
  resume(
    account: string,
    body?: types.SubscriptionsResumeBody,
    options: RequestOptions = {},
  ): Answer<types.Subscription> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/subscription/resume`,
      body,
      options,
    });
  }
}

/** The verbs of 'tokens'. */
export class Tokens {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Make an access token for a program of yours */
  create(
    body: types.TokensCreateBody,
    options: RequestOptions = {},
  ): Answer<types.NewAccessToken> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/tokens',
      body,
      options,
    });
  }

  /** List the access tokens of the platform, newest first */
  list(
    query: types.TokensListQuery = {},
    options: RequestOptions = {},
  ): List<types.AccessToken> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/tokens',
      query,
      options,
    });
  }

  /** End an access token for good */
  revoke(
    token: string,
    options: RequestOptions = {},
  ): Answer<types.AccessToken> {
    return this.#send({
      method: 'DELETE',
      path: `/manage/v1/tokens/${encodeURIComponent(token)}`,
      options,
    });
  }
}

/** The verbs of 'transactions'. */
export class Transactions {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** List what changed the balance of a wallet, newest first */
  list(
    account: string,
    query: types.TransactionsListQuery = {},
    options: RequestOptions = {},
  ): List<types.Transaction> {
    return new List(this.#send, {
      method: 'GET',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/transactions`,
      query,
      options,
    });
  }
}

/** The verbs of 'upstreams'. */
export class Upstreams {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Use an upstream again */
  activate(
    upstream: string,
    options: RequestOptions = {},
  ): Answer<types.Upstream> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/upstreams/${encodeURIComponent(upstream)}/activate`,
      options,
    });
  }

  /** Add a provider with an API like OpenAI's */
  create(
    body: types.UpstreamsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Upstream> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/upstreams',
      body,
      options,
    });
  }

  /** Ask an upstream no more */
  deactivate(
    upstream: string,
    options: RequestOptions = {},
  ): Answer<types.Upstream> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/upstreams/${encodeURIComponent(upstream)}/deactivate`,
      options,
    });
  }

  /** List who answers calls, by name */
  list(
    options: RequestOptions = {},
  ): Answer<types.UpstreamsListAnswer> {
    return this.#send({
      method: 'GET',
      path: '/manage/v1/upstreams',
      options,
    });
  }

  /** Ask an upstream for its models, with its key; costs nothing */
  test(
    upstream: string,
    options: RequestOptions = {},
  ): Answer<types.UpstreamTest> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/upstreams/${encodeURIComponent(upstream)}/test`,
      options,
    });
  }

  /** Change an upstream; what is not given stays */
  update(
    upstream: string,
    body: types.UpstreamsUpdateBody,
    options: RequestOptions = {},
  ): Answer<types.Upstream> {
    return this.#send({
      method: 'PATCH',
      path: `/manage/v1/upstreams/${encodeURIComponent(upstream)}`,
      body,
      options,
    });
  }
}

/** The verbs of 'usage'. */
export class Usage {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Sum up calls that are over, in groups. The sums are exact at every moment: those of the log, of the ledger and of an export of the same time. Hours are whole, in the platform's time zone: where `from` or `to` lie within one, all of it is summed. */
  list(
    query: types.UsageListQuery = {},
    options: RequestOptions = {},
  ): List<types.UsageGroup> {
    return new List(this.#send, {
      method: 'GET',
      path: '/manage/v1/usage',
      query,
      options,
    });
  }
}

/** The verbs of 'usage_events'. */
export class UsageEvents {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Report work that was done elsewhere, to be rated and charged like a call. CloudEvents 1.0, one or up to 1,000. An event is charged once, whoever sends it how often: `source` and `id` name it for ever. Send what was refused with a `retry_after` again. */
  ingest(
    body: types.UsageEventsIngestBody,
    query: types.UsageEventsIngestQuery = {},
    options: RequestOptions = {},
  ): Answer<types.UsageReport> {
    return this.#send({
      method: 'POST',
      path: '/manage/v1/usage-events',
      query,
      body,
      options,
    });
  }
}

/** The verbs of 'wallets'. */
export class Wallets {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Open a wallet in a unit of the platform; a second time answers with the first */
  create(
    account: string,
    body: types.WalletsCreateBody,
    options: RequestOptions = {},
  ): Answer<types.Wallet> {
    return this.#send({
      method: 'POST',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/wallets`,
      body,
      options,
    });
  }

  /** List an account's wallets, by unit */
  list(
    account: string,
    options: RequestOptions = {},
  ): Answer<types.WalletsListAnswer> {
    return this.#send({
      method: 'GET',
      path: `/manage/v1/accounts/${encodeURIComponent(account)}/wallets`,
      options,
    });
  }
}

/** All nouns of the API. */
export class Nouns {
  readonly accounts: Accounts;
  readonly adjustments: Adjustments;
  readonly audit: Audit;
  readonly balance: Balance;
  readonly calls: Calls;
  readonly codes: Codes;
  readonly grants: Grants;
  readonly imports: Imports;
  readonly instance: Instance;
  readonly issuers: Issuers;
  readonly keys: Keys;
  readonly margin: Margin;
  readonly me: Me;
  readonly members: Members;
  readonly packages: Packages;
  readonly plans: Plans;
  readonly platforms: Platforms;
  readonly priceDrafts: PriceDrafts;
  readonly prices: Prices;
  readonly products: Products;
  readonly subscriptions: Subscriptions;
  readonly tokens: Tokens;
  readonly transactions: Transactions;
  readonly upstreams: Upstreams;
  readonly usage: Usage;
  readonly usageEvents: UsageEvents;
  readonly wallets: Wallets;

  constructor(send: Send) {
    this.accounts = new Accounts(send);
    this.adjustments = new Adjustments(send);
    this.audit = new Audit(send);
    this.balance = new Balance(send);
    this.calls = new Calls(send);
    this.codes = new Codes(send);
    this.grants = new Grants(send);
    this.imports = new Imports(send);
    this.instance = new Instance(send);
    this.issuers = new Issuers(send);
    this.keys = new Keys(send);
    this.margin = new Margin(send);
    this.me = new Me(send);
    this.members = new Members(send);
    this.packages = new Packages(send);
    this.plans = new Plans(send);
    this.platforms = new Platforms(send);
    this.priceDrafts = new PriceDrafts(send);
    this.prices = new Prices(send);
    this.products = new Products(send);
    this.subscriptions = new Subscriptions(send);
    this.tokens = new Tokens(send);
    this.transactions = new Transactions(send);
    this.upstreams = new Upstreams(send);
    this.usage = new Usage(send);
    this.usageEvents = new UsageEvents(send);
    this.wallets = new Wallets(send);
  }
}
