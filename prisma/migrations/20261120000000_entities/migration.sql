-- Entities: what people create and edit. Mirrors prisma/schema.prisma; lib/db/drift.test.ts holds the two together.
create table workspace (
  id int not null default 1 constraint workspace_pkey primary key constraint workspace_single check (id = 1),
  name text not null,
  time_zone text not null default 'UTC',
  currency text not null default 'USD',
  demo boolean not null default false,
  tag_keys text[] default array[]::text[],
  otlp_mapping jsonb not null default '{}',
  raw_retention_days int not null default 35 constraint workspace_retention check (raw_retention_days between 1 and 3650),
  created_at timestamptz(3) not null default current_timestamp,
  updated_at timestamptz(3) not null
);

create table tenant (
  id text not null constraint tenant_pkey primary key,
  name text not null,
  discovered boolean not null default false,
  archived_at timestamptz(3),
  created_at timestamptz(3) not null default current_timestamp
);

create table app_user (
  id uuid not null default gen_random_uuid() constraint app_user_pkey primary key,
  email text not null,
  name text not null,
  role text not null constraint app_user_role check (role in ('viewer', 'analyst', 'lead', 'admin')),
  password_hash text,
  session_epoch int not null default 0,
  tenant_limited boolean not null default false,
  disabled_at timestamptz(3),
  last_sign_in_at timestamptz(3),
  created_at timestamptz(3) not null default current_timestamp,
  updated_at timestamptz(3) not null
);
create unique index app_user_email_key on app_user (email);

create table user_tenant (
  user_id uuid not null,
  tenant_id text not null,
  constraint user_tenant_pkey primary key (user_id, tenant_id),
  constraint user_tenant_user_id_fkey foreign key (user_id) references app_user (id) on delete cascade on update cascade,
  constraint user_tenant_tenant_id_fkey foreign key (tenant_id) references tenant (id) on delete restrict on update cascade
);

create table api_key (
  id uuid not null default gen_random_uuid() constraint api_key_pkey primary key,
  name text not null,
  prefix text not null,
  hash text not null,
  scopes text[],
  tenant_id text,
  created_by_id uuid,
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  created_at timestamptz(3) not null default current_timestamp,
  constraint api_key_tenant_id_fkey foreign key (tenant_id) references tenant (id) on delete restrict on update cascade,
  constraint api_key_created_by_id_fkey foreign key (created_by_id) references app_user (id) on delete set null on update cascade
);
create unique index api_key_hash_key on api_key (hash);

create table audit_event (
  seq bigint not null constraint audit_event_pkey primary key,
  at timestamptz(3) not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject text not null,
  data jsonb not null,
  prev_hash text not null,
  hash text not null
);
create index audit_event_subject_idx on audit_event (subject);

create table audit_head (
  id int not null default 1 constraint audit_head_pkey primary key constraint audit_head_single check (id = 1),
  seq bigint not null,
  hash text not null
);
insert into audit_head (id, seq, hash) values (1, 0, repeat('0', 64));

-- Append-only for everyone, the owner included: grants cannot stop an owner, a trigger can.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit_event is append-only';
end $$;
create trigger audit_event_append_only before update or delete or truncate on audit_event
  for each statement execute function refuse_audit_change();

create table saved_view (
  id uuid not null default gen_random_uuid() constraint saved_view_pkey primary key,
  owner_id uuid not null,
  name text not null,
  path text not null,
  query text not null,
  shared boolean not null default false,
  created_at timestamptz(3) not null default current_timestamp,
  constraint saved_view_owner_id_fkey foreign key (owner_id) references app_user (id) on delete cascade on update cascade
);
create unique index saved_view_owner_id_path_name_key on saved_view (owner_id, path, name);

create table price_rule (
  id serial constraint price_rule_pkey primary key,
  book text not null constraint price_rule_book check (book in ('base', 'workspace', 'tenant')),
  tenant_id text,
  provider text not null,
  model text not null,
  match jsonb not null,
  state text not null default 'priced' constraint price_rule_state check (state in ('priced', 'free')),
  prices jsonb not null,
  effective_from timestamptz(3),
  effective_to timestamptz(3),
  source text not null,
  created_at timestamptz(3) not null default current_timestamp,
  superseded_at timestamptz(3)
);
create index price_rule_provider_model_idx on price_rule (provider, model);

create table gpu_rate (
  id serial constraint gpu_rate_pkey primary key,
  gpu_type text not null,
  commitment text not null default 'on-demand',
  usd_per_hour decimal(38, 9) not null,
  effective_from timestamptz(3),
  effective_to timestamptz(3),
  source text not null
);

create table pool (
  id text not null constraint pool_pkey primary key,
  name text not null,
  model text not null,
  engine text not null,
  simulated boolean not null default false,
  created_at timestamptz(3) not null default current_timestamp
);

create table node (
  id text not null constraint node_pkey primary key,
  pool_id text not null,
  gpu_type text not null,
  gpu_count int not null,
  region text,
  commitment text not null default 'on-demand',
  simulated boolean not null default false,
  created_at timestamptz(3) not null default current_timestamp,
  constraint node_pool_id_fkey foreign key (pool_id) references pool (id) on delete restrict on update cascade
);

-- The workspace row always exists: settings are edited, never created.
insert into workspace (id, name, updated_at) values (1, 'Headroom', now());
