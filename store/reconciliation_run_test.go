package store_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func TestComparingAnewForgetsWhatAnInterruptedComparisonKept(t *testing.T) {
	s, _ := open(t)
	const id = "rec_20260302_0200"
	reconciliation(t, s, id)
	require.NoError(t, s.AddCandidates(t.Context(), id, []store.Candidate{{PersonID: "WD-1", AccountIDs: []string{"a"}}, {AccountIDs: []string{"b"}}}))
	require.NoError(t, s.BeginComparing(t.Context(), id))
	left, err := s.Candidates(t.Context(), id, 10)
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, s.AddCandidates(t.Context(), id, []store.Candidate{{PersonID: "WD-1", Find: true, WorkflowIDs: []string{"hire/WD-1/1"}}}))
	require.NoError(t, s.EndComparing(t.Context(), id, json.RawMessage(`{"people":1}`)))
	require.NoError(t, s.BeginComparing(t.Context(), id))
	left, err = s.Candidates(t.Context(), id, 10)
	require.NoError(t, err)
	require.Len(t, left, 1, "a comparison that came to its end stands")
	require.Equal(t, store.Candidate{ID: left[0].ID, PersonID: "WD-1", AccountIDs: []string{}, Find: true, WorkflowIDs: []string{"hire/WD-1/1"}}, left[0])
}

func TestCandidatesAreSettledWithTheirDeltasAndCountsOrNotAtAll(t *testing.T) {
	s, _ := open(t)
	const id = "rec_20260302_0200"
	reconciliation(t, s, id)
	require.NoError(t, s.AddCandidates(t.Context(), id, []store.Candidate{{PersonID: "WD-1"}}))
	require.NoError(t, s.EndComparing(t.Context(), id, json.RawMessage(`{"people":4}`)))
	open, err := s.Candidates(t.Context(), id, 10)
	require.NoError(t, err)
	merged := func(before json.RawMessage) (json.RawMessage, error) {
		require.JSONEq(t, `{"people":4}`, string(before))
		return json.RawMessage(`{"people":5}`), nil
	}
	broken := errors.New("broken")
	settle := func(merge func(json.RawMessage) (json.RawMessage, error)) error {
		return s.SettleCandidates(t.Context(), id, []int64{open[0].ID}, []store.Delta{delta(id, "SKILL_MISMATCH", "WD-1")}, merge)
	}
	require.ErrorIs(t, settle(func(json.RawMessage) (json.RawMessage, error) { return nil, broken }), broken)
	require.Empty(t, deltas(t, s, store.DeltaFilter{ReconciliationID: id}), "nothing of it is kept")
	require.NoError(t, settle(merged))
	require.ErrorIs(t, settle(merged), store.ErrAlreadyDecided, "whoever comes second counts nothing")
	require.Len(t, deltas(t, s, store.DeltaFilter{ReconciliationID: id}), 1)
	run, err := s.Reconciliation(t.Context(), id)
	require.NoError(t, err)
	require.JSONEq(t, `{"people":5}`, string(run.Counts))
}

func TestAReconciliationWhoseWorkflowWasNotSeenToIsDueOnce(t *testing.T) {
	s, _ := open(t)
	reconciliation(t, s, "rec_20260302_0200")
	reconciliation(t, s, "rec_20260302_0300")
	complete(t, s, "rec_20260302_0200")
	due, err := s.DueReconciliations(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, []string{"rec_20260302_0300"}, due)
	due, err = s.DueReconciliations(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Empty(t, due)
	due, err = s.DueReconciliations(t.Context(), 0)
	require.NoError(t, err)
	require.Len(t, due, 1)
}

func TestAModeIsSetWithAReasonOnRecord(t *testing.T) {
	s, conn := open(t)
	modes, err := s.ModesFor(t.Context(), []string{"SKILL_MISMATCH", "PLATFORM_ONLY"})
	require.NoError(t, err)
	require.Equal(t, map[string]store.ReconciliationMode{"SKILL_MISMATCH": store.ModeReport, "PLATFORM_ONLY": store.ModeReport}, modes, "what nobody set is reported")
	for _, mode := range []store.ReconciliationMode{store.ModeObserve, store.ModeRepair} {
		_, err = s.SetReconciliationMode(t.Context(), store.ModeChange{DeltaType: "SKILL_MISMATCH", Mode: mode, ChangedBy: "otto", ChangedVerified: true, Reason: "because"})
		require.NoError(t, err)
	}
	modes, err = s.ModesFor(t.Context(), []string{"SKILL_MISMATCH", "PLATFORM_ONLY"})
	require.NoError(t, err)
	require.Equal(t, store.ModeRepair, modes["SKILL_MISMATCH"])
	require.Equal(t, 2, count(t, conn, `audit where action = 'reconciliation.mode' and actor = 'otto'`))
}

func TestAReconciliationThatDidNotBeginIsToldUntilOneDoes(t *testing.T) {
	s, conn := open(t)
	missed := func() int {
		t.Helper()
		require.NoError(t, s.WatchSchedules(t.Context()))
		return count(t, conn, `alerts where kind = $1 and closed_at is null`, store.AlertReconciliationMissed)
	}
	expected := time.Now().Add(-time.Hour)
	require.NoError(t, s.NoteSchedule(t.Context(), "reconcile-nightly", "spec", expected, false))
	require.Equal(t, 1, missed())
	require.NoError(t, s.NoteSchedule(t.Context(), "reconcile-nightly", "spec", time.Now().Add(24*time.Hour), false))
	require.Equal(t, 1, missed(), "that the next one is planned does not hide that this one is missing")
	reconciliation(t, s, "rec_20260302_0200")
	require.Equal(t, 1, missed(), "one by hand is not the Schedule's")
	_, _, err := s.StartReconciliation(t.Context(), store.Reconciliation{ID: "rec_20260302_0201", Platform: "genesys"})
	require.NoError(t, err)
	require.Equal(t, 0, missed())

	require.NoError(t, s.NoteSchedule(t.Context(), "other", "spec", time.Now().Add(-10*time.Minute), false))
	require.Equal(t, 0, missed(), "it may begin a little late")
	require.NoError(t, s.NoteSchedule(t.Context(), "paused", "spec", expected, true))
	require.Equal(t, 0, missed(), "what an operator paused is not missed")
	require.NoError(t, s.NoteSchedule(t.Context(), "paused", "spec", time.Now().Add(time.Hour), false))
	require.Equal(t, 0, missed(), "nor what was paused then")
}

func TestLeaversWhoseAccessIsBeingCutAreSeen(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	for state, cut := range map[lifecycle.State]bool{lifecycle.Isolating: true, lifecycle.Draining: true, lifecycle.Deactivated: false} {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
			if _, err := p.TakeOver(lifecycle.Termination, "test"); err != nil {
				return err
			}
			return p.UpdateAgent(store.AgentChange{State: &state})
		})
		is, err := s.AccessIsBeingCut(t.Context())
		require.NoError(t, err)
		require.Equal(t, cut, is, state)
	}
}

func TestALeaverWhoIsIsolatedAndWaitsForSomebodyHoldsUpNoReading(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		if _, err := p.TakeOver(lifecycle.Termination, "test"); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{State: new(lifecycle.Draining)})
	})
	isBeingCut := func() bool {
		is, err := s.AccessIsBeingCut(t.Context())
		require.NoError(t, err)
		return is
	}
	for _, kind := range []lifecycle.ApprovalKind{lifecycle.ApprovalGuardRelease, lifecycle.ApprovalTerminate} {
		require.True(t, isBeingCut())
		var asked store.Approval
		withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
			asked, err = p.OpenApproval(store.Approval{Kind: kind, PlanDigest: "d", Generation: 1, RequestedBy: store.ActorMuster, Question: "May it?"})
			return err
		})
		require.False(t, isBeingCut(), kind)
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.WithdrawApproval(asked.ID, "test") })
	}
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewGuardRefused, Question: "What now?"})
		return err
	})
	require.False(t, isBeingCut())
}
