package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// figure is a value beside what it is measured against.
type figure struct {
	Name  string
	Value float64
	Unit  string
	// Reference is zero where there is nothing to compare with.
	Reference float64
}

// String is the line that is printed: name, value, unit, "ref", the reference, and how many times the reference the value is.
func (f figure) String() string {
	if f.Reference == 0 {
		return fmt.Sprintf("%-44s %12s %-14s", f.Name, number(f.Value), f.Unit)
	}
	return fmt.Sprintf("%-44s %12s %-14s ref %12s %8.3f", f.Name, number(f.Value), f.Unit, number(f.Reference), f.Value/f.Reference)
}

// number has four digits that mean something.
func number(value float64) string {
	switch {
	case value >= 1000 || value == float64(int64(value)):
		return fmt.Sprintf("%.0f", value)
	case value >= 10:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.4f", value)
}

// measured are the figures of this process, in their order; a figure that is measured again replaces the one before.
var measured struct {
	mu      sync.Mutex
	figures []figure
}

// report prints figures and writes all that have been measured so far.
func report(b *testing.B, figures ...figure) {
	b.Helper()
	measured.mu.Lock()
	defer measured.mu.Unlock()
	for _, f := range figures {
		fmt.Println(strings.TrimRight(f.String(), " "))
		b.ReportMetric(f.Value, strings.ReplaceAll(f.Name+":"+f.Unit, " ", "-"))
	}
	measured.figures = append(measured.figures, figures...)
	if *results == "" {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# Figures\n\nWritten by `make bench` on %s. Each line: name, value, unit, `ref` and the reference measured in the same run, ratio.\n\n",
		time.Now().UTC().Format("2006-01-02 15:04 MST"))
	for _, line := range machine() {
		fmt.Fprintf(&text, "* %s\n", line)
	}
	text.WriteString("\n```\n")
	for _, f := range measured.figures {
		text.WriteString(strings.TrimRight(f.String(), " ") + "\n")
	}
	text.WriteString("```\n")
	require.NoError(b, os.WriteFile(*results, []byte(text.String()), 0o644))
}

// machine describes where the figures come from.
func machine() []string {
	lines := []string{
		fmt.Sprintf("processor: %s, %d cores", valueIn("/proc/cpuinfo", "model name"), runtime.NumCPU()),
		"memory: " + valueIn("/proc/meminfo", "MemTotal"),
		fmt.Sprintf("system: %s/%s, %s", runtime.GOOS, runtime.GOARCH, runtime.Version()),
	}
	if version, err := exec.Command("postgres", "--version").Output(); err == nil {
		lines = append(lines, "database: "+strings.TrimSpace(string(version))+", without fsync, on the same machine as everything else")
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		lines = append(lines, "load when this was written: "+strings.Join(strings.Fields(string(load))[:3], " "))
	}
	return lines
}

// valueIn finds the value of a key in one of the kernel's files.
func valueIn(path, key string) string {
	file, err := os.Open(path)
	if err != nil {
		return "not known"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, is := strings.Cut(lines.Text(), ":"); is && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "not known"
}
