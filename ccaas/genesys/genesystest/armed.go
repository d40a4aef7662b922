package genesystest

import (
	"fmt"
	"slices"
)

// Rejoin makes an agent join queues by itself, as agents can: whenever it has been unjoined.
type Rejoin struct {
	// Times is how many unjoins are undone; 0 means 1, -1 means all.
	Times int `json:"times,omitempty"`
	// DelayMS is the time between the unjoin and the agent's click.
	DelayMS int `json:"delay_ms,omitempty"`
	// Queue is the name of the queue; empty means any.
	Queue string `json:"queue,omitempty"`
}

// Rejection makes the platform accept a skill and take it back a little later, without a word.
type Rejection struct {
	Skill string `json:"skill"` // name
	// UserID restricts it to one account; empty means any.
	UserID string `json:"user_id,omitempty"`
	// DelayMS is the time between accepting and taking back.
	DelayMS int `json:"delay_ms,omitempty"`
	// Times is how often; 0 means 1, -1 means always.
	Times int `json:"times,omitempty"`
}

// MoveResult makes moves between management units answer a result and do nothing.
type MoveResult struct {
	// UserID restricts it to one account; empty means any.
	UserID string `json:"user_id,omitempty"`
	// Result is one of the platform's results per agent.
	Result string `json:"result"`
	// Times is how often; 0 means 1, -1 means always.
	Times int `json:"times,omitempty"`
}

// armed are the behaviours waiting for their occasion.
type armed struct {
	rejoins    map[string]*Rejoin
	rejections []*Rejection
	moves      []*MoveResult
}

// use counts one occasion down.
func use(times *int) bool {
	if *times == 0 {
		return false
	}
	if *times > 0 {
		*times--
	}
	return true
}

func once(times int) (int, error) {
	if times < -1 {
		return 0, fmt.Errorf("times is %d: expected -1 or more", times)
	}
	if times == 0 {
		return 1, nil
	}
	return times, nil
}

func (s *Server) armRejoin(userID string, rejoin Rejoin) error {
	u := s.world.living(userID)
	if u == nil {
		return unknown("user", userID, "an account that is not deleted")
	}
	if rejoin.Queue != "" && s.world.byName(KindQueue, rejoin.Queue) == nil {
		return unknown("queue", rejoin.Queue, "a queue of the catalogue")
	}
	var err error
	if rejoin.Times, err = once(rejoin.Times); err != nil {
		return err
	}
	if s.armed.rejoins == nil {
		s.armed.rejoins = map[string]*Rejoin{}
	}
	s.armed.rejoins[userID] = &rejoin
	return nil
}

func (s *Server) rejoinIfArmed(u *user, queueID string) {
	rejoin := s.armed.rejoins[u.ID]
	if rejoin == nil || rejoin.Queue != "" && ID(KindQueue, rejoin.Queue) != queueID || u.State != stateActive || !use(&rejoin.Times) {
		return
	}
	s.later(max(1, rejoin.DelayMS), effect{Kind: effectJoin, UserID: u.ID, Target: queueID, On: true})
}

func (s *Server) armRejection(rejection Rejection) error {
	if s.world.byName(KindSkill, rejection.Skill) == nil {
		return unknown("skill", rejection.Skill, "a skill of the catalogue")
	}
	var err error
	if rejection.Times, err = once(rejection.Times); err != nil {
		return err
	}
	s.armed.rejections = append(s.armed.rejections, &rejection)
	return nil
}

func (s *Server) rejectIfArmed(u *user) {
	for _, rejection := range s.armed.rejections {
		skill := s.world.byName(KindSkill, rejection.Skill)
		if skill == nil || rejection.UserID != "" && rejection.UserID != u.ID ||
			!slices.ContainsFunc(u.Skills, func(r rated) bool { return r.ID == skill.ID }) || !use(&rejection.Times) {
			continue
		}
		s.later(rejection.DelayMS, effect{Kind: effectDropSkill, UserID: u.ID, Target: skill.ID})
	}
}

func (s *Server) armMoveResult(result MoveResult) error {
	if !slices.Contains(moveResults, result.Result) {
		return fmt.Errorf("result %q: expected one of %v", result.Result, moveResults)
	}
	var err error
	if result.Times, err = once(result.Times); err != nil {
		return err
	}
	s.armed.moves = append(s.armed.moves, &result)
	return nil
}

func (a *armed) moveResult(userID string) string {
	for _, result := range a.moves {
		if (result.UserID == "" || result.UserID == userID) && use(&result.Times) {
			return result.Result
		}
	}
	return ""
}

// unknown is the error of a control request that names something that is not there.
func unknown(field, found, expected string) error {
	return fmt.Errorf("%s is %q: expected %s", field, found, expected)
}
