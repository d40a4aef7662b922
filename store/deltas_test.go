package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

func TestADeltaThatSomebodyWasAskedAboutSaysHowThatWasDecided(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-1"), create("evt_2", "WD-2"))
	const id = "rec_20260302_0200"
	found(t, s, id, delta(id, "SKILL_MISMATCH", "WD-1"), delta(id, "SKILL_MISMATCH", "WD-2"))
	rows := deltas(t, s, store.DeltaFilter{ReconciliationID: id})
	var review store.Review
	require.NoError(t, s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) (err error) {
		if review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewPutBack, DedupeKey: "SKILL_MISMATCH", Question: "a fourth time?"}); err != nil {
			return err
		}
		return p.AddDeltaOutcome(store.DeltaOutcome{DeltaID: rows[0].ID, Outcome: store.DeltaAsked, Reference: review.ID})
	}))
	_, err := s.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "otto", Reason: "Jane's own wish"})
	require.NoError(t, err)
	rows = deltas(t, s, store.DeltaFilter{ReconciliationID: id})
	require.Len(t, rows[0].Outcomes, 2)
	decided := rows[0].Outcomes[1]
	require.Equal(t, []string{store.DeltaDecided, review.ID, "otto", names.DecisionDismiss}, []string{decided.Outcome, decided.Reference, decided.Actor, decided.Text},
		"by whom and how, and not why: that may name people")
	require.True(t, decided.ActorVerified)
	require.Empty(t, rows[1].Outcomes)
}
