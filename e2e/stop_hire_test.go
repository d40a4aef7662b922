package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/names"
)

// A hire that somebody stops, or whose mailbox somebody stops, is begun anew and ends as planned: with the account that it had got.
func TestAHireThatIsStoppedAtAnyWriteEndsAsPlanned(t *testing.T) {
	t.Parallel()
	s := start(t)
	cancel := func(id string) error { return s.temporal.CancelWorkflow(t.Context(), id, "") }
	terminate := func(id string) error {
		return s.temporal.TerminateWorkflow(t.Context(), id, "", "an operator's mistake")
	}
	hire := func(p *person) string { return names.HireWorkflowID(p.id, p.agent(t).Generation) }
	mailbox := func(p *person) string { return names.AgentWorkflowID(p.id) }
	stops := []func(p *person) error{
		func(p *person) error { return cancel(hire(p)) },
		func(p *person) error { return terminate(hire(p)) },
		func(p *person) error { return cancel(mailbox(p)) },
		func(p *person) error { return terminate(mailbox(p)) },
	}
	writes := s.writesOfAHire(t)
	for i := range stops {
		for j, write := range writes {
			write.Kind = []genesystest.FaultKind{genesystest.FaultSlow, genesystest.FaultSlowAfter}[(i+j)%2]
			write.DelayMS = holdAtStop
			s.goesWrong(t, write)
		}
	}
	stopsLeft, hires := len(stops)*len(writes), map[*person]string{}
	for range stopsLeft {
		p := s.newPerson()
		hires[p] = p.post("USER_CREATE", nil, p.hire(nil))
	}

	// Whoever comes first to a write is held, and then stopped, there.
	stopped := map[int64]bool{}
	eventually(t, "a hire is stopped at each write in each way", func() error {
		for _, entry := range changes(s.platform.Journal(genesystest.JournalFilter{})) {
			if stopped[entry.Sequence] || !entry.Ended.IsZero() || time.Since(entry.Time) < 100*time.Millisecond {
				continue
			}
			p := s.personOf(entry, hires)
			if p == nil {
				continue // created, and not to be recognised yet
			}
			stopped[entry.Sequence] = true
			require.NoError(t, stops[len(stopped)%len(stops)](p))
		}
		for p := range hires {
			if len(stopped) > 0 && p.agent(t).LifecycleState != "active" {
				_ = s.ring(t, p.id) // as the relay does, in the end
			}
		}
		if left := s.platform.Faults(); len(left) > 0 {
			return fmt.Errorf("not reached: %+v", left)
		}
		return nil
	})
	require.GreaterOrEqual(t, len(stopped), stopsLeft/2)
	for p, event := range hires {
		eventually(t, p.id+" is hired", func() error {
			e, err := s.api.Event(t.Context(), event)
			if err == nil && e.Outcome != "applied" {
				err = fmt.Errorf("outcome %s, %+v", e.Outcome, e.Waiting)
				_ = s.ring(t, p.id)
			}
			return err
		})
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.theOnlyAccount(t).Queues)
	}
	s.invariantsHold(t)
}

// personOf is whom a request is about; nil: it does not say.
func (s *stack) personOf(entry genesystest.Entry, among map[*person]string) *person {
	text := entry.Path + entry.Query + string(entry.Body) + strings.Join(entry.UserIDs, ",")
	for p := range among {
		if strings.Contains(text, p.id) || strings.Contains(text, p.email+`"`) {
			return p
		}
		for _, account := range s.platform.Users(genesystest.TruthFilter{Email: p.email}) {
			if strings.Contains(text, account.ID) {
				return p
			}
		}
	}
	return nil
}
