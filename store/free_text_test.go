package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// What people write freely may name anybody, so it is kept only where an erasure finds it: never in the audit trail or the timeline, which
// nothing is ever taken from.
func TestNoReasonThatSomebodyGaveIsLeftOfWhoWasErased(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	const why = "because of Secretaria Secretova"
	placed := hold(t, s, "WD-1", "M-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		if err := p.ReleaseHold("M-1", "luis", why, deactivated); err != nil {
			return err
		}
		_, err := p.AddOverride(lifecycle.Override{MadeBy: "lena", Reason: why, MadeAt: deactivated, RemindAt: deactivated})
		return err
	})
	again, err := s.DismissReview(t.Context(), parkedTermination(t, s, "WD-1", "the platform refuses").ID,
		store.Decision{Decision: names.DecisionDismiss, Actor: "otto", Reason: why})
	require.NoError(t, err)
	review := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	_, err = s.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionRetry, Actor: "otto", Reason: why})
	require.NoError(t, err)
	_, err = s.AnnounceBatch(t.Context(), store.Batch{
		Kind: lifecycle.BatchLayoff, Namespace: "workday", FirstDay: deactivated, LastDay: deactivated, Zone: "UTC", StartsAt: deactivated, EndsAt: deactivated.Add(time.Hour),
		Reason: why, RequestedBy: "lena",
	}, []string{"WD-1"})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"guard_batches", "holds", "overrides", "review_dismissals", "reviews"}, places(t, conn, why))

	shred(t, s, "WD-1")

	require.Empty(t, places(t, conn, why))
	holds, _, err := s.Holds(t.Context(), store.HoldFilter{PersonID: "WD-1"})
	require.NoError(t, err)
	require.Equal(t, placed.ID, holds[0].ID)
	require.Equal(t, []string{"lena", "luis", "M-1"}, []string{holds[0].PlacedBy, holds[0].ReleasedBy, holds[0].Matter}, "who did it, and for what, stays")
	require.WithinDuration(t, deactivated, *holds[0].ReleasedAt, time.Millisecond)
	standing, err := s.Dismissals(t.Context(), again.ID)
	require.NoError(t, err)
	require.Equal(t, "otto", standing[again.ID].Asked.AskedBy, "the first word still counts as his")
}
