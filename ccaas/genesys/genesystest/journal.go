package genesystest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// journalLimit is how many requests are kept; the oldest go first.
const journalLimit = 200_000

// Entry is one request to the platform's paths or its token endpoint, in order of arrival. Credentials are never kept.
type Entry struct {
	Sequence int64     `json:"sequence"`
	Time     time.Time `json:"time"` // arrival
	// Ended is when the answer was ready; zero while the request is in flight.
	Ended  time.Time       `json:"ended,omitzero"`
	Method string          `json:"method"`
	Path   string          `json:"path"` // as sent, escaped
	Query  string          `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	// Status is what the simulator did; where Fault is cut_after the client did not learn it. 0: nothing was done or answered.
	Status        int    `json:"status"`
	TokenID       string `json:"token_id,omitempty"` // a name for the token, not the token
	ClientID      string `json:"client_id,omitempty"`
	CorrelationID string `json:"correlation_id"`
	Fault         string `json:"fault,omitempty"`
	// UserIDs are the accounts the request was about, as far as the simulator knows.
	UserIDs []string        `json:"user_ids,omitempty"`
	Answer  json.RawMessage `json:"answer,omitempty"` // with Settings.KeepAnswers
}

// JournalFilter selects entries; empty fields select everything.
type JournalFilter struct {
	Method string
	// Path is a pattern as in Fault.Path.
	Path string
	// User is an account's id: entries about it or naming it in path, query or body.
	User string
	// Contains is any text in path, query or body.
	Contains string
	// After selects entries with a greater sequence.
	After int64
}

type journal struct {
	mu       sync.Mutex
	sequence int64
	entries  []*Entry
}

func (j *journal) begin(entry Entry) *Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sequence++
	entry.Sequence = j.sequence
	if len(j.entries) >= journalLimit {
		j.entries = slices.Clone(j.entries[journalLimit/10:])
	}
	j.entries = append(j.entries, &entry)
	working := entry // the handler's own copy; finish publishes it
	return &working
}

// finish publishes what the handler noted.
func (j *journal) finish(worked *Entry, now time.Time, status int, answer []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	worked.Status, worked.Ended = status, now
	if json.Valid(answer) {
		worked.Answer = bytes.Clone(answer)
	}
	at, found := slices.BinarySearchFunc(j.entries, worked.Sequence, func(e *Entry, sequence int64) int {
		return int(e.Sequence - sequence)
	})
	if found {
		*j.entries[at] = *worked
	}
}

func (j *journal) list(filter JournalFilter) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []Entry{}
	for _, entry := range j.entries {
		if filter.selects(entry) {
			found = append(found, *entry)
		}
	}
	return found
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

func (f JournalFilter) selects(e *Entry) bool {
	switch {
	case e.Sequence <= f.After:
		return false
	case f.Method != "" && !strings.EqualFold(f.Method, e.Method):
		return false
	case f.Path != "" && !matchPath(f.Path, e.Path):
		return false
	case f.User != "" && !slices.Contains(e.UserIDs, f.User) && !e.mentions(f.User):
		return false
	}
	return f.Contains == "" || e.mentions(f.Contains)
}

func (e *Entry) mentions(text string) bool {
	return strings.Contains(e.Path, text) || strings.Contains(e.Query, text) || bytes.Contains(e.Body, []byte(text))
}
