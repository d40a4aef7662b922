package bell_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/lifecycle"
	"muster/names"
	"muster/starter/bell"
	"muster/starter/internal/gate"
	"muster/store"
	"muster/testenv"
)

// leaving has people be in grace, with nothing due for them.
func leaving(t *testing.T, records *store.Store, people ...string) {
	t.Helper()
	due(t, records, people...)
	for _, personID := range people {
		require.NoError(t, records.WithPerson(t.Context(), personID, func(_ context.Context, p *store.PersonTx) error {
			generation, err := p.TakeOver(lifecycle.Termination, "HR ended the employment")
			if err != nil {
				return err
			}
			person, err := p.Load()
			if err != nil {
				return err
			}
			now := time.Now()
			if err := p.BeginGrace(lifecycle.Grace{
				Generation: generation, Platform: "genesys", PlatformUserID: "u-" + personID, StartedAt: now, Deadline: now.AddDate(0, 0, 30),
			}); err != nil {
				return err
			}
			return p.RingAt(person.RingSeq, time.Time{})
		}))
	}
}

// counting starts a termination that counts a grace down, as far as Temporal knows.
func counting(t *testing.T, temporal client.Client, personID string) client.WorkflowRun {
	t.Helper()
	run, err := temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: names.TerminationWorkflowID(personID, 1), TaskQueue: names.QueueMuster,
	}, names.WorkflowTermination)
	require.NoError(t, err)
	return run
}

// watchful is a pace at which graces are checked all the time.
func watchful() bell.Pace {
	pace := brisk()
	pace.GraceCheck = 100 * time.Millisecond
	return pace
}

func TestWhoseGraceNoWorkflowCountsDownIsRung(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	leaving(t, records, "P-counted", "P-never", "P-terminated")
	counting(t, temporal, "P-counted")
	gone := counting(t, temporal, "P-terminated")
	require.NoError(t, temporal.TerminateWorkflow(t.Context(), gone.GetID(), gone.GetRunID(), "by mistake"))
	registry, log := relaying(t, records, here, here.address, watchful())
	for _, personID := range []string{"P-never", "P-terminated"} {
		require.Eventually(t, func() bool { return rings(t, temporal, personID) > 0 }, patience, glance)
		require.Positive(t, log.count(personID))
	}
	checked := func(result string) int {
		return figure(t, registry, "muster_grace_checks_total", map[string]string{"result": result})
	}
	require.Eventually(t, func() bool { return checked("running") > 2 && checked("missing") > 2 }, patience, glance)
	require.Zero(t, rings(t, temporal, "P-counted"))
	require.Zero(t, checked("unknown"))
}

func TestAGraceThatEndedIsNotWatched(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	leaving(t, records, "P-back", "P-gone")
	require.NoError(t, records.WithPerson(t.Context(), "P-back", func(_ context.Context, p *store.PersonTx) error {
		ended, because := lifecycle.GraceEnded, "reversed"
		return p.ChangeGrace(1, store.GraceChange{Phase: &ended, EndedBecause: &because})
	}))
	registry, _ := relaying(t, records, here, here.address, watchful())
	require.Eventually(t, func() bool { return figure(t, registry, "muster_grace_checks_total", nil) > 3 }, patience, glance)
	require.Eventually(t, func() bool { return rings(t, temporal, "P-gone") > 0 }, patience, glance)
	require.Zero(t, rings(t, temporal, "P-back"))
}

func TestAGraceIsCheckedOnceInItsTimeHoweverManyRelaysThereAre(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	people := make([]string, 20)
	for i := range people {
		people[i] = fmt.Sprintf("P-%d", i)
	}
	leaving(t, records, people...)
	pace := watchful()
	pace.GraceCheck = 4 * time.Second
	one, _ := relaying(t, records, here, here.address, pace)
	two, _ := relaying(t, records, here, here.address, pace)
	checks := func() int {
		return figure(t, one, "muster_grace_checks_total", nil) + figure(t, two, "muster_grace_checks_total", nil)
	}
	require.Eventually(t, func() bool { return checks() >= 20 }, patience, glance)
	require.Equal(t, 20, checks())
	require.Eventually(t, func() bool { return rings(t, temporal, "P-19") > 0 }, patience, glance)
}

func TestNoGraceCountsAsCheckedWhileTemporalIsDown(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	leaving(t, records, "P-1")
	before := gate.Before(t, here.address)
	before.Shut()
	pace := watchful()
	registry, log := relaying(t, records, here, before.Address(), pace)
	require.Eventually(t, func() bool { return log.count("the watch over graces failed") > 2 }, patience, glance)
	require.Zero(t, figure(t, registry, "muster_grace_checks_total", nil))
	before.Open()
	require.Eventually(t, func() bool { return rings(t, temporal, "P-1") > 0 }, patience, glance)
}
