package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr/roster"
	"muster/reconcile/source"
)

// example is the nth block of a language in the documentation.
func example(t testing.TB, language string, n int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "roster.md"))
	require.NoError(t, err)
	blocks := strings.Split(string(text), "```"+language+"\n")
	require.Greater(t, len(blocks), n+1, "the documentation has no such example")
	block, _, closed := strings.Cut(blocks[n+1], "```\n")
	require.True(t, closed)
	return block
}

func writeFile(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func configOf(t testing.TB, text string) (source.Config, error) {
	t.Helper()
	return source.ReadConfig(writeFile(t, t.TempDir(), "sources.yaml", text))
}

func TestTheDocumentedFileOfSourcesIsRead(t *testing.T) {
	config, err := configOf(t, example(t, "yaml", 0))
	require.NoError(t, err)
	require.Len(t, config.Sources, 2)
	server, files := config.Sources[0], config.Sources[1]
	require.Equal(t, "us", server.Namespace)
	require.Equal(t, "WORKDAY", server.SourceSystem)
	require.Equal(t, roster.DefaultLimits(), server.Limits)
	require.Equal(t, "https://hr.enterprise.example/v1/roster", server.HTTP.URL.String())
	require.Equal(t, 5, server.HTTP.Attempts)
	require.Equal(t, 30*time.Second, server.HTTP.Timeout)
	require.Nil(t, server.Bucket)
	require.Equal(t, "default", files.Namespace)
	require.True(t, files.Bucket.ChecksumRequired)
	require.Equal(t, ';', files.Bucket.CSV.Delimiter)
	require.Equal(t, "ON_LEAVE", files.Bucket.CSV.Fields["status"].Values["P"])
	require.Equal(t, []string{"preferredName", "firstName"}, files.Bucket.CSV.Fields["first_name"].Names)
	require.Nil(t, files.HTTP)
}

func TestNoFileIsNoSource(t *testing.T) {
	config, err := source.ReadConfig("")
	require.NoError(t, err)
	require.Empty(t, config.Sources)
	_, err = source.ReadConfig(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAMappingMayHaveAFileOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	mapping := writeFile(t, folder, "columns.yaml", "columns: {external_user_id: Nr, status: St}\n")
	text := "sources:\n- {name: a, source_system: A, format: csv, mapping: columns.yaml, bucket: {url: 'file:///x', name: '*.csv'}}\n"
	config, err := source.ReadConfig(writeFile(t, folder, "sources.yaml", text))
	require.NoError(t, err)
	require.Equal(t, []string{"Nr"}, config.Sources[0].Bucket.CSV.Fields["external_user_id"].Names)

	writeFile(t, folder, "columns.yaml", "columns: {external_user_id: Nr}\nfoo: 1\n")
	_, err = source.ReadConfig(filepath.Join(folder, "sources.yaml"))
	require.ErrorContains(t, err, mapping+":2: foo: found an unknown field")
	require.ErrorContains(t, err, "columns.status: found nothing")
}

func TestEveryMistakeIsNamed(t *testing.T) {
	const http, bucket = "http: {url: 'https://h/x'}", "bucket: {url: 'file:///x', name: '*.csv'}"
	for text, want := range map[string]string{
		"":            "document",
		"a: [":        "document",
		"sources: {}": "sources: found named fields, expected a list",
		"source: []":  "source: found an unknown field, expected one of sources",
		"sources:\n- {name: a, source_system: A, format: jsonl}":                                                                                    "sources[0]: found neither http nor bucket",
		"sources:\n- {name: a, source_system: A, format: jsonl, " + http + ", " + bucket + "}":                                                      "sources[0]: found http and bucket",
		"sources:\n- {name: a, source_system: A, format: csv, " + http + "}":                                                                        "sources[0].format: found \"csv\"",
		"sources:\n- {name: a, source_system: A, format: xml, " + http + "}":                                                                        "sources[0].format: found \"xml\", expected one of csv, jsonl",
		"sources:\n- {source_system: A, format: jsonl, " + http + "}":                                                                               "sources[0].name: found nothing",
		"sources:\n- {name: a, name: b, source_system: A, format: jsonl, " + http + "}":                                                             "sources[0].name: found the field a second time",
		"sources:\n- {name: a, source_system: A, format: jsonl, http: {url: 'http://hr.example/x'}}":                                                "sources[0].http.url: found scheme \"http\", expected https",
		"sources:\n- {name: a, source_system: A, format: jsonl, http: {url: 'https://me:secret@h/x'}}":                                              "sources[0].http.url: found an address with a password",
		"sources:\n- {name: a, source_system: A, format: jsonl, http: {url: '/x'}}":                                                                 "sources[0].http.url: found no address",
		"sources:\n- {name: a, source_system: A, format: jsonl, http: {url: 'https://h/x', attempts: 0}}":                                           "sources[0].http.attempts: found \"0\", expected a number from 1 to 20",
		"sources:\n- {name: a, source_system: A, format: jsonl, http: {url: 'https://h/x', timeout: 3}}":                                            "sources[0].http.timeout: found \"3\"",
		"sources:\n- {name: a, source_system: A, format: jsonl, http: {url: 'https://h/x', token: x}}":                                              "sources[0].http.token: found an unknown field",
		"sources:\n- {name: a, source_system: A, format: jsonl, limits: {max_shrink: 10}, " + http + "}":                                            "sources[0].limits.max_shrink: found \"10\", expected a share from 0 to 1",
		"sources:\n- {name: a, source_system: A, format: jsonl, limits: {max_gone: .nan}, " + http + "}":                                            "sources[0].limits.max_gone",
		"sources:\n- {name: a, source_system: A, format: jsonl, bucket: {url: 'ftp://x', name: x}}":                                                 "sources[0].bucket.url: found \"ftp://x\"",
		"sources:\n- {name: a, source_system: A, format: jsonl, bucket: {url: 'file:///x', name: '{time}'}}":                                        "sources[0].bucket.name: found \"{time}\"",
		"sources:\n- {name: a, source_system: A, format: jsonl, bucket: {url: 'file:///x', name: x, checksum: maybe}}":                              "sources[0].bucket.checksum: found \"maybe\"",
		"sources:\n- {name: a, source_system: A, format: jsonl, mapping: {columns: {external_user_id: a, status: b}}, " + http + "}":                "sources[0].mapping: found a mapping, expected none",
		"sources:\n- {name: a, source_system: A, format: csv, mapping: {columns: {external_user_id: a, status: b, nick: c}}, " + bucket + "}":       "sources[0].mapping.columns.nick: found an unknown field",
		"sources:\n- {name: a, source_system: A, format: csv, mapping: {columns: {external_user_id: a, status: {colum: b}}}, " + bucket + "}":       "sources[0].mapping.columns.status.colum: found an unknown field",
		"sources:\n- {name: a, source_system: A, format: csv, mapping: {delimiter: ab, columns: {external_user_id: a, status: b}}, " + bucket + "}": "sources[0].mapping.delimiter: found \"ab\"",
		"sources:\n- {name: a, source_system: A, format: csv, mapping: missing.yaml, " + bucket + "}":                                               "sources[0].mapping: found a file that cannot be read",
		"sources:\n- {name: a, source_system: A, format: jsonl, " + http + "}\n- {name: a, source_system: A, format: jsonl, " + http + "}":          "sources[1].name: found \"a\" a second time",
	} {
		_, err := configOf(t, text)
		var mistakes *source.ConfigError
		require.ErrorAs(t, err, &mistakes, text)
		require.ErrorContains(t, err, want, text)
	}
}
