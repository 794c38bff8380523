-- Latency benchmarks of endpoints, and every request that they sent. Mirrors prisma/schema.prisma.
create table benchmark (
  id uuid not null default gen_random_uuid(),
  name text not null,
  status text not null,
  reason text,
  order_document json not null,
  price json,
  cap_nano bigint,
  simulated boolean not null,
  summary json,
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  created_by_id text not null,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  constraint benchmark_pkey primary key (id),
  constraint benchmark_status check (status in ('queued', 'running', 'done', 'stopped', 'failed', 'cancelled'))
);
create index benchmark_status_created_at_idx on benchmark (status, created_at);

create table benchmark_sample (
  benchmark_id uuid not null,
  seq integer not null,
  connect_ms double precision,
  ttft_ms double precision,
  total_ms double precision not null,
  tokens_in integer not null,
  tokens_out integer not null,
  model text,
  from_cache boolean not null,
  cost_nano bigint,
  error text,
  at timestamptz(3) not null,
  constraint benchmark_sample_pkey primary key (benchmark_id, seq),
  constraint benchmark_sample_benchmark_id_fkey foreign key (benchmark_id) references benchmark (id) on delete cascade on update cascade
);
