-- Whose account waits for the manager's: HR names a manager who has no account yet. By HR's id of the manager.

alter table agents add column awaits_manager text;
create index agents_awaiting_manager on agents (awaits_manager) where awaits_manager is not null;

---- create above / drop below ----

drop index agents_awaiting_manager;
alter table agents drop column awaits_manager;
