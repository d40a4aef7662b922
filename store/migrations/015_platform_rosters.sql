-- What a reconciliation read from the platform, page by page. It is working material: kept for a few runs, then deleted, and never a
-- record of what somebody did.

create table platform_rosters (
    run_id       text primary key check (run_id <> ''),
    platform     text not null check (platform <> ''),
    started_at   timestamptz not null default clock_timestamp(),
    -- Where the reader goes on; moves with the page that it committed.
    cursor       text not null default '',
    pages        integer not null default 0,
    -- What the platform has and would not list.
    incomplete   jsonb not null default '[]' check (jsonb_typeof(incomplete) = 'array'),
    completed_at timestamptz
);
create index platform_rosters_by_time on platform_rosters (started_at);

create table platform_roster_accounts (
    run_id           text not null references platform_rosters on delete cascade,
    -- Ordered by their bytes, as the programs that merge them order them.
    account_id       text collate "C" not null,
    state            text not null,
    -- SHA-256 of the normalized values; null: the account has none.
    email_digest     bytea,
    name_digest      bytea,
    extension_digest bytea,
    -- Ids of the platform's constructs, the title and the department.
    constructs       jsonb not null check (jsonb_typeof(constructs) = 'object'),
    primary key (run_id, account_id)
);

create table platform_roster_members (
    run_id     text not null references platform_rosters on delete cascade,
    account_id text collate "C" not null,
    queue_id   text collate "C" not null,
    joined     boolean not null,
    primary key (run_id, account_id, queue_id)
);

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update, delete on platform_rosters, platform_roster_accounts, platform_roster_members to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop table platform_roster_members;
drop table platform_roster_accounts;
drop table platform_rosters;
