-- Whose tokens are believed: identity providers of sellers, and those that the operator shares.

create table issuer (
  id bigint primary key,
  -- The seller whose customers it knows; none for one that all platforms accept.
  platform_id bigint references platform (id),
  issuer text not null check (length(issuer) between 1 and 500),
  jwks_url text not null check (length(jwks_url) between 1 and 500),
  -- Whom its tokens are for; null where it does not say, and then a claim must name the platform.
  audience text check (length(audience) between 1 and 500),
  algorithms text[] not null check (
    cardinality(algorithms) > 0 and algorithms <@ array[
      'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'
    ]),
  user_claim text not null default 'sub' check (length(user_claim) between 1 and 200),
  platform_claim text check (length(platform_claim) between 1 and 200),
  plan_claim text check (length(plan_claim) between 1 and 200),
  status text not null default 'active' check (status in ('active', 'disabled')),
  created_at timestamptz not null default now(),
  unique nulls not distinct (platform_id, issuer),
  check (platform_claim is not null or (platform_id is not null and audience is not null))
);
create index issuer_issuer on issuer (issuer);

-- How many mails an address was sent of late is asked before it is sent another one.
create index outbox_mail_recipient on outbox_mail (recipient, created_at);
