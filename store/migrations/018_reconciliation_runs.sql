-- Reconciliations that run: what is done by type of delta, whose difference has still to be read by its id, and whether the nightly one ran.

create table reconciliation_modes (
    delta_type       text primary key check (delta_type <> ''),
    mode             text not null check (mode in ('observe', 'report', 'repair')),
    changed_by       text not null check (changed_by <> ''),
    changed_verified boolean not null default false,
    changed_at       timestamptz not null default clock_timestamp(),
    reason           text not null check (reason <> '')
);

-- When everybody had been compared, and when the workflow was last seen to: a run whose workflow does not run is started again.
alter table reconciliations
    add column compared_at timestamptz,
    add column checked_at  timestamptz;
create index reconciliations_running on reconciliations (checked_at) where status = 'running';

-- Who differs by the lists. It is working material: it goes with the end of its run.
create table reconciliation_candidates (
    id                bigint generated always as identity primary key,
    reconciliation_id text not null references reconciliations,
    -- Empty for an account that is nobody's.
    person_id         text not null default '',
    account_ids       text[] not null default '{}',
    -- Also look for the person's account by their ids and addresses.
    find              boolean not null default false,
    workflow_ids      text[] not null default '{}',
    settled_at        timestamptz
);
create index reconciliation_candidates_open on reconciliation_candidates (reconciliation_id, id) where settled_at is null;

-- When the next reconciliation by schedule is to begin. It moves on only when one has begun since, so that one that was missed shows.
create table reconciliation_schedules (
    id          text primary key,
    spec        text not null,
    expected_at timestamptz,
    paused      boolean not null default false,
    noted_at    timestamptz not null default clock_timestamp()
);

-- People in the order in which accounts are compared.
create index agents_by_account on agents (platform_user_id collate "C", person_id collate "C") where platform_user_id is not null;
create index persons_by_bytes on persons (person_id collate "C") where joined_into is null;

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on reconciliation_modes, reconciliation_schedules to muster_app;
        grant select, insert, update, delete on reconciliation_candidates to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop index persons_by_bytes;
drop index agents_by_account;
drop table reconciliation_schedules;
drop table reconciliation_candidates;
drop index reconciliations_running;
alter table reconciliations drop column compared_at, drop column checked_at;
drop table reconciliation_modes;
