package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
	"muster/testenv"
)

func dueRollout(t testing.TB, s *store.Store) string {
	t.Helper()
	due, err := s.DueRollouts(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Len(t, due, 1)
	return due[0]
}

func TestAPublicationIsRolledOutOnceItIsInForce(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	testenv.PublishAt(t, s, rules("B"), time.Now().Add(time.Hour))

	id := dueRollout(t, s)
	due, err := s.DueRollouts(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Empty(t, due, "whoever took it sees to it for a while")
	begun, err := s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, 1, begun.Version)
	require.Equal(t, store.RolloutRunning, begun.State)
	due, err = s.DueRollouts(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []string{id}, due, "until it has ended, its workflow is started again where it was lost")
	require.NoError(t, s.ScopeRollout(t.Context(), id, nil))
	require.NoError(t, s.EndRollout(t.Context(), id, store.RolloutDone))
	due, err = s.DueRollouts(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, due, "the other one's day has not come")
}

func TestARolloutIsScheduledForEveryDateOfAVersion(t *testing.T) {
	s, _ := open(t)
	v := submit(t, s, rules("A"), "ana")
	_, err := s.ApproveMapping(t.Context(), v.Version, word("ben"))
	require.NoError(t, err)
	p := publication(t, v, time.Time{})
	days := []time.Time{time.Now().Add(-time.Hour), time.Now().Add(24 * time.Hour).Truncate(time.Second), time.Now().Add(48 * time.Hour).Truncate(time.Second)}
	for _, day := range days {
		p.Dates = append(p.Dates, store.RolloutDate{At: day, About: []string{"skill SVC_OLD ends"}})
	}
	_, err = s.PublishMapping(t.Context(), p)
	require.NoError(t, err)

	rollouts, err := s.Rollouts(t.Context())
	require.NoError(t, err)
	require.Len(t, rollouts, 3, "a date that is over when the version takes effect is none")
	require.Equal(t, store.RolloutPublication, rollouts[0].Cause)
	for i, rollout := range rollouts[1:] {
		require.Equal(t, store.RolloutByDate, rollout.Cause)
		require.Equal(t, []string{"skill SVC_OLD ends"}, rollout.About)
		require.WithinDuration(t, days[i+1], rollout.DueAt, 0)
	}
}

func TestWithdrawingAScheduledVersionEndsItsRollouts(t *testing.T) {
	s, _ := open(t)
	testenv.PublishAt(t, s, rules("A"), time.Now().Add(time.Hour))
	_, err := s.WithdrawMapping(t.Context(), 1, word("ana"))
	require.NoError(t, err)
	rollouts, err := s.Rollouts(t.Context())
	require.NoError(t, err)
	require.Equal(t, store.RolloutSuperseded, rollouts[0].State)
}

func TestPeopleAreRungInTheirOrderAndNobodyTwice(t *testing.T) {
	s, conn := open(t)
	for _, person := range []string{"WD-1", "WD-2", "WD-3", "WD-4"} {
		newcomer(t, s, person)
	}
	testenv.Publish(t, s, rules("A"))
	id := dueRollout(t, s)
	_, err := s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, s.ScopeRollout(t.Context(), id, []string{"WD-3", "WD-1", "WD-4"}))
	require.NoError(t, s.ScopeRollout(t.Context(), id, []string{"WD-2"}), "whom it concerns is found out once")
	_, err = conn.Exec(t.Context(), "delete from rings")
	require.NoError(t, err)

	rung, err := s.RingForRollout(t.Context(), id, 2)
	require.NoError(t, err)
	require.Equal(t, 2, rung)
	underWay, err := s.RolloutUnderWay(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []string{"WD-3", "WD-1"}, []string{underWay[0].PersonID, underWay[1].PersonID})
	require.Equal(t, []string{"WD-1", "WD-3"}, rungPeople(t, conn))

	require.NoError(t, s.EndForPeople(t.Context(), id, lifecycle.RolloutPersonDone, []string{"WD-3"}))
	require.NoError(t, s.EndForPeople(t.Context(), id, lifecycle.RolloutPersonWaits, []string{"WD-1", "WD-3"}))
	rung, err = s.RingForRollout(t.Context(), id, 5)
	require.NoError(t, err)
	require.Equal(t, 1, rung)
	rollout, err := s.Rollout(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []int{3, 1, 1, 1}, []int{rollout.Concerned, rollout.Done, rollout.Waits, rollout.UnderWay}, "who is done stays done")
}

func rungPeople(t testing.TB, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), "select person_id from rings where due_at <= now() order by person_id")
	require.NoError(t, err)
	people, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return people
}

func TestAPausedRolloutTellsNobodyAndIsTakenUpWhenResumed(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	testenv.Publish(t, s, rules("A"))
	id := dueRollout(t, s)
	_, err := s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, s.ScopeRollout(t.Context(), id, []string{"WD-1"}))
	paused, err := s.PauseRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	require.Equal(t, store.RolloutPaused, paused.State)
	require.Equal(t, "olga", paused.ChangedBy)

	rung, err := s.RingForRollout(t.Context(), id, 5)
	require.NoError(t, err)
	require.Zero(t, rung)
	due, err := s.DueRollouts(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, due)
	still, err := s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, store.RolloutPaused, still.State, "a workflow that was on its way does not undo it")
	var refusal *store.RolloutRefusal
	_, err = s.PauseRollout(t.Context(), id, word("olga"))
	require.ErrorAs(t, err, &refusal)

	_, err = s.ResumeRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	require.Equal(t, id, dueRollout(t, s))
	begun, err := s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, 1, begun.Concerned, "it goes on where it was")
	_, err = s.ResumeRollout(t.Context(), id, word("olga"))
	require.ErrorAs(t, err, &refusal)
}

func TestARolloutThatIsPausedWhileItLooksWhomItConcernsIsNotDone(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	testenv.Publish(t, s, rules("A"))
	id := dueRollout(t, s)
	_, err := s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	_, err = s.PauseRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	// What the worker does that has not heard of the pause.
	goOn := func() store.Rollout {
		require.NoError(t, s.ScopeRollout(t.Context(), id, []string{"WD-1"}))
		rung, err := s.RingForRollout(t.Context(), id, 5)
		require.NoError(t, err)
		require.Zero(t, rung)
		require.NoError(t, s.EndRollout(t.Context(), id, store.RolloutDone))
		rollout, err := s.Rollout(t.Context(), id)
		require.NoError(t, err)
		return rollout
	}
	require.Equal(t, store.RolloutPaused, goOn().State)
	_, err = s.ResumeRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	require.Equal(t, store.RolloutScheduled, goOn().State, "resumed before the worker looked again")

	_, err = s.BeginRollout(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, s.EndRollout(t.Context(), id, store.RolloutDone))
	require.NoError(t, s.ScopeRollout(t.Context(), id, []string{"WD-1"}))
	require.NoError(t, s.EndRollout(t.Context(), id, store.RolloutDone))
	running, err := s.Rollout(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, store.RolloutRunning, running.State, "somebody is left")
}

func TestTheRulesOfARolloutAreNotAskedForAnInstantBeforeItIsDue(t *testing.T) {
	due := time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC)
	rollout := store.Rollout{DueAt: due}
	require.Equal(t, due, rollout.Instant(due.Add(-time.Second)), "the worker's clock is behind the database's")
	require.Equal(t, due.Add(time.Second), rollout.Instant(due.Add(time.Second)))
}

func TestWhatIsOpenOfAFormerVersionEndsWhenTheNextOneIsRolledOut(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	paused := dueRollout(t, s)
	_, err := s.BeginRollout(t.Context(), paused)
	require.NoError(t, err)
	_, err = s.PauseRollout(t.Context(), paused, word("olga"))
	require.NoError(t, err)
	testenv.Publish(t, s, rules("B"))
	testenv.PublishAt(t, s, rules("C"), time.Now().Add(time.Hour))
	begun, err := s.BeginRollout(t.Context(), dueRollout(t, s))
	require.NoError(t, err)
	require.Equal(t, []any{2, store.RolloutRunning}, []any{begun.Version, begun.State})

	states := map[int]store.RolloutState{}
	all, err := s.Rollouts(t.Context())
	require.NoError(t, err)
	for _, rollout := range all {
		states[rollout.Version] = rollout.State
	}
	require.Equal(t, map[int]store.RolloutState{1: store.RolloutSuperseded, 2: store.RolloutRunning, 3: store.RolloutScheduled}, states)
	_, err = s.BeginRollout(t.Context(), paused)
	require.NoError(t, err)
	var refusal *store.RolloutRefusal
	_, err = s.ResumeRollout(t.Context(), paused, word("olga"))
	require.ErrorAs(t, err, &refusal)
}

func TestAMailboxIsDueAtTheLatestWhenItIsToldAndNeverLaterThanBefore(t *testing.T) {
	s, conn := open(t)
	for _, person := range []string{"WD-1", "WD-2", "WD-3", "WD-4"} {
		newcomer(t, s, person)
	}
	_, err := conn.Exec(t.Context(), `delete from rings`)
	require.NoError(t, err)
	at := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	before := map[string]time.Time{"WD-1": at.Add(6 * time.Hour), "WD-2": at.Add(-time.Hour), "WD-3": at.Add(time.Minute)}
	want := map[string]time.Time{"WD-1": at, "WD-2": before["WD-2"], "WD-3": before["WD-3"], "WD-4": at}
	numbers := map[string]int64{}
	read := func(person string) (seq int64, due time.Time) {
		require.NoError(t, conn.QueryRow(t.Context(), `select seq, due_at from rings where person_id = $1`, person).Scan(&seq, &due))
		return seq, due
	}
	for person, due := range before {
		_, err := conn.Exec(t.Context(), `insert into rings (person_id, due_at) values ($1, $2)`, person, due)
		require.NoError(t, err)
		numbers[person], _ = read(person)
	}
	wanted := map[string]time.Time{"WD-1": at, "WD-2": at, "WD-3": at, "WD-4": at}
	require.NoError(t, s.RingAtLatest(t.Context(), wanted))
	for person, due := range want {
		_, found := read(person)
		require.WithinDuration(t, due, found, 0, person)
	}
	moved, _ := read("WD-1")
	require.NotEqual(t, numbers["WD-1"], moved, "whoever has looked before cannot undo it")
	require.NoError(t, s.RingAtLatest(t.Context(), nil))
}

func TestWhoeverWaitsForRulesComesInTheOrderOfTheEvents(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	for _, person := range []string{"WD-3", "WD-1", "WD-2", "WD-4", "WD-5"} {
		newcomer(t, s, person)
	}
	park := func(person string) {
		withPerson(t, s, person, func(p *store.PersonTx) error {
			return p.SetWaiting("evt_create_"+person, store.Wait{For: "operator", What: "a rule", ParkedVersion: 1})
		})
	}
	park("WD-1")
	park("WD-3")
	openReview(t, s, "WD-2", lifecycle.ReviewUnmapped, "SVC_X")
	openReview(t, s, "WD-4", lifecycle.ReviewMissingConstruct, "Tier_2")
	openReview(t, s, "WD-5", lifecycle.ReviewPlatformRefusal, "")

	waiting, err := s.WaitingForRules(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"WD-3", "WD-1", "WD-2", "WD-4"}, waiting)
}

func TestARolloutThatIsHeldIsInTheInboxUntilItGoesOn(t *testing.T) {
	s, conn := open(t)
	testenv.Publish(t, s, rules("A"))
	id := dueRollout(t, s)
	held := func() (subjects []string) {
		require.NoError(t, s.WatchRollouts(t.Context()))
		alerts, _, err := s.Alerts(t.Context(), store.AlertFilter{State: store.AlertOpen})
		require.NoError(t, err)
		for _, alert := range alerts {
			if alert.Kind == store.AlertRolloutHeld {
				subjects = append(subjects, alert.SubjectID)
			}
		}
		return subjects
	}
	require.Empty(t, held())
	_, err := s.PauseRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	require.Equal(t, []string{id}, held())
	_, err = s.ResumeRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "update alerts set lapses_at = now() where kind = 'rollout_held'")
	require.NoError(t, err)
	require.NoError(t, s.CloseLapsedAlerts(t.Context()))
	require.Empty(t, held())
	_, err = conn.Exec(t.Context(), "update mapping_rollouts set due_at = now() - interval '7 hours'")
	require.NoError(t, err)
	require.Equal(t, []string{id}, held(), "not paused, and not through after hours")
}

func TestWhileARolloutOfAVersionIsPausedNoOtherOfItTellsAnybody(t *testing.T) {
	s, conn := open(t)
	v := submit(t, s, rules("A"), "ana")
	_, err := s.ApproveMapping(t.Context(), v.Version, word("ben"))
	require.NoError(t, err)
	p := publication(t, v, time.Time{})
	p.Dates = []store.RolloutDate{{At: time.Now().Add(time.Hour), About: []string{"skill X ends"}}}
	_, err = s.PublishMapping(t.Context(), p)
	require.NoError(t, err)
	id := dueRollout(t, s)
	_, err = s.PauseRollout(t.Context(), id, word("olga"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "update mapping_rollouts set due_at = now() where cause = 'date'")
	require.NoError(t, err)
	due, err := s.DueRollouts(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, due)
}
