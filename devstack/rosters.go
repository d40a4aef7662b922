package main

import (
	"fmt"
	"net/url"
	"os"
)

// rosterSource is the stack's one source of HR's rosters: a folder. Until somebody drops one there, with its checksum, there is none, and a
// reconciliation is refused for that.
const rosterSource = `sources:
  - name: workday
    source_system: WORKDAY
    format: jsonl
    bucket:
      url: %s
      name: "people-{date}-{time}.jsonl"
      checksum: required
`

// writeRosterSource makes the folder and the file that names it.
func (l *launch) writeRosterSource() error {
	if err := os.MkdirAll(l.rosters(), 0o755); err != nil {
		return fmt.Errorf("make the folder for HR's rosters: %w", err)
	}
	place := url.URL{Scheme: "file", Path: l.rosters()}
	if err := os.WriteFile(l.rosterSource(), fmt.Appendf(nil, rosterSource, place.String()), 0o600); err != nil {
		return fmt.Errorf("write where HR's rosters come from: %w", err)
	}
	return nil
}
