-- Targets: everything that takes configuration. Mirrors prisma/schema.prisma.
create table enrolment_token (
  id uuid not null default gen_random_uuid() constraint enrolment_token_pkey primary key,
  hash text not null,
  name text,
  connector text,
  environment text not null,
  pool_id text,
  max_uses int not null default 1 constraint enrolment_token_max_uses check (max_uses between 1 and 1000),
  uses int not null default 0 constraint enrolment_token_uses check (uses between 0 and max_uses),
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  created_by_id uuid,
  created_at timestamptz(3) not null default current_timestamp,
  constraint enrolment_token_lifetime check (expires_at <= created_at + interval '1 hour'),
  constraint enrolment_token_created_by_id_fkey foreign key (created_by_id) references app_user (id) on delete set null on update cascade
);
create unique index enrolment_token_hash_key on enrolment_token (hash);

create table target (
  id uuid not null default gen_random_uuid() constraint target_pkey primary key,
  name text not null,
  connector text not null,
  environment text not null,
  pool_id text,
  state text not null default 'active' constraint target_state check (state in ('active', 'quarantined', 'revoked')),
  state_reason text,
  state_at timestamptz(3) not null,
  simulated boolean not null default false,
  public_key jsonb not null,
  next_public_key jsonb,
  ingest_key_id uuid,
  enrolment_token_id uuid,
  enrolled_at timestamptz(3) not null,
  version text not null,
  capabilities text[],
  hardware jsonb,
  boot_id uuid,
  previous_boot_id uuid,
  boot_sent_at timestamptz(3),
  seq bigint not null default 0,
  last_seen_at timestamptz(3),
  health jsonb,
  running_generation int,
  running_hash text,
  effective_hash text,
  lease_epoch int,
  drift_polls int not null default 0,
  attempt_generation int,
  attempt_number int,
  desired_generation int,
  desired_hash text,
  desired_lease_ttl_sec int,
  desired_forced boolean not null default false,
  offered_generation int,
  offered_boot_id uuid,
  offered_seq bigint,
  offered_at timestamptz(3),
  key_serial int not null default 0,
  constraint target_pool_id_fkey foreign key (pool_id) references pool (id) on delete restrict on update cascade,
  constraint target_ingest_key_id_fkey foreign key (ingest_key_id) references api_key (id) on delete set null on update cascade
);
create unique index target_name_key on target (name);
create index target_environment_connector_idx on target (environment, connector);

-- The bytes that are ordered, once each: a thousand targets with one configuration share one row.
create table target_payload (
  hash text not null constraint target_payload_pkey primary key,
  connector text not null,
  payload text not null,
  created_at timestamptz(3) not null
);

create table target_desired (
  target_id uuid not null,
  generation int not null constraint target_desired_generation check (generation > 0),
  hash text not null,
  lease_ttl_sec int,
  forced boolean not null default false,
  reason text not null,
  created_by_kind text not null,
  created_by_id text not null,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  constraint target_desired_pkey primary key (target_id, generation),
  constraint target_desired_target_id_fkey foreign key (target_id) references target (id) on delete restrict on update cascade,
  constraint target_desired_hash_fkey foreign key (hash) references target_payload (hash) on delete restrict on update cascade
);

create table target_ack (
  target_id uuid not null,
  generation int not null,
  attempt int not null,
  boot_id uuid not null,
  hash text not null,
  status text not null,
  error text,
  at timestamptz(3) not null,
  constraint target_ack_pkey primary key (target_id, generation, attempt),
  constraint target_ack_target_id_fkey foreign key (target_id) references target (id) on delete restrict on update cascade
);
create index target_ack_target_id_hash_idx on target_ack (target_id, hash);

-- Which fleet servers listen, and since when without a gap: nobody is called offline who had nobody to talk to.
create table fleet_server (
  id uuid not null constraint fleet_server_pkey primary key,
  listening_since timestamptz(3) not null,
  beat_at timestamptz(3) not null
);

-- What was ordered is never rewritten; what ran is evidence.
create function target_desired_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'target_desired is append-only';
end $$;
create trigger target_desired_append_only before update on target_desired
  for each row execute function target_desired_is_append_only();
