package source

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"muster/hr/roster"
)

// Settings are one source as the file of sources has it: either HTTP or Bucket is set.
type Settings struct {
	Name         string
	SourceSystem string
	Namespace    string
	HTTP         *HTTPSettings
	Bucket       *BucketSettings
	Limits       roster.Limits
}

// Source makes the source. Nothing is asked or opened before it is read.
func (s Settings) Source(now func() time.Time) Source {
	source := Source{Name: s.Name, SourceSystem: s.SourceSystem, Namespace: s.Namespace, Limits: s.Limits}
	if s.HTTP != nil {
		source.Place = OverHTTP(*s.HTTP)
	} else {
		source.Place = InBucket(*s.Bucket, now)
	}
	return source
}

// Config is the file of sources.
type Config struct {
	Sources []Settings
}

// ReadConfig reads the file that MUSTER_HR_SOURCES_FILE names; docs/roster.md says what it holds. An empty path is no source. Files
// that it names are found from its own folder. The error is a *ConfigError with every mistake, or says why the file cannot be read.
func ReadConfig(path string) (Config, error) {
	if path == "" {
		return Config{}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read the HR sources: %w", err)
	}
	return parseConfig(path, text)
}

func parseConfig(path string, text []byte) (Config, error) {
	r := &configReader{file: path, folder: filepath.Dir(path)}
	var config Config
	if root := r.root(text); root != nil {
		config = readSources(root)
	}
	if len(r.mistakes) > 0 {
		return Config{}, &ConfigError{Mistakes: r.mistakes}
	}
	return config, nil
}
