package lifecycle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Lever is what legal and operators can do about a leaver (RULES 8).
type Lever string

// The levers.
const (
	LeverReverse        Lever = "reverse"
	LeverHold           Lever = "hold"
	LeverReleaseHold    Lever = "release-hold"
	LeverExpedite       Lever = "expedite"
	LeverReschedule     Lever = "reschedule"
	LeverResume         Lever = "resume"
	LeverErase          Lever = "erase"
	LeverRestoreDeleted Lever = "restore-deleted"
)

// LeaverStanding is where a leaver stands as the levers see it.
type LeaverStanding string

// The standings. NotLeaving: there is nothing to turn back.
const (
	NotLeaving      LeaverStanding = "not leaving"
	BeforeIsolation LeaverStanding = "before isolation"
	LeaverDraining  LeaverStanding = "draining"
	LeaverInGrace   LeaverStanding = "in grace"
	LeaverHeld      LeaverStanding = "held"
	LeaverSuspended LeaverStanding = "suspended"
	LeaverDeleting  LeaverStanding = "deleting"
	LeaverDeleted   LeaverStanding = "deleted"
	LeaverErased    LeaverStanding = "erased"
)

const (
	tooLate           = "too late: the account is being deleted"
	useRestoreDeleted = "the account is deleted: use restore-deleted"
	holdStopsIt       = "refused under hold: release every hold first"

	longestGrace         = 365 * 24 * time.Hour
	graceAfterRelease    = 7 * 24 * time.Hour
	graceAfterSuspension = 72 * time.Hour
)

// GraceAfterSuspension is the least a grace still lasts after it was resumed or restarted.
func GraceAfterSuspension() time.Duration { return graceAfterSuspension }

// Pull is a lever being pulled by somebody.
type Pull struct {
	Lever  Lever
	Actor  string
	Reason string
	// Verified: the actor was authenticated. A bare signal's is not, and may only place a hold.
	Verified bool
	Matter   string    // for LeverHold and LeverReleaseHold
	Until    time.Time // for LeverReschedule
	At       time.Time
	// Approved: an approval for it was granted.
	Approved bool
}

// LeverSituation is what a lever acts on.
type LeverSituation struct {
	Standing LeaverStanding
	Grace    *Grace // nil: none is open
	Holds    []Hold
	// Leavings are the terminations that a reversal would take back; Reversed: one is in force already.
	Leavings int
	Reversed bool
	// Dismissed: the access ended, or is to end, by dismissal.
	Dismissed bool
}

// LeverEffect is what pulling a lever does. Exactly one of its parts is set, but for Phase and Deadline.
type LeverEffect struct {
	// Ask is the approval that is needed first; empty when none is.
	Ask ApprovalKind
	// Reverse turns the termination back; Place and Release name the matter of a hold.
	Reverse bool
	Place   string
	Release string
	// Phase and Deadline are the grace's from now on, where they change.
	Phase    GracePhase
	Deadline time.Time
	Erase    bool
	// Already: what is asked for is so already; nothing changes.
	Already bool
}

// LeverRefusal says why a lever cannot be pulled.
type LeverRefusal struct {
	Lever Lever
	Why   string
}

// Error implements error.
func (r *LeverRefusal) Error() string { return fmt.Sprintf("%s refused: %s", r.Lever, r.Why) }

// Judge decides what pulling a lever does: RULES 8's table. A refusal is a *LeverRefusal. It is pure.
func Judge(p Pull, s LeverSituation) (LeverEffect, error) {
	refuse := func(why string) (LeverEffect, error) { return LeverEffect{}, &LeverRefusal{p.Lever, why} }
	if strings.TrimSpace(p.Reason) == "" && p.Verified {
		return refuse("a reason is needed")
	}
	if !p.Verified && p.Lever != LeverHold {
		return refuse("a bare signal cannot do this, since nobody knows who sent it; use the API or musterctl")
	}
	if why := forbidden(p.Lever, s.Standing); why != "" {
		return refuse(why)
	}
	switch p.Lever {
	case LeverHold:
		return judgeHold(p, s)
	case LeverReleaseHold:
		return judgeRelease(p, s)
	case LeverReschedule:
		return judgeReschedule(p, s)
	case LeverResume:
		if s.Grace.Phase != GraceSuspended {
			return refuse("nothing is suspended; this person is " + string(s.Standing))
		}
		return LeverEffect{Phase: GraceWaiting, Deadline: later(s.Grace.Deadline, p.At.Add(graceAfterSuspension))}, nil
	case LeverReverse, LeverRestoreDeleted:
		if s.Leavings == 0 && s.Reversed {
			return LeverEffect{Reverse: true, Already: true}, nil
		}
		if s.Leavings == 0 {
			return refuse("HR has told of no termination that could be reversed: the hire was taken back, or this is a leave. Only HR can bring the person back")
		}
	case LeverExpedite, LeverErase:
	}
	if p.Lever != LeverReverse && UnderHold(s.Holds) && p.Lever != LeverRestoreDeleted {
		return refuse(holdStopsIt)
	}
	if kind := p.Lever.approval(s.Dismissed); kind != "" && !p.Approved {
		return LeverEffect{Ask: kind}, nil
	}
	switch p.Lever {
	case LeverExpedite:
		return LeverEffect{Phase: GraceExpedited}, nil
	case LeverErase:
		return LeverEffect{Erase: true}, nil
	case LeverReverse, LeverRestoreDeleted, LeverHold, LeverReleaseHold, LeverReschedule, LeverResume:
	}
	return LeverEffect{Reverse: true}, nil
}

// approval is the kind of approval a lever needs; empty when it needs none.
func (l Lever) approval(dismissed bool) ApprovalKind {
	switch l {
	case LeverReverse:
		if dismissed {
			return ApprovalReversal
		}
	case LeverExpedite:
		return ApprovalExpedite
	case LeverErase:
		return ApprovalErase
	case LeverRestoreDeleted:
		return ApprovalRestoreDeleted
	case LeverHold, LeverReleaseHold, LeverReschedule, LeverResume:
	}
	return ""
}

// LeverOf is the lever that an approval of a kind is about; empty for approvals about something else.
func LeverOf(kind ApprovalKind) Lever {
	switch kind {
	case ApprovalReversal:
		return LeverReverse
	case ApprovalExpedite:
		return LeverExpedite
	case ApprovalErase:
		return LeverErase
	case ApprovalRestoreDeleted:
		return LeverRestoreDeleted
	case ApprovalActivation, ApprovalRehire, ApprovalRole, ApprovalLink, ApprovalGuardRelease, ApprovalTerminate:
	}
	return ""
}

// forbidden says why a lever cannot be pulled for somebody who stands there; empty when it can.
func forbidden(l Lever, at LeaverStanding) string {
	deleted := at == LeaverDeleted || at == LeaverErased
	waiting := at == LeaverInGrace || at == LeaverHeld || at == LeaverSuspended
	switch l {
	case LeverHold, LeverReleaseHold:
		switch {
		case at == LeaverDeleting && l == LeverHold:
			return tooLate
		case at == LeaverErased && l == LeverHold:
			return "too late: the account has been erased"
		}
	case LeverReverse:
		switch {
		case at == NotLeaving:
			return "no termination is pending, under way or in grace"
		case at == LeaverDeleting:
			return tooLate
		case deleted:
			return useRestoreDeleted
		}
	case LeverExpedite:
		switch {
		case at == LeaverHeld:
			return holdStopsIt
		case at == LeaverSuspended:
			return "the grace is suspended: resume it first"
		case at != LeaverInGrace:
			return "only a grace can be cut short; this person is " + string(at)
		}
	case LeverReschedule:
		if at != LeaverInGrace && at != LeaverHeld {
			return "only the deadline of a grace can be moved; this person is " + string(at)
		}
	case LeverResume:
		if at != LeaverSuspended && at != LeaverHeld {
			return "nothing is suspended; this person is " + string(at)
		}
	case LeverErase, LeverRestoreDeleted:
		switch {
		case at == LeaverErased:
			return "the account has been erased"
		case !deleted && waiting && l == LeverErase:
			return "the account is not deleted yet"
		case !deleted:
			return "only a deleted account can be " + map[Lever]string{LeverErase: "erased", LeverRestoreDeleted: "restored"}[l] + "; this person is " + string(at)
		}
	}
	return ""
}

func judgeHold(p Pull, s LeverSituation) (LeverEffect, error) {
	if !matter.MatchString(p.Matter) {
		return LeverEffect{}, &LeverRefusal{p.Lever, fmt.Sprintf("matter: found %.140q, expected the matter the hold is for: %s", p.Matter, MatterPattern)}
	}
	if slices.ContainsFunc(s.Holds, func(h Hold) bool { return h.InForce() && h.Matter == p.Matter }) {
		return LeverEffect{Place: p.Matter, Already: true}, nil
	}
	return LeverEffect{Place: p.Matter, Phase: s.waitAgain()}, nil
}

// waitAgain is the phase of a grace whose deadline counts again after legal has stopped or moved it: what was approved before is not
// what legal wants now. Empty where nothing changes.
func (s LeverSituation) waitAgain() GracePhase {
	if s.Grace != nil && s.Grace.Phase == GraceExpedited {
		return GraceWaiting
	}
	return ""
}

// MatterPattern is what the name of a matter may consist of.
const MatterPattern = `^[A-Za-z0-9._:/ -]{1,128}$`

var matter = regexp.MustCompile(MatterPattern)

// judgeRelease: a hold is released by another person than the one who placed it; then the grace lasts at least a week more.
func judgeRelease(p Pull, s LeverSituation) (LeverEffect, error) {
	for _, h := range s.Holds {
		if h.Matter != p.Matter || !h.InForce() {
			continue
		}
		if strings.EqualFold(h.PlacedBy, p.Actor) {
			return LeverEffect{}, &LeverRefusal{p.Lever, "whoever placed a hold cannot release it"}
		}
		effect := LeverEffect{Release: p.Matter}
		if s.Grace != nil {
			effect.Deadline = later(s.Grace.Deadline, p.At.Add(graceAfterRelease))
		}
		return effect, nil
	}
	return LeverEffect{}, &LeverRefusal{p.Lever, fmt.Sprintf("no hold for the matter %q is in force", p.Matter)}
}

func judgeReschedule(p Pull, s LeverSituation) (LeverEffect, error) {
	latest := s.Grace.StartedAt.Add(longestGrace)
	switch {
	case !p.Until.After(s.Grace.Deadline):
		return LeverEffect{}, &LeverRefusal{p.Lever, fmt.Sprintf("until: found %s, expected a time after the deadline of %s: a grace is only ever prolonged",
			p.Until.UTC().Format(time.RFC3339), s.Grace.Deadline.UTC().Format(time.RFC3339))}
	case p.Until.After(latest):
		return LeverEffect{}, &LeverRefusal{p.Lever, fmt.Sprintf("until: found %s, expected %s at the latest, 365 days after the deactivation",
			p.Until.UTC().Format(time.RFC3339), latest.UTC().Format(time.RFC3339))}
	}
	return LeverEffect{Deadline: p.Until.UTC(), Phase: s.waitAgain()}, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
