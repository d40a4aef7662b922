package mapping

import (
	"strings"
	"time"
)

const ianaExpected = "an IANA time zone such as Europe/Madrid, or UTC"

// loadZone accepts the IANA names of places and UTC. Abbreviations such as EST, which the database also knows, have no
// daylight saving and are refused: they are what the time_zones section translates.
func loadZone(name string) (*time.Location, bool) {
	if name != "UTC" && !strings.Contains(name, "/") {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// zone reads the name of a time zone; absent is "".
func (s *section) zone(field string) string {
	name := s.text(field)
	if name == "" {
		return ""
	}
	if _, ok := loadZone(name); !ok {
		s.reader.mistake(s.values[field].Line, s.at(field), describe(s.values[field]), ianaExpected)
		return ""
	}
	return name
}

// legacyZones reads the translation of what HR systems call zones. An IANA name is never translated: it would mean two things.
func (s *section) legacyZones() map[string]string {
	legacy := map[string]string{}
	for _, key := range s.keys {
		if _, iana := loadZone(key.Value); iana {
			s.reader.mistake(key.Line, s.at(key.Value), "an IANA time zone", "a name that is not one, such as EST or UTC-5")
		}
		if zone := s.zone(key.Value); zone != "" {
			legacy[key.Value] = zone
		}
	}
	return legacy
}
