package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

func date(t *testing.T, text string) *hr.Date {
	t.Helper()
	d, err := hr.ParseDate(text)
	require.NoError(t, err)
	return &d
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func TestABoundaryIsTheFirstInstantOfADayInTheRegistrysZone(t *testing.T) {
	for name, c := range map[string]struct{ zone, date, at string }{
		"west of Greenwich":                          {"America/New_York", "2026-03-01", "2026-03-01T05:00:00Z"},
		"east of Greenwich":                          {"Asia/Tokyo", "2026-03-01", "2026-02-28T15:00:00Z"},
		"no midnight: the clocks skip it":            {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
		"the day after":                              {"America/Sao_Paulo", "2018-11-05", "2018-11-05T02:00:00Z"},
		"the last hour of the day before is twice":   {"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"},
		"no midnight, in the eastern hemisphere":     {"Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z"},
		"two midnights: the first":                   {"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"},
		"a day of 23 hours whose midnight is itself": {"Europe/Madrid", "2026-03-29", "2026-03-28T23:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			registry, at := dated(t, c.zone, c.date), instant(t, c.at)
			day := func(by time.Duration) []mapping.Boundary { return registry.Boundaries(at.Add(by)) }

			require.Len(t, day(-24*time.Hour), 1, "the day before")
			got := day(-time.Nanosecond)
			require.Len(t, got, 1)
			require.Equal(t, at, got[0].At)
			require.Empty(t, day(0), "once it is there it is not ahead")
			require.Empty(t, day(24*time.Hour), "the day after")

			require.Len(t, got[0].Begins, 5, "the scope rule and one of each kind")
			require.Len(t, got[0].Ends, 4)
			for _, end := range got[0].Ends {
				require.Len(t, end.Successors, 1)
				require.Equal(t, date(t, c.date), end.Successors[0].Effective)
				require.Equal(t, end.Code, end.Successors[0].Code)
				require.Empty(t, end.Without)
			}
			state := hr.State{DepartmentCode: "X", SkillCodes: []string{"X"}}
			require.NotEqual(t, registry.Resolve(state, at.Add(-time.Nanosecond)), registry.Resolve(state, at), "the answer changes there")
		})
	}
}

func TestBoundariesAreInOrderWithTheRulesThatBeginAndEnd(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope:
  default: include
  rules:
    - {exclude: {location_code: X}, sunset_date: 2026-02-01}
skills:
  - {code: B, gives: [{skill: X, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: A, gives: [{skill: X, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: A, gives: [{skill: X, proficiency: 1}], effective_date: 2026-02-01}
  - {code: P, platform: cxone, gives: [{skill: X, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: P, gives: [{skill: X, proficiency: 1}]}
  - {code: N, gives: [{skill: X, proficiency: 1}], sunset_date: 2026-03-01}
  - {code: N, platform: cxone, gives: [{skill: X, proficiency: 1}], effective_date: 2026-03-01}
  - {code: PAST, gives: [{skill: X, proficiency: 1}], effective_date: 2020-01-01, sunset_date: 2024-01-01}
departments:
  - {code: C, platform: cxone}
`)
	first, second, third := date(t, "2026-01-01"), date(t, "2026-02-01"), date(t, "2026-03-01")
	skill := func(code, platform string, effective, sunset *hr.Date, line int) mapping.RuleRef {
		return mapping.RuleRef{Kind: mapping.KindSkill, Code: code, Platform: platform, Effective: effective, Sunset: sunset, Line: line}
	}
	require.Equal(t, []mapping.Boundary{
		{At: instant(t, "2026-01-01T00:00:00Z"), Ends: []mapping.Ending{
			{RuleRef: skill("A", "", nil, first, 8), Without: []string{"cxone", "genesys"}},
			{RuleRef: skill("B", "", nil, first, 7), Without: []string{"cxone", "genesys"}},
			{RuleRef: skill("P", "cxone", nil, first, 10), Successors: []mapping.RuleRef{skill("P", "", nil, nil, 11)}},
		}},
		{
			At:     instant(t, "2026-02-01T00:00:00Z"),
			Begins: []mapping.RuleRef{skill("A", "", second, nil, 9)},
			Ends: []mapping.Ending{{RuleRef: mapping.RuleRef{
				Kind: mapping.KindScope, Code: "exclude location_code X", Sunset: second, Line: 5,
			}}},
		},
		{
			At:     instant(t, "2026-03-01T00:00:00Z"),
			Begins: []mapping.RuleRef{skill("N", "cxone", third, nil, 13)},
			Ends: []mapping.Ending{
				{RuleRef: skill("N", "", nil, third, 12), Successors: []mapping.RuleRef{skill("N", "cxone", third, nil, 13)}, Without: []string{"genesys"}},
			},
		},
	}, registry.Boundaries(noon))
	require.Empty(t, exampleRegistry(t).Boundaries(time.Time{}))
}

func TestARuleWhoseOnlyDayNeverWasIsNoBoundary(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: Pacific/Apia}
scope: {default: include}
skills:
  - {code: S, gives: [{skill: X, proficiency: 1}], effective_date: 2011-12-30, sunset_date: 2011-12-31}
`)
	require.Empty(t, registry.Boundaries(time.Time{}))
}

func TestADepartmentIsFollowedOnItsOwnPlatform(t *testing.T) {
	got := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: MOVES, platform: cxone, sunset_date: 2026-01-01}
  - {code: MOVES, platform: genesys, effective_date: 2026-01-01}
  - {code: ENDS, platform: cxone, sunset_date: 2026-01-01}
`).Boundaries(noon)
	require.Len(t, got, 1)
	require.Equal(t, []string{"cxone"}, got[0].Ends[0].Without)
	require.Equal(t, 5, got[0].Ends[1].Successors[0].Line)
}
