package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/names"
)

// told is what HR has posted: every event's id with its bytes.
type told struct {
	ids    []string
	bodies map[string]json.RawMessage
}

// tell posts an event and keeps it for another delivery.
func (all *told) tell(t *testing.T, p *person, eventType string, top, payload fields) (eventID string) {
	t.Helper()
	id := newEventID()
	body := event(id, eventType, top, payload)
	receipts, err := p.s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, body)
	require.NoError(t, err)
	require.Equal(t, api.EventAccepted, receipts.Events[0].Status)
	all.ids = append(all.ids, id)
	all.bodies[id] = body
	return id
}

// quiet waits until the person's mailbox has been rung once more and has nothing left to do now.
func (p *person) quiet(t *testing.T) {
	t.Helper()
	require.NoError(t, p.s.ring(t, p.id))
	eventually(t, "the mailbox of "+p.id+" has nothing to do", func() error {
		description, err := p.s.temporal.DescribeWorkflowExecution(t.Context(), names.AgentWorkflowID(p.id), "")
		if err != nil {
			return err
		}
		if description.GetPendingWorkflowTask() != nil || len(description.GetPendingChildren()) > 0 || p.agent(t).Operation != "" {
			return errNotYet
		}
		return nil
	})
}

func TestEverythingDeliveredAgainInAnyOrderChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	all := &told{bodies: map[string]json.RawMessage{}}
	of := func(p *person, more fields) fields {
		payload := fields{"external_user_id": p.id}
		for name, value := range more {
			payload[name] = value
		}
		return payload
	}

	stays, leaves, returns, waits := s.newPerson(), s.newPerson(), s.newPerson(), s.newPerson()
	everybody := []*person{stays, leaves, returns, waits}
	for _, p := range everybody {
		s.isSettled(t, all.tell(t, p, "USER_CREATE", nil, p.hire(nil)))
	}
	s.isSettled(t, all.tell(t, stays, "USER_UPDATE", nil, of(stays, fields{"department_code": "BILLING"})))
	s.isSettled(t, all.tell(t, stays, "SKILL_ASSIGN", nil, of(stays, fields{"skill_codes": []string{"SVC_RETENTION"}})))
	s.isSettled(t, all.tell(t, leaves, "USER_TERMINATE", nil, of(leaves, nil)))
	// A change is taken back, and what it had replaced is in effect again.
	moved := all.tell(t, returns, "USER_UPDATE", nil, of(returns, fields{"department_code": "BILLING"}))
	s.isSettled(t, moved)
	s.isSettled(t, all.tell(t, returns, "EVENT_RESCIND", fields{"rescinds_event_id": moved}, of(returns, nil)))
	eventually(t, "the change is undone", func() error {
		if queues := returns.account(t).Queues; !queues["Tier_2_Escalation"] || len(queues) != 1 {
			return fmt.Errorf("queues %v", queues)
		}
		return nil
	})
	// The end of an employment is announced and then put off.
	lastDay := func(days int) fields {
		return of(waits, fields{"termination": fields{"reason": "VOLUNTARY", "last_day": time.Now().AddDate(0, 0, days).Format(time.DateOnly)}})
	}
	announced := all.tell(t, waits, "USER_TERMINATE", nil, lastDay(20))
	all.tell(t, waits, "USER_TERMINATE", fields{"replaces_event_id": announced}, lastDay(40))
	s.comesOut(t, announced, "superseded")
	for _, p := range everybody {
		p.quiet(t)
	}

	legal := s.as("legal")
	outcomes := func() map[string]string {
		found := map[string]string{}
		for _, id := range all.ids {
			e, err := legal.Event(t.Context(), id)
			require.NoError(t, err)
			found[id] = e.EventType + " " + e.Outcome
		}
		return found
	}
	accounts := func() (found []genesystest.Truth) {
		for _, p := range everybody {
			found = append(found, p.account(t))
		}
		return found
	}
	outcomesBefore, accountsBefore, sequence := outcomes(), accounts(), s.sequence()

	shuffled := rand.New(rand.NewPCG(7, 11))
	for range 2 {
		shuffled.Shuffle(len(all.ids), func(i, j int) { all.ids[i], all.ids[j] = all.ids[j], all.ids[i] })
		for _, id := range all.ids {
			receipts, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, all.bodies[id])
			require.NoError(t, err)
			require.Equal(t, api.EventDuplicate, receipts.Events[0].Status)
		}
		var batch struct {
			Events []json.RawMessage `json:"events"`
		}
		for _, id := range all.ids {
			batch.Events = append(batch.Events, all.bodies[id])
		}
		body, err := json.Marshal(batch)
		require.NoError(t, err)
		receipts, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+newEventID(), body)
		require.NoError(t, err)
		for _, receipt := range receipts.Events {
			require.Equal(t, api.EventDuplicate, receipt.Status)
		}
	}
	for _, p := range everybody {
		p.quiet(t)
	}
	require.Equal(t, outcomesBefore, outcomes())
	require.Equal(t, accountsBefore, accounts())
	require.Empty(t, changes(s.platform.Journal(genesystest.JournalFilter{After: sequence})))
}
