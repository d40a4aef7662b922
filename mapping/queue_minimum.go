package mapping

import (
	"fmt"
	"slices"
)

// queueMinimum is the number of members that a queue must not fall under.
type queueMinimum struct {
	Name    string `json:"name"`
	Minimum int    `json:"minimum"`

	line int
}

// QueueMinimum is the number of members that a queue must not fall under; 0 where the version says none.
func (r *Registry) QueueMinimum(name string) int {
	for _, q := range r.document.Queues {
		if q.Name == name {
			return q.Minimum
		}
	}
	return 0
}

// QueueMinimums are the numbers of members, by queue, that queues must not fall under. The caller may keep it.
func (r *Registry) QueueMinimums() map[string]int {
	minimums := map[string]int{}
	for _, q := range r.document.Queues {
		minimums[q.Name] = q.Minimum
	}
	return minimums
}

// addQueueMinimum reads what holds for one queue. A queue that is named twice contradicts itself.
func (s *section) addQueueMinimum(to []queueMinimum) []queueMinimum {
	const most = 10_000
	s.require("minimum", fmt.Sprintf("a whole number from 1 to %d", most))
	q := queueMinimum{Name: s.requiredAnywhere(ConstructQueue, "name"), Minimum: int(s.number("minimum", 1, most, true)), line: s.line}
	if slices.ContainsFunc(to, func(other queueMinimum) bool { return q.Name != "" && other.Name == q.Name }) {
		s.reader.mistake(s.line, s.at("name"), fmt.Sprintf("%q a second time", q.Name), "each queue once")
		return to
	}
	return append(to, q)
}
