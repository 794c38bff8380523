-- What could be saved: runs of the advisor and their findings. Mirrors prisma/schema.prisma.
alter table change add column origin text;

create table advisor_run (
  id uuid not null default gen_random_uuid(),
  status text not null,
  reason text,
  step text not null default '',
  done integer not null default 0,
  total integer not null,
  found integer,
  summary json,
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  requested_by_id text not null,
  requested_by_name text not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  constraint advisor_run_pkey primary key (id),
  constraint advisor_run_status check (status in ('queued', 'running', 'done', 'failed'))
);
create index advisor_run_status_created_at_idx on advisor_run (status, created_at);

create table advisor_finding (
  id uuid not null default gen_random_uuid(),
  key text not null,
  lever text not null,
  state text not null,
  state_reason text,
  state_at timestamptz(3) not null,
  state_by_name text not null,
  dismissed_until timestamptz(3),
  document json not null,
  saving_low_nano bigint not null,
  saving_high_nano bigint not null,
  tenants text[],
  first_seen_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  last_run_id uuid not null,
  change_id uuid,
  constraint advisor_finding_pkey primary key (id),
  constraint advisor_finding_state check (state in ('open', 'dismissed', 'in_change', 'verified', 'gone')),
  constraint advisor_finding_last_run_id_fkey foreign key (last_run_id) references advisor_run (id) on delete restrict on update cascade,
  constraint advisor_finding_change_id_fkey foreign key (change_id) references change (id) on delete set null on update cascade
);
create unique index advisor_finding_key_key on advisor_finding (key);
create index advisor_finding_state_idx on advisor_finding (state);
create index advisor_finding_change_id_idx on advisor_finding (change_id);
