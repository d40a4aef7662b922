package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tick is the unit in which Linux counts processor time, on every architecture that Go runs on (proc(5), USER_HZ).
const tick = 10 * time.Millisecond

// processorTime is what a process has used, user and system, with that of its children that have ended.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	own, _, err := readStat(pid)
	require.NoError(b, err, "these benchmarks read /proc and need Linux")
	return own
}

// processorTimeOfTree is processorTime with that of the children that live: of PostgreSQL, whose backends are processes.
func processorTimeOfTree(b *testing.B, pid int) time.Duration {
	b.Helper()
	sum := processorTime(b, pid)
	entries, err := os.ReadDir("/proc")
	require.NoError(b, err)
	for _, entry := range entries {
		child, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if used, parent, err := readStat(child); err == nil && parent == pid {
			sum += used
		}
	}
	return sum
}

// readStat reads /proc/PID/stat (proc(5)).
func readStat(pid int) (used time.Duration, parent int, err error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The name in parentheses may hold anything; fields are counted from behind it.
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	if parent, err = strconv.Atoi(fields[1]); err != nil {
		return 0, 0, err
	}
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, 0, err
		}
		used += time.Duration(ticks) * tick
	}
	return used, parent, nil
}

// peakMemory is the largest resident set a process ever had, in bytes.
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(valueIn(fmt.Sprintf("/proc/%d/status", pid), "VmHWM"), " kB"), 64)
	require.NoError(b, err)
	return kilobytes * 1024
}
