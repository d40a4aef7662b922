package store

import (
	"fmt"
	"maps"
	"time"

	"muster/hr"
)

// knownEvent is an admitted event as far as admission looks at it.
type knownEvent struct {
	EventID       string
	ProcessingKey string
	Digest        string
	PersonID      string
}

// content identifies what an event says about whom, without its event_id.
type content struct{ processingKey, digest string }

// known is what the store has of the ids and contents of a batch.
type known struct {
	byID      map[string]knownEvent
	byContent map[content]knownEvent
}

// ruling is what is to be done with one incoming event.
type ruling struct {
	verdict Verdict
	// admission says under which admission a row is written; empty: no row, the same delivery came before.
	admission Admission
	// prior is the event that a duplicate or a conflict met.
	prior knownEvent
	// own is the person that a conflict is about, by its own external id.
	own string
}

// rule decides about each event of a batch in its order. It is pure: people holds the person of every id that may be accepted or meet a conflict.
//
//   - Same event_id, same content: duplicate, nothing is written.
//   - Same event_id, other content: rejected as a conflict; what came first stands. Its person is made all the same: the review
//     that asks about it is theirs.
//   - Other event_id, same processing key and content: duplicate, kept under its own id.
//   - Everything else is accepted, the same processing key with other content too.
func rule(batch []Incoming, have known, people map[externalKey]string) []ruling {
	byID, byContent := maps.Clone(have.byID), maps.Clone(have.byContent)
	rulings := make([]ruling, 0, len(batch))
	for _, in := range batch {
		r := judge(in, byID, byContent, people)
		if r.admission == AdmissionAccepted || r.admission == AdmissionDuplicate {
			byID[in.EventID] = knownEvent{in.EventID, in.ProcessingKey, in.Digest, r.verdict.PersonID}
		}
		if r.admission == AdmissionAccepted {
			byContent[content{in.ProcessingKey, in.Digest}] = byID[in.EventID]
		}
		rulings = append(rulings, r)
	}
	return rulings
}

func judge(in Incoming, byID map[string]knownEvent, byContent map[content]knownEvent, people map[externalKey]string) ruling {
	verdict := Verdict{EventID: in.EventID, ProcessingKey: in.ProcessingKey}
	if in.Rejection != nil {
		verdict.Status, verdict.Reason = VerdictRejected, in.Rejection.Reason
		return ruling{verdict: verdict, admission: AdmissionRejected}
	}
	if prior, used := byID[in.EventID]; used {
		if prior.Digest == in.Digest {
			verdict.Status, verdict.PersonID, verdict.Reason = VerdictDuplicate, prior.PersonID, "this event came before"
			return ruling{verdict: verdict, prior: prior}
		}
		verdict.Status, verdict.Conflict = VerdictRejected, true
		verdict.Reason = fmt.Sprintf("event_id %s was used before for other content; what came first stands", in.EventID)
		return ruling{verdict: verdict, admission: AdmissionRejected, prior: prior, own: people[in.externalKey()]}
	}
	if prior, said := byContent[content{in.ProcessingKey, in.Digest}]; said {
		verdict.Status, verdict.PersonID = VerdictDuplicate, prior.PersonID
		verdict.Reason = fmt.Sprintf("same person, time, type and content as %s", prior.EventID)
		return ruling{verdict: verdict, admission: AdmissionDuplicate, prior: prior}
	}
	verdict.Status, verdict.PersonID = VerdictAccepted, people[in.externalKey()]
	return ruling{verdict: verdict, admission: AdmissionAccepted}
}

// pendingTermination reports whether an event may tell of a leaving that has not happened yet. Until it has, nobody but legal is
// to read of it. A date is taken as over only when it is over everywhere on earth.
func pendingTermination(e hr.Event, now time.Time) bool {
	status := e.Payload.Status
	if e.EventType != hr.UserTerminate && (!status.Present || status.Value != hr.StatusTerminated) {
		return false
	}
	if e.EffectiveAt != nil {
		if e.EffectiveAt.Date != nil && !over(*e.EffectiveAt.Date, now) {
			return true
		}
		if e.EffectiveAt.Date == nil && e.EffectiveAt.Instant.After(now) {
			return true
		}
	}
	t := e.Payload.Termination
	if t == nil {
		return false
	}
	return (t.LastDay != nil && !over(*t.LastDay, now)) || (t.LastWorkingDay != nil && !over(*t.LastWorkingDay, now))
}

// over: the day has ended at UTC−12, the last place on earth where it does.
func over(d hr.Date, now time.Time) bool {
	const lastZone = 12 * time.Hour
	end := time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, time.UTC).Add(lastZone)
	return !now.Before(end)
}

// receivedText is the timeline's line for an accepted event.
func receivedText(in Incoming, now time.Time) string {
	if pendingTermination(*in.Event, now) {
		return "pending HR event received"
	}
	return fmt.Sprintf("%s %s received from %s", in.Event.EventType, in.EventID, in.SourceSystem)
}
