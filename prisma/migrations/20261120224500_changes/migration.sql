-- Change requests, their approvals and evidence, and the rollouts that carry them out. Mirrors prisma/schema.prisma.
create sequence change_number_seq;
create table change (
  id uuid not null default gen_random_uuid(),
  number int not null default nextval('change_number_seq'),
  title text not null,
  rationale text not null,
  status text not null constraint change_status check (status in ('draft', 'in_review', 'approved', 'scheduled', 'suspended',
    'executing', 'promoted', 'rolled_back', 'failed_preflight', 'rejected', 'cancelled', 'expired')),
  status_reason text,
  since timestamptz(3) not null,
  content json not null,
  content_hash text not null,
  author_id text not null,
  author_name text not null,
  contributors text[],
  open_request_for_changes boolean not null default false,
  quorum int not null constraint change_quorum check (quorum > 0),
  restart_class text not null constraint change_restart_class check (restart_class in ('instant', 'warm', 'cold')),
  four_bit boolean not null default false,
  restore_sec int not null,
  predicted_saving json,
  scheduled_at timestamptz(3),
  review_owed boolean not null default false,
  break_glass json,
  blast_domains text[],
  tenants text[],
  version int not null default 1,
  created_at timestamptz(3) not null,
  constraint change_pkey primary key (id)
);
alter sequence change_number_seq owned by change.number;
create unique index change_number_key on change (number);
create index change_status_since_idx on change (status, since);

create table change_approval (
  change_id uuid not null,
  user_id text not null,
  user_name text not null,
  content_hash text not null,
  comment text,
  at timestamptz(3) not null,
  constraint change_approval_pkey primary key (change_id, user_id, content_hash),
  constraint change_approval_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade
);

create table change_comment (
  id uuid not null default gen_random_uuid(),
  change_id uuid not null,
  author_id text not null,
  author_name text not null,
  -- comment, ask_changes, reject or review (owed after break-glass)
  kind text not null,
  text text not null,
  at timestamptz(3) not null,
  constraint change_comment_pkey primary key (id),
  constraint change_comment_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade
);
create index change_comment_change_id_at_idx on change_comment (change_id, at);

create table change_evidence (
  id uuid not null default gen_random_uuid(),
  change_id uuid not null,
  kind text not null,
  passed boolean not null,
  content_hash text not null,
  summary text not null,
  data json not null,
  at timestamptz(3) not null,
  constraint change_evidence_pkey primary key (id),
  constraint change_evidence_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade
);
create index change_evidence_change_id_at_idx on change_evidence (change_id, at);

create table change_freeze (
  id uuid not null default gen_random_uuid(),
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  reason text not null,
  created_by_id text not null,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  constraint change_freeze_pkey primary key (id),
  constraint change_freeze_order check (ends_at > starts_at)
);
create index change_freeze_ends_at_idx on change_freeze (ends_at);

create table rollout (
  id uuid not null default gen_random_uuid(),
  change_id uuid not null,
  phase text not null,
  state json not null,
  plan json not null,
  -- Highest number of rollout_command: a tick that has not seen it does not count.
  commands int not null default 0,
  -- Fences: rises when another controller takes over.
  epoch bigint not null default 0,
  lease_holder text,
  lease_until timestamptz(3),
  next_tick_at timestamptz(3),
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  constraint rollout_pkey primary key (id),
  constraint rollout_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade
);
create unique index rollout_change_id_key on rollout (change_id);
create index rollout_next_tick_at_idx on rollout (next_tick_at);

-- At most one executing rollout per blast domain: whoever is second cannot insert.
create table blast_lock (
  domain text not null,
  rollout_id uuid not null,
  taken_at timestamptz(3) not null,
  constraint blast_lock_pkey primary key (domain),
  constraint blast_lock_rollout_id_fkey foreign key (rollout_id) references rollout (id) on delete restrict on update cascade
);
create index blast_lock_rollout_id_idx on blast_lock (rollout_id);

create table rollout_target (
  rollout_id uuid not null,
  target_id uuid not null,
  -- Order of the waves, from 0.
  position int not null,
  capable boolean not null,
  -- The bytes that it ran, and the bytes with the change: stored once, never rendered again.
  stable_hash text,
  final_hash text,
  constraint rollout_target_pkey primary key (rollout_id, target_id),
  constraint rollout_target_rollout_id_fkey foreign key (rollout_id) references rollout (id) on delete restrict on update cascade,
  constraint rollout_target_target_id_fkey foreign key (target_id) references target (id) on delete restrict on update cascade
);

create table rollout_tick (
  rollout_id uuid not null,
  seq int not null,
  at timestamptz(3) not null,
  facts json not null,
  decision json not null,
  constraint rollout_tick_pkey primary key (rollout_id, seq),
  constraint rollout_tick_rollout_id_fkey foreign key (rollout_id) references rollout (id) on delete restrict on update cascade
);

create table rollout_command (
  rollout_id uuid not null,
  number int not null,
  kind text not null constraint rollout_command_kind check (kind in ('pause', 'resume', 'promote', 'abort', 'supersede')),
  by_id text not null,
  by_name text not null,
  reason text not null,
  at timestamptz(3) not null,
  constraint rollout_command_pkey primary key (rollout_id, number),
  constraint rollout_command_rollout_id_fkey foreign key (rollout_id) references rollout (id) on delete restrict on update cascade
);

-- Outbox: what people are to hear of. Written in the transaction of the change itself.
create sequence change_notice_id_seq;
create table change_notice (
  id bigint not null default nextval('change_notice_id_seq'),
  change_id uuid not null,
  kind text not null,
  data json not null,
  created_at timestamptz(3) not null,
  delivered_at timestamptz(3),
  constraint change_notice_pkey primary key (id),
  constraint change_notice_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade
);
alter sequence change_notice_id_seq owned by change_notice.id;
create index change_notice_delivered_at_idx on change_notice (delivered_at);

alter table workspace add column change_quorum int not null default 1;
alter table app_user add column may_break_glass boolean not null default false;
