package frontdoor_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/mapping"
	"muster/store"
	"muster/testenv"
)

// rulesFor are the example's with another code for billing, so that they are other rules.
func rulesFor(code string) []byte {
	return []byte(strings.ReplaceAll(string(mapping.Example()), "SVC_BILLING", code))
}

func (h *house) submitted(yaml []byte) api.MappingVersion {
	h.t.Helper()
	version, err := h.as(editorToken).SubmitMapping(h.t.Context(), yaml, "for a test")
	require.NoError(h.t, err)
	return version
}

func (h *house) published(yaml []byte, how api.PublishRequest) api.MappingVersion {
	h.t.Helper()
	version := h.submitted(yaml)
	_, err := h.as(approverToken).ApproveMapping(h.t.Context(), version.Version, "for a test")
	require.NoError(h.t, err)
	how.Reason = "for a test"
	version, err = h.as(editorToken).PublishMapping(h.t.Context(), version.Version, how)
	require.NoError(h.t, err)
	return version
}

func TestAVersionIsSubmittedApprovedAndPublishedByTwo(t *testing.T) {
	h := open(t)
	submitted := h.submitted(mapping.Example())
	require.Equal(t, []any{1, "submitted", "edda", "for a test"}, []any{submitted.Version, submitted.State, submitted.Author, submitted.Reason})
	_, err := h.as(editorToken).ApproveMapping(t.Context(), 1, "mine")
	require.Contains(t, refused(t, err, http.StatusForbidden).Detail, "whoever wrote a version cannot approve it")
	_, err = h.as(editorToken).PublishMapping(t.Context(), 1, api.PublishRequest{Reason: "at once"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "only an approved version")
	approved, err := h.as(approverToken).ApproveMapping(t.Context(), 1, "looked at")
	require.NoError(t, err)
	require.Equal(t, "approved", approved.State)
	_, err = h.as(approverToken).PublishMapping(t.Context(), 1, api.PublishRequest{Reason: "at once"})
	refused(t, err, http.StatusForbidden)
	published, err := h.as(editorToken).PublishMapping(t.Context(), 1, api.PublishRequest{Reason: "the first rules"})
	require.NoError(t, err)
	require.Equal(t, "published", published.State)
	require.NotNil(t, published.EffectiveAt)

	inForce, err := h.as(viewerToken).MappingVersion(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, string(mapping.Example()), inForce.YAML)
	var steps []string
	for _, step := range inForce.Steps {
		steps = append(steps, step.Step+" by "+step.Actor+": "+step.Reason)
	}
	require.Equal(t, []string{"submitted by edda: for a test", "approved by ana: looked at", "published by edda: the first rules"}, steps)
	require.Len(t, h.audited("mapping.published"), 1)

	again := h.submitted(append(mapping.Example(), "\n# a comment\n"...))
	require.Equal(t, 1, again.Version, "the same rules are the same version")
	_, err = h.as(viewerToken).SubmitMapping(t.Context(), rulesFor("B"), "")
	refused(t, err, http.StatusForbidden)
	_, err = h.as(viewerToken).MappingVersion(t.Context(), 2)
	refused(t, err, http.StatusNotFound)
}

func TestEveryDecisionAboutAVersionNeedsAReason(t *testing.T) {
	h := open(t)
	h.submitted(mapping.Example())
	for name, call := range map[string]func() error{
		"approve":  func() error { _, err := h.as(approverToken).ApproveMapping(t.Context(), 1, " "); return err },
		"reject":   func() error { _, err := h.as(approverToken).RejectMapping(t.Context(), 1, ""); return err },
		"withdraw": func() error { _, err := h.as(editorToken).WithdrawMapping(t.Context(), 1, ""); return err },
		"publish": func() error {
			_, err := h.as(editorToken).PublishMapping(t.Context(), 1, api.PublishRequest{})
			return err
		},
	} {
		require.Equal(t, "body.reason", refused(t, call(), http.StatusUnprocessableEntity).Errors[0].Field, name)
	}
}

func TestARejectedAndAWithdrawnVersionGoNoFurther(t *testing.T) {
	h := open(t)
	h.submitted(rulesFor("A"))
	h.submitted(rulesFor("B"))
	rejected, err := h.as(approverToken).RejectMapping(t.Context(), 1, "no")
	require.NoError(t, err)
	require.Equal(t, "rejected", rejected.State)
	withdrawn, err := h.as(editorToken).WithdrawMapping(t.Context(), 2, "a mistake")
	require.NoError(t, err)
	require.Equal(t, "withdrawn", withdrawn.State)
	for _, version := range []int{1, 2} {
		_, err = h.as(approverToken).ApproveMapping(t.Context(), version, "after all")
		refused(t, err, http.StatusConflict)
	}
}

func TestAPublicationMayBeDated(t *testing.T) {
	h := open(t)
	h.published(rulesFor("A"), api.PublishRequest{})
	dated := h.published(rulesFor("B"), api.PublishRequest{EffectiveDate: "2099-01-01"})
	require.Equal(t, "scheduled", dated.State)
	require.Equal(t, time.Date(2099, 1, 1, 5, 0, 0, 0, time.UTC), *dated.EffectiveAt, "00:00 in the version's time zone, New York")

	h.submitted(rulesFor("C"))
	_, err := h.as(approverToken).ApproveMapping(t.Context(), 3, "ok")
	require.NoError(t, err)
	at := time.Date(2099, 2, 1, 0, 0, 0, 0, time.UTC)
	_, err = h.as(editorToken).PublishMapping(t.Context(), 3, api.PublishRequest{Reason: "x", EffectiveDate: "2099-02-01", EffectiveAt: &at})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(editorToken).PublishMapping(t.Context(), 3, api.PublishRequest{Reason: "x", EffectiveDate: "2098-01-01"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "version 2 takes effect at 2099-01-01T05:00:00Z and would then undo it")
	_, err = h.as(editorToken).PublishMapping(t.Context(), 3, api.PublishRequest{Reason: "x", EffectiveDate: "2020-01-01"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "in the past")
}

func TestATextMayComeAsPlainYAML(t *testing.T) {
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

func TestMistakesAreNamedByLineAndNothingIsSubmitted(t *testing.T) {
	h := open(t)
	wrong := []byte("registry:\n  time_zone: Mars/Olympus\ncolours: [red]\n")
	_, err := h.as(editorToken).SubmitMapping(t.Context(), wrong, "")
	problem := refused(t, err, http.StatusUnprocessableEntity)
	var fields []string
	for _, mistake := range problem.Errors {
		fields = append(fields, mistake.Field)
		require.NotEmpty(t, mistake.Found)
		require.NotEmpty(t, mistake.Expected)
	}
	require.Contains(t, strings.Join(fields, "\n"), "line 2 ")
	require.Contains(t, strings.Join(fields, "\n"), "line 3 ")
	plan, err := h.as(viewerToken).PlanMapping(t.Context(), wrong)
	require.NoError(t, err)
	require.Len(t, plan.Mistakes, len(problem.Errors))
	versions, err := h.as(viewerToken).MappingVersions(t.Context(), api.PageQuery{})
	require.NoError(t, err)
	require.Empty(t, versions.Items)

	status, _, body := h.answer(http.MethodPost, "/v1/mapping/versions", editorToken, "application/json", []byte(`{"yaml": 7}`))
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, "{yaml, reason}")
}

// hasPlatform puts a platform's names where a worker would.
func (h *house) hasPlatform(names store.CatalogueNames) {
	h.t.Helper()
	require.NoError(h.t, h.store.SeePlatform(h.t.Context(), "genesys"))
	claim, claimed, err := h.store.ClaimCatalogue(h.t.Context(), "genesys", time.Hour, time.Minute)
	require.NoError(h.t, err)
	require.True(h.t, claimed)
	require.NoError(h.t, h.store.KeepCatalogue(h.t.Context(), claim, names))
}

func TestAPlanHoldsTheNamesAgainstThePlatform(t *testing.T) {
	h := open(t)
	plan, err := h.as(viewerToken).PlanMapping(t.Context(), mapping.Example())
	require.NoError(t, err)
	require.Empty(t, plan.Mistakes)
	require.Contains(t, plan.Unchecked[0], "no worker has run yet", "it says that it did not look")

	h.hasPlatform(store.CatalogueNames{
		Queues:    []string{"General_Support", "Tier_2_Escalation", "Billing_Queue", "Sales_Inbound", "Priority_Support_Queue"},
		Roles:     []string{"Agent", "Knowledge Base Editor"},
		Skills:    []string{"Technical_Support", "Billing_Support", "Customer_Retention", "Sales_Closing", "Network_Troubleshooting"},
		Languages: []string{"English", "Spanish", "French"}, Groups: []string{"Support Team", "Austin Site", "Madrid Site"},
		Divisions: []string{"Customer Care", "Sales"}, Locations: []string{"Austin", "Madrid"},
		ManagementUnits: []store.CatalogueUnit{
			{Name: "Support MU", WorkPlans: []string{"Support Full Time"}}, {Name: "Sales MU", WorkPlans: []string{"Sales Full Time"}},
		},
	})
	plan, err = h.as(viewerToken).PlanMapping(t.Context(), mapping.Example())
	require.NoError(t, err)
	require.Empty(t, plan.Mistakes)
	require.Empty(t, plan.Unchecked)
	require.Equal(t, "genesys", plan.Catalogues[0].Platform)

	wrong := []byte(strings.Replace(string(mapping.Example()), "{skill: Billing_Support,", "{skill: Biling_Support,", 1))
	plan, err = h.as(viewerToken).PlanMapping(t.Context(), wrong)
	require.NoError(t, err)
	require.Len(t, plan.Mistakes, 1)
	require.Equal(t, 1+strings.Count(string(wrong[:strings.Index(string(wrong), "Biling")]), "\n"), plan.Mistakes[0].Line)
	_, err = h.as(editorToken).SubmitMapping(t.Context(), wrong, "")
	refused(t, err, http.StatusUnprocessableEntity)
}

func TestAPlanAndADiffSayWhatWouldChange(t *testing.T) {
	h := open(t)
	h.published(mapping.Example(), api.PublishRequest{})
	plan, err := h.as(viewerToken).PlanMapping(t.Context(), rulesFor("SVC_INVOICES"))
	require.NoError(t, err)
	require.Equal(t, 1, plan.BaseVersion)
	require.Len(t, plan.Differences, 2, "%+v", plan.Differences)
	h.submitted(rulesFor("SVC_INVOICES"))
	diff, err := h.as(viewerToken).DiffMapping(t.Context(), 0, 2)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{diff.From, diff.To})
	require.Equal(t, plan.Differences, diff.Differences)
	same, err := h.as(viewerToken).DiffMapping(t.Context(), 2, 2)
	require.NoError(t, err)
	require.Empty(t, same.Differences)
	_, err = h.as(viewerToken).DiffMapping(t.Context(), 1, 9)
	refused(t, err, http.StatusNotFound)
}

func TestVersionsAreListedNewestFirstAndPageByPage(t *testing.T) {
	h := open(t)
	for _, code := range []string{"A", "B", "C"} {
		h.submitted(rulesFor(code))
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

func TestADraftIsItsAuthorsUntilItIsSubmitted(t *testing.T) {
	h := open(t)
	draft, err := h.as(editorToken).AddMappingDraft(t.Context(), []byte("half a text"), "first thoughts")
	require.NoError(t, err)
	_, err = h.as(editorToken).SubmitMappingDraft(t.Context(), draft.ID)
	refused(t, err, http.StatusUnprocessableEntity)
	changed, err := h.as(editorToken).ChangeMappingDraft(t.Context(), draft.ID, mapping.Example(), "the first rules")
	require.NoError(t, err)
	require.Equal(t, string(mapping.Example()), changed.YAML)
	listed, err := h.as(viewerToken).MappingDrafts(t.Context())
	require.NoError(t, err)
	require.Len(t, listed.Items, 1)
	version, err := h.as(editorToken).SubmitMappingDraft(t.Context(), draft.ID)
	require.NoError(t, err)
	require.Equal(t, []any{1, "submitted", "the first rules"}, []any{version.Version, version.State, version.Reason})
	_, err = h.as(editorToken).ChangeMappingDraft(t.Context(), draft.ID, mapping.Example(), "")
	refused(t, err, http.StatusConflict)
	shown, err := h.as(viewerToken).MappingDraft(t.Context(), draft.ID)
	require.NoError(t, err)
	require.Equal(t, 1, shown.SubmittedVersion)

	other, err := h.as(editorToken).AddMappingDraft(t.Context(), []byte("x"), "")
	require.NoError(t, err)
	require.NoError(t, h.as(editorToken).DiscardMappingDraft(t.Context(), other.ID))
	_, err = h.as(viewerToken).MappingDraft(t.Context(), other.ID)
	refused(t, err, http.StatusNotFound)
}

func TestARolloutIsPausedAndResumedWithAReason(t *testing.T) {
	h := open(t)
	h.published(mapping.Example(), api.PublishRequest{})
	page, err := h.as(viewerToken).Rollouts(t.Context())
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	rollout := page.Items[0]
	require.Equal(t, []any{1, "publication", "scheduled", "rollout/" + rollout.ID}, []any{rollout.Version, rollout.Cause, rollout.State, rollout.WorkflowID})
	_, err = h.as(operatorToken).PauseRollout(t.Context(), rollout.ID, "")
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(viewerToken).PauseRollout(t.Context(), rollout.ID, "what is this?")
	refused(t, err, http.StatusForbidden)
	paused, err := h.as(operatorToken).PauseRollout(t.Context(), rollout.ID, "what is this?")
	require.NoError(t, err)
	require.Equal(t, "paused", paused.State)
	_, err = h.as(operatorToken).PauseRollout(t.Context(), rollout.ID, "again")
	refused(t, err, http.StatusConflict)
	_, err = h.as(operatorToken).ResumeRollout(t.Context(), rollout.ID, "as agreed")
	require.NoError(t, err)
	_, err = h.as(operatorToken).PauseRollout(t.Context(), "rol_none", "x")
	refused(t, err, http.StatusNotFound)
}

func TestTheRegistryAnswersForCodesWithoutAPerson(t *testing.T) {
	h := open(t)
	_, err := h.as(viewerToken).Resolve(t.Context(), api.ResolveRequest{DepartmentCode: "SUPP_L2"})
	refused(t, err, http.StatusNotFound)
	testenv.Publish(t, h.store, mapping.Example())
	h.clock.set(time.Now().Add(time.Minute))
	resolution, err := h.as(viewerToken).Resolve(t.Context(), api.ResolveRequest{
		DepartmentCode: "SUPP_L2", JobTitleCode: "SR_TECH_SUPPORT", SkillCodes: []string{"SVC_TECH", "SVC_VIP"},
	})
	require.NoError(t, err)
	require.True(t, resolution.InScope)
	require.Equal(t, 1, resolution.Version)
	require.Equal(t, []string{"skill SVC_VIP"}, resolution.Unmapped)
	require.Contains(t, string(resolution.Desired), "Tier_2_Escalation")
	require.Equal(t, "department", resolution.Used[0].Kind)
	require.Positive(t, resolution.Used[0].Line)
}

func TestTheGuidesQueryAsksWhatOneSkillCodeMeans(t *testing.T) {
	h := open(t)
	h.published([]byte(strings.Replace(string(mapping.Example()), "\nskills:\n",
		"\nskills:\n  - {code: SVC_OLD, gives: [{skill: Sales_Closing, proficiency: 1}], sunset_date: 2030-01-01}\n", 1)), api.PublishRequest{})
	ask := func(body string) (status int, answer api.Resolution, text string) {
		status, _, text = h.answer(http.MethodPost, "/v1/mapping/resolve", viewerToken, "application/json", []byte(body))
		if status == http.StatusOK {
			require.NoError(t, json.Unmarshal([]byte(text), &answer))
		}
		return status, answer, text
	}
	status, answer, text := ask(`{"hr_skill_code":"SVC_RETENTION","effective_date":"2027-01-01","resolution_strategy":"PRIORITY_WEIGHT"}`)
	require.Equal(t, http.StatusOK, status, text)
	require.Equal(t, []api.ResolvedTarget{
		{Kind: "skill", Platform: "genesys", Name: "Customer_Retention", Proficiency: 4, Weight: 10},
		{Kind: "skill", Platform: "genesys", Name: "Sales_Closing", Proficiency: 2, Weight: 5},
	}, answer.Targets)
	require.Equal(t, 1, answer.Version)
	require.Equal(t, "SVC_RETENTION", answer.Used[0].Code)
	require.Equal(t, time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC), answer.At)

	for day, retired := range map[string]bool{"2029-12-31": false, "2030-01-01": true} {
		_, answer, _ = ask(`{"hr_skill_code":"SVC_OLD","effective_date":"` + day + `"}`)
		require.Equal(t, retired, answer.Retired, day)
		require.Empty(t, answer.Unmapped, day)
	}
	_, answer, _ = ask(`{"hr_skill_code":"SVC_VIP"}`)
	require.Equal(t, []string{"skill SVC_VIP"}, answer.Unmapped)
	for _, wrong := range []string{
		`{"hr_skill_code":"SVC_VIP","department_code":"SALES"}`, `{"hr_skill_code":"SVC_VIP","resolution_strategy":"FIRST"}`,
		`{"hr_skill_code":"SVC_VIP","effective_date":"tomorrow"}`, `{"department_code":"SALES","platform":"cxone"}`,
	} {
		status, _, text = ask(wrong)
		require.Equal(t, http.StatusUnprocessableEntity, status, "%s: %s", wrong, text)
	}
}

func TestANewVersionsTimeZonesCountForTheNextEvent(t *testing.T) {
	h := open(t)
	body := event(t, "evt_1", "P-1", nil, map[string]any{"timezone": "EST"})
	_, err := h.send(body)
	refused(t, err, http.StatusUnprocessableEntity)
	h.published(mapping.Example(), api.PublishRequest{})
	h.sent(body)
}
