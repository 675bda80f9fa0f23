// Written from docs/reference/openapi.json by `npm run openapi`. Edit nothing here.

export interface AccessToken {
  readonly id: string;
  readonly object: "access_token";
  readonly name: string;
  readonly role: "owner" | "admin" | "support" | "viewer";
  readonly preview: string;
  readonly status: "active" | "revoked";
  /** An instant (RFC 3339). */
  readonly expires_at: string | null;
  /** An instant (RFC 3339). */
  readonly last_used_at: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface Account {
  readonly id: string;
  readonly object: "account";
  readonly mail: string | null;
  readonly external_id: string | null;
  readonly name: string;
  readonly status: "active" | "suspended";
  /** The slug of the plan that it is on. */
  readonly plan: string | null;
  readonly limits: Limits;
  readonly wallets: readonly Wallet[];
  /** The account that it has become part of. */
  readonly merged_into: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface Adjustment {
  readonly object: "adjustment";
  readonly account: string;
  readonly unit: string;
  /** What the balance changed by; the nearest number. */
  readonly amount: number;
  /** The same, exact. */
  readonly amount_exact: string;
  /** The balance before; the nearest number. */
  readonly balance_before: number;
  /** The same, exact. */
  readonly balance_before_exact: string;
  /** The balance since; the nearest number. */
  readonly balance_after: number;
  /** The same, exact. */
  readonly balance_after_exact: string;
  /** The grant that gave, of a positive one. */
  readonly grant: string | null;
  readonly reference: string;
  readonly reason: string;
  /** False when this reference did it before: nothing changed now. */
  readonly created: boolean;
}

export interface AuditEntry {
  readonly id: string;
  readonly object: "audit_entry";
  /** An instant (RFC 3339). */
  readonly at: string;
  readonly actor: {
    readonly kind: "user" | "token" | "key" | "operator" | "system";
    readonly id: string | null;
    readonly label: string;
  };
  readonly action: string;
  readonly subject: string | null;
  readonly reason: string | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly request_id: string | null;
}

export interface Call {
  readonly id: string;
  readonly object: "call";
  readonly status: "open" | "settled" | "released" | "expired";
  readonly http_status: number | null;
  readonly model: string;
  readonly key: string | null;
  readonly streamed: boolean;
  /** The usage was counted here: the provider reported none. */
  readonly estimated: boolean;
  readonly usage: Readonly<Record<string, number>>;
  readonly lines: readonly {
    readonly component: string;
    readonly quantity: number;
    readonly priced_as: string;
    /** In whole units, exact. */
    readonly amount: string;
    readonly per: number;
  }[];
  readonly unit: string;
  /** In whole units; the nearest number to the exact string. */
  readonly cost: number;
  /** In whole units, exact. */
  readonly cost_exact: string;
  /** In whole units; the nearest number to the exact string. */
  readonly price: number;
  /** What the work cost by the price; `cost` is what was paid of it. */
  readonly price_exact: string;
  /** In whole units; the nearest number to the exact string. */
  readonly held: number;
  /** In whole units, exact. */
  readonly held_exact: string;
  readonly created_at: string;
  readonly settled_at: string | null;
  readonly first_byte_ms: number | null;
  readonly latency_ms: number | null;
  readonly error_code: string | null;
}

export interface CallBodies {
  readonly object: "call_bodies";
  readonly call: string;
  readonly http_status: number;
  readonly request: {
    /** Null where it was not readable, or too large to be read. */
    readonly text: string | null;
    /** How many bytes it had when it was sent. */
    readonly bytes: number;
    /** The text is not all of it. */
    readonly cut: boolean;
  };
  readonly answer: {
    /** Null where it was not readable, or too large to be read. */
    readonly text: string | null;
    /** How many bytes it had when it was sent. */
    readonly bytes: number;
    /** The text is not all of it. */
    readonly cut: boolean;
    readonly content_type: string | null;
  };
  /** An instant (RFC 3339). */
  readonly kept_until: string;
}

export interface CallLine {
  readonly id: string;
  readonly object: "call";
  readonly account: string;
  /** Its mail address, else its outside id. */
  readonly account_name: string;
  /** Who served it; null to customers. */
  readonly upstream: string | null;
  readonly key: string | null;
  readonly model: string;
  readonly status: "settled" | "released" | "expired";
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly streamed: boolean;
  readonly estimated: boolean;
  readonly usage: Readonly<Record<string, number>>;
  readonly unit: string;
  /** What was paid; the nearest number. */
  readonly cost: number;
  /** The same, exact. */
  readonly cost_exact: string;
  /** What the work cost by the price; the nearest number. */
  readonly price: number;
  /** The same, exact. */
  readonly price_exact: string;
  /** An instant (RFC 3339). */
  readonly created_at: string;
  /** An instant (RFC 3339). */
  readonly settled_at: string;
  readonly first_byte_ms: number | null;
  readonly latency_ms: number | null;
}

export interface Caller {
  readonly object: "caller";
  readonly kind: "user" | "token" | "key" | "operator" | "system";
  readonly id: string | null;
  /** The mail address of a person, the name of a token. */
  readonly label: string;
  readonly role: "owner" | "admin" | "support" | "viewer" | "customer";
  readonly is_operator: boolean;
  readonly platform: string;
  readonly platform_id: string;
  /** Of a customer: the account. */
  readonly account: string | null;
}

export interface Grant {
  readonly id: string;
  readonly object: "grant";
  readonly account: string;
  readonly unit: string;
  readonly source: "allowance" | "purchase" | "bonus" | "refund" | "adjustment";
  /** Lower is spent first. */
  readonly priority: number;
  /** What it gave; the nearest number. */
  readonly granted: number;
  /** The same, exact. */
  readonly granted_exact: string;
  /** What is left of it; the nearest number. */
  readonly remaining: number;
  /** The same, exact. */
  readonly remaining_exact: string;
  /** Expired also while calls that were running then may still draw on it. */
  readonly status: "open" | "spent" | "expired";
  /** An instant (RFC 3339). */
  readonly expires_at: string | null;
  /** When it was ended before its time. */
  readonly ended_at: string | null;
  readonly reference: string;
  readonly reason: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface Import {
  readonly object: "import";
  /** Whether nothing of it was done. */
  readonly dry_run: boolean;
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  /** The first 100; all of them by `accept: application/x-ndjson`. */
  readonly refused_rows: readonly {
    readonly line: number;
    readonly field: string | null;
    readonly code: string;
    readonly reason: string;
  }[];
}

export interface Issuer {
  readonly id: string;
  readonly object: "issuer";
  /** The operator lets all platforms believe it. */
  readonly is_shared: boolean;
  readonly issuer: string;
  readonly jwks_url: string;
  readonly audience: string | null;
  readonly algorithms: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA")[];
  readonly user_claim: string;
  readonly platform_claim: string | null;
  readonly plan_claim: string | null;
}

export interface Key {
  readonly id: string;
  readonly object: "key";
  readonly account: string;
  readonly name: string;
  readonly preview: string;
  readonly status: "active" | "expired" | "revoked";
  /** Its calls go to the demo provider and cost nothing. */
  readonly test: boolean;
  /** How it is stored. */
  readonly scheme: "sha256" | "bcrypt";
  /** 'call': make calls; 'read': read its account's usage, wallets and calls here. */
  readonly scopes: readonly ("call" | "read")[];
  /** The models that it may call; null for all. */
  readonly models: readonly string[] | null;
  /** As networks; null for all. */
  readonly addresses: readonly string[] | null;
  readonly limits: Limits;
  /** An instant (RFC 3339). */
  readonly expires_at: string | null;
  /** To the minute. */
  readonly last_used_at: string | null;
  /** An instant (RFC 3339). */
  readonly rotated_at: string | null;
  /** Its earlier texts that still work. */
  readonly retiring: readonly {
    readonly preview: string;
    /** An instant (RFC 3339). */
    readonly ends_at: string;
  }[];
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

/** Its own, beside those of its plan. */
export interface Limits {
  readonly requests_per_minute?: number;
  readonly requests_per_day?: number;
  readonly requests_per_month?: number;
  readonly tokens_per_minute?: number;
  readonly tokens_per_day?: number;
  readonly tokens_per_month?: number;
  readonly concurrent_requests?: number;
  /** Exact, in the platform's default unit. */
  readonly budget_per_day?: string;
  /** Exact, in the platform's default unit. */
  readonly budget_per_month?: string;
  /** Exact, in the platform's default unit. */
  readonly budget_total?: string;
}

export interface Mail {
  readonly id: string;
  readonly object: "mail";
  readonly recipient: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
  /** An instant (RFC 3339). */
  readonly created_at: string;
  /** null while it waits; for good without a mail server. */
  readonly sent_at: string | null;
  readonly attempts: number;
  /** What the mail server said when it did not take it. */
  readonly problem: string | null;
}

export type ManagedCall = Call & {
  readonly account: string;
  /** Its mail address, else its outside id. */
  readonly account_name: string;
  /** Who served it; null to customers. */
  readonly upstream: string | null;
  /** What was reported of it from outside, where it did not go through the gateway. */
  readonly event: {
    readonly source: string;
    readonly id: string;
    /** An instant (RFC 3339). */
    readonly time: string;
  };
};

export interface Me {
  readonly object: "me";
  readonly user: {
    readonly id: string;
    readonly mail: string;
    readonly name: string;
  };
  readonly is_operator: boolean;
  readonly memberships: readonly {
    readonly platform: string;
    readonly platform_id: string;
    readonly platform_name: string;
    readonly role: "owner" | "admin" | "support" | "viewer" | "customer";
    /** Of a customer: the account. */
    readonly account: string | null;
    readonly account_name: string | null;
  }[];
}

export interface Merge {
  readonly object: "merge";
  readonly account: Account;
  readonly from: string;
  readonly moved: {
    readonly keys: number;
    readonly members: number;
    readonly value: readonly {
      readonly unit: string;
      readonly grants: number;
      /** What they had left together; the nearest number. */
      readonly amount: number;
      /** The same, exact. */
      readonly amount_exact: string;
    }[];
  };
}

export type NewAccessToken = AccessToken & {
  /** The token itself. It is shown here, once. */
  readonly token: string;
};

export type NewKey = Key & {
  /** The key itself. It is shown here, once. */
  readonly key: string;
};

export interface Person {
  readonly object: "person";
  readonly mail: string;
  readonly name: string | null;
  readonly role: "owner" | "admin" | "support" | "viewer" | "customer";
  /** Not seen here yet: the membership begins when they are. */
  readonly is_invited: boolean;
  /** An instant (RFC 3339). */
  readonly since: string;
}

export interface Platform {
  readonly id: string;
  readonly object: "platform";
  readonly slug: string;
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly key_prefix: string;
  readonly key_scheme: "sha256" | "bcrypt";
  readonly default_unit: string;
  readonly units: readonly {
    readonly code: string;
    readonly scale: number;
  }[];
  readonly time_zone: string;
  readonly currencies: readonly string[];
  readonly hold_policy: {
    /** Output tokens that a call is bounded to when it does not say. */
    readonly default_output_tokens: number;
    /** A wallet that does not pay for so many output tokens admits no such call. */
    readonly min_output_tokens: number;
  };
  readonly cors_origins: readonly string[];
  readonly branding: {
    readonly logo_url?: string;
    readonly accent_color?: string;
    readonly support_mail?: string;
    readonly support_url?: string;
  };
  readonly logging: {
    /** Whose requests and answers are kept. */
    readonly bodies: "off" | "errors" | "all";
    /** Fields that are blacked out. */
    readonly redact: readonly string[];
    readonly keep_days: number;
  };
  readonly domain: {
    readonly name: string;
    /** The name of the TXT record that proves it. */
    readonly record: string;
    /** What that record says. */
    readonly proof: string;
    /** An instant (RFC 3339). */
    readonly verified_at: string | null;
  };
  /** Its customers may open platforms of their own. */
  readonly opens_platforms: boolean;
  /** The account that opened it. */
  readonly opened_by: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface Transaction {
  readonly id: string;
  readonly object: "transaction";
  readonly unit: string;
  /** call, grant, adjustment, expiry, merge, ... */
  readonly kind: string;
  /** What it changed the balance by: below zero where value left; the nearest number. */
  readonly amount: number;
  /** The same, exact. */
  readonly amount_exact: string;
  /** The balance before; the nearest number. */
  readonly balance_before: number;
  /** The same, exact. */
  readonly balance_before_exact: string;
  /** The balance after; the nearest number. */
  readonly balance_after: number;
  /** The same, exact. */
  readonly balance_after_exact: string;
  readonly call: string | null;
  readonly grant: string | null;
  /** Of a grant: bonus, purchase, refund, ... */
  readonly source: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  /** An instant (RFC 3339). */
  readonly at: string;
}

export interface UsageEvent {
  /** Of CloudEvents. */
  readonly specversion?: "1.0";
  /** With `source` it names the event, for ever. */
  readonly id: string;
  /** Where it was measured. */
  readonly source: string;
  readonly type?: string;
  /** Who pays: the id of an account, or its outside id. */
  readonly subject: string;
  /** When the work was done; now without it. */
  readonly time?: string;
  readonly datacontenttype?: string;
  /** What was used of what. */
  readonly data: {
    /** The slug of the product. */
    readonly product: string;
    /** What was used, every token in one component only. */
    readonly usage: {
      readonly input?: number;
      readonly cached_input?: number;
      readonly cache_write?: number;
      readonly input_audio?: number;
      readonly input_image?: number;
      readonly output?: number;
      readonly reasoning?: number;
      readonly output_audio?: number;
      readonly image?: number;
      readonly second?: number;
      readonly minute?: number;
      readonly character?: number;
      readonly request?: number;
    };
  };
}

export interface UsageEventResult {
  /** Its place in the report, from 0 on. */
  readonly index: number;
  readonly id: string | null;
  readonly source: string | null;
  /** 201: charged now. 200: charged before. Else refused, as a call is. */
  readonly status: number;
  /** The call that charged for it. */
  readonly call: string | null;
  readonly unit: string | null;
  /** What was paid; the nearest number. */
  readonly cost: number | null;
  /** The same, exact. */
  readonly cost_exact: string | null;
  /** What it comes to by the price; the nearest number. */
  readonly price: number | null;
  /** The same, exact. */
  readonly price_exact: string | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly param: string | null;
    /** Seconds after which to send it again. */
    readonly retry_after: number | null;
  };
}

export interface UsageGroup {
  /** Where the page after this group begins. */
  readonly id: string;
  readonly object: "usage_group";
  /** As the platform's clocks show it: 2027-01-31 13:00. */
  readonly hour?: string;
  /** As the platform's calendar has it: 2027-01-31. */
  readonly day?: string;
  readonly product?: string;
  readonly status?: string;
  /** Null for calls that were made without a key. */
  readonly key?: string | null;
  readonly account?: string;
  /** Its mail address, else its outside id. */
  readonly account_name?: string;
  readonly calls: number;
  /** Tokens */
  readonly input: number;
  /** Tokens */
  readonly output: number;
  /** Tokens */
  readonly cached_input: number;
  /** Tokens of other kinds, such as reasoning. */
  readonly other_tokens: number;
  readonly unit: string;
  /** What was paid; the nearest number. */
  readonly cost: number;
  /** The same, exact. */
  readonly cost_exact: string;
  /** What the work cost by the price; the nearest number. */
  readonly price: number;
  /** The same, exact. */
  readonly price_exact: string;
}

export interface UsageReport {
  readonly object: "usage_report";
  readonly charged: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly data: readonly UsageEventResult[];
}

export interface Wallet {
  readonly id: string;
  readonly object: "wallet";
  readonly unit: string;
  /** What it holds; the nearest number. */
  readonly balance: number;
  /** The same, exact. */
  readonly balance_exact: string;
  /** What running calls have set aside of it; the nearest number. */
  readonly held: number;
  /** The same, exact. */
  readonly held_exact: string;
  /** What is left for the next call; the nearest number. */
  readonly available: number;
  /** The same, exact. */
  readonly available_exact: string;
}

export interface AccountsAddMemberBody {
  readonly mail: string;
}

export interface AccountsCreateBody {
  readonly mail?: string | undefined;
  /** What the seller knows it by. */
  readonly external_id?: string | undefined;
  readonly name?: string | undefined;
  /** Limits to set; null takes one away, and what is not given stays. */
  readonly limits?: {
    readonly requests_per_minute?: number | null | undefined;
    readonly requests_per_day?: number | null | undefined;
    readonly requests_per_month?: number | null | undefined;
    readonly tokens_per_minute?: number | null | undefined;
    readonly tokens_per_day?: number | null | undefined;
    readonly tokens_per_month?: number | null | undefined;
    readonly concurrent_requests?: number | null | undefined;
    readonly budget_per_day?: string | number | null | undefined;
    readonly budget_per_month?: string | number | null | undefined;
    readonly budget_total?: string | number | null | undefined;
  } | undefined;
}

export interface AccountsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Only the one with this address. */
  readonly mail?: string | undefined;
  /** Only the one with this outside id. */
  readonly external_id?: string | undefined;
  /** Only those that this means: what a mail, name or outside id begins with, the preview or id of a key, the id of a call or of an account. */
  readonly q?: string | undefined;
}

export interface AccountsListMembersAnswer {
  readonly object: "list";
  readonly data: readonly Person[];
}

export interface AccountsMergeBody {
  /** The account that is closed; its names lead here from then on. */
  readonly from: string;
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface AccountsResumeBody {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface AccountsSuspendBody {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface AccountsUpdateBody {
  readonly mail?: string | null | undefined;
  /** What the seller knows it by. */
  readonly external_id?: string | null | undefined;
  readonly name?: string | undefined;
  /** Limits to set; null takes one away, and what is not given stays. */
  readonly limits?: {
    readonly requests_per_minute?: number | null | undefined;
    readonly requests_per_day?: number | null | undefined;
    readonly requests_per_month?: number | null | undefined;
    readonly tokens_per_minute?: number | null | undefined;
    readonly tokens_per_day?: number | null | undefined;
    readonly tokens_per_month?: number | null | undefined;
    readonly concurrent_requests?: number | null | undefined;
    readonly budget_per_day?: string | number | null | undefined;
    readonly budget_per_month?: string | number | null | undefined;
    readonly budget_total?: string | number | null | undefined;
  } | undefined;
}

export interface AdjustmentsCreateBody {
  /** Above zero gives, below zero takes. */
  readonly amount: string | number;
  readonly unit: string;
  /** Why, for the record. */
  readonly reason: string;
  /** Names this act in the books: the same one never moves value twice. */
  readonly reference?: string | undefined;
}

export interface AuditListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Such as 'account.suspend'. */
  readonly action?: string | undefined;
  /** The id of what it was done to. */
  readonly subject?: string | undefined;
  /** Id or name of who did it. */
  readonly actor?: string | undefined;
}

export interface BalanceSetBody {
  /** What it shall be; not below what is held. */
  readonly balance: string | number;
  readonly unit: string;
  /** Why, for the record. */
  readonly reason: string;
  /** Names this act in the books: the same one never moves value twice. */
  readonly reference?: string | undefined;
}

export interface CallsExportQuery {
  /** Only this account's. */
  readonly account?: string | undefined;
  /** Only those made with this key. */
  readonly key?: string | undefined;
  /** Only those for the one of this slug. */
  readonly product?: string | undefined;
  /** Only those that ended so. */
  readonly status?: "settled" | "released" | "expired" | undefined;
  /** Only those that began at this instant or later. */
  readonly from?: string | undefined;
  /** Only those that began before this instant. */
  readonly to?: string | undefined;
  /** Only those that were answered with it; 0 for those that had no answer. */
  readonly http_status?: number | null | undefined;
  /** Only those that were streamed, or were not. */
  readonly streamed?: "true" | "false" | undefined;
  /** Only those whose usage was counted here, or was reported. */
  readonly estimated?: "true" | "false" | undefined;
  /** CSV, or one JSON document a line. */
  readonly format?: "csv" | "ndjson" | undefined;
}

export interface CallsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Only this account's. */
  readonly account?: string | undefined;
  /** Only those made with this key. */
  readonly key?: string | undefined;
  /** Only those for the one of this slug. */
  readonly product?: string | undefined;
  /** Only those that ended so. */
  readonly status?: "settled" | "released" | "expired" | undefined;
  /** Only those that began at this instant or later. */
  readonly from?: string | undefined;
  /** Only those that began before this instant. */
  readonly to?: string | undefined;
  /** Only those that were answered with it; 0 for those that had no answer. */
  readonly http_status?: number | null | undefined;
  /** Only those that were streamed, or were not. */
  readonly streamed?: "true" | "false" | undefined;
  /** Only those whose usage was counted here, or was reported. */
  readonly estimated?: "true" | "false" | undefined;
}

export interface GrantsCreateBody {
  readonly amount: string | number;
  readonly unit: string;
  readonly source?: "allowance" | "purchase" | "bonus" | "refund" | "adjustment" | undefined;
  /** Why, for the record. */
  readonly reason: string;
  /** An instant (RFC 3339). */
  readonly expires_at?: string | undefined;
  /** Lower is spent first. */
  readonly priority?: number | undefined;
  /** Names this act in the books: the same one never moves value twice. */
  readonly reference?: string | undefined;
}

export interface GrantsExpireBody {
  /** Why, for the record. */
  readonly reason: string;
}

export interface GrantsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
}

export interface ImportsCreateQuery {
  /** Only tell what would be done. */
  readonly dry_run?: "true" | "false" | undefined;
  /** What balances count; the platform's default unless given. */
  readonly unit?: string | undefined;
  /** Where fields are: mail:contact.address,balance:tokens,plan: (none). */
  readonly map?: string | undefined;
}

export interface InstanceCreateIssuerBody {
  /** The claim `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** Where it publishes its keys. */
  readonly jwks_url: string;
  /** The claim `aud` of its tokens. */
  readonly audience?: string | undefined;
  readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA")[] | undefined;
  /** A claim's name, or a path such as 'a.plan'. */
  readonly user_claim?: string | undefined;
  /** Names the platform: needed without an audience. */
  readonly platform_claim?: string | undefined;
  /** A claim's name, or a path such as 'a.plan'. */
  readonly plan_claim?: string | undefined;
}

export interface InstanceListAuditQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Such as 'account.suspend'. */
  readonly action?: string | undefined;
  /** The id of what it was done to. */
  readonly subject?: string | undefined;
  /** Id or name of who did it. */
  readonly actor?: string | undefined;
}

export interface InstanceListIssuersAnswer {
  readonly object: "list";
  readonly data: readonly Issuer[];
}

export interface InstanceListMailsQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Only to them. */
  readonly recipient?: string | undefined;
}

export interface IssuersCreateBody {
  /** The claim `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** Where it publishes its keys. */
  readonly jwks_url: string;
  /** The claim `aud` of its tokens. */
  readonly audience?: string | undefined;
  readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA")[] | undefined;
  /** A claim's name, or a path such as 'a.plan'. */
  readonly user_claim?: string | undefined;
  /** Names the platform: needed without an audience. */
  readonly platform_claim?: string | undefined;
  /** A claim's name, or a path such as 'a.plan'. */
  readonly plan_claim?: string | undefined;
}

export interface IssuersListAnswer {
  readonly object: "list";
  readonly data: readonly Issuer[];
}

export interface IssuersTryAnswer {
  readonly object: "bearer";
  readonly user: string;
  readonly plan: string | null;
}

export interface IssuersTryBody {
  readonly token: string;
}

export interface KeysCreateBody {
  readonly name: string;
  /** 'call': make calls; 'read': read its account's usage, wallets and calls here. */
  readonly scopes?: readonly ("call" | "read")[] | undefined;
  /** The models that it may call; null for all. */
  readonly models?: readonly string[] | null | undefined;
  /** The addresses and networks that it may be used from; null for all. */
  readonly addresses?: readonly string[] | null | undefined;
  /** An instant (RFC 3339). */
  readonly expires_at?: string | null | undefined;
  /** Limits to set; null takes one away, and what is not given stays. */
  readonly limits?: {
    readonly requests_per_minute?: number | null | undefined;
    readonly requests_per_day?: number | null | undefined;
    readonly requests_per_month?: number | null | undefined;
    readonly tokens_per_minute?: number | null | undefined;
    readonly tokens_per_day?: number | null | undefined;
    readonly tokens_per_month?: number | null | undefined;
    readonly concurrent_requests?: number | null | undefined;
    readonly budget_per_day?: string | number | null | undefined;
    readonly budget_per_month?: string | number | null | undefined;
    readonly budget_total?: string | number | null | undefined;
  } | undefined;
  /** Whose it is; a customer may leave it out. */
  readonly account?: string | undefined;
  readonly test?: boolean | undefined;
}

export interface KeysListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Only keys of this account. */
  readonly account?: string | undefined;
  readonly status?: "active" | "expired" | "revoked" | undefined;
}

export interface KeysRotateBody {
  /** How long the text until now still works. */
  readonly grace_seconds?: number | undefined;
}

export interface KeysUpdateBody {
  readonly name?: string | undefined;
  /** 'call': make calls; 'read': read its account's usage, wallets and calls here. */
  readonly scopes?: readonly ("call" | "read")[] | undefined;
  /** The models that it may call; null for all. */
  readonly models?: readonly string[] | null | undefined;
  /** The addresses and networks that it may be used from; null for all. */
  readonly addresses?: readonly string[] | null | undefined;
  /** An instant (RFC 3339). */
  readonly expires_at?: string | null | undefined;
  /** Limits to set; null takes one away, and what is not given stays. */
  readonly limits?: {
    readonly requests_per_minute?: number | null | undefined;
    readonly requests_per_day?: number | null | undefined;
    readonly requests_per_month?: number | null | undefined;
    readonly tokens_per_minute?: number | null | undefined;
    readonly tokens_per_day?: number | null | undefined;
    readonly tokens_per_month?: number | null | undefined;
    readonly concurrent_requests?: number | null | undefined;
    readonly budget_per_day?: string | number | null | undefined;
    readonly budget_per_month?: string | number | null | undefined;
    readonly budget_total?: string | number | null | undefined;
  } | undefined;
}

export interface MembersListAnswer {
  readonly object: "list";
  readonly data: readonly Person[];
}

export interface MembersSetBody {
  readonly mail: string;
  readonly role: "owner" | "admin" | "support" | "viewer";
}

export interface PlatformsAddUnitBody {
  readonly code: string;
  readonly scale: number;
}

export interface PlatformsCreateBody {
  readonly slug: string;
  readonly name: string;
  readonly key_prefix?: string | undefined;
  /** What its wallets count; the first is the default. */
  readonly units?: readonly {
    readonly code: string;
    readonly scale: number;
  }[] | undefined;
  /** An IANA name. Days and months begin there. */
  readonly time_zone?: string | undefined;
  /** The account in whose name it is opened, by who has several. */
  readonly account?: string | undefined;
}

export interface PlatformsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
}

export interface PlatformsUpdateBody {
  readonly name?: string | undefined;
  readonly key_prefix?: string | undefined;
  readonly key_scheme?: "sha256" | "bcrypt" | undefined;
  readonly default_unit?: string | undefined;
  /** An IANA name. Days and months begin there. */
  readonly time_zone?: string | undefined;
  readonly currencies?: readonly string[] | undefined;
  readonly hold_policy?: {
    /** Output tokens that a call is bounded to when it does not say. */
    readonly default_output_tokens?: number | undefined;
    /** A wallet that does not pay for so many output tokens admits no such call. */
    readonly min_output_tokens?: number | undefined;
  } | undefined;
  readonly cors_origins?: readonly string[] | undefined;
  readonly branding?: {
    readonly logo_url?: string | undefined;
    readonly accent_color?: string | undefined;
    readonly support_mail?: string | undefined;
    readonly support_url?: string | undefined;
  } | undefined;
  readonly logging?: {
    /** Whose requests and answers are kept. */
    readonly bodies?: "off" | "errors" | "all" | undefined;
    /** Fields that are blacked out. */
    readonly redact?: readonly string[] | undefined;
    readonly keep_days?: number | undefined;
  } | undefined;
  /** null gives it up. */
  readonly domain?: string | null | undefined;
}

export interface TokensCreateBody {
  readonly name: string;
  /** What it may do: at most what you may. */
  readonly role: "owner" | "admin" | "support" | "viewer";
  /** An instant (RFC 3339). */
  readonly expires_at?: string | undefined;
}

export interface TokensListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
}

export interface TransactionsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** The wallet's unit; the platform's default unless given. */
  readonly unit?: string | undefined;
}

export interface UsageListQuery {
  /** Only this account's. */
  readonly account?: string | undefined;
  /** Only those made with this key. */
  readonly key?: string | undefined;
  /** Only those for the one of this slug. */
  readonly product?: string | undefined;
  /** Only those that ended so. */
  readonly status?: "settled" | "released" | "expired" | undefined;
  /** Only those that began at this instant or later. */
  readonly from?: string | undefined;
  /** Only those that began before this instant. */
  readonly to?: string | undefined;
  /** What to divide by, with commas: hour, day, product, status, key, account. One sum without it. */
  readonly group_by?: string | undefined;
  /** In the order of the groups, or what cost most first. */
  readonly sort?: "group" | "cost" | undefined;
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  readonly format?: "json" | "csv" | undefined;
}

export interface UsageEventsIngestQuery {
  /** Where there is too little: refuse, or take what is there and book the rest. */
  readonly on_insufficient?: "refuse" | "overrun" | undefined;
  /** Open an account for a subject that is not known, under it as an outside id. */
  readonly create_accounts?: "true" | "false" | undefined;
}

export type UsageEventsIngestBody = UsageEvent | readonly Readonly<Record<string, unknown>>[];

export interface WalletsCreateBody {
  readonly unit: string;
}

export interface WalletsListAnswer {
  readonly object: "list";
  readonly data: readonly Wallet[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}
