package frontdoor_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/mapping"
)

func TestAMappingVersionIsAddedOnceWithItsAuthor(t *testing.T) {
	h := open(t)
	added, err := h.as(editorToken).AddMappingVersion(t.Context(), mapping.Example(), "the first rules")
	require.NoError(t, err)
	require.Equal(t, 1, added.Version)
	require.Equal(t, "edda", added.Author)
	require.Equal(t, "the first rules", added.Reason)

	again, err := h.as(editorToken).AddMappingVersion(t.Context(), append(mapping.Example(), "\n# a comment\n"...), "again")
	require.NoError(t, err)
	require.Equal(t, 1, again.Version, "the same rules are the same version")
	require.Len(t, h.audited("mapping.add"), 1)

	version, err := h.as(viewerToken).MappingVersion(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, string(mapping.Example()), version.YAML)
	_, err = h.as(viewerToken).MappingVersion(t.Context(), 2)
	refused(t, err, http.StatusNotFound)
	_, err = h.as(viewerToken).AddMappingVersion(t.Context(), mapping.Example(), "")
	refused(t, err, http.StatusForbidden)
}

func TestAMappingVersionMayComeAsPlainYAML(t *testing.T) {
	h := open(t)
	for _, contentType := range []string{"application/yaml", "text/yaml; charset=utf-8", ""} {
		status, _, body := h.answer(http.MethodPost, "/v1/mapping/versions?reason=by+hand", editorToken, contentType, mapping.Example())
		require.Contains(t, []int{http.StatusCreated, http.StatusOK}, status, body)
		var added api.MappingVersion
		require.NoError(t, json.Unmarshal([]byte(body), &added))
		require.Equal(t, 1, added.Version)
		require.Equal(t, "by hand", added.Reason)
	}
}

func TestMistakesInAMappingVersionAreNamedByLine(t *testing.T) {
	h := open(t)
	_, err := h.as(editorToken).AddMappingVersion(t.Context(), []byte("registry:\n  time_zone: Mars/Olympus\ncolours: [red]\n"), "")
	problem := refused(t, err, http.StatusUnprocessableEntity)
	require.GreaterOrEqual(t, len(problem.Errors), 2)
	var fields []string
	for _, mistake := range problem.Errors {
		fields = append(fields, mistake.Field)
		require.NotEmpty(t, mistake.Found)
		require.NotEmpty(t, mistake.Expected)
	}
	require.Contains(t, strings.Join(fields, "\n"), "line 2 ")
	require.Contains(t, strings.Join(fields, "\n"), "line 3 ")
	versions, err := h.as(viewerToken).MappingVersions(t.Context(), api.PageQuery{})
	require.NoError(t, err)
	require.Empty(t, versions.Items)

	status, _, body := h.answer(http.MethodPost, "/v1/mapping/versions", editorToken, "application/json", []byte(`{"yaml": 7}`))
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, "{yaml, reason}")
}

func TestVersionsAreListedNewestFirstAndPageByPage(t *testing.T) {
	h := open(t)
	example := string(mapping.Example())
	for _, code := range []string{"SVC_BILLING", "SVC_BILLING_2", "SVC_BILLING_3"} {
		_, err := h.as(editorToken).AddMappingVersion(t.Context(), []byte(strings.Replace(example, "SVC_BILLING", code, 1)), code)
		require.NoError(t, err)
	}
	first, err := h.as(viewerToken).MappingVersions(t.Context(), api.PageQuery{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []int{3, 2}, []int{first.Items[0].Version, first.Items[1].Version})
	require.Empty(t, first.Items[0].YAML, "texts are read one by one")
	second, err := h.as(viewerToken).MappingVersions(t.Context(), api.PageQuery{Limit: 2, Cursor: first.NextCursor})
	require.NoError(t, err)
	require.Len(t, second.Items, 1)
	require.Equal(t, 1, second.Items[0].Version)
	require.Empty(t, second.NextCursor)
}

func TestTheRegistryAnswersForCodesWithoutAPerson(t *testing.T) {
	h := open(t)
	_, err := h.as(viewerToken).Resolve(t.Context(), api.ResolveRequest{DepartmentCode: "SUPP_L2"})
	refused(t, err, http.StatusNotFound)
	_, err = h.as(editorToken).AddMappingVersion(t.Context(), mapping.Example(), "")
	require.NoError(t, err)
	resolution, err := h.as(viewerToken).Resolve(t.Context(), api.ResolveRequest{
		DepartmentCode: "SUPP_L2", JobTitleCode: "SR_TECH_SUPPORT", SkillCodes: []string{"SVC_TECH", "SVC_VIP"},
	})
	require.NoError(t, err)
	require.True(t, resolution.InScope)
	require.Equal(t, 1, resolution.Version)
	require.Equal(t, []string{"skill SVC_VIP"}, resolution.Unmapped)
	require.Contains(t, string(resolution.Desired), "Tier_2_Escalation")
}

func TestANewVersionsTimeZonesCountForTheNextEvent(t *testing.T) {
	h := open(t)
	body := event(t, "evt_1", "P-1", nil, map[string]any{"timezone": "EST"})
	_, err := h.send(body)
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(editorToken).AddMappingVersion(t.Context(), mapping.Example(), "translates EST")
	require.NoError(t, err)
	h.sent(body)
}
