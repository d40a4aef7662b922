package lifecycle_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePageAboutTheLifecycleShowsTheTransitionTable(t *testing.T) {
	page, err := os.ReadFile("../docs/lifecycle.md")
	require.NoError(t, err)
	shown := strings.Contains(string(page), "```text\n"+strings.Trim(transitions, "\n")+"\n```")
	require.True(t, shown, "docs/lifecycle.md has another table than transitions: copy it there")
}
