package source

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/hr/roster"
)

// What holds for a source that says nothing else.
const (
	// defaultNamespace is the one that events have whose source has none of its own.
	defaultNamespace = "default"
	defaultTimeout   = 30 * time.Second
	defaultAttempts  = 5
	defaultPageBytes = 16 << 20
	defaultBackoff   = time.Second
	defaultSettle    = 2 * time.Minute
)

func readSources(root *section) (config Config) {
	names := map[string]bool{}
	root.require("sources")
	root.each("sources", func(s *section) {
		settings := readSource(s)
		if settings.Name != "" && names[settings.Name] {
			s.mistake("name", quote(settings.Name)+" a second time", "a name of its own")
		}
		names[settings.Name] = true
		config.Sources = append(config.Sources, settings)
	})
	root.close()
	return config
}

func readSource(s *section) Settings {
	for _, field := range []string{"name", "source_system", "format"} {
		s.require(field)
	}
	settings := Settings{
		Name: s.text("name", ""), SourceSystem: s.text("source_system", ""), Namespace: s.text("namespace", defaultNamespace),
		Limits: readLimits(s),
	}
	format := s.oneOf("format", "csv", "jsonl")
	columns := readMapping(s, format)
	hasHTTP := s.child("http", func(c *section) { settings.HTTP = readHTTP(c) })
	hasBucket := s.child("bucket", func(c *section) { settings.Bucket = readBucket(c) })
	switch {
	case hasHTTP == hasBucket:
		found := "neither http nor bucket"
		if hasHTTP {
			found = "http and bucket"
		}
		s.mistake("", found, "one of the two")
	case hasHTTP && format == "csv":
		s.mistake("format", `"csv"`, "jsonl: a server gives JSON lines")
	}
	if settings.Bucket != nil {
		settings.Bucket.CSV = columns
	}
	s.close()
	return settings
}

func readLimits(s *section) roster.Limits {
	limits := roster.DefaultLimits()
	s.child("limits", func(c *section) {
		limits.MaxAge = c.duration("max_age", limits.MaxAge)
		limits.MaxRefused = c.share("max_refused", limits.MaxRefused)
		limits.MaxShrink = c.share("max_shrink", limits.MaxShrink)
		limits.MaxGone = c.share("max_gone", limits.MaxGone)
		limits.AtLeast = c.number("at_least", limits.AtLeast, 0, 1_000_000)
		c.close()
	})
	return limits
}

func readHTTP(s *section) *HTTPSettings {
	s.require("url")
	settings := HTTPSettings{
		URL: &url.URL{}, Timeout: s.duration("timeout", defaultTimeout), Attempts: int(s.number("attempts", defaultAttempts, 1, 20)),
		MaxPageBytes: s.number("max_page_bytes", defaultPageBytes, 1, 64<<20), Backoff: s.duration("backoff", defaultBackoff),
		TokenFile: s.filePath("token_file"),
	}
	if text := s.text("url", ""); text != "" {
		location, err := url.Parse(text)
		switch {
		case err != nil || location.Host == "":
			s.mistake("url", "no address", "https://server/path")
		case location.User != nil:
			s.mistake("url", "an address with a password", "a token_file instead")
		case location.Scheme != "https" && !(location.Scheme == "http" && loopback(location.Hostname())):
			s.mistake("url", "scheme "+quote(location.Scheme), "https; http on this machine alone")
		default:
			location.Fragment = ""
			settings.URL = location
		}
	}
	s.close()
	return &settings
}

// loopback says whether what is sent to a host stays on this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func readBucket(s *section) *BucketSettings {
	s.require("url")
	s.require("name")
	settings := BucketSettings{URL: s.text("url", ""), Settle: s.duration("settle", defaultSettle)}
	settings.ChecksumRequired = s.oneOf("checksum", "required", "optional") != "optional"
	if expected := checkBucketURL(settings.URL); settings.URL != "" && expected != "" {
		s.mistake("url", quote(settings.URL), expected)
	}
	if pattern := s.text("name", ""); pattern != "" {
		name, ok := ParseName(pattern)
		if !ok {
			s.mistake("name", quote(pattern), "a name with * and at most one {date} and {time}")
		}
		settings.Name = name
	}
	s.close()
	return &settings
}

// readMapping reads how a table's columns are named: here, or in a file of its own.
func readMapping(s *section, format string) *roster.Columns {
	columns := &roster.Columns{}
	var given bool
	if file := s.scalarText("mapping"); file != "" {
		given = true
		if !filepath.IsAbs(file) {
			file = filepath.Join(s.reader.folder, file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			s.mistake("mapping", "a file that cannot be read: "+err.Error(), "a file with the mapping, or the mapping itself")
			return columns
		}
		inside := &configReader{file: file, folder: filepath.Dir(file)}
		if root := inside.root(text); root != nil {
			readColumns(root, columns)
		}
		s.reader.mistakes = append(s.reader.mistakes, inside.mistakes...)
	} else {
		given = s.child("mapping", func(c *section) { readColumns(c, columns) })
	}
	switch {
	case format != "csv" && given:
		s.mistake("mapping", "a mapping", "none: only tables have columns")
		return nil
	case format != "csv":
		return nil
	}
	return columns
}

func readColumns(s *section, columns *roster.Columns) {
	if delimiter := s.text("delimiter", ""); delimiter != "" {
		if utf8.RuneCountInString(delimiter) != 1 {
			s.mistake("delimiter", quote(delimiter), "one character")
		}
		columns.Delimiter, _ = utf8.DecodeRuneInString(delimiter)
	}
	columns.Null = s.text("null_cell", "")
	columns.Fields = map[string]roster.Column{}
	s.require("columns")
	s.child("columns", func(c *section) {
		for _, field := range c.names() {
			columns.Fields[field] = readColumn(c, field)
		}
		c.close()
	})
	for _, problem := range columns.Check() {
		s.mistake(problem.Field, problem.Found, problem.Expected)
	}
	s.close()
}

// readColumn reads a column: its name, or more about it.
func readColumn(columns *section, field string) (column roster.Column) {
	if name := columns.scalarText(field); name != "" {
		return roster.Column{Names: []string{name}}
	}
	columns.child(field, func(c *section) {
		if name := c.text("column", ""); name != "" {
			column.Names = []string{name}
		}
		column.Names = append(column.Names, c.texts("columns")...)
		column.Constant = c.text("constant", "")
		column.Separator = c.text("separator", "")
		column.Format = c.text("format", "")
		column.Absent = c.texts("absent")
		column.Values = c.translation("values")
		c.close()
	})
	return column
}

// ConfigError is every mistake of the file of sources.
type ConfigError struct{ Mistakes []Mistake }

// Mistake is one thing wrong: where, what stands there and what may.
type Mistake struct {
	File     string
	Line     int    // from 1; 0: the file as a whole
	Field    string // such as sources[0].http.url
	Found    string
	Expected string
}

// Error has a line for each mistake.
func (e *ConfigError) Error() string {
	ordered := slices.Clone(e.Mistakes)
	slices.SortStableFunc(ordered, func(a, b Mistake) int {
		if a.File != b.File {
			return 0
		}
		return a.Line - b.Line
	})
	lines := make([]string, len(ordered))
	for i, m := range ordered {
		lines[i] = fmt.Sprintf("%s:%d: %s: found %s, expected %s", m.File, m.Line, m.Field, m.Found, m.Expected)
	}
	return strings.Join(lines, "\n")
}
