package mapping_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// dated is a registry in a zone whose every rule about code X has two wordings, one before a date and one from it on.
func dated(t *testing.T, zone, date string) *mapping.Registry {
	t.Helper()
	return parsed(t, fmt.Sprintf(`registry: {platform: genesys, time_zone: %[1]s}
scope:
  default: include
  rules:
    - {exclude: {job_title_code: OUT}, effective_date: %[2]s}
skills:
  - {code: X, gives: [{skill: Old, proficiency: 1}], sunset_date: %[2]s}
  - {code: X, gives: [{skill: New, proficiency: 1}], effective_date: %[2]s}
departments:
  - {code: X, queues: [{name: Old}], sunset_date: %[2]s}
  - {code: X, queues: [{name: New}], effective_date: %[2]s}
job_titles:
  - {code: X, title: Old, sunset_date: %[2]s}
  - {code: X, title: New, effective_date: %[2]s}
  - {code: OUT}
locations:
  - {code: X, location: Old, sunset_date: %[2]s}
  - {code: X, location: New, effective_date: %[2]s}
`, zone, date))
}

func TestARuleBeginsAndEndsAtMidnightInTheRegistrysZone(t *testing.T) {
	for name, c := range map[string]struct{ zone, date, midnight string }{
		"west of Greenwich":                              {"America/New_York", "2026-03-01", "2026-03-01T05:00:00Z"},
		"east of Greenwich":                              {"Asia/Tokyo", "2026-03-01", "2026-02-28T15:00:00Z"},
		"UTC":                                            {"UTC", "2026-03-01", "2026-03-01T00:00:00Z"},
		"the day the clocks go forward at two":           {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"},
		"the day after":                                  {"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
		"no midnight: the clocks skip it":                {"Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z"},
		"no midnight, in the western hemisphere":         {"America/Havana", "2025-03-09", "2025-03-09T05:00:00Z"},
		"two midnights: the first":                       {"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"},
		"two midnights, a day later":                     {"America/Havana", "2025-11-03", "2025-11-03T05:00:00Z"},
		"two midnights, in the eastern hemisphere":       {"Asia/Amman", "2021-10-29", "2021-10-28T21:00:00Z"},
		"no midnight: the clocks skip an hour around it": {"America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"},
		"a day that never was":                           {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			registry := dated(t, c.zone, c.date)
			midnight, err := time.Parse(time.RFC3339, c.midnight)
			require.NoError(t, err)
			state := hr.State{DepartmentCode: "X", JobTitleCode: "X", LocationCode: "X", SkillCodes: []string{"X"}}
			for want, at := range map[string][]time.Time{
				"Old": {midnight.Add(-24 * time.Hour), midnight.Add(-time.Nanosecond)},
				"New": {midnight, midnight.Add(24 * time.Hour)},
			} {
				for _, instant := range at {
					got := registry.Resolve(state, instant).Desired
					require.Equal(t, []mapping.Rated{{Name: want, Proficiency: 1}}, got.Skills, instant)
					require.Equal(t, []mapping.Queue{{Name: want}}, got.Queues, instant)
					require.Equal(t, want, got.Title, instant)
					require.Equal(t, want, got.Location, instant)
					require.Equal(t, want == "Old", registry.Resolve(hr.State{DepartmentCode: "X", JobTitleCode: "OUT"}, instant).InScope)
				}
			}
		})
	}
}

func TestARuleWithASunsetIsDeprecatedAndStillGives(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q}]}
skills:
  - {code: ENDS, gives: [{skill: X, proficiency: 1}], sunset_date: 2026-03-01}
  - {code: FOLLOWED, gives: [{skill: Y, proficiency: 1}], sunset_date: 2026-03-01}
  - {code: FOLLOWED, gives: [{skill: Y, proficiency: 2}], effective_date: 2026-04-01}
`)
	state := hr.State{DepartmentCode: "D", SkillCodes: []string{"ENDS", "FOLLOWED"}}

	before := registry.Resolve(state, time.Date(2026, 2, 28, 23, 59, 0, 0, time.UTC))
	require.Equal(t, []mapping.Rated{{Name: "X", Proficiency: 1}, {Name: "Y", Proficiency: 1}}, before.Desired.Skills)
	require.Empty(t, before.Unmapped)
	require.Equal(t, []string{
		"skill ENDS is deprecated: its rule ends at 00:00 on 2026-03-01",
		"skill FOLLOWED is deprecated: its rule ends at 00:00 on 2026-03-01, the next one begins at 00:00 on 2026-04-01",
	}, before.Warnings)

	between := registry.Resolve(state, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	require.Empty(t, between.Desired.Skills)
	require.Equal(t, []mapping.Unmapped{{Kind: "skill", Code: "FOLLOWED"}}, between.Unmapped,
		"ENDS is retired: its end was published, and nobody is asked what it means now")
	require.Equal(t, []string{
		"skill ENDS has no rule any more: it ended at 00:00 on 2026-03-01",
		"skill FOLLOWED has no rule yet: one begins at 00:00 on 2026-04-01",
	}, between.Warnings)

	after := registry.Resolve(state, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	require.Equal(t, []mapping.Rated{{Name: "Y", Proficiency: 2}}, after.Desired.Skills)
	require.Equal(t, []string{"skill ENDS has no rule any more: it ended at 00:00 on 2026-03-01"}, after.Warnings)
	require.Empty(t, after.Unmapped)
	require.True(t, registry.ResolveSkill("ENDS", "", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)).Retired)
	require.False(t, registry.ResolveSkill("FOLLOWED", "", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)).Retired)
	require.False(t, registry.ResolveSkill("NEVER", "", noon).Retired)
}

func TestARuleThatIsOverMayStayWhereTheBaseHasIt(t *testing.T) {
	const without = "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\n"
	after := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	there := map[string]mapping.Catalogue{"genesys": {Unread: true}}
	registry := parsed(t, without+"skills:\n  - {code: ENDS, gives: [{skill: X, proficiency: 1}], sunset_date: 2026-03-01}\n")
	require.Len(t, registry.Check(there, nil, after), 1)
	require.Len(t, registry.Check(there, parsed(t, without), after), 1)
	require.Empty(t, registry.Check(there, registry, after), "it tells a code that is retired from one that nobody knows")
}

func TestARuleWithoutDatesGivesNoWarning(t *testing.T) {
	got := exampleRegistry(t).Resolve(hr.State{DepartmentCode: "SUPP_L1", SkillCodes: []string{"SVC_TECH"}}, noon)
	require.Empty(t, got.Warnings)
}
