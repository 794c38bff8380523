-- Rollups: exact sums per minute (kept 7 days), UTC hour (25 months) and day of the workspace zone.
-- Written by lib/metrics/apply-rollups.ts only, in the transaction that stores the events.

-- One id per combination of dimensions. `key` is the md5 of the values; '' is "not set".
create table telemetry.series (
  id int generated always as identity constraint series_pkey primary key,
  key uuid not null constraint series_key unique,
  tenant text not null default '',
  endpoint text not null default '',
  feature text not null default '',
  route text not null default '',
  provider text not null default '',
  model_requested text not null default '',
  model_served text not null default '',
  gateway text not null default '',
  pool text not null default '',
  node text not null default '',
  region text not null default '',
  engine text not null default '',
  precision text not null default '',
  lane text not null default '',
  variant text not null default '',
  generation text not null default '',
  action_step text not null default '',
  api_key_id text not null default '',
  tags text not null default ''
);

-- Dimensions that outgrew their cardinality budget: new values are counted as "(other)".
create table telemetry.series_overflow (
  dimension text not null constraint series_overflow_pkey primary key,
  folded bigint not null,
  last_at timestamptz(3) not null
);

-- The zone that day rows are built in, and from which day on they are complete.
create table telemetry.rollup_zone (
  id int not null default 1 constraint rollup_zone_pkey primary key constraint rollup_zone_one check (id = 1),
  time_zone text not null,
  days_from timestamptz not null
);

-- Null is 0: most columns of most rows are, and a null takes no room.
create table telemetry.rollup_minute (
  bucket timestamptz not null,
  series_id int not null,
  req_success bigint,
  req_error bigint,
  req_timeout bigint,
  req_oom bigint,
  req_rate_limited bigint,
  req_cancelled bigint,
  cost_success bigint,
  cost_error bigint,
  cost_timeout bigint,
  cost_oom bigint,
  cost_rate_limited bigint,
  cost_cancelled bigint,
  att_success bigint,
  att_error bigint,
  att_timeout bigint,
  att_oom bigint,
  att_rate_limited bigint,
  att_cancelled bigint,
  retries bigint,
  duplicates bigint,
  fallbacks bigint,
  streamed bigint,
  actions bigint,
  req_in_action bigint,
  cost_in_action bigint,
  req_priced bigint,
  req_free bigint,
  req_unpriced bigint,
  cost_served bigint,
  cost_retried bigint,
  cost_duplicate bigint,
  cost_waste bigint,
  cost_shadow bigint,
  tok_input bigint,
  tok_cache_read bigint,
  tok_cache_write_5m bigint,
  tok_cache_write_1h bigint,
  tok_output bigint,
  tok_reasoning bigint,
  tok_audio_in bigint,
  tok_audio_out bigint,
  images bigint,
  lookups_exact bigint,
  lookups_semantic bigint,
  lookups_retrieval bigint,
  lookups_embedding bigint,
  lookups_prefix bigint,
  hits_exact bigint,
  hits_semantic bigint,
  hits_retrieval bigint,
  hits_embedding bigint,
  hits_prefix bigint,
  saved_exact bigint,
  saved_semantic bigint,
  saved_retrieval bigint,
  saved_embedding bigint,
  saved_prefix bigint,
  cost_reported bigint,
  cost_matched bigint,
  token_mismatches bigint,
  events bigint,
  constraint rollup_minute_pkey primary key (bucket, series_id)
) with (fillfactor = 80);
create table telemetry.rollup_hour (like telemetry.rollup_minute, constraint rollup_hour_pkey primary key (bucket, series_id)) with (fillfactor = 80);
create table telemetry.rollup_day (like telemetry.rollup_minute, constraint rollup_day_pkey primary key (bucket, series_id)) with (fillfactor = 80);

-- Histograms apart, so that counts never read them. Encoding: lib/stats/histogram.ts; concatenation adds.
create table telemetry.histogram_minute (
  bucket timestamptz not null,
  series_id int not null,
  latency bytea,
  ttft bytea,
  queue bytea,
  tokens_in bytea,
  tokens_out bytea,
  tokens_per_second bytea,
  cost bytea,
  constraint histogram_minute_pkey primary key (bucket, series_id)
) with (fillfactor = 80, toast_tuple_target = 8160);
alter table telemetry.histogram_minute alter column latency set storage external;
alter table telemetry.histogram_minute alter column ttft set storage external;
alter table telemetry.histogram_minute alter column queue set storage external;
alter table telemetry.histogram_minute alter column tokens_in set storage external;
alter table telemetry.histogram_minute alter column tokens_out set storage external;
alter table telemetry.histogram_minute alter column tokens_per_second set storage external;
alter table telemetry.histogram_minute alter column cost set storage external;
create table telemetry.histogram_hour (like telemetry.histogram_minute including storage, constraint histogram_hour_pkey primary key (bucket, series_id)) with (fillfactor = 80, toast_tuple_target = 8160);
create table telemetry.histogram_day (like telemetry.histogram_minute including storage, constraint histogram_day_pkey primary key (bucket, series_id)) with (fillfactor = 80, toast_tuple_target = 8160);

-- GPU nodes. Averages are kept as time-weighted sums beside their weights (milliseconds).
create table telemetry.node_rollup_minute (
  bucket timestamptz not null,
  node text not null,
  pool text not null,
  engine text not null default '',
  region text not null default '',
  busy_gpu_ms bigint not null,
  idle_gpu_ms bigint not null,
  busy_nano bigint not null,
  idle_nano bigint not null,
  energy_mj double precision not null,
  metered_tokens double precision not null,
  generated_tokens double precision not null,
  generated_ms double precision not null,
  prompt_tokens double precision not null,
  cached_tokens double precision not null,
  preemptions double precision not null,
  memory_used double precision not null,
  memory_total double precision not null,
  kv_cache double precision not null,
  kv_cache_weight double precision not null,
  running double precision not null,
  running_weight double precision not null,
  waiting double precision not null,
  waiting_weight double precision not null,
  power double precision not null,
  power_weight double precision not null,
  samples bigint not null,
  constraint node_rollup_minute_pkey primary key (bucket, node, pool, engine, region)
) with (fillfactor = 80);
create table telemetry.node_rollup_hour (like telemetry.node_rollup_minute, constraint node_rollup_hour_pkey primary key (bucket, node, pool, engine, region)) with (fillfactor = 80);
create table telemetry.node_rollup_day (like telemetry.node_rollup_minute, constraint node_rollup_day_pkey primary key (bucket, node, pool, engine, region)) with (fillfactor = 80);
