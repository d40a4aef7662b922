package mapping

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/hr"
)

// Change is what became of a part of a version.
type Change string

// The changes between two versions.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// Difference is one part in which a version differs from another.
type Difference struct {
	Change Change `json:"change"`
	// Kind is skill, department, job_title or location for rules about a code, else the part: registry, scope, scope_rule, time_zone,
	// role, queue, guards, defaults, unmanaged or owned_elsewhere.
	Kind string `json:"kind"`
	// Code is that of the rule, what HR calls the zone, the role or the queue, what a scope rule says, or what is owned elsewhere.
	Code string `json:"code,omitempty"`
	// Platform is the one that the rule is for; empty: for any. A department's platform is one of its fields.
	Platform string `json:"platform,omitempty"`
	// Effective is the first day of the rule, the new one where it has changed.
	Effective *hr.Date      `json:"effective_date,omitempty"`
	Fields    []FieldChange `json:"fields,omitempty"`
	// Line is that in the text of the later version; of what is removed, that in the former.
	Line int `json:"line"`
}

// FieldChange is a field in words, before and after; empty where the text says nothing.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// String is the difference on one line, e.g. "changed department SUPP_L2 (line 42): policies.grace: nothing → 30d".
func (d Difference) String() string {
	text := string(d.Change) + " " + words(d.Kind)
	if d.Code != "" {
		text += " " + d.Code
	}
	if d.Platform != "" {
		text += " on " + d.Platform
	}
	if d.Effective != nil {
		text += " from " + d.Effective.String()
	}
	text += fmt.Sprintf(" (line %d)", d.Line)
	said := make([]string, 0, len(d.Fields))
	for _, f := range d.Fields {
		switch d.Change {
		case Added:
			said = append(said, f.Field+": "+f.To)
		case Removed:
			said = append(said, f.Field+": "+f.From)
		case Changed:
			said = append(said, fmt.Sprintf("%s: %s → %s", f.Field, cmp.Or(f.From, "nothing"), cmp.Or(f.To, "nothing")))
		}
	}
	if len(said) > 0 {
		text += ": " + strings.Join(said, "; ")
	}
	return text
}

// Diff is how a version differs from a former one; empty exactly where their digests are equal. It follows the order of sections, then
// codes, platforms and dates.
func Diff(from, to *Registry) []Difference {
	a, b := from.document, to.document
	var list comparison
	list.part("registry", "", part{
		fields: fieldsOf(registryFields{a.Platform, a.Zone, a.OrganisationZone, a.SunsetWarning}), line: a.registryLine,
	}, part{
		fields: fieldsOf(registryFields{b.Platform, b.Zone, b.OrganisationZone, b.SunsetWarning}), line: b.registryLine,
	})
	list.part("scope", "", part{fields: scopeDefault(a), line: a.scopeLine}, part{fields: scopeDefault(b), line: b.scopeLine})
	list.scope(a, b)
	list.rules(KindSkill, parts(a.Skills), parts(b.Skills))
	list.rules(KindDepartment, parts(a.Departments), parts(b.Departments))
	list.rules(KindJobTitle, parts(a.JobTitles), parts(b.JobTitles))
	list.rules(KindLocation, parts(a.Locations), parts(b.Locations))
	list.named("time_zone", zoneParts(a), zoneParts(b))
	list.named("role", roleParts(a), roleParts(b))
	list.named("queue", queueParts(a), queueParts(b))
	list.part("guards", "", part{fieldsOf(a.Guards), a.guardsLine, rule{}}, part{fieldsOf(b.Guards), b.guardsLine, rule{}})
	list.part("defaults", "", part{fieldsOf(a.Defaults), a.defaultsLine, rule{}}, part{fieldsOf(b.Defaults), b.defaultsLine, rule{}})
	list.part("unmanaged", "", part{fieldsOf(a.Unmanaged), a.unmanagedLine, rule{}}, part{fieldsOf(b.Unmanaged), b.unmanagedLine, rule{}})
	list.elsewhere(a, b)
	return list
}

// registryFields are the fields of the section registry.
type registryFields struct {
	Platform         string         `json:"platform"`
	Zone             string         `json:"time_zone"`
	OrganisationZone string         `json:"organisation_zone"`
	SunsetWarning    *time.Duration `json:"sunset_warning"`
}

// part is what can differ: its fields, where it stands, and for a rule about a code which one it is.
type part struct {
	fields []field
	line   int
	of     rule
}

// exists: a part without any field is one that the text does not have.
func (p part) exists() bool { return len(p.fields) > 0 }

func parts[R dated](rules []R) []part {
	list := make([]part, 0, len(rules))
	for _, r := range rules {
		list = append(list, part{fields: fieldsOf(r), line: r.common().line, of: r.common()})
	}
	return list
}

func scopeDefault(d *document) []field {
	return []field{{"default", d.ScopeDefault, scopeWord(d.ScopeDefault)}}
}

func zoneParts(d *document) map[string]part {
	named := map[string]part{}
	for name, zone := range d.Legacy {
		named[name] = part{fields: []field{{"zone", zone, zone}}, line: d.legacyLines[name]}
	}
	return named
}

func roleParts(d *document) map[string]part {
	named := map[string]part{}
	for _, r := range d.Roles {
		named[r.Name] = part{fields: []field{{"approval", r.Approval, strconv.FormatBool(r.Approval)}}, line: r.line}
	}
	return named
}

func queueParts(d *document) map[string]part {
	named := map[string]part{}
	for _, q := range d.Queues {
		named[q.Name] = part{fields: []field{{"minimum", q.Minimum, strconv.Itoa(q.Minimum)}}, line: q.line}
	}
	return named
}

// comparison is a list of differences in the making.
type comparison []Difference

// part compares one that the former version may not have had, or the later one not have any more.
func (c *comparison) part(kind, code string, from, to part) {
	d := Difference{Change: Changed, Kind: kind, Code: code, Line: to.line, Fields: changes(from.fields, to.fields)}
	of := to.of
	switch {
	case !from.exists() && !to.exists():
		return
	case !from.exists():
		d.Change = Added
	case !to.exists():
		d.Change, d.Line, of = Removed, from.line, from.of
	case len(d.Fields) == 0:
		return
	}
	d.Platform, d.Effective = of.For, copied(of.Effective)
	if d.Line == 0 {
		d.Line = from.line // the later text has left the section out
	}
	if d.Change != Changed {
		d.Fields = slices.DeleteFunc(d.Fields, func(f FieldChange) bool { return of.identifiedBy(f.Field) })
	}
	*c = append(*c, d)
}

// identifiedBy: a rule's code, platform and first day are said with its name.
func (r rule) identifiedBy(field string) bool {
	return r.Code != "" && (field == "code" || field == "effective_date" || field == "platform" && r.For != "")
}

func (c *comparison) named(kind string, from, to map[string]part) {
	all := maps.Clone(from)
	maps.Copy(all, to)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c.part(kind, name, from[name], to[name])
	}
}

// rules compares those about codes: of one code and platform, rules with the same first day are one rule, and where each version has one
// left over, these are.
func (c *comparison) rules(kind string, from, to []part) {
	type subject struct{ code, platform string }
	books := [2]map[subject][]part{{}, {}}
	var subjects []subject
	for i, list := range [][]part{from, to} {
		for _, p := range list {
			s := subject{p.of.Code, p.of.For}
			books[i][s] = append(books[i][s], p)
			subjects = append(subjects, s)
		}
	}
	slices.SortFunc(subjects, func(a, b subject) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.platform, b.platform))
	})
	for _, s := range slices.Compact(subjects) {
		before, after := books[0][s], books[1][s]
		type pair struct{ from, to part }
		var pairs []pair
		var gone []part
		for _, p := range before {
			i := slices.IndexFunc(after, func(other part) bool { return compareDates(p.of.Effective, other.of.Effective) == 0 })
			if i < 0 {
				gone = append(gone, p)
				continue
			}
			pairs = append(pairs, pair{p, after[i]})
		}
		come := slices.DeleteFunc(slices.Clone(after), func(p part) bool {
			return slices.ContainsFunc(before, func(other part) bool { return compareDates(p.of.Effective, other.of.Effective) == 0 })
		})
		if len(gone) == 1 && len(come) == 1 {
			pairs, gone, come = append(pairs, pair{gone[0], come[0]}), nil, nil
		}
		for _, p := range gone {
			pairs = append(pairs, pair{from: p})
		}
		for _, p := range come {
			pairs = append(pairs, pair{to: p})
		}
		first := func(p pair) *hr.Date {
			if p.to.exists() {
				return p.to.of.Effective
			}
			return p.from.of.Effective
		}
		slices.SortStableFunc(pairs, func(a, b pair) int { return compareDates(first(a), first(b)) })
		for _, p := range pairs {
			c.part(kind, s.code, p.from, p.to)
		}
	}
}

// scope compares rules whose order means something: what came, what went, and whether those that stayed stand in another order.
func (c *comparison) scope(a, b *document) {
	stay := func(in, other []scopeRule, change Change) (left []scopeRule) {
		rest := map[string]int{}
		for _, r := range other {
			rest[r.identity()]++
		}
		for i, r := range in {
			if rest[r.identity()] > 0 {
				rest[r.identity()]--
				left = append(left, r)
				continue
			}
			position := FieldChange{Field: "position", To: strconv.Itoa(i + 1)}
			if change == Removed {
				position.From, position.To = position.To, ""
			}
			*c = append(*c, Difference{Change: change, Kind: "scope_rule", Code: r.dated(), Fields: []FieldChange{position}, Line: r.line})
		}
		return left
	}
	before, after := stay(a.Scope, b.Scope, Removed), stay(b.Scope, a.Scope, Added)
	order := func(rules []scopeRule) string {
		said := make([]string, 0, len(rules))
		for _, r := range rules {
			said = append(said, r.dated())
		}
		return strings.Join(said, ", then ")
	}
	if !slices.EqualFunc(before, after, func(x, y scopeRule) bool { return x.identity() == y.identity() }) {
		fields := []FieldChange{{Field: "order", From: order(before), To: order(after)}}
		*c = append(*c, Difference{Change: Changed, Kind: "scope", Fields: fields, Line: b.scopeLine})
	}
}

// identity is the rule as the digest sees it.
func (r scopeRule) identity() string { return string(canonical(r)) }

// dated is the rule in words, with its dates.
func (r scopeRule) dated() string {
	text := r.words()
	if r.Effective != nil {
		text += " from " + r.Effective.String()
	}
	if r.Sunset != nil {
		text += " until " + r.Sunset.String()
	}
	return text
}

// changes are the fields that differ, those of the former first.
func changes(from, to []field) []FieldChange {
	var list []FieldChange
	for _, f := range from {
		other := fieldNamed(to, f.name)
		if !bytes.Equal(canonical(f.value), canonical(other.value)) {
			list = append(list, FieldChange{Field: f.name, From: f.words, To: other.words})
		}
	}
	for _, f := range to {
		if fieldNamed(from, f.name).name == "" {
			list = append(list, FieldChange{Field: f.name, To: f.words})
		}
	}
	return list
}

func fieldNamed(fields []field, name string) field {
	for _, f := range fields {
		if f.name == name {
			return f
		}
	}
	return field{}
}

func canonical(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		// As for the digest: there is nothing in a document that JSON cannot say.
		panic("mapping: canonical JSON of a field: " + err.Error())
	}
	return text
}
