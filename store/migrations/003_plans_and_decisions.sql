create table mapping_versions (
    version    integer primary key,
    yaml       bytea not null,
    digest     text not null,
    author     text not null,
    reason     text not null,
    created_at timestamptz not null default now()
);

create table plans (
    person_id  text not null references persons,
    generation bigint not null,
    digest     text not null,
    body       jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (person_id, generation, digest)
);

create table approvals (
    id               text primary key,
    person_id        text not null references persons,
    kind             text not null,
    plan_digest      text not null default '',
    generation       bigint not null default 0,
    workflow_id      text not null default '',
    requested_by     text not null default '',
    question         text not null default '',
    state            text not null default 'open' check (state in ('open', 'approved', 'rejected', 'withdrawn')),
    opened_at        timestamptz not null default clock_timestamp(),
    deadline         timestamptz,
    decided_by       text not null default '',
    decided_at       timestamptz,
    actor_verified   boolean not null default false,
    reason           text not null default '',
    taken_up_at      timestamptz,
    next_delivery_at timestamptz not null default '-infinity',
    check ((state = 'open') = (decided_at is null))
);
create index approvals_by_person on approvals (person_id);
create index approvals_by_state on approvals (state, opened_at, id);
-- One open question per plan: asking again finds it.
create unique index approvals_open on approvals (person_id, kind, plan_digest) where state = 'open';
create index approvals_undelivered on approvals (next_delivery_at)
    where state in ('approved', 'rejected') and taken_up_at is null;

create table reviews (
    id               text primary key,
    person_id        text not null references persons,
    event_id         text not null default '',
    kind             text not null,
    dedupe_key       text not null default '',
    blocking         boolean not null default false,
    question         text not null default '',
    detail           jsonb not null default '{}',
    workflow_id      text not null default '',
    generation       bigint not null default 0,
    state            text not null default 'open' check (state in ('open', 'retried', 'dismissed', 'resolved')),
    opened_at        timestamptz not null default clock_timestamp(),
    decided_by       text not null default '',
    decided_at       timestamptz,
    actor_verified   boolean not null default false,
    reason           text not null default '',
    taken_up_at      timestamptz,
    next_delivery_at timestamptz not null default '-infinity',
    check ((state = 'open') = (decided_at is null))
);
create index reviews_by_person on reviews (person_id);
create index reviews_by_state on reviews (state, opened_at, id);
create unique index reviews_open on reviews (person_id, kind, dedupe_key) where state = 'open';
create index reviews_undelivered on reviews (next_delivery_at)
    where state in ('retried', 'dismissed') and taken_up_at is null;

---- create above / drop below ----

drop table reviews;
drop table approvals;
drop table plans;
drop table mapping_versions;
