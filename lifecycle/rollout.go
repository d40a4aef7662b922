package lifecycle

import (
	"time"

	"muster/hr"
	"muster/mapping"
)

// RolloutGoesOn is the RolloutResult.State of a rollout that is not through; every other one is an end, of the rollout or, paused, for now.
const RolloutGoesOn = "running"

// RolloutResult is how far a rollout has come.
type RolloutResult struct {
	State string `json:"state"`
	// Version is the mapping version that is rolled out.
	Version int `json:"version"`
	// Concerned, Done, Waits and UnderWay count people.
	Concerned int `json:"concerned"`
	Done      int `json:"done"`
	Waits     int `json:"waits"`
	UnderWay  int `json:"under_way"`
}

// Standing is what a change of the rules is held against to tell whether it concerns somebody.
type Standing struct {
	PersonID string
	State    State
	// PlanDigest is that of the plan made last; empty for none.
	PlanDigest string
	// Dismissed: the last the person saw of the platform is a dismissal.
	Dismissed bool
}

// Concerned says whether a mailbox that is rung would do something for a person because of what the registry says now. It asks no more
// than the mailbox does, and may say yes where a review or a hold then says no.
func Concerned(s Standing, picture hr.Picture, r mapping.Resolution) bool {
	if WantAfter(s.Dismissed, s.State, picture.State, r.InScope) == NoAccess {
		// Whom the rules no longer want at work has to be taken off; who is off stays so.
		return s.State == Preparing || s.State == WaitingActivation || s.State == Active
	}
	if s.State == Deleting || s.State == Deleted || s.State == Unknown && s.PlanDigest == "" {
		return false // only a hire brings the deleted back; whoever has just come is seen to already
	}
	return NewPlan(s.PersonID, Transfer, 0, picture, r, nil).Digest != s.PlanDigest
}

// RolloutPace says how fast a rollout goes. It is the lane of changes: hires and leavers go on beside it.
type RolloutPace struct {
	// UnderWay is how many people are worked on at once.
	UnderWay int
	// Every is how often it is looked how they stand.
	Every time.Duration
	// RingAgain is when somebody is told once more who is as before.
	RingAgain time.Duration
	// Patience is how long somebody is worked on before the next one is taken in their place: a review or an approval may hold them for days.
	Patience time.Duration
	// Stretch is how long one activity goes on before the workflow shows how far it has come, and asks for the next.
	Stretch time.Duration
}

// Results of a person's part in a rollout: the account is as the rules say, or something other than the rollout holds the person.
const (
	RolloutPersonDone  = "done"
	RolloutPersonWaits = "waits"
)

// toldInVain is how long after somebody was told their mailbox has surely looked.
const toldInVain = 10 * time.Second

// Result is how somebody stands who was told so long ago, empty while they are under way. idle: no operation has them; concerned: something
// is still to be done; waiting: they wait for rules.
func (p RolloutPace) Result(idle, concerned, waiting bool, told time.Duration) string {
	switch {
	case !concerned && waiting && told > toldInVain, told > p.Patience:
		return RolloutPersonWaits
	case !concerned && !waiting && idle:
		return RolloutPersonDone
	}
	return ""
}

// DefaultRolloutPace is that of a production worker. Half of a process's slots for joiners and movers stay free.
func DefaultRolloutPace() RolloutPace {
	return RolloutPace{UnderWay: 25, Every: 500 * time.Millisecond, RingAgain: 30 * time.Second, Patience: 2 * time.Minute, Stretch: time.Minute}
}
