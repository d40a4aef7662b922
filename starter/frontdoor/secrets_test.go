package frontdoor_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/frontdoor"
)

const (
	workdaySecret  = "whsec_d29ya2RheS1zZWNyZXQtMDAwMDAwMDAx"
	workdayOld     = "whsec_d29ya2RheS1zZWNyZXQtMDAwMDAwMDAy"
	successSecret  = "whsec_c3VjY2Vzc2ZhY3RvcnMtc2VjcmV0LTAx"
	strangerSecret = "whsec_c3RyYW5nZXItc2VjcmV0LTAwMDAwMDAx"
)

func secrets(t *testing.T) frontdoor.Secrets {
	t.Helper()
	read, err := frontdoor.ReadSecrets(file(t,
		`{"WORKDAY": ["`+workdaySecret+`", "`+workdayOld+`"], "SUCCESSFACTORS": "`+successSecret+`"}`))
	require.NoError(t, err)
	return read
}

func signed(t *testing.T, secret string, at time.Time, body string) http.Header {
	t.Helper()
	header, err := api.Sign(secret, "msg_1", at, []byte(body))
	require.NoError(t, err)
	return header
}

func TestTheSecretThatFitsSaysWhichSourceSigned(t *testing.T) {
	known := secrets(t)
	require.Equal(t, []string{"SUCCESSFACTORS", "WORKDAY"}, known.Sources())
	for secret, source := range map[string]string{
		workdaySecret: "WORKDAY", workdayOld: "WORKDAY", successSecret: "SUCCESSFACTORS",
	} {
		got, err := known.Verify([]byte(`{}`), signed(t, secret, time.Now(), `{}`))
		require.NoError(t, err)
		require.Equal(t, source, got)
	}
}

func TestASignatureCountsOnlyForItsBodySecretAndMinutes(t *testing.T) {
	known := secrets(t)
	now := time.Now()
	tests := map[string]struct {
		header http.Header
		body   string
	}{
		"none":              {http.Header{}, `{}`},
		"another body":      {signed(t, workdaySecret, now, `{}`), `{ }`},
		"a stranger's":      {signed(t, strangerSecret, now, `{}`), `{}`},
		"six minutes old":   {signed(t, workdaySecret, now.Add(-6*time.Minute), `{}`), `{}`},
		"six minutes early": {signed(t, workdaySecret, now.Add(6*time.Minute), `{}`), `{}`},
	}
	noID := signed(t, workdaySecret, now, `{}`)
	noID.Del("webhook-id")
	tests["without its id"] = struct {
		header http.Header
		body   string
	}{noID, `{}`}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			source, err := known.Verify([]byte(test.body), test.header)
			require.Error(t, err)
			require.Empty(t, source)
		})
	}
	_, err := known.Verify([]byte(`{}`), signed(t, workdaySecret, now.Add(-4*time.Minute), `{}`))
	require.NoError(t, err, "four minutes are within the tolerance")
}

func TestTwoSourcesMustNotShareASecret(t *testing.T) {
	_, err := frontdoor.NewSecrets(map[string][]string{"A": {workdaySecret}, "B": {workdaySecret}})
	require.ErrorContains(t, err, "share a secret")
	_, err = frontdoor.NewSecrets(map[string][]string{"A": {"whsec_not base64!"}})
	require.ErrorContains(t, err, "base64")
	require.NotContains(t, err.Error(), "not base64!", "a secret must not get into a log")
	_, err = frontdoor.NewSecrets(map[string][]string{"A": {""}})
	require.Error(t, err)
}

func TestTwoSourcesMustNotShareAKeyInTwoSpellings(t *testing.T) {
	_, err := frontdoor.NewSecrets(map[string][]string{"A": {workdaySecret}, "B": {strings.TrimPrefix(workdaySecret, "whsec_")}})
	require.ErrorContains(t, err, "sources A and B share a secret")
}

func TestAShortKeyIsRefusedUnderItsSourcesName(t *testing.T) {
	for _, secret := range []string{"whsec_", "", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23))} {
		_, err := frontdoor.NewSecrets(map[string][]string{"PAYROLL": {secret}})
		require.ErrorContains(t, err, "secret 1 of source PAYROLL")
		require.ErrorContains(t, err, "at least 24")
	}
	_, err := frontdoor.NewSecrets(map[string][]string{"PAYROLL": {base64.StdEncoding.EncodeToString(make([]byte, 24))}})
	require.NoError(t, err)
}
