// The rows of each table and view, as src/db/types.ts has the driver read them.
// Written by `npm run schema`.

export interface AccessToken {
  id: bigint;
  platform_id: bigint;
  name: string;
  role: 'owner' | 'admin' | 'support' | 'viewer';
  hash: Buffer;
  preview: string;
  status: 'active' | 'revoked';
  expires_at: Date | null;
  last_used_at: Date | null;
  created_at: Date;
}

export interface Account {
  id: bigint;
  platform_id: bigint;
  mail: string | null;
  external_id: string | null;
  name: string;
  status: 'active' | 'suspended';
  created_at: Date;
  limits: unknown;
  merged_into: bigint | null;
}

export interface AccountMember {
  platform_id: bigint;
  account_id: bigint;
  user_id: string;
  created_at: Date;
}

export interface ApiKey {
  id: bigint;
  platform_id: bigint;
  account_id: bigint;
  hash: Buffer;
  preview: string;
  name: string;
  status: 'active' | 'revoked';
  expires_at: Date | null;
  created_at: Date;
  minute_start: Date;
  day_start: Date;
  month_start: Date;
  minute_requests: bigint;
  minute_tokens: bigint;
  previous_minute_requests: bigint;
  previous_minute_tokens: bigint;
  day_requests: bigint;
  day_tokens: bigint;
  day_spent: bigint;
  month_requests: bigint;
  month_tokens: bigint;
  month_spent: bigint;
  total_spent: bigint;
  open_holds: bigint;
  limits: unknown;
  scopes: string[];
  models: string[] | null;
  addresses: string[] | null;
  is_test: boolean;
  slow_hash: string | null;
  rotated_at: Date | null;
  read_at: Date | null;
}

export interface AuditEntry {
  id: bigint;
  platform_id: bigint | null;
  at: Date;
  actor_kind: 'user' | 'token' | 'key' | 'operator' | 'system';
  actor_id: string | null;
  actor: string;
  action: string;
  subject: string | null;
  reason: string | null;
  before: unknown;
  after: unknown;
  request_id: string | null;
}

export interface Call {
  id: string;
  leg: number;
  outcome: 'settled' | 'released' | 'expired';
  streamed: boolean;
  estimated: boolean;
  status: number;
  platform_id: bigint;
  account_id: bigint;
  wallet_id: bigint;
  key_id: bigint | null;
  product_id: bigint;
  price_id: bigint;
  upstream_id: bigint | null;
  held: bigint;
  price: bigint;
  charge: bigint;
  wallet_version: bigint | null;
  held_at: Date;
  settled_at: Date;
  input: bigint;
  output: bigint;
  cached_input: bigint;
  other: unknown;
  first_byte_ms: number | null;
  latency_ms: number | null;
  error_code: string | null;
}

export interface CallBody {
  call_id: string;
  platform_id: bigint;
  account_id: bigint;
  http_status: number;
  request: Buffer | null;
  request_bytes: bigint;
  request_cut: boolean;
  answer: Buffer | null;
  answer_type: string | null;
  answer_bytes: bigint;
  answer_cut: boolean;
  kept_until: Date;
}

export interface CallUsage {
  id: string | null;
  platform_id: bigint | null;
  account_id: bigint | null;
  hour: Date | null;
  key_id: bigint | null;
  product_id: bigint | null;
  unit: string | null;
  outcome: string | null;
  input: bigint | null;
  output: bigint | null;
  cached_input: bigint | null;
  other_tokens: bigint | null;
  price: bigint | null;
  charge: bigint | null;
}

export interface DroppedCalls {
  day: string;
  wallet_id: bigint;
  key_id: bigint;
  calls: bigint;
  charge: string;
  movements: bigint;
  versions: string;
}

export interface Entry {
  platform_id: bigint | null;
  unit: string | null;
  kind: string | null;
  call_id: string | null;
  transfer_id: bigint | null;
  wallet_id: bigint | null;
  system: string | null;
  version: bigint | null;
  amount: bigint | null;
  at: Date | null;
}

export interface Hold {
  id: string;
  leg: number;
  platform_id: bigint;
  account_id: bigint;
  wallet_id: bigint;
  key_id: bigint | null;
  product_id: bigint;
  price_id: bigint;
  replica_id: bigint;
  amount: bigint;
  tokens: bigint;
  held_at: Date;
}

export interface IdempotencyRecord {
  platform_id: bigint;
  account_id: bigint;
  route: string;
  key: string;
  fingerprint: Buffer;
  call_id: string;
  earlier_call_ids: string[];
  claimed_at: Date;
  concluded_at: Date | null;
  content_type: string | null;
  answer: Buffer | null;
}

export interface IdempotentAct {
  platform_id: bigint | null;
  owner: string;
  key: string;
  fingerprint: Buffer;
  status: number;
  answer: Buffer;
  at: Date;
}

export interface Instance {
  is_only: boolean;
  key_proof: Buffer;
  created_at: Date;
}

export interface Invitation {
  id: bigint;
  platform_id: bigint;
  mail: string;
  role: 'owner' | 'admin' | 'support' | 'viewer' | 'customer';
  account_id: bigint | null;
  created_at: Date;
}

export interface Issuer {
  id: bigint;
  platform_id: bigint | null;
  issuer: string;
  jwks_url: string;
  audience: string | null;
  algorithms: string[];
  user_claim: string;
  platform_claim: string | null;
  plan_claim: string | null;
  status: 'active' | 'disabled';
  created_at: Date;
}

export interface LateCall {
  id: string;
  sealed_in: bigint | null;
}

export interface MonthUsage {
  platform_id: bigint;
  account_id: bigint;
  product_id: bigint;
  month_start: Date;
  calls: bigint;
  quantities: unknown;
}

export interface OpenGrant {
  platform_id: bigint | null;
  wallet_id: bigint | null;
  id: bigint | null;
  remaining: bigint | null;
}

export interface Operator {
  user_id: string;
  created_at: Date;
}

export interface OutboxMail {
  id: bigint;
  platform_id: bigint | null;
  recipient: string;
  kind: string;
  subject: string;
  body: string;
  created_at: Date;
  sent_at: Date | null;
  attempts: number;
  next_attempt_at: Date | null;
  problem: string | null;
}

export interface Package {
  id: bigint;
  platform_id: bigint;
  slug: string;
  name: string;
  unit: string;
  amount: bigint;
  bonus: bigint;
  prices: unknown;
  sort_order: number;
  active: boolean;
  created_at: Date;
}

export interface Plan {
  id: bigint;
  platform_id: bigint;
  slug: string;
  name: string;
  limits: unknown;
  created_at: Date;
  prices: unknown;
  features: string[];
  key_count: number | null;
  trial_days: number;
  grace_days: number;
  sort_order: number;
  active: boolean;
}

export interface PlanAllowance {
  platform_id: bigint;
  plan_id: bigint;
  unit: string;
  per: 'day' | 'month' | 'period' | 'once';
  amount: bigint;
}

export interface Platform {
  id: bigint;
  slug: string;
  name: string;
  status: 'active' | 'suspended';
  key_prefix: string;
  default_unit: string;
  time_zone: string;
  default_output_tokens: number;
  created_at: Date;
  opened_by_account_id: bigint | null;
  opens_platforms: boolean;
  key_scheme: 'sha256' | 'bcrypt';
  currencies: string[];
  min_output_tokens: number;
  cors_origins: string[];
  branding: unknown;
  domain: string | null;
  domain_proof: string | null;
  domain_verified_at: Date | null;
  log_bodies: 'off' | 'errors' | 'all';
  log_redact: string[];
  log_keep_days: number;
  default_plan_id: bigint | null;
  default_plan_since: Date;
}

export interface PlatformMember {
  platform_id: bigint;
  user_id: string;
  role: 'owner' | 'admin' | 'support' | 'viewer';
  created_at: Date;
}

export interface Price {
  id: bigint;
  platform_id: bigint;
  product_id: bigint;
  unit: string;
  version: number;
  valid_from: Date;
  valid_until: Date | null;
  source: string;
  kind: 'sale' | 'cost';
  tiering: 'graduated' | 'volume' | null;
  note: string | null;
  created_at: Date;
}

export interface PriceComponent {
  platform_id: bigint;
  price_id: bigint;
  component:
    | 'input'
    | 'cached_input'
    | 'cache_write'
    | 'output'
    | 'reasoning'
    | 'input_audio'
    | 'output_audio'
    | 'input_image'
    | 'image'
    | 'second'
    | 'minute'
    | 'character'
    | 'request';
  from_context_tokens: bigint;
  amount: bigint;
  per: bigint;
  from_month_quantity: bigint;
}

export interface PriceDraft {
  id: bigint;
  platform_id: bigint;
  product_id: bigint;
  kind: 'sale' | 'cost';
  unit: string;
  tiering: 'graduated' | 'volume' | null;
  components: unknown;
  source: string;
  note: string | null;
  created_at: Date;
  changed_at: Date;
}

export interface Product {
  id: bigint;
  platform_id: bigint;
  slug: string;
  kind:
    | 'chat'
    | 'completion'
    | 'embedding'
    | 'image'
    | 'speech'
    | 'transcription'
    | 'video'
    | 'moderation'
    | 'service';
  name: string;
  owned_by: string;
  active: boolean;
  context_tokens: number | null;
  max_output_tokens: number | null;
  estimate_factor: string;
  created_at: Date;
}

export interface ProductResale {
  platform_id: bigint;
  product_id: bigint;
  seller_platform_id: bigint;
  seller_product_id: bigint;
  account_id: bigint;
}

export interface ProductRoute {
  platform_id: bigint;
  product_id: bigint;
  upstream_id: bigint;
  upstream_model: string;
  priority: number;
}

export interface Redemption {
  platform_id: bigint;
  code_id: bigint;
  use_no: number;
  account_id: bigint;
  grant_id: bigint;
  at: Date;
}

export interface RedemptionCode {
  id: bigint;
  platform_id: bigint;
  hash: Buffer;
  preview: string;
  unit: string;
  amount: bigint;
  package_id: bigint | null;
  max_uses: number;
  uses: number;
  once_per_account: boolean;
  expires_at: Date | null;
  status: 'active' | 'revoked';
  note: string | null;
  created_at: Date;
}

export interface Replica {
  id: bigint;
  host: string;
  pid: number;
  started_at: Date;
  lease_until: Date;
  open_since: string;
  ended_at: Date | null;
  swept_at: Date | null;
  asks_since: string | null;
}

export interface RetiredSecret {
  hash: Buffer;
  platform_id: bigint;
  key_id: bigint;
  slow_hash: string | null;
  preview: string;
  ends_at: Date;
}

export interface SchemaMigration {
  name: string;
  kind: 'migration' | 'function';
  hash: string;
  applied_at: Date;
}

export interface SealBlock {
  no: bigint;
  kind: 'calls' | 'late_calls' | 'transfers' | 'drops';
  format: number;
  day: string | null;
  from_call: string | null;
  until_call: string | null;
  from_transfer: bigint | null;
  until_transfer: bigint | null;
  row_count: number;
  marks: Buffer;
  rows_mac: Buffer;
  previous_mac: Buffer;
  mac: Buffer;
  sealed_at: Date;
}

export interface Subscription {
  account_id: bigint;
  platform_id: bigint;
  plan_id: bigint;
  plan_since: Date;
  currency: string | null;
  anchor_at: Date;
  period_start: Date;
  period_end: Date | null;
  grace_end: Date | null;
  is_trial: boolean;
  next_plan_id: bigint | null;
  next_plan_at: Date | null;
  next_is_free: boolean;
  ended_at: Date | null;
  tried_plan_ids: bigint[];
}

export interface TieredCall {
  id: string;
  leg: number;
  platform_id: bigint;
  account_id: bigint;
  product_id: bigint;
  month_start: Date;
  ordinal: bigint;
  used_before: unknown;
  used_after: unknown;
}

export interface Transfer {
  id: bigint;
  platform_id: bigint;
  unit: string;
  kind:
    | 'grant'
    | 'expiry'
    | 'lost'
    | 'adjustment'
    | 'refund'
    | 'sale'
    | 'recognition'
    | 'chargeback'
    | 'repayment'
    | 'merge';
  amount: bigint;
  from_system:
    | 'issued'
    | 'revenue'
    | 'deferred'
    | 'clearing'
    | 'promotions'
    | 'breakage'
    | 'overrun'
    | 'lost'
    | 'receivable'
    | 'usage'
    | null;
  from_wallet_id: bigint | null;
  from_wallet_version: bigint | null;
  to_system:
    | 'issued'
    | 'revenue'
    | 'deferred'
    | 'clearing'
    | 'promotions'
    | 'breakage'
    | 'overrun'
    | 'lost'
    | 'receivable'
    | 'usage'
    | null;
  to_wallet_id: bigint | null;
  to_wallet_version: bigint | null;
  grant_id: bigint | null;
  call_id: string | null;
  reference: string;
  reason: string | null;
  at: Date;
}

export interface Unit {
  platform_id: bigint;
  code: string;
  scale: number;
}

export interface Upstream {
  id: bigint;
  platform_id: bigint;
  name: string;
  base_url: string;
  credential: Buffer | null;
  active: boolean;
  first_byte_timeout_ms: number;
  idle_timeout_ms: number;
  created_at: Date;
  set_by: 'operator' | 'seller';
}

export interface UsageEvent {
  platform_id: bigint;
  source: string;
  id: string;
  fingerprint: Buffer;
  account_id: bigint;
  at: Date;
  call_id: string;
  claimed_at: Date;
  settling_at: Date | null;
}

export interface UsageOfAccount {
  platform_id: bigint;
  account_id: bigint;
  hour: Date;
  key_id: bigint;
  product_id: bigint;
  unit: string;
  outcome: string;
  calls: bigint;
  input: string;
  output: string;
  cached_input: string;
  other_tokens: string;
  price: string;
  charge: string;
}

export interface UsageOfPlatform {
  platform_id: bigint;
  hour: Date;
  product_id: bigint;
  unit: string;
  outcome: string;
  calls: bigint;
  input: string;
  output: string;
  cached_input: string;
  other_tokens: string;
  price: string;
  charge: string;
}

export interface Wallet {
  id: bigint;
  platform_id: bigint;
  account_id: bigint;
  unit: string;
  created_at: Date;
  next_change_at: Date | null;
  version: bigint;
  balance: bigint;
  held: bigint;
  minute_start: Date;
  day_start: Date;
  month_start: Date;
  minute_requests: bigint;
  minute_tokens: bigint;
  previous_minute_requests: bigint;
  previous_minute_tokens: bigint;
  day_requests: bigint;
  day_tokens: bigint;
  day_spent: bigint;
  month_requests: bigint;
  month_tokens: bigint;
  month_spent: bigint;
  total_spent: bigint;
  open_holds: bigint;
  undrawn: bigint;
  has_pinned: boolean;
}

export interface WalletAllowance {
  wallet_id: bigint;
  per: string;
  platform_id: bigint;
  plan_id: bigint;
  window_start: Date;
  grant_id: bigint;
}

export interface WalletGrant {
  id: bigint;
  platform_id: bigint;
  wallet_id: bigint;
  source: 'allowance' | 'purchase' | 'bonus' | 'refund' | 'adjustment';
  priority: number;
  granted: bigint;
  remaining: bigint;
  expires_at: Date | null;
  pinned: bigint | null;
  closed: boolean;
  money_unit: string | null;
  money_amount: bigint;
  reason: string | null;
  created_at: Date;
  ended_at: Date | null;
}

export interface WrongCodeCount {
  account_id: bigint;
  platform_id: bigint;
  hour: Date;
  wrong: number;
}
