package frontdoor_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatCannotBeTextIsRefusedUnderItsFieldsName(t *testing.T) {
	h := open(t)
	cursor := base64.RawURLEncoding.EncodeToString([]byte("2026-01-01T00:00:00Z \xff"))
	for path, test := range map[string]struct{ token, field string }{
		"/v1/agents?q=%00":             {viewerToken, "query.q"},
		"/v1/agents?email=%ff":         {viewerToken, "query.email"},
		"/v1/agents/%00":               {viewerToken, "path.id"},
		"/v1/agents/a%ffb/timeline":    {viewerToken, "path.id"},
		"/v1/events/a%00b":             {viewerToken, "path.event_id"},
		"/v1/audit?actor=%00":          {auditorToken, "query.actor"},
		"/v1/reviews?kind=%00":         {viewerToken, "query.kind"},
		"/v1/reviews?cursor=" + cursor: {viewerToken, "query.cursor"},
		"/v1/agents?cursor=%00":        {viewerToken, "query.cursor"},
	} {
		status, _, body := h.answer(http.MethodGet, path, test.token, "", nil)
		require.Equal(t, http.StatusUnprocessableEntity, status, "%s: %s", path, body)
		require.Contains(t, body, `"field":"`+test.field+`"`, path)
	}
}

func TestAReasonThatCannotBeTextIsRefused(t *testing.T) {
	h, approval := asking(t, "muster")
	reason := []byte(`{"reason":"a\u0000b"}`)
	review := h.parked()
	for path, token := range map[string]string{
		"/v1/approvals/" + approval.ID + "/approve": approverToken, "/v1/approvals/" + approval.ID + "/reject": approverToken,
		"/v1/reviews/" + review.ID + "/retry": operatorToken, "/v1/reviews/" + review.ID + "/dismiss": operatorToken,
	} {
		status, _, body := h.answer(http.MethodPost, path, token, "application/json", reason)
		require.Equal(t, http.StatusUnprocessableEntity, status, "%s: %s", path, body)
		require.Contains(t, body, `"field":"body.reason"`, path)
	}
	status, _, body := h.answer(http.MethodPost, "/v1/mapping/versions", editorToken, "application/json", []byte(`{"yaml":"","reason":"a\u0000b"}`))
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, `"field":"body.reason"`)
}
