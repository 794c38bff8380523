-- What providers billed. Lines stay as they were uploaded; a new upload of the same invoice supersedes the old one.
create table invoice (
  id uuid not null default gen_random_uuid() constraint invoice_pkey primary key,
  provider text not null,
  number text not null,
  month text not null constraint invoice_month check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  format text not null,
  file_name text not null,
  currency text not null,
  lines int not null,
  problems json not null,
  uploaded_at timestamptz(3) not null,
  uploaded_by text not null,
  superseded_at timestamptz(3)
);
create index invoice_month_provider_idx on invoice (month, provider);

create table invoice_line (
  invoice_id uuid not null,
  line int not null,
  line_id text,
  category text not null constraint invoice_line_category check (category in ('usage', 'credit', 'tax', 'other')),
  sku text not null,
  model text,
  meter text,
  description text not null,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  quantity decimal(38, 9),
  unit_price decimal(38, 18),
  amount decimal(38, 18) not null,
  constraint invoice_line_pkey primary key (invoice_id, line),
  constraint invoice_line_invoice_id_fkey foreign key (invoice_id) references invoice (id) on update cascade on delete cascade
);
