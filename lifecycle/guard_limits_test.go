package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/mapping"
)

func TestAVersionThatSaysNothingOfGuardsHasTheLimitsOfTheRules(t *testing.T) {
	registry, err := mapping.Parse(1, "example", mapping.Example())
	require.NoError(t, err)
	want := lifecycle.DefaultGuardLimits()
	want.QueueMinimum = map[string]int{}
	require.Equal(t, want, lifecycle.GuardLimitsOf(registry))
}

func TestAVersionSetsTheLimitsOfTheGuard(t *testing.T) {
	registry, err := mapping.Parse(1, "limits", append(mapping.Example(), `
guards:
  deactivations: {count: 3, share: 0.025}
  creations: {count: 7, share: 0.5}
  queue_removal: {share: 0.1}
  hard_stop: {share: 0.3, window: 5m, answer_within: 10m}
queues:
  - {name: General_Support, minimum: 4}
`...))
	require.NoError(t, err)
	limits := lifecycle.GuardLimitsOf(registry)
	require.Equal(t, lifecycle.CountLimit{Floor: 3, Share: 0.025}, limits.Deactivations)
	require.Equal(t, limits.Deactivations, limits.Deletions)
	require.Equal(t, lifecycle.CountLimit{Floor: 7, Share: 0.5}, limits.Creations)
	require.InDelta(t, 0.1, limits.Removals.Share, 0)
	require.Equal(t, lifecycle.HardStop{Limit: lifecycle.CountLimit{Floor: 10, Share: 0.3}, Within: 5 * time.Minute, Answer: 10 * time.Minute}, limits.HardStop)
	require.Equal(t, map[string]int{"General_Support": 4}, limits.QueueMinimum)
	require.Equal(t, 5, limits.Deactivations.Allowed(200))
	require.Equal(t, 11, lifecycle.CountLimit{Floor: 10, Share: 0.05}.Allowed(220), "a share is not rounded down by what a computer cannot write")
}
