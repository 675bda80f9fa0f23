-- What a seller sets on a platform, and who opened it.

alter table platform
  -- The customer, of another platform, that opened this one; null for the operator's own.
  add column opened_by_account_id bigint references account (id),
  -- Whether its customers may open platforms of their own.
  add column opens_platforms boolean not null default false,
  -- How its new keys are stored.
  add column key_scheme text not null default 'sha256' check (key_scheme in ('sha256', 'bcrypt')),
  add column currencies text[] not null default '{USD}'
    check (cardinality(currencies) between 1 and 50),
  -- The least output that a call may be bounded to by what its wallet holds.
  add column min_output_tokens int not null default 256 check (min_output_tokens > 0),
  add column cors_origins text[] not null default '{}' check (cardinality(cors_origins) <= 100),
  add column branding jsonb not null default '{}' check (jsonb_typeof(branding) = 'object'),
  -- Its own host name, its proof by DNS, and when that was last found.
  add column domain text check (domain = lower(domain) and length(domain) <= 253),
  add column domain_proof text,
  add column domain_verified_at timestamptz,
  -- Which requests and answers are kept, for how long, and what is blacked out in them.
  add column log_bodies text not null default 'off' check (log_bodies in ('off', 'errors', 'all')),
  add column log_redact text[] not null default '{}' check (cardinality(log_redact) <= 100),
  add column log_keep_days int not null default 30 check (log_keep_days between 1 and 365),
  add constraint platform_domain_has_proof check ((domain is null) = (domain_proof is null)),
  add constraint platform_domain_is_verified
    check (domain_verified_at is null or domain is not null);
-- A name belongs to who has shown that it is theirs; to claim it keeps nobody from that.
create unique index platform_domain on platform (domain) where domain_verified_at is not null;
create index platform_opened_by on platform (opened_by_account_id)
  where opened_by_account_id is not null;

-- Who is asked to join by mail, and has not been seen since: a member of the platform, or of an
-- account on it. Whoever shows that the address is theirs finds the membership made.
create table invitation (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  mail text not null check (mail = lower(mail) and length(mail) between 3 and 254),
  role text not null check (role in ('owner', 'admin', 'support', 'viewer', 'customer')),
  account_id bigint,
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique nulls not distinct (platform_id, mail, account_id),
  foreign key (platform_id, account_id) references account (platform_id, id),
  check ((role = 'customer') = (account_id is not null))
);
create index invitation_mail on invitation (mail);
