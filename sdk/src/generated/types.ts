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

export interface Margin {
  readonly object: "margin";
  /** An instant (RFC 3339). */
  readonly from: string;
  /** An instant (RFC 3339). */
  readonly until: string;
  readonly products: readonly {
    readonly product: string;
    readonly unit: string;
    readonly calls: number;
    /** What was charged; the nearest number. */
    readonly revenue: number;
    readonly revenue_exact: string;
    /** Calls whose cost is known; the margin is of these alone. */
    readonly calls_with_cost: number;
    /** What they cost the seller; the nearest number. */
    readonly cost: number;
    readonly cost_exact: string;
    /** Revenue less cost; the nearest number. */
    readonly margin: number;
    readonly margin_exact: string;
  }[];
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

export interface NewRedemptionCode {
  readonly id: string;
  readonly object: "redemption_code";
  readonly preview: string;
  readonly unit: string;
  /** The nearest number. */
  readonly amount: number;
  readonly amount_exact: string;
  readonly package: string | null;
  readonly max_uses: number;
  readonly uses: number;
  readonly once_per_account: boolean;
  /** An instant (RFC 3339). */
  readonly expires_at: string | null;
  readonly status: "active" | "revoked";
  readonly note: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
  /** The code itself: shown here, once. */
  readonly code: string;
}

export interface Package {
  readonly id: string;
  readonly object: "package";
  readonly slug: string;
  readonly name: string;
  /** Whether it is offered. */
  readonly active: boolean;
  readonly unit: string;
  /** The nearest number. */
  readonly amount: number;
  readonly amount_exact: string;
  /** What comes on top of it for nothing; the nearest number. */
  readonly bonus: number;
  readonly bonus_exact: string;
  /** By currency (ISO 4217), in the currency's smallest part: {"USD": 1900} is $19. */
  readonly prices: Readonly<Record<string, number>>;
  readonly sort_order: number;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

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

export interface Plan {
  readonly id: string;
  readonly object: "plan";
  readonly slug: string;
  readonly name: string;
  /** Whether it is offered; who is on it stays. */
  readonly active: boolean;
  /** The plan of every account that is on no other. */
  readonly is_default: boolean;
  readonly allowances: readonly {
    readonly unit: string;
    /** A day or month of the platform's time zone, a month from the account's anniversary. */
    readonly per: "day" | "month" | "period" | "once";
    /** The nearest number. */
    readonly amount: number;
    readonly amount_exact: string;
  }[];
  readonly limits: Limits;
  readonly features: readonly string[];
  /** So many keys at most; null for any number. */
  readonly key_count: number | null;
  /** By the month and currency; empty where it costs nothing. */
  readonly prices: Readonly<Record<string, number>>;
  readonly trial_days: number;
  /** So long it goes on when it was not renewed. */
  readonly grace_days: number;
  readonly sort_order: number;
  /** An instant (RFC 3339). */
  readonly created_at: string;
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

export interface Price {
  readonly id: string;
  readonly object: "price";
  /** The id of the product. */
  readonly product: string;
  readonly product_slug: string;
  /** What customers pay, or what the provider takes for it. */
  readonly kind: "sale" | "cost";
  readonly unit: string;
  readonly tiering: "graduated" | "volume" | null;
  readonly components: readonly PriceComponent[];
  readonly source: string;
  readonly note: string | null;
  readonly version: number;
  readonly status: "scheduled" | "current" | "ended" | "withdrawn";
  /** An instant (RFC 3339). */
  readonly valid_from: string;
  /** An instant (RFC 3339). */
  readonly valid_until: string | null;
}

export interface PriceComponent {
  readonly component: "input" | "cached_input" | "cache_write" | "input_audio" | "input_image" | "output" | "reasoning" | "output_audio" | "image" | "second" | "minute" | "character" | "request";
  /** In whole units; the nearest number. */
  readonly amount: number;
  readonly amount_exact: string;
  readonly per: number;
  readonly from_context_tokens: number;
  readonly from_month_quantity: number;
}

export interface PriceDiff {
  readonly object: "price_diff";
  /** The id of what is compared; null where nothing is. */
  readonly from: string | null;
  readonly to: string;
  readonly changes: readonly {
    readonly component: "input" | "cached_input" | "cache_write" | "input_audio" | "input_image" | "output" | "reasoning" | "output_audio" | "image" | "second" | "minute" | "character" | "request";
    readonly from_context_tokens: number;
    readonly from_month_quantity: number;
    readonly change: "added" | "removed" | "raised" | "lowered" | "same";
    readonly before: {
      /** In whole units; the nearest number. */
      readonly amount: number;
      readonly amount_exact: string;
      readonly per: number;
    };
    readonly after: {
      /** In whole units; the nearest number. */
      readonly amount: number;
      readonly amount_exact: string;
      readonly per: number;
    };
    /** How much dearer; below zero: cheaper. */
    readonly percent: number | null;
    /** The same, exact: a decimal, or a fraction where that has no end. */
    readonly percent_exact: string | null;
  }[];
}

export interface PriceDraft {
  readonly id: string;
  readonly object: "price_draft";
  /** The id of the product. */
  readonly product: string;
  readonly product_slug: string;
  /** What customers pay, or what the provider takes for it. */
  readonly kind: "sale" | "cost";
  readonly unit: string;
  readonly tiering: "graduated" | "volume" | null;
  readonly components: readonly PriceComponent[];
  readonly source: string;
  readonly note: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
  /** An instant (RFC 3339). */
  readonly changed_at: string;
}

export interface PriceDryRun {
  readonly object: "price_dry_run";
  /** An instant (RFC 3339). */
  readonly from: string;
  /** An instant (RFC 3339). */
  readonly until: string;
  readonly products: readonly {
    readonly product: string;
    readonly unit: string;
    readonly calls: number;
    /** By the prices that the calls were made at; the nearest number. */
    readonly revenue_then: number;
    readonly revenue_then_exact: string;
    /** By the drafts; the nearest number. */
    readonly revenue_now: number;
    readonly revenue_now_exact: string;
    /** Calls that a draft has no component for: they would fail. */
    readonly not_priced: number;
    /** Calls whose cost is known; the margin is of these alone. */
    readonly calls_with_cost: number;
    /** What they cost the seller; the nearest number. */
    readonly cost_then: number;
    readonly cost_then_exact: string;
    /** What they would cost; the nearest number. */
    readonly cost_now: number;
    readonly cost_now_exact: string;
    /** Revenue less cost; the nearest number. */
    readonly margin_then: number;
    readonly margin_then_exact: string;
    /** Revenue less cost, by the drafts; the nearest number. */
    readonly margin_now: number;
    readonly margin_now_exact: string;
  }[];
  /** Who would pay most more, up to 20 in each unit. */
  readonly accounts_up: readonly {
    readonly account: string;
    readonly unit: string;
    /** What its calls came to; the nearest number. */
    readonly before: number;
    readonly before_exact: string;
    /** What they would come to; the nearest number. */
    readonly after: number;
    readonly after_exact: string;
    /** How much more; below zero: less; the nearest number. */
    readonly difference: number;
    readonly difference_exact: string;
  }[];
  /** Who would pay most less. */
  readonly accounts_down: readonly {
    readonly account: string;
    readonly unit: string;
    /** What its calls came to; the nearest number. */
    readonly before: number;
    readonly before_exact: string;
    /** What they would come to; the nearest number. */
    readonly after: number;
    readonly after_exact: string;
    /** How much more; below zero: less; the nearest number. */
    readonly difference: number;
    readonly difference_exact: string;
  }[];
}

export interface Product {
  readonly id: string;
  readonly object: "product";
  readonly slug: string;
  readonly kind: "chat" | "completion" | "embedding" | "image" | "speech" | "transcription" | "video" | "moderation" | "service";
  readonly name: string;
  readonly owned_by: string;
  readonly active: boolean;
  readonly context_tokens: number | null;
  readonly max_output_tokens: number | null;
  readonly estimate_factor: number;
  /** The account that pays for it where it is another platform's, sold on. */
  readonly resale_account: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface ProductRoute {
  readonly object: "product_route";
  /** The id of the upstream. */
  readonly upstream: string;
  readonly upstream_name: string;
  readonly upstream_model: string;
  readonly priority: number;
  /** Whether the upstream is in use. */
  readonly active: boolean;
}

export interface Redemption {
  readonly object: "redemption";
  /** The id of the code. */
  readonly code: string;
  /** The id of the grant that it gave. */
  readonly grant: string;
  readonly unit: string;
  /** The nearest number. */
  readonly amount: number;
  readonly amount_exact: string;
  /** Of the wallet, with it; the nearest number. */
  readonly balance: number;
  readonly balance_exact: string;
}

export interface RedemptionCode {
  readonly id: string;
  readonly object: "redemption_code";
  readonly preview: string;
  readonly unit: string;
  /** The nearest number. */
  readonly amount: number;
  readonly amount_exact: string;
  readonly package: string | null;
  readonly max_uses: number;
  readonly uses: number;
  readonly once_per_account: boolean;
  /** An instant (RFC 3339). */
  readonly expires_at: string | null;
  readonly status: "active" | "revoked";
  readonly note: string | null;
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface Subscription {
  readonly object: "subscription";
  readonly account: string;
  /** 'none' and 'expired' are on the default plan. */
  readonly status: "none" | "trialing" | "active" | "past_due" | "canceling" | "expired";
  /** The slug of the plan in force. */
  readonly plan: string | null;
  /** An instant (RFC 3339). */
  readonly since: string | null;
  /** When another plan is in force, if nothing is agreed anew. */
  readonly until: string | null;
  /** An instant (RFC 3339). */
  readonly period_start: string | null;
  /** Null for one without end. */
  readonly period_end: string | null;
  /** A change to come. */
  readonly next: {
    readonly plan: string;
    /** An instant (RFC 3339). */
    readonly at: string;
  };
  readonly currency: string | null;
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

export interface Upstream {
  readonly id: string;
  readonly object: "upstream";
  readonly name: string;
  readonly base_url: string;
  /** Whether the provider's key is kept; it is never shown. */
  readonly has_credential: boolean;
  readonly active: boolean;
  readonly first_byte_timeout_ms: number;
  readonly idle_timeout_ms: number;
  /** Who chose the address. One of a seller has to lead to the public internet. */
  readonly set_by: "operator" | "seller";
  /** An instant (RFC 3339). */
  readonly created_at: string;
}

export interface UpstreamTest {
  readonly object: "upstream_test";
  readonly ok: boolean;
  /** Of its answer; null when none came. */
  readonly status: number | null;
  readonly latency_ms: number;
  readonly problem: string | null;
  /** What it lists, up to a hundred. */
  readonly models: readonly string[] | null;
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

export interface CodesCreateAnswer {
  readonly object: "list";
  readonly data: readonly NewRedemptionCode[];
}

export interface CodesCreateBody {
  readonly count?: number | undefined;
  readonly prefix?: string | undefined;
  readonly unit?: string | undefined;
  readonly amount?: string | number | undefined;
  /** Slug or id. */
  readonly package?: string | undefined;
  readonly max_uses?: number | undefined;
  readonly once_per_account?: boolean | undefined;
  /** An instant (RFC 3339). */
  readonly expires_at?: string | undefined;
  readonly note?: string | undefined;
}

export interface CodesListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
}

export interface CodesRedeemBody {
  readonly code: string;
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

export interface MarginGetQuery {
  /** Calls from then on; 30 days ago where it is left out. */
  readonly from?: string | undefined;
  /** Calls before that; now where it is left out. */
  readonly to?: string | undefined;
}

export interface MembersListAnswer {
  readonly object: "list";
  readonly data: readonly Person[];
}

export interface MembersSetBody {
  readonly mail: string;
  readonly role: "owner" | "admin" | "support" | "viewer";
}

export interface PackagesCreateBody {
  readonly name: string;
  readonly active?: boolean | undefined;
  readonly amount: string | number;
  readonly bonus?: string | number | undefined;
  /** By currency (ISO 4217), in the currency's smallest part: {"USD": 1900} is $19. */
  readonly prices?: Readonly<Record<string, number>> | undefined;
  readonly sort_order?: number | undefined;
  readonly slug: string;
  readonly unit: string;
}

export interface PackagesListAnswer {
  readonly object: "list";
  readonly data: readonly Package[];
}

export interface PackagesUpdateBody {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
  readonly amount?: string | number | undefined;
  readonly bonus?: string | number | undefined;
  /** By currency (ISO 4217), in the currency's smallest part: {"USD": 1900} is $19. */
  readonly prices?: Readonly<Record<string, number>> | undefined;
  readonly sort_order?: number | undefined;
}

export interface PlansCreateBody {
  readonly name: string;
  readonly active?: boolean | undefined;
  readonly is_default?: boolean | undefined;
  /** All of them. A new one is given at once; an amount goes from the next window on. */
  readonly allowances?: readonly {
    readonly unit: string;
    /** A day or month of the platform's time zone, a month from the account's anniversary. */
    readonly per: "day" | "month" | "period" | "once";
    readonly amount: string | number;
  }[] | undefined;
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
  readonly features?: readonly string[] | undefined;
  readonly key_count?: number | null | undefined;
  /** By currency (ISO 4217), in the currency's smallest part: {"USD": 1900} is $19. */
  readonly prices?: Readonly<Record<string, number>> | undefined;
  readonly trial_days?: number | undefined;
  readonly grace_days?: number | undefined;
  readonly sort_order?: number | undefined;
  readonly slug: string;
}

export interface PlansListAnswer {
  readonly object: "list";
  readonly data: readonly Plan[];
}

export interface PlansUpdateBody {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
  readonly is_default?: boolean | undefined;
  /** All of them. A new one is given at once; an amount goes from the next window on. */
  readonly allowances?: readonly {
    readonly unit: string;
    /** A day or month of the platform's time zone, a month from the account's anniversary. */
    readonly per: "day" | "month" | "period" | "once";
    readonly amount: string | number;
  }[] | undefined;
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
  readonly features?: readonly string[] | undefined;
  readonly key_count?: number | null | undefined;
  /** By currency (ISO 4217), in the currency's smallest part: {"USD": 1900} is $19. */
  readonly prices?: Readonly<Record<string, number>> | undefined;
  readonly trial_days?: number | undefined;
  readonly grace_days?: number | undefined;
  readonly sort_order?: number | undefined;
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

export interface PriceDraftsCreateBody {
  /** The id of the product, or its slug. */
  readonly product: string;
  readonly kind?: "sale" | "cost" | undefined;
  /** The platform's default unit where it is left out. */
  readonly unit?: string | undefined;
  readonly tiering?: "graduated" | "volume" | undefined;
  readonly components: readonly {
    readonly component: "input" | "cached_input" | "cache_write" | "input_audio" | "input_image" | "output" | "reasoning" | "output_audio" | "image" | "second" | "minute" | "character" | "request";
    /** What so many cost, in whole units: an exact decimal. */
    readonly amount: string | number;
    /** How many are counted for that. */
    readonly per?: number | undefined;
    /** For calls with so many input tokens. */
    readonly from_context_tokens?: number | undefined;
    /** For what an account uses beyond this quantity in a month; takes a `tiering`. */
    readonly from_month_quantity?: number | undefined;
  }[];
  /** Where it comes from. */
  readonly source?: string | undefined;
  /** What people should know of it. */
  readonly note?: string | undefined;
}

export interface PriceDraftsDryRunBody {
  /** Ids of drafts. */
  readonly drafts: readonly string[];
  readonly days?: number | undefined;
}

export interface PriceDraftsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Only of this product: id or slug. */
  readonly product?: string | undefined;
}

export interface PriceDraftsPublishBody {
  /** From when on; now where it is left out or past. */
  readonly at?: string | undefined;
}

export interface PriceDraftsUpdateBody {
  readonly tiering?: "graduated" | "volume" | null | undefined;
  readonly components?: readonly {
    readonly component: "input" | "cached_input" | "cache_write" | "input_audio" | "input_image" | "output" | "reasoning" | "output_audio" | "image" | "second" | "minute" | "character" | "request";
    /** What so many cost, in whole units: an exact decimal. */
    readonly amount: string | number;
    /** How many are counted for that. */
    readonly per?: number | undefined;
    /** For calls with so many input tokens. */
    readonly from_context_tokens?: number | undefined;
    /** For what an account uses beyond this quantity in a month; takes a `tiering`. */
    readonly from_month_quantity?: number | undefined;
  }[] | undefined;
  /** Where it comes from. */
  readonly source?: string | undefined;
  /** What people should know of it. */
  readonly note?: string | null | undefined;
}

export interface PricesDiffQuery {
  /** The version to compare with; the one before it where it is left out. */
  readonly from?: string | undefined;
}

export interface PricesListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  /** Only of this product: id or slug. */
  readonly product?: string | undefined;
  readonly kind?: "sale" | "cost" | undefined;
  readonly unit?: string | undefined;
}

export interface PricesRollBackBody {
  /** From when on; now where it is left out or past. */
  readonly at?: string | undefined;
  /** What people should know of it. */
  readonly note?: string | undefined;
}

export interface ProductsCreateBody {
  /** What callers name it, such as openai/gpt-5. */
  readonly slug: string;
  readonly kind?: "chat" | "completion" | "embedding" | "image" | "speech" | "transcription" | "video" | "moderation" | "service" | undefined;
  readonly name?: string | undefined;
  readonly owned_by?: string | undefined;
  readonly context_tokens?: number | null | undefined;
  readonly max_output_tokens?: number | null | undefined;
  /** Input tokens are estimated as bytes / 2 x this, to three decimals. */
  readonly estimate_factor?: number | undefined;
  /** Sells another platform’s product on; it has no routes of its own then. */
  readonly resale_of?: {
    /** The paying account at the seller's platform. */
    readonly account: string;
    /** The slug of the seller's product. */
    readonly product: string;
  } | undefined;
}

export interface ProductsListQuery {
  /** At most so many. */
  readonly limit?: number | undefined;
  /** The last id of the page before this one. */
  readonly after?: string | undefined;
  readonly kind?: "chat" | "completion" | "embedding" | "image" | "speech" | "transcription" | "video" | "moderation" | "service" | undefined;
  readonly active?: "true" | "false" | undefined;
}

export interface ProductsListRoutesAnswer {
  readonly object: "list";
  readonly data: readonly ProductRoute[];
}

export interface ProductsPutRouteBody {
  /** The upstream's name for it; the product's slug where it is left out. */
  readonly upstream_model?: string | undefined;
  /** Lower is tried first. */
  readonly priority?: number | undefined;
}

export interface ProductsUpdateBody {
  readonly name?: string | undefined;
  readonly owned_by?: string | undefined;
  readonly context_tokens?: number | null | undefined;
  readonly max_output_tokens?: number | null | undefined;
  /** Input tokens are estimated as bytes / 2 x this, to three decimals. */
  readonly estimate_factor?: number | undefined;
}

export interface SubscriptionsCancelBody {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface SubscriptionsChangeBody {
  /** Slug or id. */
  readonly plan: string;
  /** Try it for its days, once. */
  readonly trial?: boolean | undefined;
  readonly when?: "now" | "period_end" | undefined;
  /** Change at this instant. For staff. */
  readonly at?: string | undefined;
  /** Begin anew, with this end. For staff. */
  readonly until?: string | undefined;
  readonly currency?: string | undefined;
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface SubscriptionsEndBody {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface SubscriptionsRenewBody {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface SubscriptionsResumeBody {
  /** Why, for the record. */
  readonly reason?: string | undefined;
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

export interface UpstreamsCreateBody {
  readonly name: string;
  /** Where its API begins, /v1 included; `demo:` is built in. */
  readonly base_url: string;
  /** The provider's key. It is sealed, and never shown again. */
  readonly credential?: string | undefined;
  readonly first_byte_timeout_ms?: number | undefined;
  readonly idle_timeout_ms?: number | undefined;
}

export interface UpstreamsListAnswer {
  readonly object: "list";
  readonly data: readonly Upstream[];
}

export interface UpstreamsUpdateBody {
  /** Where its API begins, /v1 included; `demo:` is built in. */
  readonly base_url?: string | undefined;
  /** The provider's key. It is sealed, and never shown again. */
  readonly credential?: string | null | undefined;
  readonly first_byte_timeout_ms?: number | undefined;
  readonly idle_timeout_ms?: number | undefined;
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
