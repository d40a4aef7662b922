package mapping

import "muster/hr"

const ianaExpected = "an IANA time zone such as Europe/Madrid, or UTC"

// zone reads the IANA name of a place, or UTC; absent is "". Abbreviations such as EST, which the database also knows, have
// no daylight saving and are refused: they are what the time_zones section translates.
func (s *section) zone(field string) string {
	name := s.text(field)
	if name == "" {
		return ""
	}
	if _, err := hr.LoadZone(name); err != nil {
		s.reader.mistake(s.values[field].Line, s.at(field), describe(s.values[field]), ianaExpected)
		return ""
	}
	return name
}

// legacyZones reads the translation of what HR systems call zones. An IANA name is never translated: it would mean two things.
func (s *section) legacyZones() (legacy map[string]string, lines map[string]int) {
	legacy, lines = map[string]string{}, map[string]int{}
	for _, key := range s.keys {
		if _, err := hr.LoadZone(key.Value); err == nil {
			s.reader.mistake(key.Line, s.at(key.Value), "an IANA time zone", "a name that is not one, such as EST or UTC-5")
		}
		if zone := s.zone(key.Value); zone != "" {
			legacy[key.Value], lines[key.Value] = zone, key.Line
		}
	}
	return legacy, lines
}
