// Package host puts a starter process together: the front door, the bell, the relay, and what they stand on.
package host

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/caarlos0/env/v11"

	"muster/store"
)

// Config is everything a starter process is told from outside. How Temporal is reached is read from TEMPORAL_* by the SDK's own
// environment configuration.
type Config struct {
	DatabaseURL string `env:"MUSTER_DATABASE_URL,required"`
	// Listen is the address of the HTTP API. Encryption is for a proxy in front.
	Listen string `env:"MUSTER_LISTEN" envDefault:"127.0.0.1:8080"`
	// WebhookSecretsFile holds JSON {source: secret or [secrets]}; without it no signature is accepted.
	WebhookSecretsFile string `env:"MUSTER_WEBHOOK_SECRETS_FILE"`
	// TokensFile holds JSON {token: {name, roles}}; without it no token is accepted.
	TokensFile string `env:"MUSTER_TOKENS_FILE"`
	// Namespaces gives sources a namespace of ids of their own, e.g. "WORKDAY:us,SUCCESSFACTORS:eu". Sources left out share one.
	Namespaces map[string]string `env:"MUSTER_NAMESPACES"`
	// AlertURLsFile holds JSON {name: {url, secret}} of endpoints that are told of alerts; without it alerts are in the inbox only.
	AlertURLsFile string `env:"MUSTER_ALERT_URLS_FILE"`
	// SilenceHours is how long a source that sends every day may send nothing before that is an alert; 0 is never.
	SilenceHours float64 `env:"MUSTER_SILENCE_HOURS"`
	// GraceCheck is how often each open grace of a leaver is checked for a workflow that counts it down.
	GraceCheck time.Duration `env:"MUSTER_GRACE_CHECK" envDefault:"1h"`
	// StopTimeout is how long requests under way may take after a stop was asked for.
	StopTimeout time.Duration `env:"MUSTER_STARTER_STOP_TIMEOUT" envDefault:"20s"`
}

// maxSilenceHours is a year, as long as anything is kept.
const maxSilenceHours = 365 * 24

// ReadConfig reads the environment. The error names each variable that is missing or wrong.
func ReadConfig() (Config, error) {
	config, err := env.ParseAs[Config]()
	if err != nil {
		return Config{}, fmt.Errorf("reading the environment: %w", err)
	}
	if config.SilenceHours < 0 || config.SilenceHours > maxSilenceHours {
		return Config{}, fmt.Errorf("MUSTER_SILENCE_HOURS is %v: want hours, 0 to %d", config.SilenceHours, maxSilenceHours)
	}
	if config.GraceCheck <= 0 {
		return Config{}, fmt.Errorf("MUSTER_GRACE_CHECK is %v: want a positive duration", config.GraceCheck)
	}
	return config, nil
}

// LogValue shows the configuration without its secrets.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("database", store.RedactedURL(c.DatabaseURL)),
		slog.String("listen", c.Listen),
		slog.String("webhook_secrets_file", c.WebhookSecretsFile),
		slog.String("tokens_file", c.TokensFile),
		slog.Any("namespaces", c.Namespaces),
		slog.String("alert_urls_file", c.AlertURLsFile),
		slog.Float64("silence_hours", c.SilenceHours),
		slog.Duration("grace_check", c.GraceCheck),
		slog.Duration("stop_timeout", c.StopTimeout),
	)
}
