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
  /** An instant (RFC 3339). */
  readonly created_at: string;
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
}

export interface AccountsListMembersAnswer {
  readonly object: "list";
  readonly data: readonly Person[];
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
