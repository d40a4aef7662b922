package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/store"
)

// The reconciliation at night must not hide what an approver is asked.
func TestWhatSomebodyIsToDecideAboutAnAccountStaysInTheInboxOverAReconciliation(t *testing.T) {
	s, _ := open(t)
	const before, after = "rec_20260302_0200", "rec_20260303_0200"
	stray := delta(before, "PLATFORM_ONLY", "")
	stray.Subject, stray.AccountID, stray.ResolutionAction = "a-1", "a-1", "REVIEW_OUTSTANDING"
	found(t, s, before, stray)
	_, err := s.AskAccountTermination(t.Context(), store.Settlement{AccountID: "a-1", Actor: "otto", Verified: true, Reason: "a robot that is gone"})
	require.NoError(t, err)
	inbox := func() (subjects []string) {
		alerts, _, err := s.Alerts(t.Context(), store.AlertFilter{})
		require.NoError(t, err)
		for _, a := range alerts {
			if a.ClosedAt == nil {
				subjects = append(subjects, a.SubjectID)
			}
		}
		return subjects
	}
	require.Equal(t, []string{"a-1"}, inbox())
	reconciliation(t, s, after)
	complete(t, s, after)
	require.NoError(t, s.CloseSettledDeltas(t.Context(), after))
	require.Equal(t, []string{"a-1"}, inbox(), "an approver has still to decide")
	_, err = s.RejectAccountTermination(t.Context(), "a-1", store.Decision{Actor: "anna", Reason: "it is in use"})
	require.NoError(t, err)
	require.Empty(t, inbox())
}
