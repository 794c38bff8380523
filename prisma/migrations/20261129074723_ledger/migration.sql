-- Savings: what a change was expected to save, and what was measured. Mirrors prisma/schema.prisma.
create table ledger_entry (
  change_id uuid not null,
  content_hash text not null,
  prices_at timestamptz(3) not null,
  estimated_at timestamptz(3) not null,
  estimate_low_nano_usd bigint,
  estimate_high_nano_usd bigint,
  estimate_basis text not null,
  epoch bigint not null default 0,
  lease_until timestamptz(3),
  next_at timestamptz(3),
  constraint ledger_entry_pkey primary key (change_id),
  constraint ledger_entry_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade
);
create index ledger_entry_next_at_idx on ledger_entry (next_at);

create table ledger_measurement (
  change_id uuid not null,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  method text not null,
  final boolean not null,
  saving_nano_usd bigint,
  low_nano_usd bigint,
  high_nano_usd bigint,
  booked_nano_usd bigint not null,
  share double precision,
  low_share double precision,
  high_share double precision,
  treated_successes integer not null,
  control_successes integer not null,
  owned integer not null,
  note text,
  measured_at timestamptz(3) not null,
  constraint ledger_measurement_pkey primary key (change_id, from_at),
  constraint ledger_measurement_change_id_fkey foreign key (change_id) references ledger_entry (change_id) on delete restrict on update cascade
);
