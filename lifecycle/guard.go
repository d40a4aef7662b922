package lifecycle

import (
	"fmt"
	"time"

	"muster/mapping"
)

// GuardKind is what the mass-change guard counts (RULES 9). Each is counted for itself.
type GuardKind string

// The kinds.
const (
	// GuardDeactivation: an account is about to be made inactive; its holder is isolated already.
	GuardDeactivation GuardKind = "deactivation"
	// GuardDeletion: an account is about to be deleted.
	GuardDeletion GuardKind = "deletion"
	// GuardCreation: an account is about to be created. One that is found or restored is none.
	GuardCreation GuardKind = "creation"
	// GuardRemoval: a queue or a skill is about to be taken from somebody at work; counted by queue and by skill.
	GuardRemoval GuardKind = "removal"
	// GuardIsolation: somebody's access is about to be cut off; counted by source. It is the hard stop's.
	GuardIsolation GuardKind = "isolation"
)

// CountLimit is how many may pass without anybody's word: Floor, or a share, from 0 to 1, of a number that grows with the centre where that
// is more.
type CountLimit struct {
	Floor int
	Share float64
}

// Allowed is the limit in numbers. A share that is no whole number is rounded down: 5 % of 219 are 10.
func (l CountLimit) Allowed(of int) int {
	const rounding = 1e-9 // 0.05 × 220 is a hair less than 11
	return max(l.Floor, int(float64(of)*l.Share+rounding))
}

// HardStop is the limit of the one guard that stands before the isolation.
type HardStop struct {
	Limit CountLimit
	// Within is the time that isolations from one source are counted over, Answer how long whoever is paged has.
	Within time.Duration
	Answer time.Duration
}

// GuardLimits are the limits of RULES 9.
type GuardLimits struct {
	// Window is the sliding time that all but isolations are counted over. A run of a reconciliation is shorter, so it is within them, too.
	Window        time.Duration
	Deactivations CountLimit
	Deletions     CountLimit
	Creations     CountLimit
	// Removals are of a queue's members, or of those who have a skill.
	Removals CountLimit
	// QueueMinimum is how many members a queue, by name, keeps at least: from the first removal on that would leave it with fewer,
	// whatever Removals says.
	QueueMinimum map[string]int
	HardStop     HardStop
}

// DefaultGuardLimits are those that hold where the registry says nothing else. The floors of removals and of the hard stop are not in
// RULES 9: without them every move in a small team, and every leaver of a centre of four, would wait for an approver.
func DefaultGuardLimits() GuardLimits {
	return GuardLimits{
		Window:        day,
		Deactivations: CountLimit{Floor: 10, Share: 0.05},
		Deletions:     CountLimit{Floor: 10, Share: 0.05},
		Creations:     CountLimit{Floor: 50, Share: 0.1},
		Removals:      CountLimit{Floor: 5, Share: 0.2},
		HardStop:      HardStop{Limit: CountLimit{Floor: 10, Share: 0.2}, Within: 15 * time.Minute, Answer: 15 * time.Minute},
	}
}

// GuardLimitsOf are the limits that a version of the mapping registry sets. Deletions have those of deactivations.
func GuardLimitsOf(registry *mapping.Registry) GuardLimits {
	limits, set := DefaultGuardLimits(), registry.Guards()
	limits.Deactivations = CountLimit{Floor: set.Deactivations.Count, Share: set.Deactivations.Share}
	limits.Deletions = limits.Deactivations
	limits.Creations = CountLimit{Floor: set.Creations.Count, Share: set.Creations.Share}
	limits.Removals.Share = set.QueueRemoval
	limits.HardStop.Limit.Share = set.HardStop.Share
	limits.HardStop.Within, limits.HardStop.Answer = set.HardStop.Window, set.HardStop.AnswerWithin
	limits.QueueMinimum = registry.QueueMinimums()
	return limits
}

// WindowOf is the time over which a kind is counted.
func (l GuardLimits) WindowOf(kind GuardKind) time.Duration {
	if kind == GuardIsolation {
		return l.HardStop.Within
	}
	return l.Window
}

func (l GuardLimits) limitOf(kind GuardKind) CountLimit {
	switch kind {
	case GuardDeactivation:
		return l.Deactivations
	case GuardDeletion:
		return l.Deletions
	case GuardCreation:
		return l.Creations
	case GuardRemoval:
		return l.Removals
	case GuardIsolation:
		return l.HardStop.Limit
	}
	return CountLimit{} // what nobody knows passes only by somebody's word
}

// Answer is how long there is to decide about somebody whom the guard holds.
func (l GuardLimits) Answer(kind GuardKind) time.Duration {
	if kind == GuardIsolation {
		return l.HardStop.Answer
	}
	return RuleFor(ApprovalGuardRelease).Within
}

// GuardCount is what one question to the guard is decided by.
type GuardCount struct {
	Kind GuardKind
	// Passed have passed within the window without anybody's word and without having been announced.
	Passed int
	// Coming are about to ask too, as far as the record tells, and held and not decided about: leavers under way, or whose end HR has told.
	// A mass change that is known as one holds the first of it already.
	Coming int
	// Of is the number that the limit is a share of: those active when the window began, or the members of the queue then.
	Of int
	// Left are a queue's members when this one has gone; Queue is its name. For removals from a queue only.
	Left  int
	Queue string
}

// GuardVerdict is the guard's answer about one more.
type GuardVerdict struct {
	// Over: it waits. Limit is what may pass, in numbers.
	Over  bool
	Limit int
	// Because says of what waits which limit it is over.
	Because string
}

// Guard decides whether one more may pass. It is pure.
func Guard(limits GuardLimits, count GuardCount) GuardVerdict {
	v := GuardVerdict{Limit: limits.limitOf(count.Kind).Allowed(count.Of)}
	minimum := limits.QueueMinimum[count.Queue]
	switch {
	case count.Kind == GuardRemoval && count.Queue != "" && count.Left < minimum:
		v.Over, v.Limit = true, max(count.Of-minimum, 0)
		v.Because = fmt.Sprintf("queue %s would keep %d members, and its minimum is %d", count.Queue, count.Left, minimum)
	case count.Passed+count.Coming+1 > v.Limit:
		v.Over = true
		v.Because = fmt.Sprintf("at most %d %ss may pass within %s, %d have, and %d more are under way", v.Limit, count.Kind,
			inWords(limits.WindowOf(count.Kind)), count.Passed, count.Coming+1)
	}
	return v
}

// inWords writes a window for people.
func inWords(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

// BatchKind says what a batch announces.
type BatchKind string

// The kinds of batch.
const (
	// BatchLayoff: people leave. Their isolation, deactivation and the deletion that follows pass the guard and do not count.
	BatchLayoff BatchKind = "layoff"
	// BatchIntake: people are hired. The creation of their accounts passes and does not count.
	BatchIntake BatchKind = "intake"
)

// Announced is the kind of batch that exempts from what a kind of guard counts; empty: none does.
func Announced(kind GuardKind) BatchKind {
	switch kind {
	case GuardDeactivation, GuardIsolation, GuardDeletion:
		return BatchLayoff
	case GuardCreation:
		return BatchIntake
	case GuardRemoval:
	}
	return ""
}

// Guarded says that the guard holds a person, in which approval, and what became of that.
type Guarded struct {
	Asked
	// Refused: it was rejected. What follows is a review.
	Refused bool `json:"refused,omitempty"`
}
