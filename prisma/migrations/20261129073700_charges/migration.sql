-- What was charged, by day of the workspace zone: one row per meter and unit price. Outlives the raw rows, adds up to the
-- rollups. Rows of a month whose statement is locked are never taken away: what changes afterwards is a further row, a correction.
create table telemetry.charge (
  id bigint generated always as identity constraint charge_pkey primary key,
  day_from timestamptz not null,
  day_to timestamptz not null,
  tenant text not null,
  endpoint text not null,
  route text not null,
  provider text not null,
  model text not null,
  pool text not null,
  region text not null,
  meter text not null,
  unit_price text not null,
  -- [[reason, factor]], as it stands in cost_lines
  factors text not null,
  price_rule_id int,
  correction boolean not null,
  quantity bigint not null,
  cost_nano bigint not null,
  requests bigint not null,
  successes bigint not null,
  recorded_at timestamptz(3) not null
);
create index charge_day on telemetry.charge (day_from, tenant);
