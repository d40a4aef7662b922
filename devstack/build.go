package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"muster/devstack/progress"
)

// programs are Muster's own, as packages of the module. Each is built under the name of its folder.
var programs = []string{"./worker", "./starter", "./setup", "./musterctl", "./ccaas/genesys/genesystest/cmd/genesys-simulator"}

// build builds Muster's programs into .muster/bin, saying now and then that it still does.
func build(ctx context.Context, f folder, out io.Writer) error {
	if err := os.MkdirAll(f.binaries(), 0o755); err != nil {
		return fmt.Errorf("make the folder for programs: %w", err)
	}
	progress.Say(out, "build", "building Muster into %s", f.relative(f.binaries()))
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
	if err := progress.Await(out, "build", finished); err != nil {
		return fmt.Errorf("build Muster: %w\n%s", err, output.String())
	}
	progress.Say(out, "build", "done after %.1f s", time.Since(began).Seconds())
	return nil
}
