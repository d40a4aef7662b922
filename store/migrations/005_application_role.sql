-- The role the processes work under. It cannot change the record even where a trigger would be missing.
--
-- Roles belong to the whole cluster, so another database's migration may create the same one at the same moment, and the
-- migrating user may not be allowed to create roles at all: then everything works without it, guarded by the triggers.

do $$
begin
    for attempt in 1..5 loop
        begin
            if not exists (select from pg_roles where rolname = 'muster_app') then
                create role muster_app nologin;
            end if;
            -- Also where we are a member already: since PostgreSQL 16 whoever creates a role may administer it, which counts as
            -- being a member, but may not take it on unless that is granted apart.
            execute format('grant muster_app to %I', current_user);
            exit;
        exception
            when insufficient_privilege then
                raise notice 'role muster_app: not created or not granted, % may not', current_user;
                exit;
            -- Lost a race against another database's migration; internal_error is "tuple concurrently updated".
            when duplicate_object or unique_violation or internal_error then
                perform pg_sleep(0.05);
        end;
    end loop;

    if exists (select from pg_roles where rolname = 'muster_app') then
        grant usage on schema public to muster_app;
        grant select on muster_schema_version, persons, person_ids, external_id_folds, agents, hr_events, plans, approvals, reviews,
            rings, mapping_versions, timeline, audit, audit_chain, audit_unsealed, audit_open_intents to muster_app;
        grant insert, update on persons, person_ids, agents, hr_events, plans, approvals, reviews, rings to muster_app;
        grant delete on rings to muster_app;
        grant usage on sequence ring_numbers to muster_app;
        grant insert on external_id_folds, mapping_versions, timeline, audit, audit_chain to muster_app;
        grant insert, delete on audit_unsealed, audit_open_intents to muster_app;
    end if;
end $$;

---- create above / drop below ----

-- The role itself stays: other databases of the cluster may use it.
do $$
begin
    if exists (select from pg_roles where rolname = 'muster_app') then
        revoke all on muster_schema_version, persons, person_ids, external_id_folds, agents, hr_events, plans, approvals, reviews,
            rings, mapping_versions, timeline, audit, audit_chain, audit_unsealed, audit_open_intents from muster_app;
        revoke all on sequence ring_numbers from muster_app;
        revoke usage on schema public from muster_app;
    end if;
end $$;
