package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/devstack/process"
)

// logLines is how much of each log is shown.
const logLines = 40

// logs shows the last lines of the logs of the parts named, or of all, and with -f what is added to them from then on.
func logs(ctx context.Context, root string, arguments []string, out io.Writer) error {
	follow := false
	var wanted []string
	for _, argument := range arguments {
		switch {
		case argument == "-f":
			follow = true
		case strings.HasPrefix(argument, "-"):
			return errUsage
		default:
			wanted = append(wanted, argument)
		}
	}
	paths, err := logFiles(root, wanted)
	if err != nil {
		return err
	}
	for _, path := range paths {
		fmt.Fprintf(out, "%s\n%s\n", upFolder(root).relative(path), process.LastLines(path, logLines))
	}
	if !follow {
		return nil
	}
	lines := make(chan string)
	var followers sync.WaitGroup
	for _, path := range paths {
		followers.Go(func() { followFile(ctx, path, lines) })
	}
	go func() { followers.Wait(); close(lines) }()
	for line := range lines {
		fmt.Fprint(out, line)
	}
	return nil
}

// logFiles are the current logs of the stacks that run, or of both when none does; those of the parts named only when some are.
func logFiles(root string, wanted []string) ([]string, error) {
	for _, part := range wanted {
		if !slices.Contains(loggedParts(), part) {
			return nil, fmt.Errorf("unknown part %q: want %s", part, strings.Join(loggedParts(), ", "))
		}
	}
	stacks, err := runningStacks(root)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, f := range stacks {
		paths, err := filepath.Glob(f.log("*"))
		if err != nil {
			return nil, fmt.Errorf("list the logs: %w", err)
		}
		for _, path := range paths {
			if len(wanted) == 0 || slices.Contains(wanted, strings.TrimSuffix(filepath.Base(path), ".log")) {
				found = append(found, path)
			}
		}
	}
	if len(found) == 0 {
		return nil, errors.New("there is no log yet; `make up` starts everything")
	}
	return found, nil
}

// loggedParts are the parts that write a log.
func loggedParts() []string {
	return []string{partPostgres, partTemporal, partPlatform, partWorker, partStarter}
}

// runningStacks are the stacks of which a part runs: what the other has last written would only be in the way. When nothing
// runs, that is what somebody wants to see.
func runningStacks(root string) ([]folder, error) {
	both := []folder{upFolder(root), demoFolder(root)}
	var running []folder
	for _, f := range both {
		parts, err := readRecords(f)
		if err != nil {
			return nil, err
		}
		if alive, _ := parts.split(); len(alive) > 0 {
			running = append(running, f)
		}
	}
	if len(running) == 0 {
		return both, nil
	}
	return running, nil
}

// followFile sends each line that is added to the file, with the part's name before it, until ctx ends.
func followFile(ctx context.Context, path string, lines chan<- string) {
	file, err := os.Open(path)
	if err != nil {
		return // it was rotated away a moment ago
	}
	defer file.Close()
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		return
	}
	name := strings.TrimSuffix(filepath.Base(path), ".log")
	reader := bufio.NewReader(file)
	pending := ""
	for {
		read, err := reader.ReadString('\n')
		pending += read
		if err == nil {
			lines <- fmt.Sprintf("%-10s %s", name, pending)
			pending = ""
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}
