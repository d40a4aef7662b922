-- One person who was known as two: the one who is kept, and the one whose id only leads there from now on.

alter table persons
    add column joined_into text references persons check (joined_into <> person_id),
    add column joined_at   timestamptz,
    add check ((joined_into is null) = (joined_at is null));
create index persons_by_joined_into on persons (joined_into) where joined_into is not null;

-- For the report about leavers, which begins with these.
create index hr_events_terminations on hr_events (id) where event_type = 'USER_TERMINATE' and admission = 'accepted';

---- create above / drop below ----

drop index hr_events_terminations;
alter table persons drop column joined_into, drop column joined_at;
