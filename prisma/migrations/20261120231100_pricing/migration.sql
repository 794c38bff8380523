-- Managing prices: a second, imported book behind the base book, GPU rates that are never edited, and repricing.
alter table price_rule drop constraint price_rule_book;
alter table price_rule add constraint price_rule_book check (book in ('base', 'imported', 'workspace', 'tenant'));

alter table gpu_rate add column created_at timestamptz(3) not null default current_timestamp;
alter table gpu_rate add column superseded_at timestamptz(3);

-- What a rating was before a repricing changed it. The version that was known at an instant is the one with the
-- smallest `known_to` after it; without one, what the event says now. Goes with the raw rows.
create table telemetry.rating_history (
  version bigint generated always as identity constraint rating_history_pkey primary key,
  event_id text collate "C" not null,
  occurred_at timestamptz(3) not null,
  known_to timestamptz(3) not null,
  repricing_id uuid not null,
  pricing_state text not null,
  cost_nano bigint not null,
  saved_nano bigint not null,
  price_rule_id int,
  cost_lines jsonb
);
create index rating_history_event on telemetry.rating_history (occurred_at, event_id);

-- One repricing of a period. `cursor_*` moves in the transaction that does the piece before it, so a piece is done once.
create table telemetry.repricing (
  id uuid not null default gen_random_uuid() constraint repricing_pkey primary key,
  status text not null constraint repricing_status check (status in
    ('counting', 'ready', 'awaiting_approval', 'applying', 'done', 'cancelled', 'outdated')),
  status_reason text,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  tenant text,
  provider text,
  model text,
  note text not null,
  book_version text not null,
  time_zone text not null,
  threshold_nano bigint not null,
  events bigint,
  scanned bigint not null default 0,
  changed bigint not null default 0,
  old_nano bigint not null default 0,
  new_nano bigint not null default 0,
  -- sum of |new - old|: what approval is decided by, so that rises and falls do not hide each other
  moved_nano bigint not null default 0,
  applied bigint not null default 0,
  applied_delta_nano bigint not null default 0,
  cursor_at timestamptz(3),
  cursor_id text collate "C",
  created_at timestamptz(3) not null,
  created_by_id text not null,
  created_by_name text not null,
  requested_by_id text,
  requested_by_name text,
  approved_by_name text,
  ended_at timestamptz(3)
);
create index repricing_status_idx on telemetry.repricing (status);

-- The dry run, added up. Days are of the workspace zone.
create table telemetry.repricing_diff (
  repricing_id uuid not null constraint repricing_diff_job references telemetry.repricing (id) on delete cascade,
  day date not null,
  tenant text not null,
  provider text not null,
  model text not null,
  changed bigint not null,
  newly_priced bigint not null,
  newly_unpriced bigint not null,
  old_nano bigint not null,
  new_nano bigint not null,
  constraint repricing_diff_pkey primary key (repricing_id, day, tenant, provider, model)
);
