package catalogue

import (
	"maps"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/store"
)

// NamesOf are the names of a catalogue's constructs, sorted.
func NamesOf(c *ccaas.Catalogue) store.CatalogueNames {
	names := store.CatalogueNames{
		Queues: namesIn(c.Queues), Roles: namesIn(c.Roles), Skills: namesIn(c.Skills), Languages: namesIn(c.Languages),
		Groups: namesIn(c.Groups), Divisions: namesIn(c.Divisions), Locations: namesIn(c.Locations),
		ManagementUnits: []store.CatalogueUnit{},
	}
	for _, name := range namesIn(c.ManagementUnits) {
		unit := c.ManagementUnits[name]
		zone := unit.TimeZone
		if !storable(zone) {
			zone = ""
		}
		names.ManagementUnits = append(names.ManagementUnits, store.CatalogueUnit{
			Name: name, TimeZone: zone, WorkPlans: namesIn(c.WorkPlans[unit.ID]),
		})
	}
	return names
}

// namesIn are the sorted keys; never nil.
func namesIn[T any](constructs map[string]T) []string {
	names := make([]string, 0, len(constructs))
	for _, name := range slices.Sorted(maps.Keys(constructs)) {
		if storable(name) {
			names = append(names, name)
		}
	}
	return names
}

// storable says whether PostgreSQL can keep a name. One with a NUL is left out, since no rule can name it: YAML has no NUL either (YAML
// 1.2.2, section 5.1).
func storable(name string) bool { return !strings.ContainsRune(name, 0) }
