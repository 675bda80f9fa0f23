-- People, what they may do, and the record of what they did.

-- The role that speaks for one tenant: `src/db/sql/row-security.sql` says what it may see and
-- write. Roles belong to the server, so another database of it may have made it before.
do $$
begin
  if not exists (select from pg_roles where rolname = 'farebox_tenant') then
    begin
      create role farebox_tenant nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'this database user may not make roles. Let an administrator run: %',
          format('create role farebox_tenant nologin; grant farebox_tenant to %I;', current_user);
    end;
  end if;
  if not (select rolsuper from pg_roles where rolname = current_user)
    and not pg_has_role(current_user, 'farebox_tenant', 'member') then
    begin
      execute format('grant farebox_tenant to %I', current_user);
    exception when insufficient_privilege then
      raise exception 'this database user may not act as farebox_tenant. Let an administrator %',
        format('run: grant farebox_tenant to %I;', current_user);
    end;
  end if;
end $$;

-- Users are instance-wide. Names of tables and columns in here are better-auth's own.
create schema auth;

create table auth."user" (
  id text primary key,
  name text not null,
  email text not null unique check (email = lower(email)),
  "emailVerified" boolean not null default false,
  image text,
  "twoFactorEnabled" boolean default false,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);

create table auth.session (
  id text primary key,
  token text not null unique,
  "userId" text not null references auth."user" (id) on delete cascade,
  "expiresAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index user_sessions on auth.session ("userId");

create table auth.account (
  id text primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references auth."user" (id) on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  password text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now(),
  unique ("providerId", "accountId")
);
create index account_user on auth.account ("userId");

create table auth.verification (
  id text primary key,
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index verification_identifier on auth.verification (identifier);

create table auth."twoFactor" (
  id text primary key,
  secret text not null,
  "backupCodes" text not null,
  "userId" text not null references auth."user" (id) on delete cascade,
  verified boolean default true,
  "failedVerificationCount" int default 0,
  "lockedUntil" timestamptz
);
create index two_factor_user on auth."twoFactor" ("userId");
create index two_factor_secret on auth."twoFactor" (secret);

create table auth.passkey (
  id text primary key,
  name text,
  "publicKey" text not null,
  "userId" text not null references auth."user" (id) on delete cascade,
  "credentialID" text not null unique,
  counter int not null,
  "deviceType" text not null,
  "backedUp" boolean not null,
  transports text,
  aaguid text,
  "createdAt" timestamptz default now()
);
create index passkey_user on auth.passkey ("userId");

create table auth."rateLimit" (
  id text primary key default gen_random_uuid()::text,
  key text not null unique,
  count int not null,
  "lastRequest" bigint not null
);

-- Who runs the instance: an owner of every platform.
create table operator (
  user_id text primary key references auth."user" (id) on delete cascade,
  created_at timestamptz not null default now()
);

-- Who works for a platform.
create table platform_member (
  platform_id bigint not null references platform (id),
  user_id text not null references auth."user" (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'support', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (platform_id, user_id)
);
create index platform_member_user on platform_member (user_id);

-- Who may act for a customer.
create table account_member (
  platform_id bigint not null,
  account_id bigint not null,
  user_id text not null references auth."user" (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (account_id, user_id),
  foreign key (platform_id, account_id) references account (platform_id, id)
);
create index account_member_user on account_member (user_id);

-- What a program signs in with to work for a platform. Stored as an API key is: hash and preview.
create table access_token (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  name text not null check (length(name) between 1 and 100),
  role text not null check (role in ('owner', 'admin', 'support', 'viewer')),
  hash bytea not null unique check (length(hash) = 32),
  preview text not null,
  status text not null default 'active' check (status in ('active', 'revoked')),
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  unique (platform_id, id)
);

-- Every act of administration. Of the instance as a whole when there is no platform.
create table audit_entry (
  id bigint primary key,
  platform_id bigint references platform (id),
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null check (actor_kind in ('user', 'token', 'key', 'operator', 'system')),
  actor_id text,
  actor text not null,
  action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
  subject text,
  reason text,
  before jsonb,
  after jsonb,
  request_id text
);
create index audit_entry_platform on audit_entry (platform_id, id);
create index audit_entry_subject on audit_entry (platform_id, subject, id)
  where subject is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_entry_stays before update or delete or truncate on audit_entry
  for each statement execute function refuse_change();

-- The answer to an act that came with an Idempotency-Key, kept in the act's own transaction. Sealed
-- with the instance's key, since it may hold a secret that is shown once.
create table idempotent_act (
  platform_id bigint references platform (id),
  owner text not null check (length(owner) between 1 and 100),
  key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null check (length(fingerprint) = 32),
  status smallint not null check (status between 200 and 299),
  answer bytea not null,
  at timestamptz not null default now(),
  unique nulls not distinct (platform_id, owner, key)
);
create index idempotent_act_age on idempotent_act (at);

-- Mail that goes out, or would if there were a mail server: then it stays here to be read.
create table outbox_mail (
  id bigint primary key,
  platform_id bigint references platform (id),
  recipient text not null check (length(recipient) between 3 and 254),
  kind text not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  attempts int not null default 0,
  next_attempt_at timestamptz,
  problem text
);
create index outbox_mail_due on outbox_mail (next_attempt_at) where next_attempt_at is not null;
create index outbox_mail_platform on outbox_mail (platform_id, id);

alter view entry set (security_invoker = true);
alter view open_grant set (security_invoker = true);
