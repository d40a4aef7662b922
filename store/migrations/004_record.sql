-- The record: timeline (for people) and audit (for auditors). Rows are added and never changed, for anyone.

create table timeline (
    id             bigint generated always as identity primary key,
    person_id      text not null references persons,
    at             timestamptz not null default clock_timestamp(),
    kind           text not null,
    actor          text not null default '',
    actor_verified boolean not null default false,
    text           text not null,
    detail         jsonb not null default '{}',
    event_id       text not null default '',
    workflow_id    text not null default '',
    run_id         text not null default ''
);
create index timeline_by_person on timeline (person_id, id);

create table audit (
    id             bigint generated always as identity primary key,
    at             timestamptz not null default clock_timestamp(),
    actor          text not null default '',
    actor_verified boolean not null default false,
    action         text not null,
    phase          text not null check (phase in ('intent', 'result', 'fact')),
    intent_id      bigint references audit,
    person_id      text not null default '',
    workflow_id    text not null default '',
    run_id         text not null default '',
    detail         jsonb not null default '{}',
    check ((phase = 'result') = (intent_id is not null))
);
-- One result per intent: who comes second is refused.
create unique index audit_result on audit (intent_id) where intent_id is not null;
create index audit_by_person on audit (person_id, id) where person_id <> '';
-- A read of a list names all people on it in its detail.
create index audit_by_listed_person on audit using gin ((detail -> 'person_ids')) where detail ? 'person_ids';

create table audit_chain (
    -- Numbered by the sequencer without gaps, so that a missing link shows.
    pos        bigint primary key,
    audit_id   bigint not null unique references audit,
    row_hash   bytea not null,
    chain_hash bytea not null,
    sealed_at  timestamptz not null default clock_timestamp()
);

-- What the sequencer still has to do, so that it need not search a record of many years every second.
create table audit_unsealed (
    audit_id bigint primary key
);
create table audit_open_intents (
    audit_id bigint primary key,
    at       timestamptz not null
);
create index audit_open_intents_by_age on audit_open_intents (at);

create function audit_enqueue() returns trigger language plpgsql as $$
begin
    insert into audit_unsealed (audit_id) values (new.id);
    if new.phase = 'intent' then
        insert into audit_open_intents (audit_id, at) values (new.id, new.at);
    elsif new.phase = 'result' then
        delete from audit_open_intents where audit_id = new.intent_id;
    end if;
    return null;
end $$;
create trigger audit_enqueue after insert on audit for each row execute function audit_enqueue();

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% on % refused: its rows are never changed', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on timeline for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on audit for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on audit_chain for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on mapping_versions for each statement execute function refuse_change();

---- create above / drop below ----

drop trigger append_only on mapping_versions;
drop table audit_open_intents;
drop table audit_unsealed;
drop table audit_chain;
drop table audit;
drop table timeline;
drop function audit_enqueue();
drop function refuse_change();
