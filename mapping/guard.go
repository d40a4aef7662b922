package mapping

import "time"

// Guards are the limits of what may happen without a person (RULES 9). Shares are of the active people, of a queue's members for
// QueueRemoval, from 0 to 1.
type Guards struct {
	// Deactivations and Creations: per run and in any 24 hours, at most the larger of a count and a share.
	Deactivations Limit `json:"deactivations"`
	Creations     Limit `json:"creations"`
	// QueueRemoval is the share of a queue's members that may be taken from it.
	QueueRemoval float64  `json:"queue_removal"`
	HardStop     HardStop `json:"hard_stop"`
}

// Limit is the larger of a count and a share.
type Limit struct {
	Count int     `json:"count"`
	Share float64 `json:"share"`
}

// HardStop pages somebody when more than the share is isolated from one source within the window, and goes by the default when nobody
// has answered in time.
type HardStop struct {
	Share        float64       `json:"share"`
	Window       time.Duration `json:"window"`
	AnswerWithin time.Duration `json:"answer_within"`
}

// DefaultGuards hold where a version says nothing else.
func DefaultGuards() Guards {
	return Guards{
		Deactivations: Limit{Count: 10, Share: 0.05},
		Creations:     Limit{Count: 50, Share: 0.10},
		QueueRemoval:  0.20,
		HardStop:      HardStop{Share: 0.20, Window: 15 * time.Minute, AnswerWithin: 15 * time.Minute},
	}
}

// Guards are the version's limits.
func (r *Registry) Guards() Guards {
	guards := DefaultGuards()
	said := r.document.Guards
	if said == nil {
		return guards
	}
	said.Deactivations.over(&guards.Deactivations)
	said.Creations.over(&guards.Creations)
	set(&guards.QueueRemoval, said.QueueRemoval.Share)
	set(&guards.HardStop.Share, said.HardStop.Share)
	set(&guards.HardStop.Window, said.HardStop.Window)
	set(&guards.HardStop.AnswerWithin, said.HardStop.AnswerWithin)
	return guards
}

// guardSettings are limits as a version says them; nil leaves the limit as it was.
type guardSettings struct {
	Deactivations limitSettings `json:"deactivations"`
	Creations     limitSettings `json:"creations"`
	QueueRemoval  struct {
		Share *float64 `json:"share,omitempty"`
	} `json:"queue_removal"`
	HardStop struct {
		Share        *float64       `json:"share,omitempty"`
		Window       *time.Duration `json:"window,omitempty"`
		AnswerWithin *time.Duration `json:"answer_within,omitempty"`
	} `json:"hard_stop"`
}

type limitSettings struct {
	Count *int     `json:"count,omitempty"`
	Share *float64 `json:"share,omitempty"`
}

func (l limitSettings) over(limit *Limit) {
	set(&limit.Count, l.Count)
	set(&limit.Share, l.Share)
}

// guards reads the limits; nil where nothing is said. A share over one half would hardly ever trip.
func (s *section) guards() *guardSettings {
	const mostCount, mostShare = 1_000, 0.5
	said := &guardSettings{}
	limit := func(field string, of *limitSettings) {
		s.child(field, func(c *section) {
			if c.value("count") != nil {
				of.Count = new(int(c.number("count", 0, mostCount, true)))
			}
			of.Share = c.share(0, mostShare)
		})
	}
	limit("deactivations", &said.Deactivations)
	limit("creations", &said.Creations)
	s.child("queue_removal", func(c *section) { said.QueueRemoval.Share = c.share(0, mostShare) })
	s.child("hard_stop", func(c *section) {
		said.HardStop.Share = c.share(0.01, mostShare)
		said.HardStop.Window = c.duration("window", time.Minute, day)
		said.HardStop.AnswerWithin = c.duration("answer_within", time.Minute, day)
	})
	if *said == (guardSettings{}) {
		return nil
	}
	return said
}

func (s *section) share(least, most float64) *float64 {
	if s.value("share") == nil {
		return nil
	}
	return new(s.number("share", least, most, false))
}

// defaultSunsetWarning leaves two weeks to publish what follows a rule.
const defaultSunsetWarning = 14 * day

// SunsetWarning is how long before a rule's end somebody is told of it (default 14 × 24 h).
func (r *Registry) SunsetWarning() time.Duration {
	warning := defaultSunsetWarning
	set(&warning, r.document.SunsetWarning)
	return warning
}
