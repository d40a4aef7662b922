package hr

// revoke marks what has been taken back and what has been replaced. entries are in the order of issue.
//
// Both act as soon as they are known, whatever their own time, and whether they came before or after the event they name; an
// event of another namespace is out of their reach, and so is for a rescind one about another external id, for a replacement
// one of another kind. A rescind of a rescind restores the first target, a rescinded replacement restores what it replaced.
// Rescinding an event that has been replaced leaves its replacement alone, but for a re-emission: that says nothing of its own, so it
// goes with what it speaks for.
func revoke(entries []*entry) {
	rescinds := references(entries, rescindTarget, sameExternalID)
	replacements := references(entries, replaceTarget, sameKind)
	decided := map[*entry]bool{}
	var rescinded func(e *entry) bool
	rescinded = func(e *entry) bool {
		if decided[e] {
			return e.rescindedBy != nil
		}
		decided[e] = true
		for _, by := range rescinds.to(e) {
			by.matched = true
			if e.rescindedBy == nil && !rescinded(by) {
				e.rescindedBy = by
			}
		}
		if original := replacements.target[e]; e.rescindedBy == nil && original != nil && e.Event.Reemitted() && rescinded(original) {
			e.rescindedBy = original.rescindedBy
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

// sameExternalID: a rescind says whom it is about, so one that names an event about another id contradicts itself.
func sameExternalID(rescind, target *entry) bool {
	return rescind.Event.Payload.ExternalUserID == target.Event.Payload.ExternalUserID
}

// sameKind: a replacement says again what its target said. If it could be of another kind, a change would revive a leaver by
// standing in for the termination, or end an employment by standing in for the hire.
func sameKind(replacement, target *entry) bool {
	return replacement.is(target.Event.EventType) || replacement.isChange() && target.isChange()
}

// reference is who names whom: every event names one other at most.
type reference struct {
	target map[*entry]*entry
	by     map[*entry][]*entry // in the order of issue
}

// references finds who names whom, where the pair is admitted.
func references(entries []*entry, targetOf func(*entry) string, admitted func(by, target *entry) bool) reference {
	type identity struct{ namespace, eventID string }
	known := make(map[identity]*entry, len(entries))
	for _, e := range entries {
		for _, id := range e.AlsoSentAs {
			known[identity{e.Namespace, id}] = e
		}
	}
	for _, e := range entries {
		known[identity{e.Namespace, e.Event.EventID}] = e
	}
	r := reference{target: map[*entry]*entry{}, by: map[*entry][]*entry{}}
	for _, e := range entries {
		id := targetOf(e)
		if target := known[identity{e.Namespace, id}]; id != "" && target != nil && target != e && admitted(e, target) {
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
