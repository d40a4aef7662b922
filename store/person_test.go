package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func TestAFinalOutcomeIsNeverOverwritten(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.Settle("evt_create_WD-1", lifecycle.Applied, "hired", "hire/WD-1/1")
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.Settle("evt_create_WD-1", lifecycle.Dismissed, "too late", "")
	})

	event, err := s.Event(t.Context(), "evt_create_WD-1")
	require.NoError(t, err)
	require.Equal(t, lifecycle.Applied, event.Outcome)
	require.Equal(t, "hired", event.OutcomeReason)
	require.Equal(t, "hire/WD-1/1", event.WorkflowID)
	require.Equal(t, 1, count(t, conn, "timeline where kind = 'event.settled'"))
}

func TestSettlingEndsTheWait(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.SetWaiting("evt_create_WD-1", store.Wait{For: "operator", What: "review rev_1", ParkedVersion: 3})
	})

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.Settle("evt_create_WD-1", lifecycle.Applied, "", "") })

	require.Equal(t, 1, count(t, conn, "hr_events where waiting_until is null and waiting_for = '' and waiting_what = '' and parked_version = 0"))
}

func TestAWaitSaysUntilWhenForWhomAndForWhat(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	wait := store.Wait{
		Until: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), For: "time", What: "takes effect then", ParkedVersion: 2, WorkflowID: "agent/WD-1",
	}

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.SetWaiting("evt_create_WD-1", wait) })

	event, err := s.Event(t.Context(), "evt_create_WD-1")
	require.NoError(t, err)
	require.Equal(t, lifecycle.Waiting, event.Outcome)
	require.Equal(t, wait, event.Wait)
}

func TestASettledEventDoesNotWaitAgain(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.Settle("evt_create_WD-1", lifecycle.NoChange, "", "") })

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.SetWaiting("evt_create_WD-1", store.Wait{For: "operator", What: "nothing"})
	})

	event, err := s.Event(t.Context(), "evt_create_WD-1")
	require.NoError(t, err)
	require.Equal(t, store.Wait{}, event.Wait)
}

func TestOnlyAPersonsOwnEventsCanBeSettled(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		return p.Settle("evt_create_WD-2", lifecycle.Applied, "", "")
	})

	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestWaitingIsNoFinalOutcome(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		return p.Settle("evt_create_WD-1", lifecycle.Waiting, "", "")
	})

	require.ErrorContains(t, err, "not final")
}

func TestAnErrorRollsEverythingBack(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	refusal := errors.New("no")

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		require.NoError(t, p.Settle("evt_create_WD-1", lifecycle.Applied, "", ""))
		return refusal
	})

	require.ErrorIs(t, err, refusal)
	require.Equal(t, 1, count(t, conn, "hr_events where outcome is null"))
}

func TestAnUnknownPersonIsNotFound(t *testing.T) {
	s, _ := open(t)
	err := s.WithPerson(t.Context(), "nobody", func(context.Context, *store.PersonTx) error { return nil })
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestTwoTransactionsAboutOnePersonTakeTurns(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	inside, leave := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- s.WithPerson(t.Context(), "WD-1", func(context.Context, *store.PersonTx) error {
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	second := make(chan struct{})
	go func() {
		defer close(second)
		_ = s.WithPerson(t.Context(), "WD-1", func(context.Context, *store.PersonTx) error { return nil })
	}()

	select {
	case <-second:
		t.Fatal("the second did not wait")
	case <-time.After(100 * time.Millisecond):
	}
	close(leave)
	require.NoError(t, <-first)
	<-second
}

func TestIngestDoesNotWaitForTheMailbox(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		person, err := p.Load()
		require.NoError(t, err)
		require.NoError(t, p.RingAt(person.RingSeq, time.Time{}))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = s.Ingest(ctx, []store.Incoming{incoming(t, update("evt_2", "WD-1", map[string]any{"last_name": "Roe"}))}, false)
		return err
	})
}

func TestTheNewestPlanOfTheCurrentGenerationIsLoaded(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	var generation int64
	withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
		if generation, err = p.TakeOver(lifecycle.Hire, "test"); err != nil {
			return err
		}
		for _, digest := range []string{"a", "b", "a"} {
			if err := p.SavePlan(lifecycle.Plan{PersonID: "WD-1", Generation: generation, Digest: digest, EventIDs: []string{"evt"}}); err != nil {
				return err
			}
		}
		return nil
	})

	require.Equal(t, "a", load(t, s, "WD-1").Plan.Digest, "saved again, it is the newest")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.TakeOver(lifecycle.Transfer, "test")
		return err
	})
	require.Nil(t, load(t, s, "WD-1").Plan, "the plan of an earlier generation is nobody's plan")
	latest, err := s.LatestPlan(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, generation, latest.Generation)
}

func TestATakeOverGrowsTheGenerationAndNamesTheOperation(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	for want := int64(1); want <= 2; want++ {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
			generation, err := p.TakeOver(lifecycle.Transfer, "test")
			require.Equal(t, want, generation)
			return err
		})
	}

	agent := load(t, s, "WD-1").Agent
	require.Equal(t, int64(2), agent.Generation)
	require.Equal(t, lifecycle.Transfer, agent.Operation)
	require.NotNil(t, agent.OperationSince)
}

func TestAnOperationThatIsBegunAnewCountsFromItsFirstBeginning(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	since := map[int64]time.Time{}
	for _, operation := range []lifecycle.Operation{lifecycle.Termination, lifecycle.Termination, lifecycle.Hire} {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
			_, err := p.TakeOver(operation, "test")
			return err
		})
		agent := load(t, s, "WD-1").Agent
		since[agent.Generation] = *agent.OperationSince
	}
	require.Equal(t, since[1], since[2], "interrupted, and begun anew")
	require.NotEqual(t, since[2], since[3], "another one")
}

func TestAnAgentChangeSetsWhatItNamesAndLeavesTheRest(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	platform, user, state, none := "genesys", "user-1", lifecycle.Active, lifecycle.None
	version, digest, yes, now := 3, "digest", true, time.Now().UTC().Truncate(time.Microsecond)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.TakeOver(lifecycle.Hire, "test")
		require.NoError(t, err)
		return p.UpdateAgent(store.AgentChange{
			Platform: &platform, PlatformUserID: &user, State: &state, MappingVersion: &version, PlanDigest: &digest,
			NeedsAttention: &yes, ActivatedAt: &now,
		})
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.UpdateAgent(store.AgentChange{Operation: &none}) })

	agent := load(t, s, "WD-1").Agent
	agent.UpdatedAt = time.Time{}
	require.Equal(t, store.Agent{
		PersonID: "WD-1", Platform: platform, PlatformUserID: user, State: state, Generation: 1, NeedsAttention: true,
		MappingVersion: 3, PlanDigest: "digest", ActivatedAt: &now,
	}, agent)
}

func TestNoPlatformUserIsSharedByTwoPeople(t *testing.T) {
	s, _ := open(t)
	platform, user := "genesys", "user-1"
	link := store.AgentChange{Platform: &platform, PlatformUserID: &user}
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.UpdateAgent(link) })

	err := s.WithPerson(t.Context(), "WD-2", func(_ context.Context, p *store.PersonTx) error { return p.UpdateAgent(link) })

	require.ErrorIs(t, err, store.ErrLinked)
}
