package bell

import "time"

// vain counts, for each person, rings in a row that settled nothing. A person who is not due again for longer than patience was
// settled, and is forgotten.
type vain struct {
	limit    int
	patience time.Duration
	rings    map[string]streak
}

type streak struct {
	count int
	last  time.Time
}

func newVain(limit int, patience time.Duration) *vain {
	return &vain{limit: limit, patience: patience, rings: map[string]streak{}}
}

// rung notes that the relay is ringing these people. It returns those for whom that is now as many times in a row as the limit
// says, each once, and those for whom it is that many or more, each time.
func (v *vain) rung(people []string, now time.Time) (reached, stuck []string) {
	for personID, before := range v.rings {
		if now.Sub(before.last) > v.patience {
			delete(v.rings, personID)
		}
	}
	for _, personID := range people {
		current := v.rings[personID]
		current.count++
		current.last = now
		v.rings[personID] = current
		if current.count == v.limit {
			reached = append(reached, personID)
		}
		if current.count >= v.limit {
			stuck = append(stuck, personID)
		}
	}
	return reached, stuck
}

// count is how many people have been rung in vain as many times as the limit says, or more.
func (v *vain) count() int {
	count := 0
	for _, current := range v.rings {
		if current.count >= v.limit {
			count++
		}
	}
	return count
}
