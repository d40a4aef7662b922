package frontdoor

import (
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// leaving is one termination of HR's in the report about leavers: what is on record, and what follows from it.
type leaving struct {
	record  store.Leaver
	event   store.StoredEvent
	effect  hr.EventStanding
	due     time.Time
	started string // the termination that settled the event; empty while none has
	grace   *lifecycle.Grace
	// reversal is the one that took the termination's say away; nil when there was none.
	reversal *lifecycle.Override
}

// leavingOf looks at one termination as of now. leaves is false for those that never were, or are not yet, a leaving the reader may
// know of: replaced, taken back or moved before they took effect, or confidential. It is pure.
func leavingOf(record store.Leaver, now time.Time, zones hr.Zones, reader Actor) (l leaving, leaves bool) {
	known := secrecyOf(record.Events, now, zones, reader)
	l.record = record
	var accepted []hr.Accepted
	for _, e := range record.Events {
		if e.Admission == store.AdmissionAccepted {
			accepted = append(accepted, e.Accepted)
		}
		if e.Event.EventID == record.EventID {
			l.event = e
		}
	}
	for _, standing := range hr.Fold(accepted, now, zones).Events {
		if standing.EventID == record.EventID {
			l.effect = standing
		}
	}
	l.due = later(l.effect.Effective, l.event.ReceivedAt)
	if strings.HasPrefix(l.event.WorkflowID, string(lifecycle.Termination)+"/") {
		l.started = l.event.WorkflowID
	}
	for _, o := range record.Overrides {
		if slices.Contains(o.EventIDs, record.EventID) {
			l.reversal = &o
		}
	}
	l.grace = l.findGrace()
	return l, l.counts() && !known.hides(l.event)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// counts says whether the termination was carried out, or is to be.
func (l leaving) counts() bool {
	switch {
	case l.started != "", l.event.Outcome == lifecycle.Applied, l.event.Outcome == lifecycle.NoChange:
		return true
	}
	return l.effect.Standing == hr.Contributes || l.effect.Standing == hr.Future && !l.event.Final()
}

// pending: it has not taken effect yet.
func (l leaving) pending() bool { return l.effect.Standing == hr.Future && !l.event.Final() }

// reached is when a cut of this kind was made for this termination: the first one that counts from when it was due, or one that had
// been made before and still held then, since nothing was given back in between. nil: never.
func (l leaving) reached(kind store.MarkKind) *time.Time {
	until := l.end(kind)
	var found *time.Time
	for _, mark := range l.record.Marks {
		if until != nil && mark.At.After(*until) {
			break
		}
		switch {
		case mark.Kind == store.MarkJoined && found != nil && found.Before(l.due):
			found = nil
		case mark.Kind == kind && found == nil:
			found = &mark.At
		}
	}
	return found
}

// end bounds where a cut for this termination is looked for: a later leaving has cuts of its own. nil while the event has no outcome.
func (l leaving) end(kind store.MarkKind) *time.Time {
	if !l.event.Final() {
		return nil
	}
	if l.started != "" {
		for _, mark := range l.record.Marks {
			if mark.Kind == kind && mark.WorkflowID == l.started {
				return &mark.At
			}
		}
	}
	return l.event.OutcomeAt
}

// inactive is when the account was read back inactive. The operation that does so settles the event in the same transaction.
func (l leaving) inactive() *time.Time {
	switch {
	case l.started != "" && l.event.Outcome == lifecycle.Applied:
		return l.event.OutcomeAt
	case l.grace != nil:
		return &l.grace.StartedAt
	}
	return nil
}

// findGrace is the grace that follows this termination: its own, or one that was running already when it came; nil when there is none.
func (l leaving) findGrace() *lifecycle.Grace {
	var standing *lifecycle.Grace
	for _, g := range l.record.Graces {
		if l.started != "" && names.TerminationWorkflowID(g.PersonID, g.Generation) == l.started {
			return &g
		}
		if l.started == "" && l.event.Outcome == lifecycle.NoChange && !g.StartedAt.After(*l.event.OutcomeAt) {
			standing = &g
		}
	}
	return standing
}

// deletedBy is who decided that the account is deleted: legal where the deadline was not waited for.
func (l leaving) deletedBy() string {
	by := store.ActorMuster + ", when the deadline had passed"
	for _, mark := range l.record.Marks {
		if mark.Kind == store.MarkExpedited && mark.WorkflowID == names.TerminationWorkflowID(l.grace.PersonID, l.grace.Generation) {
			by = mark.Actor
		}
	}
	return by
}

// document is the termination as the report shows it.
func (l leaving) document() api.Leaver {
	said := l.event.Event
	shown := api.Leaver{
		PersonID: l.record.Agent.PersonID, ExternalUserID: said.Payload.ExternalUserID, EventID: said.EventID, Source: said.SourceSystem,
		Reason: string(hr.Voluntary), IssuedAt: said.TimestampUTC, ReceivedAt: l.event.ReceivedAt, EffectiveAt: l.effect.Effective, DueAt: l.due,
		Outcome: string(l.event.Outcome), WorkflowID: l.started, Standing: l.standing(),
	}
	if said.Payload.Termination != nil && said.Payload.Termination.Reason != "" {
		shown.Reason = string(said.Payload.Termination.Reason)
	}
	if l.reversal != nil {
		shown.ReversedBy, shown.ReversedAt = l.reversal.MadeBy, &l.reversal.MadeAt
	}
	shown.Unroutable = l.step(l.reached(store.MarkUnroutable))
	shown.Revoked = l.step(l.reached(store.MarkRevoked))
	shown.Inactive = l.step(l.inactive())
	shown.Deleted = l.deletion()
	if at := shown.Unroutable.At; at != nil {
		seconds := max(at.Sub(l.due), 0).Seconds()
		shown.SecondsToUnroutable = &seconds
	}
	return shown
}

// step is a cut that HR decided, or why it was not made.
func (l leaving) step(at *time.Time) api.LeaverStep {
	if at == nil {
		return api.LeaverStep{Why: l.whyNot()}
	}
	return api.LeaverStep{At: at, By: l.event.Event.SourceSystem}
}

func (l leaving) deletion() api.LeaverStep {
	switch {
	case l.grace == nil && l.inactive() == nil:
		return api.LeaverStep{Why: l.whyNot()}
	case l.grace == nil && l.reversal != nil:
		return api.LeaverStep{Why: "reversed"}
	case l.grace == nil:
		return api.LeaverStep{Why: "no grace is on record"}
	case l.grace.DeletedAt != nil:
		return api.LeaverStep{At: l.grace.DeletedAt, By: l.deletedBy()}
	}
	return api.LeaverStep{Why: l.standing()}
}

// whyNot says why a cut is not on record.
func (l leaving) whyNot() string {
	switch {
	case l.pending():
		return "not due before " + moment(l.effect.Effective)
	case !l.event.Final() && l.record.Agent.Operation == lifecycle.Termination:
		return "not yet: a termination is under way, the person is " + string(l.record.Agent.State)
	case !l.event.Final() && l.event.Wait.What != "":
		return "not yet: it waits for " + l.event.Wait.What
	case !l.event.Final():
		return "not yet"
	case l.event.Outcome == lifecycle.NoChange && l.started == "":
		return "nothing was left to cut: " + l.event.OutcomeReason
	case l.event.Outcome != lifecycle.Applied && l.event.OutcomeReason != "":
		return l.event.OutcomeReason
	case l.gone() || l.record.Agent.PlatformUserID == "":
		return "no account on the platform"
	}
	return "not on record"
}

// gone: the account was found missing by the termination itself.
func (l leaving) gone() bool {
	return slices.ContainsFunc(l.record.Marks, func(m store.Mark) bool { return m.Kind == store.MarkGone && m.WorkflowID == l.started })
}

// standing says in a few words where the leaving stands now.
func (l leaving) standing() string {
	switch {
	case l.grace != nil && l.grace.Phase == lifecycle.GraceEnded:
		return "turned back: " + l.grace.EndedBecause
	case l.grace != nil:
		return l.graceStanding()
	case l.reversal != nil:
		return "reversed"
	case l.pending():
		return "pending"
	case !l.event.Final():
		return "under way"
	case l.inactive() == nil:
		return strings.ReplaceAll(string(l.event.Outcome), "_", " ")
	}
	return string(l.record.Agent.State)
}

func (l leaving) graceStanding() string {
	switch l.grace.Phase {
	case lifecycle.GraceDeleting:
		return "being deleted"
	case lifecycle.GraceSuspended:
		return "suspended until somebody resumes it"
	case lifecycle.GraceExpedited:
		return "in grace, to be deleted without waiting for the deadline"
	case lifecycle.GraceWaiting:
		if l.record.Agent.State == lifecycle.Held {
			return "under legal hold; the deadline is " + moment(l.grace.Deadline)
		}
		return "in grace until " + moment(l.grace.Deadline)
	case lifecycle.GraceDeleted, lifecycle.GraceEnded, lifecycle.GraceErasing, lifecycle.GraceErased:
	}
	return string(l.grace.Phase)
}

// moment writes an instant for people.
func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05Z") }
