package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// turnTo makes the scene about somebody else's id; the email stays.
func (s *scene) turnTo(person string) { s.person = person }

// join joins another person into the scene's, as two people do over the API.
func (s *scene) join(joined string) {
	s.t.Helper()
	asked, err := s.store.RequestLink(s.t.Context(), store.LinkRequest{KeptID: s.person, JoinedID: joined, RequestedBy: "otto", Reason: "test", At: time.Now()})
	require.NoError(s.t, err)
	s.decide(asked.ID, names.DecisionApprove, "ana")
}

const contractor, employee = "WD-EMP-1001", "WD-EMP-2002"

// converted is somebody whom HR hired as a contractor and then under another number as an employee; both are one now.
func converted(t *testing.T) *scene {
	t.Helper()
	s := hired(t)
	s.again()
	s.turnTo(employee)
	s.post(hr.UserCreate, nil, nil)
	s.at(time.Minute, func() {
		review := s.review()
		require.Equal(t, lifecycle.ReviewIdentity, review.Kind)
		_, err := s.store.RequestLink(t.Context(), store.LinkRequest{KeptID: contractor, JoinedID: employee, RequestedBy: "otto", At: time.Now()})
		require.ErrorContains(t, err, review.ID, "what the hire waits for has to be dismissed first")
		_, err = s.store.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "otto", Reason: "the same person"})
		require.NoError(t, err)
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: review.ID, Decision: names.DecisionDismiss, Actor: "otto"})
	})
	s.run()
	s.turnTo(contractor)
	s.join(employee)
	return s
}

func TestAContractorWhoIsHiredKeepsTheAccount(t *testing.T) {
	s := converted(t)
	s.again()
	s.run()

	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, "active", s.account().State)
	require.Len(t, s.agent().ExternalIDs, 2)
	require.Zero(t, s.agent().WaitingEvents)
}

// RULES 3: a termination ends one employment; the account is isolated when none is left.
func TestTheAccountGoesWithTheLastEmployment(t *testing.T) {
	s := converted(t)
	s.again()
	s.turnTo(contractor)
	ended := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, "active", s.account().State)
	require.NotEqual(t, "waiting", s.outcome(ended))

	s.again()
	s.turnTo(employee)
	s.post(hr.UserTerminate, nil, nil)
	s.turnTo(contractor)
	s.run()

	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	require.Equal(t, "inactive", s.account().State)
}

func TestTheMailboxOfTheJoinedDoesNothingAndCloses(t *testing.T) {
	s := converted(t)
	s.again()
	s.run()
	before := s.account()
	s.again()
	s.turnTo(employee)
	lines := s.timelineOf(contractor)
	s.run()

	require.Equal(t, before, s.account())
	require.Equal(t, lines, s.timelineOf(contractor))
}

func (s *scene) timelineOf(person string) string {
	s.t.Helper()
	was := s.person
	defer s.turnTo(was)
	s.turnTo(person)
	return s.timeline()
}
