package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Ownable is a field or part of an account that somebody other than Muster may write. Whether an account is active is none: whoever
// leaves is cut off.
type Ownable string

// What may be owned elsewhere.
const (
	OwnableName       Ownable = "name"
	OwnableEmail      Ownable = "email"
	OwnableDepartment Ownable = "department"
	OwnableTitle      Ownable = "title"
	OwnableManager    Ownable = "manager"
	OwnableExtension  Ownable = "extension"
	OwnableLocation   Ownable = "location"
	OwnableDivision   Ownable = "division"
	OwnableWorkPlan   Ownable = "work_plan" // with its management unit
	OwnableRoles      Ownable = "roles"
	OwnableQueues     Ownable = "queues"
	OwnableSkills     Ownable = "skills"
	OwnableLanguages  Ownable = "languages"
	OwnableGroups     Ownable = "groups"
)

// Ownables are all of them: everything that a change writes.
func Ownables() []Ownable {
	return []Ownable{
		OwnableName, OwnableEmail, OwnableDepartment, OwnableTitle, OwnableManager, OwnableExtension, OwnableLocation, OwnableDivision,
		OwnableWorkPlan, OwnableRoles, OwnableQueues, OwnableSkills, OwnableLanguages, OwnableGroups,
	}
}

// FieldsElsewhere are what somebody else owns of the accounts of a platform, sorted; Muster leaves it alone (RULES 16).
func (r *Registry) FieldsElsewhere(platform string) (fields []Ownable) {
	for _, o := range r.document.Elsewhere {
		if o.Field != "" && o.on(platform) {
			fields = append(fields, o.Field)
		}
	}
	slices.Sort(fields)
	return fields
}

// UserElsewhere says who owns a whole account of a platform, by any of the ids that it is known by: those that HR gives the person, as the
// platform carries them, and the platform's own. Empty: nobody else does.
func (r *Registry) UserElsewhere(platform string, ids ...string) (by string) {
	for _, o := range r.document.Elsewhere {
		if o.User != "" && o.on(platform) && slices.Contains(ids, o.User) {
			return o.By
		}
	}
	return ""
}

// elsewhere is one field, or one user, that somebody else owns. For is the platform; empty: all.
type elsewhere struct {
	Field Ownable `json:"field,omitempty"`
	User  string  `json:"user,omitempty"`
	For   string  `json:"platform,omitempty"`
	By    string  `json:"by"`

	path               string
	line, platformLine int
}

func (o elsewhere) on(platform string) bool { return o.For == "" || o.For == platform }

// subject is what is owned, e.g. "field email".
func (o elsewhere) subject() string {
	if o.Field != "" {
		return "field " + string(o.Field)
	}
	return "user " + o.User
}

// contradicts says that both are about the same, on a platform in common.
func (o elsewhere) contradicts(other elsewhere) bool {
	return o.subject() == other.subject() && (o.For == "" || other.For == "" || o.For == other.For)
}

func compareElsewhere(a, b elsewhere) int {
	return cmp.Or(cmp.Compare(a.subject(), b.subject()), cmp.Compare(a.For, b.For))
}

// elsewhere reads what one owner has. What somebody else owns already contradicts it.
func (s *section) elsewhere(to []elsewhere) []elsewhere {
	const expectedBy = "who writes it instead, in words"
	s.require("by", expectedBy)
	owner := elsewhere{By: s.text("by"), For: s.text("platform"), path: s.path, platformLine: s.lineOf("platform")}
	add := func(o elsewhere, path string) {
		if i := slices.IndexFunc(to, o.contradicts); i >= 0 {
			found := fmt.Sprintf("the %s, which line %d has too", o.subject(), to[i].line)
			s.reader.mistake(o.line, path, found, "one owner for each field and user on a platform")
			return
		}
		to = append(to, o)
	}
	s.eachText("fields", func(name string, line int, path string) {
		o := owner
		o.Field, o.line = Ownable(name), line
		if !slices.Contains(Ownables(), o.Field) {
			s.reader.mistake(line, path, fmt.Sprintf("%q", name), ownableExpected(name))
			return
		}
		add(o, path)
	})
	s.eachText("users", func(id string, line int, path string) {
		o := owner
		o.User, o.line = id, line
		add(o, path)
	})
	if s.says("fields")+s.says("users") == 0 {
		s.reader.mistake(s.line, s.name(), "neither fields nor users", "fields or users that are owned elsewhere")
	}
	return to
}

// says is how much a field holds that may be left out: nothing where it is absent or an empty list.
func (s *section) says(field string) int {
	switch node := s.values[field]; {
	case node == nil:
		return 0
	case node.Kind == yaml.SequenceNode:
		return len(node.Content)
	}
	return 1
}

func ownableExpected(name string) string {
	var all []string
	for _, o := range Ownables() {
		all = append(all, string(o))
	}
	expected := "one of " + strings.Join(all, ", ")
	if slices.Contains([]string{"state", "access", "status", "active", "account"}, name) {
		expected += "; whether an account is active is never owned elsewhere: whoever leaves is cut off"
	}
	return expected
}

// elsewherePlatforms calls each with the platforms that owners are for, where they stand in the text: once for each owner.
func (r *Registry) elsewherePlatforms(each func(line int, field, platform string)) {
	told := map[string]bool{}
	for _, o := range r.document.Elsewhere {
		if o.For != "" && !told[o.path] {
			told[o.path] = true
			each(o.platformLine, o.path+".platform", o.For)
		}
	}
}

// owned says whether somebody else owns a field of the account.
func (g *gathering) owned(field Ownable) bool {
	return slices.Contains(g.out.Desired.OwnedElsewhere, field)
}

// owners explains what somebody else owns, one owner after the other.
func (g *gathering) owners(all []elsewhere) {
	fields := map[string][]string{}
	for _, o := range all {
		if o.Field != "" && o.on(g.out.Desired.Platform) {
			fields[o.By] = append(fields[o.By], string(o.Field))
		}
	}
	for _, by := range slices.Sorted(maps.Keys(fields)) {
		slices.Sort(fields[by])
		g.out.Rules = append(g.out.Rules, "owned elsewhere, by "+by+": "+strings.Join(fields[by], ", "))
	}
}

// elsewhere compares what is owned elsewhere, by subject and platform.
func (c *comparison) elsewhere(a, b *document) {
	type subject struct{ what, platform string }
	books := [2]map[subject]part{{}, {}}
	var subjects []subject
	for i, list := range [][]elsewhere{a.Elsewhere, b.Elsewhere} {
		for _, o := range list {
			s := subject{o.subject(), o.For}
			books[i][s] = part{fields: []field{{"by", o.By, o.By}}, line: o.line, of: rule{Code: s.what, For: o.For}}
			subjects = append(subjects, s)
		}
	}
	slices.SortFunc(subjects, func(x, y subject) int {
		return cmp.Or(cmp.Compare(x.what, y.what), cmp.Compare(x.platform, y.platform))
	})
	for _, s := range slices.Compact(subjects) {
		c.part("owned_elsewhere", s.what, books[0][s], books[1][s])
	}
}
