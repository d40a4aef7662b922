package e2e

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

// passes waits until the deadlines of these graces are over.
func passes(t *testing.T, people ...*person) {
	t.Helper()
	eventually(t, "every deadline has passed", func() error {
		for _, p := range people {
			if g, _ := p.grace(t); time.Now().Before(g.Deadline.Add(500 * time.Millisecond)) {
				return errNotYet
			}
		}
		return nil
	})
}

// inGrace are people whose grace of seconds has begun.
func (s *stack) inGrace(t *testing.T, count int) []*person {
	t.Helper()
	people := s.agentsOf(t, graceOfSeconds, count)
	for _, p := range people {
		p.leaves()
	}
	for _, p := range people {
		p.isArchived(t)
	}
	return people
}

// legalActs has legal hold one leaver and bring another back while something is down.
func (s *stack) legalActs(t *testing.T, held, reversed *person) {
	t.Helper()
	legal := s.as("legal")
	_, err := legal.PlaceHold(t.Context(), held.id, "2026/117", "a claim")
	require.NoError(t, err)
	outcome, err := reversed.pull(t, "legal", api.LeverReverse)
	require.NoError(t, err)
	require.Equal(t, api.LeverDone, outcome.Result)
}

// afterwards checks what became of somebody nobody did anything for, of one held and of one reversed.
func (s *stack) afterwards(t *testing.T, due, held, reversed *person) {
	t.Helper()
	due.isGone(t)
	reversed.becomes(t, "active")
	held.becomes(t, "held")
	require.Equal(t, "inactive", held.account(t).State)
	require.Equal(t, map[string]bool{"General_Support": true}, reversed.account(t).Queues)
	s.invariantsHold(t)
}

func TestWhatLegalDoesWhileNoWorkerRunsOverTheDeadlineCounts(t *testing.T) {
	t.Parallel()
	s := startWith(t, hurried(t))
	people := s.inGrace(t, 3)
	s.worker.stop(syscall.SIGKILL)
	s.legalActs(t, people[1], people[2])
	passes(t, people[0], people[1])
	require.Equal(t, "deactivated", people[0].agent(t).LifecycleState)
	s.startWorker()
	s.afterwards(t, people[0], people[1], people[2])
}

func TestWhatLegalDoesWhileTemporalIsDownOverTheDeadlineCounts(t *testing.T) {
	t.Parallel()
	var server *temporalServer
	s := startWith(t, func(s *stack) {
		hurried(t)(s)
		server = s.hasItsOwnTemporal()
	})
	people := s.inGrace(t, 3)

	server.stops()
	s.legalActs(t, people[1], people[2])
	passes(t, people[0], people[1])
	server.comesBack()
	s.afterwards(t, people[0], people[1], people[2])
}

func TestWhilePostgreSQLIsDownADeletionIsNeitherBegunNorForgotten(t *testing.T) {
	t.Parallel()
	var database *postgresServer
	s := startWith(t, func(s *stack) {
		hurried(t)(s)
		database = s.hasItsOwnPostgres()
	})

	// One deletion is past its point of no return and under way when the database goes away, the other's is still to come.
	under := s.leavers(t, graceOfSeconds, 1)[0]
	deletion := stepsOfALeaver()[10]
	under.held(t, genesystest.FaultSlowAfter, deletion, 1500)
	under.leaves()
	under.isArchived(t)
	comes := s.leavers(t, graceOfSeconds, 1)[0]
	comes.leaves()
	comes.isArchived(t)
	due, _ := comes.grace(t)
	under.isHeldAt(t, deletion)
	require.True(t, time.Now().Before(due.Deadline), "the other one is not due yet")
	database.stops()
	eventually(t, "the deadline has passed", func() error {
		if time.Now().Before(due.Deadline.Add(time.Second)) {
			return errNotYet
		}
		return nil
	})
	require.Equal(t, "inactive", comes.person.account(t).State)
	require.Equal(t, "deleted", under.person.account(t).State, "the platform has done it, and nobody could write that down")

	database.comesBack()
	under.isGone(t)
	comes.isGone(t)
	for _, entry := range s.platform.Journal(genesystest.JournalFilter{Method: http.MethodDelete, Path: deletion.request.Path, User: comes.account}) {
		require.True(t, entry.Time.After(due.Deadline))
	}
	s.invariantsHold(t)
}
