-- The way of a mapping version: drafted, submitted, approved by somebody else, published with a date, superseded by the next one. The text
-- is immutable once it has a number; what happens to it is only ever added.

-- A text in the making. It has no number, and its author may change it.
create table mapping_drafts (
    id                text primary key,
    yaml              bytea not null,
    author            text not null check (author <> ''),
    reason            text not null default '',
    created_at        timestamptz not null default clock_timestamp(),
    updated_at        timestamptz not null default clock_timestamp(),
    -- The version it became; from then on it stays as it is.
    submitted_version integer references mapping_versions
);

-- The newest publication there was when the version was submitted: what its author changed, and what its approver saw changed. 0: none.
alter table mapping_versions add column base_version integer not null default 0;

create table mapping_steps (
    id           bigint generated always as identity primary key,
    version      integer not null references mapping_versions,
    step         text not null check (step in ('submitted', 'approved', 'rejected', 'withdrawn', 'published')),
    actor        text not null check (actor <> ''),
    at           timestamptz not null default clock_timestamp(),
    reason       text not null default '',
    -- Of a publication: from when on it is in force, and every construct that Muster manages from then on.
    effective_at timestamptz,
    managed      jsonb,
    check ((step = 'published') = (effective_at is not null)),
    check ((step = 'published') = (managed is not null)),
    unique (version, step)
);
create index mapping_steps_published on mapping_steps (effective_at desc, id desc) where step = 'published';
create trigger append_only before update or delete or truncate on mapping_steps for each statement execute function refuse_change();

-- Versions from before: each was in force as soon as it was added. What they manage is read from their text.
insert into mapping_steps (version, step, actor, at, reason)
select version, 'submitted', author, created_at, reason from mapping_versions order by version;
insert into mapping_steps (version, step, actor, at, reason, effective_at, managed)
select version, 'published', author, created_at, reason, created_at, '{}' from mapping_versions order by version;

-- A change of the rules reaches people by a rollout: one for each publication, and one for each date in a version on which a rule begins
-- or ends.
create table mapping_rollouts (
    id          text primary key,
    version     integer not null references mapping_versions,
    due_at      timestamptz not null,
    -- Why: publication, or the rules that begin or end on a date.
    cause       text not null check (cause in ('publication', 'date')),
    about       jsonb not null default '[]',
    state       text not null default 'scheduled'
                check (state in ('scheduled', 'running', 'paused', 'done', 'superseded')),
    -- When who is concerned was found out; null: not yet.
    scoped_at   timestamptz,
    started_at  timestamptz,
    ended_at    timestamptz,
    -- When somebody last saw to it that its workflow runs.
    checked_at  timestamptz not null default '-infinity',
    changed_by  text not null default '',
    reason      text not null default '',
    unique (version, due_at),
    check ((state in ('done', 'superseded')) = (ended_at is not null))
);
create index mapping_rollouts_open on mapping_rollouts (due_at) where state in ('scheduled', 'running');

create table mapping_rollout_people (
    rollout_id text not null references mapping_rollouts,
    person_id  text not null references persons,
    -- The order in which people are taken: first whoever waited for the rules, the longest first.
    position   integer not null,
    rung_at    timestamptz,
    ended_at   timestamptz,
    -- waits: something other than the rollout holds the person, such as a review.
    result     text not null default '' check (result in ('', 'done', 'waits')),
    primary key (rollout_id, person_id),
    check ((ended_at is null) = (result = ''))
);
create unique index mapping_rollout_people_in_order on mapping_rollout_people (rollout_id, position);
create index mapping_rollout_people_under_way on mapping_rollout_people (rollout_id, position) where ended_at is null;

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update, delete on mapping_drafts to muster_app;
        grant select, insert on mapping_steps to muster_app;
        grant select, insert, update on mapping_rollouts, mapping_rollout_people to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop table mapping_rollout_people;
drop table mapping_rollouts;
drop table mapping_steps;
alter table mapping_versions drop column base_version;
drop table mapping_drafts;
