package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// askLink asks whether two persons are one.
func askLink(t testing.TB, s *store.Store, kept, joined string) store.Approval {
	t.Helper()
	asked, err := s.RequestLink(t.Context(), store.LinkRequest{
		KeptID: kept, JoinedID: joined, RequestedBy: "otto", Reason: "contractor hired", At: time.Now(),
	})
	require.NoError(t, err)
	return asked
}

func grantLink(t testing.TB, s *store.Store, id string) (store.Approval, error) {
	t.Helper()
	return s.DecideApproval(t.Context(), id, store.Decision{Decision: names.DecisionApprove, Actor: "ana", Reason: "seen both contracts"})
}

func joinPersons(t testing.TB, s *store.Store, kept, joined string) {
	t.Helper()
	decided, err := grantLink(t, s, askLink(t, s, kept, joined).ID)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalApproved, decided.State)
}

// refusedLink requires that the error is a refusal that says this.
func refusedLink(t testing.TB, err error, says ...string) {
	t.Helper()
	var refusal *lifecycle.LinkRefusal
	require.ErrorAs(t, err, &refusal)
	for _, part := range says {
		require.Contains(t, refusal.Why, part)
	}
}

func withAccount(t testing.TB, s *store.Store, personID, accountID string, state lifecycle.State) {
	t.Helper()
	platform := "genesys"
	withPerson(t, s, personID, func(p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{Platform: &platform, PlatformUserID: &accountID, State: &state})
	})
}

func TestALinkIsAskedForAndJoinsNothingYet(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")

	asked := askLink(t, s, "WD-1", "C-7")

	require.Equal(t, lifecycle.ApprovalLink, asked.Kind)
	require.Equal(t, "otto", asked.RequestedBy)
	require.WithinDuration(t, time.Now().Add(48*time.Hour), *asked.Deadline, time.Minute)
	require.Contains(t, asked.Question, "C-7")
	require.Contains(t, asked.Question, "contractor hired")
	require.Len(t, load(t, s, "C-7").Events, 1)
}

func TestAskingTwiceIsOneQuestion(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")

	require.Equal(t, askLink(t, s, "WD-1", "C-7").ID, askLink(t, s, "WD-1", "C-7").ID)
}

func TestIdsAndEventsOfTheJoinedBecomeTheKepts(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")

	joinPersons(t, s, "WD-1", "C-7")

	kept := load(t, s, "WD-1")
	require.Len(t, kept.Events, 2)
	require.ElementsMatch(t, []store.ExternalID{{Namespace: "workday", ID: "WD-1"}, {Namespace: "workday", ID: "C-7"}}, kept.ExternalIDs)
	require.Empty(t, load(t, s, "C-7").Events)
	verdicts := ingest(t, s, update("evt_later", "C-7", map[string]any{"department_code": "SALES"}))
	require.Equal(t, "WD-1", verdicts[0].PersonID)
}

func TestTheOldIdAnswersWithTheKeptPerson(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")

	joinPersons(t, s, "WD-1", "C-7")

	for _, id := range []string{"C-7", "workday:C-7", "WD-1"} {
		agent, err := s.Agent(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "WD-1", agent.PersonID, id)
	}
	all, _, err := s.Agents(t.Context(), store.AgentFilter{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	figures, err := s.Figures(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"unknown": 1}, figures.AgentsByState)
}

func TestWhoIsJoinedAgainLeadsToTheLast(t *testing.T) {
	s, _ := open(t)
	for _, id := range []string{"A-1", "B-2", "C-3"} {
		newcomer(t, s, id)
	}

	joinPersons(t, s, "B-2", "A-1")
	joinPersons(t, s, "C-3", "B-2")

	agent, err := s.Agent(t.Context(), "A-1")
	require.NoError(t, err)
	require.Equal(t, "C-3", agent.PersonID)
	require.Len(t, agent.ExternalIDs, 3)
	lines, _, err := s.Timeline(t.Context(), "C-3", "", 0)
	require.NoError(t, err)
	about := map[string]bool{}
	for _, line := range lines {
		about[line.PersonID] = true
	}
	require.Equal(t, map[string]bool{"A-1": true, "B-2": true, "C-3": true}, about)
}

func TestTheTimelineAndTheAuditTrailOfBothAreReadAsOne(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	require.NoError(t, s.Audit(t.Context(), store.AuditFact{Actor: "vera", Action: "read.agent", PersonID: "C-7"}))
	require.NoError(t, s.Audit(t.Context(), store.AuditFact{Actor: "vera", Action: "read.agents", Detail: []byte(`{"person_ids":["C-7"]}`)}))

	joinPersons(t, s, "WD-1", "C-7")

	lines, _, err := s.Timeline(t.Context(), "WD-1", "", 0)
	require.NoError(t, err)
	kinds := map[string]string{}
	for _, line := range lines {
		kinds[line.PersonID+" "+line.Kind] = line.Actor
	}
	require.Equal(t, "ana", kinds["WD-1 "+store.TimelineJoined])
	require.Equal(t, "ana", kinds["C-7 "+store.TimelineJoinedInto])
	require.Contains(t, kinds, "C-7 "+store.TimelineEventReceived)
	for _, id := range []string{"WD-1", "C-7"} {
		rows, _, err := s.AuditTrail(t.Context(), store.AuditFilter{PersonID: id, Action: "read."}, "", 0)
		require.NoError(t, err)
		require.Len(t, rows, 2, id)
		rows, _, err = s.AuditTrail(t.Context(), store.AuditFilter{PersonID: id, Action: "person.join"}, "", 0)
		require.NoError(t, err)
		require.Len(t, rows, 2, id)
	}
}

func TestTheAccountOfEitherIsTheKepts(t *testing.T) {
	for _, owner := range []string{"WD-1", "C-7"} {
		t.Run(owner, func(t *testing.T) {
			s, _ := open(t)
			newcomer(t, s, "WD-1")
			newcomer(t, s, "C-7")
			withAccount(t, s, owner, "acc-1", lifecycle.Deactivated)

			joinPersons(t, s, "WD-1", "C-7")

			kept := load(t, s, "WD-1").Agent
			require.Equal(t, "acc-1", kept.PlatformUserID)
			require.Equal(t, lifecycle.Deactivated, kept.State)
			joined := load(t, s, "C-7").Agent
			require.Empty(t, joined.PlatformUserID)
			require.Equal(t, lifecycle.Unknown, joined.State)
			found, err := s.AccountOwner(t.Context(), "genesys", "acc-1")
			require.NoError(t, err)
			require.Equal(t, "WD-1", found)
		})
	}
}

func TestTwoAccountsAreForAPersonToDecide(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	withAccount(t, s, "WD-1", "acc-1", lifecycle.Active)
	withAccount(t, s, "C-7", "acc-2", lifecycle.Deactivated)

	_, err := s.RequestLink(t.Context(), store.LinkRequest{KeptID: "WD-1", JoinedID: "C-7", RequestedBy: "otto", At: time.Now()})

	refusedLink(t, err, "acc-1", "acc-2")
}

func TestALinkThatBecameImpossibleStaysOpenAndJoinsNothing(t *testing.T) {
	for name, change := range map[string]func(p *store.PersonTx) error{
		"hold": func(p *store.PersonTx) error {
			_, err := p.PlaceHold(lifecycle.Hold{Matter: "M-1", PlacedBy: "lex"})
			return err
		},
		"transfer": func(p *store.PersonTx) error {
			_, err := p.TakeOver(lifecycle.Transfer, "test")
			return err
		},
		"deletion": func(p *store.PersonTx) error {
			return p.BeginGrace(lifecycle.Grace{
				Platform: "genesys", PlatformUserID: "acc-1", StartedAt: time.Now(), Deadline: time.Now().Add(time.Hour),
			})
		},
	} {
		for _, side := range []string{"WD-1", "C-7"} {
			t.Run(name+" on "+side, func(t *testing.T) {
				s, _ := open(t)
				newcomer(t, s, "WD-1")
				newcomer(t, s, "C-7")
				asked := askLink(t, s, "WD-1", "C-7")
				withPerson(t, s, side, change)

				_, err := grantLink(t, s, asked.ID)

				refusedLink(t, err, side, name)
				approval, err := s.Approval(t.Context(), asked.ID)
				require.NoError(t, err)
				require.Equal(t, store.ApprovalOpen, approval.State)
				require.Len(t, load(t, s, "C-7").Events, 1)
			})
		}
	}
}

func TestARejectedLinkJoinsNothing(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	asked := askLink(t, s, "WD-1", "C-7")

	decided, err := s.DecideApproval(t.Context(), asked.ID, store.Decision{Decision: names.DecisionReject, Actor: "ana", Reason: "namesakes"})

	require.NoError(t, err)
	require.Equal(t, store.ApprovalRejected, decided.State)
	require.Len(t, load(t, s, "C-7").Events, 1)
}

func TestNobodyIsJoinedTwice(t *testing.T) {
	s, _ := open(t)
	for _, id := range []string{"WD-1", "WD-2", "C-7"} {
		newcomer(t, s, id)
	}
	asked := askLink(t, s, "WD-1", "C-7")
	other := askLink(t, s, "WD-2", "C-7")

	_, err := grantLink(t, s, asked.ID)
	require.NoError(t, err)

	approval, err := s.Approval(t.Context(), other.ID)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalWithdrawn, approval.State)
	_, err = grantLink(t, s, asked.ID)
	require.ErrorIs(t, err, store.ErrAlreadyDecided)
	_, err = s.RequestLink(t.Context(), store.LinkRequest{KeptID: "WD-2", JoinedID: "C-7", RequestedBy: "otto", At: time.Now()})
	refusedLink(t, err, "C-7 was joined into WD-1")
}

func TestNeitherPersonsOldWritesPassTheFence(t *testing.T) {
	s, _ := open(t)
	generations := map[string]int64{}
	for _, id := range []string{"WD-1", "C-7"} {
		newcomer(t, s, id)
		withPerson(t, s, id, func(p *store.PersonTx) (err error) {
			if generations[id], err = p.TakeOver(lifecycle.Hire, "test"); err != nil {
				return err
			}
			return p.UpdateAgent(store.AgentChange{Operation: new(lifecycle.None)})
		})
	}

	joinPersons(t, s, "WD-1", "C-7")

	for id, generation := range generations {
		require.Greater(t, load(t, s, id).Agent.Generation, generation)
		guard := s.Guard(store.Fence{PersonID: id, Generation: generation})
		err := guard(t.Context(), ccaas.Write{Verb: "queue.join"}, func(context.Context) (ccaas.Receipt, error) {
			t.Error("the write was made")
			return ccaas.Receipt{}, nil
		})
		require.ErrorIs(t, err, store.ErrFenced)
	}
}

func TestADismissalOfEitherIsOneOfBoth(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	withAccount(t, s, "WD-1", "acc-1", lifecycle.Deactivated)
	at := time.Now().UTC().Truncate(time.Microsecond)
	withPerson(t, s, "C-7", func(p *store.PersonTx) error { return p.UpdateAgent(store.AgentChange{DismissedAt: &at}) })

	joinPersons(t, s, "WD-1", "C-7")

	require.Equal(t, &at, load(t, s, "WD-1").Agent.DismissedAt)
}

func TestReviewsMoveAndEqualOnesAreAskedOnce(t *testing.T) {
	s, _ := open(t)
	for _, id := range []string{"WD-1", "C-7"} {
		newcomer(t, s, id)
		withPerson(t, s, id, func(p *store.PersonTx) error {
			_, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewUnmapped, DedupeKey: "skill VIP", Question: "same"})
			return err
		})
	}
	withPerson(t, s, "C-7", func(p *store.PersonTx) error {
		_, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewLiveWork, DedupeKey: "x", Question: "own"})
		return err
	})

	joinPersons(t, s, "WD-1", "C-7")

	kept := load(t, s, "WD-1")
	require.Len(t, kept.Reviews, 2)
	require.True(t, kept.Agent.NeedsAttention)
	require.False(t, load(t, s, "C-7").Agent.NeedsAttention)
	alerts, _, err := s.Alerts(t.Context(), store.AlertFilter{State: store.AlertOpen, PersonID: "C-7"})
	require.NoError(t, err)
	require.Empty(t, alerts)
	for _, id := range []string{"WD-1", "C-7"} {
		asked, _, err := s.Reviews(t.Context(), store.QuestionFilter{PersonID: id, State: store.ReviewOpen})
		require.NoError(t, err)
		require.Len(t, asked, 2, id)
	}
}

func TestWhetherIdsThatDifferInCaseAreOneIsAnswered(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-A")
	newcomer(t, s, "wd-a")
	require.Len(t, load(t, s, "wd-a").Reviews, 1)

	joinPersons(t, s, "WD-A", "wd-a")

	require.Empty(t, load(t, s, "WD-A").Reviews)
}

func TestAReversalOfTheJoinedGoesOn(t *testing.T) {
	for _, both := range []bool{false, true} {
		t.Run(fmt.Sprintf("both %v", both), func(t *testing.T) {
			s, conn := open(t)
			for _, id := range []string{"WD-1", "C-7"} {
				newcomer(t, s, id)
				if id == "WD-1" && !both {
					continue
				}
				withPerson(t, s, id, func(p *store.PersonTx) error {
					_, err := p.AddOverride(lifecycle.Override{EventIDs: []string{"evt_" + id}, MadeBy: "lex", MadeAt: time.Now(), RemindAt: time.Now()})
					return err
				})
			}

			joinPersons(t, s, "WD-1", "C-7")

			require.Contains(t, load(t, s, "WD-1").Override.EventIDs, "evt_C-7")
			require.Equal(t, 1, count(t, conn, "overrides where closed_at is null"))
		})
	}
}

func TestTheNewestOfWhatHRToldIsKept(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	ingest(t, s, wish{id: "evt_newer", person: "C-7", kind: "USER_CREATE", at: "2026-04-01T10:00:00Z", payload: map[string]any{
		"email": "jane.new@enterprise.test", "first_name": "Janet", "last_name": "Doe", "department_code": "SUPP_L2",
	}})

	joinPersons(t, s, "WD-1", "C-7")

	agent, err := s.Agent(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, "jane.new@enterprise.test", agent.Email)
	require.Equal(t, "Janet", agent.FirstName)
	found, _, err := s.Agents(t.Context(), store.AgentFilter{Email: "jane.new@enterprise.test"})
	require.NoError(t, err)
	require.Len(t, found, 1)
}

func TestOnlyTheMailboxOfTheKeptIsRung(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")

	joinPersons(t, s, "WD-1", "C-7")

	require.Equal(t, 1, count(t, conn, "rings"))
	require.Equal(t, 1, count(t, conn, "rings where person_id = 'WD-1'"))
}

func TestAnAccountThatWasCreatedForTheJoinedIsKnownForTheKept(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	guard := s.Guard(store.Fence{PersonID: "C-7"})
	require.NoError(t, guard(t.Context(), ccaas.Write{Verb: "account.create"}, func(context.Context) (ccaas.Receipt, error) {
		return ccaas.Receipt{AccountID: "acc-9"}, nil
	}))

	joinPersons(t, s, "WD-1", "C-7")

	tried, err := s.CreationAttempted(t.Context(), "WD-1")
	require.NoError(t, err)
	require.True(t, tried)
	created, err := s.CreatedAccount(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, "acc-9", created)
}
