package hr

// revoke marks what has been taken back and what has been replaced. entries are in the order of issue.
//
// Both act as soon as they are known, whatever their own time, and whether they came before or after the event they name; an
// event of another namespace is out of their reach. A rescind of a rescind restores the first target, a rescinded replacement
// restores what it replaced. Rescinding an event that has been replaced leaves its replacement alone.
func revoke(entries []*entry) {
	rescinds, replacements := references(entries, rescindTarget), references(entries, replaceTarget)
	decided := map[*entry]bool{}
	var rescinded func(e *entry) bool
	rescinded = func(e *entry) bool {
		if decided[e] {
			return e.rescindedBy != nil
		}
		decided[e] = true
		for _, by := range rescinds.to(e) {
			if e.rescindedBy == nil && !rescinded(by) {
				e.rescindedBy = by
			}
		}
		return e.rescindedBy != nil
	}
	for _, e := range entries {
		rescinded(e)
	}
	for _, e := range entries {
		for _, by := range replacements.to(e) {
			if by.rescindedBy == nil {
				e.replacedBy = by // the replacement issued last is the one that counts
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

// reference is who names whom: every event names one other at most.
type reference struct {
	target map[*entry]*entry
	by     map[*entry][]*entry // in the order of issue
}

func references(entries []*entry, targetOf func(*entry) string) reference {
	type identity struct{ namespace, eventID string }
	known := make(map[identity]*entry, len(entries))
	for _, e := range entries {
		known[identity{e.Namespace, e.Event.EventID}] = e
	}
	r := reference{target: map[*entry]*entry{}, by: map[*entry][]*entry{}}
	for _, e := range entries {
		id := targetOf(e)
		if target := known[identity{e.Namespace, id}]; id != "" && target != nil && target != e {
			r.target[e] = target
			r.by[target] = append(r.by[target], e)
		}
	}
	return r
}

// to returns the events that act on e. Events that name each other in a circle are nonsense, but must not take each other out,
// or a pair of terminations would keep everyone employed: in a circle only a later one acts on an earlier.
func (r reference) to(e *entry) []*entry {
	var acting []*entry
	for _, by := range r.by[e] {
		if !r.leadsTo(e, by) || byIssue(by, e) > 0 {
			acting = append(acting, by)
		}
	}
	return acting
}

func (r reference) leadsTo(from, to *entry) bool {
	next := from
	for range r.target {
		if next = r.target[next]; next == nil || next == to {
			break
		}
	}
	return next == to
}
