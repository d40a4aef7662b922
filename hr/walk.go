package hr

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// walk applies the events of one employment in the order in which they take effect, and remembers for each field which event
// said it last.
type walk struct {
	state State
	zones Zones
	// hires are all that were ever issued, whatever became of them.
	hires []*entry
	// created: a hire carries the employment, not an update that took its place.
	created bool
	// endedBy is the termination behind Employment Left; nil when a hire was taken back.
	endedBy *entry
	skills  map[string]bool
	// cleared are the text fields that were set to null last.
	cleared map[string]bool
	// owner of each field; claims counts what an event said, lostTo who overrode it.
	owner  map[string]*entry
	claims map[*entry]int
	lostTo map[*entry]map[*entry]bool
}

func newWalk(entries []*entry, zones Zones) *walk {
	return &walk{
		zones: zones, hires: each(entries, UserCreate),
		skills: map[string]bool{}, cleared: map[string]bool{}, owner: map[string]*entry{},
		claims: map[*entry]int{}, lostTo: map[*entry]map[*entry]bool{},
	}
}

// Fields of the state that no field of the payload stands for, and prefixes of those that are sets.
const (
	fieldEmployment = "employment"
	fieldHired      = "hired"
	fieldStatus     = "status"
	fieldLeave      = "leave_until"
	fieldSkills     = "skills"  // all of them, by the last event that set the whole
	skillPrefix     = "skills." // one of them, by the last event that added or removed it
)

// identityFields stay when a new employment begins: it is the same person.
var identityFields = []string{"email", "first_name", "last_name"}

func (w *walk) apply(e *entry) {
	w.state.ExternalUserID, w.state.Namespace = e.Event.Payload.ExternalUserID, e.Namespace
	switch e.Event.EventType {
	case UserCreate:
		w.hire(e)
	case UserUpdate, SkillAssign:
		w.update(e)
	case UserTerminate:
		w.end(e)
	case EventRescind:
		// It acts on other events, before any of them is applied.
	}
}

// hire begins an employment, or changes the one that is running.
func (w *walk) hire(e *entry) {
	left := w.state.Employment == Left
	if left && w.endedBy != nil && !outlives(e, w.endedBy) {
		w.refuse(e, w.endedBy)
		return
	}
	if w.state.Employment != Employed {
		if left {
			w.beginAnew(e)
		}
		w.employ(e)
	}
	w.created = true
	w.take(fieldEmployment, e)
	w.fields(e)
}

func (w *walk) employ(e *entry) {
	w.state.Employment, w.state.Status = Employed, StatusActive
	w.state.HiredAt, w.state.LeftAt, w.state.Reason = e.at, time.Time{}, ""
	w.take(fieldEmployment, e)
	w.take(fieldHired, e)
}

// beginAnew clears what belonged to the employment that ended.
func (w *walk) beginAnew(e *entry) {
	for _, field := range slices.Sorted(maps.Keys(w.owner)) {
		if !slices.Contains(identityFields, field) {
			w.lose(w.owner[field], e)
			delete(w.owner, field)
		}
	}
	clear(w.skills)
	clear(w.cleared)
	old := w.state
	w.state = State{
		Employment: old.Employment, ExternalUserID: old.ExternalUserID, Namespace: old.Namespace,
		Email: old.Email, FirstName: old.FirstName, LastName: old.LastName,
	}
}

// update changes what is there. It employs somebody whose hire never came, but nobody whose hire was announced and has not
// begun or was taken back, and it never revives.
func (w *walk) update(e *entry) {
	announced := slices.ContainsFunc(w.hires, func(hire *entry) bool {
		return !hire.Event.TimestampUTC.After(e.Event.TimestampUTC)
	})
	if w.state.Employment == NeverEmployed && !announced {
		w.employ(e)
	}
	w.fields(e)
}

func (w *walk) end(e *entry) {
	w.state.Employment, w.state.Status, w.created = Left, StatusTerminated, false
	w.state.LeftAt, w.state.Reason, w.endedBy = e.at, Voluntary, e
	if t := e.Event.Payload.Termination; t != nil && t.Reason != "" {
		w.state.Reason = t.Reason
	}
	w.take(fieldEmployment, e)
	w.take(fieldStatus, e)
	w.fields(e)
}

// withdraw ends, from the moment when a hire was taken back that had begun, an employment that no hire carries any longer.
func (w *walk) withdraw(taken time.Time) {
	if w.created || w.state.Employment == Left {
		return
	}
	w.state.Employment, w.state.Status = Left, StatusTerminated
	w.state.LeftAt, w.state.Reason, w.endedBy = taken, "", nil
}

// fields applies what the payload says about the person.
func (w *walk) fields(e *entry) {
	p, s := e.Event.Payload, &w.state
	for _, field := range []struct {
		name  string
		given Optional[string]
		into  *string
	}{
		{"email", p.Email, &s.Email},
		{"first_name", p.FirstName, &s.FirstName},
		{"last_name", p.LastName, &s.LastName},
		{"phone_extension", p.PhoneExtension, &s.PhoneExtension},
		{"department_code", p.DepartmentCode, &s.DepartmentCode},
		{"job_title_code", p.JobTitleCode, &s.JobTitleCode},
		{"location_code", p.LocationCode, &s.LocationCode},
		{"manager_external_id", p.ManagerExternalID, &s.ManagerExternalID},
		{"timezone", p.Timezone, &s.Timezone},
	} {
		if field.given.Present {
			*field.into = field.given.Value
			w.cleared[field.name] = field.given.Null
			w.take(field.name, e)
		}
	}
	if p.Timezone.Present {
		s.Timezone = w.zones.Translate(p.Timezone.Value)
	}
	if !e.is(UserCreate) && p.HireDate.Present && !p.HireDate.Null && w.state.Employment == Employed {
		s.HiredAt = p.HireDate.Value.StartIn(newAtlas(w.zones).placeOf(e.Event, *s))
		w.take(fieldHired, e)
	}
	w.status(e)
	w.skillCodes(e)
}

// status applies only to somebody employed: nothing an update says about it revives a leaver.
func (w *walk) status(e *entry) {
	p := e.Event.Payload
	if w.state.Employment != Employed {
		if p.Status.Present || p.LeaveUntil.Present {
			w.refuse(e, w.endedBy)
		}
		return
	}
	if p.Status.Present {
		w.state.Status = p.Status.Value
		w.take(fieldStatus, e)
		if p.Status.Value == StatusActive {
			w.state.LeaveUntil = nil
			w.take(fieldLeave, e)
		}
	}
	if p.LeaveUntil.Present {
		w.state.LeaveUntil = nil
		if !p.LeaveUntil.Null {
			until := p.LeaveUntil.Value
			w.state.LeaveUntil = &until
		}
		w.take(fieldLeave, e)
	}
}

func (w *walk) skillCodes(e *entry) {
	codes := e.Event.Payload.SkillCodes
	if !codes.Present {
		return
	}
	mode := e.Event.Payload.SkillMode
	if !e.is(SkillAssign) {
		mode = SkillReplace
	}
	if mode == SkillReplace {
		// Who loses to e is a set: the order in which it is found out does not show.
		for field, owner := range w.owner {
			if strings.HasPrefix(field, skillPrefix) {
				w.lose(owner, e)
				delete(w.owner, field)
			}
		}
		clear(w.skills)
		w.take(fieldSkills, e)
	}
	for _, code := range codes.Value {
		switch mode {
		case SkillReplace:
			w.skills[code] = true
		case SkillRemove:
			delete(w.skills, code)
			w.take(skillPrefix+code, e)
		default:
			w.skills[code] = true
			w.take(skillPrefix+code, e)
		}
	}
}

// take makes e the one that said a field last.
func (w *walk) take(field string, e *entry) {
	w.claims[e]++
	if before := w.owner[field]; before != nil {
		w.lose(before, e)
	}
	w.owner[field] = e
}

// refuse notes that something e said does not count because of another event.
func (w *walk) refuse(e, because *entry) {
	w.claims[e]++
	if because != nil {
		w.lose(e, because)
	}
}

func (w *walk) lose(e, to *entry) {
	if e == to {
		return
	}
	if w.lostTo[e] == nil {
		w.lostTo[e] = map[*entry]bool{}
	}
	w.lostTo[e][to] = true
}

// result is the state as it stands.
func (w *walk) result() State {
	state := w.state
	if len(w.skills) > 0 {
		state.SkillCodes = slices.Sorted(maps.Keys(w.skills))
	}
	for _, field := range slices.Sorted(maps.Keys(w.cleared)) {
		if w.cleared[field] {
			state.Cleared = append(state.Cleared, field)
		}
	}
	return state
}

// standing says whether anything e said is still part of the state; one that said nothing has nothing to lose.
func (w *walk) standing(e *entry) (standing Standing, by string) {
	if w.claims[e] == 0 {
		return Contributes, ""
	}
	for _, owner := range w.owner {
		if owner == e {
			return Contributes, ""
		}
	}
	if len(w.lostTo[e]) == 1 {
		for other := range w.lostTo[e] {
			by = other.Event.EventID
		}
	}
	return Superseded, by
}
