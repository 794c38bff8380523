-- Only pages listen to these; people are told through the outbox of notifications.
drop index change_notice_delivered_at_idx;
alter table change_notice drop column delivered_at;
