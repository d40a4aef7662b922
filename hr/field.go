package hr

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The words that enumerated fields may say, in the order a problem lists them.
var (
	eventTypes = []string{
		string(UserCreate), string(UserUpdate), string(SkillAssign), string(UserTerminate), string(EventRescind),
	}
	statuses   = []string{string(StatusActive), string(StatusOnLeave), string(StatusSuspended), string(StatusTerminated)}
	skillModes = []string{string(SkillAdd), string(SkillRemove), string(SkillReplace)}
	reasons    = []string{string(Voluntary), string(Involuntary), string(EndOfContract)}
)

const (
	timestampExpected = "an instant in UTC, RFC 3339 with Z, such as 2024-05-14T10:23:45Z"
	dateExpected      = "a date YYYY-MM-DD; null clears it"
	momentExpected    = "an instant in RFC 3339 or a date YYYY-MM-DD"
)

func listed(words []string) string { return "one of " + strings.Join(words, ", ") }

// refuseUnknown reports every member that is not among the known ones.
func (r *reader) refuseUnknown(owner *node, at string, known []string) {
	for _, m := range owner.members {
		if !slices.Contains(known, m.name) {
			r.add(at+fieldName(m.name), "an unknown field", listed(known))
		}
	}
}

// one returns the value of a field, nil when it was not given. Given more than once is a problem, and no value either unless
// all of them are the same scalar.
func (r *reader) one(owner *node, at, name string) *node {
	if owner == nil {
		return nil
	}
	first, count := owner.first(name)
	if count == 0 {
		return nil
	}
	r.seen[at+name] = true
	if count == 1 {
		return first
	}
	given := owner.all(name)
	r.wrong(at+name, "the field "+strconv.Itoa(len(given))+" times", "it once")
	for _, other := range given[1:] {
		scalar := other.members == nil && other.items == nil
		if !scalar || other.kind != given[0].kind || other.text != given[0].text {
			return nil
		}
	}
	return given[0]
}

// asObject returns a value that must be an object; nil when it is something else.
func (r *reader) asObject(value *node, path string, known []string) *node {
	if value.kind != jsontext.KindBeginObject {
		r.wrong(path, shape(value), "an object")
		return nil
	}
	r.refuseUnknown(value, path+".", known)
	return value
}

// text reads a text field and holds it to its rule.
func (r *reader) text(owner *node, at, name string, rule textRule) Optional[string] {
	value := r.one(owner, at, name)
	if value == nil {
		return Optional[string]{}
	}
	if value.kind == jsontext.KindNull && !rule.cannotClear {
		return Optional[string]{Present: true, Null: true}
	}
	text, ok := r.scalar(value, at+name, rule)
	return Optional[string]{Present: ok, Value: text}
}

// scalar holds one text to a rule.
func (r *reader) scalar(value *node, path string, rule textRule) (string, bool) {
	switch {
	case value.kind != jsontext.KindString:
		found := shown(value)
		if rule.personal {
			found = shape(value)
		}
		r.wrong(path, found, rule.expected)
	case value.badUTF8:
		r.wrong(path, "a text that is not valid UTF-8", rule.expected)
	case r.zones != nil && !rule.fits(value.text):
		r.wrong(path, foundText(value, rule), rule.expected)
	default:
		return value.text, true
	}
	return "", false
}

// foundText tells a text that breaks its rule without letting personal data travel in a problem.
func foundText(value *node, rule textRule) string {
	if sensitive := sensitiveForm(value.text); sensitive != "" && !rule.personal {
		return sensitive
	}
	if rule.personal && value.text != "" {
		return shape(value)
	}
	return shown(value)
}

// oneOf reads a field that must be one of some words.
func (r *reader) oneOf(owner *node, at, name string, words []string) Optional[string] {
	value := r.one(owner, at, name)
	if value == nil {
		return Optional[string]{}
	}
	if value.kind != jsontext.KindString || !slices.Contains(words, value.text) {
		r.wrong(at+name, shown(value), listed(words))
		return Optional[string]{}
	}
	return Optional[string]{Present: true, Value: value.text}
}

// timezone reads the person's zone: an IANA name, or one that the registry translates.
func (r *reader) timezone(payload *node) Optional[string] {
	zone := r.text(payload, "payload.", "timezone", zoneRule)
	if zone.Present && !zone.Null && r.zones != nil && !r.zones.Known(zone.Value) {
		r.wrong("payload.timezone", strconv.Quote(shortened(zone.Value, maxFound)), zoneRule.expected)
		return Optional[string]{}
	}
	return zone
}

// timestamp reads timestamp_utc. An instant with another offset is a problem, but it can be read.
func (r *reader) timestamp(root *node) time.Time {
	value := r.one(root, "", "timestamp_utc")
	if value == nil {
		return time.Time{}
	}
	instant, ok := parseInstant(value.text)
	if value.kind != jsontext.KindString || !ok {
		r.wrong("timestamp_utc", shown(value), timestampExpected)
		return time.Time{}
	}
	if !strings.HasSuffix(value.text, "Z") {
		r.wrong("timestamp_utc", shown(value), timestampExpected)
	}
	return instant
}

// moment reads an instant or a date.
func (r *reader) moment(owner *node, at, name string) *Moment {
	value := r.one(owner, at, name)
	if value == nil || value.kind == jsontext.KindNull {
		return nil
	}
	if value.kind == jsontext.KindString {
		if instant, ok := parseInstant(value.text); ok {
			return &Moment{Instant: instant}
		}
		if date, err := ParseDate(value.text); err == nil {
			return &Moment{Date: &date}
		}
	}
	r.wrong(at+name, shown(value), momentExpected)
	return nil
}

func (r *reader) date(owner *node, at, name string) Optional[Date] {
	value := r.one(owner, at, name)
	if value == nil {
		return Optional[Date]{}
	}
	if value.kind == jsontext.KindNull {
		return Optional[Date]{Present: true, Null: true}
	}
	if value.kind == jsontext.KindString {
		if date, err := ParseDate(value.text); err == nil {
			return Optional[Date]{Present: true, Value: date}
		}
	}
	r.wrong(at+name, shown(value), dateExpected)
	return Optional[Date]{}
}

// skillCodes reads the set of codes, sorted and without repeats. A code that is wrong is left out.
func (r *reader) skillCodes(payload *node) Optional[[]string] {
	const path = "payload.skill_codes"
	value := r.one(payload, "payload.", "skill_codes")
	if value == nil {
		return Optional[[]string]{}
	}
	switch {
	case value.kind == jsontext.KindNull:
		return Optional[[]string]{Present: true, Null: true}
	case value.kind != jsontext.KindBeginArray:
		r.wrong(path, shown(value), "an array of skill codes; null or [] clears them")
		return Optional[[]string]{}
	case len(value.items) > maxSkillCodes:
		r.wrong(path, shape(value), "at most "+strconv.Itoa(maxSkillCodes)+" skill codes")
		return Optional[[]string]{}
	}
	codes := []string{}
	for i, item := range value.items {
		if code, ok := r.scalar(item, path+"["+strconv.Itoa(i)+"]", skillRule); ok {
			codes = append(codes, code)
		} else {
			r.failed[path] = true
		}
	}
	slices.Sort(codes)
	return Optional[[]string]{Present: true, Value: slices.Compact(codes)}
}

// termination reads the end of an employment; nil when it was not given.
func (r *reader) termination(owner *node, at string) *Termination {
	given := r.one(owner, at, "termination")
	if given == nil || given.kind == jsontext.KindNull {
		return nil
	}
	value := r.asObject(given, at+"termination", terminationFields)
	if value == nil {
		return nil
	}
	inside := at + "termination."
	var t Termination
	t.Reason = TerminationReason(r.oneOf(value, inside, "reason", reasons).Value)
	if day := r.date(value, inside, "last_day"); day.Present && !day.Null {
		t.LastDay = &day.Value
	}
	if day := r.date(value, inside, "last_working_day"); day.Present && !day.Null {
		t.LastWorkingDay = &day.Value
	}
	return &t
}
