package names

import (
	"strconv"
	"strings"
)

// ParseOperationWorkflowID takes an operation's ID apart: "hire/P-1/3" is the hire of P-1 at generation 3. ok is false for the ID of
// anything else.
func ParseOperationWorkflowID(id string) (operation, personID string, generation int64, ok bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 || parts[1] == "" {
		return "", "", 0, false
	}
	switch parts[0] {
	case "hire", "transfer", "termination", "erasure":
	default:
		return "", "", 0, false
	}
	generation, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || generation < 1 {
		return "", "", 0, false
	}
	return parts[0], parts[1], generation, true
}
