-- People: a person may own several external ids; the search columns hold the values HR told last and can be erased.

create table persons (
    person_id          text primary key,
    origin_namespace   text not null,
    origin_external_id text not null,
    email              text,
    first_name         text,
    last_name          text,
    -- timestamp_utc of the events they were taken from: an older event never overwrites what a newer one told.
    email_at           timestamptz,
    first_name_at      timestamptz,
    last_name_at       timestamptz,
    created_at         timestamptz not null default now()
);
create index persons_by_email on persons (lower(email));

create table person_ids (
    namespace    text not null,
    external_id  text not null,
    -- Deferred: ingest locks the id first and creates the person after, which keeps its lock order the same for all.
    person_id    text not null references persons deferrable initially deferred,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    primary key (namespace, external_id)
);
create index person_ids_by_person on person_ids (person_id);
create index person_ids_by_fold on person_ids (namespace, lower(external_id));
create index person_ids_by_external_id on person_ids (external_id);

-- One row per id without regard to case. Two ids that differ only in case and arrive at the same moment meet here: the
-- second waits for the first to commit and then sees it.
create table external_id_folds (
    namespace text not null,
    folded_id text not null,
    primary key (namespace, folded_id)
);

create table agents (
    person_id        text primary key references persons,
    platform         text,
    platform_user_id text,
    lifecycle_state  text not null default 'unknown',
    -- The fence: grows whenever an operation takes the person over.
    generation       bigint not null default 0,
    operation        text not null default '',
    operation_since  timestamptz,
    needs_attention  boolean not null default false,
    mapping_version  integer,
    plan_digest      text,
    activated_at     timestamptz,
    dismissed_at     timestamptz,
    updated_at       timestamptz not null default now(),
    unique (platform, platform_user_id)
);
create index agents_by_state on agents (lifecycle_state, person_id);
create index agents_needing_attention on agents (person_id) where needs_attention;

-- One row per person with unfinished business: when the relay rings the mailbox if nothing else did.
create sequence ring_numbers;
create table rings (
    person_id text primary key references persons,
    -- A new number for each change that needs the mailbox, never used twice: who read an old one cannot silence a new ring.
    seq       bigint not null default nextval('ring_numbers'),
    due_at    timestamptz not null
);
create index rings_by_due on rings (due_at);

---- create above / drop below ----

drop table rings;
drop sequence ring_numbers;
drop table agents;
drop table external_id_folds;
drop table person_ids;
drop table persons;
