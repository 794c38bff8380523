-- GPU cost terms: what GPUs were bought on, what comes on top, who pays for idle. Effective-dated, never edited.
create table gpu_term (
  id uuid not null default gen_random_uuid() constraint gpu_term_pkey primary key,
  kind text not null constraint gpu_term_kind check (kind in ('reserved', 'owned', 'line', 'energy', 'idle', 'sharing')),
  -- Shape: lib/allocation/schemas.ts.
  terms jsonb not null,
  effective_from timestamptz(3),
  effective_to timestamptz(3),
  note text not null,
  created_by text not null,
  created_at timestamptz(3) not null default current_timestamp,
  withdrawn_at timestamptz(3)
);
create index gpu_term_kind_idx on gpu_term (kind);

insert into gpu_term (kind, terms, note, created_by) values ('energy',
  '{"kind": "energy", "region": null, "pue": "1.3", "usdPerKwh": "0.10", "kgCo2PerKwh": "0.35"}',
  'Headroom default, typical of 2026; replace it with your building and your grid', 'Headroom');

-- One hour of all GPUs. `wanted` is the hash of what it should be worked out from, `done` of what it was: they differ while
-- it is new, data came late or terms changed.
create table telemetry.gpu_hour (
  hour timestamptz(3) not null constraint gpu_hour_pkey primary key,
  wanted bigint not null,
  done bigint,
  revision int not null default 0,
  computed_at timestamptz(3),
  -- How much the last restatement moved: sum of |new - old| over tenants and pools.
  moved_nano bigint not null default 0
);
create index gpu_hour_pending on telemetry.gpu_hour (hour desc) where done is distinct from wanted;

-- A pool's bill of an hour, and what nobody is charged for.
create table telemetry.gpu_pool_hour (
  hour timestamptz(3) not null,
  pool text not null,
  method text not null,
  idle_mode text not null,
  busy_nano bigint not null,
  idle_nano bigint not null,
  -- [{name, nano}]: host, network, storage, overhead
  lines jsonb not null,
  other_nano bigint not null,
  unallocated_busy_nano bigint not null,
  unallocated_idle_nano bigint not null,
  unallocated_other_nano bigint not null,
  busy_gpu_ms bigint not null,
  idle_gpu_ms bigint not null,
  energy_mj bigint not null,
  unallocated_energy_mj bigint not null,
  carbon_mg bigint not null,
  unallocated_carbon_mg bigint not null,
  constraint gpu_pool_hour_pkey primary key (hour, pool)
);

-- Who pays what of it.
create table telemetry.gpu_allocation (
  hour timestamptz(3) not null,
  pool text not null,
  tenant text not null,
  endpoint text not null,
  requests bigint not null,
  uncached_tokens bigint not null,
  cached_tokens bigint not null,
  decode_tokens bigint not null,
  busy_nano bigint not null,
  idle_nano bigint not null,
  other_nano bigint not null,
  busy_gpu_ms bigint not null,
  energy_mj bigint not null,
  carbon_mg bigint not null,
  constraint gpu_allocation_pkey primary key (hour, pool, tenant, endpoint)
);

-- Of no pool: committed GPU-hours that nobody ran, parts of shared hosts that nobody holds.
create table telemetry.gpu_cost_line (
  hour timestamptz(3) not null,
  kind text not null,
  subject text not null,
  gpu_ms bigint not null,
  nano bigint not null,
  constraint gpu_cost_line_pkey primary key (hour, kind, subject)
);

-- Weights of work of a pool, fitted on the seven days before a UTC day and used for its hours.
create table telemetry.gpu_work_fit (
  pool text not null,
  day date not null,
  -- Readings of the window when it was fitted: more of them, and it is fitted again.
  samples bigint not null,
  uncached double precision not null,
  cached double precision not null,
  decode double precision not null,
  kv_token_second double precision not null,
  r2 double precision,
  rmse double precision not null,
  relative_error double precision,
  observations int not null,
  constraint gpu_work_fit_pkey primary key (pool, day)
);
