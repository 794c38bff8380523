-- Every order names what allows it, and every policy version where it comes from. Rows from before keep none; new ones cannot.
alter table policy_version
  add column origin text not null default 'earlier',
  add column change_id uuid,
  add constraint policy_version_change_id_fkey foreign key (change_id) references change (id) on delete restrict on update cascade;

alter table policy_version disable trigger policy_version_append_only;
update policy_version v set origin = 'change', change_id = c.id
  from change c where v.author_kind = 'system' and v.author_id = 'change:' || c.id;
update policy_version set origin = 'seed' where origin = 'earlier' and author_kind = 'system';
alter table policy_version enable trigger policy_version_append_only;

alter table policy_version alter column origin drop default;
alter table policy_version add constraint policy_version_origin_check
  check ((origin = 'change' and change_id is not null) or (origin = 'seed' and change_id is null and version = 1)) not valid;

alter table target_desired
  add column rollout_id uuid,
  add column policies jsonb,
  add column audit_seq bigint,
  add constraint target_desired_rollout_id_fkey foreign key (rollout_id) references rollout (id) on delete restrict on update cascade;
alter table target_desired add constraint target_desired_warrant_check
  check (audit_seq is not null and (rollout_id is null) <> (policies is null)) not valid;

-- The newest order that a fleet server would not sign: {generation, reason, at}.
alter table target add column unsigned_order jsonb;
