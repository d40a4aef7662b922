package levers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func (r record) audited(action string) []store.AuditRow {
	r.t.Helper()
	rows, _, err := r.store.AuditTrail(r.t.Context(), store.AuditFilter{PersonID: personID, Action: action}, "", 0)
	require.NoError(r.t, err)
	return rows
}

func TestAskingForALeverThatNeedsAnApprovalIsOnRecordWithWhoAsked(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, map[string]any{"reason": "INVOLUNTARY"})
	outcome, err := r.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse, Actor: "lena"})
	require.NoError(t, err)
	rows := r.audited("termination.")
	require.Len(t, rows, 1)
	require.Equal(t, "termination.reverse_requested", rows[0].Action)
	require.Equal(t, "lena", rows[0].Actor)
	require.True(t, rows[0].ActorVerified)
	require.JSONEq(t, `{"approval_id":"`+outcome.ApprovalID+`","kind":"reversal"}`, string(rows[0].Detail))
}

func TestWhyALeverWasPulledIsInNoRowThatIsNeverErased(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, nil)
	r.reversed()
	rows := r.audited("termination.")
	require.Len(t, rows, 1)
	require.JSONEq(t, `{}`, string(rows[0].Detail))
	person, _ := r.look()
	require.Equal(t, "a test", person.Override.Reason)
}

func TestTheReasonOfALeverWithoutARowOfItsOwnIsKeptForAuditors(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, nil)
	r.change(takeOver(lifecycle.Termination), noOperation, state(lifecycle.Deactivated), grace())
	_, err := r.pull(lifecycle.Pull{Lever: lifecycle.LeverReschedule, Until: now.Add(60 * 24 * time.Hour)})
	require.NoError(t, err)
	require.JSONEq(t, `{"reason":"a test"}`, string(r.audited("termination.reschedule")[0].Detail))
}
