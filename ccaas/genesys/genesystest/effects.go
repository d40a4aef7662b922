package genesystest

import (
	"slices"
	"time"
)

// Kinds of effects that become true some time after the request that caused them was answered.
const (
	effectIndex           = "index"            // the search index catches up with an account
	effectJoin            = "join"             // joined becomes On
	effectGroup           = "group"            // group membership becomes On
	effectMove            = "move"             // the account arrives in a management unit
	effectDropSkill       = "drop_skill"       // the platform silently takes an accepted skill back
	effectEndConversation = "end_conversation" // the conversation ends, after-call work begins
	effectEndAfterCall    = "end_after_call"   // after-call work ends
	effectHangUp          = "hang_up"          // one leg ends; On: its after-call work is skipped
	effectToQueue         = "to_queue"         // a queue takes the place of a leg
	effectToAgent         = "to_agent"         // another account takes the place of a leg
	effectAnalytics       = "analytics"        // analytics catches up with a conversation
	effectErase           = "erase"            // the GDPR request Target is carried out
)

// effect is something that will be true at Due. Effects are applied before the next request is handled, so nobody can see the
// difference from a background process, and they survive a restart.
type effect struct {
	Due    time.Time `json:"due"`
	Kind   string    `json:"kind"`
	UserID string    `json:"user_id,omitempty"`
	Target string    `json:"target,omitempty"`
	On     bool      `json:"on,omitempty"`
	// Leg is a leg of the conversation Target, To the queue or account that takes its place.
	Leg string `json:"leg,omitempty"`
	To  string `json:"to,omitempty"`
	// Snapshot is what the search index will hold, Conversation what analytics will.
	Snapshot     *user         `json:"-"`
	Conversation *conversation `json:"-"`
}

// later schedules an effect; a lag of zero makes it true now.
func (s *Server) later(lagMS int, e effect) {
	if lagMS <= 0 {
		s.apply(e)
		return
	}
	e.Due = s.now().Add(time.Duration(lagMS) * time.Millisecond)
	s.world.Effects = append(s.world.Effects, e)
}

// settle applies what is due, in order of time, and reports whether anything was.
func (s *Server) settle() bool {
	now, applied := s.now(), false
	for {
		var due []effect
		s.world.Effects = slices.DeleteFunc(s.world.Effects, func(e effect) bool {
			if e.Due.After(now) {
				return false
			}
			due = append(due, e)
			return true
		})
		if len(due) == 0 {
			return applied
		}
		applied = true
		slices.SortStableFunc(due, func(a, b effect) int { return a.Due.Compare(b.Due) })
		for _, e := range due {
			s.apply(e)
		}
	}
}

func (s *Server) apply(e effect) {
	if c := s.world.conversations[e.Target]; c != nil {
		s.applyToConversation(c, e)
		return
	}
	if e.Kind == effectErase {
		s.erase(e.Target, e.UserID)
		return
	}
	u := s.world.byID[e.UserID]
	if u == nil {
		return
	}
	switch e.Kind {
	case effectIndex:
		s.world.index.put(*e.Snapshot)
	case effectJoin:
		if m := u.Queues[e.Target]; m != nil {
			m.Joined = e.On
			if !e.On {
				s.rejoinIfArmed(u, e.Target)
			}
		}
	case effectGroup:
		s.applyGroup(u, e.Target, e.On)
	case effectMove:
		u.UnitID, u.PlanID, u.MovingTo, u.Unscheduled = e.Target, "", "", false
	case effectDropSkill:
		u.Skills = without(u.Skills, e.Target)
		s.bump(u)
	}
}

func (s *Server) applyToConversation(c *conversation, e effect) {
	switch e.Kind {
	case effectEndConversation:
		s.endConversation(c)
	case effectEndAfterCall:
		s.endAfterCall(c, e.Leg)
	case effectHangUp:
		s.hangUp(c, c.leg(e.Leg), e.On)
	case effectToQueue:
		s.toQueue(c, e.Leg, e.To)
	case effectToAgent:
		s.toAgent(c, e.Leg, e.To)
	case effectAnalytics:
		s.world.analytics[c.ID] = *e.Conversation
	}
}

// bump marks a change of the account's directory object: the version grows and the search index will follow.
func (s *Server) bump(u *user) {
	u.Version++
	s.reindex(u)
}

func (s *Server) reindex(u *user) {
	snapshot := *u
	s.later(s.settings.SearchLagMS, effect{Kind: effectIndex, UserID: u.ID, Snapshot: &snapshot})
}
