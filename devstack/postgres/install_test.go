package postgres

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePackagesSettingsAreChangedOnlyWhileItIsInstalled(t *testing.T) {
	settings, shipped := filepath.Join(t.TempDir(), "etc", "createcluster.conf"), filepath.Join(t.TempDir(), "shipped.conf")
	var said bytes.Buffer
	restore, err := withoutCluster(settings, shipped, Options{Log: &said})
	require.NoError(t, err)
	require.FileExists(t, settings)
	require.Contains(t, said.String(), "create_main_cluster = false to "+settings)

	require.NoError(t, os.WriteFile(shipped, []byte("# the package's own\n"), 0o600)) // the package is there now
	require.NoError(t, restore())
	content, err := os.ReadFile(settings)
	require.NoError(t, err)
	require.Equal(t, "# the package's own\n", string(content))
}

func TestAFailedInstallationLeavesNoSettingsBehind(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "createcluster.conf")
	restore, err := withoutCluster(settings, filepath.Join(t.TempDir(), "none"), Options{Log: &bytes.Buffer{}})
	require.NoError(t, err)
	require.NoError(t, restore())
	require.NoFileExists(t, settings)
}

func TestSettingsThatSomebodyHasMadeAreLeftAlone(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "createcluster.conf")
	require.NoError(t, os.WriteFile(settings, []byte("ssl = off\n"), 0o600))
	var said bytes.Buffer
	restore, err := withoutCluster(settings, filepath.Join(t.TempDir(), "none"), Options{Log: &said})
	require.NoError(t, err)
	require.NoError(t, restore())
	content, err := os.ReadFile(settings)
	require.NoError(t, err)
	require.Equal(t, "ssl = off\n", string(content))
	require.Empty(t, said.String())
}
