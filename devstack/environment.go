package main

import (
	"os"
	"strings"

	"muster/devstack/stack"
)

// The environment variables by which the parts are configured, here and in production.
const (
	envDatabaseURL         = "MUSTER_DATABASE_URL"
	envTemporalAddress     = "TEMPORAL_ADDRESS"
	envTemporalNamespace   = "TEMPORAL_NAMESPACE"
	envTemporalConfigFile  = "TEMPORAL_CONFIG_FILE"
	envGenesysLoginURL     = "MUSTER_GENESYS_LOGIN_URL"
	envGenesysAPIURL       = "MUSTER_GENESYS_API_URL"
	envGenesysClientID     = "MUSTER_GENESYS_CLIENT_ID"
	envGenesysClientSecret = "MUSTER_GENESYS_CLIENT_SECRET"
	envStarterListen       = "MUSTER_LISTEN"
	envWorkerListen        = "MUSTER_WORKER_LISTEN"
	envArchiveURL          = "MUSTER_ARCHIVE_URL"
	envReaderClientID      = "MUSTER_GENESYS_READER_CLIENT_ID"
	envReaderClientSecret  = "MUSTER_GENESYS_READER_CLIENT_SECRET"
	envHRSourcesFile       = "MUSTER_HR_SOURCES_FILE"
	envWebhookSecretsFile  = "MUSTER_WEBHOOK_SECRETS_FILE"
	envTokensFile          = "MUSTER_TOKENS_FILE"
)

// inherited is the user's environment without what configures Muster, Temporal or PostgreSQL clients: a development stack
// must not reach a production system because a variable was set in the shell it was started from.
func inherited() []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "MUSTER_") || strings.HasPrefix(name, "TEMPORAL_") || strings.HasPrefix(name, "PG") {
			continue
		}
		kept = append(kept, variable)
	}
	// Without this the client would read the profile in the user's home.
	return append(kept, envTemporalConfigFile+"="+os.DevNull)
}

// connections is the environment that every part of Muster's own gets.
func connections(described stack.Stack) []string {
	return append(inherited(),
		envDatabaseURL+"="+described.DatabaseURL,
		envTemporalAddress+"="+described.TemporalAddress,
		envTemporalNamespace+"="+described.TemporalNamespace,
	)
}

// workerEnvironment adds what the worker needs to reach the platform and the archive.
func workerEnvironment(described stack.Stack, f folder, listen string) []string {
	return append(connections(described),
		envGenesysLoginURL+"="+described.PlatformURL,
		envGenesysAPIURL+"="+described.PlatformURL,
		envGenesysClientID+"="+platformClientID,
		envGenesysClientSecret+"="+platformClientSecret,
		envWorkerListen+"="+listen,
		envArchiveURL+"="+f.archiveURL(),
		envReaderClientID+"="+readerClientID,
		envReaderClientSecret+"="+readerClientSecret,
		envHRSourcesFile+"="+f.rosterSource(),
	)
}

// starterEnvironment adds what the starter needs to know its callers.
func starterEnvironment(described stack.Stack, f folder, listen string) []string {
	return append(connections(described),
		envStarterListen+"="+listen,
		envWebhookSecretsFile+"="+f.webhookSecrets(),
		envTokensFile+"="+f.tokens(),
	)
}
