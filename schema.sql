-- What the migrations and function files add up to: a snapshot to read and compare,
-- never run. Written by `npm run schema`.

create domain key_addresses as cidr[] CHECK (cardinality(VALUE) >= 1 AND cardinality(VALUE) <= 100);

create domain key_models as text[] CHECK (cardinality(VALUE) >= 1 AND cardinality(VALUE) <= 100);

create domain key_scopes as text[] CHECK (VALUE <@ '{call,read}'::text[] AND cardinality(VALUE) >= 1 AND cardinality(VALUE) <= 2);

create domain limit_set as jsonb CHECK (is_limit_set(VALUE));

create domain price_set as jsonb CHECK (is_price_set(VALUE));

create domain slow_hash as text CHECK (VALUE ~ '^\$2b\$\d\d\$[./0-9A-Za-z]{53}$'::text);

create table access_token (
  id bigint not null,
  platform_id bigint not null,
  name text not null,
  role text not null,
  hash bytea not null,
  preview text not null,
  status text not null default 'active'::text,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint access_token_pkey PRIMARY KEY (id),
  constraint access_token_hash_key UNIQUE (hash),
  constraint access_token_platform_id_id_key UNIQUE (platform_id, id),
  constraint access_token_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint access_token_hash_check CHECK (length(hash) = 32),
  constraint access_token_name_check CHECK (length(name) >= 1 AND length(name) <= 100),
  constraint access_token_role_check CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'support'::text, 'viewer'::text])),
  constraint access_token_status_check CHECK (status = ANY (ARRAY['active'::text, 'revoked'::text]))
);
-- tenants: insert, select, update on access_token

create table account (
  id bigint not null,
  platform_id bigint not null,
  mail text,
  external_id text,
  name text not null,
  status text not null default 'active'::text,
  created_at timestamp with time zone not null default now(),
  limits limit_set not null default '{}'::jsonb,
  merged_into bigint,
  constraint account_pkey PRIMARY KEY (id),
  constraint account_platform_id_external_id_key UNIQUE (platform_id, external_id),
  constraint account_platform_id_id_key UNIQUE (platform_id, id),
  constraint account_platform_id_mail_key UNIQUE (platform_id, mail),
  constraint account_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint account_platform_id_merged_into_fkey FOREIGN KEY (platform_id, merged_into) REFERENCES account(platform_id, id),
  constraint account_check CHECK (mail IS NOT NULL OR external_id IS NOT NULL),
  constraint account_merged_is_closed CHECK (merged_into IS NULL OR status = 'suspended'::text AND merged_into <> id),
  constraint account_status_check CHECK (status = ANY (ARRAY['active'::text, 'suspended'::text]))
);
CREATE INDEX account_external_id_begins ON public.account USING btree (platform_id, external_id text_pattern_ops);
CREATE INDEX account_mail_begins ON public.account USING btree (platform_id, mail text_pattern_ops);
CREATE INDEX account_merged_into ON public.account USING btree (platform_id, merged_into) WHERE (merged_into IS NOT NULL);
CREATE INDEX account_name_begins ON public.account USING btree (platform_id, lower(name) text_pattern_ops);
CREATE TRIGGER account_stays BEFORE DELETE OR UPDATE OF platform_id, id ON account FOR EACH ROW EXECUTE FUNCTION is_referred_to();
CREATE TRIGGER tell_account_change AFTER UPDATE OF status, limits ON account FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status OR old.limits::jsonb IS DISTINCT FROM new.limits::jsonb) EXECUTE FUNCTION tell_row_changed('account', 'id');
CREATE TRIGGER tell_payer_change AFTER UPDATE OF limits ON account FOR EACH ROW EXECUTE FUNCTION tell_payer_changed();
-- tenants: insert, select, update on account

create table account_member (
  platform_id bigint not null,
  account_id bigint not null,
  user_id text not null,
  created_at timestamp with time zone not null default now(),
  constraint account_member_pkey PRIMARY KEY (account_id, user_id),
  constraint account_member_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint account_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth."user"(id) ON DELETE CASCADE
);
CREATE INDEX account_member_user ON public.account_member USING btree (user_id);
-- tenants: delete, insert, select on account_member

create table api_key (
  id bigint not null,
  platform_id bigint not null,
  account_id bigint not null,
  hash bytea not null,
  preview text not null,
  name text not null,
  status text not null default 'active'::text,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  minute_start timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  day_start timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  month_start timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  minute_requests bigint not null default 0,
  minute_tokens bigint not null default 0,
  previous_minute_requests bigint not null default 0,
  previous_minute_tokens bigint not null default 0,
  day_requests bigint not null default 0,
  day_tokens bigint not null default 0,
  day_spent bigint not null default 0,
  month_requests bigint not null default 0,
  month_tokens bigint not null default 0,
  month_spent bigint not null default 0,
  total_spent bigint not null default 0,
  open_holds bigint not null default 0,
  limits limit_set not null default '{}'::jsonb,
  scopes key_scopes not null default '{call}'::text[],
  models key_models,
  addresses key_addresses,
  is_test boolean not null default false,
  slow_hash slow_hash,
  rotated_at timestamp with time zone,
  read_at timestamp with time zone,
  constraint api_key_pkey PRIMARY KEY (id),
  constraint api_key_hash_key UNIQUE (hash),
  constraint api_key_platform_id_id_key UNIQUE (platform_id, id),
  constraint api_key_hash_check CHECK (length(hash) = 32),
  constraint api_key_never_below_zero CHECK (LEAST(minute_requests, minute_tokens, previous_minute_requests, previous_minute_tokens, day_requests, day_tokens, day_spent, month_requests, month_tokens, month_spent, total_spent, open_holds) >= 0),
  constraint api_key_status_check CHECK (status = ANY (ARRAY['active'::text, 'revoked'::text]))
) with (fillfactor=60);
CREATE INDEX api_key_account ON public.api_key USING btree (platform_id, account_id);
CREATE INDEX api_key_preview ON public.api_key USING btree (platform_id, preview);
CREATE CONSTRAINT TRIGGER api_key_account AFTER INSERT OR UPDATE OF platform_id, account_id ON api_key NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION refers_to_account();
CREATE TRIGGER tell_key_change AFTER DELETE OR UPDATE OF status, expires_at, limits, account_id, hash, slow_hash, scopes, models, addresses ON api_key FOR EACH ROW EXECUTE FUNCTION tell_row_changed('key', 'id');
-- tenants: insert, select, update on api_key

create table audit_entry (
  id bigint not null,
  platform_id bigint,
  at timestamp with time zone not null default clock_timestamp(),
  actor_kind text not null,
  actor_id text,
  actor text not null,
  action text not null,
  subject text,
  reason text,
  before jsonb,
  after jsonb,
  request_id text,
  constraint audit_entry_pkey PRIMARY KEY (id),
  constraint audit_entry_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint audit_entry_action_check CHECK (action ~ '^[a-z_]+\.[a-z_]+$'::text),
  constraint audit_entry_actor_kind_check CHECK (actor_kind = ANY (ARRAY['user'::text, 'token'::text, 'key'::text, 'operator'::text, 'system'::text]))
);
CREATE INDEX audit_entry_platform ON public.audit_entry USING btree (platform_id, id);
CREATE INDEX audit_entry_subject ON public.audit_entry USING btree (platform_id, subject, id) WHERE (subject IS NOT NULL);
CREATE TRIGGER audit_entry_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- tenants: insert, select on audit_entry

create table call (
  id uuid not null,
  leg smallint not null,
  outcome text not null,
  streamed boolean not null,
  estimated boolean not null,
  status smallint not null,
  platform_id bigint not null,
  account_id bigint not null,
  wallet_id bigint not null,
  key_id bigint,
  product_id bigint not null,
  price_id bigint not null,
  upstream_id bigint,
  held bigint not null,
  price bigint not null,
  charge bigint not null,
  wallet_version bigint,
  held_at timestamp with time zone not null,
  settled_at timestamp with time zone not null,
  input bigint not null,
  output bigint not null,
  cached_input bigint not null,
  other jsonb,
  first_byte_ms integer,
  latency_ms integer,
  error_code text,
  constraint call_pkey PRIMARY KEY (id, leg),
  constraint call_charge_moves_wallet CHECK ((outcome = 'settled'::text OR price = 0) AND (charge > 0) = (wallet_version IS NOT NULL) AND COALESCE(wallet_version, 1::bigint) > 0),
  constraint call_never_below_zero CHECK (LEAST(held, charge, price - charge, input, output, cached_input, status::bigint, (599 - status)::bigint) >= 0),
  constraint call_outcome_check CHECK (outcome = ANY (ARRAY['settled'::text, 'released'::text, 'expired'::text]))
) partition by RANGE (id);
CREATE INDEX call_account ON ONLY public.call USING btree (account_id, id);
-- tenants: select on call

create table call_body (
  call_id uuid not null,
  platform_id bigint not null,
  account_id bigint not null,
  http_status smallint not null,
  request bytea,
  request_bytes bigint not null,
  request_cut boolean not null,
  answer bytea,
  answer_type text,
  answer_bytes bigint not null,
  answer_cut boolean not null,
  kept_until timestamp with time zone not null,
  constraint call_body_pkey PRIMARY KEY (call_id),
  constraint call_body_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint call_body_answer_bytes_check CHECK (answer_bytes >= 0),
  constraint call_body_answer_check CHECK (octet_length(answer) <= (65536 + 64)),
  constraint call_body_request_bytes_check CHECK (request_bytes >= 0),
  constraint call_body_request_check CHECK (octet_length(request) <= (65536 + 64))
);
CREATE INDEX call_body_age ON public.call_body USING btree (kept_until);
-- tenants: select on call_body

-- view call_usage
--   id uuid
--   platform_id bigint
--   account_id bigint
--   hour timestamp with time zone
--   key_id bigint
--   product_id bigint
--   unit text
--   outcome text
--   input bigint
--   output bigint
--   cached_input bigint
--   other_tokens bigint
--   price bigint
--   charge bigint
-- tenants: select on call_usage

create table dropped_calls (
  day date not null,
  wallet_id bigint not null,
  key_id bigint not null,
  calls bigint not null,
  charge numeric not null,
  movements bigint not null,
  versions numeric not null,
  constraint dropped_calls_pkey PRIMARY KEY (day, wallet_id, key_id),
  constraint dropped_calls_calls_check CHECK (calls > 0),
  constraint dropped_calls_charge_check CHECK (charge >= 0::numeric),
  constraint dropped_calls_check CHECK (movements >= 0 AND movements <= calls),
  constraint dropped_calls_check1 CHECK (versions >= movements::numeric)
);

-- view entry
--   platform_id bigint
--   unit text
--   kind text
--   call_id uuid
--   transfer_id bigint
--   wallet_id bigint
--   system text
--   version bigint
--   amount bigint
--   at timestamp with time zone
-- tenants: select on entry

create table hold (
  id uuid not null,
  leg smallint not null,
  platform_id bigint not null,
  account_id bigint not null,
  wallet_id bigint not null,
  key_id bigint,
  product_id bigint not null,
  price_id bigint not null,
  replica_id bigint not null,
  amount bigint not null,
  tokens bigint not null,
  held_at timestamp with time zone not null,
  constraint hold_pkey PRIMARY KEY (id, leg),
  constraint hold_amount_check CHECK (amount >= 0),
  constraint hold_leg_check CHECK (leg >= 0),
  constraint hold_tokens_check CHECK (tokens >= 0)
) partition by RANGE (id);
-- tenants: select on hold

create table idempotency_record (
  platform_id bigint not null,
  account_id bigint not null,
  route text not null,
  key text not null,
  fingerprint bytea not null,
  call_id uuid not null,
  earlier_call_ids uuid[] not null default '{}'::uuid[],
  claimed_at timestamp with time zone not null default clock_timestamp(),
  concluded_at timestamp with time zone,
  content_type text,
  answer bytea,
  constraint idempotency_record_pkey PRIMARY KEY (account_id, route, key),
  constraint idempotency_record_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint idempotency_record_answer_check CHECK (octet_length(answer) <= (1048576 + 64)),
  constraint idempotency_record_check CHECK ((answer IS NULL) = (content_type IS NULL)),
  constraint idempotency_record_check1 CHECK (answer IS NULL OR concluded_at IS NOT NULL),
  constraint idempotency_record_fingerprint_check CHECK (length(fingerprint) = 32),
  constraint idempotency_record_key_check CHECK (length(key) >= 1 AND length(key) <= 255),
  constraint idempotency_record_route_check CHECK (length(route) >= 1 AND length(route) <= 100)
) with (fillfactor=80);
CREATE INDEX idempotency_record_age ON public.idempotency_record USING btree (claimed_at);

create table idempotent_act (
  platform_id bigint,
  owner text not null,
  key text not null,
  fingerprint bytea not null,
  status smallint not null,
  answer bytea not null,
  at timestamp with time zone not null default now(),
  constraint idempotent_act_platform_id_owner_key_key UNIQUE NULLS NOT DISTINCT (platform_id, owner, key),
  constraint idempotent_act_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint idempotent_act_fingerprint_check CHECK (length(fingerprint) = 32),
  constraint idempotent_act_key_check CHECK (length(key) >= 1 AND length(key) <= 255),
  constraint idempotent_act_owner_check CHECK (length(owner) >= 1 AND length(owner) <= 100),
  constraint idempotent_act_status_check CHECK (status >= 200 AND status <= 299)
);
CREATE INDEX idempotent_act_age ON public.idempotent_act USING btree (at);
-- tenants: delete, insert, select on idempotent_act

create table instance (
  is_only boolean not null default true,
  key_proof bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint instance_pkey PRIMARY KEY (is_only),
  constraint instance_is_only_check CHECK (is_only)
);

create table invitation (
  id bigint not null,
  platform_id bigint not null,
  mail text not null,
  role text not null,
  account_id bigint,
  created_at timestamp with time zone not null default now(),
  constraint invitation_pkey PRIMARY KEY (id),
  constraint invitation_platform_id_id_key UNIQUE (platform_id, id),
  constraint invitation_platform_id_mail_account_id_key UNIQUE NULLS NOT DISTINCT (platform_id, mail, account_id),
  constraint invitation_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint invitation_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint invitation_check CHECK ((role = 'customer'::text) = (account_id IS NOT NULL)),
  constraint invitation_mail_check CHECK (mail = lower(mail) AND length(mail) >= 3 AND length(mail) <= 254),
  constraint invitation_role_check CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'support'::text, 'viewer'::text, 'customer'::text]))
);
CREATE INDEX invitation_mail ON public.invitation USING btree (mail);
-- tenants: delete, insert, select, update on invitation

create table issuer (
  id bigint not null,
  platform_id bigint,
  issuer text not null,
  jwks_url text not null,
  audience text,
  algorithms text[] not null,
  user_claim text not null default 'sub'::text,
  platform_claim text,
  plan_claim text,
  status text not null default 'active'::text,
  created_at timestamp with time zone not null default now(),
  constraint issuer_pkey PRIMARY KEY (id),
  constraint issuer_platform_id_issuer_key UNIQUE NULLS NOT DISTINCT (platform_id, issuer),
  constraint issuer_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint issuer_algorithms_check CHECK (cardinality(algorithms) > 0 AND algorithms <@ ARRAY['RS256'::text, 'RS384'::text, 'RS512'::text, 'PS256'::text, 'PS384'::text, 'PS512'::text, 'ES256'::text, 'ES384'::text, 'ES512'::text, 'EdDSA'::text]),
  constraint issuer_audience_check CHECK (length(audience) >= 1 AND length(audience) <= 500),
  constraint issuer_check CHECK (platform_claim IS NOT NULL OR platform_id IS NOT NULL AND audience IS NOT NULL),
  constraint issuer_issuer_check CHECK (length(issuer) >= 1 AND length(issuer) <= 500),
  constraint issuer_jwks_url_check CHECK (length(jwks_url) >= 1 AND length(jwks_url) <= 500),
  constraint issuer_plan_claim_check CHECK (length(plan_claim) >= 1 AND length(plan_claim) <= 200),
  constraint issuer_platform_claim_check CHECK (length(platform_claim) >= 1 AND length(platform_claim) <= 200),
  constraint issuer_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text])),
  constraint issuer_user_claim_check CHECK (length(user_claim) >= 1 AND length(user_claim) <= 200)
);
CREATE INDEX issuer_issuer ON public.issuer USING btree (issuer);
-- tenants: delete, insert, select, update on issuer

create table late_call (
  id uuid not null,
  sealed_in bigint,
  constraint late_call_pkey PRIMARY KEY (id)
);
CREATE INDEX late_call_sealed_in ON public.late_call USING btree (sealed_in, id);
-- tenants: select on late_call

create table month_usage (
  platform_id bigint not null,
  account_id bigint not null,
  product_id bigint not null,
  month_start timestamp with time zone not null,
  calls bigint not null default 0,
  quantities jsonb not null default '{}'::jsonb,
  constraint month_usage_pkey PRIMARY KEY (platform_id, account_id, product_id, month_start),
  constraint month_usage_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint month_usage_platform_id_product_id_fkey FOREIGN KEY (platform_id, product_id) REFERENCES product(platform_id, id),
  constraint month_usage_calls_check CHECK (calls >= 0),
  constraint month_usage_quantities_check CHECK (jsonb_typeof(quantities) = 'object'::text)
);
-- tenants: select on month_usage

-- view open_grant
--   platform_id bigint
--   wallet_id bigint
--   id bigint
--   remaining bigint
-- tenants: select on open_grant

create table operator (
  user_id text not null,
  created_at timestamp with time zone not null default now(),
  constraint operator_pkey PRIMARY KEY (user_id),
  constraint operator_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth."user"(id) ON DELETE CASCADE
);

create table outbox_mail (
  id bigint not null,
  platform_id bigint,
  recipient text not null,
  kind text not null,
  subject text not null,
  body text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  sent_at timestamp with time zone,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone,
  problem text,
  constraint outbox_mail_pkey PRIMARY KEY (id),
  constraint outbox_mail_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint outbox_mail_recipient_check CHECK (length(recipient) >= 3 AND length(recipient) <= 254)
);
CREATE INDEX outbox_mail_due ON public.outbox_mail USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX outbox_mail_platform ON public.outbox_mail USING btree (platform_id, id);
CREATE INDEX outbox_mail_recipient ON public.outbox_mail USING btree (recipient, created_at);
-- tenants: select on outbox_mail

create table package (
  id bigint not null,
  platform_id bigint not null,
  slug text not null,
  name text not null,
  unit text not null,
  amount bigint not null,
  bonus bigint not null default 0,
  prices price_set not null default '{}'::jsonb,
  sort_order integer not null default 0,
  active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  constraint package_pkey PRIMARY KEY (id),
  constraint package_platform_id_id_key UNIQUE (platform_id, id),
  constraint package_platform_id_slug_key UNIQUE (platform_id, slug),
  constraint package_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint package_platform_id_unit_fkey FOREIGN KEY (platform_id, unit) REFERENCES unit(platform_id, code),
  constraint package_amount_check CHECK (amount > 0),
  constraint package_bonus_check CHECK (bonus >= 0),
  constraint package_name_check CHECK (length(name) >= 1 AND length(name) <= 200),
  constraint package_slug_check CHECK (slug ~ '^[a-z][a-z0-9-]{1,62}$'::text)
);
-- tenants: insert, select, update on package

create table plan (
  id bigint not null,
  platform_id bigint not null,
  slug text not null,
  name text not null,
  limits limit_set not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  prices price_set not null default '{}'::jsonb,
  features text[] not null default '{}'::text[],
  key_count integer,
  trial_days integer not null default 0,
  grace_days integer not null default 0,
  sort_order integer not null default 0,
  active boolean not null default true,
  constraint plan_pkey PRIMARY KEY (id),
  constraint plan_platform_id_id_key UNIQUE (platform_id, id),
  constraint plan_platform_id_slug_key UNIQUE (platform_id, slug),
  constraint plan_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint plan_features_check CHECK (cardinality(features) <= 100),
  constraint plan_grace_days_check CHECK (grace_days >= 0 AND grace_days <= 365),
  constraint plan_key_count_check CHECK (key_count > 0),
  constraint plan_name_check CHECK (length(name) >= 1 AND length(name) <= 200),
  constraint plan_slug_check CHECK (slug ~ '^[a-z][a-z0-9-]{1,62}$'::text),
  constraint plan_trial_days_check CHECK (trial_days >= 0 AND trial_days <= 365)
);
CREATE TRIGGER tell_payer_change AFTER UPDATE OF limits ON plan FOR EACH ROW EXECUTE FUNCTION tell_payer_changed();
CREATE TRIGGER tell_plan_change AFTER UPDATE OF limits ON plan FOR EACH ROW WHEN (old.limits::jsonb IS DISTINCT FROM new.limits::jsonb) EXECUTE FUNCTION tell_row_changed('plan', 'id');
-- tenants: insert, select, update on plan

create table plan_allowance (
  platform_id bigint not null,
  plan_id bigint not null,
  unit text not null,
  per text not null,
  amount bigint not null,
  constraint plan_allowance_pkey PRIMARY KEY (plan_id, unit, per),
  constraint plan_allowance_platform_id_plan_id_fkey FOREIGN KEY (platform_id, plan_id) REFERENCES plan(platform_id, id),
  constraint plan_allowance_platform_id_unit_fkey FOREIGN KEY (platform_id, unit) REFERENCES unit(platform_id, code),
  constraint plan_allowance_amount_check CHECK (amount > 0),
  constraint plan_allowance_per_check CHECK (per = ANY (ARRAY['day'::text, 'month'::text, 'period'::text, 'once'::text]))
);
-- tenants: delete, insert, select, update on plan_allowance

create table platform (
  id bigint not null,
  slug text not null,
  name text not null,
  status text not null default 'active'::text,
  key_prefix text not null,
  default_unit text not null,
  time_zone text not null default 'UTC'::text,
  default_output_tokens integer not null default 4096,
  created_at timestamp with time zone not null default now(),
  opened_by_account_id bigint,
  opens_platforms boolean not null default false,
  key_scheme text not null default 'sha256'::text,
  currencies text[] not null default '{USD}'::text[],
  min_output_tokens integer not null default 256,
  cors_origins text[] not null default '{}'::text[],
  branding jsonb not null default '{}'::jsonb,
  domain text,
  domain_proof text,
  domain_verified_at timestamp with time zone,
  log_bodies text not null default 'off'::text,
  log_redact text[] not null default '{}'::text[],
  log_keep_days integer not null default 30,
  default_plan_id bigint,
  default_plan_since timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint platform_pkey PRIMARY KEY (id),
  constraint platform_slug_key UNIQUE (slug),
  constraint platform_id_default_plan_id_fkey FOREIGN KEY (id, default_plan_id) REFERENCES plan(platform_id, id),
  constraint platform_id_default_unit_fkey FOREIGN KEY (id, default_unit) REFERENCES unit(platform_id, code) DEFERRABLE INITIALLY DEFERRED,
  constraint platform_opened_by_account_id_fkey FOREIGN KEY (opened_by_account_id) REFERENCES account(id),
  constraint platform_branding_check CHECK (jsonb_typeof(branding) = 'object'::text),
  constraint platform_cors_origins_check CHECK (cardinality(cors_origins) <= 100),
  constraint platform_currencies_check CHECK (cardinality(currencies) >= 1 AND cardinality(currencies) <= 50),
  constraint platform_default_output_tokens_check CHECK (default_output_tokens > 0),
  constraint platform_domain_check CHECK (domain = lower(domain) AND length(domain) <= 253),
  constraint platform_domain_has_proof CHECK ((domain IS NULL) = (domain_proof IS NULL)),
  constraint platform_domain_is_verified CHECK (domain_verified_at IS NULL OR domain IS NOT NULL),
  constraint platform_key_prefix_check CHECK (length(key_prefix) >= 2 AND length(key_prefix) <= 20),
  constraint platform_key_scheme_check CHECK (key_scheme = ANY (ARRAY['sha256'::text, 'bcrypt'::text])),
  constraint platform_log_bodies_check CHECK (log_bodies = ANY (ARRAY['off'::text, 'errors'::text, 'all'::text])),
  constraint platform_log_keep_days_check CHECK (log_keep_days >= 1 AND log_keep_days <= 365),
  constraint platform_log_redact_check CHECK (cardinality(log_redact) <= 100),
  constraint platform_min_output_tokens_check CHECK (min_output_tokens > 0),
  constraint platform_slug_check CHECK (slug ~ '^[a-z][a-z0-9-]{1,62}$'::text),
  constraint platform_status_check CHECK (status = ANY (ARRAY['active'::text, 'suspended'::text]))
);
CREATE INDEX platform_opened_by ON public.platform USING btree (opened_by_account_id) WHERE (opened_by_account_id IS NOT NULL);
CREATE UNIQUE INDEX platform_domain ON public.platform USING btree (domain) WHERE (domain_verified_at IS NOT NULL);
CREATE TRIGGER tell_platform_change AFTER UPDATE ON platform FOR EACH ROW EXECUTE FUNCTION tell_row_changed('platform', 'id');
-- tenants: select, update on platform

create table platform_member (
  platform_id bigint not null,
  user_id text not null,
  role text not null,
  created_at timestamp with time zone not null default now(),
  constraint platform_member_pkey PRIMARY KEY (platform_id, user_id),
  constraint platform_member_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint platform_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth."user"(id) ON DELETE CASCADE,
  constraint platform_member_role_check CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'support'::text, 'viewer'::text]))
);
CREATE INDEX platform_member_user ON public.platform_member USING btree (user_id);
-- tenants: delete, insert, select, update on platform_member

create table price (
  id bigint not null,
  platform_id bigint not null,
  product_id bigint not null,
  unit text not null,
  version integer not null,
  valid_from timestamp with time zone not null default now(),
  valid_until timestamp with time zone,
  source text not null default 'manual'::text,
  kind text not null default 'sale'::text,
  tiering text,
  note text,
  created_at timestamp with time zone not null default now(),
  constraint price_pkey PRIMARY KEY (id),
  constraint price_platform_id_id_key UNIQUE (platform_id, id),
  constraint price_platform_id_product_id_kind_unit_version_key UNIQUE (platform_id, product_id, kind, unit, version),
  constraint price_platform_id_product_id_fkey FOREIGN KEY (platform_id, product_id) REFERENCES product(platform_id, id),
  constraint price_platform_id_unit_fkey FOREIGN KEY (platform_id, unit) REFERENCES unit(platform_id, code),
  constraint price_check CHECK (valid_until >= valid_from),
  constraint price_check1 CHECK (kind = 'sale'::text OR tiering IS NULL),
  constraint price_kind_check CHECK (kind = ANY (ARRAY['sale'::text, 'cost'::text])),
  constraint price_note_check CHECK (length(note) <= 500),
  constraint price_tiering_check CHECK (tiering = ANY (ARRAY['graduated'::text, 'volume'::text])),
  constraint price_version_check CHECK (version > 0)
);
CREATE UNIQUE INDEX price_last ON public.price USING btree (product_id, unit, kind) WHERE (valid_until IS NULL);
CREATE TRIGGER keep_price BEFORE DELETE OR UPDATE ON price FOR EACH ROW EXECUTE FUNCTION keep_price();
CREATE TRIGGER tell_added AFTER INSERT ON price REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON price REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_emptied AFTER TRUNCATE ON price FOR EACH STATEMENT EXECUTE FUNCTION tell_catalog_changed();
CREATE TRIGGER tell_removed AFTER DELETE ON price REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
-- tenants: insert, select, update on price

create table price_component (
  platform_id bigint not null,
  price_id bigint not null,
  component text not null,
  from_context_tokens bigint not null default 0,
  amount bigint not null,
  per bigint not null,
  from_month_quantity bigint not null default 0,
  constraint price_component_pkey PRIMARY KEY (platform_id, price_id, component, from_context_tokens, from_month_quantity),
  constraint price_component_platform_id_price_id_fkey FOREIGN KEY (platform_id, price_id) REFERENCES price(platform_id, id),
  constraint price_component_amount_check CHECK (amount >= 0),
  constraint price_component_component_check CHECK (component = ANY (ARRAY['input'::text, 'cached_input'::text, 'cache_write'::text, 'output'::text, 'reasoning'::text, 'input_audio'::text, 'output_audio'::text, 'input_image'::text, 'image'::text, 'second'::text, 'minute'::text, 'character'::text, 'request'::text])),
  constraint price_component_from_context_tokens_check CHECK (from_context_tokens >= 0),
  constraint price_component_from_month_quantity_check CHECK (from_month_quantity >= 0),
  constraint price_component_per_check CHECK (per > 0)
);
CREATE TRIGGER keep_price_component BEFORE DELETE OR UPDATE ON price_component FOR EACH ROW EXECUTE FUNCTION keep_price_component();
CREATE TRIGGER keep_price_whole AFTER INSERT ON price_component REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_price_whole();
CREATE TRIGGER tell_added AFTER INSERT ON price_component REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON price_component REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_emptied AFTER TRUNCATE ON price_component FOR EACH STATEMENT EXECUTE FUNCTION tell_catalog_changed();
CREATE TRIGGER tell_removed AFTER DELETE ON price_component REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
-- tenants: insert, select on price_component

create table price_draft (
  id bigint not null,
  platform_id bigint not null,
  product_id bigint not null,
  kind text not null default 'sale'::text,
  unit text not null,
  tiering text,
  components jsonb not null,
  source text not null default 'manual'::text,
  note text,
  created_at timestamp with time zone not null default now(),
  changed_at timestamp with time zone not null default now(),
  constraint price_draft_pkey PRIMARY KEY (id),
  constraint price_draft_platform_id_id_key UNIQUE (platform_id, id),
  constraint price_draft_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint price_draft_platform_id_product_id_fkey FOREIGN KEY (platform_id, product_id) REFERENCES product(platform_id, id),
  constraint price_draft_platform_id_unit_fkey FOREIGN KEY (platform_id, unit) REFERENCES unit(platform_id, code),
  constraint price_draft_components_check CHECK (jsonb_typeof(components) = 'array'::text),
  constraint price_draft_kind_check CHECK (kind = ANY (ARRAY['sale'::text, 'cost'::text])),
  constraint price_draft_note_check CHECK (length(note) <= 500),
  constraint price_draft_source_check CHECK (length(source) >= 1 AND length(source) <= 100),
  constraint price_draft_tiering_check CHECK (tiering = ANY (ARRAY['graduated'::text, 'volume'::text]))
);
CREATE INDEX price_draft_product ON public.price_draft USING btree (platform_id, product_id);
-- tenants: delete, insert, select, update on price_draft

create table product (
  id bigint not null,
  platform_id bigint not null,
  slug text not null,
  kind text not null,
  name text not null,
  owned_by text not null default 'farebox'::text,
  active boolean not null default true,
  context_tokens integer,
  max_output_tokens integer,
  estimate_factor numeric(6,3) not null default 1,
  created_at timestamp with time zone not null default now(),
  constraint product_pkey PRIMARY KEY (id),
  constraint product_platform_id_id_key UNIQUE (platform_id, id),
  constraint product_platform_id_slug_key UNIQUE (platform_id, slug),
  constraint product_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint product_context_tokens_check CHECK (context_tokens > 0),
  constraint product_estimate_factor_check CHECK (estimate_factor > 0::numeric),
  constraint product_kind_check CHECK (kind = ANY (ARRAY['chat'::text, 'completion'::text, 'embedding'::text, 'image'::text, 'speech'::text, 'transcription'::text, 'video'::text, 'moderation'::text, 'service'::text])),
  constraint product_max_output_tokens_check CHECK (max_output_tokens > 0),
  constraint product_slug_check CHECK (length(slug) >= 1 AND length(slug) <= 200)
);
CREATE TRIGGER tell_added AFTER INSERT ON product REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON product REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_emptied AFTER TRUNCATE ON product FOR EACH STATEMENT EXECUTE FUNCTION tell_catalog_changed();
CREATE TRIGGER tell_removed AFTER DELETE ON product REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
-- tenants: insert, select, update on product

create table product_resale (
  platform_id bigint not null,
  product_id bigint not null,
  seller_platform_id bigint not null,
  seller_product_id bigint not null,
  account_id bigint not null,
  constraint product_resale_pkey PRIMARY KEY (platform_id, product_id),
  constraint product_resale_platform_id_product_id_fkey FOREIGN KEY (platform_id, product_id) REFERENCES product(platform_id, id),
  constraint product_resale_seller_platform_id_account_id_fkey FOREIGN KEY (seller_platform_id, account_id) REFERENCES account(platform_id, id),
  constraint product_resale_seller_platform_id_seller_product_id_fkey FOREIGN KEY (seller_platform_id, seller_product_id) REFERENCES product(platform_id, id),
  constraint product_resale_check CHECK (seller_platform_id <> platform_id)
);
CREATE INDEX product_resale_account ON public.product_resale USING btree (account_id);
CREATE TRIGGER tell_added AFTER INSERT ON product_resale REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
-- tenants: insert, select on product_resale

create table product_route (
  platform_id bigint not null,
  product_id bigint not null,
  upstream_id bigint not null,
  upstream_model text not null,
  priority smallint not null default 0,
  constraint product_route_pkey PRIMARY KEY (platform_id, product_id, upstream_id),
  constraint product_route_platform_id_product_id_fkey FOREIGN KEY (platform_id, product_id) REFERENCES product(platform_id, id),
  constraint product_route_platform_id_upstream_id_fkey FOREIGN KEY (platform_id, upstream_id) REFERENCES upstream(platform_id, id)
);
CREATE TRIGGER tell_added AFTER INSERT ON product_route REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON product_route REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_emptied AFTER TRUNCATE ON product_route FOR EACH STATEMENT EXECUTE FUNCTION tell_catalog_changed();
CREATE TRIGGER tell_removed AFTER DELETE ON product_route REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
-- tenants: delete, insert, select, update on product_route

create table redemption (
  platform_id bigint not null,
  code_id bigint not null,
  use_no integer not null,
  account_id bigint not null,
  grant_id bigint not null,
  at timestamp with time zone not null,
  constraint redemption_pkey PRIMARY KEY (code_id, use_no),
  constraint redemption_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint redemption_platform_id_code_id_fkey FOREIGN KEY (platform_id, code_id) REFERENCES redemption_code(platform_id, id),
  constraint redemption_platform_id_grant_id_fkey FOREIGN KEY (platform_id, grant_id) REFERENCES wallet_grant(platform_id, id)
);
CREATE INDEX redemption_account ON public.redemption USING btree (code_id, account_id);
-- tenants: select on redemption

create table redemption_code (
  id bigint not null,
  platform_id bigint not null,
  hash bytea not null,
  preview text not null,
  unit text not null,
  amount bigint not null,
  package_id bigint,
  max_uses integer not null,
  uses integer not null default 0,
  once_per_account boolean not null default true,
  expires_at timestamp with time zone,
  status text not null default 'active'::text,
  note text,
  created_at timestamp with time zone not null default now(),
  constraint redemption_code_pkey PRIMARY KEY (id),
  constraint redemption_code_platform_id_hash_key UNIQUE (platform_id, hash),
  constraint redemption_code_platform_id_id_key UNIQUE (platform_id, id),
  constraint redemption_code_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint redemption_code_platform_id_package_id_fkey FOREIGN KEY (platform_id, package_id) REFERENCES package(platform_id, id),
  constraint redemption_code_platform_id_unit_fkey FOREIGN KEY (platform_id, unit) REFERENCES unit(platform_id, code),
  constraint redemption_code_amount_check CHECK (amount > 0),
  constraint redemption_code_check CHECK (uses >= 0 AND uses <= max_uses),
  constraint redemption_code_hash_check CHECK (length(hash) = 32),
  constraint redemption_code_max_uses_check CHECK (max_uses > 0),
  constraint redemption_code_note_check CHECK (length(note) >= 1 AND length(note) <= 200),
  constraint redemption_code_status_check CHECK (status = ANY (ARRAY['active'::text, 'revoked'::text]))
);
-- tenants: insert, select, update on redemption_code

create table replica (
  id bigint not null,
  host text not null,
  pid integer not null,
  started_at timestamp with time zone not null,
  lease_until timestamp with time zone not null,
  open_since uuid not null,
  ended_at timestamp with time zone,
  swept_at timestamp with time zone,
  asks_since uuid,
  constraint replica_pkey PRIMARY KEY (id),
  constraint replica_check CHECK (swept_at IS NULL OR ended_at IS NOT NULL)
);

create table retired_secret (
  hash bytea not null,
  platform_id bigint not null,
  key_id bigint not null,
  slow_hash slow_hash,
  preview text not null,
  ends_at timestamp with time zone not null,
  constraint retired_secret_pkey PRIMARY KEY (hash),
  constraint retired_secret_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint retired_secret_hash_check CHECK (length(hash) = 32)
);
CREATE INDEX retired_secret_key ON public.retired_secret USING btree (key_id);
CREATE CONSTRAINT TRIGGER retired_secret_key AFTER INSERT OR UPDATE OF platform_id, key_id ON retired_secret NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION refers_to_key();
-- tenants: delete, insert, select, update on retired_secret

create table schema_migration (
  name text not null,
  kind text not null,
  hash text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_migration_pkey PRIMARY KEY (name),
  constraint schema_migration_kind_check CHECK (kind = ANY (ARRAY['migration'::text, 'function'::text]))
);

create table seal_block (
  no bigint not null,
  kind text not null,
  format smallint not null,
  day date,
  from_call uuid,
  until_call uuid,
  from_transfer bigint,
  until_transfer bigint,
  row_count integer not null,
  marks bytea not null,
  rows_mac bytea not null,
  previous_mac bytea not null,
  mac bytea not null,
  sealed_at timestamp with time zone not null,
  constraint seal_block_pkey PRIMARY KEY (no),
  constraint seal_block_check CHECK (until_call > from_call),
  constraint seal_block_check1 CHECK (until_transfer > from_transfer),
  constraint seal_block_check2 CHECK (octet_length(marks) = (4 * row_count)),
  constraint seal_block_check3 CHECK ((kind = 'calls'::text) = (until_call IS NOT NULL)),
  constraint seal_block_check4 CHECK ((from_call IS NULL) = (until_call IS NULL)),
  constraint seal_block_check5 CHECK ((kind = 'transfers'::text) = (until_transfer IS NOT NULL)),
  constraint seal_block_check6 CHECK ((from_transfer IS NULL) = (until_transfer IS NULL)),
  constraint seal_block_check7 CHECK (day IS NOT NULL OR row_count = 0 OR kind = 'transfers'::text),
  constraint seal_block_format_check CHECK (format > 0),
  constraint seal_block_kind_check CHECK (kind = ANY (ARRAY['calls'::text, 'late_calls'::text, 'transfers'::text, 'drops'::text])),
  constraint seal_block_mac_check CHECK (octet_length(mac) = 32),
  constraint seal_block_no_check CHECK (no > 0),
  constraint seal_block_previous_mac_check CHECK (octet_length(previous_mac) = 32),
  constraint seal_block_row_count_check CHECK (row_count >= 0),
  constraint seal_block_rows_mac_check CHECK (octet_length(rows_mac) = 32)
);
CREATE INDEX seal_block_kind ON public.seal_block USING btree (kind, no);

create table subscription (
  account_id bigint not null,
  platform_id bigint not null,
  plan_id bigint not null,
  plan_since timestamp with time zone not null,
  currency text,
  anchor_at timestamp with time zone not null,
  period_start timestamp with time zone not null,
  period_end timestamp with time zone,
  grace_end timestamp with time zone,
  is_trial boolean not null default false,
  next_plan_id bigint,
  next_plan_at timestamp with time zone,
  next_is_free boolean not null default false,
  ended_at timestamp with time zone,
  tried_plan_ids bigint[] not null default '{}'::bigint[],
  constraint subscription_pkey PRIMARY KEY (account_id),
  constraint subscription_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint subscription_platform_id_next_plan_id_fkey FOREIGN KEY (platform_id, next_plan_id) REFERENCES plan(platform_id, id),
  constraint subscription_platform_id_plan_id_fkey FOREIGN KEY (platform_id, plan_id) REFERENCES plan(platform_id, id),
  constraint subscription_check CHECK (period_end > period_start),
  constraint subscription_check1 CHECK ((period_end IS NULL) = (grace_end IS NULL) AND grace_end >= period_end),
  constraint subscription_check2 CHECK ((next_plan_id IS NULL) = (next_plan_at IS NULL)),
  constraint subscription_check3 CHECK (period_end IS NOT NULL OR NOT is_trial),
  constraint subscription_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text)
);
CREATE INDEX subscription_plan ON public.subscription USING btree (platform_id, plan_id);
CREATE TRIGGER tell_payer_change AFTER INSERT OR UPDATE ON subscription FOR EACH ROW EXECUTE FUNCTION tell_payer_changed();
CREATE TRIGGER tell_subscription_change AFTER INSERT OR DELETE OR UPDATE ON subscription FOR EACH ROW EXECUTE FUNCTION tell_row_changed('account', 'account_id');
-- tenants: insert, select, update on subscription

create table tiered_call (
  id uuid not null,
  leg smallint not null,
  platform_id bigint not null,
  account_id bigint not null,
  product_id bigint not null,
  month_start timestamp with time zone not null,
  ordinal bigint not null,
  used_before jsonb not null,
  used_after jsonb not null,
  constraint tiered_call_pkey PRIMARY KEY (id, leg),
  constraint tiered_call_platform_id_account_id_product_id_month_start_o_key UNIQUE (platform_id, account_id, product_id, month_start, ordinal),
  constraint tiered_call_ordinal_check CHECK (ordinal > 0),
  constraint tiered_call_used_after_check CHECK (jsonb_typeof(used_after) = 'object'::text),
  constraint tiered_call_used_before_check CHECK (jsonb_typeof(used_before) = 'object'::text)
);
-- tenants: select on tiered_call

create table transfer (
  id bigint not null,
  platform_id bigint not null,
  unit text not null,
  kind text not null,
  amount bigint not null,
  from_system text,
  from_wallet_id bigint,
  from_wallet_version bigint,
  to_system text,
  to_wallet_id bigint,
  to_wallet_version bigint,
  grant_id bigint,
  call_id uuid,
  reference text not null,
  reason text,
  at timestamp with time zone not null,
  constraint transfer_pkey PRIMARY KEY (id),
  constraint transfer_platform_id_reference_key UNIQUE (platform_id, reference),
  constraint transfer_platform_id_grant_id_fkey FOREIGN KEY (platform_id, grant_id) REFERENCES wallet_grant(platform_id, id),
  constraint transfer_platform_id_unit_fkey FOREIGN KEY (platform_id, unit) REFERENCES unit(platform_id, code),
  constraint transfer_amount_check CHECK (amount > 0),
  constraint transfer_check CHECK ((from_system IS NULL) = (from_wallet_id IS NOT NULL)),
  constraint transfer_check1 CHECK ((to_system IS NULL) = (to_wallet_id IS NOT NULL)),
  constraint transfer_check2 CHECK ((from_wallet_id IS NULL) = (from_wallet_version IS NULL)),
  constraint transfer_check3 CHECK ((to_wallet_id IS NULL) = (to_wallet_version IS NULL)),
  constraint transfer_from_system_check CHECK (from_system = ANY (ARRAY['issued'::text, 'revenue'::text, 'deferred'::text, 'clearing'::text, 'promotions'::text, 'breakage'::text, 'overrun'::text, 'lost'::text, 'receivable'::text, 'usage'::text])),
  constraint transfer_kind_check CHECK (kind = ANY (ARRAY['grant'::text, 'expiry'::text, 'lost'::text, 'adjustment'::text, 'refund'::text, 'sale'::text, 'recognition'::text, 'chargeback'::text, 'repayment'::text, 'merge'::text])),
  constraint transfer_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 255),
  constraint transfer_to_system_check CHECK (to_system = ANY (ARRAY['issued'::text, 'revenue'::text, 'deferred'::text, 'clearing'::text, 'promotions'::text, 'breakage'::text, 'overrun'::text, 'lost'::text, 'receivable'::text, 'usage'::text]))
);
CREATE INDEX transfer_from_wallet ON public.transfer USING btree (from_wallet_id, id) WHERE (from_wallet_id IS NOT NULL);
CREATE INDEX transfer_to_wallet ON public.transfer USING btree (to_wallet_id, id) WHERE (to_wallet_id IS NOT NULL);
CREATE CONSTRAINT TRIGGER transfer_wallets AFTER INSERT OR UPDATE OF platform_id, from_wallet_id, to_wallet_id ON transfer NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION transfer_refers_to_wallets();
-- tenants: insert, select on transfer

create table unit (
  platform_id bigint not null,
  code text not null,
  scale smallint not null,
  constraint unit_pkey PRIMARY KEY (platform_id, code),
  constraint unit_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint unit_code_check CHECK (length(code) >= 1 AND length(code) <= 20),
  constraint unit_scale_check CHECK (scale >= 0 AND scale <= 12)
);
CREATE TRIGGER tell_unit_change AFTER INSERT OR DELETE OR UPDATE ON unit FOR EACH ROW EXECUTE FUNCTION tell_row_changed('platform', 'platform_id');
CREATE TRIGGER unit_stays BEFORE DELETE OR UPDATE OF platform_id, code ON unit FOR EACH ROW EXECUTE FUNCTION is_referred_to();
-- tenants: insert, select on unit

create table upstream (
  id bigint not null,
  platform_id bigint not null,
  name text not null,
  base_url text not null,
  credential bytea,
  active boolean not null default true,
  first_byte_timeout_ms integer not null default 60000,
  idle_timeout_ms integer not null default 120000,
  created_at timestamp with time zone not null default now(),
  set_by text not null default 'operator'::text,
  constraint upstream_pkey PRIMARY KEY (id),
  constraint upstream_platform_id_id_key UNIQUE (platform_id, id),
  constraint upstream_platform_id_name_key UNIQUE (platform_id, name),
  constraint upstream_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint upstream_base_url_check CHECK (base_url ~ '^(https?://|demo:)'::text),
  constraint upstream_first_byte_timeout_ms_check CHECK (first_byte_timeout_ms > 0),
  constraint upstream_idle_timeout_ms_check CHECK (idle_timeout_ms > 0),
  constraint upstream_set_by_check CHECK (set_by = ANY (ARRAY['operator'::text, 'seller'::text]))
);
CREATE TRIGGER tell_added AFTER INSERT ON upstream REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON upstream REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
CREATE TRIGGER tell_emptied AFTER TRUNCATE ON upstream FOR EACH STATEMENT EXECUTE FUNCTION tell_catalog_changed();
CREATE TRIGGER tell_removed AFTER DELETE ON upstream REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_shelf_changed();
-- tenants: insert, select, update on upstream

create table usage_event (
  platform_id bigint not null,
  source text not null,
  id text not null,
  fingerprint bytea not null,
  account_id bigint not null,
  at timestamp with time zone not null,
  call_id uuid not null,
  claimed_at timestamp with time zone not null default clock_timestamp(),
  settling_at timestamp with time zone,
  constraint usage_event_pkey PRIMARY KEY (platform_id, source, id),
  constraint usage_event_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id),
  constraint usage_event_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES platform(id),
  constraint usage_event_fingerprint_check CHECK (length(fingerprint) = 32),
  constraint usage_event_id_check CHECK (length(id) >= 1 AND length(id) <= 255),
  constraint usage_event_source_check CHECK (length(source) >= 1 AND length(source) <= 500)
) with (fillfactor=80);
CREATE INDEX usage_event_call ON public.usage_event USING btree (platform_id, call_id);
-- tenants: select on usage_event

create table usage_of_account (
  platform_id bigint not null,
  account_id bigint not null,
  hour timestamp with time zone not null,
  key_id bigint not null,
  product_id bigint not null,
  unit text not null,
  outcome text not null,
  calls bigint not null,
  input numeric not null,
  output numeric not null,
  cached_input numeric not null,
  other_tokens numeric not null,
  price numeric not null,
  charge numeric not null,
  constraint usage_of_account_pkey PRIMARY KEY (account_id, hour, key_id, product_id, unit, outcome),
  constraint usage_of_account_calls_check CHECK (calls > 0)
);
CREATE INDEX usage_of_account_platform ON public.usage_of_account USING btree (platform_id, hour, product_id, outcome);
-- tenants: select on usage_of_account

create table usage_of_platform (
  platform_id bigint not null,
  hour timestamp with time zone not null,
  product_id bigint not null,
  unit text not null,
  outcome text not null,
  calls bigint not null,
  input numeric not null,
  output numeric not null,
  cached_input numeric not null,
  other_tokens numeric not null,
  price numeric not null,
  charge numeric not null,
  constraint usage_of_platform_pkey PRIMARY KEY (platform_id, hour, product_id, unit, outcome),
  constraint usage_of_platform_calls_check CHECK (calls > 0)
);
-- tenants: select on usage_of_platform

create table wallet (
  id bigint not null,
  platform_id bigint not null,
  account_id bigint not null,
  unit text not null,
  created_at timestamp with time zone not null default now(),
  next_change_at timestamp with time zone,
  version bigint not null default 0,
  balance bigint not null default 0,
  held bigint not null default 0,
  minute_start timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  day_start timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  month_start timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  minute_requests bigint not null default 0,
  minute_tokens bigint not null default 0,
  previous_minute_requests bigint not null default 0,
  previous_minute_tokens bigint not null default 0,
  day_requests bigint not null default 0,
  day_tokens bigint not null default 0,
  day_spent bigint not null default 0,
  month_requests bigint not null default 0,
  month_tokens bigint not null default 0,
  month_spent bigint not null default 0,
  total_spent bigint not null default 0,
  open_holds bigint not null default 0,
  undrawn bigint not null default 0,
  has_pinned boolean not null default false,
  constraint wallet_pkey PRIMARY KEY (id),
  constraint wallet_platform_id_account_id_unit_key UNIQUE (platform_id, account_id, unit),
  constraint wallet_platform_id_id_key UNIQUE (platform_id, id),
  constraint wallet_never_below_zero CHECK (LEAST(balance - held, held, version, undrawn, minute_requests, minute_tokens, previous_minute_requests, previous_minute_tokens, day_requests, day_tokens, day_spent, month_requests, month_tokens, month_spent, total_spent, open_holds) >= 0)
) with (fillfactor=60);
CREATE CONSTRAINT TRIGGER wallet_account AFTER INSERT OR UPDATE OF platform_id, account_id ON wallet NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION refers_to_account();
CREATE TRIGGER wallet_stays BEFORE DELETE OR UPDATE OF platform_id, id ON wallet FOR EACH ROW EXECUTE FUNCTION is_referred_to();
CREATE CONSTRAINT TRIGGER wallet_unit AFTER INSERT OR UPDATE OF platform_id, unit ON wallet NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION refers_to_unit();
-- tenants: insert, select, update on wallet

create table wallet_allowance (
  wallet_id bigint not null,
  per text not null,
  platform_id bigint not null,
  plan_id bigint not null,
  window_start timestamp with time zone not null,
  grant_id bigint not null,
  constraint wallet_allowance_pkey PRIMARY KEY (wallet_id, per),
  constraint wallet_allowance_platform_id_grant_id_fkey FOREIGN KEY (platform_id, grant_id) REFERENCES wallet_grant(platform_id, id)
);
-- tenants: insert, select, update on wallet_allowance

create table wallet_grant (
  id bigint not null,
  platform_id bigint not null,
  wallet_id bigint not null,
  source text not null,
  priority smallint not null default 0,
  granted bigint not null,
  remaining bigint not null,
  expires_at timestamp with time zone,
  pinned bigint,
  closed boolean not null default false,
  money_unit text,
  money_amount bigint not null default 0,
  reason text,
  created_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  constraint wallet_grant_pkey PRIMARY KEY (id),
  constraint wallet_grant_platform_id_id_key UNIQUE (platform_id, id),
  constraint wallet_grant_check CHECK (remaining <= granted),
  constraint wallet_grant_check1 CHECK (NOT closed OR remaining = 0),
  constraint wallet_grant_check2 CHECK (pinned IS NULL OR remaining <= pinned),
  constraint wallet_grant_granted_check CHECK (granted > 0),
  constraint wallet_grant_money_amount_check CHECK (money_amount >= 0),
  constraint wallet_grant_pinned_check CHECK (pinned >= 0),
  constraint wallet_grant_remaining_check CHECK (remaining >= 0),
  constraint wallet_grant_source_check CHECK (source = ANY (ARRAY['allowance'::text, 'purchase'::text, 'bonus'::text, 'refund'::text, 'adjustment'::text]))
) with (fillfactor=70);
CREATE INDEX wallet_grant_open ON public.wallet_grant USING btree (wallet_id) WHERE (NOT closed);
CREATE CONSTRAINT TRIGGER wallet_grant_wallet AFTER INSERT OR UPDATE OF platform_id, wallet_id ON wallet_grant NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION grant_refers_to_wallet();
-- tenants: insert, select, update on wallet_grant

create table wrong_code_count (
  account_id bigint not null,
  platform_id bigint not null,
  hour timestamp with time zone not null,
  wrong integer not null,
  constraint wrong_code_count_pkey PRIMARY KEY (account_id),
  constraint wrong_code_count_platform_id_account_id_fkey FOREIGN KEY (platform_id, account_id) REFERENCES account(platform_id, id)
);
-- tenants: select on wrong_code_count

-- function allowance_priority() returns smallint
-- function allowance_window(p_per text, p_at timestamp with time zone, p_anchor timestamp with time zone, p_zone text, OUT starts timestamp with time zone, OUT ends timestamp with time zone) returns record
-- function break_grant(p_platform bigint, p_wallet bigint, p_grant bigint, p_amount bigint, p_now timestamp with time zone) returns void
-- function call_id_at(at timestamp with time zone) returns uuid
-- function call_started_at(call_id uuid) returns timestamp with time zone
-- function calls_kept_since() returns timestamp with time zone
-- function claim_slots(p_row integer[], p_counter text[], p_wallet bigint[], p_key bigint[]) returns TABLE(ord bigint, slot integer, counter text, of_key boolean, owner_id bigint)
-- function correct_key_counters(p_key bigint[], p_platform bigint[], p_result text[], p_held bigint[], p_charge bigint[], p_tokens bigint[], p_hold_tokens bigint[], p_held_at timestamp with time zone[]) returns void
-- function count_holds(p_now timestamp with time zone, p_platform bigint[], p_wallet bigint[], p_key bigint[], p_tokens bigint[], p_granted bigint[], p_outcome text[]) returns void
-- function counters_used(p_now timestamp with time zone, p_row integer[], p_counter text[], p_wallet bigint[], p_key bigint[]) returns TABLE(slot integer, used bigint)
-- function draw_on_grants(p_wallet bigint) returns void
-- function draw_on_pinned(p_now timestamp with time zone, p_call uuid[], p_leg smallint[], p_result text[], p_charge bigint[], p_wallet bigint[]) returns void
-- function end_grant(p_now timestamp with time zone, p_platform bigint, p_grant bigint) returns boolean
-- function ensure_partitions(p_from timestamp with time zone, p_days integer) returns integer
-- function give_allowances(p_wallet wallet, p_plan bigint, p_anchor timestamp with time zone, p_now timestamp with time zone) returns timestamp with time zone
-- function grant_refers_to_wallet() returns trigger
-- function grant_value(p_now timestamp with time zone, p_grant bigint, p_platform bigint, p_wallet bigint, p_amount bigint, p_source text, p_priority smallint, p_expires_at timestamp with time zone, p_reference text, p_reason text, p_money_unit text, p_money_amount bigint) returns TABLE(grant_id bigint, created boolean, balance bigint)
-- function held_by(p_now timestamp with time zone, p_platform bigint[], p_id bigint[], p_tokens bigint[], p_granted bigint[], p_outcome text[]) returns TABLE(id bigint, amount bigint, requests bigint, tokens bigint, day timestamp with time zone, month timestamp with time zone)
-- function hold_batch(p_replica bigint, p_now timestamp with time zone, p_call uuid[], p_leg smallint[], p_platform bigint[], p_account bigint[], p_wallet bigint[], p_key bigint[], p_product bigint[], p_price bigint[], p_min bigint[], p_max bigint[], p_tokens bigint[], p_claim_row integer[], p_claim_counter text[], p_claim_amount bigint[], p_claim_cap bigint[]) returns TABLE(row_no integer, outcome text, granted bigint, available bigint, refused_claim integer, refused_leg integer, remaining bigint[], instant timestamp with time zone)
-- function hold_ordinary(p_replica bigint, p_now timestamp with time zone, p_platform bigint[], p_price bigint[], p_product bigint[], p_price_platform integer[], p_key bigint[], p_key_wallet integer[], p_key_platform integer[], p_key_requests bigint[], p_key_tokens bigint[], p_key_amount bigint[], p_key_set integer[], p_key_caps bigint[], p_wallet bigint[], p_account bigint[], p_wallet_platform integer[], p_wallet_requests bigint[], p_wallet_tokens bigint[], p_wallet_amount bigint[], p_wallet_set integer[], p_wallet_caps bigint[], p_call uuid[], p_call_wallet integer[], p_call_key integer[], p_call_price integer[], p_call_amount bigint[], p_call_tokens bigint[]) returns TABLE(wallets integer[], available bigint[], wallet_used bigint[], keys integer[], key_used bigint[], instant timestamp with time zone)
-- function is_domain_taken(p_domain text, p_platform bigint) returns boolean
-- function is_limit_set(limits jsonb) returns boolean
-- function is_price_set(prices jsonb) returns boolean
-- function is_referred_to() returns trigger
-- function keep_price() returns trigger
-- function keep_price_component() returns trigger
-- function keep_price_whole() returns trigger
-- function last_held_at(p_wallet bigint) returns timestamp with time zone
-- function lock_wallets_of(p_platform bigint, p_account bigint) returns timestamp with time zone
-- function move_grant(p_now timestamp with time zone, p_grant bigint, p_to bigint, p_as bigint, p_reason text) returns bigint
-- function other_tokens(p_other jsonb) returns bigint
-- function plan_at(p_platform bigint, p_account bigint, p_at timestamp with time zone, OUT plan_id bigint, OUT state text, OUT since timestamp with time zone, OUT until timestamp with time zone, OUT anchor_at timestamp with time zone, OUT period_start timestamp with time zone, OUT period_end timestamp with time zone, OUT next_plan_id bigint, OUT next_plan_at timestamp with time zone, OUT currency text, OUT tried_plan_ids bigint[]) returns record
-- function plan_changed(p_platform bigint, p_account bigint, p_now timestamp with time zone) returns void
-- function plans_changed(p_platform bigint) returns void
-- function put_grant(p_now timestamp with time zone, p_grant bigint, p_platform bigint, p_wallet bigint, p_amount bigint, p_source text, p_priority smallint, p_expires_at timestamp with time zone, p_reference text, p_reason text, p_money_unit text, p_money_amount bigint) returns bigint
-- function redeem_code(p_platform bigint, p_account bigint, p_hash bytea, p_most integer, OUT result text, OUT grant_id bigint, OUT unit text, OUT amount bigint, OUT balance bigint, OUT code_id bigint) returns record
-- function refers_to_account() returns trigger
-- function refers_to_key() returns trigger
-- function refers_to_unit() returns trigger
-- function refuse_change() returns trigger
-- function resale_source(p_account bigint, p_slug text, p_user text) returns TABLE(platform_id bigint, product_id bigint, account_id bigint, kind text, context_tokens integer, max_output_tokens integer)
-- function resolved_holds(p_owner bigint[], p_platform bigint[], p_result text[], p_held bigint[], p_charge bigint[], p_tokens bigint[], p_hold_tokens bigint[], p_held_at timestamp with time zone[]) returns TABLE(owner_id bigint, held bigint, charge bigint, tokens bigint, spent bigint, minute timestamp with time zone, day timestamp with time zone, month timestamp with time zone)
-- function roll_accounts_forward(p_platform bigint, p_accounts bigint[]) returns void
-- function roll_forward(p_wallet bigint, p_now timestamp with time zone) returns void
-- function row_id_at(p_at timestamp with time zone) returns bigint
-- function sealed_until() returns uuid
-- function set_default_plan(p_platform bigint, p_plan bigint) returns void
-- function settle_batch(p_now timestamp with time zone, p_call uuid[], p_leg smallint[], p_wallet bigint[], p_key bigint[], p_outcome text[], p_price bigint[], p_input bigint[], p_output bigint[], p_cached_input bigint[], p_other jsonb[], p_tokens bigint[], p_estimated boolean[], p_streamed boolean[], p_status smallint[], p_upstream bigint[], p_first_byte_ms integer[], p_latency_ms integer[], p_error_code text[]) returns TABLE(row_no integer, result text, charge bigint, available bigint, instant timestamp with time zone)
-- function settle_ordinary(p_now timestamp with time zone, p_key bigint[], p_wallet bigint[], p_first uuid, p_last uuid, p_call uuid[], p_call_wallet integer[], p_call_key integer[], p_charges integer[], p_outcome text[], p_price bigint[], p_input bigint[], p_output bigint[], p_cached_input bigint[], p_other jsonb[], p_tokens bigint[], p_estimated boolean[], p_streamed boolean[], p_status smallint[], p_upstream bigint[], p_first_byte_ms integer[], p_latency_ms integer[], p_error_code text[]) returns TABLE(wallets integer[], available bigint[])
-- function sliding_minute(p_start timestamp with time zone, p_minute timestamp with time zone, p_left_us bigint, p_current bigint, p_previous bigint) returns bigint
-- function take_value(p_now timestamp with time zone, p_platform bigint, p_wallet bigint, p_amount bigint, p_reference text, p_reason text) returns TABLE(outcome text, transfer_id bigint, balance bigint, available bigint)
-- function tell_catalog_changed() returns trigger
-- function tell_payer_changed() returns trigger
-- function tell_row_changed() returns trigger
-- function tell_shelf_changed() returns trigger
-- function tenant_account() returns bigint
-- function tenant_people() returns TABLE(user_id text, mail text, name text, role text, account_id bigint, created_at timestamp with time zone)
-- function tenant_platform() returns bigint
-- function transfer_refers_to_wallets() returns trigger
-- function window_start(p_window text, p_at timestamp with time zone, p_zone text) returns timestamp with time zone
