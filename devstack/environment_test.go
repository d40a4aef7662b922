package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/devstack/stack"
)

// lookup returns the last value of a variable, which is the one a process sees.
func lookup(environment []string, name string) (value string, found bool) {
	for _, variable := range environment {
		if text, matches := strings.CutPrefix(variable, name+"="); matches {
			value, found = text, true
		}
	}
	return value, found
}

var somewhere = stack.Stack{
	TemporalAddress: "127.0.0.1:7233", TemporalNamespace: "default",
	PlatformURL: "http://127.0.0.1:8090", DatabaseURL: "postgres://127.0.0.1/muster",
}

func TestStackDoesNotReachWhatTheShellPointsAt(t *testing.T) {
	t.Setenv("MUSTER_GENESYS_API_URL", "https://api.mypurecloud.com")
	t.Setenv("TEMPORAL_API_KEY", "production")
	t.Setenv("TEMPORAL_CONFIG_FILE", "/home/somebody/production.toml")
	t.Setenv("PGPASSWORD", "production")
	for _, environment := range [][]string{workerEnvironment(somewhere, upFolder("/r"), "l"), starterEnvironment(somewhere, upFolder("/r"), "l")} {
		require.NotContains(t, strings.Join(environment, "\n"), "production")
		require.NotContains(t, strings.Join(environment, "\n"), "mypurecloud")
		file, found := lookup(environment, "TEMPORAL_CONFIG_FILE")
		require.True(t, found)
		require.Equal(t, "/dev/null", file)
	}
}

func TestPartsKeepTheRestOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://proxy:3128")
	value, found := lookup(workerEnvironment(somewhere, upFolder("/r"), "l"), "HTTPS_PROXY")
	require.True(t, found)
	require.Equal(t, "http://proxy:3128", value)
}

func TestWorkerIsToldWhereEverythingIs(t *testing.T) {
	environment := workerEnvironment(somewhere, upFolder("/r"), "127.0.0.1:8081")
	for name, want := range map[string]string{
		"MUSTER_DATABASE_URL":      "postgres://127.0.0.1/muster",
		"TEMPORAL_ADDRESS":         "127.0.0.1:7233",
		"TEMPORAL_NAMESPACE":       "default",
		"MUSTER_GENESYS_LOGIN_URL": "http://127.0.0.1:8090",
		"MUSTER_GENESYS_API_URL":   "http://127.0.0.1:8090",
		"MUSTER_WORKER_LISTEN":     "127.0.0.1:8081",
		"MUSTER_ARCHIVE_URL":       "file:///r/.muster/archive",
		"MUSTER_HR_SOURCES_FILE":   "/r/.muster/hr-sources.yaml",

		"MUSTER_GENESYS_READER_CLIENT_ID": "muster-reader",
	} {
		found, _ := lookup(environment, name)
		require.Equal(t, want, found, name)
	}
}

func TestStarterNeverLearnsThePlatformsSecret(t *testing.T) {
	_, found := lookup(starterEnvironment(somewhere, upFolder("/r"), "127.0.0.1:8080"), "MUSTER_GENESYS_CLIENT_SECRET")
	require.False(t, found)
}
