package bell

import (
	"context"
	"time"

	"muster/store"
)

// aloneUpTo is how many mailboxes may be rung in vain before the cause is taken to be one for all of them: one alert then says
// so instead of one for each.
const aloneUpTo = 10

// allMailboxes is the subject of the alert that many mailboxes do not answer, temporalServer that of the one that Temporal does not.
const (
	allMailboxes   = "mailboxes"
	temporalServer = "temporal"
)

// inVain is what to raise about people whose mailboxes were just rung in vain once more, of all that are. It is pure. Everything
// here is critical: among those for whom nothing is done may be someone who has left.
func inVain(stuck []string, all int) []store.Alert {
	if len(stuck) == 0 {
		return nil
	}
	if all > aloneUpTo {
		return []store.Alert{{
			Kind: store.AlertRungInVain, Severity: store.SeverityCritical, SubjectID: allMailboxes,
			Text: "Many mailboxes were rung many times in vain.",
		}}
	}
	alerts := make([]store.Alert, len(stuck))
	for i, personID := range stuck {
		alerts[i] = store.Alert{
			Kind: store.AlertRungInVain, Severity: store.SeverityCritical, PersonID: personID, Text: "The mailbox was rung many times in vain.",
		}
	}
	return alerts
}

// outage is a time during which Temporal does not answer.
type outage struct {
	patience time.Duration
	since    time.Time
}

// failed notes that Temporal did not answer once more, and returns what to raise when that has been so for longer than patience.
func (o *outage) failed(now time.Time) []store.Alert {
	if o.since.IsZero() {
		o.since = now
	}
	if now.Sub(o.since) < o.patience {
		return nil
	}
	return []store.Alert{{
		Kind: store.AlertRungInVain, Severity: store.SeverityCritical, SubjectID: temporalServer, Text: "Temporal does not answer: no mailbox is rung.",
	}}
}

func (o *outage) ended() { o.since = time.Time{} }

// alert raises alerts that lapse when they are not raised again: by then whoever was rung in vain was settled. That one cannot be
// raised must not keep anybody from being rung.
func (r *Relay) alert(ctx context.Context, alerts ...store.Alert) {
	for _, alert := range alerts {
		lapses := time.Now().Add(r.vain.patience)
		alert.LapsesAt = &lapses
		if err := r.store.RaiseAlert(ctx, alert); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "could not raise an alert", "kind", alert.Kind, "error", err)
		}
	}
}
