package workflows_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/activities"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

// What people decide while a change runs, what a leave takes and a return gives back, and what waits for a seat.

// wire carries the requests to the platform, and does something just before one of them is sent. An answer takes the place of the platform's.
type wire struct {
	mu     sync.Mutex
	before func(r *http.Request) *http.Response
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	before := w.before
	w.mu.Unlock()
	if before != nil {
		if answer := before(r); answer != nil {
			return answer, nil
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *wire) set(before func(r *http.Request) *http.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = before
}

// wired has the scene's activities speak to the platform over a wire.
func (s *scene) wired() *wire {
	s.t.Helper()
	w := &wire{}
	adapter, err := genesys.New(genesys.Config{
		LoginURL: s.platform.LoginURL(), APIURL: s.platform.URL(), ClientID: s.platform.ClientID(), ClientSecret: s.platform.ClientSecret(),
		HTTPClient: &http.Client{Transport: w},
	})
	require.NoError(s.t, err)
	s.activities = activities.New(s.store, adapter, nobodyRuns{}, s.archive)
	s.again()
	return w
}

// whenSkillsAreWritten does something once, while a change is writing skills.
func (w *wire) whenSkillsAreWritten(do func()) {
	var once sync.Once
	w.set(func(r *http.Request) *http.Response {
		if r.Method != http.MethodGet && strings.Contains(r.URL.Path, "routingskills") {
			once.Do(do)
		}
		return nil
	})
}

func (s *scene) approvals() []store.Approval {
	s.t.Helper()
	found, _, err := s.store.Approvals(s.t.Context(), store.QuestionFilter{PersonID: s.person})
	require.NoError(s.t, err)
	return found
}

func TestAYesToARoleThatIsSaidWhileAChangeRunsIsHeard(t *testing.T) {
	s := hired(t)
	w := s.wired()
	promotion := s.post(hr.UserUpdate, nil, map[string]any{"job_title_code": "SR_TECH_SUPPORT"})
	said := false
	s.meanwhile(time.Hour, func() {
		asked := s.approval().ID
		w.whenSkillsAreWritten(func() {
			said = true
			s.decide(asked, names.DecisionApprove, "approver")
		})
		s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
		s.ring()
	})
	s.run()
	require.True(t, said)
	require.Len(t, s.approvals(), 1, "nobody is asked again")
	require.Equal(t, "applied", s.outcome(promotion))
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
}

func TestAFieldThatIsGivenUpWhileAChangeRunsIsNotAskedAboutAgain(t *testing.T) {
	s := hired(t)
	w := s.wired()
	s.plantColleague("other@example.com", "4452")
	extension := s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "4452"})
	var asked string
	s.meanwhile(time.Hour, func() {
		asked = s.reviews()["extension"].ID
		w.set(func(r *http.Request) *http.Response {
			if r.Method == http.MethodPatch && strings.Count(r.URL.Path, "/") == 4 { // the profile, where the extension is refused
				_, err := s.store.DecideReview(t.Context(), asked, store.Decision{Decision: names.DecisionDismiss, Actor: "operator", Reason: "test"})
				if err == nil {
					w.set(nil)
				}
			}
			return nil
		})
		s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
		s.ring()
	})
	s.run()
	found, _, err := s.store.Reviews(t.Context(), store.QuestionFilter{PersonID: s.person})
	require.NoError(t, err)
	require.Len(t, found, 1, "nobody is asked again")
	require.Equal(t, store.ReviewDismissed, found[0].State)
	require.Equal(t, "dismissed", s.outcome(extension))
	require.Equal(t, lifecycle.None, s.agent().Operation)
}

// away takes the person on leave and back, and leaves the environment ready for what follows.
func (s *scene) away(status string) {
	s.t.Helper()
	s.again()
	s.post(hr.UserUpdate, nil, map[string]any{"status": status})
	s.run()
	require.Equal(s.t, lifecycle.OnLeave, s.agent().State)
	s.again()
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ACTIVE"})
}

func TestARoleThatWasRejectedDoesNotComeWithAReturnFromLeave(t *testing.T) {
	s, _ := promoted(t)
	s.meanwhile(time.Hour, func() {
		s.decide(s.approval().ID, names.DecisionReject, "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	s.away("ON_LEAVE")
	s.meanwhile(time.Hour, func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
		require.True(t, s.account().Queues["Priority_Support_Queue"], "the return does not wait for the role")
		require.Contains(t, s.approval().Question, "Knowledge Base Editor")
	})
	s.run()
	require.NotContains(t, s.account().Roles, "Knowledge Base Editor", "nobody has decided")
}

func TestARoleThatWasHeldAtWorkComesWithAReturnFromLeave(t *testing.T) {
	s, _ := promoted(t)
	s.meanwhile(time.Hour, func() {
		s.decide(s.approval().ID, names.DecisionApprove, "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
	s.away("ON_LEAVE")
	s.run()
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
	require.Len(t, s.approvals(), 1, "nobody is asked again")
}

func TestARoleThatANewHireIsPromotedToInTheFirstPlaceNeedsNoApproval(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"job_title_code": "SR_TECH_SUPPORT"})
	s.run()
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
	require.Empty(t, s.approvals())
}

func TestAReturnFromLeaveGivesTheBaseRoleBack(t *testing.T) {
	s := hired(t)
	before := s.account().Grants
	require.Greater(t, len(before), 1, "the platform gave a role of its own")
	s.away("ON_LEAVE")
	s.run()
	require.ElementsMatch(t, before, s.account().Grants)
	require.Empty(t, s.approvals())
}

func TestAMoveThatWaitsForASeatOutlivesItsOperation(t *testing.T) {
	s := hired(t)
	colleague := s.oneSeat()
	moved := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.meanwhile(time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(moved))
		old := s.transferID()
		require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
			_, err := p.TakeOver(lifecycle.Transfer, "the workflow was terminated")
			return err
		}))
		s.signal(old, names.SignalRing, nil)
	})
	s.meanwhile(2*time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(moved))
		s.freeSeat(colleague)
		s.resolve(s.reviews()["work"].ID, names.DecisionRetry)
	})
	s.run()
	require.Equal(t, "applied", s.outcome(moved))
	require.Equal(t, map[string]bool{"Billing_Queue": true}, s.account().Queues)
}

func TestAQueueThatWasJoinedAfterItsSeatCameIsTheAgentsToLeave(t *testing.T) {
	s := hired(t)
	colleague := s.oneSeat()
	s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.meanwhile(time.Hour, func() {
		s.freeSeat(colleague)
		s.resolve(s.reviews()["work"].ID, names.DecisionRetry)
	})
	s.run()
	_, err := s.platform.Change(s.account().ID, genesystest.Plant{Queues: map[string]bool{"Billing_Queue": false}})
	require.NoError(t, err)
	s.again()
	event := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Billing_Queue": false}, s.account().Queues)
}

// noLicence has the platform refuse, as long as it is asked to, what a path names, for want of a licence.
func (w *wire) noLicence(path string, refuses func() bool) {
	w.set(func(r *http.Request) *http.Response {
		if r.Method == http.MethodGet || !strings.Contains(r.URL.Path, path) || strings.Contains(r.URL.RawQuery, "delete=true") || !refuses() {
			return nil
		}
		body := `{"message":"No license is available","code":"bad.request","status":400}`
		return &http.Response{
			Status: "400 Bad Request", StatusCode: http.StatusBadRequest, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		}
	})
}

func TestARoleOrAQueueWithoutALicenceWaitsAndTheRestOfTheMoveGoesOn(t *testing.T) {
	for what, path := range map[string]string{"role": "bulkreplace", "queue": "/members"} {
		t.Run(what, func(t *testing.T) {
			s := hired(t)
			s.publish(bytes.Replace(mapping.Example(), []byte("\ndefaults:"), []byte("\nroles:\n  - {name: Knowledge Base Editor, approval: false}\n\ndefaults:"), 1))
			w := s.wired()
			var freed atomic.Bool
			w.noLicence(path, func() bool { return !freed.Load() })
			moved := s.post(hr.UserUpdate, nil, map[string]any{"job_title_code": "SR_TECH_SUPPORT", "skill_codes": []string{"SVC_BILLING"}})
			s.meanwhile(time.Hour, func() {
				require.Equal(t, "waiting", s.outcome(moved))
				require.Equal(t, lifecycle.ReviewConflict, s.reviews()["work"].Kind)
				require.Contains(t, s.account().Skills, "Billing_Support")
				require.Equal(t, "Senior Technical Support", s.account().Title)
				require.Equal(t, what == "role", s.account().Queues["Priority_Support_Queue"])
				require.Equal(t, what == "queue", slices.Contains(s.account().Roles, "Knowledge Base Editor"))
				freed.Store(true)
				s.resolve(s.reviews()["work"].ID, names.DecisionRetry)
			})
			s.run()
			require.Equal(t, "applied", s.outcome(moved))
			require.True(t, s.account().Queues["Priority_Support_Queue"])
			require.Contains(t, s.account().Roles, "Knowledge Base Editor")
		})
	}
}

func TestARoleWithoutALicenceThatIsGivenUpIsNotAskedAboutAgain(t *testing.T) {
	s := hired(t)
	s.publish(bytes.Replace(mapping.Example(), []byte("\ndefaults:"), []byte("\nroles:\n  - {name: Knowledge Base Editor, approval: false}\n\ndefaults:"), 1))
	w := s.wired()
	w.noLicence("bulkreplace", func() bool { return true })
	promotion := s.post(hr.UserUpdate, nil, map[string]any{"job_title_code": "SR_TECH_SUPPORT"})
	s.meanwhile(time.Hour, func() { s.resolve(s.reviews()["work"].ID, names.DecisionDismiss) })
	s.run()
	require.Equal(t, "dismissed", s.outcome(promotion))
	require.Equal(t, lifecycle.None, s.agent().Operation)
	require.Empty(t, s.reviews())
}

func TestLegalsQuestionAboutAReturnStaysTheSameWhateverIsPlannedForIt(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.run()
	s.again()
	event := s.post(hr.UserCreate, nil, nil)
	s.meanwhile(time.Hour, func() {
		asked := s.approval()
		require.Equal(t, lifecycle.ApprovalRehire, asked.Kind)
		s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
		s.ring()
		s.meanwhile(time.Hour, func() {
			require.Equal(t, asked.ID, s.approval().ID)
			require.Equal(t, asked.Deadline, s.approval().Deadline)
			s.decide(asked.ID, names.DecisionApprove, "legal")
			s.signal(s.hireID(), names.SignalRing, nil)
		})
	})
	s.run()
	require.Len(t, s.approvals(), 1)
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Billing_Queue": true}, s.account().Queues)
}

func TestARestoredRoleThatWasApprovedAndNotGrantedIsAskedForAgain(t *testing.T) {
	s := reversed(t)
	s.meanwhile(time.Hour, func() {
		old := s.transferID()
		s.decide(s.approval().ID, names.DecisionApprove, "approver")
		require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
			_, err := p.TakeOver(lifecycle.Transfer, "the workflow was terminated before it granted the role")
			return err
		}))
		s.signal(old, names.SignalRing, nil)
	})
	s.meanwhile(2*time.Hour, func() {
		require.NotContains(t, s.account().Roles, "Supervisor")
		s.decide(s.approval().ID, names.DecisionApprove, "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Contains(t, s.account().Roles, "Supervisor")
}

func TestAPlatformThatIsNotHereIsNotTakenForTheOneThatIs(t *testing.T) {
	s := newScene(t)
	s.publish(bytes.Replace(mapping.Example(), []byte("  - code: SUPP_L2\n"), []byte("  - code: SUPP_L2\n    platform: cxone\n"), 1))
	event := s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() {
		require.Contains(t, s.review().Question, "names platform cxone")
		s.noAccount()
		s.publish(mapping.Example())
		s.signal(s.hireID(), names.SignalRing, nil)
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
}
