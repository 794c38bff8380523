-- Telemetry: append-only facts. Raw SQL only (lib/telemetry); Prisma does not look into this schema.
create schema telemetry;

-- Who owns an event id. One row per id for ever (within retention), so that one id can never be charged twice,
-- whatever time it carries the second time. Ids that start with time (ULID, UUIDv7) keep this index fast.
create table telemetry.event_identity (
  id text collate "C" not null constraint event_identity_pkey primary key,
  occurred_at timestamptz(3) not null,
  content_hash bigint not null
);
create index event_identity_time on telemetry.event_identity using brin (occurred_at);

-- Raw events in daily partitions (UTC), dropped whole by retention. No unique index: event_identity decides.
create table telemetry.event (
  id text collate "C" not null,
  occurred_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  tenant text not null,
  endpoint text not null,
  feature text,
  route text,
  provider text not null,
  model_requested text not null,
  model_served text not null,
  gateway text,
  pool text,
  node text,
  region text,
  engine text,
  precision text,
  lane text not null,
  request_id text not null,
  attempt int not null,
  final boolean not null,
  action_id text,
  action_step text,
  status text not null,
  error_class text,
  cache_layer text not null,
  cache_hit boolean not null,
  cache_similarity real,
  stream boolean not null,
  input bigint not null,
  cache_read bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  audio_in bigint not null,
  audio_out bigint not null,
  image bigint not null,
  reasoning bigint not null,
  queue_ms double precision,
  ttft_ms double precision,
  latency_ms double precision,
  prefill_ms double precision,
  decode_ms double precision,
  variant text not null,
  generation int,
  request_hash text,
  prefix_hash text,
  service_tier text,
  batch boolean not null,
  shadow boolean not null,
  duplicate boolean not null,
  first_of_action boolean not null,
  tags jsonb not null,
  dialect text not null,
  usage_raw jsonb,
  token_mismatch int,
  provider_cost_nano bigint,
  api_key_id uuid,
  pricing_state text not null,
  cost_nano bigint not null,
  saved_nano bigint not null,
  price_rule_id int,
  -- [{m: meter, q: quantity, u: unit price, f: [[reason, factor]], n: nano}]: "explain this cost" reads it back
  cost_lines jsonb
) partition by range (occurred_at);
create index event_time on telemetry.event (occurred_at);
create index event_request on telemetry.event (request_id);
create index event_action on telemetry.event (action_id) where action_id is not null;

-- First sighting of an action, so that an action is counted once.
create table telemetry.action (
  id text collate "C" not null,
  tenant text not null,
  first_at timestamptz(3) not null,
  constraint action_pkey primary key (tenant, id)
);
create index action_time on telemetry.action using brin (first_at);

-- Same request again within a 5-minute window. A hint, not money: unlogged, pruned after an hour.
create unlogged table telemetry.request_fingerprint (
  fingerprint bigint not null constraint request_fingerprint_pkey primary key,
  seen_at timestamptz(3) not null
);

-- Quality and business results, joined later by request or action.
create table telemetry.outcome (
  id text collate "C" not null constraint outcome_pkey primary key,
  occurred_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  tenant text,
  endpoint text,
  request_id text,
  action_id text,
  kpi text not null,
  value double precision not null,
  label text,
  content_hash bigint not null
);
create index outcome_time on telemetry.outcome (occurred_at);
create index outcome_request on telemetry.outcome (request_id) where request_id is not null;
create index outcome_action on telemetry.outcome (action_id) where action_id is not null;

-- One reading of one GPU node. Counters are deltas since the previous reading of that node.
create table telemetry.node_sample (
  node text not null,
  at timestamptz(3) not null,
  pool text not null,
  engine text,
  model text,
  gpu_count int not null,
  interval_sec double precision not null,
  -- 0..1; engine_active is preferred for waste claims, gpu_util means "some kernel ran"
  engine_active double precision,
  gpu_util double precision,
  memory_used_mib double precision,
  memory_total_mib double precision,
  kv_cache_usage double precision,
  running double precision,
  waiting double precision,
  prompt_tokens double precision,
  cached_tokens double precision,
  generated_tokens double precision,
  preemptions double precision,
  power_watts double precision,
  energy_mj double precision,
  -- gpu_count × interval × rate, split by activity at write time; integer nano-USD
  busy_gpu_ms bigint not null,
  idle_gpu_ms bigint not null,
  busy_nano bigint not null,
  idle_nano bigint not null,
  extra jsonb,
  constraint node_sample_pkey primary key (node, at)
);
create index node_sample_time on telemetry.node_sample (at);

-- What could not be stored, with the reason and the payload, ready to be replayed.
create table telemetry.dead_letter (
  id bigint generated always as identity constraint dead_letter_pkey primary key,
  received_at timestamptz(3) not null,
  source text not null,
  code text not null,
  field text,
  reason text not null,
  event_id text,
  tenant text,
  payload jsonb not null,
  replayed_at timestamptz(3),
  replay_result text
);
create index dead_letter_time on telemetry.dead_letter (received_at desc);

-- Counters of the ingest door per minute: completeness asks them. Additive.
create table telemetry.ingest_count (
  minute timestamptz not null,
  tenant text not null,
  accepted bigint not null default 0,
  stored bigint not null default 0,
  duplicates bigint not null default 0,
  conflicts bigint not null default 0,
  rejected bigint not null default 0,
  late bigint not null default 0,
  mismatched bigint not null default 0,
  constraint ingest_count_pkey primary key (minute, tenant)
);

-- Make the partition of one UTC day. Safe to call from any number of workers at once.
create function telemetry.ensure_event_partition(day date) returns void language plpgsql as $$
declare
  part text := 'event_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass('telemetry.' || part) is null then
    perform pg_advisory_xact_lock(hashtext('telemetry.event_partition'));
    if to_regclass('telemetry.' || part) is null then
      execute format('create table telemetry.%I partition of telemetry.event for values from (%L) to (%L)',
        part, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
    end if;
  end if;
end $$;
