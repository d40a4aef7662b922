package mapping_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

func TestAVersionThatSaysNothingOfGuardsHasTheDefaults(t *testing.T) {
	for _, text := range []string{head, head + "guards: {}", head + "guards: {deactivations: {}, hard_stop: {}}"} {
		require.Equal(t, mapping.DefaultGuards(), parsed(t, text).Guards())
		require.Equal(t, mapping.Digest([]byte(head)), mapping.Digest([]byte(text)))
	}
	require.Equal(t, mapping.Guards{
		Deactivations: mapping.Limit{Count: 10, Share: 0.05},
		Creations:     mapping.Limit{Count: 50, Share: 0.1},
		QueueRemoval:  0.2,
		HardStop:      mapping.HardStop{Share: 0.2, Window: 15 * time.Minute, AnswerWithin: 15 * time.Minute},
	}, mapping.DefaultGuards())
}

func TestAVersionSetsTheLimitsItNames(t *testing.T) {
	require.Equal(t, mapping.Guards{
		Deactivations: mapping.Limit{Count: 0, Share: 0.01},
		Creations:     mapping.Limit{Count: 50, Share: 0.5},
		QueueRemoval:  0,
		HardStop:      mapping.HardStop{Share: 0.1, Window: time.Hour, AnswerWithin: 5 * time.Minute},
	}, parsed(t, head+`guards:
  deactivations: {count: 0, share: 0.01}
  creations: {share: 0.5}
  queue_removal: {share: 0}
  hard_stop: {share: 0.1, window: 1h, answer_within: 5m}
`).Guards())
}

func TestParseRefusesGuardsOutOfBounds(t *testing.T) {
	for text, field := range map[string]string{
		"deactivations: {share: 0.51}":   "guards.deactivations.share",
		"deactivations: {count: 1001}":   "guards.deactivations.count",
		"creations: {count: 1.5}":        "guards.creations.count",
		"creations: {count: -1}":         "guards.creations.count",
		"queue_removal: {share: 1}":      "guards.queue_removal.share",
		"queue_removal: {count: 1}":      "guards.queue_removal.count",
		"hard_stop: {share: 0}":          "guards.hard_stop.share",
		"hard_stop: {window: 30s}":       "guards.hard_stop.window",
		"hard_stop: {answer_within: 2d}": "guards.hard_stop.answer_within",
		"leavers: {count: 1}":            "guards.leavers",
	} {
		got := mistakes(t, head+"guards: {"+text+"}")
		require.Len(t, got, 1, text)
		require.Equal(t, field, got[0].Field)
		require.Equal(t, 6, got[0].Line)
	}
}

func TestAQueuesMinimumIsWhatTheVersionSays(t *testing.T) {
	registry := parsed(t, head+"queues:\n  - {name: General, minimum: 3}\n  - {name: Other, minimum: 1}\n")
	require.Equal(t, 3, registry.QueueMinimum("General"))
	require.Equal(t, 1, registry.QueueMinimum("Other"))
	require.Zero(t, registry.QueueMinimum("Third"))
	require.Equal(t, map[string]bool{"General": true}, registry.Managed().Queues, "a minimum gives nobody a queue")
	for _, text := range []string{"{name: G}", "{minimum: 3}", "{name: G, minimum: 0}", "{name: G, minimum: 10001}", "{name: G, minimum: 1}, {name: G, minimum: 2}"} {
		require.Len(t, mistakes(t, head+"queues: ["+text+"]"), 1, text)
	}
}

func TestTheSunsetWarningIsTwoWeeksUnlessTheVersionSaysOtherwise(t *testing.T) {
	const text = "registry: {platform: genesys, time_zone: UTC%s}\nscope: {default: include}\n"
	with := func(said string) *mapping.Registry { return parsed(t, fmt.Sprintf(text, said)) }
	require.Equal(t, 14*24*time.Hour, with("").SunsetWarning())
	require.Equal(t, 3*24*time.Hour, with(", sunset_warning: 3d").SunsetWarning())
	require.Zero(t, with(", sunset_warning: 0s").SunsetWarning())
	require.Len(t, mistakes(t, fmt.Sprintf(text, ", sunset_warning: 366d")), 1)
}

func TestTheHandOverWindowIsTheDepartmentsElseTheDefault(t *testing.T) {
	window := func(department, defaults string) time.Duration {
		text := fmt.Sprintf(`registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q}], policies: {%s}}
defaults: {policies: {%s}}
`, department, defaults)
		return parsed(t, text).Resolve(hr.State{DepartmentCode: "D"}, noon).Policies.HandOverWindow
	}
	require.Equal(t, time.Minute, window("", ""))
	require.Equal(t, 20*time.Second, window("", "hand_over_window: 20s"))
	require.Equal(t, 5*time.Second, window("hand_over_window: 5s", "hand_over_window: 20s"))
	for _, text := range []string{"0s", "16m"} {
		require.Len(t, mistakes(t, head+"defaults: {policies: {hand_over_window: "+text+"}}"), 1, text)
	}
}
