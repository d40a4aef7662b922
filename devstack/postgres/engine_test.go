package postgres

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheVersionIsReadFromWhatTheServerPrints(t *testing.T) {
	for printed, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta1\n":                        18,
		"postgres (PostgreSQL) 9.6.24\n":                         9,
		"something else":                                         0,
	} {
		require.Equal(t, want, majorOf(printed), printed)
	}
}

func TestProgramsOfAnotherVersionAreNotUsedForACluster(t *testing.T) {
	require.NotNil(t, findBinaries(t.Context(), 0), "the tests need PostgreSQL")
	require.Nil(t, findBinaries(t.Context(), 99))
}

func TestTheDistributionsFoldersAreReadablePatterns(t *testing.T) {
	for _, pattern := range distributionFolders() {
		_, err := filepath.Match(pattern, "/")
		require.NoError(t, err, pattern)
	}
}

func TestAContainerIsReachedOnLoopbackOnlyAndItsCommandLineHoldsNoPassword(t *testing.T) {
	c := container{home: &home{folder: "/somewhere", password: "secret-word"}, options: Options{Fast: true}}

	line := c.command(5555)

	args := strings.Join(line.args, " ")
	require.Contains(t, args, "--publish 127.0.0.1:5555:5432")
	require.Contains(t, args, "fsync=off")
	require.NotContains(t, args, "secret-word")
	require.Contains(t, line.environment, "POSTGRES_PASSWORD=secret-word")
}

func TestTheMissingServerIsSaidInOneLine(t *testing.T) {
	require.NotContains(t, errMissing.Error(), "\n")
	require.Contains(t, errMissing.Error(), "apt-get install postgresql")
}

func TestADurableServerKeepsWhatItCommits(t *testing.T) {
	require.NotContains(t, settings(false), "fsync=off")
	require.NotContains(t, settings(false), "full_page_writes=off")
}
