-- Adoptions: what a reconciliation showed that hires would do about accounts that are there already, carried out a few at a time.

create table adoptions (
    id                 text primary key,
    reconciliation_id  text not null references reconciliations,
    requested_by       text not null check (requested_by <> ''),
    requester_verified boolean not null default false,
    reason             text not null check (reason <> ''),
    -- At the most so many people in a minute.
    per_minute         integer not null check (per_minute > 0),
    state              text not null default 'running' check (state in ('running', 'done', 'stopped')),
    started_at         timestamptz not null default clock_timestamp(),
    ended_at           timestamptz,
    stopped_by         text not null default '',
    stop_reason        text not null default '',
    -- When it was last seen to that its workflow runs.
    checked_at         timestamptz,
    check ((state = 'running') = (ended_at is null)),
    check ((state = 'stopped') = (stopped_by <> ''))
);
-- One at a time: two would be twice as fast as either was allowed to be.
create unique index adoptions_running on adoptions ((true)) where state = 'running';

create table adoption_people (
    adoption_id text not null references adoptions,
    delta_id    bigint not null references deltas,
    -- The person stands as the plan has it: from here on it is carried out, also by whoever goes on after a crash.
    judged_at   timestamptz,
    settled_at  timestamptz,
    -- sent: to the person's mailbox. changed: the person stands otherwise than in the plan, nothing was done. failed: it could not be sent.
    result      text not null default '' check (result in ('', 'sent', 'changed', 'failed')),
    why         text not null default '',
    primary key (adoption_id, delta_id),
    check ((settled_at is null) = (result = ''))
);
create index adoption_people_open on adoption_people (adoption_id, delta_id) where settled_at is null;

-- Whose an account would become.
create index deltas_by_adopted_account on deltas (reconciliation_id, (body #>> '{adoption,account_id}')) where body ? 'adoption';

-- Why an account is not left alone any more.
alter table ignored_accounts add column end_reason text not null default '';

-- Somebody asks to make an account that is nobody's inactive; a second person decides.
create table account_terminations (
    id           text primary key,
    platform     text not null,
    account_id   text not null check (account_id <> ''),
    requested_by text not null check (requested_by <> ''),
    requested_at timestamptz not null default clock_timestamp(),
    reason       text not null check (reason <> ''),
    deadline     timestamptz not null,
    -- lapsed: nobody had decided by the deadline when it was asked for again.
    state        text not null default 'open' check (state in ('open', 'approved', 'rejected', 'lapsed')),
    decided_by   text not null default '',
    decided_at   timestamptz,
    decision_reason text not null default '',
    -- Whose record carries the termination, once it is approved.
    person_id    text references persons,
    check ((state = 'open') = (decided_at is null)),
    check ((state = 'approved') = (person_id is not null))
);
create unique index account_terminations_open on account_terminations (platform, account_id) where state = 'open';

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on adoptions, adoption_people, account_terminations to muster_app;
    end if;
end $$;

---- create above / drop below ----

alter table ignored_accounts drop column end_reason;
drop index deltas_by_adopted_account;
drop table account_terminations;
drop table adoption_people;
drop table adoptions;
