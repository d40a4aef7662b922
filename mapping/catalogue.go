package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Catalogue is what a platform has, by name.
type Catalogue struct {
	Queues          []string `json:"queues"`
	Roles           []string `json:"roles"`
	Skills          []string `json:"skills"`
	Languages       []string `json:"languages"`
	Groups          []string `json:"groups"`
	Divisions       []string `json:"divisions"`
	Locations       []string `json:"locations"`
	ManagementUnits []string `json:"management_units"`
	// WorkPlans by the name of their management unit.
	WorkPlans map[string][]string `json:"work_plans"`
	// Unread: the platform is there and what it has is not known, so no name is called absent on it.
	Unread bool `json:"-"`
}

// of are the names of a kind. Work plans are those of a unit.
func (c Catalogue) of(kind Construct, unit string) []string {
	switch kind {
	case ConstructQueue:
		return c.Queues
	case ConstructRole:
		return c.Roles
	case ConstructSkill:
		return c.Skills
	case ConstructLanguage:
		return c.Languages
	case ConstructGroup:
		return c.Groups
	case ConstructDivision:
		return c.Divisions
	case ConstructLocation:
		return c.Locations
	case ConstructManagementUnit:
		return c.ManagementUnits
	case ConstructWorkPlan:
		return c.WorkPlans[unit]
	}
	return nil
}

// shelf is a catalogue ready to be asked often.
type shelf struct {
	Catalogue
	has  map[string]bool     // by kind, unit and name
	like map[string][]string // by kind, unit and what names that look alike have in common
}

func newShelf(c Catalogue) shelf {
	s := shelf{Catalogue: c, has: map[string]bool{}, like: map[string][]string{}}
	add := func(kind Construct, unit string) {
		for _, name := range c.of(kind, unit) {
			s.has[key(kind, unit, name)] = true
			alike := key(kind, unit, bare(name))
			s.like[alike] = append(s.like[alike], name)
		}
	}
	for _, kind := range []Construct{
		ConstructQueue, ConstructRole, ConstructSkill, ConstructLanguage, ConstructGroup, ConstructDivision, ConstructLocation, ConstructManagementUnit,
	} {
		add(kind, "")
	}
	for unit := range c.WorkPlans {
		add(ConstructWorkPlan, unit)
	}
	return s
}

func key(kind Construct, unit, name string) string {
	return string(kind) + "\x00" + unit + "\x00" + name
}

// bare is a name without case, spaces and punctuation: what is left when an author writes it a little differently.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// hint asks whether one of the names that look like a missing one was meant.
func (s shelf) hint(kind Construct, unit, name string) string {
	alike := slices.Clone(s.like[key(kind, unit, bare(name))])
	if len(alike) == 0 {
		return ""
	}
	slices.Sort(alike)
	for i := range alike {
		alike[i] = strconv.Quote(alike[i])
	}
	return fmt.Sprintf(", did you mean %s?", strings.Join(slices.Compact(alike), " or "))
}
