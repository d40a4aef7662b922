package temporal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInstalledVersionsAreComparedAsNumbers(t *testing.T) {
	for printed, want := range map[string]bool{
		"temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)":     true,
		"temporal version 1.10.0 (Server 1.32.0, UI 2.50.0)":    true,
		"temporal version v2.0.0":                               true,
		"temporal version 1.5.0 (Server 1.29.0, UI 2.41.0)":     false,
		"temporal version 1.4.9":                                false,
		"temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)": false,
		"something else altogether":                             false,
	} {
		require.Equal(t, want, atLeast(printed, [3]int{1, 5, 1}), printed)
	}
}

func TestOnlyAWholeBuildOfTheWantedVersionIsUsed(t *testing.T) {
	half := filepath.Join(t.TempDir(), "temporal")
	require.NoError(t, os.WriteFile(half, []byte("\x7fELF, and then the power went"), 0o700))
	require.False(t, builtFromModule(half))
	require.False(t, builtFromModule(filepath.Join(t.TempDir(), "absent")))
	own, err := os.Executable() // a Go program, but another one
	require.NoError(t, err)
	require.False(t, builtFromModule(own))
}
