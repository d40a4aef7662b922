-- Alerts: what a person has to look at now. A row holds ids and fixed words only, because it leaves the house.

create table alerts (
    id         text primary key,
    at         timestamptz not null default clock_timestamp(),
    kind       text not null,
    severity   text not null check (severity in ('info', 'warning', 'critical')),
    -- Empty where it is nobody's. No reference: what is told of a person may outlive the person's row.
    person_id  text not null default '',
    subject_id text not null default '',
    text       text not null,
    dedupe_key text not null,
    -- When it closes by itself unless it is raised again; null: only when it is closed.
    lapses_at  timestamptz,
    closed_at  timestamptz,
    closed_why text not null default '',
    check (closed_at is not null or closed_why = '')
);
create unique index alerts_open on alerts (dedupe_key) where closed_at is null;
create index alerts_lapsing on alerts (lapses_at) where closed_at is null and lapses_at is not null;
create index alerts_by_person on alerts (person_id) where person_id <> '';

-- How far each endpoint has been told of an alert. No row: not at all.
create table alert_deliveries (
    alert_id         text not null references alerts,
    endpoint         text not null,
    -- The state that is being told, or was told last.
    state            text not null check (state in ('open', 'closed')),
    attempts         integer not null default 1,
    first_attempt_at timestamptz not null default now(),
    -- While an attempt is under way: when it counts as lost. Null: settled, delivered or given up.
    next_attempt_at  timestamptz,
    delivered_at     timestamptz,
    given_up_at      timestamptz,
    primary key (alert_id, endpoint),
    check ((next_attempt_at is null) = (delivered_at is not null or given_up_at is not null))
);
-- Those that something may still be told about.
create index alert_deliveries_unsettled on alert_deliveries (endpoint, alert_id) where state = 'open' or next_attempt_at is not null;

-- Rows come in the order of their receipt, so a few bytes per block tell which ones are recent.
create index hr_events_by_receipt on hr_events using brin (received_at) with (autosummarize = on);

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on alerts, alert_deliveries to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop index hr_events_by_receipt;
drop table alert_deliveries;
drop table alerts;
