package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// programs are Muster's own, as packages of the module. Each is built under the name of its folder.
var programs = []string{"./worker", "./starter", "./setup", "./musterctl", "./ccaas/genesys/genesystest/cmd/genesys-simulator"}

// build builds Muster's programs into .muster/bin, saying every few seconds that it still does.
func build(ctx context.Context, f folder, out io.Writer) error {
	if err := os.MkdirAll(f.binaries(), 0o755); err != nil {
		return fmt.Errorf("make the folder for programs: %w", err)
	}
	fmt.Fprintf(out, "%-10s building Muster into %s\n", "build", f.relative(f.binaries()))
	began := time.Now()
	var output strings.Builder
	// Stamping the commit is left out: it fails in a copy of the repository that git does not trust.
	arguments := append([]string{"build", "-buildvcs=false", "-o", f.binaries() + string(os.PathSeparator)}, programs...)
	building := exec.CommandContext(ctx, "go", arguments...)
	building.Dir = f.root
	building.Stdout, building.Stderr = &output, &output
	if err := building.Start(); err != nil {
		return fmt.Errorf("build Muster: %w", err)
	}
	finished := make(chan error, 1)
	go func() { finished <- building.Wait() }()
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			fmt.Fprintf(out, "%-10s still building, %d s\n", "build", int(time.Since(began).Seconds()))
		case err := <-finished:
			if err != nil {
				return fmt.Errorf("build Muster: %w\n%s", err, output.String())
			}
			fmt.Fprintf(out, "%-10s done after %.1f s\n", "build", time.Since(began).Seconds())
			return nil
		}
	}
}
