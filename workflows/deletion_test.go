package workflows_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// What comes with the deletion and after it, and what HR says after a reversal.

func TestALeverAfterTheDeletionIsToldWhatToDoInstead(t *testing.T) {
	s := leaver(t, nil)
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.ErrorContains(t, err, "restore-deleted")
	_, err = s.pull(lifecycle.Pull{Lever: lifecycle.LeverExpedite})
	require.ErrorContains(t, err, "only a grace")
}

func TestAnArchiveThatDoesNotReadBackStopsTheDeletionAndIsWrittenAnew(t *testing.T) {
	s := leaver(t, nil)
	var damaged string
	s.at(29*aDay, func() {
		require.NoError(t, filepath.WalkDir(s.folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && filepath.Base(path) == "2.json" {
				damaged = path
				err = os.WriteFile(path, []byte("{}"), 0o600)
			}
			return err
		}))
	})
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.NotEmpty(t, damaged)
	require.Regexp(t, `(?s)archive\.damaged.*account\.archived.*account\.deleting`, s.timeline())
	require.Contains(t, s.alerts(), store.AlertArchiveDamaged)
	content, err := os.ReadFile(damaged)
	require.NoError(t, err)
	require.True(t, bytes.Contains(content, []byte("Tier_2_Escalation")), "with what the account was before the termination")
}

func TestADeletionThatThePlatformRefusesNeedsSomebodyAndGoesOnlyForward(t *testing.T) {
	s := leaver(t, nil)
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: "DELETE", Path: "/api/v2/users/*", Times: 3}))
	s.at(30*aDay+30*time.Minute, func() {
		require.Equal(t, lifecycle.Deleting, s.agent().State)
		require.Equal(t, lifecycle.ReviewPurgeStuck, s.review().Kind)
		require.Contains(t, s.alerts(), store.AlertPurgeStuck)
		_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
		require.ErrorContains(t, err, "too late")
		_, err = s.pull(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
		require.ErrorContains(t, err, "too late")
	})
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.NotContains(t, s.alerts(), store.AlertPurgeStuck)
	require.False(t, s.agent().NeedsAttention)
}

func TestARehireEndsTheGrace(t *testing.T) {
	s := leaver(t, nil)
	account := s.account().ID
	s.again()
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, account, s.account().ID)
	require.Equal(t, lifecycle.GraceEnded, s.lastGrace().Phase)
	s.graceFrom(time.Now())
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	require.Equal(t, "active", s.account().State)
}

func TestADeletedAccountIsRestoredWithLegalsApproval(t *testing.T) {
	s := leaver(t, nil)
	account := s.account().ID
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	asked := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverRestoreDeleted})
	require.Equal(t, lifecycle.ApprovalRestoreDeleted, s.approval().Kind)
	s.decide(asked.ApprovalID, names.DecisionApprove, "otto of legal")
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		s.hrAgrees()
	})
	require.Equal(t, account, s.account().ID)
	require.Equal(t, "active", s.account().State)
}

func TestWhatHRTellsOfSomebodyDeletedIsForAPersonToDecide(t *testing.T) {
	s := leaver(t, nil)
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	s.again()
	update := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	again := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.ReviewAfterDeletion, s.review().Kind)
	require.Equal(t, "waiting", s.outcome(update))
	require.Contains(t, []string{"no_change", "superseded"}, s.outcome(again))
	_, err := s.store.DecideReview(t.Context(), s.review().ID, store.Decision{Decision: names.DecisionDismiss, Actor: "ana", Reason: "an old record"})
	require.NoError(t, err)
	s.again()
	s.run()
	require.Equal(t, "dismissed", s.outcome(update))
	require.Equal(t, "deleted", s.account().State)
}

func TestAnErasureIsApprovedStoppedByAHoldAndForGood(t *testing.T) {
	s := leaver(t, nil)
	require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.ErasureLagMS = 0 }))
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
	_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverErase})
	require.ErrorContains(t, err, "under hold")
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReleaseHold, Matter: "case 7", Actor: "otto of legal"})
	asked := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverErase})
	s.decide(asked.ApprovalID, names.DecisionApprove, "otto of legal")
	s.again()
	s.run()
	s.noAccount()
	require.NotNil(t, s.agent().ErasedAt)
	require.Empty(t, s.agent().Email)
	_, err = s.pull(lifecycle.Pull{Lever: lifecycle.LeverRestoreDeleted})
	require.ErrorContains(t, err, "erased")
	archives, err := s.store.Archives(t.Context(), s.person)
	require.NoError(t, err)
	require.NotNil(t, archives[0].ErasedAt)
}

func TestHRSayingAgainWhatLegalReversedIsForAPersonToDecide(t *testing.T) {
	for decision, state := range map[string]lifecycle.State{names.DecisionDismiss: lifecycle.Active, names.DecisionRetry: lifecycle.Deactivated} {
		s := hired(t)
		lastDay := map[string]any{"termination": map[string]any{"reason": "VOLUNTARY", "last_day": time.Now().AddDate(0, 0, -2).Format(time.DateOnly)}}
		s.post(hr.UserTerminate, nil, lastDay)
		s.run()
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
		var reposted string
		s.again()
		s.at(time.Hour, func() {
			require.Equal(t, lifecycle.Active, s.agent().State)
			reposted = s.post(hr.UserTerminate, nil, lastDay)
			s.ring()
		})
		s.at(2*time.Hour, func() {
			require.Equal(t, lifecycle.ReviewReposted, s.review().Kind)
			require.Equal(t, lifecycle.Active, s.agent().State)
			_, err := s.store.DecideReview(t.Context(), s.review().ID, store.Decision{Decision: decision, Actor: "ana", Reason: "asked HR"})
			require.NoError(t, err)
			s.ring()
		})
		s.at(3*time.Hour, func() {
			if decision == names.DecisionDismiss {
				require.Equal(t, "dismissed", s.outcome(reposted))
				s.post(hr.EventRescind, map[string]any{"rescinds_event_id": reposted}, nil)
				first := s.hrEvents(hr.UserTerminate)[0]
				s.post(hr.EventRescind, map[string]any{"rescinds_event_id": first}, nil)
				s.ring()
			}
		})
		s.run()
		require.Equal(t, state, s.agent().State)
	}
}

func (s *scene) hrEvents(eventType hr.Type) (ids []string) {
	s.t.Helper()
	events, err := s.store.PersonEvents(s.t.Context(), s.person)
	require.NoError(s.t, err)
	for _, e := range events {
		if e.Event.EventType == eventType {
			ids = append(ids, e.Event.EventID)
		}
	}
	return ids
}

func TestAReversalThatHRHasNotAgreedToIsRemindedOf(t *testing.T) {
	s := leaver(t, nil)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	s.again()
	s.at(4*aDay, func() { require.NotContains(t, s.alerts(), store.AlertReversalAwaitsHR) })
	s.at(8*aDay, func() {
		require.Contains(t, s.alerts(), store.AlertReversalAwaitsHR)
		s.hrAgrees()
		s.ring()
	})
	s.run()
	require.NotContains(t, s.alerts(), store.AlertReversalAwaitsHR)
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestAPlannedLeavingIsReversedBeforeItBegins(t *testing.T) {
	s := hired(t)
	event := s.post(hr.UserTerminate, s.later(10), nil)
	s.at(aDay, func() { s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse}); s.ring() })
	s.at(12*aDay, func() {
		require.Equal(t, "active", s.account().State)
		require.Equal(t, "dismissed", s.outcome(event))
		s.hrAgrees()
		s.ring()
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
}

func TestSomebodyOnLeaveWhoLeavesGetsAGrace(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	require.Equal(t, lifecycle.OnLeave, s.agent().State)
	s.again()
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	require.True(t, s.lastGrace().Open())
}
