// Package host runs Muster's Temporal workers: one for workflows and their local activities, one for the platform phases of
// joiners and movers, one for those of leavers, one for their drains.
package host

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"muster/store"
)

// Config is everything a worker process is told from outside. How Temporal is reached is read from TEMPORAL_* by the SDK's own
// environment configuration.
type Config struct {
	DatabaseURL string `env:"MUSTER_DATABASE_URL,required"`
	// Listen is where health, readiness and metrics are served.
	Listen string `env:"MUSTER_WORKER_LISTEN" envDefault:"127.0.0.1:8081"`

	GenesysLoginURL     string `env:"MUSTER_GENESYS_LOGIN_URL,required"`
	GenesysAPIURL       string `env:"MUSTER_GENESYS_API_URL,required"`
	GenesysClientID     string `env:"MUSTER_GENESYS_CLIENT_ID,required"`
	GenesysClientSecret string `env:"MUSTER_GENESYS_CLIENT_SECRET,required"`
	// GenesysAuthority is the name under which Muster keeps HR's ids on accounts.
	GenesysAuthority string `env:"MUSTER_GENESYS_AUTHORITY" envDefault:"muster-hris"`

	// GenesysReaderClientID and GenesysReaderClientSecret are an OAuth client that lists the platform for reconciliations and can do nothing
	// else. Without it the platform is not reconciled. GenesysReaderMayWrite allows one that could write.
	GenesysReaderClientID     string `env:"MUSTER_GENESYS_READER_CLIENT_ID"`
	GenesysReaderClientSecret string `env:"MUSTER_GENESYS_READER_CLIENT_SECRET"`
	GenesysReaderMayWrite     bool   `env:"MUSTER_GENESYS_READER_MAY_WRITE" envDefault:"false"`
	// HRSourcesFile says where HR's rosters come from: docs/roster.md.
	HRSourcesFile string `env:"MUSTER_HR_SOURCES_FILE"`
	// ReconcileCron is when everybody is reconciled, in ReconcileTimeZone. ReconcileVersion is the version of these settings: of several
	// workers with different ones, those of the highest version count.
	ReconcileCron     string `env:"MUSTER_RECONCILE_CRON" envDefault:"0 2 * * *"`
	ReconcileTimeZone string `env:"MUSTER_RECONCILE_TIME_ZONE" envDefault:"UTC"`
	ReconcileVersion  int    `env:"MUSTER_RECONCILE_VERSION" envDefault:"1"`

	// ArchiveURL is the bucket that leavers are archived in: file:///folder, s3://, gs:// or azblob://, with the query parameters of the
	// Go CDK.
	ArchiveURL string `env:"MUSTER_ARCHIVE_URL" envDefault:"file:///var/lib/muster/archive"`

	// StopTimeout is how long running activities may go on after a stop was asked for.
	StopTimeout time.Duration `env:"MUSTER_WORKER_STOP_TIMEOUT" envDefault:"30s"`
	// StickyCache is how many workflows stay in memory; 0 replays every workflow task from its history.
	StickyCache int `env:"MUSTER_STICKY_CACHE" envDefault:"10000"`
	// LeaverSlots, DrainSlots and PlatformSlots bound what runs at once in this process: the phases of leavers, their drains, and the phases
	// of everyone else.
	LeaverSlots   int `env:"MUSTER_LEAVER_SLOTS" envDefault:"200"`
	DrainSlots    int `env:"MUSTER_DRAIN_SLOTS" envDefault:"5000"`
	PlatformSlots int `env:"MUSTER_PLATFORM_SLOTS" envDefault:"50"`
}

// ReadConfig reads the environment. The error names each variable that is missing or wrong.
func ReadConfig() (Config, error) {
	config, err := env.ParseAs[Config]()
	if err != nil {
		return Config{}, fmt.Errorf("reading the environment: %w", err)
	}
	if (config.GenesysReaderClientID == "") != (config.GenesysReaderClientSecret == "") {
		return Config{}, errors.New("MUSTER_GENESYS_READER_CLIENT_ID and MUSTER_GENESYS_READER_CLIENT_SECRET: want both, or neither")
	}
	if _, err := time.LoadLocation(config.ReconcileTimeZone); err != nil {
		return Config{}, fmt.Errorf("MUSTER_RECONCILE_TIME_ZONE: found %q, want an IANA time zone such as Europe/Berlin", config.ReconcileTimeZone)
	}
	return config, nil
}

// LogValue shows the configuration without its secrets.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("database", store.RedactedURL(c.DatabaseURL)),
		slog.String("listen", c.Listen),
		slog.String("genesys_login_url", c.GenesysLoginURL),
		slog.String("genesys_api_url", c.GenesysAPIURL),
		slog.String("genesys_client_id", c.GenesysClientID),
		slog.String("genesys_authority", c.GenesysAuthority),
		slog.String("genesys_reader_client_id", c.GenesysReaderClientID),
		slog.Bool("genesys_reader_may_write", c.GenesysReaderMayWrite),
		slog.String("hr_sources_file", c.HRSourcesFile),
		slog.String("reconcile_cron", c.ReconcileCron),
		slog.String("reconcile_time_zone", c.ReconcileTimeZone),
		slog.Int("reconcile_version", c.ReconcileVersion),
		slog.String("archive_url", withoutQuery(c.ArchiveURL)),
		slog.Duration("stop_timeout", c.StopTimeout),
		slog.Int("sticky_cache", c.StickyCache),
	)
}

// withoutQuery leaves out where a URL may hold secrets.
func withoutQuery(bucketURL string) string {
	shown, _, _ := strings.Cut(bucketURL, "?")
	return shown
}
