-- Tries up to this number say nothing any more about what a target can run: it was upgraded, or started anew after a refusal.
alter table target add column verdict_floor int not null default 0;
