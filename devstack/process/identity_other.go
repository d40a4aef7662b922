//go:build !linux

package process

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
)

// startedAt asks ps, since there is no /proc here. The answer has the precision of a second.
func startedAt(pid int) (string, error) {
	output, err := exec.CommandContext(context.Background(), "ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return "", ErrGone // ps fails when it finds nothing to list
	}
	state, started, _ := strings.Cut(strings.TrimSpace(string(output)), " ")
	if state == "" || strings.HasPrefix(state, "Z") {
		return "", ErrGone
	}
	return strings.TrimSpace(started), nil
}
