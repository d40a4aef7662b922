package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"muster/mapping"
	"muster/store"
)

// author is who the registry says has begun it through this program.
const author = "setup"

// beginMapping makes a file, or the example, the first version of an empty registry. Nobody is there yet who could approve it; a registry
// that has begun is changed by submission, approval and publication only.
func beginMapping(ctx context.Context, read configuration, file string, out io.Writer) error {
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

	rules, reason := mapping.Example(), "the example registry"
	if file != "example" {
		reason = "file " + file
		if rules, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("read the mapping: %w", err)
		}
	}
	parsed, err := mapping.Parse(1, file, rules)
	if err != nil {
		return err
	}
	first, err := store.NewPublication(parsed, nil, time.Time{}, store.Decision{Actor: author})
	if err != nil {
		return err
	}
	begun, err := registry.BeginMapping(ctx, store.Submission{YAML: rules, Digest: parsed.Digest(), Author: author, Reason: reason}, first)
	if err != nil {
		return err
	}
	if begun {
		fmt.Fprintf(out, "mapping: version 1 published from %s\n", reason)
		return nil
	}
	return tellWhatStands(ctx, registry, parsed, out)
}

// tellWhatStands says that the registry has begun already. Equal rules are no difference that anybody has to hear of twice.
func tellWhatStands(ctx context.Context, registry *store.Store, wanted *mapping.Registry, out io.Writer) error {
	newest, err := registry.NewestPublication(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		fmt.Fprintln(out, "mapping: the registry has versions, none of them published; musterctl mapping versions lists them")
	case err != nil:
		return err
	case newest.Digest == wanted.Digest():
		fmt.Fprintf(out, "mapping: version %d says the same already\n", newest.Version)
	default:
		fmt.Fprintf(out, "mapping: version %d stands; this is for an empty registry only. Later versions are approved by somebody else than "+
			"their author: musterctl mapping submit FILE\n", newest.Version)
	}
	return nil
}
