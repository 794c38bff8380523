-- What signing in needs beside the entities. Raw SQL only (lib/auth); Prisma does not look into this schema.
create schema auth;

-- Tries per window. Keys are hashes of what is counted, so that no email or address is kept here.
-- Losing it in a crash costs nothing but the counts: unlogged.
create unlogged table auth.sign_in_try (
  key text not null constraint sign_in_try_pkey primary key,
  tries int not null,
  window_ends_at timestamptz(3) not null
);
create index sign_in_try_window on auth.sign_in_try (window_ends_at);

-- Which person an identity provider means. Bound at the first sign-in by verified email, by subject ever after,
-- so that an email that changes hands at the provider does not open somebody else's account.
create table auth.oidc_identity (
  issuer text not null,
  subject text not null,
  user_id uuid not null constraint oidc_identity_user_id_fkey references app_user (id) on delete cascade,
  linked_at timestamptz(3) not null,
  constraint oidc_identity_pkey primary key (issuer, subject),
  constraint oidc_identity_one_per_user unique (issuer, user_id)
);
