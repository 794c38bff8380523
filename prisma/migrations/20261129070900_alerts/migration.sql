-- Alert rules, where they stand, and their incidents. Mirrors prisma/schema.prisma.
create table alert_rule (
  id uuid not null default gen_random_uuid(),
  name text not null,
  enabled boolean not null,
  version integer not null,
  definition json not null,
  pack_id text,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  updated_by_name text not null,
  updated_at timestamptz(3) not null,
  deleted_at timestamptz(3),
  evaluated_to timestamptz(3),
  evaluated_at timestamptz(3),
  next_at timestamptz(3),
  error text,
  epoch bigint not null default 0,
  lease_holder text,
  lease_until timestamptz(3),
  constraint alert_rule_pkey primary key (id)
);
create unique index alert_rule_pack_id_key on alert_rule (pack_id);
create index alert_rule_next_at_idx on alert_rule (next_at);

create table alert_rule_version (
  rule_id uuid not null,
  version integer not null,
  definition json not null,
  by_name text not null,
  at timestamptz(3) not null,
  constraint alert_rule_version_pkey primary key (rule_id, version),
  constraint alert_rule_version_rule_id_fkey foreign key (rule_id) references alert_rule (id) on delete restrict on update cascade
);

create table alert_instance (
  rule_id uuid not null,
  label_hash text not null,
  labels json not null,
  state json not null,
  phase text not null,
  value text,
  seen_at timestamptz(3),
  incident_id uuid,
  constraint alert_instance_pkey primary key (rule_id, label_hash),
  constraint alert_instance_rule_id_fkey foreign key (rule_id) references alert_rule (id) on delete restrict on update cascade
);

create table alert_incident (
  id uuid not null default gen_random_uuid(),
  rule_id uuid not null,
  rule_version integer not null,
  rule_name text not null,
  severity text not null,
  cause text not null,
  phase text not null,
  label_hash text not null,
  labels json not null,
  tenants text[],
  value text,
  worst text,
  worst_at timestamptz(3),
  threshold text not null,
  detail text,
  breached_since timestamptz(3) not null,
  opened_at timestamptz(3) not null,
  ended_at timestamptz(3),
  acknowledged_by_name text,
  resolved_by_name text,
  transitions integer not null,
  constraint alert_incident_pkey primary key (id),
  constraint alert_incident_rule_id_fkey foreign key (rule_id) references alert_rule (id) on delete restrict on update cascade
);
create index alert_incident_phase_opened_at_idx on alert_incident (phase, opened_at);
create index alert_incident_rule_id_opened_at_idx on alert_incident (rule_id, opened_at);
create index alert_incident_opened_at_idx on alert_incident (opened_at);

-- One effect each, however often an evaluator was killed: the key says so.
create table alert_transition (
  incident_id uuid not null,
  number integer not null,
  kind text not null,
  cause text not null,
  at timestamptz(3) not null,
  recorded_at timestamptz(3) not null,
  value text,
  by_name text,
  note text,
  constraint alert_transition_pkey primary key (incident_id, number),
  constraint alert_transition_incident_id_fkey foreign key (incident_id) references alert_incident (id)
    on delete restrict on update cascade
);

create table alert_comment (
  id uuid not null default gen_random_uuid(),
  incident_id uuid not null,
  by_name text not null,
  text text not null,
  at timestamptz(3) not null,
  constraint alert_comment_pkey primary key (id),
  constraint alert_comment_incident_id_fkey foreign key (incident_id) references alert_incident (id)
    on delete restrict on update cascade
);
create index alert_comment_incident_id_at_idx on alert_comment (incident_id, at);

-- What Headroom says about itself (lib/alerts/signals), once a minute: it is not usage, so no metric can answer it later.
create table telemetry.signal_minute (
  signal text not null,
  minute timestamptz not null,
  value double precision not null,
  detail text not null default '',
  constraint signal_minute_pkey primary key (signal, minute)
);
