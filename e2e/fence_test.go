package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// The requests of a hire that the tests hold.
var (
	creation   = genesystest.Fault{Method: "POST", Path: "/api/v2/users"}
	membership = genesystest.Fault{Method: "POST", Path: "/api/v2/routing/queues/*/members"}
	joining    = genesystest.Fault{Method: "PATCH", Path: "/api/v2/users/*/queues", Contains: `"joined":true`}
	lookup     = genesystest.Fault{Method: "GET", Path: "/api/v2/users/externalid/*/*"}
)

// holds makes the platform hold the next request of a kind for three seconds, before it does it or after.
func (s *stack) holds(t *testing.T, kind genesystest.FaultKind, request genesystest.Fault) {
	t.Helper()
	request.Kind, request.DelayMS = kind, 3000
	s.goesWrong(t, request)
}

// isHeld waits until such a request is in flight.
func (s *stack) isHeld(t *testing.T, request genesystest.Fault) genesystest.Entry {
	t.Helper()
	return s.inFlight(t, genesystest.JournalFilter{Method: request.Method, Path: request.Path, Contains: request.Contains})
}

// isTakenOver waits until another generation than the first has the person and returns the platform's latest request at
// that time: what Muster sends in the name of the first arrived before.
func (p *person) isTakenOver(t *testing.T) (sequence int64) {
	t.Helper()
	eventually(t, p.id+" is taken over", func() error {
		if generation := p.agent(t).Generation; generation < 2 {
			return fmt.Errorf("generation %d", generation)
		}
		sequence = p.s.sequence()
		return nil
	})
	return sequence
}

// entry is the journal's entry as it stands now.
func (s *stack) entry(t *testing.T, sequence int64) genesystest.Entry {
	t.Helper()
	entries := s.platform.Journal(genesystest.JournalFilter{After: sequence - 1})
	require.NotEmpty(t, entries)
	require.Equal(t, sequence, entries[0].Sequence)
	return entries[0]
}

func TestATerminationTakesAHireOver(t *testing.T) {
	t.Parallel()
	s := start(t)
	terminates := func(p *person) string { return p.post("USER_TERMINATE", nil, fields{"external_user_id": p.id}) }
	hasNoAccess := func(t *testing.T, p *person) {
		t.Helper()
		account := p.account(t)
		require.Equal(t, "inactive", account.State)
		require.Equal(t, "Offline", account.Presence)
		for queue, joined := range account.Queues {
			require.False(t, joined, queue)
		}
		require.Equal(t, "deactivated", p.agent(t).LifecycleState)
	}

	for _, kind := range []genesystest.FaultKind{genesystest.FaultSlow, genesystest.FaultSlowAfter} {
		t.Run("while its join is in flight ("+string(kind)+"): it waits for the join, and nothing joins after it", func(t *testing.T) {
			p := s.newPerson()
			s.holds(t, kind, joining)
			hire := p.post("USER_CREATE", nil, p.hire(nil))
			join := s.isHeld(t, joining)
			termination := terminates(p)

			sequence := p.isTakenOver(t)
			require.False(t, s.entry(t, join.Sequence).Ended.IsZero(), "the take-over was committed while the join was in flight")
			s.comesOut(t, termination, "applied")
			s.isSettled(t, hire)
			hasNoAccess(t, p)
			joins := s.joins(p.account(t).ID)
			require.Len(t, joins, 1)
			require.LessOrEqual(t, joins[0].Sequence, sequence)
			writes := p.writes(t)
			for _, w := range writes {
				require.Equal(t, "done", w.Result, w.Action)
			}
			next := slices.Index(writes, write{"queues.join", "done"}) + 1
			require.Equal(t, "queues.unjoin", writes[next].Action, "the first thing done is to undo the join, seen or not")
		})
	}

	t.Run("before its next write: that one is refused by the fence and never sent", func(t *testing.T) {
		p := s.newPerson()
		s.holds(t, genesystest.FaultSlow, membership)
		p.post("USER_CREATE", nil, p.hire(nil))
		s.isHeld(t, membership)
		termination := terminates(p)
		p.isTakenOver(t)
		s.comesOut(t, termination, "applied")
		hasNoAccess(t, p)
		require.Empty(t, s.joins(p.account(t).ID))
		p.isFencedOff(t)
	})

	t.Run("before it has created the account: nothing is created", func(t *testing.T) {
		p := s.newPerson()
		held := lookup
		held.Contains = p.id
		s.holds(t, genesystest.FaultSlow, held)
		p.post("USER_CREATE", nil, p.hire(nil))
		looked := s.isHeld(t, held)
		terminates(p)
		p.isTakenOver(t)
		// The fence refuses the creation, unless the hire, which is cancelled too, has heard of that before it came so far.
		eventually(t, "the creation is fenced off or given up", func() error {
			fenced := slices.Contains(p.writes(t), write{"account.create", "fenced"})
			ended := s.entry(t, looked.Sequence).Ended
			if fenced || !ended.IsZero() && time.Since(ended) > givenUp {
				return nil
			}
			return fmt.Errorf("writes %v", p.writes(t))
		})
		require.Empty(t, s.platform.Users(genesystest.TruthFilter{Email: p.email}))
	})

	t.Run("while the account is being created, before it is linked: it is found and deactivated although search lags", func(t *testing.T) {
		require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.SearchLagMS = 60_000 }))
		p := s.newPerson()
		s.holds(t, genesystest.FaultSlowAfter, creation)
		p.post("USER_CREATE", nil, p.hire(nil))
		s.isHeld(t, creation)
		termination := terminates(p)
		p.isTakenOver(t)
		s.comesOut(t, termination, "applied")
		hasNoAccess(t, p)
		require.Empty(t, p.account(t).ExternalIDs, "the hire wrote nothing more")
	})

	t.Run("the invariants hold", func(t *testing.T) { s.invariantsHold(t) })
}

// givenUp is after how long without a write an attempt that was cancelled counts as given up.
const givenUp = 20 * time.Second

// isFencedOff waits until the fence has refused a write, and checks that the platform carried out as many changing requests as the
// record has writes that were made.
func (p *person) isFencedOff(t *testing.T) {
	t.Helper()
	var made int
	eventually(t, "a write is fenced off", func() error {
		writes, fenced := p.writes(t), false
		made = 0
		for _, w := range writes {
			if w.Result == "done" {
				made++
			}
			fenced = fenced || w.Result == "fenced"
		}
		if !fenced {
			return fmt.Errorf("writes %v", writes)
		}
		return nil
	})
	sent := changes(p.s.platform.Journal(genesystest.JournalFilter{Contains: p.email}))
	for _, account := range p.s.platform.Users(genesystest.TruthFilter{Email: p.email}) {
		sent = append(sent, changes(p.s.platform.Journal(genesystest.JournalFilter{User: account.ID}))...)
	}
	distinct := map[int64]bool{}
	for _, entry := range sent {
		distinct[entry.Sequence] = true
	}
	require.Len(t, distinct, made)
}
