-- HR's rosters: what was read, from where and what was thought of it; and, for as long as they are needed, the people in them.

create table hr_rosters (
    id             text primary key check (id <> ''),
    source         text not null check (source <> ''),
    source_system  text not null check (source_system <> ''),
    namespace      text not null check (namespace <> ''),
    -- The object in a bucket, or the address; without secrets.
    key            text not null,
    -- The object's version where the source has one; else empty.
    etag           text not null default '',
    -- Of the content, once it has been read to its end.
    sha256         text not null default '',
    -- The moment it tells of; null: it could not even be found out.
    as_of          timestamptz,
    declared       bigint check (declared >= 0),
    -- reading, read (all pages are here), judged
    state          text not null default 'reading' check (state in ('reading', 'read', 'judged')),
    healthy        boolean not null default false check (not healthy or state = 'judged'),
    -- roster.Figures and roster.Verdict.
    figures        jsonb not null default '{}' check (jsonb_typeof(figures) = 'object'),
    verdict        jsonb not null default '{}' check (jsonb_typeof(verdict) = 'object'),
    -- The last good one of the source, as it was when this one was judged.
    compared_with  text references hr_rosters,
    begun_at       timestamptz not null default clock_timestamp(),
    read_at        timestamptz,
    -- When its people were removed from here.
    cleaned_at     timestamptz
);
create index hr_rosters_by_source on hr_rosters (source, begun_at desc);
create index hr_rosters_by_object on hr_rosters (source, key);

-- How far a reading has come: a page is here with all of its lines or not at all.
create table roster_pages (
    roster_id text not null references hr_rosters,
    page      integer not null check (page > 0),
    -- Of the page's bytes where a page is a thing of its own; else empty.
    sha256    text not null default '',
    lines     bigint not null check (lines >= 0),
    -- Where the page was found, and where the one after it is; empty: it was the last.
    place     text not null default '',
    next      text not null default '',
    primary key (roster_id, page)
);

-- Byte order everywhere, so that these can be merged with another ordered stream. No key over the ids: a roster may name
-- somebody twice, and that is found out once all of it is here.
create table roster_records (
    roster_id        text not null references hr_rosters,
    -- Empty: Muster does not know the person.
    person_id        text collate "C" not null default '',
    namespace        text not null,
    external_user_id text collate "C" not null,
    status           text not null,
    -- hr.CanonicalRecord
    record           jsonb not null check (jsonb_typeof(record) = 'object'),
    page             integer not null,
    line             bigint not null
);
create index roster_records_in_order on roster_records (roster_id, person_id, external_user_id, line);
create index roster_records_by_id on roster_records (namespace, external_user_id, roster_id);
create index roster_records_by_person on roster_records (person_id) where person_id <> '';

-- Lines that tell nothing that may be used. Whoever they are about is not missing from HR.
create table roster_defects (
    roster_id        text not null references hr_rosters,
    -- Empty where it could not be read.
    external_user_id text collate "C" not null default '',
    person_id        text collate "C" not null default '',
    namespace        text not null,
    problems         jsonb not null check (jsonb_typeof(problems) = 'array'),
    page             integer not null,
    line             bigint not null,
    primary key (roster_id, line)
);
create index roster_defects_by_person on roster_defects (person_id) where person_id <> '';
create index roster_defects_by_id on roster_defects (namespace, external_user_id, roster_id);

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on hr_rosters to muster_app;
        grant select, insert, delete on roster_pages to muster_app;
        grant select, insert, update, delete on roster_records, roster_defects to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop table roster_defects;
drop table roster_records;
drop table roster_pages;
drop table hr_rosters;
