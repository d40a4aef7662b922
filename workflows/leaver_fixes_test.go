package workflows_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// What a leaver's way out must withstand: other employments, managers, questions, faults, and being begun anew.

func TestADismissalFromOneOfTwoEmploymentsLeavesTheAccountAlone(t *testing.T) {
	s := converted(t)
	s.again()
	s.run()
	s.again()
	end := s.post(hr.UserTerminate, nil, dismissal)
	s.run()
	require.Equal(t, "active", s.account().State)
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.NotEqual(t, "waiting", s.outcome(end))
}

func TestALeaverWhosePlanOthersHaveClearedIsArchivedAllTheSame(t *testing.T) {
	s := unarchived(t)
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{PlanDigest: new("")})
	}))
	_, err := s.activity(names.ActivityArchive, lifecycle.OperationInput{PersonID: s.person, Generation: s.agent().Generation})
	require.NoError(t, err)
	require.NotEmpty(t, s.lastGrace().ArchiveID)
}

func TestALeaverWaitsForNoManagerAnyMore(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"manager_external_id": "WD-BOSS"})
	s.run()
	awaited := func() (id string) {
		require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) (err error) {
			id, err = p.AwaitedManager()
			return err
		}))
		return id
	}
	require.Equal(t, "WD-BOSS", awaited())
	s.again()
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Empty(t, awaited())
}

// asked is somebody whose isolation waits for the answer whose account it is.
func asked(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	_, err := s.platform.Plant(genesystest.Plant{
		Name: new("Somebody Else"), Email: new(s.email), State: new("active"), Queues: map[string]bool{"Billing_Queue": true},
	})
	require.NoError(t, err)
	s.post(hr.UserCreate, nil, nil)
	s.post(hr.UserTerminate, nil, nil)
	return s
}

func TestSomebodyIsToldOfAnAccessThatIsNotCutWhileItsReviewIsOpen(t *testing.T) {
	s := asked(t)
	s.at(50*time.Second, func() {
		require.Equal(t, lifecycle.ReviewIdentity, s.review().Kind)
		require.NotContains(t, s.alerts(), store.AlertAccessNotCut)
	})
	s.at(2*time.Minute, func() { require.Contains(t, s.alerts(), store.AlertAccessNotCut) })
	s.at(16*time.Minute, func() {
		require.Contains(t, s.alerts(), store.AlertAccessEscalated)
		_, err := s.store.DecideReview(t.Context(), s.review().ID, store.Decision{Decision: names.DecisionDismiss, Actor: "ana", Reason: "not theirs"})
		require.NoError(t, err)
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalRing, nil)
	})
	s.terminate()
	require.NotContains(t, s.alerts(), store.AlertAccessNotCut)
	require.NotContains(t, s.alerts(), store.AlertAccessEscalated)
	require.False(t, s.agent().NeedsAttention)
}

func TestSomebodyIsToldOfAnAccessThatIsNotCutWhileAnAccountIsLookedForAgain(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserTerminate, nil, map[string]any{"email": s.email})
	s.at(2*time.Minute, func() { require.Contains(t, s.alerts(), store.AlertAccessNotCut) })
	s.terminate()
	require.Empty(t, s.alerts())
}

// sql changes the record behind everybody's back.
func (s *scene) sql(statement string, args ...any) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.database)
	require.NoError(s.t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(s.t.Context())) }()
	_, err = conn.Exec(s.t.Context(), statement, args...)
	require.NoError(s.t, err)
}

func TestATerminationThatWasKilledAndIsBegunAnewCountsFromItsFirstBeginning(t *testing.T) {
	s := asked(t)
	s.takenOver(lifecycle.Termination) // and nothing of it runs any more
	s.sql(`update agents set operation_since = operation_since - interval '20 minutes' where person_id = $1`, s.person)
	s.at(time.Second, func() {
		require.Contains(t, s.alerts(), store.AlertAccessNotCut, "what was missed is told at once")
		require.Contains(t, s.alerts(), store.AlertAccessEscalated)
		_, err := s.store.DecideReview(t.Context(), s.review().ID, store.Decision{Decision: names.DecisionDismiss, Actor: "ana", Reason: "not theirs"})
		require.NoError(t, err)
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalRing, nil)
	})
	s.terminate()
}

func TestATerminationMayNotBeGoneUnnoticedForLong(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	nextRing := func() (within time.Duration) {
		conn, err := pgx.Connect(t.Context(), s.database)
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		var due time.Time
		require.NoError(t, conn.QueryRow(t.Context(), `select due_at from rings where person_id = $1`, s.person).Scan(&due))
		return time.Until(due)
	}
	looks := func() {
		_, err := s.whileRunning.Decide(t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: time.Now()})
		require.NoError(t, err)
	}
	looks() // begins the termination
	require.LessOrEqual(t, nextRing(), time.Minute)
	looks() // it runs
	require.LessOrEqual(t, nextRing(), time.Minute)

	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{State: new(lifecycle.Draining)})
	}))
	in := lifecycle.OperationInput{PersonID: s.person, Generation: s.agent().Generation}
	_, err := s.activities.MakePlan(t.Context(), lifecycle.PlanInput{OperationInput: in, Operation: lifecycle.Termination, Now: time.Now()})
	require.NoError(t, err)
	looks()
	require.Greater(t, nextRing(), 5*time.Minute, "a drain takes its time")
	require.LessOrEqual(t, nextRing(), 6*time.Minute)
}

func TestALeaverWithoutAGraceGetsOneWhateverEventSaysSo(t *testing.T) {
	s := leaver(t, nil)
	first := s.lastGrace().Generation
	s.again()
	s.start = time.Now().UTC().Add(2 * time.Hour).Truncate(time.Second)
	s.env.SetStartTime(time.Now().Add(3 * time.Hour))
	hire := s.post(hr.UserCreate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	require.Equal(t, lifecycle.GraceEnded, s.lastGrace().Phase, "HR employs the person")
	s.again()
	s.env.SetStartTime(time.Now().Add(4 * time.Hour))
	s.post(hr.EventRescind, map[string]any{"rescinds_event_id": hire}, nil)
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	require.True(t, s.lastGrace().Open(), "the person has left after all")
	require.Greater(t, s.lastGrace().Generation, first)
	begun := s.agent().Generation
	s.again()
	s.run()
	require.Equal(t, begun, s.agent().Generation, "and is not terminated again and again")
}

func TestAnAlertAboutAnAccessThatWasNotCutClosesWhenThePersonIsAtWorkAgain(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.takenOver(lifecycle.Termination)
	phase := lifecycle.PhaseInput{OperationInput: lifecycle.OperationInput{PersonID: s.person, Generation: s.agent().Generation}, Operation: lifecycle.Termination}
	for _, escalated := range []bool{false, true} {
		require.NoError(t, s.activities.RaiseAttention(t.Context(), lifecycle.AttentionInput{PhaseInput: phase, Text: "test", NotCut: true, Escalated: escalated}))
	}
	require.Contains(t, s.alerts(), store.AlertAccessEscalated)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		s.hrAgrees()
	})
	require.NotContains(t, s.alerts(), store.AlertAccessNotCut)
	require.NotContains(t, s.alerts(), store.AlertAccessEscalated)
}

// unarchived is a leaver in grace whose account is not archived yet.
func unarchived(t *testing.T) *scene {
	t.Helper()
	s := leaver(t, nil)
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return p.ChangeGrace(s.agentGeneration(p), store.GraceChange{ArchiveID: new("")})
	}))
	return s
}

func TestSomebodyIsToldWhenABucketTakesNoArchiveForLong(t *testing.T) {
	s := unarchived(t)
	bucket := filepath.Join(s.folder, "archive")
	require.NoError(t, os.Rename(bucket, bucket+".away"))
	require.NoError(t, os.WriteFile(bucket, nil, 0o600)) // no folder any more
	s.at(time.Minute, func() { require.NotContains(t, s.alerts(), store.AlertArchiveFailing) })
	s.at(150*time.Minute, func() {
		require.Contains(t, s.alerts(), store.AlertArchiveFailing)
		require.True(t, s.agent().NeedsAttention)
		require.NoError(t, os.Remove(bucket))
		require.NoError(t, os.Rename(bucket+".away", bucket))
	})
	s.at(aDay, func() {
		require.NotEmpty(t, s.lastGrace().ArchiveID)
		require.NotContains(t, s.alerts(), store.AlertArchiveFailing)
		require.False(t, s.agent().NeedsAttention)
	})
	s.wait()
	require.NotEmpty(t, s.lastGrace().ArchiveID)
	require.NotContains(t, s.alerts(), store.AlertArchiveFailing)
}

// The test environment gives up sooner: after ten attempts.
func TestAnArchiveIsTriedForAnHourBeforeSomebodyIsTold(t *testing.T) {
	s := unarchived(t)
	var within time.Duration
	s.env.OnActivity(names.ActivityArchive, mock.Anything, mock.Anything).Return(
		func(ctx context.Context, _ lifecycle.OperationInput) (lifecycle.ArchiveResult, error) {
			within = activity.GetInfo(ctx).ScheduleToCloseTimeout
			return lifecycle.ArchiveResult{}, temporal.NewNonRetryableApplicationError("not allowed", names.ErrorNeedsReview, nil)
		})
	s.at(30*time.Minute, func() {
		require.Contains(t, s.alerts(), store.AlertArchiveFailing, "a refusal is told at once")
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	require.Equal(t, time.Hour, within)
}

func TestSomebodyIsToldAtOnceWhenTheDeadlinePassesWithoutAnArchive(t *testing.T) {
	s := unarchived(t)
	s.env.OnActivity(names.ActivityArchive, mock.Anything, mock.Anything).After(50*aDay).Return(lifecycle.ArchiveResult{}, nil)
	s.at(30*aDay-time.Minute, func() { require.NotContains(t, s.alerts(), store.AlertArchiveFailing) })
	s.at(30*aDay+10*time.Minute, func() {
		require.Contains(t, s.alerts(), store.AlertArchiveFailing)
		require.Equal(t, "inactive", s.account().State)
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	require.NotContains(t, s.alerts(), store.AlertArchiveFailing, "the grace is over")
}

func TestALeaverFromALeaveIsArchivedAndBroughtBackAsTheyWereAtWork(t *testing.T) {
	s := hired(t)
	atWork := s.account()
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	s.again()
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	kept, err := s.store.Snapshot(t.Context(), s.person, s.agent().Generation)
	require.NoError(t, err)
	var snapshot lifecycle.Snapshot
	require.NoError(t, json.Unmarshal(kept.Body, &snapshot))
	require.Equal(t, ccaas.Active, snapshot.State)
	require.NotEmpty(t, snapshot.Roles)
	joined := map[string]bool{}
	for _, q := range snapshot.Queues {
		joined[snapshot.Names[q.QueueID]] = q.Joined
	}
	require.Equal(t, atWork.Queues, joined)
}

func TestATrainingIsNotCutShortByAnIsolationThatHadToBeTriedAgain(t *testing.T) {
	s, conversation := onACall(t, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(t, s.platform.EndConversation(conversation))
	_, err := s.platform.Change(s.account().ID, genesystest.Plant{Presence: new("Training")})
	require.NoError(t, err)
	// It is put offline, and the answer is lost: the second try finds the agent offline.
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: "PATCH", Path: "/api/v2/users/*/presences/*"}))
	s.post(hr.UserTerminate, nil, nil)
	s.terminate()
	require.Contains(t, s.timeline(), "drain began: 0 conversations run, and a training")
	require.Equal(t, "inactive", s.account().State)
}

func TestAnErasureThatThePlatformRefusesWaitsForSomebodyAndGoesOn(t *testing.T) {
	s := leaver(t, nil)
	require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.ErasureLagMS, settings.FailErasures = 0, true }))
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	approved := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverErase})
	s.decide(approved.ApprovalID, names.DecisionApprove, "otto of legal")
	s.again()
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ReviewPurgeStuck, s.review().Kind)
		require.True(t, s.agent().NeedsAttention)
		require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.FailErasures = false }))
		_, err := s.store.DecideReview(t.Context(), s.review().ID, store.Decision{Decision: names.DecisionRetry, Actor: "ana", Reason: "settled"})
		require.NoError(t, err)
		s.ring() // the mailbox alone is rung
	})
	begun := s.env.Now()
	s.run()
	s.noAccount()
	require.NotNil(t, s.agent().ErasedAt)
	require.Less(t, s.env.Now().Sub(begun), 3*time.Hour, "nobody waits for the next day")
	require.False(t, s.agent().NeedsAttention)
}

func TestARehireThatComesWhileThePlatformErasesBringsThePersonBack(t *testing.T) {
	s := leaver(t, nil)
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	approved := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverErase})
	s.decide(approved.ApprovalID, names.DecisionApprove, "otto of legal")
	require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.ErasureLagMS, settings.FailErasures = 0, true }))
	s.again()
	s.start = time.Now().UTC().Add(time.Hour).Truncate(time.Second)
	s.env.SetStartTime(time.Now().Add(2 * time.Hour))
	s.at(time.Hour, func() {
		s.email = "ana.back@example.com"
		s.post(hr.UserCreate, nil, nil)
		require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.FailErasures = false }))
	})
	s.at(30*time.Hour, s.ring)
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, "active", s.account().State)
	require.Equal(t, s.email, s.agent().Email)
}

func TestAnErasureThatIsStoppedSaysWhyAndLeavesTheGraceAsOthersHaveIt(t *testing.T) {
	for _, c := range []struct {
		phase, left lifecycle.GracePhase
		hold        bool
		why         string
	}{
		{lifecycle.GraceErasing, lifecycle.GraceDeleted, true, "a legal hold is in force"},
		{lifecycle.GraceEnded, lifecycle.GraceEnded, false, "the grace is ended"},
	} {
		s := leaver(t, nil)
		require.Equal(t, lifecycle.EndedDeleted, s.wait())
		require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
			if c.hold {
				_, err := p.PlaceHold(lifecycle.Hold{Matter: "case 7", PlacedBy: "lena of legal", Reason: "test"})
				require.NoError(t, err)
			}
			change := store.GraceChange{Phase: &c.phase}
			if c.phase == lifecycle.GraceEnded {
				change.EndedBecause = new("test")
			}
			return p.ChangeGrace(s.agentGeneration(p), change)
		}))
		generation := s.lastGrace().Generation
		s.takenOver(lifecycle.Erasure)
		result, err := s.activity(names.ActivityErase, lifecycle.OperationInput{PersonID: s.person, Generation: s.agent().Generation})
		require.NoError(t, err)
		var ended lifecycle.EraseResult
		require.NoError(t, result.Get(&ended))
		require.Equal(t, lifecycle.EndedDismissed, ended.Ended)
		require.Equal(t, c.left, s.lastGrace().Phase)
		require.Equal(t, generation, s.lastGrace().Generation)
		require.Contains(t, s.timeline(), "the erasure was stopped: ")
		require.Contains(t, s.timeline(), c.why)
		require.Equal(t, lifecycle.None, s.agent().Operation)
	}
}

// activity runs an activity alone, as a worker does.
func (s *scene) activity(name string, in any) (converter.EncodedValue, error) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	s.activities.RegisterPlatform(env)
	return env.ExecuteActivity(name, in)
}
