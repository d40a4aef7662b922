package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// staff is HR's own book: everybody it has sent events about, by id, as a roster tells of them.
type staff map[string]fields

// note keeps what an event changes.
func (b staff) note(eventType string, payload fields) {
	id, _ := payload["external_user_id"].(string)
	person, known := b[id]
	if !known || eventType == "USER_CREATE" {
		person = fields{}
		b[id] = person
	}
	maps.Copy(person, payload)
	delete(person, "termination")
	person["status"] = "ACTIVE"
	if eventType == "USER_TERMINATE" {
		person["status"] = "TERMINATED"
	}
}

// lines is the roster: a JSON object for each person, in the order of their ids.
func (b staff) lines() ([]byte, error) {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, id := range slices.Sorted(maps.Keys(b)) {
		if err := lines.Encode(b[id]); err != nil {
			return nil, fmt.Errorf("write the roster's line of %s: %w", id, err)
		}
	}
	return text.Bytes(), nil
}

// dropRoster has HR put its roster of this moment where the worker looks for it, the checksum last.
func (s *story) dropRoster() {
	content, err := s.staff.lines()
	name := "people-" + time.Now().UTC().Format("20060102-150405") + ".jsonl"
	path := filepath.Join(s.places.Rosters, name)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err == nil {
		err = os.WriteFile(path+".sha256", fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(content), name), 0o600)
	}
	s.check(fmt.Sprintf("HR drops its roster of %d people, with its checksum", len(s.staff)), err)
}
