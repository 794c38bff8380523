-- A new day is made beside the events and then attached: "create … partition of" waits for every reader of events, and
-- while it waits nobody reads or writes them. Attaching holds back neither.
create or replace function telemetry.ensure_event_partition(day date) returns void language plpgsql as $$
declare
  part text := 'event_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass('telemetry.' || part) is null then
    perform pg_advisory_xact_lock(hashtext('telemetry.event_partition'));
    if to_regclass('telemetry.' || part) is null then
      execute format('create table telemetry.%I (like telemetry.event including all)', part);
      execute format('alter table telemetry.event attach partition telemetry.%I for values from (%L) to (%L)',
        part, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
    end if;
  end if;
end $$;
