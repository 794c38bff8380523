-- Policies: versions that are never rewritten, and which one of each scope is in force. Mirrors prisma/schema.prisma.
create table policy_version (
  kind text not null,
  scope_level text not null,
  scope_value text not null,
  version int not null constraint policy_version_version check (version > 0),
  document json not null,
  hash text not null,
  message text not null,
  restored_from int,
  author_kind text not null,
  author_id text not null,
  author_name text not null,
  created_at timestamptz(3) not null,
  constraint policy_version_pkey primary key (kind, scope_level, scope_value, version),
  constraint policy_version_scope check (
    (kind in ('routing', 'caching', 'tokens', 'batching')
      and (scope_level = 'global' and scope_value = '' or scope_level in ('environment', 'tenant', 'endpoint') and scope_value <> ''))
    or (kind = 'engine' and scope_level in ('pool', 'node') and scope_value <> ''))
);

create table policy_head (
  kind text not null,
  scope_level text not null,
  scope_value text not null,
  version int not null,
  updated_at timestamptz(3) not null,
  constraint policy_head_pkey primary key (kind, scope_level, scope_value),
  constraint policy_head_kind_scope_level_scope_value_version_fkey foreign key (kind, scope_level, scope_value, version)
    references policy_version (kind, scope_level, scope_value, version) on delete restrict on update cascade
);
create unique index policy_head_kind_scope_level_scope_value_version_key
  on policy_head (kind, scope_level, scope_value, version);

create function policy_version_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'policy_version is append-only';
end $$;
create trigger policy_version_append_only before update or delete on policy_version
  for each row execute function policy_version_is_append_only();
create trigger policy_version_no_truncate before truncate on policy_version
  for each statement execute function policy_version_is_append_only();
