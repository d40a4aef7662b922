package workflows_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

// What of a change waits for somebody waits by itself; everything else is applied at once.

// promoted is an agent to whom HR gives a job title whose rule names one role more. The change runs when the scene does.
func promoted(t *testing.T) (s *scene, event string) {
	t.Helper()
	s = hired(t)
	return s, s.post(hr.UserUpdate, nil, map[string]any{"job_title_code": "SR_TECH_SUPPORT"})
}

func (s *scene) transferID() string { return names.TransferWorkflowID(s.person, s.agent().Generation) }

// meanwhile does something after a while of the workflow's time, while the mailbox still has something to do: that it comes to it is part of
// what is specified.
func (s *scene) meanwhile(after time.Duration, do func()) {
	s.t.Helper()
	done := false
	s.at(after, func() {
		done = true
		do()
	})
	s.t.Cleanup(func() { require.True(s.t, done, "nothing was going on any more after %s", after) })
}

// reviews are the person's open reviews by the field they are about.
func (s *scene) reviews() map[string]store.Review {
	s.t.Helper()
	open, _, err := s.store.Reviews(s.t.Context(), store.QuestionFilter{State: store.ReviewOpen, PersonID: s.person})
	require.NoError(s.t, err)
	byField := map[string]store.Review{}
	for _, r := range open {
		field, _, _ := bytes.Cut([]byte(r.DedupeKey), []byte(":"))
		byField[string(field)] = r
	}
	return byField
}

// resolve decides about a review as the API does, and rings.
func (s *scene) resolve(reviewID, decision string) {
	s.t.Helper()
	_, err := s.store.DecideReview(s.t.Context(), reviewID, store.Decision{Decision: decision, Actor: "operator", Reason: "test"})
	require.NoError(s.t, err)
	s.signal(s.transferID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: reviewID, Decision: decision})
}

// plantColleague puts somebody else's account on the platform.
func (s *scene) plantColleague(email, extension string) genesystest.Truth {
	s.t.Helper()
	colleague, err := s.platform.Plant(genesystest.Plant{Name: new("Other Person"), Email: new(email), State: new("active"), Extension: new(extension)})
	require.NoError(s.t, err)
	return colleague
}

func TestARoleThatAChangeAddsWaitsForApprovalAndTheRestDoesNot(t *testing.T) {
	s, event := promoted(t)
	s.meanwhile(time.Hour, func() {
		require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
		require.Equal(t, "Senior Technical Support", s.account().Title)
		require.True(t, s.account().Queues["Priority_Support_Queue"])
		require.Equal(t, "waiting", s.outcome(event))
		asked := s.approval()
		require.Equal(t, lifecycle.ApprovalRole, asked.Kind)
		require.Contains(t, asked.Question, "Knowledge Base Editor")
		require.WithinDuration(t, s.start.Add(48*time.Hour), *asked.Deadline, time.Minute)
		s.decide(asked.ID, "approve", "approver")
		s.signal(s.transferID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: asked.ID, Decision: "approve"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
}

func TestARejectedRoleIsNotGrantedAndTheEventIsAppliedWithoutIt(t *testing.T) {
	s, event := promoted(t)
	s.meanwhile(time.Hour, func() {
		s.decide(s.approval().ID, "reject", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
	require.Contains(t, s.timeline(), "not approved and not granted: role Knowledge Base Editor")
	require.Empty(t, s.reviews())
	require.Equal(t, lifecycle.None, s.agent().Operation)
}

func TestARoleThatNobodyDecidesAboutIsRefusedAtItsDeadline(t *testing.T) {
	s, event := promoted(t)
	s.meanwhile(47*time.Hour, func() { require.Equal(t, "waiting", s.outcome(event)) })
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
	require.Contains(t, s.timeline(), "not approved and not granted")
}

func TestABareSignalApprovesNoRole(t *testing.T) {
	s, event := promoted(t)
	s.meanwhile(time.Hour, func() {
		s.signal(s.transferID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve", Actor: "somebody"})
	})
	s.meanwhile(2*time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(event))
		require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
		require.Contains(t, s.timeline(), "a bare signal cannot approve role_escalation")
	})
	s.run()
	require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
}

func TestWhatComesWhileARoleWaitsIsAppliedAndTheRoleIsNotAskedForAnew(t *testing.T) {
	s, promotion := promoted(t)
	var asked, skill string
	s.meanwhile(time.Hour, func() {
		asked = s.approval().ID
		skill = s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
		s.ring()
	})
	s.meanwhile(2*time.Hour, func() {
		require.Equal(t, "applied", s.outcome(skill))
		require.Equal(t, "waiting", s.outcome(promotion))
		require.Contains(t, s.account().Skills, "Billing_Support")
		require.Equal(t, asked, s.approval().ID)
		s.decide(asked, "approve", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
}

func TestARejectedRoleIsNotAskedForAgainByAnEqualPlan(t *testing.T) {
	s, _ := promoted(t)
	s.plantColleague("other@example.com", "4452")
	event := s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "4452"}) // keeps the operation open
	s.meanwhile(time.Hour, func() {
		s.decide(s.approval().ID, "reject", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.meanwhile(2*time.Hour, func() {
		s.post(hr.UserUpdate, nil, map[string]any{"department_code": "SUPP_L2"})
		s.ring()
	})
	s.meanwhile(3*time.Hour, func() {
		open, _, err := s.store.Approvals(t.Context(), store.QuestionFilter{State: store.ApprovalOpen, PersonID: s.person})
		require.NoError(t, err)
		require.Empty(t, open)
		s.resolve(s.reviews()["extension"].ID, "dismiss")
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
}

func TestARoleThatTheChangeNoLongerWantsIsNotAskedForAnyMore(t *testing.T) {
	s, event := promoted(t)
	s.plantColleague("other@example.com", "4452")
	s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "4452"}) // keeps the operation open
	var asked string
	s.meanwhile(time.Hour, func() {
		asked = s.approval().ID
		s.post(hr.UserUpdate, nil, map[string]any{"job_title_code": nil})
		s.ring()
	})
	s.meanwhile(2*time.Hour, func() {
		withdrawn, err := s.store.Approval(t.Context(), asked)
		require.NoError(t, err)
		require.Equal(t, store.ApprovalWithdrawn, withdrawn.State)
		require.Equal(t, "superseded", s.outcome(event))
		s.resolve(s.reviews()["extension"].ID, "dismiss")
	})
	s.run()
}

func TestARoleThatTheRegistryLetsThroughIsAddedAtOnce(t *testing.T) {
	s, event := promoted(t)
	s.publish(bytes.Replace(mapping.Example(), []byte("\ndefaults:"), []byte("\nroles:\n  - {name: Knowledge Base Editor, approval: false}\n\ndefaults:"), 1))
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
}

func TestATakenEmailParksAloneAndIsSetOnceItIsFree(t *testing.T) {
	s := hired(t)
	colleague := s.plantColleague("ana.garcia@example.com", "")
	moved := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	event := s.post(hr.UserUpdate, nil, map[string]any{"email": "ana.garcia@example.com", "last_name": "Garcia"})
	s.meanwhile(time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(event))
		require.Equal(t, "applied", s.outcome(moved), "it has nothing to do with the email")
		require.Equal(t, "Ana Garcia", s.account().Name)
		require.Equal(t, lifecycle.ReviewConflict, s.reviews()["email"].Kind)
		require.NotContains(t, string(s.reviews()["email"].Detail), "ana.garcia", "no personal data")
		_, err := s.platform.Change(colleague.ID, genesystest.Plant{Email: new("other@example.com")})
		require.NoError(t, err)
		s.resolve(s.reviews()["email"].ID, "retry")
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	s.email = "ana.garcia@example.com"
	require.Equal(t, "Ana Garcia", s.account().Name)
}

func TestSeveralTakenFieldsParkEachForItself(t *testing.T) {
	s := hired(t)
	colleague := s.plantColleague("ana.garcia@example.com", "4452")
	email := s.post(hr.UserUpdate, nil, map[string]any{"email": "ana.garcia@example.com"})
	extension := s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "4452"})
	s.meanwhile(time.Hour, func() {
		require.Len(t, s.reviews(), 2)
		require.NotContains(t, string(s.reviews()["extension"].Detail), "4452", "no personal data")
		s.signal(s.transferID(), names.SignalReviewDecision, names.ReviewDecision{Decision: "retry"}) // names none of the two
		s.resolve(s.reviews()["email"].ID, "dismiss")
	})
	s.meanwhile(2*time.Hour, func() {
		require.Contains(t, s.timeline(), "expected one of the reviews that are open")
		require.Equal(t, "dismissed", s.outcome(email))
		require.Equal(t, "waiting", s.outcome(extension))
		require.Len(t, s.reviews(), 1)
		_, err := s.platform.Change(colleague.ID, genesystest.Plant{Extension: new("9999")})
		require.NoError(t, err)
		s.resolve(s.reviews()["extension"].ID, "retry")
	})
	s.run()
	require.Equal(t, "applied", s.outcome(extension))
	require.Equal(t, "4452", s.account().Extension)
}

func TestAFieldThatWasGivenUpIsNotTriedByLaterChanges(t *testing.T) {
	s := hired(t)
	s.plantColleague("other@example.com", "4452")
	s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "4452"})
	s.meanwhile(time.Hour, func() { s.resolve(s.reviews()["extension"].ID, "dismiss") })
	s.run()
	s.again()
	event := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Empty(t, s.reviews())

	s.again()
	s.plantColleague("third@example.com", "5000")
	s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "5000"})
	s.meanwhile(time.Hour, func() { s.resolve(s.reviews()["extension"].ID, "dismiss") }) // another value is another question
	s.run()
}

func TestAnUnmappedCodeAndATakenFieldAreDecidedApart(t *testing.T) {
	s := hired(t)
	s.plantColleague("other@example.com", "4452")
	extension := s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": "4452"})
	skill := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_VIP"}})
	s.meanwhile(time.Hour, func() {
		open, _, err := s.store.Reviews(t.Context(), store.QuestionFilter{State: store.ReviewOpen, Kind: string(lifecycle.ReviewUnmapped)})
		require.NoError(t, err)
		s.resolve(open[0].ID, "dismiss")
	})
	s.meanwhile(2*time.Hour, func() {
		require.Equal(t, "dismissed", s.outcome(skill))
		require.Equal(t, "waiting", s.outcome(extension))
		s.resolve(s.reviews()["extension"].ID, "dismiss")
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(extension))
}

func TestANewEmailWaitsForTheEndOfARunningCall(t *testing.T) {
	s := hired(t)
	account := s.account()
	call, err := s.platform.StartConversation(account.ID, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(t, err)
	event := s.post(hr.UserUpdate, nil, map[string]any{"email": "ana.garcia@example.com", "last_name": "Garcia"})
	s.meanwhile(10*time.Minute, func() {
		require.Equal(t, "Ana Garcia", s.account().Name)
		require.Equal(t, "waiting", s.outcome(event))
		require.Empty(t, s.reviews())
		require.NoError(t, s.platform.EndConversation(call))
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	s.email = "ana.garcia@example.com"
	require.Equal(t, account.ID, s.account().ID)
}

func TestACallGoesOnWhileItsAgentMovesAwayFromItsQueue(t *testing.T) {
	s := hired(t)
	_, err := s.platform.StartConversation(s.account().ID, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(t, err)
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Billing_Queue": true}, s.account().Queues)
	require.Equal(t, 1, s.account().Live)
}

// oneSeat leaves the platform with one seat, and a colleague on it.
func (s *scene) oneSeat() (colleague genesystest.Truth) {
	s.t.Helper()
	colleague, err := s.platform.Plant(genesystest.Plant{
		Name: new("Other Person"), Email: new("other@example.com"), State: new("active"), Queues: map[string]bool{"Retention_Queue": true},
	})
	require.NoError(s.t, err)
	require.NoError(s.t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.Seats = 1 }))
	return colleague
}

func (s *scene) freeSeat(colleague genesystest.Truth) {
	s.t.Helper()
	_, err := s.platform.Change(colleague.ID, genesystest.Plant{Queues: map[string]bool{}})
	require.NoError(s.t, err)
}

func TestAHireWithoutASeatIsPreparedAndParksItsJoining(t *testing.T) {
	s := newScene(t)
	colleague := s.oneSeat()
	event := s.post(hr.UserCreate, nil, nil)
	s.meanwhile(time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(event))
		require.Equal(t, lifecycle.ReviewConflict, s.review().Kind)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": false}, s.account().Queues)
		s.freeSeat(colleague)
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{Decision: "retry"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
}

func TestAMoveWithoutASeatParksItsJoiningAlone(t *testing.T) {
	s := hired(t)
	colleague := s.oneSeat()
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.meanwhile(time.Hour, func() {
		require.Equal(t, map[string]bool{"Billing_Queue": false}, s.account().Queues)
		require.Equal(t, "Billing", s.account().Department)
		require.Equal(t, "waiting", s.outcome(event))
		s.freeSeat(colleague)
		s.resolve(s.reviews()["work"].ID, "retry")
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Billing_Queue": true}, s.account().Queues)
}

func TestAMoveWhoseSeatIsGivenUpEndsUnjoined(t *testing.T) {
	s := hired(t)
	s.oneSeat()
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.meanwhile(time.Hour, func() { s.resolve(s.reviews()["work"].ID, "dismiss") })
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
	require.Equal(t, map[string]bool{"Billing_Queue": false}, s.account().Queues)
	require.Equal(t, lifecycle.None, s.agent().Operation)
}

func TestAHireWhoseExtensionIsTakenStartsWorkWithoutIt(t *testing.T) {
	s := newScene(t)
	colleague := s.plantColleague("other@example.com", "4452")
	event := s.post(hr.UserCreate, nil, map[string]any{"phone_extension": "4452"})
	s.meanwhile(time.Hour, func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
		require.Equal(t, "waiting", s.outcome(event))
		require.Contains(t, s.timeline(), "created and linked")
		_, err := s.platform.Change(colleague.ID, genesystest.Plant{Extension: new("9999")})
		require.NoError(t, err)
		s.resolve(s.reviews()["extension"].ID, "retry")
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, "4452", s.account().Extension)
}
