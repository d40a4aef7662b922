package store

import (
	"context"
	"fmt"

	"muster/lifecycle"
)

// Supervisors returns at most limit people who supervise a queue, as far as the record knows: managers, by HR's word, of active
// agents whose plan gives them the queue (by its name, also as a fallback), who are active themselves and not leaving. Whoever
// has most such reports comes first. Whether they are joined only the platform can say.
//
// It reads the plans of all active agents, so it is for the rare case in which every other way to hand work over has failed.
func (s *Store) Supervisors(ctx context.Context, platform, queue string, limit int) ([]Agent, error) {
	return list[Agent](ctx, s.pool, "the queue's supervisors", `
		with serving as (
			select a.person_id
			from agents a join plans p on p.person_id = a.person_id and p.generation = a.generation and p.digest = a.plan_digest
			where a.lifecycle_state = $1 and a.platform = $2
			  and (p.body @> jsonb_build_object('desired', jsonb_build_object('queues', jsonb_build_array(jsonb_build_object('name', $3::text))))
			    or p.body @> jsonb_build_object('desired', jsonb_build_object('queues', jsonb_build_array(jsonb_build_object('fallback', $3::text)))))
		), managing as (
			select i.person_id, count(*) as reports
			from serving cross join lateral (`+fmt.Sprintf(newestManager, "serving.person_id")+`) as named
			join person_ids i on i.namespace = named.namespace and i.external_id = named.external_id
			group by i.person_id
		)
		select `+agentColumns+`
		from agents join managing using (person_id)
		where agents.lifecycle_state = $1 and agents.platform = $2 and agents.platform_user_id is not null and agents.operation <> $4
		order by managing.reports desc, agents.person_id limit $5`,
		lifecycle.Active, platform, queue, lifecycle.Termination, limit)
}
