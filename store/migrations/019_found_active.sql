-- An account that a reconciliation found active although nobody may reach it: what takes the access away asks before the account is
-- made inactive.

-- The reconciliation; empty: none found it so. It is forgotten when the operation that follows ends.
alter table agents add column found_by text not null default '';

---- create above / drop below ----

alter table agents drop column found_by;
