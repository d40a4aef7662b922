package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
)

// A reversal that races the deletion wins or loses, for everybody and for good.
func TestAReversalAtTheMomentOfExpiryWinsOrLosesOnce(t *testing.T) {
	t.Parallel()
	s := startWith(t, hurried(t))
	people := s.agentsOf(t, graceOfSeconds, 12)
	for _, p := range people {
		p.leaves()
	}
	for _, p := range people {
		p.isArchived(t)
	}
	reverse := func(p *person) error {
		client := s.as("legal")
		_, err := client.PullLever(t.Context(), p.id, api.LeverReverse, "settled", time.Time{})
		return err
	}
	// The first is far too early to lose, and the last comes when there is nothing to reverse; those between come at the moment itself.
	results := map[*person]chan error{}
	for i, p := range people[:len(people)-1] {
		g, _ := p.grace(t)
		wait := time.Until(g.Deadline.Add(time.Duration(i-2) * 50 * time.Millisecond))
		if i == 0 {
			wait = 0
		}
		results[p] = make(chan error, 1)
		time.AfterFunc(wait, func() { results[p] <- reverse(p) })
	}
	last := people[len(people)-1]
	last.isGone(t)
	results[last] = make(chan error, 1)
	results[last] <- reverse(last)

	won, lost := 0, 0
	for _, p := range people {
		err := <-results[p]
		if err == nil {
			won++
			p.becomes(t, "active")
			require.Equal(t, map[string]bool{"General_Support": true}, p.account(t).Queues)
			g, _ := p.grace(t)
			require.Equal(t, lifecycle.GraceEnded, g.Phase)
			continue
		}
		lost++
		var problem *api.Problem
		require.ErrorAs(t, err, &problem)
		require.Equal(t, http.StatusConflict, problem.Status, problem.Detail)
		p.isGone(t)
	}
	t.Logf("%d reversals won, %d lost", won, lost)
	require.Positive(t, won)
	require.Positive(t, lost)
	s.invariantsHold(t)
}
