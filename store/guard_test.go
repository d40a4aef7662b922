package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// guarded asks the guard about a person as a phase does.
func guarded(t testing.TB, s *store.Store, personID string, change func(r *store.GuardRequest)) *lifecycle.Guarded {
	t.Helper()
	held, err := askGuard(t.Context(), s, personID, change)
	require.NoError(t, err)
	return held
}

func askGuard(ctx context.Context, s *store.Store, personID string, change func(r *store.GuardRequest)) (held *lifecycle.Guarded, err error) {
	r := store.GuardRequest{
		Platform: "genesys", Kind: lifecycle.GuardDeactivation, Generation: 1, Limits: lifecycle.DefaultGuardLimits(), MappingVersion: 1,
		Question: "May it?", WorkflowID: names.TerminationWorkflowID(personID, 1), Now: time.Now(),
	}
	if change != nil {
		change(&r)
	}
	err = s.WithPerson(ctx, personID, func(_ context.Context, p *store.PersonTx) (err error) {
		held, err = p.AskGuard(r)
		return err
	})
	return held, err
}

// crowd are people in a lifecycle state, by rows alone.
func crowd(t testing.TB, conn *pgx.Conn, prefix string, many int, state lifecycle.State) (ids []string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `
		insert into persons (person_id, origin_namespace, origin_external_id) select $1::text || to_char(n, 'FM0000'), 'workday', 'of ' || n from generate_series(1, $2) n`, prefix, many)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `
		insert into agents (person_id, lifecycle_state, platform, platform_user_id, generation)
		select $1::text || to_char(n, 'FM0000'), $3, 'genesys', 'user-' || $1::text || n, 1 from generate_series(1, $2) n
		on conflict (person_id) do update set lifecycle_state = excluded.lifecycle_state`, prefix, many, state)
	require.NoError(t, err)
	for n := range many {
		ids = append(ids, prefix+number(n+1))
	}
	return ids
}

func TestExactlyTheLimitPassesHoweverManyAskAtOnce(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 200, lifecycle.Draining)
	var passed, held atomic.Int64
	var asking sync.WaitGroup
	failed := make(chan error, 2*len(people))
	for _, person := range people {
		// Each asks twice, as an attempt whose answer was lost does.
		for range 2 {
			asking.Go(func() {
				guarded, err := askGuard(t.Context(), s, person, nil)
				failed <- err
				if guarded == nil {
					passed.Add(1)
				} else {
					held.Add(1)
				}
			})
		}
	}
	asking.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	require.Equal(t, int64(2*10), passed.Load(), "5 % of 200")
	require.Equal(t, int64(2*190), held.Load())
	require.Equal(t, 1, count(t, conn, "guard_trips"))
	require.Equal(t, 190, count(t, conn, "approvals where kind = 'guard_release' and state = 'open'"))
	require.Equal(t, 1, count(t, conn, "alerts where kind = 'guard_tripped' and closed_at is null"))
}

// tripped has ten of a hundred pass and returns the eleventh, whom the guard holds.
func tripped(t testing.TB, s *store.Store, conn *pgx.Conn) (person string, held *lifecycle.Guarded) {
	t.Helper()
	people := crowd(t, conn, "P", 100, lifecycle.Draining)
	for _, passes := range people[:10] {
		require.Nil(t, guarded(t, s, passes, nil))
	}
	person = people[10]
	held = guarded(t, s, person, nil)
	require.NotNil(t, held)
	return person, held
}

func TestWhoeverHasPassedHasPassed(t *testing.T) {
	s, conn := open(t)
	tripped(t, s, conn)
	require.Nil(t, guarded(t, s, "P0001", nil), "asked again")
	require.Nil(t, guarded(t, s, "P0001", func(r *store.GuardRequest) { r.Generation = 2 }), "begun anew")
	require.NotNil(t, guarded(t, s, "P0012", nil))
}

func TestTimeAloneReleasesNobody(t *testing.T) {
	s, conn := open(t)
	person, held := tripped(t, s, conn)
	_, err := conn.Exec(t.Context(), `update guard_ledger set passed_at = passed_at - interval '25 hours' where passed_at is not null`)
	require.NoError(t, err)
	require.Equal(t, held, guarded(t, s, person, nil), "it waits for a person")
	require.Nil(t, guarded(t, s, "P0012", nil), "the window has room again")
}

func TestAReleaseLetsOnePassAndDoesNotCount(t *testing.T) {
	s, conn := open(t)
	person, held := tripped(t, s, conn)
	_, err := s.DecideApproval(t.Context(), held.ApprovalID, store.Decision{Decision: names.DecisionApprove, Actor: "ann", Reason: "meant"})
	require.NoError(t, err)
	require.Nil(t, guarded(t, s, person, nil))
	require.Nil(t, guarded(t, s, person, nil))
	require.Equal(t, 10, count(t, conn, "guard_ledger where counts and passed_at is not null"))
	require.NotNil(t, guarded(t, s, "P0012", nil), "the next one waits all the same")
	approval, err := s.Approval(t.Context(), held.ApprovalID)
	require.NoError(t, err)
	require.NotNil(t, approval.Deadline)
	require.WithinDuration(t, approval.OpenedAt.Add(4*time.Hour), *approval.Deadline, time.Minute)
}

func TestARefusalStandsUntilSomebodyAsksAgain(t *testing.T) {
	s, conn := open(t)
	person, held := tripped(t, s, conn)
	_, err := s.DecideApproval(t.Context(), held.ApprovalID, store.Decision{Decision: names.DecisionReject, Actor: "ann", Reason: "not meant"})
	require.NoError(t, err)
	refused := guarded(t, s, person, nil)
	require.True(t, refused.Refused)
	require.Equal(t, held.ApprovalID, refused.ApprovalID)
	require.True(t, guarded(t, s, person, func(r *store.GuardRequest) { r.Refused = "apr_another" }).Refused)

	require.NoError(t, s.CloseGuardTrips(t.Context()))
	again := guarded(t, s, person, func(r *store.GuardRequest) { r.Refused = held.ApprovalID })
	require.False(t, again.Refused)
	require.NotEqual(t, held.ApprovalID, again.ApprovalID)
	require.Equal(t, again, guarded(t, s, person, func(r *store.GuardRequest) { r.Refused = held.ApprovalID }), "an attempt that is made again asks nothing new")
}

func TestATripAndItsAlertEndWithTheLastOneItHolds(t *testing.T) {
	s, conn := open(t)
	person, held := tripped(t, s, conn)
	require.NoError(t, s.CloseGuardTrips(t.Context()))
	require.Equal(t, 1, count(t, conn, "guard_trips where closed_at is null"))
	withPerson(t, s, person, func(p *store.PersonTx) error { return p.WithdrawApproval(held.ApprovalID, "turned back") })
	require.NoError(t, s.CloseGuardTrips(t.Context()))
	require.Zero(t, count(t, conn, "guard_trips where closed_at is null"))
	require.Zero(t, count(t, conn, "alerts where kind = 'guard_tripped' and closed_at is null"))
}

func TestALimitIsAShareOfThoseWhoWereActiveWhenTheWindowBegan(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 400, lifecycle.Active)
	for n, person := range people[:20] {
		require.Nil(t, guarded(t, s, person, nil), n)
		_, err := conn.Exec(t.Context(), `update agents set lifecycle_state = 'deactivated' where person_id = $1`, person)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `update guard_shares set counted_at = counted_at - interval '2 minutes'`)
		require.NoError(t, err)
	}
	require.NotNil(t, guarded(t, s, people[20], nil))
	trips, _, err := s.GuardTrips(t.Context(), true, "", 0)
	require.NoError(t, err)
	require.Len(t, trips, 1)
	require.Equal(t, []int{20, 20, 400}, []int{trips[0].Passed, trips[0].Allowed, trips[0].ShareOf})
}

func TestHiresDoNotRaiseTheLimitThatBoundsThem(t *testing.T) {
	s, conn := open(t)
	crowd(t, conn, "OLD", 600, lifecycle.Active)
	hires := crowd(t, conn, "NEW", 61, lifecycle.Preparing)
	creation := func(r *store.GuardRequest) { r.Kind = lifecycle.GuardCreation }
	for n, person := range hires[:60] {
		require.Nil(t, guarded(t, s, person, creation), n)
		_, err := conn.Exec(t.Context(), `update agents set lifecycle_state = 'active' where person_id = $1`, person)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `delete from guard_shares`)
		require.NoError(t, err)
	}
	require.NotNil(t, guarded(t, s, hires[60], creation))
}

func TestTheHardStopIsBySourceAndDismissalsPassIt(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 40, lifecycle.Active)
	isolation := func(source string, anyway bool) func(*store.GuardRequest) {
		return func(r *store.GuardRequest) { r.Kind, r.Subject, r.Anyway = lifecycle.GuardIsolation, source, anyway }
	}
	for _, person := range people[:10] {
		require.Nil(t, guarded(t, s, person, isolation("WORKDAY", false)))
	}
	held := guarded(t, s, people[10], isolation("WORKDAY", false))
	require.NotNil(t, held)
	require.WithinDuration(t, time.Now().Add(15*time.Minute), held.Deadline, time.Minute)
	require.Nil(t, guarded(t, s, people[11], isolation("WORKDAY", true)), "a dismissal")
	require.Nil(t, guarded(t, s, people[12], isolation("SAP", false)), "another source")
	require.Equal(t, 1, count(t, conn, "alerts where kind = 'guard_hard_stop' and severity = 'critical' and closed_at is null"))

	trips, _, err := s.GuardTrips(t.Context(), true, "", 0)
	require.NoError(t, err)
	require.NoError(t, s.LiftHardStop(t.Context(), trips[0].ID, "ann"))
	require.NoError(t, s.LiftHardStop(t.Context(), trips[0].ID, "ann"))
	require.Equal(t, held, guarded(t, s, people[10], isolation("WORKDAY", false)), "who is held is released one by one")
	for n, person := range people[13:23] {
		require.Nil(t, guarded(t, s, person, isolation("WORKDAY", false)), n)
	}
	require.NotNil(t, guarded(t, s, people[23], isolation("WORKDAY", false)), "counted anew from the lifting on")
	require.NoError(t, s.LiftHardStop(t.Context(), trips[0].ID, "ann"), "it holds somebody again")
	for n, person := range people[24:34] {
		require.Nil(t, guarded(t, s, person, isolation("WORKDAY", false)), n)
	}
	require.NotNil(t, guarded(t, s, people[34], isolation("WORKDAY", false)))

	_, err = conn.Exec(t.Context(), `update approvals set state = 'withdrawn', decided_at = clock_timestamp() where state = 'open'`)
	require.NoError(t, err)
	require.NoError(t, s.CloseGuardTrips(t.Context()))
	require.ErrorIs(t, s.LiftHardStop(t.Context(), trips[0].ID, "ann"), store.ErrNotFound, "one that is over lifts nothing")
}

func TestARemovalIsCountedByQueueAndBySkill(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 60, lifecycle.Active)
	_, err := conn.Exec(t.Context(), `
		insert into plans (person_id, generation, digest, body)
		select person_id, 1, 'd', '{"desired": {"queues": [{"name": "Night"}], "skills": [{"name": "Spanish", "proficiency": 3}]}}' from agents`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `update agents set plan_digest = 'd'`)
	require.NoError(t, err)
	from := func(subject, queue, skill string) func(*store.GuardRequest) {
		return func(r *store.GuardRequest) {
			r.Kind, r.Subject, r.Queue, r.Skill = lifecycle.GuardRemoval, subject, queue, skill
		}
	}
	for n, person := range people[:12] {
		require.Nil(t, guarded(t, s, person, from("queue q1", "Night", "")), n)
	}
	require.NotNil(t, guarded(t, s, people[12], from("queue q1", "Night", "")), "20 % of 60 have left")
	require.Nil(t, guarded(t, s, people[12], from("queue q2", "Day", "")))
	for n, person := range people[:12] {
		require.Nil(t, guarded(t, s, person, from("skill s1", "", "Spanish")), n)
	}
	require.NotNil(t, guarded(t, s, people[12], from("skill s1", "", "Spanish")))
}

// A reconciliation has everybody's plan carried out again, and a change of the registry or of HR's mind plans many out of a queue at once:
// what the limit is a share of is not what those leave who have not asked yet.
func TestALimitIsAShareOfTheQueueAsItWasWhenTheWindowBegan(t *testing.T) {
	night, none := `{"desired": {"queues": [{"name": "Night"}], "skills": [{"name": "Spanish"}]}}`, `{"desired": {"queues": [], "skills": []}}`
	for name, change := range map[string]string{
		"their plans are to be carried out again": `update agents set plan_digest = ''`,
		"they are planned out of it": `
			with planned as (insert into plans (person_id, generation, digest, body) select person_id, 2, 'out', '` + none + `' from agents where person_id < 'P0031')
			update agents set plan_digest = 'out' where person_id < 'P0031'`,
	} {
		t.Run(name, func(t *testing.T) {
			s, conn := open(t)
			people := crowd(t, conn, "P", 60, lifecycle.Active)
			left := crowd(t, conn, "X", 40, lifecycle.Active) // long ago
			for _, statement := range []string{
				`insert into plans (person_id, generation, digest, body, created_at) select person_id, 1, 'd', '` + night + `', clock_timestamp() - interval '60 days' from agents`,
				`insert into plans (person_id, generation, digest, body, created_at) select person_id, 2, 'e', '` + none + `', clock_timestamp() - interval '30 days' from agents where person_id > 'X'`,
				`update agents set plan_digest = case when person_id > 'X' then 'e' else 'd' end`,
				change,
			} {
				_, err := conn.Exec(t.Context(), statement)
				require.NoError(t, err)
			}
			for subject, from := range map[string]func(r *store.GuardRequest){
				"queue q1": func(r *store.GuardRequest) { r.Queue = "Night" },
				"skill s1": func(r *store.GuardRequest) { r.Skill = "Spanish" },
			} {
				asks := func(r *store.GuardRequest) {
					r.Kind, r.Subject = lifecycle.GuardRemoval, subject
					from(r)
				}
				for n, person := range people[:12] {
					require.Nil(t, guarded(t, s, person, asks), n)
					_, err := conn.Exec(t.Context(), `delete from guard_shares`) // counted anew
					require.NoError(t, err)
				}
				require.NotNil(t, guarded(t, s, people[12], asks), "20 % of 60 have left")
				require.NotNil(t, guarded(t, s, left[0], asks))
			}
		})
	}
}

func TestAQueueKeepsItsMinimum(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 4, lifecycle.Active)
	_, err := conn.Exec(t.Context(), `
		insert into plans (person_id, generation, digest, body) select person_id, 1, 'd', '{"desired": {"queues": [{"name": "Night"}]}}' from agents`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `update agents set plan_digest = 'd'`)
	require.NoError(t, err)
	leaves := func(r *store.GuardRequest) {
		r.Kind, r.Subject, r.Queue = lifecycle.GuardRemoval, "queue q1", "Night"
		r.Limits.QueueMinimum = map[string]int{"Night": 3}
	}
	require.Nil(t, guarded(t, s, people[0], leaves))
	held := guarded(t, s, people[1], leaves)
	require.NotNil(t, held)
	require.Contains(t, held.Question, "its minimum is 3")
	require.Contains(t, fmt.Sprint(held.Question), "keep 2 members")
}

func TestAMassChangeThatIsUnderWayHoldsTheFirstOfIt(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 100, lifecycle.Active)
	_, err := conn.Exec(t.Context(), `update agents set operation = 'termination', lifecycle_state = 'draining' where person_id = any($1)`, people[:11])
	require.NoError(t, err)
	held := guarded(t, s, people[0], nil)
	require.NotNil(t, held, "ten others leave too")
	_, err = s.DecideApproval(t.Context(), held.ApprovalID, store.Decision{Decision: names.DecisionReject, Actor: "ann", Reason: "not meant"})
	require.NoError(t, err)
	require.Nil(t, guarded(t, s, people[1], nil), "who was refused is decided about")
}

func TestALeavingThatHRHasToldOfCountsAndOneThatLiesAheadDoesNot(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 100, lifecycle.Active)
	var told []string
	for n := range 10 {
		person := newcomer(t, s, "WD-"+number(n))
		told = append(told, person)
		ingest(t, s, wish{id: "evt_end_" + person, person: person, kind: "USER_TERMINATE", at: "2026-03-03T10:00:00Z"})
	}
	_, err := conn.Exec(t.Context(), `update agents set lifecycle_state = 'active', platform = 'genesys', platform_user_id = person_id where person_id = any($1)`, told)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `update hr_events set waiting_until = now() + interval '1 day' where event_id = 'evt_end_WD-0003'`)
	require.NoError(t, err)
	require.Nil(t, guarded(t, s, people[0], nil), "nine others")
	_, err = conn.Exec(t.Context(), `update hr_events set waiting_until = null where event_id = 'evt_end_WD-0003'`)
	require.NoError(t, err)
	require.NotNil(t, guarded(t, s, people[1], nil))
}
