-- Suites of golden prompts, and their runs. Mirrors prisma/schema.prisma. A version of a suite is never changed.
create table evaluation_suite (
  id uuid not null default gen_random_uuid(),
  name text not null,
  description text not null,
  simulated boolean not null default false,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  constraint evaluation_suite_pkey primary key (id)
);
create unique index evaluation_suite_name_key on evaluation_suite (name);

create table evaluation_suite_version (
  suite_id uuid not null,
  version integer not null,
  cases json not null,
  tolerance json not null,
  message text not null,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  constraint evaluation_suite_version_pkey primary key (suite_id, version),
  constraint evaluation_suite_version_suite_id_fkey foreign key (suite_id) references evaluation_suite (id)
    on delete restrict on update cascade
);

create table evaluation_run (
  id uuid not null default gen_random_uuid(),
  suite_id uuid not null,
  suite_version integer not null,
  subject text not null,
  content_hash text not null,
  status text not null,
  reason text,
  baseline json not null,
  candidate json not null,
  judge json,
  cases integer not null,
  report json,
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  created_by_id text not null,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  constraint evaluation_run_pkey primary key (id),
  constraint evaluation_run_version_fkey foreign key (suite_id, suite_version)
    references evaluation_suite_version (suite_id, version) on delete restrict on update cascade
);
create index evaluation_run_status_created_at_idx on evaluation_run (status, created_at);
create index evaluation_run_subject_created_at_idx on evaluation_run (subject, created_at);

-- One answer each, however often a worker was killed: the key says so.
create table evaluation_result (
  run_id uuid not null,
  arm text not null,
  case_id text not null,
  passed boolean not null,
  checks json not null,
  answer text not null,
  error text,
  latency_ms integer not null,
  at timestamptz(3) not null,
  constraint evaluation_result_pkey primary key (run_id, arm, case_id),
  constraint evaluation_result_run_id_fkey foreign key (run_id) references evaluation_run (id)
    on delete restrict on update cascade
);
