package reconcile_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/reconcile"
)

func TestEveryWordOfTheClosedListsIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/deltas.md")
	require.NoError(t, err)
	for _, word := range reconcile.DeltaTypes() {
		require.Contains(t, string(text), "`"+string(word)+"`")
	}
	for _, word := range reconcile.Resolutions() {
		require.Contains(t, string(text), "`"+string(word)+"`")
	}
	for _, word := range reconcile.Reasons() {
		require.Contains(t, string(text), "`"+string(word)+"`")
	}
}
