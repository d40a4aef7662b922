-- Reconciliations: what was compared, what differed, and what became of it.

create table reconciliations (
    id                 text primary key check (id ~ '^rec_[0-9]{8}_[0-9]{4}'),
    platform           text not null,
    -- Of one person alone; empty: of everybody.
    person_id          text not null default '',
    -- observe, report or repair by type of delta.
    modes              jsonb not null default '{}' check (jsonb_typeof(modes) = 'object'),
    status             text not null default 'running' check (status in ('running', 'completed', 'refused', 'failed')),
    requested_by       text not null default '',
    requester_verified boolean not null default false,
    started_at         timestamptz not null default clock_timestamp(),
    ended_at           timestamptz,
    -- What the gates said of each source, what was counted, what was not compared and why.
    sources            jsonb not null default '[]' check (jsonb_typeof(sources) = 'array'),
    counts             jsonb not null default '{}' check (jsonb_typeof(counts) = 'object'),
    not_evaluated      jsonb not null default '[]' check (jsonb_typeof(not_evaluated) = 'array'),
    reason             text not null default '',
    check ((status = 'running') = (ended_at is null))
);
create index reconciliations_by_start on reconciliations (started_at, id);

-- A delta is what was found, for good; what became of it is in delta_outcomes.
create table deltas (
    id                bigint generated always as identity primary key,
    reconciliation_id text not null references reconciliations,
    delta_type        text not null check (delta_type <> ''),
    -- The person, or the account that is nobody's: a run that goes on after a crash finds a delta again and does not add it twice.
    subject           text not null check (subject <> ''),
    -- No reference: HR's roster may name somebody of whom nothing else is known.
    person_id         text not null default '',
    external_user_id  text not null default '',
    account_id        text not null default '',
    resolution_action text not null check (resolution_action <> ''),
    original_event_id text not null default '',
    workflow_id       text not null default '',
    body              jsonb not null check (jsonb_typeof(body) = 'object'),
    timestamp_utc     timestamptz not null,
    unique (reconciliation_id, delta_type, subject)
);
create index deltas_by_reconciliation on deltas (reconciliation_id, id);
create index deltas_by_person on deltas (person_id, id) where person_id <> '';

create table delta_outcomes (
    id             bigint generated always as identity primary key,
    delta_id       bigint not null references deltas,
    at             timestamptz not null default clock_timestamp(),
    outcome        text not null check (outcome <> ''),
    actor          text not null default '',
    actor_verified boolean not null default false,
    -- What it refers to: an event, a review, an approval, a workflow.
    reference      text not null default '',
    text           text not null default '',
    unique (delta_id, outcome, reference)
);

-- What was put back because somebody else writes it too, and when a person decided about that.
create table put_backs (
    id                bigint generated always as identity primary key,
    person_id         text not null,
    part              text not null check (part <> ''),
    construct         text not null check (construct <> ''),
    at                timestamptz not null default clock_timestamp(),
    decided           boolean not null default false,
    -- The reconciliation that put it back, or the review that was decided.
    reference         text not null check (reference <> ''),
    unique (person_id, part, construct, decided, reference)
);

create trigger append_only before update or delete or truncate on deltas for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on delta_outcomes for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on put_backs for each statement execute function refuse_change();

-- A construct of a person that may be as it is until an instant.
create table exceptions (
    id               text primary key,
    person_id        text not null references persons,
    part             text not null check (part <> ''),
    construct        text not null check (construct <> ''),
    until            timestamptz not null,
    made_by          text not null check (made_by <> ''),
    made_by_verified boolean not null default false,
    made_at          timestamptz not null default clock_timestamp(),
    reason           text not null default '',
    ended_at         timestamptz,
    ended_by         text not null default '',
    check ((ended_at is null) = (ended_by = ''))
);
create unique index exceptions_in_force on exceptions (person_id, part, construct) where ended_at is null;
create index exceptions_by_person on exceptions (person_id);

-- Accounts that are nobody's and that somebody decided to leave alone.
create table ignored_accounts (
    id                  text primary key,
    platform            text not null,
    account_id          text not null check (account_id <> ''),
    decided_by          text not null check (decided_by <> ''),
    decided_by_verified boolean not null default false,
    decided_at          timestamptz not null default clock_timestamp(),
    reason              text not null default '',
    ended_at            timestamptz,
    ended_by            text not null default '',
    check ((ended_at is null) = (ended_by = ''))
);
create unique index ignored_accounts_in_force on ignored_accounts (platform, account_id) where ended_at is null;

-- When an event that waited for its time was due: its wait is forgotten with its outcome, and how long it took counts from then.
alter table hr_events add column due_at timestamptz;
create index hr_events_applied on hr_events (outcome_at) where outcome = 'applied';

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on reconciliations, exceptions, ignored_accounts to muster_app;
        grant select, insert on deltas, delta_outcomes, put_backs to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop index hr_events_applied;
alter table hr_events drop column due_at;
drop table ignored_accounts;
drop table exceptions;
drop table put_backs;
drop table delta_outcomes;
drop table deltas;
drop table reconciliations;
