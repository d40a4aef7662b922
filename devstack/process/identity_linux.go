package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// startedAt reads field 22 of /proc/PID/stat (proc(5): clock ticks between boot and the start of the process) and puts the
// boot's own id before it, since ticks count from zero again after a reboot.
func startedAt(pid int) (string, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return "", ErrGone
	}
	if err != nil {
		return "", fmt.Errorf("read its state: %w", err)
	}
	// The second field is the command's name in parentheses and may hold blanks and parentheses itself.
	nameEnd := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[nameEnd+1:]))
	const stateField, startField = 0, 19 // counted after the name: fields 3 and 22 of the file
	if nameEnd < 0 || len(fields) <= startField {
		return "", fmt.Errorf("unexpected form of /proc/%d/stat", pid)
	}
	if state := fields[stateField]; state == "Z" || state == "X" {
		return "", ErrGone
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot's id: %w", err)
	}
	return strings.TrimSpace(string(boot)) + "/" + fields[startField], nil
}
