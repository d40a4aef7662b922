package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/mapping"
	"muster/testenv"
)

// staffedOffice is an office with the example's rules as version 1 and three people.
func staffedOffice(t *testing.T) *office {
	t.Helper()
	o := openOffice(t)
	testenv.Publish(t, o.store, mapping.Example())
	var events []map[string]any
	for id, payload := range map[string]map[string]any{
		"P-1": {"department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH"}},
		"P-2": {"department_code": "BILLING", "skill_codes": []string{"SVC_VIP"}},
		"P-3": {"department_code": "SUPP_L2"},
	} {
		payload["external_user_id"] = id
		events = append(events, map[string]any{
			"event_id": "evt_" + id, "event_type": "USER_UPDATE", "source_system": "WORKDAY", "timestamp_utc": "2026-01-05T10:00:00Z", "payload": payload,
		})
	}
	body, err := json.Marshal(map[string]any{"events": events})
	require.NoError(t, err)
	o.done("events", "send", fileOf(t, "events.json", string(body)))
	return o
}

// fileOf writes a file and returns its path.
func fileOf(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		require.Contains(t, text, part)
	}
}

func TestADraftIsSimulatedFromAFile(t *testing.T) {
	o := staffedOffice(t)
	draft := fileOf(t, "draft.yaml", strings.NewReplacer("code: BILLING", "code: BILLING_2", "name: Tier_2_Escalation, fallback: General_Support", "name: Care").
		Replace(string(mapping.Example())))
	out := o.done("mapping", "simulate", draft, "--queue-minimum", "1", "--days", "366", "--people", "1")

	contains(t, out, "the file compared with version 1", "3 people, 3 of them change", "in the contact centre: 3 before, 3 after",
		"WARNING: department BILLING has no rule: 1 people would wait (0 now)",
		"WARNING: queue Billing_Queue would have 0 people, fewer than 1 (1 before)",
		"replayed since", "+ queue Care", "People: 1 listed")
	require.Less(t, strings.Index(out, "WARNING"), strings.Index(out, "Who changes, and how"), "warnings come before the details")
	require.Equal(t, 1, strings.Count(out[strings.Index(out, "People: 1 listed"):], "P-"))

	found := answer[api.Simulation](o, "mapping", "simulate", draft)
	require.Equal(t, 3, found.Changed)
	require.Len(t, found.Changes, 3)
}

func TestVersionsAreSimulatedAndMistakesRefused(t *testing.T) {
	o := staffedOffice(t)
	contains(t, o.done("mapping", "simulate", "--version", "1", "--at", "2099-01-01"), "version 1 compared with version 1", "at 2099-01-01 05:00:00Z", "0 of them change")
	broken := o.run("mapping", "simulate", fileOf(t, "draft.yaml", "registry:\n  time_zone: Mars/Olympus\n"))
	require.Equal(t, exitRefused, broken.code)
	contains(t, broken.errors, "line 2 ")
	for name, arguments := range map[string][]string{
		"both a file and a version": {"simulate", fileOf(t, "a.yaml", "x"), "--version", "1"},
		"an empty file":             {"simulate", fileOf(t, "b.yaml", "")},
		"a negative minimum":        {"simulate", "--queue-minimum", "-1"},
		"a negative number":         {"drill", fileOf(t, "c.csv", "x"), "--people", "-1"},
		"two registries":            {"drill", fileOf(t, "d.csv", "x"), "--version", "1", "--registry", "r.yaml"},
		"no file":                   {"drill"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, exitUsage, o.run(append([]string{"mapping"}, arguments...)...).code)
		})
	}
	require.Equal(t, exitNotFound, o.run("mapping", "simulate", "--version", "9").code)
	require.Equal(t, exitRefused, o.run("mapping", "simulate", "--at", "tomorrow").code)
}

func TestCoverageIsPrinted(t *testing.T) {
	o := staffedOffice(t)
	out := o.done("mapping", "coverage", "--days", "7")
	contains(t, out, "version 1 at", "3 people, 3 events", "Codes without an answer: 1", "SVC_VIP", "Rules that nobody uses:", "SALES_REP")
	found := answer[api.Coverage](o, "mapping", "coverage", "--version", "1", "--at", "2099-01-01T00:00:00Z")
	require.Equal(t, 2099, found.At.Year())
	require.Equal(t, "SVC_VIP", found.Missing[0].Code)
}

func TestADrillFailsWhenSomethingWouldBreak(t *testing.T) {
	o := staffedOffice(t)
	file := fileOf(t, "next.csv", "kind,old_code,new_code,effective_date\ndepartment,SUPP_L2,SUPP_9,2027-01-01\nskill,SVC_TEHC,SVC_TECH,2027-02-01\n")

	broken := o.run("mapping", "drill", file, "--queue-minimum", "1", "--people", "10")
	require.Equal(t, exitRefused, broken.code)
	require.Empty(t, broken.errors, "the output has said why")
	contains(t, broken.out, "IT WOULD BREAK: 2 dates of changes, 3 people, by version 1",
		"WARNING: 2027-01-01: department SUPP_9 has no rule: 2 people would wait, such as P-1, P-3",
		"WARNING: 2027-01-01: 2 people are left without a queue", "WARNING: 2027-01-01: queue Tier_2_Escalation would have 0 people",
		"On 2027-02-01", "nobody has the old code", "merges with people who have SVC_TECH already", "SVC_VIP")
	require.Less(t, strings.LastIndex(broken.out, "WARNING"), strings.Index(broken.out, "\nOn 2027-01-01"), "what would break comes first")

	next := fileOf(t, "next.yaml", strings.Replace(string(mapping.Example()), "code: SUPP_L1", "code: SUPP_9", 1))
	contains(t, o.done("mapping", "drill", file, "--registry", next), "nothing would break", "by the file")

	asYAML := fileOf(t, "changes.yml", "- {kind: department, old_code: SUPP_L2, new_code: SUPP_L1, effective_date: 2027-01-01}\n")
	require.False(t, answer[api.Drill](o, "mapping", "drill", asYAML).Broken)
	failing := o.run("mapping", "drill", file, "--output", "json")
	require.Equal(t, exitRefused, failing.code)
	require.True(t, json.Valid([]byte(failing.out)))
}

func TestMistakesInAFileOfChangesAreNamedByFileAndLine(t *testing.T) {
	o := staffedOffice(t)
	got := o.run("mapping", "drill", fileOf(t, "next.csv", "kind,old_code,new_code,effective_date\nteam,A,B,2027-01-01\nskill,A,B,soon\n"))
	require.Equal(t, exitRefused, got.code)
	contains(t, got.errors, "next.csv:2 kind", "next.csv:3 effective_date")
}
