package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"muster/reconcile"
	"muster/store"
)

// head is everything of a report but its deltas.
type head struct {
	ID            string                              `json:"reconciliation_id"`
	Platform      string                              `json:"platform"`
	PersonID      string                              `json:"person_id,omitempty"`
	Status        store.ReconciliationStatus          `json:"status"`
	RequestedBy   string                              `json:"requested_by,omitempty"`
	StartedAt     time.Time                           `json:"started_at"`
	EndedAt       *time.Time                          `json:"ended_at,omitempty"`
	Reason        string                              `json:"reason,omitempty"`
	Modes         map[string]store.ReconciliationMode `json:"modes"`
	Sources       []store.SourceVerdict               `json:"sources"`
	Counts        reconcile.Tally                     `json:"counts"`
	NotEvaluated  []store.NotEvaluated                `json:"not_evaluated"`
	Trend         []Point                             `json:"trend"`
	ServiceLevels serviceLevels                       `json:"service_levels"`
}

type serviceLevels struct {
	Since  time.Time      `json:"since"`
	Until  time.Time      `json:"until"`
	Levels []serviceLevel `json:"levels"`
}

// serviceLevel is from an event's being due until it was verified on the platform, in seconds.
type serviceLevel struct {
	EventType string  `json:"event_type"`
	Events    int     `json:"events"`
	P50       float64 `json:"p50_seconds"`
	P95       float64 `json:"p95_seconds"`
	P99       float64 `json:"p99_seconds"`
}

type jsonRow struct {
	reconcile.Delta
	Outcomes []jsonOutcome `json:"outcomes"`
}

type jsonOutcome struct {
	At            time.Time `json:"at"`
	Outcome       string    `json:"outcome"`
	Actor         string    `json:"actor"`
	ActorVerified bool      `json:"actor_verified"`
	Reference     string    `json:"reference,omitempty"`
	Text          string    `json:"text,omitempty"`
}

// WriteJSON writes the report as one object, the deltas last and one by one, so that it takes no more room for many of them.
func (r Report) WriteJSON(to io.Writer) error {
	h := head{
		ID: r.ID, Platform: r.Platform, PersonID: r.PersonID, Status: r.Status, RequestedBy: r.RequestedBy, StartedAt: r.StartedAt,
		EndedAt: r.EndedAt, Reason: r.Reason, Modes: r.Modes, Sources: r.Sources, Counts: r.Counts, NotEvaluated: r.NotEvaluated,
		Trend: r.Trend, ServiceLevels: serviceLevels{Since: r.ServiceSince, Until: r.StartedAt},
	}
	for _, l := range r.ServiceLevels {
		h.ServiceLevels.Levels = append(h.ServiceLevels.Levels, serviceLevel{l.EventType, l.Events, l.P50.Seconds(), l.P95.Seconds(), l.P99.Seconds()})
	}
	content, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("write report %s as JSON: %w", r.ID, err)
	}
	out := bufio.NewWriter(to)
	write := func(text []byte) { _, _ = out.Write(text) } // a bufio.Writer keeps its first error for Flush
	write(content[:len(content)-1])
	write([]byte(`,"deltas":[`))
	first := true
	for row, err := range r.Rows {
		if err != nil {
			return fmt.Errorf("read the deltas of report %s: %w", r.ID, err)
		}
		entry := jsonRow{Delta: row.Delta, Outcomes: []jsonOutcome{}}
		for _, o := range row.Outcomes {
			entry.Outcomes = append(entry.Outcomes, jsonOutcome{o.At, o.Outcome, o.Actor, o.ActorVerified, o.Reference, o.Text})
		}
		if content, err = json.Marshal(entry); err != nil {
			return fmt.Errorf("write a delta of report %s as JSON: %w", r.ID, err)
		}
		if !first {
			write([]byte(","))
		}
		first = false
		write(content)
	}
	write([]byte("]}\n"))
	return out.Flush()
}
