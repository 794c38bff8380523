-- Outcomes and node samples have cursors of their own, so that one door that is closed does not hold up the others.
-- Null: where the history ends.
alter table telemetry.demo_fleet
  add column outcomes_at timestamptz(3),
  add column samples_at timestamptz(3);
