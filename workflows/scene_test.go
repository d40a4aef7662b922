package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"muster/activities"
	"muster/archive"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
	"muster/testenv"
	"muster/workflows"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// scene is one person's life with everything real but Temporal's clock: PostgreSQL, the platform over HTTP, the activities. The
// test environment skips the time nobody does anything in.
type scene struct {
	t        *testing.T
	store    *store.Store
	database string // its URL
	platform *genesystest.Server
	env      *testsuite.TestWorkflowEnvironment
	person   string
	email    string
	start    time.Time
	posted   int

	activities *activities.Activities
	// whileRunning are the activities of a mailbox that is told that the workflows it asks about run.
	whileRunning *activities.Activities
	archive      *archive.Bucket
	folder       string // of the archive
	waiting      bool   // a grace is being waited out
	// limits are the mass-change guard's.
	limits lifecycle.GuardLimits
}

func newScene(t *testing.T) *scene {
	t.Helper()
	database := testenv.Database(t)
	opened, err := store.Open(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	s := &scene{
		t: t, store: opened, database: database, platform: genesystest.New(t, genesystest.Options{}),
		person: "WD-EMP-1001", email: "ana.lopez@example.com", start: time.Now().UTC().Truncate(time.Second),
	}
	s.publish(mapping.Example())
	adapter, err := genesys.New(genesys.Config{
		LoginURL: s.platform.LoginURL(), APIURL: s.platform.URL(), ClientID: s.platform.ClientID(), ClientSecret: s.platform.ClientSecret(),
	})
	require.NoError(t, err)
	s.folder = t.TempDir()
	s.archive, err = archive.Open(t.Context(), "file://"+filepath.Join(s.folder, "archive"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.archive.Close()) })
	s.limits = lifecycle.DefaultGuardLimits()
	limits := activities.WithGuardLimits(func(*mapping.Registry) lifecycle.GuardLimits { return s.limits })
	s.activities = activities.New(s.store, adapter, nobodyRuns{}, s.archive, limits)
	s.whileRunning = activities.New(s.store, adapter, everythingRuns{}, s.archive, limits)
	s.again()
	return s
}

// again prepares another run of the mailbox for the same person.
func (s *scene) again() {
	var suite testsuite.WorkflowTestSuite
	s.env = suite.NewTestWorkflowEnvironment()
	s.env.SetStartTime(time.Now().UTC())
	s.env.SetTestTimeout(time.Minute)
	workflows.Register(s.env)
	s.env.RegisterWorkflowWithOptions(untilGrace, workflow.RegisterOptions{Name: names.WorkflowTermination, DisableAlreadyRegisteredCheck: true})
	s.activities.RegisterLocal(s.env)
	s.activities.RegisterPlatform(s.env)
	s.activities.RegisterLeaver(s.env)
	s.activities.RegisterDrain(s.env)
}

// untilGrace is Termination up to where the long wait begins in a run of its own. The test environment waits for the terminations that a
// mailbox starts, and would wait a month; the wait is tested apart.
func untilGrace(ctx workflow.Context, in lifecycle.TerminationInput) (lifecycle.OperationResult, error) {
	if in.InGrace {
		return lifecycle.OperationResult{Ended: lifecycle.Done}, nil
	}
	result, err := workflows.Termination(ctx, in)
	if workflow.IsContinueAsNewError(err) {
		return lifecycle.OperationResult{Ended: lifecycle.Done}, nil
	}
	return result, err
}

type nobodyRuns struct{}

func (nobodyRuns) IsRunning(context.Context, string) (bool, error) { return false, nil }

// everythingRuns is Temporal's answer where the workflows asked about run.
type everythingRuns struct{}

func (everythingRuns) IsRunning(context.Context, string) (bool, error) { return true, nil }

func (s *scene) publish(yaml []byte) {
	s.t.Helper()
	testenv.Publish(s.t, s.store, yaml)
}

// post hands in an event as the front door does and returns its id. changes go over the payload of an ordinary hire.
func (s *scene) post(eventType hr.Type, top, payload map[string]any) string {
	s.t.Helper()
	s.posted++
	id := "evt_" + uuid.NewString()
	body := map[string]any{"external_user_id": s.person}
	if eventType == hr.UserCreate {
		for field, value := range map[string]any{
			"email": s.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2",
			"skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York",
		} {
			body[field] = value
		}
	}
	for field, value := range payload {
		body[field] = value
	}
	event := map[string]any{
		"event_id": id, "event_type": eventType, "source_system": "WORKDAY",
		"timestamp_utc": s.start.Add(time.Duration(s.posted) * time.Second).Add(-time.Hour).Format(time.RFC3339), "payload": body,
	}
	for field, value := range top {
		event[field] = value
	}
	raw, err := json.Marshal(event)
	require.NoError(s.t, err)
	decoded, err := hr.Decode(raw, hr.Zones{})
	require.NoError(s.t, err)
	verdicts, err := s.store.Ingest(s.t.Context(), []store.Incoming{{
		Raw: raw, SourceSystem: "WORKDAY", Namespace: "default", EventID: id, ExternalUserID: s.person, Event: &decoded.Event,
		Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("default", decoded.Event), Defects: decoded.Defects,
	}}, false)
	require.NoError(s.t, err)
	require.Equal(s.t, store.VerdictAccepted, verdicts[0].Status)
	return id
}

// at does something after a while of the workflow's time.
func (s *scene) at(after time.Duration, do func()) { s.env.RegisterDelayedCallback(do, after) }

// ring rings the mailbox.
func (s *scene) ring() {
	require.NoError(s.t, s.env.SignalWorkflowByID(names.AgentWorkflowID(s.person), names.SignalRing, nil))
}

// run runs the mailbox to its end.
func (s *scene) run() {
	s.t.Helper()
	// A grace whose workflow is not in this environment: it is told by the test, where that matters.
	s.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, names.SignalRing, mock.Anything).Return(nil).Maybe()
	s.env.SetStartWorkflowOptions(startOptions(s.person))
	s.env.ExecuteWorkflow(names.WorkflowAgent, names.AgentInput{PersonID: s.person})
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
}

// terminate runs a termination to its end, as the mailbox starts it. The test environment ends with its root workflow, and a mailbox
// does not wait for a termination: what takes time in one is tested with the termination as the root.
func (s *scene) terminate() {
	s.t.Helper()
	in := lifecycle.OperationInput{PersonID: s.person}
	require.NoError(s.t, s.store.WithPerson(s.t.Context(), s.person, func(_ context.Context, p *store.PersonTx) (err error) {
		in.Generation, err = p.TakeOver(lifecycle.Termination, "test")
		return err
	}))
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: names.TerminationWorkflowID(s.person, in.Generation), TaskQueue: names.QueueMuster})
	s.env.ExecuteWorkflow(names.WorkflowTermination, lifecycle.TerminationInput{OperationInput: in})
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
}

func (s *scene) agent() store.AgentView {
	s.t.Helper()
	view, err := s.store.Agent(s.t.Context(), s.person)
	require.NoError(s.t, err)
	return view
}

func (s *scene) outcome(eventID string) string {
	s.t.Helper()
	e, err := s.store.Event(s.t.Context(), eventID)
	require.NoError(s.t, err)
	return string(e.Outcome)
}

// account is the platform's own truth about the person's account.
func (s *scene) account() genesystest.Truth {
	s.t.Helper()
	users := s.platform.Users(genesystest.TruthFilter{Email: s.email})
	require.Len(s.t, users, 1, "accounts with the person's email")
	return users[0]
}

func (s *scene) noAccount() {
	s.t.Helper()
	require.Empty(s.t, s.platform.Users(genesystest.TruthFilter{Email: s.email}))
}

// review returns the person's one open review.
func (s *scene) review() store.Review {
	s.t.Helper()
	reviews, _, err := s.store.Reviews(s.t.Context(), store.QuestionFilter{State: store.ReviewOpen, PersonID: s.person})
	require.NoError(s.t, err)
	require.Len(s.t, reviews, 1)
	return reviews[0]
}

// approval returns the person's one open approval.
func (s *scene) approval() store.Approval {
	s.t.Helper()
	approvals, _, err := s.store.Approvals(s.t.Context(), store.QuestionFilter{State: store.ApprovalOpen, PersonID: s.person})
	require.NoError(s.t, err)
	require.Len(s.t, approvals, 1)
	return approvals[0]
}

// decide decides about an approval as the API does: by a row with an authenticated actor.
func (s *scene) decide(approvalID, decision, actor string) {
	s.t.Helper()
	_, err := s.store.DecideApproval(s.t.Context(), approvalID, store.Decision{Decision: decision, Actor: actor, Reason: "test"})
	require.NoError(s.t, err)
}

// alerts are the kinds of the open alerts.
func (s *scene) alerts() (kinds []store.AlertKind) {
	s.t.Helper()
	alerts, _, err := s.store.Alerts(s.t.Context(), store.AlertFilter{State: "open"})
	require.NoError(s.t, err)
	for _, a := range alerts {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func (s *scene) hireID() string { return names.HireWorkflowID(s.person, s.agent().Generation) }

func (s *scene) signal(workflowID, name string, payload any) {
	require.NoError(s.t, s.env.SignalWorkflowByID(workflowID, name, payload))
}

// timeline is the person's timeline as one text, for looking whether something is in it.
func (s *scene) timeline() string {
	s.t.Helper()
	entries, _, err := s.store.Timeline(s.t.Context(), s.person, "", 200)
	require.NoError(s.t, err)
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s [%s verified=%t] %s\n", e.Kind, e.Actor, e.ActorVerified, e.Text)
	}
	return b.String()
}

// joinRequests counts the requests that joined a queue, by the platform's own journal.
func (s *scene) joinRequests() (count int) {
	for _, entry := range s.platform.Journal(genesystest.JournalFilter{}) {
		if strings.Contains(string(entry.Body), `"joined":true`) {
			count++
		}
	}
	return count
}
