package frontdoor_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func TestTheDescriptionIsValidOpenAPI31(t *testing.T) {
	h := open(t)
	_, body := h.openAPI()
	document, err := openapi3.NewLoader().LoadFromData([]byte(body))
	require.NoError(t, err)
	require.Equal(t, "3.1.0", document.OpenAPI)
	require.NoError(t, document.Validate(t.Context(), openapi3.EnableSchemaFormatValidation()))
}

func TestEveryCallSaysWhatItDoesAndHowItRefuses(t *testing.T) {
	h := open(t)
	document, body := h.openAPI()
	ids := map[string]bool{}
	for path, calls := range document.Paths {
		for method, call := range calls {
			require.NotEmpty(t, call.Summary, "%s %s", method, path)
			require.NotEmpty(t, call.OperationID, "%s %s", method, path)
			require.False(t, ids[call.OperationID], "%s stands twice", call.OperationID)
			ids[call.OperationID] = true
			if len(call.Security) == 0 {
				continue
			}
			for _, status := range []string{"401", "403", "500", "503"} {
				require.Contains(t, string(call.Responses[status]), "Problem", "%s %s %s", method, path, status)
			}
		}
	}
	require.NotContains(t, body, "ErrorModel", "every refusal has one form")
}

func TestThePageOfTheDescriptionNeedsNoInternet(t *testing.T) {
	h := open(t)
	status, header, page := h.answer(http.MethodGet, "/v1/docs", "", "", nil)
	require.Equal(t, http.StatusOK, status)
	require.True(t, strings.HasPrefix(header.Get("Content-Type"), "text/html"))
	require.NotContains(t, page, "<script")
	require.Empty(t, regexp.MustCompile(`(src|href)="[a-z]*:?//`).FindAllString(page, -1))
	document, _ := h.openAPI()
	for path := range document.Paths {
		require.Contains(t, page, path)
	}
	require.Contains(t, page, "HREvent")
}
