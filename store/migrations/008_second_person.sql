-- A termination's review is dismissed by two persons: here is the first one's word, while the second is waited for.
create table review_dismissals (
    review_id text primary key references reviews,
    -- What the review asked then. Where it asks something else now, the word no longer counts.
    question  text not null,
    asked_by  text not null,
    asked_at  timestamptz not null default clock_timestamp(),
    reason    text not null
);

do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        grant select, insert, update on review_dismissals to muster_app;
    end if;
end $$;

---- create above / drop below ----

drop table review_dismissals;
