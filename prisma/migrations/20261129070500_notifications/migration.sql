-- Notifications: the outbox, where they go, and what became of every delivery. Mirrors prisma/schema.prisma.
-- States and invariants: lib/notifications/README.md.
create table notification (
  id bigserial not null,
  dedupe_key text not null,
  source text not null,
  kind text not null,
  severity text not null,
  title text not null,
  body text not null,
  path text not null,
  labels json not null,
  tenants text[] default array[]::text[],
  group_key text not null,
  incident_key text,
  incident_state text,
  facts json not null,
  at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  routed_at timestamptz(3),
  quiet boolean not null default false,
  constraint notification_pkey primary key (id)
);
-- One effect per transition, for ever: whoever is second writes nothing.
create unique index notification_dedupe_key_key on notification (dedupe_key);
create index notification_routed_at_id_idx on notification (routed_at, id);
create index notification_incident_key_id_idx on notification (incident_key, id);
create index notification_created_at_idx on notification (created_at);

create table notification_channel (
  id uuid not null default gen_random_uuid(),
  name text not null,
  kind text not null,
  config json not null,
  secrets json not null,
  tenants text[] default array[]::text[],
  enabled boolean not null default true,
  fallback_id uuid,
  version integer not null default 1,
  failures integer not null default 0,
  failing_since timestamptz(3),
  failing_number integer not null default 0,
  last_success_at timestamptz(3),
  last_failure_at timestamptz(3),
  last_error text,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  constraint notification_channel_pkey primary key (id),
  constraint notification_channel_fallback_id_fkey foreign key (fallback_id) references notification_channel (id)
    on delete set null on update cascade
);
create unique index notification_channel_name_key on notification_channel (name);

create table notification_routing (
  id integer not null default 1,
  version integer not null,
  document json not null,
  updated_by_name text not null,
  updated_at timestamptz(3) not null,
  constraint notification_routing_pkey primary key (id)
);

create table notification_silence (
  id uuid not null default gen_random_uuid(),
  matchers json not null,
  comment text not null,
  incident_key text,
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  created_by_id text not null,
  created_by_name text not null,
  created_at timestamptz(3) not null,
  ended_by_name text,
  constraint notification_silence_pkey primary key (id)
);
create index notification_silence_ends_at_idx on notification_silence (ends_at);

-- One notification on one route: waiting, sent or dropped, and why.
create table notification_item (
  notification_id bigint not null,
  route_id text not null,
  group_key text not null,
  status text not null,
  reason text,
  since timestamptz(3) not null,
  sent_at timestamptz(3),
  last_sent_at timestamptz(3),
  repeats integer not null default 0,
  escalations integer not null default 0,
  constraint notification_item_pkey primary key (notification_id, route_id),
  constraint notification_item_notification_id_fkey foreign key (notification_id) references notification (id)
    on delete cascade on update cascade
);
create index notification_item_status_idx on notification_item (status);
create index notification_item_group_key_last_sent_at_idx on notification_item (group_key, last_sent_at);

create table notification_delivery (
  id uuid not null default gen_random_uuid(),
  seq bigserial not null,
  channel_id uuid,
  channel_name text not null,
  channel_kind text not null,
  cause text not null,
  lane text not null,
  message_id text not null,
  title text not null,
  severity text not null,
  status text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz(3),
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  payload text,
  answer text,
  origin_id uuid,
  requested_by_name text,
  created_at timestamptz(3) not null,
  ended_at timestamptz(3),
  constraint notification_delivery_pkey primary key (id),
  constraint notification_delivery_channel_id_fkey foreign key (channel_id) references notification_channel (id)
    on delete set null on update cascade
);
create index notification_delivery_status_next_attempt_at_idx on notification_delivery (status, next_attempt_at);
create index notification_delivery_channel_id_seq_idx on notification_delivery (channel_id, seq);
create index notification_delivery_created_at_idx on notification_delivery (created_at);

-- Each notification reaches each channel once for each cause: the unique index says so, whatever a planner does.
create table notification_delivery_item (
  delivery_id uuid not null,
  notification_id bigint not null,
  channel_id uuid not null,
  cause text not null,
  constraint notification_delivery_item_pkey primary key (delivery_id, notification_id),
  constraint notification_delivery_item_delivery_id_fkey foreign key (delivery_id) references notification_delivery (id)
    on delete cascade on update cascade,
  constraint notification_delivery_item_notification_id_fkey foreign key (notification_id) references notification (id)
    on delete cascade on update cascade
);
create unique index notification_delivery_item_notification_id_channel_id_cause_key
  on notification_delivery_item (notification_id, channel_id, cause);

-- Written before anything is sent: an attempt without an outcome is one whose worker died, and its outcome is unknown.
create table notification_attempt (
  delivery_id uuid not null,
  number integer not null,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  outcome text,
  status_code integer,
  answer text,
  constraint notification_attempt_pkey primary key (delivery_id, number),
  constraint notification_attempt_delivery_id_fkey foreign key (delivery_id) references notification_delivery (id)
    on delete cascade on update cascade
);

create table notification_read (
  user_id uuid not null,
  notification_id bigint not null,
  constraint notification_read_pkey primary key (user_id, notification_id),
  constraint notification_read_notification_id_fkey foreign key (notification_id) references notification (id)
    on delete cascade on update cascade
);
