package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

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
	var held []*heldHire
	for i, write := range s.writesOfAHire(t) {
		for j, stop := range stops {
			write.Kind, write.DelayMS = []genesystest.FaultKind{genesystest.FaultSlow, genesystest.FaultSlowAfter}[(i+j)%2], holdAtStop
			held = append(held, &heldHire{person: s.newPerson(), at: write, stop: stop})
		}
	}
	hires := map[*person]string{}
	for _, h := range held {
		h.begin(t)
		hires[h.person] = h.post("USER_CREATE", nil, h.hire(nil))
	}
	inTime, rung := 0, time.Now()
	eventually(t, "a hire is stopped at each write in each way", func() error {
		var left []string
		for _, h := range held {
			if h.stopped {
				continue
			}
			if !h.isHeld(t) {
				left = append(left, h.id+" at "+h.write.Method+" "+h.write.Path)
				if h.armed && s.isApplied(t, hires[h.person]) { // it was past its write before the platform was told of it: another one
					h.person = s.newPerson()
					h.begin(t)
					hires[h.person] = h.post("USER_CREATE", nil, h.hire(nil))
				}
				continue
			}
			h.stopped = true
			err := h.stop(h.person)
			var ended *serviceerror.NotFound // it went on too fast for us
			if !errors.As(err, &ended) {
				require.NoError(t, err)
				inTime++
			}
		}
		if time.Since(rung) > time.Second {
			rung = time.Now()
			for _, h := range held {
				if h.stopped {
					_ = s.ring(t, h.id) // as the relay does, in the end
				}
			}
		}
		if len(left) > 0 {
			return fmt.Errorf("not reached: %v", left)
		}
		return nil
	})
	require.GreaterOrEqual(t, inTime, 3*len(held)/4)
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

// heldHire is a hire that is held at one of its writes, and stopped there.
type heldHire struct {
	*person
	// at is the write, whoever's it is; write is this person's.
	at, write genesystest.Fault
	stop      func(p *person) error
	// armed: the platform has been told whose write to hold, which it can be only when the account has an id.
	armed, stopped bool
}

// begin has the hire held at its write, or for a moment when its account has just been created.
func (h *heldHire) begin(t *testing.T) {
	t.Helper()
	h.write, h.armed = h.at, false
	switch {
	case h.write.Path == creation.Path:
		h.write.Contains, h.armed = h.email, true
	case strings.HasSuffix(h.write.Path, "/externalid"):
		h.write.Contains, h.armed = h.id, true
	default:
		h.s.goesWrong(t, genesystest.Fault{
			Kind: genesystest.FaultSlowAfter, Method: creation.Method, Path: creation.Path, Contains: h.email, DelayMS: holdAtStop,
		})
		return
	}
	h.s.goesWrong(t, h.write)
}

// isApplied says whether an event has come to its end as HR meant it.
func (s *stack) isApplied(t *testing.T, eventID string) bool {
	t.Helper()
	e, err := s.api.Event(t.Context(), eventID)
	require.NoError(t, err)
	return e.Outcome == "applied"
}

// isHeld says whether the platform has taken the write up.
func (h *heldHire) isHeld(t *testing.T) bool {
	t.Helper()
	if !h.armed {
		accounts := h.s.platform.Users(genesystest.TruthFilter{Email: h.email})
		if len(accounts) == 0 {
			return false
		}
		if subject, of := strings.CutPrefix(h.write.Path, "/api/v2/users/*"); of {
			h.write.Path = "/api/v2/users/" + accounts[0].ID + subject
		} else {
			h.write.Contains = accounts[0].ID
		}
		h.s.goesWrong(t, h.write)
		h.armed = true
	}
	return !slices.ContainsFunc(h.s.platform.Faults(), func(f genesystest.Fault) bool {
		return f.Method == h.write.Method && f.Path == h.write.Path && f.Contains == h.write.Contains
	})
}
