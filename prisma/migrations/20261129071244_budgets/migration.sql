-- Budgets: what a scope may spend in a period, what became of each period, and what was said of it, once.
create table budget (
  id uuid not null default gen_random_uuid() constraint budget_pkey primary key,
  name text not null,
  -- MetricFilter[]: [] is everything. Shape: lib/alerts/budgets/schemas.ts.
  scope jsonb not null,
  -- Tenants that the scope names; empty: it holds numbers of all.
  tenants text[] default array[]::text[],
  amount numeric(38, 9) not null constraint budget_amount check (amount > 0),
  currency text not null,
  period jsonb not null,
  hard boolean not null default false,
  thresholds int[],
  -- Percent of the forecast; null: no word about forecasts.
  forecast_percent int,
  -- {at, template}: a change to draft at that percentage; null: none.
  draft jsonb,
  owner_id text not null,
  owner_name text not null,
  version int not null default 1,
  -- Evaluation: one worker at a time, by lease and epoch.
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  due_at timestamptz(3) not null,
  failed text,
  archived_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  updated_by text not null
);
create index budget_due_at_idx on budget (due_at);

-- One period of a budget, as last evaluated.
create table budget_period (
  budget_id uuid not null constraint budget_period_budget_id_fkey references budget (id) on delete cascade on update cascade,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  limit_nano bigint not null,
  spent_nano bigint not null,
  -- Since when gateways refuse what is in scope; null: they do not.
  capped_at timestamptz(3),
  -- Days, burn rates, forecast. Shape: lib/alerts/budgets/schemas.ts.
  reading jsonb not null,
  evaluated_at timestamptz(3) not null,
  constraint budget_period_pkey primary key (budget_id, from_at)
);

-- What was said. The unique index is the fence: a threshold is crossed once a period, whoever evaluates how often.
create table budget_event (
  id uuid not null default gen_random_uuid() constraint budget_event_pkey primary key,
  budget_id uuid not null constraint budget_event_budget_id_fkey references budget (id) on delete cascade on update cascade,
  period_from timestamptz(3) not null,
  -- actual:80, forecast:100, capped, released
  key text not null,
  kind text not null,
  percent int,
  at timestamptz(3) not null,
  spent_nano bigint not null,
  limit_nano bigint not null,
  text text not null,
  -- A change is to be drafted: open until change_id is there.
  draft_template text,
  change_id uuid,
  draft_failed text,
  -- The budget was raised and this is not reached any more: it may be reached again, with the next arming.
  rearmed_at timestamptz(3),
  arming int not null default 0
);
create unique index budget_event_budget_id_period_from_key_arming_key on budget_event (budget_id, period_from, key, arming);
create index budget_event_budget_id_at_idx on budget_event (budget_id, at);
