package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Managed is every construct that a version manages, by name: only these are ever taken away from an account. Its JSON has sorted lists.
type Managed struct {
	Queues, Roles, Skills, Languages, Groups map[string]bool
}

func newManaged() Managed {
	return Managed{
		Queues: map[string]bool{}, Roles: map[string]bool{}, Skills: map[string]bool{},
		Languages: map[string]bool{}, Groups: map[string]bool{},
	}
}

// managedLists is Managed as its JSON says it.
type managedLists struct {
	Queues    []string `json:"queues,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Skills    []string `json:"skills,omitempty"`
	Languages []string `json:"languages,omitempty"`
	Groups    []string `json:"groups,omitempty"`
}

// MarshalJSON writes sorted lists.
func (m Managed) MarshalJSON() ([]byte, error) {
	sorted := func(set map[string]bool) (list []string) {
		for name, in := range set {
			if in {
				list = append(list, name)
			}
		}
		slices.Sort(list)
		return list
	}
	return json.Marshal(managedLists{
		Queues: sorted(m.Queues), Roles: sorted(m.Roles), Skills: sorted(m.Skills), Languages: sorted(m.Languages), Groups: sorted(m.Groups),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Managed) UnmarshalJSON(text []byte) error {
	var lists managedLists
	if err := json.Unmarshal(text, &lists); err != nil {
		return fmt.Errorf("read managed constructs: %w", err)
	}
	*m = lists.sets()
	return nil
}

func (l managedLists) sets() Managed {
	m := newManaged()
	names(m.Queues).add(l.Queues)
	names(m.Roles).add(l.Roles)
	names(m.Skills).add(l.Skills)
	names(m.Languages).add(l.Languages)
	names(m.Groups).add(l.Groups)
	return m
}

// Union is what one or the other manages.
func (m Managed) Union(other Managed) Managed {
	return m.each(other, func(into, more map[string]bool) { maps.Copy(into, more) })
}

// Without is what m manages and the other does not.
func (m Managed) Without(other Managed) Managed {
	return m.each(other, func(from, less map[string]bool) {
		maps.DeleteFunc(from, func(name string, _ bool) bool { return less[name] })
	})
}

// each changes a copy of m, kind by kind.
func (m Managed) each(other Managed, change func(of, by map[string]bool)) Managed {
	changed := newManaged()
	for _, kind := range [][3]map[string]bool{
		{changed.Queues, m.Queues, other.Queues},
		{changed.Roles, m.Roles, other.Roles},
		{changed.Skills, m.Skills, other.Skills},
		{changed.Languages, m.Languages, other.Languages},
		{changed.Groups, m.Groups, other.Groups},
	} {
		maps.Copy(kind[0], kind[1])
		change(kind[0], kind[2])
	}
	return changed
}

// Inheriting is the version with what those before it managed: a construct that no rule names any more is still taken away from whoever
// has it by a former rule, unless the version's section unmanaged hands it back to people. It resolves as before.
func (r *Registry) Inheriting(m Managed) *Registry {
	heir := *r
	heir.inherited = r.inherited.Union(m)
	return &heir
}

// Managed is every construct that any rule names, whatever its dates, fallback queues included, and what the version inherits. The
// caller may keep it.
func (r *Registry) Managed() Managed {
	own := newManaged()
	for _, ref := range r.document.references {
		if ref.Any {
			continue // what holds for a role or queue wherever a rule gives it, gives it to nobody
		}
		if set := own.of(ref.Construct); set != nil {
			set[ref.Name] = true
		}
	}
	inherited := r.inherited
	if handed := r.document.Unmanaged; handed != nil {
		inherited = inherited.Without(handed.sets())
	}
	return own.Union(inherited)
}

// of is the set of a kind; nil for what is never taken away.
func (m Managed) of(c Construct) map[string]bool {
	switch c {
	case ConstructQueue:
		return m.Queues
	case ConstructRole:
		return m.Roles
	case ConstructSkill:
		return m.Skills
	case ConstructLanguage:
		return m.Languages
	case ConstructGroup:
		return m.Groups
	case ConstructDivision, ConstructLocation, ConstructManagementUnit, ConstructWorkPlan:
	}
	return nil
}

// unmanaged is what a version hands back to people: it is left on accounts from then on, whoever gave it.
type unmanaged struct{ managedLists }

// unmanaged reads what is handed back; nil where nothing is. What a rule names cannot be.
func (s *section) unmanaged(references []reference) *unmanaged {
	named := map[Construct]map[string]int{}
	for _, ref := range references {
		if named[ref.Construct] == nil {
			named[ref.Construct] = map[string]int{}
		}
		if _, known := named[ref.Construct][ref.Name]; !known && !ref.Any {
			named[ref.Construct][ref.Name] = ref.Line
		}
	}
	list := func(c Construct, field string) []string {
		return s.eachText(field, func(name string, line int, path string) {
			if by, contradicts := named[c][name]; contradicts {
				s.reader.mistake(line, path, fmt.Sprintf("the %s %q, which line %d names", c, name, by), "a "+string(c)+" that no rule names")
			}
		})
	}
	handed := &unmanaged{managedLists{
		Queues:    list(ConstructQueue, "queues"),
		Roles:     list(ConstructRole, "roles"),
		Skills:    list(ConstructSkill, "skills"),
		Languages: list(ConstructLanguage, "languages"),
		Groups:    list(ConstructGroup, "groups"),
	}}
	if len(handed.Queues)+len(handed.Roles)+len(handed.Skills)+len(handed.Languages)+len(handed.Groups) == 0 {
		return nil
	}
	return handed
}
