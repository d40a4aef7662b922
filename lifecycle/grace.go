package lifecycle

import (
	"slices"
	"time"
)

// GracePhase is how far a leaver's grace has come.
type GracePhase string

// The phases of a grace. Those before GraceDeleting can still be turned back.
const (
	GraceWaiting   GracePhase = "waiting"
	GraceSuspended GracePhase = "suspended" // its workflow was cancelled or lost: nothing is deleted until an operator resumes it
	GraceExpedited GracePhase = "expedited" // legal approved that the deadline is not waited for
	GraceDeleting  GracePhase = "deleting"  // past the point of no return
	GraceDeleted   GracePhase = "deleted"
	GraceEnded     GracePhase = "ended"   // turned back: reversed, or the person came back
	GraceErasing   GracePhase = "erasing" // deleted, and legal approved to erase what is left; a hold still stops it
	GraceErased    GracePhase = "erased"  // past the erasure's point of no return
)

// Grace is the time between a leaver's verified deactivation and the deletion of the account (RULES 7).
type Grace struct {
	PersonID       string
	Generation     int64 // of the termination it follows
	Platform       string
	PlatformUserID string
	StartedAt      time.Time // when the account was read back inactive
	Deadline       time.Time
	Phase          GracePhase
	// EndedBecause says what turned it back; empty unless Phase is GraceEnded.
	EndedBecause string
	// ArchiveID is the archive that was read back; empty until then.
	ArchiveID string
	// Version grows with every change; SeenVersion is the one its workflow has acted on.
	Version     int64
	SeenVersion int64
	DeletedAt   *time.Time
}

// Open says that the grace has not come to its end.
func (g Grace) Open() bool {
	switch g.Phase {
	case GraceDeleted, GraceEnded, GraceErasing, GraceErased:
		return false
	case GraceWaiting, GraceSuspended, GraceExpedited, GraceDeleting:
	}
	return true
}

// State is the lifecycle state of a person in an open grace.
func (g Grace) State(held bool) State {
	switch {
	case g.Phase == GraceDeleting:
		return Deleting
	case held:
		return Held
	case g.Phase == GraceSuspended:
		return Suspended
	}
	return Deactivated
}

// Hold keeps a person's account and data from being deleted, for one matter of legal's.
type Hold struct {
	ID       string
	PersonID string
	Matter   string
	PlacedBy string
	PlacedAt time.Time
	Reason   string
	// PlacedVerified: who placed it was authenticated.
	PlacedVerified bool
	ReleasedBy     string
	ReleasedAt     *time.Time // nil while it is in force
	ReleaseReason  string
}

// InForce says whether it has not been released.
func (h Hold) InForce() bool { return h.ReleasedAt == nil }

// UnderHold says whether any of the holds is in force.
func UnderHold(holds []Hold) bool { return slices.ContainsFunc(holds, Hold.InForce) }

// NoticeKind is which of the notices that legal gets about a deadline.
type NoticeKind string

// The notices, in their order.
const (
	NoticeStart     NoticeKind = "start"
	NoticeSevenDays NoticeKind = "seven_days"
	NoticeOneDay    NoticeKind = "one_day"
)

// Notice is on record that legal was told of a deadline.
type Notice struct {
	Kind       NoticeKind
	Deadline   time.Time
	RecordedAt time.Time
}

// noticeLead is how long before the deadline a notice is due, the longest first. The one at the start is due at once.
func noticeLeads() []struct {
	kind NoticeKind
	lead time.Duration
} {
	return []struct {
		kind NoticeKind
		lead time.Duration
	}{{NoticeSevenDays, 7 * 24 * time.Hour}, {NoticeOneDay, 24 * time.Hour}}
}

// noticeLate is how late a notice may be recorded without the deadline having to move.
const noticeLate = time.Hour

// GraceLook is all that is known of a grace when its workflow looks.
type GraceLook struct {
	Grace   Grace
	Held    bool
	Notices []Notice
	// Generation is the person's now: a newer one means that another operation has taken the person over.
	Generation int64
	// Employed: HR employs the person now. The mailbox ends the grace; until it does, nothing is deleted.
	Employed bool
	// ComingBack is when the person is to start again; zero when nobody knows of it. Until then nothing is deleted.
	ComingBack time.Time
	Now        time.Time
}

// GraceAction is what a grace's workflow does next.
type GraceAction string

// The actions.
const (
	GraceWait   GraceAction = "wait"   // until GraceDecision.Wake, or until rung
	GraceDelete GraceAction = "delete" // or go on with a deletion past its point of no return
	GraceClose  GraceAction = "close"  // nothing is left to do
)

// GraceDecision is what to do about a grace now.
type GraceDecision struct {
	Do GraceAction
	// Wake is when to look again; zero: only when rung.
	Wake time.Time
	// Notify is the notice to record now; empty when none is due.
	Notify NoticeKind
	// Deadline is the deadline from now on: later than before where a notice was recorded late.
	Deadline time.Time
	// State is the person's lifecycle state.
	State State
	// Because is one sentence for people.
	Because string
}

// LookAtGrace decides what happens to a leaver's account now. Only a deadline that has passed, with every notice recorded in time,
// or an approved expedite leads to the deletion; a hold, a suspension, a newer operation or anything unknown does not. It is pure.
func LookAtGrace(l GraceLook) GraceDecision {
	g := l.Grace
	d := GraceDecision{Do: GraceWait, Deadline: g.Deadline}
	switch {
	case g.Phase == GraceDeleting:
		d.Do, d.State, d.Because = GraceDelete, Deleting, "the deletion is past its point of no return"
		return d
	case g.Phase == GraceDeleted || g.Phase == GraceErasing || g.Phase == GraceErased:
		d.Do, d.State, d.Because = GraceClose, Deleted, "the account is deleted"
		return d
	case g.Phase == GraceEnded || l.Generation != g.Generation:
		d.Do, d.Because = GraceClose, "turned back: "+g.EndedBecause
		return d
	case l.Employed:
		d.State, d.Because = g.State(l.Held), "HR employs the person: nothing is deleted"
		return d
	case l.Held:
		d.State, d.Because = Held, "under legal hold: nothing is deleted until every hold is released"
		return d
	case g.Phase == GraceSuspended:
		d.State, d.Because = Suspended, "suspended: nothing is deleted until an operator resumes it"
		return d
	case g.Phase == GraceExpedited && g.ArchiveID != "":
		d.Do, d.State, d.Because = GraceDelete, Deactivated, "legal approved to delete before the deadline"
		return d
	case g.Phase != GraceWaiting && g.Phase != GraceExpedited:
		d.State, d.Because = Suspended, "unknown phase "+string(g.Phase)
		return d
	}
	d.State = Deactivated
	d.count(l)
	return d
}

// count is the ordinary countdown: notices, then the deadline.
func (d *GraceDecision) count(l GraceLook) {
	told := func(kind NoticeKind) bool {
		return slices.ContainsFunc(l.Notices, func(n Notice) bool {
			return n.Kind == kind && (kind == NoticeStart || n.Deadline.Equal(d.Deadline))
		})
	}
	if !told(NoticeStart) {
		d.Notify = NoticeStart
	}
	for _, n := range noticeLeads() {
		due := d.Deadline.Add(-n.lead)
		if due.Before(l.Grace.StartedAt) {
			continue // the whole grace is shorter than that: the notice at its start says it
		}
		if told(n.kind) {
			continue
		}
		if l.Now.Before(due) {
			d.wake(due, "legal is told of the deletion on "+d.Deadline.UTC().Format(time.DateOnly))
			return
		}
		d.Notify = n.kind
		if l.Now.After(due.Add(noticeLate)) {
			d.Deadline = l.Now.Add(n.lead) // nobody was told in time: the time that was promised begins now
		}
		d.wake(l.Now, "legal is told of the deletion")
		return
	}
	if l.Now.Before(d.Deadline) {
		d.wake(d.Deadline, "delete unless turned back before")
		return
	}
	if d.Notify != "" {
		d.wake(l.Now, "legal is told of the deletion")
		return
	}
	if !l.ComingBack.IsZero() {
		d.wake(l.ComingBack, "HR has hired the person again: nothing is deleted before that")
		return
	}
	if l.Grace.ArchiveID == "" {
		d.Because = "the deadline has passed and no archive was read back: nothing is deleted"
		return
	}
	d.Do, d.Because = GraceDelete, "the deadline has passed"
}

func (d *GraceDecision) wake(at time.Time, because string) { d.Wake, d.Because = at, because }

// remindAfter is after how many business days somebody is told that HR has not agreed to a reversal (RULES 6).
const remindAfter = 5

// RemindAt is when the next reminder of a reversal is due that was made, or reminded of last, at an instant: five business days later,
// Monday to Friday in UTC.
func RemindAt(from time.Time) time.Time {
	at := from.UTC()
	for days := 0; days < remindAfter; {
		at = at.AddDate(0, 0, 1)
		if at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
			days++
		}
	}
	return at
}

// Override is legal's reversal of a termination that HR still tells of: until HR agrees, the events it names have no say (RULES 6).
type Override struct {
	ID         string
	PersonID   string
	Generation int64    // of the termination that was reversed; 0: one that had not begun
	EventIDs   []string // the terminations without a say
	MadeBy     string
	Reason     string
	MadeAt     time.Time
	// RemindAt is when somebody is told next that HR has not agreed yet.
	RemindAt      time.Time
	ClosedAt      *time.Time // nil while in force
	ClosedBecause string
}
