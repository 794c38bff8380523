-- Dated rates of exchange, and what tenants owe for a month.
create table fx_rate (
  id serial constraint fx_rate_pkey primary key,
  currency text not null,
  day date not null,
  rate decimal(38, 9) not null constraint fx_rate_positive check (rate > 0),
  source text not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  superseded_at timestamptz(3)
);
create index fx_rate_currency_day_idx on fx_rate (currency, day);

create table statement (
  id uuid not null default gen_random_uuid() constraint statement_pkey primary key,
  tenant text not null,
  month text not null constraint statement_month check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  revision int not null,
  status text not null constraint statement_status check (status in ('draft', 'locked', 'restated')),
  content json not null,
  content_hash text not null,
  reason text,
  drafted_at timestamptz(3) not null,
  drafted_by text not null,
  locked_at timestamptz(3),
  locked_by text,
  restated_at timestamptz(3)
);
create unique index statement_tenant_month_revision_key on statement (tenant, month, revision);
create index statement_month_idx on statement (month);

-- What was locked stays as it was: only its standing may go on to restated.
create function statement_keeps() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.status <> 'draft' then
      raise exception 'a locked statement is not deleted';
    end if;
    return old;
  end if;
  if old.status <> 'draft' and (new.content_hash <> old.content_hash or new.content::text <> old.content::text
      or new.tenant <> old.tenant or new.month <> old.month or new.revision <> old.revision or new.status = 'draft') then
    raise exception 'a locked statement is not changed';
  end if;
  return new;
end $$;
create trigger statement_keeps before update or delete on statement for each row execute function statement_keeps();
