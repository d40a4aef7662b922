-- The rest of a leaver's life: the grace before the deletion, legal's holds and reversals, what the account had, and its archive.

alter table agents add column erased_at timestamptz;

create table archives (
    id          text primary key,
    person_id   text not null references persons,
    -- Of the termination it was written for.
    generation  bigint not null,
    key         text not null check (key <> ''),
    sha256      text not null check (sha256 <> ''),
    size        bigint not null check (size >= 0),
    written_at  timestamptz not null default clock_timestamp(),
    -- When it was read back from the bucket and was what had been written.
    verified_at timestamptz,
    erased_at   timestamptz,
    unique (person_id, generation)
);

create table graces (
    person_id        text not null references persons,
    -- Of the termination it follows.
    generation       bigint not null,
    platform         text not null,
    platform_user_id text not null,
    started_at       timestamptz not null,
    deadline         timestamptz not null,
    phase            text not null default 'waiting',
    ended_because    text not null default '',
    archive_id       text references archives,
    -- version grows with every change, seen_version is the one the grace's workflow has acted on.
    version          bigint not null default 1,
    seen_version     bigint not null default 0,
    deleted_at       timestamptz,
    -- When somebody last looked whether its workflow runs.
    checked_at       timestamptz not null default clock_timestamp(),
    primary key (person_id, generation),
    check (deadline >= started_at),
    check ((phase = 'ended') = (ended_because <> '')),
    check (seen_version <= version)
);
-- A phase that nobody knows counts as open: it is watched, and nothing is deleted in it.
create unique index graces_open on graces (person_id) where phase not in ('deleted', 'ended', 'erasing', 'erased');
create index graces_unchecked on graces (checked_at) where phase not in ('deleted', 'ended', 'erasing', 'erased');
create index graces_by_deadline on graces (deadline, person_id, generation);

-- That legal was told of a deadline: without it nothing is deleted.
create table grace_notices (
    person_id   text not null,
    generation  bigint not null,
    kind        text not null check (kind <> ''),
    deadline    timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (person_id, generation, kind, deadline),
    foreign key (person_id, generation) references graces
);

create table holds (
    id              text primary key,
    person_id       text not null references persons,
    matter          text not null check (matter <> ''),
    placed_by       text not null check (placed_by <> ''),
    placed_at       timestamptz not null default clock_timestamp(),
    -- Whether who placed it was authenticated.
    placed_verified boolean not null default false,
    reason          text not null default '',
    released_by     text not null default '',
    released_at     timestamptz,
    release_reason  text not null default '',
    check ((released_at is null) = (released_by = ''))
);
create unique index holds_in_force on holds (person_id, matter) where released_at is null;
create index holds_by_person on holds (person_id);
create index holds_by_matter on holds (matter);
create index holds_by_time on holds (placed_at, id);

create table overrides (
    id             text primary key,
    person_id      text not null references persons,
    -- Of the termination that was reversed; 0: one that had not begun.
    generation     bigint not null default 0,
    event_ids      text[] not null default '{}',
    made_by        text not null check (made_by <> ''),
    reason         text not null default '',
    made_at        timestamptz not null default clock_timestamp(),
    remind_at      timestamptz not null,
    closed_at      timestamptz,
    closed_because text not null default '',
    check ((closed_at is null) = (closed_because = ''))
);
create unique index overrides_in_force on overrides (person_id) where closed_at is null;
create index overrides_by_person on overrides (person_id);

-- What the account had before the first write of a termination.
create table snapshots (
    person_id  text not null references persons,
    generation bigint not null,
    taken_at   timestamptz not null default clock_timestamp(),
    body       jsonb not null check (jsonb_typeof(body) = 'object'),
    primary key (person_id, generation)
);

-- What was refused belongs to nobody, but names an id: an erasure has to find it.
create index hr_events_refused_of on hr_events (namespace, external_user_id) where admission = 'rejected';

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on graces, holds, overrides, archives to muster_app;
        grant select, insert on grace_notices, snapshots to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop index hr_events_refused_of;
drop table snapshots;
drop table overrides;
drop table holds;
drop table grace_notices;
drop table graces;
drop table archives;
alter table agents drop column erased_at;
