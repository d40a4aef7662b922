package hr

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on machines that have none installed
)

// zoneForm is Area/City or Area/Region/City as the IANA database writes them.
var zoneForm = regexp.MustCompile(`^[A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}$`)

// LoadZone returns the time zone of an IANA name: UTC, Etc/UTC or Area/City.
//
// Names that the database knows but that are abbreviations or fixed offsets in disguise (EST, Etc/GMT+5) are errors, since a
// person lives in a place and places change their clocks; so are the spellings that exist on some machines only (Local,
// posix/…, right/…).
func LoadZone(name string) (*time.Location, error) {
	if name == "UTC" || name == "Etc/UTC" {
		return time.UTC, nil
	}
	area, _, _ := strings.Cut(name, "/")
	switch area {
	case "Etc", "posix", "right", "SystemV":
		return nil, fmt.Errorf("time zone %q: expected an IANA name such as Europe/Madrid", shortened(name, maxFound))
	}
	if !zoneForm.MatchString(name) {
		return nil, fmt.Errorf("time zone %q: expected an IANA name such as Europe/Madrid", shortened(name, maxFound))
	}
	if zone, known := loadedZones.Load(name); known {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not in the IANA database: %w", name, err)
	}
	loadedZones.Store(name, zone)
	return zone, nil
}

// loadedZones are the zones by name that have been loaded, since time.LoadLocation reads the database anew every time. Nothing changes a
// zone, and there are no more of them than the database has.
var loadedZones sync.Map

// Translate returns the IANA name behind what HR calls a zone: the registry's translation if there is one, else name itself.
func (z Zones) Translate(name string) string {
	if translated, known := z.Legacy[name]; known {
		return translated
	}
	return name
}

// Known says whether Decode accepts name as a person's time zone.
func (z Zones) Known(name string) bool {
	if _, known := z.Legacy[name]; known {
		return true
	}
	_, err := LoadZone(name)
	return err == nil
}

// maxNightShiftGrace bounds what a policy may add to the last day.
const maxNightShiftGrace = 12 * time.Hour

// nightShiftGrace is what a department adds to the end of access, within its bounds.
func (z Zones) nightShiftGrace(departmentCode string) time.Duration {
	return max(0, min(z.NightShiftGrace[departmentCode], maxNightShiftGrace))
}

// atlas loads each zone once for the length of one call, since time.LoadLocation reads the database anew every time.
type atlas struct {
	zones  Zones
	loaded map[string]*time.Location
}

func newAtlas(zones Zones) *atlas {
	return &atlas{zones: zones, loaded: map[string]*time.Location{}}
}

// first returns the first zone that can be loaded, in the order given, else UTC. A zone of the registry that does not exist
// must not keep anyone employed, so it is passed over rather than an error.
func (a *atlas) first(names ...string) *time.Location {
	for _, name := range names {
		if name == "" {
			continue
		}
		zone, known := a.loaded[name]
		if !known {
			zone, _ = LoadZone(a.zones.Translate(name))
			a.loaded[name] = zone
		}
		if zone != nil {
			return zone
		}
	}
	return time.UTC
}

// placeOf is where an event's dates are read: what the event itself says about the person's place counts, else what was
// known before; the person's zone, else the location's, the department's, the organisation's, else UTC.
func (a *atlas) placeOf(e Event, before State) *time.Location {
	timezone := said(e.Payload.Timezone, before.Timezone)
	location := said(e.Payload.LocationCode, before.LocationCode)
	department := said(e.Payload.DepartmentCode, before.DepartmentCode)
	return a.first(timezone, a.zones.ByLocation[location], a.zones.ByDepartment[department], a.zones.Organisation)
}

// said is the value an event leaves behind: its own if it is present (null clears), else the one before.
func said(field Optional[string], before string) string {
	if field.Present {
		return field.Value
	}
	return before
}

// Finder returns a function that finds the zone in which a person's dates are read, from what HR says of their time zone, location and
// department; UTC where nothing is known. It is for one goroutine, and loads each zone once.
func (z Zones) Finder() func(timezone, location, department string) *time.Location {
	atlas := newAtlas(z)
	return func(timezone, location, department string) *time.Location {
		return atlas.first(timezone, z.ByLocation[location], z.ByDepartment[department], z.Organisation)
	}
}
