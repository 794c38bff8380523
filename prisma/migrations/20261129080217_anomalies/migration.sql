-- What was unusual without anybody having asked, and how far the search has come.
create table anomaly (
  id uuid not null default gen_random_uuid() constraint anomaly_pkey primary key,
  metric text not null,
  direction text not null,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  impact_nano bigint not null,
  score double precision not null,
  -- Where: tenant × endpoint × model, dearest first. Shape: lib/alerts/anomaly/schemas.ts.
  parts jsonb not null,
  -- What changed. Same file.
  causes jsonb not null,
  -- expected or real; null: nobody has said.
  feedback text,
  feedback_by text,
  feedback_at timestamptz(3),
  note text,
  found_at timestamptz(3) not null
);
create unique index anomaly_metric_direction_from_at_key on anomaly (metric, direction, from_at);
create index anomaly_from_at_idx on anomaly (from_at);

-- One row: who searches now, and up to where all hours were searched.
create table anomaly_scan (
  id int not null default 1 constraint anomaly_scan_pkey primary key,
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  scanned_to timestamptz(3)
);
insert into anomaly_scan (id) values (1);
