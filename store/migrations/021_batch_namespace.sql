-- A batch names people by HR's ids, and two HR systems may use the same ones: it says whose.

-- Empty where a batch was announced before and nobody can tell any more: it exempts nobody.
alter table guard_batches add column namespace text not null default '';
update guard_batches b set namespace = coalesce(
    (select min(i.namespace) from guard_batch_people m join person_ids i using (external_id) where m.batch_id = b.id having count(distinct i.namespace) = 1),
    (select case when count(*) = 0 then 'default' else min(namespace) end from person_ids having count(distinct namespace) < 2),
    '');

---- create above / drop below ----

alter table guard_batches drop column namespace;
