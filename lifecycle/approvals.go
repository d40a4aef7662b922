package lifecycle

import "time"

// Decider is whose decision an approval is. The requester and the person it is about are excluded.
type Decider string

// The deciders. A team lead decides in the role of an approver.
const (
	TeamLeadDecides Decider = "team lead"
	ApproverDecides Decider = "approver"
	LegalDecides    Decider = "legal"
)

// ApprovalDefault is what becomes of an approval that nobody has decided by its deadline.
type ApprovalDefault string

const (
	// DefaultStays leaves the question open: what waits for it goes on waiting, and somebody is reminded every day.
	DefaultStays ApprovalDefault = "stays"
	// DefaultRefused rejects it as a person would have.
	DefaultRefused ApprovalDefault = "refused"
	// DefaultProceeds goes on as far as can be undone: the question is withdrawn.
	DefaultProceeds ApprovalDefault = "proceeds"
)

// ApprovalRule is what holds for approvals of a kind (RULES 10).
type ApprovalRule struct {
	Decider Decider
	// Within is the time from asking to the deadline where whoever asks sets no other. An activation's is a policy of the registry.
	Within  time.Duration
	Default ApprovalDefault
}

// Deadline is the deadline of what is asked at an instant.
func (r ApprovalRule) Deadline(asked time.Time) time.Time { return asked.Add(r.Within) }

// RuleFor is the table of RULES 10. A kind that it does not have, such as one of a newer program's, stays open: nothing comes of it
// unless somebody decides.
func RuleFor(kind ApprovalKind) ApprovalRule {
	switch kind {
	case ApprovalActivation: // the account stays unjoined
		return ApprovalRule{TeamLeadDecides, 4 * time.Hour, DefaultStays}
	case ApprovalRole: // the rest of the change is applied all the same
		return ApprovalRule{ApproverDecides, 2 * day, DefaultRefused}
	case ApprovalLink: // they stay two persons
		return ApprovalRule{ApproverDecides, 2 * day, DefaultRefused}
	case ApprovalGuardRelease: // a leaver stays isolated, and is neither deactivated nor deleted
		return ApprovalRule{ApproverDecides, 4 * time.Hour, DefaultStays}
	case ApprovalTerminate: // it is isolated already; it becomes inactive and is not deleted
		return ApprovalRule{ApproverDecides, day, DefaultProceeds}
	case ApprovalRehire: // the account stays inactive and the hire waits
		return ApprovalRule{LegalDecides, 2 * day, DefaultStays}
	case ApprovalReversal: // the account stays inactive, and asking again is a new question
		return ApprovalRule{LegalDecides, 2 * day, DefaultRefused}
	case ApprovalExpedite, ApprovalErase, ApprovalRestoreDeleted:
		return ApprovalRule{LegalDecides, 7 * day, DefaultRefused}
	}
	return ApprovalRule{LegalDecides, 2 * day, DefaultStays}
}

// ApprovalStep is what is due about an approval that nobody has decided.
type ApprovalStep string

// The steps, in their order. At the deadline the default takes effect too.
const (
	NothingDue         ApprovalStep = ""
	RemindAtHalf       ApprovalStep = "half"
	RemindAtNineTenths ApprovalStep = "nine tenths"
	EscalateNow        ApprovalStep = "deadline"
	RemindOverdue      ApprovalStep = "overdue" // a whole number of days after the deadline
)

const day = 24 * time.Hour

// OpenQuestion is an approval that nobody has decided.
type OpenQuestion struct {
	Kind     ApprovalKind
	AskedAt  time.Time
	Deadline time.Time
	// ToldAt is when a step was last taken about it; zero: none was.
	ToldAt time.Time
}

// firstReminder is when the first reminder is due: half of the time between asking and deadline has passed.
func (q OpenQuestion) firstReminder() time.Time { return q.AskedAt.Add(q.Deadline.Sub(q.AskedAt) / 2) }

func (q OpenQuestion) secondReminder() time.Time {
	return q.AskedAt.Add(q.Deadline.Sub(q.AskedAt) / 10 * 9)
}

// Due is the step that is due now. Of several that were missed it is the last one only: nobody is helped by a reminder that comes
// together with the next. It is pure.
func (q OpenQuestion) Due(now time.Time) ApprovalStep {
	reached := func(point time.Time) bool { return !now.Before(point) }
	missed := func(point time.Time) bool { return reached(point) && q.ToldAt.Before(point) }
	switch {
	case missed(q.Deadline), reached(q.Deadline) && RuleFor(q.Kind).Default == DefaultRefused:
		return EscalateNow
	case reached(q.Deadline):
		if whole := now.Sub(q.Deadline).Truncate(day); missed(q.Deadline.Add(whole)) {
			return RemindOverdue
		}
	case reached(q.secondReminder()):
		if missed(q.secondReminder()) {
			return RemindAtNineTenths
		}
	case missed(q.firstReminder()):
		return RemindAtHalf
	}
	return NothingDue
}
