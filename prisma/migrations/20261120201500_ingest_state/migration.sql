-- How far the ingest workers are: everything that was accepted before complete_to is stored, or is a dead letter.
-- One row, written once a second while a worker runs; it stands still when all workers are gone.
create table telemetry.ingest_state (
  id int not null default 1 constraint ingest_state_pkey primary key check (id = 1),
  checked_at timestamptz(3) not null,
  complete_to timestamptz(3) not null
);
