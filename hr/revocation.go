package hr

// revoke marks what has been taken back and what has been replaced.
//
// Both act as soon as they are known, whatever their own time, and whether they came before or after the event they name; an
// event of another namespace is out of their reach. A rescind of a rescind restores the first target, a rescinded replacement
// restores what it replaced. Rescinding an event that has been replaced leaves its replacement alone.
func revoke(entries []*entry) {
	named := naming{entries: map[[2]string]*entry{}}
	for _, e := range entries {
		named.entries[[2]string{e.Namespace, e.Event.EventID}] = e
	}
	decided := map[*entry]bool{}
	var rescinded func(e *entry) bool
	rescinded = func(e *entry) bool {
		if decided[e] {
			return e.rescindedBy != nil
		}
		decided[e] = true
		for _, other := range entries {
			if e.rescindedBy == nil && named.acts(other, e, rescindTarget) && !rescinded(other) {
				e.rescindedBy = other
			}
		}
		return e.rescindedBy != nil
	}
	for _, e := range entries {
		rescinded(e)
	}
	for _, e := range entries {
		for _, other := range entries {
			// The replacement issued last is the one that counts.
			if other.rescindedBy == nil && named.acts(other, e, replaceTarget) {
				e.replacedBy = other
			}
		}
	}
}

func rescindTarget(e *entry) string {
	if !e.is(EventRescind) {
		return ""
	}
	return e.Event.RescindsEventID
}

func replaceTarget(e *entry) string {
	if e.is(EventRescind) {
		return ""
	}
	return e.Event.ReplacesEventID
}

// naming finds events by the id that another one names.
type naming struct{ entries map[[2]string]*entry }

func (n naming) target(e *entry, targetOf func(*entry) string) *entry {
	id := targetOf(e)
	if id == "" {
		return nil
	}
	return n.entries[[2]string{e.Namespace, id}]
}

// acts says whether by names e and may act on it. Events that name each other in a circle are nonsense, but must not take
// each other out, or a pair of terminations would keep everyone employed: in a circle only a later one acts on an earlier.
func (n naming) acts(by, e *entry, targetOf func(*entry) string) bool {
	if by == e || n.target(by, targetOf) != e {
		return false
	}
	next := e
	for range n.entries {
		next = n.target(next, targetOf)
		if next == by {
			return byIssue(by, e) > 0
		}
		if next == nil {
			return true
		}
	}
	return true
}
