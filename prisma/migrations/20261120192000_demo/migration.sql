-- The simulated demo fleet: its calendar (fixed at the first start) and how far its telemetry has come.
create table telemetry.demo_fleet (
  id int not null default 1 constraint demo_fleet_pkey primary key check (id = 1),
  calendar jsonb not null,
  created_at timestamptz(3) not null,
  -- History is loaded from its end backwards: [history_at, history_to) is in.
  history_from timestamptz(3) not null,
  history_to timestamptz(3) not null,
  history_at timestamptz(3) not null,
  history_events bigint not null default 0,
  history_done_at timestamptz(3),
  -- Live telemetry is sent up to here.
  live_at timestamptz(3) not null
);
