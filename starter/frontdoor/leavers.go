package frontdoor

import (
	"context"
	"net/http"
	"time"

	"muster/api"
	"muster/store"
)

type leaversQuery struct {
	PageQuery
	From time.Time `query:"from" doc:"Only those whose access ended, or is to end, then or later"`
	To   time.Time `query:"to" doc:"Only those before then"`
}

func (d *Door) addLeavers() {
	add(d, route{
		method: http.MethodGet, path: "/v1/leavers", id: "list-leavers", tag: tagAgent,
		summary: "What became of each termination: when the access had to end, when each cut was read back, by whose word",
		description: "In the order of receipt. A termination that is not in effect is shown to role legal alone, so a page may hold fewer than " +
			"were asked for; the list is at its end where there is no next_cursor. A step without a time says why.",
		roles: []api.Role{api.RoleAuditor, api.RoleLegal},
	}, d.listLeavers)
}

// leaverRounds bounds how many terminations outside the time asked for are passed over in one call; the rest is for the next page.
const leaverRounds = 20

func (d *Door) listLeavers(ctx context.Context, query *leaversQuery) (*listed[api.Leaver], error) {
	if !query.To.IsZero() && !query.From.Before(query.To) {
		return nil, invalid("query.to", query.To.Format(time.RFC3339), "a time after from")
	}
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Leaver]{Body: api.Page[api.Leaver]{Items: []api.Leaver{}, NextCursor: query.Cursor}}
	var people []string
	for range leaverRounds {
		records, next, err := d.Store.Leavers(ctx, store.LeaverFilter{
			SettledSince: query.settledSince(), Cursor: answer.Body.NextCursor, Limit: query.Limit - len(answer.Body.Items),
		})
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			l, leaves := leavingOf(record, d.Now(), zones, actorOf(ctx))
			if leaves && query.covers(l.effect.Effective) {
				answer.Body.Items = append(answer.Body.Items, l.document())
				people = append(people, record.Agent.PersonID)
			}
		}
		answer.Body.NextCursor = next
		if next == "" || len(answer.Body.Items) >= query.Limit {
			break
		}
	}
	return answer, d.noteRead(ctx, "leavers", distinct(people)...)
}

func (q leaversQuery) covers(at time.Time) bool {
	return !at.Before(q.From) && (q.To.IsZero() || at.Before(q.To))
}

// settledSince leaves out early what cannot be meant: what took effect at or after From had its outcome after that. The clocks of HR and
// of the database may differ.
func (q leaversQuery) settledSince() time.Time {
	if q.From.IsZero() {
		return q.From
	}
	return q.From.Add(-time.Hour)
}
