-- OTLP metrics: what senders counted themselves. Never billed (spans are); held against the spans to see how much of the
-- traffic they cover, because traces are sampled and metrics are not.
create table telemetry.otlp_metric_point (
  -- first 64 bits of sha256 over metric, resource and attributes
  series bigint not null,
  at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  -- start of the accumulation: a cumulative series that restarts gets a new one
  start_at timestamptz(3),
  metric text not null,
  -- input, output, cacheRead, cacheWrite, reasoning (tokens); duration, timeToFirst, timePerOutput (seconds)
  measure text not null,
  -- delta, cumulative or gauge
  temporality text not null,
  tenant text not null,
  service text,
  provider text not null,
  model text,
  operation text,
  -- counter or gauge value, or sum of a histogram
  value double precision not null,
  -- observations of a histogram
  count bigint,
  api_key_id uuid,
  constraint otlp_metric_point_pkey primary key (series, at)
);
create index otlp_metric_point_time on telemetry.otlp_metric_point (at);

-- What came through the OTLP door per minute and signal (traces, metrics, logs). Additive.
create table telemetry.otlp_count (
  minute timestamptz not null,
  signal text not null,
  received bigint not null default 0,
  stored bigint not null default 0,
  ignored bigint not null default 0,
  refused bigint not null default 0,
  constraint otlp_count_pkey primary key (minute, signal)
);
