package hr

import "strings"

// reemissionPrefix begins the ids of events that a reconciliation sends in the place of one that was lost or came to nothing.
const reemissionPrefix = "evt_rec_"

// ReemissionID is the id of a re-emitted event.
func ReemissionID(key string) string { return reemissionPrefix + key }

// Reemitted says that the event was sent by a reconciliation, in HR's name.
func (e Event) Reemitted() bool { return strings.HasPrefix(e.EventID, reemissionPrefix) }
