package lifecycle

import (
	"fmt"
	"slices"
	"time"

	"muster/hr"
)

// OwnerQuestion asks somebody to end an access on an account that somebody else owns (RULES 16): Muster does not write there, and a leaver
// who keeps taking calls must not go unnoticed.
type OwnerQuestion struct {
	// Key is that of the access that has to end: one that somebody has said was ended is not asked about again.
	Key string
	// Events wait for the answer. EventID is the one that the question is about: one that ends the employment before others; empty: none is
	// due.
	Events  []string
	EventID string
	// Question is for people.
	Question string
}

// elsewhere takes back what a decision would begin on an account that somebody else owns. What has begun ends: a hire or transfer is told
// to look, and finds out; a termination goes on, with the grace after it.
func (d *Decision) elsewhere(s Situation, due []string) {
	begins := d.Do == Start || d.Do == TakeOver
	switch {
	case !begins && d.Do == Rest && (s.Running == Hire || s.Running == Transfer):
		d.Do, d.Operation, d.Because = Nudge, s.Running, "somebody else owns the account"
	case !begins || d.Operation == Erasure:
	case s.Interrupted:
		// What the record says has begun is begun again, to come to its end: only then is the person free.
	case d.Operation == Termination:
		d.leaveToOwner(s, due)
	case s.Running == Termination:
		d.Do, d.Operation, d.Because = Rest, None, "the running termination ends first"
		d.wait(due, "muster", "the running termination comes to its end; nothing follows, since the account is owned elsewhere")
	default:
		d.Do, d.Operation, d.Because = Rest, None, "somebody else owns the account"
		d.settle(due, OutcomeOwnedElsewhere, "the account is owned elsewhere, by "+s.Owner)
	}
}

// leaveToOwner asks for the end of an access instead of bringing it about.
func (d *Decision) leaveToOwner(s Situation, due []string) {
	d.Do, d.Operation = Rest, None
	if s.Running == Hire || s.Running == Transfer {
		d.Do, d.Operation = Nudge, s.Running
	}
	d.Because += "; somebody else owns the account"
	key := endKey(s.Picture.State, due)
	switch {
	case key == "":
	case s.EndedElsewhere[key]:
		d.settle(due, OutcomeOwnedElsewhere, "somebody has said that the access was ended where the account is owned, by "+s.Owner)
	default:
		d.AskOwner = &OwnerQuestion{Key: key, Events: due, EventID: s.ending(due), Question: fmt.Sprintf(
			"%s, and the account is owned elsewhere, by %s: Muster does not touch it, and the person may still have access. End it there, then dismiss this. Retry looks again.",
			capital(s.whyNoAccess()), s.Owner)}
	}
}

// endKey tells one access that has to end from another: that of an employment by the instant it ended at, any other by the event. Empty: no
// event says so, and the employment goes on.
func endKey(state hr.State, due []string) string {
	switch {
	case state.Employment == hr.Left:
		return "left " + state.LeftAt.UTC().Format(time.RFC3339)
	case len(due) > 0:
		return due[0]
	}
	return ""
}

// ending is the event that a question about the end of an access is about.
func (s Situation) ending(due []string) string {
	for _, e := range s.Picture.Events {
		if e.Type == hr.UserTerminate && slices.Contains(due, e.EventID) {
			return e.EventID
		}
	}
	if len(due) > 0 {
		return due[0]
	}
	return ""
}

func capital(sentence string) string {
	if sentence == "" {
		return ""
	}
	if first := sentence[0]; first >= 'a' && first <= 'z' {
		return string(first-'a'+'A') + sentence[1:]
	}
	return sentence
}
