-- The same conflict or poison item, delivered again (at-least-once queues do that), is one dead letter.
alter table telemetry.dead_letter add column fingerprint bigint;
create unique index dead_letter_fingerprint on telemetry.dead_letter (fingerprint) where fingerprint is not null;
