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
	// The first is far too early to lose and the last far too late to win; those between them come at the moment itself.
	results := map[*person]chan error{}
	for i, p := range people {
		g, _ := p.grace(t)
		at := g.Deadline.Add(time.Duration(i-2) * 50 * time.Millisecond)
		switch i {
		case 0:
			at = g.Deadline.Add(-2 * time.Second)
		case len(people) - 1:
			at = g.Deadline.Add(2 * time.Second)
		}
		result := make(chan error, 1)
		results[p] = result
		time.AfterFunc(time.Until(at), func() {
			client := s.as("legal")
			_, err := client.PullLever(t.Context(), p.id, api.LeverReverse, "settled", time.Time{})
			result <- err
		})
	}
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
