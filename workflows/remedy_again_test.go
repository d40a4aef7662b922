package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

func TestAnOperationThatWasLostIsBegunAnew(t *testing.T) {
	s := hired(t)
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		_, err := p.TakeOver(lifecycle.Transfer, "test")
		return err
	}))
	lost := s.transferID()
	done := s.carry(s.found("rec_20260302_0200", reconcile.Delta{
		DeltaType: reconcile.WorkflowMissing, ResolutionAction: reconcile.RestartWorkflow, WorkflowID: lost,
	}))
	require.Equal(t, store.DeltaRestarted, done.Outcome)
	s.run()
	require.Equal(t, lifecycle.None, s.agent().Operation)
	require.NotEqual(t, lost, s.transferID(), "under a generation of its own")
}

// Two workers that carry one delta out at the same time do it once.
func TestADeltaThatIsCarriedOutTwiceAtOnceIsCarriedOutOnce(t *testing.T) {
	s := newScene(t)
	hire := s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	s.change(genesystest.Plant{State: new("inactive")})
	lost := s.found("rec_20260302_0200", missingDelta(hire))
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() { s.carry(lost) })
	}
	together.Wait()
	require.Equal(t, []string{store.DeltaReemitted}, s.outcomes(lost))
	require.Len(t, s.hrEvents(hr.UserCreate), 2, "the hire and one re-emission")
	s.run()
	require.Equal(t, "active", s.account().State)
}

func TestWhatIsNotSoAnyMoreIsLeftToTheOperationThatHasBegunSince(t *testing.T) {
	s := hired(t)
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.HRTerminatedCCaaSActive, ResolutionAction: reconcile.IsolateAndAsk})
	s.post(hr.UserUpdate, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.run()
	s.again()
	s.carry(d)
	require.Empty(t, s.agent().FoundBy, "the record was compared before that")
	s.run()
	require.Equal(t, "active", s.account().State)
}

func TestADeletionPastItsPointOfNoReturnGoesOnWhateverWasFound(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return errors.Join(
			p.ChangeGrace(s.agentGeneration(p), store.GraceChange{Phase: new(lifecycle.GraceDeleting)}),
			p.UpdateAgent(store.AgentChange{State: new(lifecycle.Deleting)}))
	}))
	done := s.carry(s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.HRTerminatedCCaaSActive, ResolutionAction: reconcile.IsolateAndAsk}))
	require.Equal(t, store.DeltaFailed, done.Outcome)
	require.Equal(t, lifecycle.Deleting, s.agent().State)
	require.Equal(t, lifecycle.GraceDeleting, s.lastGrace().Phase)
	require.Contains(t, s.alerts(), store.AlertDeltaOpen, "somebody is told")
}

func TestPeopleWhomNobodyKnowsAreHiredFromTheRosterEachForThemselves(t *testing.T) {
	s := newScene(t)
	const id = "rec_20260302_0200"
	person := func(externalID string) map[string]any {
		return map[string]any{
			"external_user_id": externalID, "email": externalID + "@example.com", "first_name": "Ana", "last_name": "Lopez",
			"department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York", "status": "ACTIVE",
		}
	}
	s.roster(id+"/workday", person("WD-NEW-1"), person("WD-NEW-2"))
	_, _, err := s.store.StartReconciliation(t.Context(), store.Reconciliation{ID: id, Platform: "genesys"})
	require.NoError(t, err)
	for _, externalID := range []string{"WD-NEW-1", "WD-NEW-2"} {
		d := missingDelta("")
		d.ReconciliationID, d.ExternalUserID, d.TimestampUTC = id, externalID, time.Now().UTC()
		row, err := d.Row()
		require.NoError(t, err)
		_, err = s.store.AddDeltas(t.Context(), []store.Delta{row})
		require.NoError(t, err)
		done := s.carry(d)
		require.Equal(t, store.DeltaReemitted, done.Outcome, done.Text)
		require.False(t, done.Again)
		agent, err := s.store.Agent(t.Context(), externalID)
		require.NoError(t, err)
		require.Equal(t, 1, agent.WaitingEvents)
	}
}
