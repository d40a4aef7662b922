package hr

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// ProcessingKey identifies what an event is about, whatever event_id it was sent under: hex SHA-256 over the namespace, the
// external id, the timestamp (RFC 3339 UTC) and the type. Each part is preceded by its length, so that no two different
// events can run together to the same input.
func ProcessingKey(namespace string, e Event) string {
	sum := sha256.New()
	for _, part := range []string{
		namespace, e.Payload.ExternalUserID, writtenInstant(e.TimestampUTC), string(e.EventType),
	} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write([]byte(part))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
