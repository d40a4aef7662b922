package workflows_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// A life is all that HR ever says of one person, in the order in which HR says it. Told in this order or in any other, once or several
// times, it must end on the same account.
//
// Four things depend on the order of arrival by the rules, and are kept out of the comparison:
//
//   - What an account without access still carries: somebody whose end was known before the beginning never had an account. What counts
//     is that nobody can reach them with work.
//   - What people are asked: a dismissal that was carried out needs legal, one that was taken back before it came does not. Every
//     approval is granted, in either order.
//   - The role that the platform gives every new account: inactivity takes it away, and no rule names it.
//   - The management unit and the work plan of a department that has none: what no rule names is left as it was before the move.
//
// A dismissal is always due at once: when a future one is carried out the clock of the activities is not that of the workflow, which skips
// time, and who came first could not be told.
type life struct {
	said []saying
	born time.Time
}

// saying is one event of a life.
type saying struct {
	id       string
	document map[string]any
}

// firstLook is how long after its beginning a life has nothing that takes effect later: so long the single runs last together.
const firstLook = 2 * 24 * time.Hour

func anyLife(t *rapid.T) life {
	l := life{born: time.Now().UTC().Truncate(time.Second)}
	l.say(t, hr.UserCreate, l.when(t), l.person(t))
	for range rapid.IntRange(1, 6).Draw(t, "more") {
		l.goOn(t)
	}
	return l
}

func (l *life) say(t *rapid.T, eventType hr.Type, top, payload map[string]any) {
	id := fmt.Sprintf("evt_%d_%s", len(l.said), eventType)
	payload["external_user_id"] = "WD-EMP-1001"
	document := map[string]any{
		"event_id": id, "event_type": eventType, "source_system": "WORKDAY", "payload": payload,
		"timestamp_utc": l.born.Add(time.Duration(len(l.said))*time.Minute - time.Hour).Format(time.RFC3339),
	}
	for field, value := range top {
		document[field] = value
	}
	text, err := json.Marshal(document)
	require.NoError(t, err)
	t.Logf("%s", text)
	l.said = append(l.said, saying{id, document})
}

// when is at once, or a day of the next weeks.
func (l *life) when(t *rapid.T) map[string]any {
	days := rapid.SampledFrom([]int{0, 0, 0, 5, 9, 14}).Draw(t, "in days")
	if days == 0 {
		return nil
	}
	return map[string]any{"effective_at": l.born.Add(time.Duration(days)*24*time.Hour + firstLook).Format(time.RFC3339)}
}

func (l *life) person(t *rapid.T) map[string]any {
	return map[string]any{
		"email": "ana.lopez@example.com", "first_name": "Ana", "last_name": "Lopez", "department_code": anyDepartment(t),
		"skill_codes": anySkills(t, 0), "timezone": "America/New_York",
	}
}

func anyDepartment(t *rapid.T) string {
	return rapid.SampledFrom([]string{"SUPP_L1", "SUPP_L2", "BILLING", "SALES", "RETAIL_1"}).Draw(t, "department")
}

func anySkills(t *rapid.T, atLeast int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"SVC_TECH", "SVC_BILLING", "SVC_RETENTION", "LANG_ES", "LANG_FR"}), atLeast, 3, rapid.ID[string]).Draw(t, "skills")
}

func (l *life) goOn(t *rapid.T) {
	change := func(payload map[string]any) func() {
		return func() { l.say(t, hr.UserUpdate, l.when(t), payload) }
	}
	end := func(reason string, top map[string]any) {
		l.say(t, hr.UserTerminate, top, map[string]any{"termination": map[string]any{"reason": reason}})
	}
	steps := []func(){
		func() { change(map[string]any{"department_code": anyDepartment(t)})() },
		func() {
			change(map[string]any{"phone_extension": rapid.SampledFrom([]any{"4452", "4453", nil}).Draw(t, "extension")})()
		},
		func() {
			change(map[string]any{"email": rapid.SampledFrom([]string{"ana.garcia@example.com", "ana.lopez@example.com"}).Draw(t, "email")})()
		},
		func() {
			change(map[string]any{"job_title_code": rapid.SampledFrom([]any{"SR_TECH_SUPPORT", "SALES_REP", nil}).Draw(t, "title")})()
		},
		func() {
			l.say(t, hr.SkillAssign, l.when(t), map[string]any{
				"skill_codes": anySkills(t, 1), "skill_mode": rapid.SampledFrom([]string{"ADD", "REMOVE", "REPLACE"}).Draw(t, "mode"),
			})
		},
		change(map[string]any{"status": "ON_LEAVE"}),
		change(map[string]any{"status": "ACTIVE"}),
		func() { end("VOLUNTARY", l.when(t)) },
		func() { end("INVOLUNTARY", nil) },
		func() { l.redate(t) },
		func() { l.rescind(t) },
		func() { l.rescind(t) },
		func() { l.say(t, hr.UserCreate, l.when(t), l.person(t)) },
	}
	steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")]()
}

// rescind takes any earlier event back, a rescind too.
func (l *life) rescind(t *rapid.T) {
	l.say(t, hr.EventRescind, map[string]any{"rescinds_event_id": l.anyOf(t)}, map[string]any{})
}

// redate says the last termination again, for another time; without one it ends the employment.
func (l *life) redate(t *rapid.T) {
	top := l.when(t)
	if top == nil {
		top = map[string]any{}
	}
	for _, s := range l.said {
		if s.document["event_type"] == hr.UserTerminate {
			top["replaces_event_id"] = s.id
		}
	}
	l.say(t, hr.UserTerminate, top, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY"}})
}

func (l *life) anyOf(t *rapid.T) string {
	return l.said[rapid.IntRange(0, len(l.said)-1).Draw(t, "of")].id
}

// delivery is a saying on its way: under its own id, or the same content under another.
type delivery struct {
	saying
	as string
}

func (l *life) inOrder() (all []delivery) {
	for _, s := range l.said {
		all = append(all, delivery{s, s.id})
	}
	return all
}

// shuffled is every saying once at least, in any order, some again, some again under another id.
func (l *life) shuffled(t *rapid.T) (all []delivery) {
	for _, s := range l.said {
		all = append(all, delivery{s, s.id})
		switch rapid.IntRange(0, 5).Draw(t, "again") {
		case 0:
			all = append(all, delivery{s, s.id})
		case 1:
			all = append(all, delivery{s, s.id + "_again"})
		}
	}
	order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
	order.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// hand hands in a delivery as the front door does.
func (s *scene) hand(d delivery) {
	s.t.Helper()
	document := map[string]any{}
	for field, value := range d.document {
		document[field] = value
	}
	document["event_id"] = d.as
	raw, err := json.Marshal(document)
	require.NoError(s.t, err)
	decoded, err := hr.Decode(raw, hr.Zones{})
	require.NoError(s.t, err)
	verdicts, err := s.store.Ingest(s.t.Context(), []store.Incoming{{
		Raw: raw, SourceSystem: "WORKDAY", Namespace: "default", EventID: d.as, ExternalUserID: s.person, Event: &decoded.Event,
		Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("default", decoded.Event), Defects: decoded.Defects,
	}}, false)
	require.NoError(s.t, err)
	require.NotEqual(s.t, store.VerdictRejected, verdicts[0].Status, verdicts[0].Reason)
}

// grant grants every approval that is asked for and tells whoever waits for it.
func (s *scene) grant() {
	approvals, _, err := s.store.Approvals(s.t.Context(), store.QuestionFilter{State: store.ApprovalOpen, PersonID: s.person})
	require.NoError(s.t, err)
	for _, a := range approvals {
		s.decide(a.ID, names.DecisionApprove, "somebody who may")
		agent := s.agent()
		decision := names.ApprovalDecision{ApprovalID: a.ID, Decision: names.DecisionApprove}
		switch agent.Operation {
		case lifecycle.Hire:
			s.signal(names.HireWorkflowID(s.person, agent.Generation), names.SignalApprovalDecision, decision)
		case lifecycle.Transfer:
			s.signal(names.TransferWorkflowID(s.person, agent.Generation), names.SignalApprovalDecision, decision)
		default:
			s.ring()
		}
	}
}

// lookFor runs the mailbox for a while, or until it has nothing more to do; then whatever still runs is stopped as a deployment would.
func (s *scene) lookFor(from time.Time, period time.Duration) (until time.Time) {
	s.t.Helper()
	s.again()
	s.env.SetStartTime(from)
	for after := time.Minute; after < period; after += max(time.Minute, period/60) {
		s.at(after, s.grant)
	}
	s.at(period, s.env.CancelWorkflow)
	// The mailbox tells a leaver's grace, which is not part of these runs.
	s.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil).Maybe()
	s.env.SetStartWorkflowOptions(startOptions(s.person))
	s.env.ExecuteWorkflow(names.WorkflowAgent, names.AgentInput{PersonID: s.person})
	require.True(s.t, s.env.IsWorkflowCompleted())
	if err := s.env.GetWorkflowError(); err != nil {
		require.True(s.t, temporal.IsCanceledError(err), "%v", err)
	}
	until = s.env.Now()
	s.finishTermination(until)
	return until
}

// finishTermination runs a termination that the mailbox has started and the test environment, which ends with the mailbox, has not.
func (s *scene) finishTermination(from time.Time) {
	s.t.Helper()
	agent := s.agent()
	if agent.Operation != lifecycle.Termination {
		return
	}
	s.again()
	s.env.SetStartTime(from)
	s.env.ExecuteWorkflow(names.WorkflowTermination, lifecycle.TerminationInput{OperationInput: lifecycle.OperationInput{PersonID: s.person, Generation: agent.Generation}})
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
}

// restAtLast runs the mailbox until all that is ahead has happened, and returns when that is.
func (s *scene) restAtLast() (until time.Time) {
	s.t.Helper()
	until = time.Now().UTC()
	for range 6 {
		until = s.lookFor(until, 30*24*time.Hour)
		if agent := s.agent(); agent.WaitingEvents == 0 && agent.Operation == lifecycle.None {
			return until
		}
	}
	reviews, _, err := s.store.Reviews(s.t.Context(), store.QuestionFilter{State: store.ReviewOpen, PersonID: s.person})
	require.NoError(s.t, err)
	require.FailNow(s.t, "the life has not come to rest", "agent %+v\nreviews %+v\n%s", s.agent(), reviews, s.timeline())
	return until
}

// everybodysRole is what the platform gives an account when it is made.
const everybodysRole = "employee"

// lived is what a life ends in.
type lived struct {
	State   lifecycle.State
	Account *genesystest.Truth // nil without access
	// Known: there is an account, if one without access.
	Known   bool
	Waiting map[string]bool // events without an outcome
}

func (s *scene) lived(l life) lived {
	s.t.Helper()
	end := lived{State: s.agent().State, Waiting: map[string]bool{}}
	for _, said := range l.said {
		if s.outcome(said.id) == string(lifecycle.Waiting) {
			end.Waiting[said.id] = true
		}
	}
	var accounts []genesystest.Truth
	for _, email := range []string{"ana.lopez@example.com", "ana.garcia@example.com"} {
		accounts = append(accounts, s.platform.Users(genesystest.TruthFilter{Email: email})...)
	}
	require.LessOrEqual(s.t, len(accounts), 1, "accounts of one person")
	end.Known = len(accounts) > 0
	if end.State == lifecycle.Active {
		require.Len(s.t, accounts, 1)
		account := accounts[0]
		require.Equal(s.t, "active", account.State)
		account.Roles = slices.DeleteFunc(account.Roles, func(role string) bool { return role == everybodysRole })
		account.Grants = slices.DeleteFunc(account.Grants, func(g genesystest.RoleGrant) bool { return g.Role == everybodysRole })
		account.ID, account.Version, account.Sessions, account.Presence, account.RoutingStatus = "", 0, 0, "", ""
		end.Account = &account
		return end
	}
	for _, account := range accounts {
		require.NotEqual(s.t, "active", account.State, "the account of somebody %s", end.State)
		for queue, joined := range account.Queues {
			require.False(s.t, joined, "joined to %s without access", queue)
		}
	}
	return end
}

// sameAs compares two ends. Of those without access, who never had an account is as good as whoever's has been cut.
func (end lived) sameAs(t require.TestingT, other lived, told string) {
	if end.Account == nil && other.Account == nil && !(end.Known && other.Known) {
		end.State, end.Known = other.State, other.Known
	}
	if end.Account != nil && other.Account != nil && (end.Account.ManagementUnit == "" || other.Account.ManagementUnit == "") {
		for _, account := range []*genesystest.Truth{end.Account, other.Account} {
			account.ManagementUnit, account.WorkPlan = "", ""
		}
	}
	require.Equal(t, end, other, told)
}

// fewerChecks makes a property that takes seconds run less often than the others, unless somebody asks for a number.
func fewerChecks(t *testing.T, checks string) {
	t.Helper()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if asked {
		return
	}
	before := flag.Lookup("rapid.checks").Value.String()
	require.NoError(t, flag.Set("rapid.checks", checks))
	t.Cleanup(func() { require.NoError(t, flag.Set("rapid.checks", before)) })
}

// live makes a scene for the length of one life: its database and its platform are gone before the next.
func live(t *testing.T, rt *rapid.T, name string, do func(s *scene)) {
	t.Helper()
	if !t.Run(name, func(t *testing.T) { do(newScene(t)) }) {
		rt.Fatalf("%s: see the subtest", name)
	}
}

func TestALifeEndsTheSameInWhateverOrderItIsTold(t *testing.T) {
	fewerChecks(t, "15")
	rapid.Check(t, func(rt *rapid.T) {
		l := anyLife(rt)
		var want, got lived
		live(t, rt, "in order", func(s *scene) {
			for _, d := range l.inOrder() {
				s.hand(d)
				s.lookFor(time.Now().UTC(), 20*time.Minute)
			}
			s.restAtLast()
			want = s.lived(l)
			require.Empty(s.t, want.Waiting, "events without an outcome\n%s", s.timeline())
		})
		deliveries := l.shuffled(rt)
		looks := rapid.SliceOfN(rapid.Bool(), len(deliveries), len(deliveries)).Draw(rt, "looks")
		live(t, rt, "shuffled", func(s *scene) {
			for i, d := range deliveries {
				s.hand(d)
				if looks[i] {
					s.lookFor(time.Now().UTC(), 20*time.Minute)
				}
			}
			until := s.restAtLast()
			got = s.lived(l)
			want.sameAs(s.t, got, s.timeline())

			s.platform.ClearJournal()
			for _, d := range l.shuffled(rt) {
				s.hand(d)
			}
			s.lookFor(until, 20*time.Minute)
			for _, call := range s.platform.Journal(genesystest.JournalFilter{}) {
				require.Equal(s.t, "GET", call.Method, "told again, %s changes nothing: %s", call.Path, s.timeline())
			}
		})
	})
}
