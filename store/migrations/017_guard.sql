-- The mass-change guard: who passed it and when, whom it holds, what was announced.

-- A planned layoff or a seasonal intake: it exempts these people, on these days, from the guard's counts.
create table guard_batches (
    id           text primary key,
    kind         text not null check (kind <> ''),
    -- The days as they were written, both included, and the instants they stand for.
    first_day    date not null,
    last_day     date not null,
    zone         text not null,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    reason       text not null,
    requested_by text not null check (requested_by <> ''),
    requested_at timestamptz not null default clock_timestamp(),
    confirmed_by text not null default '',
    confirmed_at timestamptz,
    check (starts_at < ends_at),
    check ((confirmed_at is null) = (confirmed_by = ''))
);
create index guard_batches_by_time on guard_batches (requested_at, id);

-- By external id: whoever is to be hired need not be known yet.
create table guard_batch_people (
    batch_id    text not null references guard_batches,
    external_id text not null check (external_id <> ''),
    primary key (batch_id, external_id)
);
create index guard_batch_people_by_id on guard_batch_people (external_id);

-- A limit that was reached, as it stood then.
create table guard_trips (
    id              text primary key,
    platform        text not null,
    kind            text not null,
    -- The queue or the skill, or the source; empty where a kind is counted as a whole.
    subject         text not null default '',
    opened_at       timestamptz not null default clock_timestamp(),
    passed          integer not null,
    allowed         integer not null,
    share_of        integer not null,
    because         text not null,
    -- Whoever set this version's limits cannot release.
    mapping_version integer not null,
    -- From when on isolations are counted anew: somebody has lifted the hard stop.
    lifted_at       timestamptz,
    closed_at       timestamptz
);
create unique index guard_trips_open on guard_trips (platform, kind, subject) where closed_at is null;
create index guard_trips_by_time on guard_trips (opened_at, id);
create index guard_trips_lifted on guard_trips (platform, kind, subject) where lifted_at is not null;

-- Who asked to pass: once for a generation, whatever is tried again.
create table guard_ledger (
    person_id   text not null references persons,
    generation  bigint not null,
    kind        text not null,
    subject     text not null default '',
    platform    text not null,
    asked_at    timestamptz not null default clock_timestamp(),
    -- Null while the guard holds the person.
    passed_at   timestamptz,
    -- Whether it counts against the limit: not where somebody released it, or it was announced.
    counts      boolean not null default true,
    trip_id     text references guard_trips,
    approval_id text references approvals,
    batch_id    text references guard_batches,
    primary key (person_id, generation, kind, subject),
    check (passed_at is not null or trip_id is not null)
);
create index guard_ledger_passed on guard_ledger (platform, kind, subject, passed_at) include (person_id, counts) where passed_at is not null;
create index guard_ledger_by_approval on guard_ledger (approval_id) where approval_id is not null;
create index guard_ledger_by_trip on guard_ledger (trip_id) where trip_id is not null;

-- Who is about to be made inactive: a limit that is going to be passed holds the first one already.
create index agents_leaving on agents (person_id) where operation = 'termination';
create index hr_events_leaving on hr_events (person_id) where event_type = 'USER_TERMINATE' and outcome is null;

-- What a limit is a share of, counted at most once a minute.
create table guard_shares (
    platform   text not null,
    kind       text not null,
    subject    text not null,
    share_of   integer not null,
    counted_at timestamptz not null,
    primary key (platform, kind, subject)
);

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on guard_batches, guard_trips, guard_ledger, guard_shares to muster_app;
        grant select, insert on guard_batch_people to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop index hr_events_leaving;
drop index agents_leaving;
drop table guard_shares;
drop table guard_ledger;
drop table guard_trips;
drop table guard_batch_people;
drop table guard_batches;
