package testenv

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/mapping"
	"muster/store"
)

// Publish puts rules in force at once, by the way every version takes: one person submits them, another approves them. It returns the
// version's number; rules equal to those in force are that version.
func Publish(t testing.TB, s *store.Store, yaml []byte) int {
	t.Helper()
	return PublishAt(t, s, yaml, time.Time{})
}

// PublishAt is Publish from an instant on; zero for at once.
func PublishAt(t testing.TB, s *store.Store, yaml []byte, effective time.Time) int {
	t.Helper()
	submitted, added, err := s.SubmitMapping(t.Context(), store.Submission{YAML: yaml, Digest: mapping.Digest(yaml), Author: "ana", Reason: "test"})
	require.NoError(t, err)
	if !added {
		return submitted.Version
	}
	_, err = s.ApproveMapping(t.Context(), submitted.Version, store.Decision{Actor: "ben", Reason: "test"})
	require.NoError(t, err)
	registry, err := submitted.Registry()
	require.NoError(t, err)
	var base *mapping.Registry
	if submitted.BaseVersion > 0 {
		before, err := s.MappingVersion(t.Context(), submitted.BaseVersion)
		require.NoError(t, err)
		base, err = before.Registry()
		require.NoError(t, err)
	}
	publication, err := store.NewPublication(registry, base, effective, store.Decision{Actor: "ana", Reason: "test"})
	require.NoError(t, err)
	_, err = s.PublishMapping(t.Context(), publication)
	require.NoError(t, err)
	return submitted.Version
}
