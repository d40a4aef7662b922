-- Who is managed by whom, by HR's word: found when a manager leaves.

create index hr_events_by_manager on hr_events ((canonical #>> '{payload,manager_external_id}'))
    where admission = 'accepted' and canonical #>> '{payload,manager_external_id}' is not null;

---- create above / drop below ----

drop index hr_events_by_manager;
