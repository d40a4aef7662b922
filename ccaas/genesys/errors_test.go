package genesys

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

func TestAnswersAreClassifiedByWhatACallerCanDo(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   ccaas.Kind
	}{
		{400, `{"code":"bad.request","message":"no"}`, ccaas.KindInvalid},
		{400, `{"message":"The version 3 does not match the current version 4 of the user"}`, ccaas.KindConflict},
		{401, ``, ccaas.KindUnauthorized},
		{403, `{"code":"missing.permissions"}`, ccaas.KindForbidden},
		{404, `{"code":"not.found"}`, ccaas.KindNotFound},
		{408, ``, ccaas.KindUnavailable},
		{409, `{"code":"general.conflict"}`, ccaas.KindConflict},
		{413, ``, ccaas.KindInvalid},
		{415, ``, ccaas.KindInvalid},
		{422, ``, ccaas.KindInvalid},
		{429, ``, ccaas.KindRateLimited},
		{500, ``, ccaas.KindUnavailable},
		{503, `not json`, ccaas.KindUnavailable},
		{504, ``, ccaas.KindUnavailable},
		{302, ``, ccaas.KindInvalid},
	} {
		failure := classify("skills.replace", c.status, http.Header{}, []byte(c.body))
		require.Equal(t, c.kind, failure.Kind, "%d %s", c.status, c.body)
		require.Equal(t, c.status, failure.Status)
		require.Equal(t, "skills.replace", failure.Op)
	}
}

func TestAMissingLicenceIsAMissingSeatWhereASeatIsNeeded(t *testing.T) {
	for _, c := range []struct {
		op     string
		status int
		body   string
		kind   ccaas.Kind
	}{
		{"queues.join", 400, `{"code":"bad.request","message":"No license is available"}`, ccaas.KindNoSeat},
		{"roles.replace", 409, `{"code":"license.limit.exceeded","message":"no"}`, ccaas.KindNoSeat},
		{"roles.add", 403, `{"message":"every seat of the organization is taken"}`, ccaas.KindNoSeat},
		{"queues.join", 403, `{"code":"missing.permissions","message":"authorization:license:view"}`, ccaas.KindForbidden},
		{"queues.join", 400, `{"message":"Queue Seattle is not known"}`, ccaas.KindInvalid},
		{"queues.join", 503, `{"message":"the license service is down"}`, ccaas.KindUnavailable},
		{"profile.set", 400, `{"message":"title License Clerk is too long"}`, ccaas.KindInvalid},
	} {
		require.Equal(t, c.kind, classify(c.op, c.status, http.Header{}, []byte(c.body)).Kind, c.body)
	}
}

func TestErrorCarriesThePlatformsOwnWordsAndCorrelation(t *testing.T) {
	header := http.Header{}
	header.Set(correlationHeader, "abc")
	failure := classify("account.create", 400, header, []byte(`{"code":"invalid.value","message":"Bad address",
		"details":[{"errorCode":"too.long","fieldName":"title"}],"errors":[{"message":"title is too long"}],
		"limit":{"namespace":"directory","key":"title.length"}}`))
	require.Equal(t, "invalid.value", failure.Code)
	require.Equal(t, "Bad address; title too.long; title is too long; limit directory/title.length", failure.Message)
	require.Equal(t, "abc", failure.CorrelationID)
}

func TestErrorFallsBackToTheContextIDOfTheBody(t *testing.T) {
	require.Equal(t, "ctx-1", classify("x", 400, http.Header{}, []byte(`{"contextId":"ctx-1"}`)).CorrelationID)
}

func TestEmailAddressesAreTakenOutOfMessages(t *testing.T) {
	failure := classify("account.create", 409, http.Header{},
		[]byte(`{"message":"A user with email 'jane.doe+x@example.co.uk' exists (see <j@d.example>)"}`))
	require.Equal(t, "A user with email '[email]' exists (see <[email]>)", failure.Message)
}

func TestMessageIsBounded(t *testing.T) {
	failure := classify("x", 400, http.Header{}, []byte(`{"message":"`+strings.Repeat("é", maxMessage)+`"}`))
	require.LessOrEqual(t, len(failure.Message), maxMessage+len("…"))
}

func TestRetryAfterIsReadInSecondsAsDateAndFromTheWindow(t *testing.T) {
	with := func(pairs ...string) http.Header {
		header := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			header.Set(pairs[i], pairs[i+1])
		}
		return header
	}
	require.Equal(t, 12*time.Second, retryAfter(429, with("Retry-After", "12")))
	require.Equal(t, 12*time.Second, retryAfter(503, with("Retry-After", "12")))
	date := time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
	require.InDelta(t, time.Minute, retryAfter(429, with("Retry-After", date)), float64(3*time.Second))
	require.Equal(t, 33*time.Second, retryAfter(429, with("inin-ratelimit-reset", "33")))
	require.Equal(t, time.Second, retryAfter(429, with("Retry-After", "soon")))
	require.Zero(t, retryAfter(503, http.Header{}))
}
