package alerting_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/starter/alerting"
)

func endpointsFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "alert-urls.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestEndpointsAreReadFromAFile(t *testing.T) {
	endpoints, err := alerting.ReadEndpoints(endpointsFile(t, `{
		"pager": {"url": "https://pager.example.test/hook?key=1", "secret": "`+secret+`"},
		"chat": {"url": "http://127.0.0.1:9000/", "secret": "`+secret+`"}
	}`))
	require.NoError(t, err)
	require.Equal(t, []alerting.Endpoint{
		{Name: "chat", URL: "http://127.0.0.1:9000/", Secret: secret},
		{Name: "pager", URL: "https://pager.example.test/hook?key=1", Secret: secret},
	}, endpoints)

	endpoints, err = alerting.ReadEndpoints(endpointsFile(t, `{}`))
	require.NoError(t, err)
	require.Empty(t, endpoints)
}

func TestAWrongEndpointIsNamedWithoutItsURLAndSecret(t *testing.T) {
	for content, want := range map[string]string{
		`{"ops": {"url": "ftp://private.test/hook", "secret": "` + secret + `"}}`:            "endpoint ops: url",
		`{"ops": {"url": "https:///private.test", "secret": "` + secret + `"}}`:              "endpoint ops: url",
		`{"ops": {"url": "https://ana:private@host.test/", "secret": "` + secret + `"}}`:     "endpoint ops: url",
		`{"ops": {"url": "https://private.test/hook", "secret": "whsec_cHJpdmF0ZQ=="}}`:      "24",
		`{"ops": {"url": "https://private.test/hook", "secret": "private, and not base64"}}`: "base64",
		`{"on call": {"url": "https://private.test/hook", "secret": "` + secret + `"}}`:      "on call",
		`{"ops": "https://private.test/hook"}`:                                               "want {name: {url, secret}}",
	} {
		_, err := alerting.ReadEndpoints(endpointsFile(t, content))
		require.ErrorContains(t, err, want)
		for _, hidden := range []string{"private", "cHJpdmF0ZQ", secret} {
			require.NotContains(t, err.Error(), hidden)
		}
	}
	_, err := alerting.ReadEndpoints(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
