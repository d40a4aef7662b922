package frontdoor_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/frontdoor"
)

// documented is what the tests read of the OpenAPI document.
type documented struct {
	Paths map[string]map[string]struct {
		OperationID string                     `json:"operationId"`
		Summary     string                     `json:"summary"`
		Security    []map[string][]string      `json:"security"`
		Responses   map[string]json.RawMessage `json:"responses"`
	} `json:"paths"`
}

func (h *house) openAPI() (documented, string) {
	h.t.Helper()
	status, header, body := h.answer(http.MethodGet, "/v1/openapi.json", "", "", nil)
	require.Equal(h.t, http.StatusOK, status)
	require.Equal(h.t, "application/openapi+json", header.Get("Content-Type"))
	var document documented
	require.NoError(h.t, json.Unmarshal([]byte(body), &document))
	return document, body
}

// open to everyone: what is alive, what is measured, what there is.
var public = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true, "/v1/openapi.json": true, "/v1/docs": true} //nolint:gochecknoglobals // a table

func TestEveryCallButHealthAndDescriptionNeedsATokenWithItsRole(t *testing.T) {
	h := open(t)
	document, _ := h.openAPI()
	require.Greater(t, len(document.Paths), 15)
	for path, calls := range document.Paths {
		for method, call := range calls {
			t.Run(method+" "+path, func(t *testing.T) {
				if public[path] {
					require.Empty(t, call.Security)
					return
				}
				require.NotEmpty(t, call.Security)
				concrete := strings.NewReplacer("{id}", "x", "{event_id}", "x", "{version}", "1").Replace(path)
				body := []byte(`{}`)
				if method == "get" {
					body = nil
				}
				for token, want := range map[string]int{
					"": http.StatusUnauthorized, "a-token-nobody-knows": http.StatusUnauthorized, powerless: http.StatusForbidden,
				} {
					status, header, _ := h.answer(strings.ToUpper(method), concrete, token, "application/json", body)
					require.Equal(t, want, status, "token %q", token)
					require.Equal(t, api.ProblemMediaType, header.Get("Content-Type"))
				}
			})
		}
	}
}

func TestARefusalIsAuditedUnderTheNameOfWhoWasRefused(t *testing.T) {
	h := open(t)
	_, err := h.as(viewerToken).VerifyAudit(t.Context())
	problem := refused(t, err, http.StatusForbidden)
	require.Contains(t, problem.Detail, "auditor")
	facts := h.audited("access.refused")
	require.Len(t, facts, 1)
	require.Equal(t, "vera", facts[0].Actor)
	require.True(t, facts[0].ActorVerified)
	require.Contains(t, string(facts[0].Detail), "/v1/audit/verify")
	require.NotContains(t, string(facts[0].Detail), viewerToken)
	require.NotContains(t, h.log.String(), viewerToken)
}

func TestAPathThatIsNoneIsAProblemDocument(t *testing.T) {
	h := open(t)
	for method, path := range map[string]string{http.MethodGet: "/v2/agents", http.MethodDelete: "/v1/agents"} {
		status, header, body := h.answer(method, path, viewerToken, "", nil)
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, status)
		require.Equal(t, api.ProblemMediaType, header.Get("Content-Type"))
		require.Contains(t, body, "/v1/docs")
	}
}

func TestAMistypedFilterDoesNotListEverything(t *testing.T) {
	h := open(t)
	status, _, body := h.answer(http.MethodGet, "/v1/agents?stat=active", viewerToken, "", nil)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, "query.stat")
	status, _, body = h.answer(http.MethodGet, "/v1/agents?limit=501", viewerToken, "", nil)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, `"found":"501"`)
	status, _, body = h.answer(http.MethodGet, "/v1/agents?cursor=%25%25", viewerToken, "", nil)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, "query.cursor")
}

func TestEveryCallDocumentsThatItRefusesAnUnknownParameter(t *testing.T) {
	h := open(t, func(options *frontdoor.Options) {
		var err error
		options.Tokens, err = frontdoor.NewTokens(map[string]frontdoor.Actor{viewerToken: {Name: "all", Roles: api.Roles()}})
		require.NoError(t, err)
	})
	document, _ := h.openAPI()
	served := map[string]bool{"/metrics": true, "/v1/openapi.json": true, "/v1/docs": true} // outside the router
	for path, calls := range document.Paths {
		for method, call := range calls {
			if served[path] {
				continue
			}
			concrete := strings.NewReplacer("{id}", "x", "{event_id}", "x", "{version}", "1").Replace(path)
			body := []byte(`{}`)
			if method == "get" {
				body = nil
			}
			status, _, _ := h.answer(strings.ToUpper(method), concrete+"?colour=red", viewerToken, "application/json", body)
			require.Equal(t, http.StatusUnprocessableEntity, status, "%s %s", method, path)
			require.Contains(t, call.Responses, "422", "%s %s", method, path)
		}
	}
}
