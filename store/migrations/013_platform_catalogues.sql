-- What the constructs of each platform are called, read by the workers, who can reach it, for everybody who cannot. A row is also how an
-- installation knows which platforms it has.

create table platform_catalogues (
    platform      text primary key check (platform <> ''),
    -- When a worker for this platform was last heard of.
    seen_at       timestamptz not null default clock_timestamp(),
    -- Null as long as nothing was read.
    names         jsonb check (jsonb_typeof(names) = 'object'),
    -- When the reading of names began: what was made on the platform since may be missing.
    read_at       timestamptz,
    -- Somebody needs names that are newer than this.
    wanted_at     timestamptz,
    -- Of the last try, when it failed: when, why in fixed words, how many in a row, and when the next one is due.
    failed_at     timestamptz,
    failure       text not null default '',
    failures      integer not null default 0,
    retry_at      timestamptz,
    -- Who reads it now: known by when they began, lost when they take too long.
    claimed_at    timestamptz,
    claimed_until timestamptz,
    check ((names is null) = (read_at is null)),
    check ((failed_at is null) = (failure = '') and (failed_at is null) = (retry_at is null) and (failed_at is null) = (failures = 0))
);

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on platform_catalogues to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop table platform_catalogues;
