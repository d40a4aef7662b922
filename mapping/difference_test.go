package mapping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/mapping"
)

func differences(from, to *mapping.Registry) []string {
	var lines []string
	for _, d := range mapping.Diff(from, to) {
		lines = append(lines, d.String())
	}
	return lines
}

// everything is the registry of the reference, which uses every field there is.
func everything(t testing.TB) string {
	t.Helper()
	reference, err := os.ReadFile(filepath.Join("..", "docs", "mapping.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(reference), "```yaml\n")
	require.True(t, found)
	text, _, found := strings.Cut(rest, "```\n")
	require.True(t, found)
	return text
}

func TestTheDifferenceOfTheVIPVersionIsItsSkill(t *testing.T) {
	require.Equal(t, []string{"added skill SVC_VIP (line 26): skills: Customer_Retention 5 (weight 20)"},
		differences(exampleRegistry(t), parsed(t, string(withVIP(t)))))
	require.Equal(t, []string{"removed skill SVC_VIP (line 26): skills: Customer_Retention 5 (weight 20)"},
		differences(parsed(t, string(withVIP(t))), exampleRegistry(t)))
}

func TestADifferenceNamesTheFieldsThatChanged(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string // put after head
		want     []string
	}{
		"a skill's targets": {
			"skills:\n  - {code: S, gives: [{skill: X, proficiency: 3, weight: 2}, {language: L, proficiency: 1}]}",
			"skills:\n  - {code: S, gives: [{skill: X, proficiency: 4.5}]}",
			[]string{"changed skill S (line 7): skills: X 3 (weight 2) → X 4.5 (weight 0); languages: L 1 (weight 0) → nothing"},
		},
		"a rule for a platform is another rule": {
			"locations:\n  - {code: A, location: X}", "locations:\n  - {code: A, location: X}\n  - {code: A, platform: cxone, location: Y}",
			[]string{"added location A on cxone (line 8): location: Y"},
		},
		"an end and what follows": {
			"locations:\n  - {code: A, location: X}",
			"locations:\n  - {code: A, location: Y, effective_date: 2027-01-01}\n  - {code: A, location: X, sunset_date: 2027-01-01}",
			[]string{
				"changed location A (line 8): sunset_date: nothing → 2027-01-01",
				"added location A from 2027-01-01 (line 7): location: Y",
			},
		},
		"a first day that moved is the same rule": {
			"locations:\n  - {code: A, location: X, effective_date: 2027-01-01}", "locations:\n  - {code: A, location: X, effective_date: 2027-02-01}",
			[]string{"changed location A from 2027-02-01 (line 7): effective_date: 2027-01-01 → 2027-02-01"},
		},
		"a policy": {
			"defaults: {policies: {grace: 30d, activation_approval: true}}", "defaults: {policies: {grace: 36h, activation_approval: false}}",
			[]string{"changed defaults (line 6): policies.activation_approval: true → false; policies.grace: 30d → 36h"},
		},
		"defaults that went": {
			"defaults: {roles: [A, B]}", "", []string{"removed defaults (line 6): roles: A, B"},
		},
		"a role, a queue, a zone": {
			"roles: [{name: R, approval: true}]\nqueues: [{name: Q, minimum: 2}]", "roles: [{name: R, approval: false}]\nqueues: [{name: P, minimum: 2}]",
			[]string{"changed role R (line 6): approval: true → false", "added queue P (line 7): minimum: 2", "removed queue Q (line 7): minimum: 2"},
		},
		"guards and what is handed back": {
			"guards: {hard_stop: {window: 15m}, creations: {count: 50}}", "guards: {creations: {count: 60}}\nunmanaged: {skills: [X, Y]}",
			[]string{
				"changed guards (line 6): creations.count: 50 → 60; hard_stop.window: 15m → nothing",
				"added unmanaged (line 7): skills: X, Y",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, differences(parsed(t, head+c.from), parsed(t, head+c.to)))
		})
	}
}

func TestADifferenceOfTheScopeSeesTheOrder(t *testing.T) {
	text := func(first string, rules ...string) *mapping.Registry {
		return parsed(t, "registry: {platform: genesys, time_zone: UTC}\nscope:\n  default: "+first+"\n  rules:\n    - "+strings.Join(rules, "\n    - "))
	}
	const a, b, c = "{include: {department_code: A}}", "{exclude: {department_code: B}, effective_date: 2026-01-01}", "{exclude: {department_code: C}}"
	require.Equal(t, []string{
		"changed scope (line 3): order: include department_code A, then exclude department_code B from 2026-01-01 → " +
			"exclude department_code B from 2026-01-01, then include department_code A",
	}, differences(text("include", a, b), text("include", b, a)))
	require.Equal(t, []string{
		"changed scope (line 3): default: include → exclude",
		"removed scope rule include department_code A (line 5): position: 1",
		"added scope rule exclude department_code C (line 6): position: 2",
	}, differences(text("include", a, b), text("exclude", b, c)))
	require.Equal(t, []string{"added scope rule exclude department_code C (line 5): position: 1"},
		differences(text("include", a), text("include", c, a)), "what stayed is in the same order")
}

func TestAChangedPlatformOfTheRegistryIsOneOfItsDepartmentsToo(t *testing.T) {
	require.Equal(t, []string{
		"changed registry (line 1): platform: genesys → cxone",
		"changed department SUPPORT (line 4): platform: genesys → cxone",
	}, differences(parsed(t, head), parsed(t, strings.Replace(head, "genesys", "cxone", 1))))
}

func TestADifferenceIsWrittenForPrograms(t *testing.T) {
	found := mapping.Diff(
		parsed(t, head+"locations:\n  - {code: A, location: X, effective_date: 2027-01-01}"),
		parsed(t, head+"locations:\n  - {code: A, groups: [G], effective_date: 2027-01-01}"))
	text, err := json.Marshal(found)
	require.NoError(t, err)
	require.JSONEq(t, `[{"change":"changed","kind":"location","code":"A","effective_date":"2027-01-01","line":7,
		"fields":[{"field":"location","from":"X"},{"field":"groups","to":"G"}]}]`, string(text))
}

func TestEveryFieldOfTheReferenceMakesADifference(t *testing.T) {
	text := everything(t)
	lines := strings.Split(text, "\n")
	whole := parsed(t, text)
	tried := 0
	for i := range lines {
		without := strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "\n")
		other, err := mapping.Parse(1, "without a line", []byte(without))
		if err != nil || other.Digest() == whole.Digest() {
			continue
		}
		tried++
		require.NotEmpty(t, mapping.Diff(whole, other), lines[i])
		require.NotEmpty(t, mapping.Diff(other, whole), lines[i])
	}
	require.Greater(t, tried, 40)
}
