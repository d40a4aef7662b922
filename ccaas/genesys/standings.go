package genesys

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"muster/ccaas"
)

// opStandings is the verb of the read of many users in errors.
const opStandings = "standings.read"

// maxUserIDs is how many ids one listing of users takes (error code max.user.ids).
const maxUserIDs = 100

// Standings lists the users by id in every state: one call per 100. The expanded blocks are best effort, so a missing
// conversationSummary is an unknown count and no zero.
func (p *Platform) Standings(ctx context.Context, ids []string) (map[string]ccaas.Standing, error) {
	wanted := slices.Clone(ids)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) > 0 && wanted[0] == "" {
		return nil, invalid(opStandings, "ids: found an empty one, want ids of accounts")
	}
	standings := make(map[string]ccaas.Standing, len(wanted))
	for part := range slices.Chunk(wanted, maxUserIDs) {
		var listed page[user]
		_, err := p.calls.do(ctx, request{
			op: opStandings, method: http.MethodGet, path: []string{"users"},
			query: url.Values{
				"id": part, "state": {"any"}, "pageSize": {strconv.Itoa(maxUserIDs)},
				"expand": {"conversationSummary", "presence", "routingStatus"},
			},
		}, &listed)
		if err != nil {
			return nil, err
		}
		for _, found := range listed.Entities {
			account := found.account()
			standings[found.ID] = ccaas.Standing{
				State: account.State, Presence: account.Presence, RoutingStatus: account.RoutingStatus, Live: account.Live,
			}
		}
	}
	return standings, nil
}
