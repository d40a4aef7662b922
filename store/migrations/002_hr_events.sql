-- Inbox and event store in one: what HR sent, and what became of it.

create table hr_events (
    id                bigint generated always as identity primary key,
    event_id          text not null,
    source_system     text not null,
    namespace         text not null,
    external_user_id  text not null,
    -- Null for what was refused: a refused event belongs to nobody.
    person_id         text references persons,
    event_type        text not null,
    timestamp_utc     timestamptz,
    canonical         jsonb,
    -- Kept for what was refused only.
    raw               bytea,
    digest            text not null,
    processing_key    text not null,
    received_at       timestamptz not null default now(),
    -- What ingest decided; never changes. The outcome is what became of an accepted event later.
    admission         text not null check (admission in ('accepted', 'duplicate', 'rejected')),
    outcome           text,
    outcome_at        timestamptz,
    outcome_reason    text not null default '',
    workflow_id       text not null default '',
    waiting_until     timestamptz,
    waiting_for       text not null default '',
    waiting_what      text not null default '',
    parked_version    integer not null default 0,
    replaces_event_id text not null default '',
    rescinds_event_id text not null default '',
    defects           jsonb not null default '[]',
    check ((admission = 'rejected') = (person_id is null)),
    check (admission = 'rejected' or canonical is not null)
);
create unique index hr_events_event_id on hr_events (event_id) where admission <> 'rejected';
-- The same refused content is kept once, however often it is sent.
create unique index hr_events_refused on hr_events (event_id, digest) where admission = 'rejected';
create index hr_events_processing_key on hr_events (processing_key, digest) where admission = 'accepted';
create index hr_events_by_person on hr_events (person_id, timestamp_utc);
create index hr_events_waiting on hr_events (received_at) where outcome is null;
create index hr_events_by_outcome on hr_events (outcome);

---- create above / drop below ----

drop table hr_events;
