package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"muster/mapping"
	"muster/store"
)

// author is who the registry says has added a version through this program.
const author = "setup"

// addMapping adds a file to the registry as a version, or the example to one that is empty.
func addMapping(ctx context.Context, read configuration, file string, out io.Writer) error {
	url, err := read.database()
	if err != nil {
		return err
	}
	if err := read.waitForDatabase(ctx, url); err != nil {
		return err
	}
	registry, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer registry.Close()

	standing, err := registry.LatestMapping(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	rules, reason := mapping.Example(), "the example registry"
	if file == "example" {
		if standing.Version > 0 {
			fmt.Fprintf(out, "mapping: version %d stands; the example is for an empty registry only\n", standing.Version)
			return nil
		}
	} else {
		reason = "file " + file
		if rules, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("read the mapping: %w", err)
		}
	}
	parsed, err := mapping.Parse(standing.Version+1, file, rules)
	if err != nil {
		return err
	}
	version, err := registry.AddMappingVersion(ctx, store.MappingVersion{YAML: rules, Digest: parsed.Digest(), Author: author, Reason: reason})
	if err != nil {
		return err
	}
	if version == standing.Version {
		fmt.Fprintf(out, "mapping: version %d says the same already\n", version)
		return nil
	}
	fmt.Fprintf(out, "mapping: version %d added from %s\n", version, reason)
	return nil
}
