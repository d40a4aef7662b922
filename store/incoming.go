package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"muster/hr"
)

// Incoming is one event as it came in through the front door: decoded, or refused.
type Incoming struct {
	// Raw is what was sent. It is kept for what is refused only.
	Raw          []byte
	SourceSystem string
	Namespace    string
	// EventID and ExternalUserID are as far as they could be read; both are set unless Rejection is.
	EventID        string
	ExternalUserID string
	// EventType is that of a refused event, as far as it could be read; empty otherwise: then Event has it.
	EventType hr.Type
	// Event and Canonical (JSON) are set unless Rejection is; Digest and ProcessingKey too.
	Event         *hr.Event
	Canonical     []byte
	Digest        string
	ProcessingKey string
	// Defects are what is wrong with a termination that acts all the same.
	Defects []hr.Problem
	// Rejection refuses the event: it is kept, and nothing else happens.
	Rejection *Rejection
}

// Rejection is why an event is refused.
type Rejection struct {
	Reason   string
	Problems []hr.Problem
}

// VerdictStatus is what became of an incoming event.
type VerdictStatus string

// The statuses.
const (
	VerdictAccepted  VerdictStatus = "accepted"
	VerdictDuplicate VerdictStatus = "duplicate"
	VerdictRejected  VerdictStatus = "rejected"
)

// Verdict answers one incoming event.
type Verdict struct {
	EventID       string
	ProcessingKey string
	// PersonID is the person whose mailbox is concerned; empty for a rejected event.
	PersonID string
	Status   VerdictStatus
	// Conflict: rejected because the event_id was used for other content.
	Conflict bool
	// Reason is set unless accepted.
	Reason string
}

// check finds what no front door may send.
func (in Incoming) check() error {
	if in.Rejection != nil {
		return nil
	}
	var missing string
	switch {
	case in.Event == nil:
		missing = "Event"
	case in.EventID == "" || in.EventID != in.Event.EventID:
		missing = "EventID (that of Event)"
	case in.ExternalUserID == "" || in.ExternalUserID != in.Event.Payload.ExternalUserID:
		missing = "ExternalUserID (that of Event)"
	case in.Namespace == "":
		missing = "Namespace"
	case len(in.Canonical) == 0:
		missing = "Canonical"
	case in.Digest == "":
		missing = "Digest"
	case in.ProcessingKey == "":
		missing = "ProcessingKey"
	default:
		return nil
	}
	return fmt.Errorf("incoming event %q: %s is missing", in.EventID, missing)
}

// contentDigest identifies what was sent, also where nothing of it could be read.
func (in Incoming) contentDigest() string {
	if in.Digest != "" {
		return in.Digest
	}
	sum := sha256.Sum256(in.Raw)
	return hex.EncodeToString(sum[:])
}

// externalKey is an id in its namespace.
type externalKey struct{ namespace, id string }

func (in Incoming) externalKey() externalKey { return externalKey{in.Namespace, in.ExternalUserID} }

// longestText bounds what a refused document can put into a text column.
const longestText = 300

// storable makes text of a refused document fit a text column: valid UTF-8 without NUL, bounded.
func storable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
	if len(text) <= longestText {
		return text
	}
	cut := longestText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// storableProblems never returns nil, so that it is an array in JSON.
func storableProblems(problems []hr.Problem) []hr.Problem {
	clean := make([]hr.Problem, 0, len(problems))
	for _, p := range problems {
		clean = append(clean, hr.Problem{Field: storable(p.Field), Found: storable(p.Found), Expected: storable(p.Expected)})
	}
	return clean
}
