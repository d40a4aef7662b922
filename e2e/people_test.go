package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

// person is somebody HR tells of.
type person struct {
	s                      *stack
	id, email, first, last string
}

var people atomic.Int64

// newPerson is somebody nobody has heard of.
func (s *stack) newPerson() *person {
	n := people.Add(1)
	return &person{s: s, id: fmt.Sprintf("WD-EMP-%05d", 10000+n), email: fmt.Sprintf("person%d@example.com", n), first: "Person", last: letters(n)}
}

// letters writes a number in letters, since names have no digits.
func letters(n int64) string {
	var b strings.Builder
	for _, digit := range fmt.Sprint(n) {
		b.WriteByte('A' + byte(digit-'0'))
	}
	return b.String()
}

type fields map[string]any

// hire is the payload of an ordinary hire, with changes.
func (p *person) hire(changes fields) fields {
	payload := fields{
		"external_user_id": p.id, "email": p.email, "first_name": p.first, "last_name": p.last, "department_code": "SUPP_L2",
		"skill_codes": []string{"SVC_TECH", "SVC_BILLING", "LANG_ES"}, "timezone": "America/New_York", "phone_extension": "",
	}
	delete(payload, "phone_extension")
	for name, value := range changes {
		payload[name] = value
	}
	return payload
}

func event(id, eventType string, top, payload fields) []byte {
	document := fields{
		"event_id": id, "event_type": eventType, "source_system": source,
		"timestamp_utc": time.Now().UTC().Format(time.RFC3339Nano), "payload": payload,
	}
	for name, value := range top {
		document[name] = value
	}
	encoded, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return encoded
}

func newEventID() string { return "evt_" + uuid.NewString() }

// post posts an event, signed, and returns its id.
func (p *person) post(eventType string, top, payload fields) string {
	p.s.t.Helper()
	id := newEventID()
	body := event(id, eventType, top, payload)
	receipts, err := p.s.api.SendSignedEvents(p.s.t.Context(), webhookSecret, "msg_"+id, body)
	require.NoError(p.s.t, err)
	require.Equal(p.s.t, api.EventAccepted, receipts.Events[0].Status)
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.posted, p.s.bodies[id] = append(p.s.posted, id), body
	if !slices.Contains(p.s.everybody, p) {
		p.s.everybody = append(p.s.everybody, p)
	}
	return id
}

// comesOut waits for an event's outcome.
func (s *stack) comesOut(t *testing.T, eventID, outcome string) {
	t.Helper()
	eventually(t, "event comes out as "+outcome, func() error {
		e, err := s.api.Event(t.Context(), eventID)
		if err != nil {
			return err
		}
		if e.Outcome != outcome {
			return fmt.Errorf("outcome %s (%s) waiting %+v", e.Outcome, e.Reason, e.Waiting)
		}
		return nil
	})
}

// account is the one account with the person's email.
func (p *person) account(t *testing.T) genesystest.Truth {
	t.Helper()
	accounts := p.s.platform.Users(genesystest.TruthFilter{Email: p.email})
	require.Len(t, accounts, 1)
	return accounts[0]
}

func (p *person) agent(t *testing.T) api.Agent {
	t.Helper()
	agent, err := p.s.api.Agent(t.Context(), p.id)
	require.NoError(t, err)
	return agent
}

// becomes waits for a lifecycle state.
func (p *person) becomes(t *testing.T, state string) {
	t.Helper()
	eventually(t, p.id+" becomes "+state, func() error {
		agent, err := p.s.api.Agent(t.Context(), p.id)
		if err != nil {
			return err
		}
		if agent.LifecycleState != state {
			return fmt.Errorf("state %s", agent.LifecycleState)
		}
		return nil
	})
}

// isReviewed waits for the person's open review.
func (p *person) isReviewed(t *testing.T, kind string) (review api.Review) {
	t.Helper()
	eventually(t, "a review of kind "+kind, func() error {
		page, err := p.s.api.Reviews(t.Context(), api.DecisionQuery{State: "open", PersonID: p.id})
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			if r.Kind == kind {
				review = r
				return nil
			}
		}
		return fmt.Errorf("open reviews: %+v", page.Items)
	})
	return review
}

// joins are the requests that joined the account to a queue.
func (s *stack) joins(accountID string) (joins []genesystest.Entry) {
	for _, entry := range s.platform.Journal(genesystest.JournalFilter{User: accountID}) {
		if strings.Contains(string(entry.Body), `"joined":true`) {
			joins = append(joins, entry)
		}
	}
	return joins
}
