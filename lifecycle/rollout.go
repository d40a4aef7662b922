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
	// UnderWay: a hire or transfer has the person.
	UnderWay  bool
	Elsewhere Elsewhere
}

// Elsewhere says of a person whether somebody else owns the account (RULES 16): Now, or Before, so that an event came to nothing for it.
// Asked: somebody is asked to end the access there.
type Elsewhere struct{ Now, Before, Asked bool }

// Concerned says whether a mailbox that is rung would do something for a person because of what the registry says now. It asks no more
// than the mailbox does, and may say yes where a review or a hold then says no.
func Concerned(s Standing, picture hr.Picture, r mapping.Resolution) bool {
	if s.Elsewhere.Now {
		return s.UnderWay // it has to end
	}
	if WantAfter(s.Dismissed, s.State, picture.State, r.InScope) == NoAccess {
		// Whom the rules no longer want at work has to be taken off; who is off stays so.
		return s.State == Preparing || s.State == WaitingActivation || s.State == Active || s.Elsewhere.Asked
	}
	if s.State == Deleting || s.State == Deleted || s.State == Unknown && s.PlanDigest == "" && !s.Elsewhere.Before {
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
	// Patience is when somebody is given up whom no operation has, who waits for nobody's decision and who is as before all the same.
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

// RolloutStanding is how somebody stands whom a rollout has told.
type RolloutStanding struct {
	// Told is how long ago that was.
	Told time.Duration
	// Idle: no operation has the person. Concerned: something is still to be done.
	Idle, Concerned bool
	// Unanswered: the person waits for rules; Asked: a review or an approval about the person is open.
	Unanswered, Asked bool
}

// Result is empty while somebody is under way. Whom an operation has is worked on, however long the platform takes: nobody else is taken in
// their place meanwhile. Whom a decision may hold for days makes room.
func (p RolloutPace) Result(s RolloutStanding) string {
	looked := s.Told > toldInVain
	switch {
	case s.Idle && !s.Concerned && !s.Unanswered:
		return RolloutPersonDone
	case looked && s.Asked, looked && s.Unanswered && !s.Concerned, s.Idle && s.Told > p.Patience:
		return RolloutPersonWaits
	}
	return ""
}

// DefaultRolloutPace is that of a production worker. Half of a process's slots for joiners and movers stay free.
func DefaultRolloutPace() RolloutPace {
	return RolloutPace{UnderWay: 25, Every: 500 * time.Millisecond, RingAgain: 30 * time.Second, Patience: 10 * time.Minute, Stretch: time.Minute}
}
