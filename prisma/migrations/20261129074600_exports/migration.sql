-- Files that are made in the background. In the database, so that every replica can hand them out, with one lease and one expiry.
create table export_job (
  id uuid not null default gen_random_uuid() constraint export_job_pkey primary key,
  kind text not null,
  params json not null,
  status text not null constraint export_job_status check (status in ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')),
  reason text,
  done int not null default 0,
  total int,
  file_name text,
  content_type text,
  bytes bigint not null default 0,
  receipt json,
  owner_kind text not null,
  owner_id text not null,
  owner_name text not null,
  owner_role text not null,
  -- `*` or ids: what the file may hold
  tenants text[],
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  created_at timestamptz(3) not null,
  ended_at timestamptz(3),
  expires_at timestamptz(3)
);
create index export_job_status_created_at_idx on export_job (status, created_at);
create index export_job_owner_id_created_at_idx on export_job (owner_id, created_at);

create table export_chunk (
  job_id uuid not null,
  seq int not null,
  data bytea not null,
  constraint export_chunk_pkey primary key (job_id, seq),
  constraint export_chunk_job_id_fkey foreign key (job_id) references export_job (id) on update cascade on delete cascade
);
