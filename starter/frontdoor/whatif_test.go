package frontdoor_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/mapping"
	"muster/store"
	"muster/testenv"
)

// staffed is a house with the example's rules as version 1 and some people.
func staffed(t *testing.T) *house {
	t.Helper()
	h := open(t)
	testenv.Publish(t, h.store, mapping.Example())
	h.sent(event(t, "evt_1", "P-1", nil, map[string]any{"skill_codes": []string{"SVC_TECH"}}))
	h.sent(event(t, "evt_2", "P-2", nil, map[string]any{"department_code": "BILLING", "skill_codes": []string{"SVC_VIP"}}))
	h.sent(event(t, "evt_3", "P-3", nil, map[string]any{"department_code": "RETAIL_7"}))
	return h
}

// draft is the example with some text replaced.
func draft(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(string(mapping.Example()))
}

// readOf are the persons that the newest audit row of a read names.
func (h *house) readOf(action string) []string {
	h.t.Helper()
	rows := h.audited("read." + action)
	require.NotEmpty(h.t, rows)
	last := rows[len(rows)-1]
	if last.PersonID != "" {
		return []string{last.PersonID}
	}
	var detail struct {
		PersonIDs []string `json:"person_ids"`
	}
	require.NoError(h.t, json.Unmarshal(last.Detail, &detail))
	return detail.PersonIDs
}

func TestADraftIsSimulatedAgainstThePeopleThereAre(t *testing.T) {
	h := staffed(t)
	found, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{
		YAML:        draft("- code: SVC_RETENTION", "- code: SVC_VIP", "name: Tier_2_Escalation, fallback: General_Support", "name: General_Support"),
		QueueLimits: api.QueueLimits{QueueMinimum: 1},
	})
	require.NoError(t, err)

	require.Equal(t, []int{1, 0, 3, 2, 2, 2}, []int{found.Base, found.Version, found.People, found.ScopeBefore, found.ScopeAfter, found.Changed})
	require.Equal(t, []api.UnmappedCount{{Kind: "skill", Code: "SVC_VIP", Before: 1}}, found.Unmapped)
	require.Equal(t, []api.QueueForecast{
		{Name: "Billing_Queue", Before: 1, After: 1, Minimum: 1},
		{Name: "General_Support", After: 1, Gained: 1, Minimum: 1, WasUnder: true},
		{Name: "Tier_2_Escalation", Before: 1, Lost: 1, Minimum: 1, Under: true},
	}, found.Queues)
	require.Equal(t, "P-1", found.Changes[0].PersonID)
	require.Equal(t, []string{"+ queue General_Support", "- queue Tier_2_Escalation (else General_Support)"}, []string{found.Changes[0].Changes[0].Text, found.Changes[0].Changes[1].Text})
	require.Nil(t, found.Replay)
	require.Equal(t, []string{"P-1", "P-2"}, h.readOf("simulation"), "who was named is on the record")
}

func TestVersionsAreSimulatedByNumber(t *testing.T) {
	h := staffed(t)
	h.submitted([]byte(draft("SVC_RETENTION", "SVC_VIP")))

	newest, err := h.as(approverToken).Simulate(t.Context(), api.SimulateRequest{Base: 1})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 1}, []int{newest.Base, newest.Version, newest.Changed}, "one that waits for approval can be tried already")
	h.published([]byte(draft("SVC_RETENTION", "SVC_VIP")), api.PublishRequest{})
	back, err := h.as(auditorToken).Simulate(t.Context(), api.SimulateRequest{Version: 1})
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, 1}, []int{back.Base, back.Version, back.Changed})
	_, err = h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{Version: 9})
	refused(t, err, http.StatusNotFound)
	_, err = h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{Version: 1, YAML: draft()})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = open(t).as(viewerToken).Simulate(t.Context(), api.SimulateRequest{})
	refused(t, err, http.StatusNotFound)
}

func TestPastEventsAreReplayedWhenAskedFor(t *testing.T) {
	h := staffed(t)
	yesterday := h.clock.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	h.sent(event(t, "evt_4", "P-1", map[string]any{"timestamp_utc": yesterday}, map[string]any{"skill_codes": []string{"SVC_VIP", "SVC_TECH"}}))
	h.sent(event(t, "evt_5", "P-1", map[string]any{"timestamp_utc": h.clock.Now().Add(-time.Hour).UTC().Format(time.RFC3339)},
		map[string]any{"skill_codes": []string{"SVC_TECH"}}))
	h.sent(event(t, "evt_6", "P-1", map[string]any{"effective_at": "2099-01-01"}, map[string]any{"skill_codes": []string{"SVC_VIP"}}))

	found, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{YAML: draft("SVC_RETENTION", "SVC_VIP"), Days: 7})
	require.NoError(t, err)
	replay := found.Replay
	require.Equal(t, []int{2, 1, 0, 1}, []int{replay.Events, replay.ParkedBefore, replay.ParkedAfter, replay.Differing})
	require.Equal(t, "evt_4", replay.Differences[0].EventID)
	require.Equal(t, []api.UnmappedCount{{Kind: "skill", Code: "SVC_VIP", Before: 1}}, replay.Unmapped)
}

// Nobody may learn from a what-if that somebody is to leave.
func TestAPlannedTerminationShowsInNoAnswer(t *testing.T) {
	h := staffed(t)
	const later = "2099-01-01"
	ask := func() []any {
		simulated, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{YAML: draft("SUPP_L2", "SUPP_9"), At: later, Days: 366})
		require.NoError(t, err)
		covered, err := h.as(viewerToken).Coverage(t.Context(), api.CoverageQuery{At: later, Days: 366})
		require.NoError(t, err)
		drilled, err := h.as(viewerToken).Drill(t.Context(), api.DrillRequest{
			Format: "csv", Changes: "kind,old_code,new_code,effective_date\ndepartment,SUPP_L2,SUPP_9,2099-01-01\n",
		})
		require.NoError(t, err)
		return []any{simulated, covered, drilled}
	}
	before := ask()
	h.sent(event(t, "evt_leave", "P-1", map[string]any{"event_type": "USER_TERMINATE", "timestamp_utc": "2026-01-06T10:00:00Z"}, map[string]any{
		"department_code": "SECRET", "termination": map[string]any{"last_day": "2098-12-31"},
	}))
	require.Equal(t, before, ask())
}

func TestTheRulesAreAskedForADateInTheirOwnZone(t *testing.T) {
	h := staffed(t)
	dated := draft("- code: SVC_RETENTION", "- code: SVC_VIP\n    effective_date: 2099-01-01")
	for at, unmapped := range map[string]int{"2099-01-01": 0, "2099-01-01T04:59:59Z": 1, "2099-01-01T05:00:00Z": 0, "": 1} {
		found, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{YAML: dated, At: at})
		require.NoError(t, err)
		require.Equal(t, unmapped, found.Unmapped[0].After, at)
	}
	covered, err := h.as(viewerToken).Coverage(t.Context(), api.CoverageQuery{At: "2099-01-01"})
	require.NoError(t, err)
	require.Equal(t, time.Date(2099, 1, 1, 5, 0, 0, 0, time.UTC), covered.At)
	_, err = h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{At: "tomorrow"})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(viewerToken).Coverage(t.Context(), api.CoverageQuery{At: "2099-02-30"})
	refused(t, err, http.StatusUnprocessableEntity)
}

func TestHowManyPeopleAreListedIsTheCallersToSay(t *testing.T) {
	h := staffed(t)
	for _, test := range []struct{ people, listed int }{{0, 0}, {1, 1}, {100_000, 2}} {
		found, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{
			YAML: draft("roles: [Agent]\n  policies", "roles: [Agent, Chat]\n  policies"), PeopleLimit: api.PeopleLimit{People: &test.people},
		})
		require.NoError(t, err)
		require.Equal(t, 2, found.Changed)
		require.Len(t, found.Changes, test.listed)
		if test.people == 0 {
			require.Empty(t, found.Groups[0].Examples)
			require.Empty(t, h.audited("read.simulation"), "nobody was named")
		}
	}
	require.Equal(t, []string{"P-1", "P-2"}, h.readOf("simulation"))
	_, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{PeopleLimit: api.PeopleLimit{People: new(100_001)}})
	refused(t, err, http.StatusUnprocessableEntity)
}

func TestMistakesInADraftAreNamedByLine(t *testing.T) {
	h := staffed(t)
	_, err := h.as(viewerToken).Simulate(t.Context(), api.SimulateRequest{YAML: "registry:\n  time_zone: Mars/Olympus\n"})
	require.Contains(t, refused(t, err, http.StatusUnprocessableEntity).Error(), "line 2 ")
	_, err = h.as(viewerToken).Drill(t.Context(), api.DrillRequest{YAML: "registry:\n  time_zone: Mars/Olympus\n", Format: "csv", Changes: oneChange})
	require.Contains(t, refused(t, err, http.StatusUnprocessableEntity).Error(), "line 2 ")
}

const oneChange = "kind,old_code,new_code,effective_date\ndepartment,SUPP_L2,SUPP_9,2027-01-01\n"

func TestCoverageNamesCodesWithoutARuleAndRulesWithoutACode(t *testing.T) {
	h := staffed(t)
	found, err := h.as(editorToken).Coverage(t.Context(), api.CoverageQuery{})
	require.NoError(t, err)

	require.Equal(t, []int{1, 3, 3}, []int{found.Version, found.People, found.Events})
	require.Len(t, found.Missing, 1)
	missing := found.Missing[0]
	require.Equal(t, []any{"skill", "SVC_VIP", 1, 1, []string{"P-2"}}, []any{missing.Kind, missing.Code, missing.People, missing.Events, missing.Examples})
	require.WithinDuration(t, h.clock.Now(), *missing.FirstSeen, time.Minute)
	require.Equal(t, []string{"P-2"}, h.readOf("coverage"))
	var unused []string
	for _, rule := range found.Unused {
		require.Positive(t, rule.Line)
		unused = append(unused, rule.Code)
	}
	require.Contains(t, unused, "SALES")
	require.NotContains(t, unused, "BILLING")
	h.clock.set(h.clock.Now().AddDate(0, 0, 8))
	later, err := h.as(viewerToken).Coverage(t.Context(), api.CoverageQuery{Days: 7, Version: 1})
	require.NoError(t, err)
	require.Zero(t, later.Events, "they are older than a week by then")
	require.Equal(t, 1, later.Missing[0].People, "but people have their codes still")
}

func TestADrillSaysWhatAReorganisationBreaks(t *testing.T) {
	h := staffed(t)
	found, err := h.as(operatorToken).Drill(t.Context(), api.DrillRequest{Format: "csv", Changes: oneChange})
	require.NoError(t, err)
	require.True(t, found.Broken)
	require.Equal(t, "2027-01-01", found.Stages[0].Date)
	require.Equal(t, time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC), found.Stages[0].At, "00:00 in the registry's zone")
	require.Equal(t, []api.UnmappedCount{{Kind: "department", Code: "SUPP_9", After: 1, Examples: []string{"P-1"}}}, found.Stages[0].Breaks.Unmapped)
	require.Equal(t, "SVC_VIP", found.Stages[0].StillUnmapped[0].Code)
	require.Equal(t, []string{"P-1", "P-2"}, h.readOf("drill"))

	ready, err := h.as(operatorToken).Drill(t.Context(), api.DrillRequest{
		Format: "yaml", Changes: "- {kind: department, old_code: SUPP_L2, new_code: SUPP_9, effective_date: 2027-01-01}", YAML: draft("code: SUPP_L1", "code: SUPP_9"),
	})
	require.NoError(t, err)
	require.False(t, ready.Broken)
	require.Zero(t, ready.Version)
}

func TestMistakesInAListOfChangesAreNamedByFileAndLine(t *testing.T) {
	_, err := staffed(t).as(viewerToken).Drill(t.Context(), api.DrillRequest{
		Format: "csv", Name: "next.csv", Changes: "kind,old_code,new_code,effective_date\nteam,A,B,2027-01-01\nskill,A,B,soon\n",
	})
	problem := refused(t, err, http.StatusUnprocessableEntity)
	require.Equal(t, []string{"next.csv:2 kind", "next.csv:3 effective_date"}, []string{problem.Errors[0].Field, problem.Errors[1].Field})
}

func TestWhoMayAskWhatIf(t *testing.T) {
	h := staffed(t)
	for token, status := range map[string]int{
		viewerToken: 200, operatorToken: 200, approverToken: 200, legalToken: 200, auditorToken: 200, editorToken: 200,
		ingestToken: 403, powerless: 403, "": 401,
	} {
		for method, path := range map[string]string{"/v1/mapping/coverage": http.MethodGet, "/v1/mapping/simulate": http.MethodPost} {
			body := []byte("{}")
			got, _, answer := h.answer(path, method, token, "application/json", body)
			require.Equal(t, status, got, answer)
		}
	}
}

// Only few are worked on at once: the others are told when to come back, and one who hangs up makes room.
func TestFewQuestionsAreWorkedOnAtOnce(t *testing.T) {
	url := testenv.Database(t)
	records, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(records.Close)
	h := openOn(t, records)
	testenv.Publish(t, records, mapping.Example())
	connection, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close(context.Background()) })
	lock, err := connection.Begin(t.Context())
	require.NoError(t, err)
	_, err = lock.Exec(t.Context(), `lock table persons in access exclusive mode`)
	require.NoError(t, err)
	waiting := func(count int) {
		t.Helper()
		require.Eventually(t, func() bool {
			var blocked int
			err := lock.QueryRow(t.Context(), `
				select count(*) from pg_locks where not granted and relation = 'persons'::regclass`).Scan(&blocked)
			return err == nil && blocked == count
		}, 10*time.Second, 5*time.Millisecond)
	}
	answers := make(chan error, 3)
	ask := func(ctx context.Context) {
		go func() {
			_, err := h.as(viewerToken).Simulate(ctx, api.SimulateRequest{})
			answers <- err
		}()
	}
	impatient, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	ask(impatient)
	ask(t.Context())
	waiting(2)

	status, header, body := h.answer(http.MethodGet, "/v1/mapping/coverage", viewerToken, "", nil)
	require.Equal(t, http.StatusTooManyRequests, status, body)
	require.Equal(t, "10", header.Get("Retry-After"))

	hangUp()
	require.ErrorIs(t, <-answers, context.Canceled)
	waiting(1)
	require.Eventually(t, func() bool {
		bounded, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := h.as(viewerToken).Coverage(bounded, api.CoverageQuery{})
		return errors.Is(err, context.DeadlineExceeded) // it was let in
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, lock.Rollback(t.Context()))
	require.NoError(t, <-answers)
}
