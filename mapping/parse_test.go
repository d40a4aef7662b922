package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// head is the least a registry says; it is five lines long.
const head = `registry: {platform: genesys, time_zone: America/New_York}
scope: {default: include}
departments:
  - {code: SUPPORT, queues: [{name: General}], time_zone: America/New_York}
time_zones: {EST: America/New_York}
`

func mistakes(t *testing.T, text string) []mapping.Mistake {
	t.Helper()
	_, err := mapping.Parse(1, "rules.yaml", []byte(text))
	var parseError *mapping.ParseError
	require.ErrorAs(t, err, &parseError)
	require.Equal(t, "rules.yaml", parseError.Source)
	return parseError.Mistakes
}

func TestParseRefuses(t *testing.T) {
	const skill = "skills:\n  - {code: S, gives: [{skill: X, proficiency: 3}]}\n"
	for name, c := range map[string]struct {
		text  string // put after head
		line  int
		field string
		found string
	}{
		"an unknown section":           {"skils: []", 6, "skils", "an unknown field"},
		"an unknown field":             {"skills:\n  - {code: S, gives: [{skill: X, proficiency: 3}], colour: red}", 7, "skills[0].colour", "an unknown field"},
		"a field twice":                {"skills:\n  - {code: S, code: T, gives: [{skill: X, proficiency: 3}]}", 7, "skills[0].code", "the field a second time"},
		"a section without content":    {"skills:", 6, "skills", "nothing"},
		"a section of the wrong shape": {"skills: {S: 3}", 6, "skills", "named fields"},
		"a rule of the wrong shape":    {"skills: [S]", 6, "skills[0]", `"S"`},
		"a rule without a code":        {"locations:\n  - {location: Austin}", 7, "locations[0].code", "nothing"},
		"a number for a code":          {"locations:\n  - {code: 0042}", 7, "locations[0].code", `"0042" (int)`},
		"a code with spaces around it": {"locations:\n  - {code: ' AUS'}", 7, "locations[0].code", `" AUS"`},
		"an empty name":                {"locations:\n  - {code: AUS, location: ''}", 7, "locations[0].location", `""`},
		"a name of two lines":          {"locations:\n  - {code: AUS, location: \"a\\nb\"}", 7, "locations[0].location", `"a\nb"`},
		"a proficiency over 5":         {"skills:\n  - {code: S, gives: [{skill: X, proficiency: 5.5}]}", 7, "skills[0].gives[0].proficiency", `"5.5" (float)`},
		"a proficiency under 0":        {"skills:\n  - {code: S, gives: [{skill: X, proficiency: -1}]}", 7, "skills[0].gives[0].proficiency", `"-1" (int)`},
		"a proficiency that is no number": {
			"skills:\n  - {code: S, gives: [{skill: X, proficiency: .nan}]}", 7, "skills[0].gives[0].proficiency", `".nan" (float)`,
		},
		"a number in octal notation":    {"skills:\n  - {code: S, gives: [{skill: X, proficiency: 03}]}", 7, "skills[0].gives[0].proficiency", `"03" (int)`},
		"a skill without a proficiency": {"skills:\n  - {code: S, gives: [{skill: X}]}", 7, "skills[0].gives[0].proficiency", "nothing"},
		"a weight that is no whole number": {
			"skills:\n  - {code: S, gives: [{skill: X, proficiency: 3, weight: 1.5}]}", 7, "skills[0].gives[0].weight", `"1.5" (float)`,
		},
		"a skill rule that gives nothing": {"skills:\n  - {code: S}", 7, "skills[0].gives", "nothing"},
		"a skill rule with an empty list": {"skills:\n  - {code: S, gives: []}", 7, "skills[0].gives", "a list without content"},
		"a skill that is also a language": {
			"skills:\n  - {code: S, gives: [{skill: X, language: Y, proficiency: 3}]}", 7, "skills[0].gives[0]", "both or none of skill and language",
		},
		"a skill twice in one rule": {
			"skills:\n  - {code: S, gives: [{skill: X, proficiency: 3}, {skill: X, proficiency: 4}]}", 7, "skills[0].gives[1].skill",
			`"X" a second time in one rule`,
		},
		"a skill twice in one job title": {
			"job_titles:\n  - {code: J, skills: [{skill: X, proficiency: 3}, {skill: X, proficiency: 3}]}", 7, "job_titles[0].skills[1].skill",
			`"X" a second time in one rule`,
		},
		"two rules for one code at a time": {
			skill + "  - {code: S, gives: [{skill: Y, proficiency: 3}]}", 8, "skills",
			`a second rule for "S" that holds at the same time as the one in line 7`,
		},
		"two rules for one code that overlap by a day": {
			"locations:\n  - {code: A, sunset_date: 2026-01-02}\n  - {code: A, effective_date: 2026-01-01}", 8, "locations",
			`a second rule for "A" that holds at the same time as the one in line 7`,
		},
		"a sunset on the effective date": {
			"locations:\n  - {code: A, effective_date: 2026-01-01, sunset_date: 2026-01-01}", 7, "locations",
			"sunset_date 2026-01-01, not after effective_date 2026-01-01",
		},
		"a date that is no date":     {"locations:\n  - {code: A, effective_date: 2026-02-30}", 7, "locations[0].effective_date", `"2026-02-30"`},
		"an instant for a date":      {"locations:\n  - {code: A, sunset_date: 2026-02-01T00:00:00Z}", 7, "locations[0].sunset_date", `"2026-02-01T00:00:00Z" (timestamp)`},
		"an unknown zone":            {"locations:\n  - {code: A, time_zone: Europe/Atlantis}", 7, "locations[0].time_zone", `"Europe/Atlantis"`},
		"an abbreviation for a zone": {"locations:\n  - {code: A, time_zone: EST}", 7, "locations[0].time_zone", `"EST"`},
		"an offset for a zone":       {"locations:\n  - {code: A, time_zone: UTC-5}", 7, "locations[0].time_zone", `"UTC-5"`},
		"a duration without a unit": {
			"defaults: {policies: {drain_window: 300}}", 6, "defaults.policies.drain_window", `"300" (int)`,
		},
		"a negative duration":          {"defaults: {policies: {drain_window: -5s}}", 6, "defaults.policies.drain_window", `"-5s"`},
		"a grace of more than a year":  {"defaults: {policies: {grace: 366d}}", 6, "defaults.policies.grace", `"366d"`},
		"a night shift past noon":      {"defaults: {policies: {night_shift_grace: 13h}}", 6, "defaults.policies.night_shift_grace", `"13h"`},
		"a policy that does not exist": {"defaults: {policies: {drain: 5s}}", 6, "defaults.policies.drain", "an unknown field"},
		"a word for true":              {"defaults: {policies: {activation_approval: yes}}", 6, "defaults.policies.activation_approval", `"yes"`},
		"a role twice":                 {"defaults: {roles: [Agent, Agent]}", 6, "defaults.roles[1]", `"Agent" a second time`},
		"a role's rule twice":          {"roles: [{name: A, approval: true}, {name: A, approval: false}]", 6, "roles[1].name", `"A" a second time`},
		"a role's rule says nothing":   {"roles: [{name: A}]", 6, "roles[0].approval", "nothing"},
		"a name instead of a list":     {"defaults: {roles: Agent}", 6, "defaults.roles", `"Agent"`},
		"a queue twice":                {"job_titles:\n  - {code: J, queues: [{name: Q}, {name: Q, fallback: R}]}", 7, "job_titles[0].queues[1].name", `"Q" a second time`},
		"a queue that is its own fallback": {
			"job_titles:\n  - {code: J, queues: [{name: Q, fallback: Q}]}", 7, "job_titles[0].queues[0].fallback", `the queue "Q" itself`,
		},
		"an alias":           {"locations:\n  - {code: A, location: &x Austin}\n  - {code: B, location: *x}", 8, "locations[1].location", "an alias (*x), which is not supported"},
		"a merge key":        {"locations:\n  - {code: A, <<: {location: Austin}}", 7, "locations[0]", `"<<" (merge) as a field's name`},
		"two documents":      {"---\na: 1", 0, "document", "expected single document, found multiple"},
		"a text not in YAML": {"skills: [", 7, "document", "did not find expected node content"},
	} {
		t.Run(name, func(t *testing.T) {
			got := mistakes(t, head+c.text)
			require.Len(t, got, 1)
			require.Equal(t, mapping.Mistake{Line: c.line, Field: c.field, Found: c.found, Expected: got[0].Expected}, got[0])
			require.NotEmpty(t, got[0].Expected)
		})
	}
}

func TestACodeThatIsRepeatedManyTimesIsOneMistakeForEachRepetition(t *testing.T) {
	got := mistakes(t, head+"locations:\n"+strings.Repeat("  - {code: A}\n", 400))
	require.Len(t, got, 399, "pairs would be 79,800, and a text of a megabyte would take all memory there is")
	require.Equal(t, `a second rule for "A" that holds at the same time as the one in line 7`, got[398].Found)
}

func TestARuleIsHeldAgainstTheOneThatHoldsLongest(t *testing.T) {
	got := mistakes(t, head+"locations:\n"+
		"  - {code: A, sunset_date: 2030-01-01}\n"+
		"  - {code: A, effective_date: 2026-01-01, sunset_date: 2026-02-01}\n"+
		"  - {code: A, effective_date: 2027-01-01, sunset_date: 2027-02-01}\n"+
		"  - {code: A, effective_date: 2030-01-01}\n")
	require.Equal(t, []int{8, 9}, []int{got[0].Line, got[1].Line})
	require.Len(t, got, 2)
}

func TestParseRefusesDepartmentsThatContradictThemselves(t *testing.T) {
	const before = "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\ndepartments:\n"
	for name, c := range map[string]struct {
		rules, field, found string
		line                int
	}{
		"a work plan outside any management unit": {
			"  - {code: D, work_plan: W}", "departments[0].management_unit", "nothing", 4,
		},
		"a time zone that changes on a date": {
			"  - {code: D, time_zone: UTC, sunset_date: 2026-01-01}\n  - {code: D, time_zone: Europe/Madrid, effective_date: 2026-01-01}",
			"departments.time_zone", `"Europe/Madrid", unlike the rule for "D" in line 4`, 5,
		},
		"a night-shift grace that changes on a date": {
			"  - {code: D, policies: {night_shift_grace: 2h}, sunset_date: 2026-01-01}\n  - {code: D, effective_date: 2026-01-01}",
			"departments.policies.night_shift_grace", `"0s", unlike the rule for "D" in line 4`, 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := mistakes(t, before+c.rules)
			require.Len(t, got, 1)
			require.Equal(t, mapping.Mistake{Line: c.line, Field: c.field, Found: c.found, Expected: got[0].Expected}, got[0])
		})
	}
}

func TestParseRefusesAScope(t *testing.T) {
	const before = "registry: {platform: genesys, time_zone: UTC}\n"
	for name, c := range map[string]struct {
		text, field, found string
		line               int
	}{
		"that is missing":              {"", "scope", "nothing", 1},
		"without a default":            {"scope: {rules: []}", "scope.default", "nothing", 2},
		"with another default":         {"scope: {default: maybe}", "scope.default", `"maybe"`, 2},
		"whose rule decides nothing":   {"scope:\n  default: include\n  rules:\n    - {}", "scope.rules[0]", "0 of include and exclude", 5},
		"whose rule decides both":      {"scope: {default: include, rules: [{include: {location_code: A}, exclude: {location_code: B}}]}", "scope.rules[0]", "2 of include and exclude", 2},
		"whose rule has no criterion":  {"scope: {default: include, rules: [{exclude: {}}]}", "scope.rules[0].exclude", "no criterion", 2},
		"whose criterion is empty":     {"scope: {default: include, rules: [{exclude: {location_code: []}}]}", "scope.rules[0].exclude.location_code", "an empty list", 2},
		"whose criterion is unknown":   {"scope: {default: include, rules: [{exclude: {cost_centre: A}}]}", "scope.rules[0].exclude.cost_centre", "an unknown field", 2},
		"with a star inside a pattern": {"scope: {default: include, rules: [{exclude: {location_code: A*B}}]}", "scope.rules[0].exclude.location_code", `"A*B"`, 2},
		"with a star before a pattern": {"scope: {default: include, rules: [{exclude: {location_code: '*B'}}]}", "scope.rules[0].exclude.location_code", `"*B"`, 2},
		"whose rule ends before it began": {
			"scope: {default: include, rules: [{exclude: {location_code: A}, effective_date: 2026-01-02, sunset_date: 2026-01-01}]}",
			"scope.rules", "sunset_date 2026-01-01, not after effective_date 2026-01-02", 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := mistakes(t, before+c.text)
			require.Len(t, got, 1)
			require.Equal(t, mapping.Mistake{Line: c.line, Field: c.field, Found: c.found, Expected: got[0].Expected}, got[0])
		})
	}
}

func TestParseListsAllMistakesByLine(t *testing.T) {
	_, err := mapping.Parse(1, "rules.yaml", []byte(`registry: {platform: genesys, time_zone: Mars/Olympus}
scope: {default: include}
locations:
  - {code: A, time_zone: EST}
skills:
  - {code: S, gives: [{skill: X, proficiency: 9}]}
`))
	require.EqualError(t, err, strings.Join([]string{
		`rules.yaml:1: registry.time_zone: found "Mars/Olympus", expected an IANA time zone such as Europe/Madrid, or UTC`,
		`rules.yaml:4: locations[0].time_zone: found "EST", expected an IANA time zone such as Europe/Madrid, or UTC`,
		`rules.yaml:6: skills[0].gives[0].proficiency: found "9" (int), expected a number from 0 to 5`,
	}, "\n"))
}

func TestParseRefusesAnEmptyText(t *testing.T) {
	for _, text := range []string{"", "# nothing", "null", "[]", "text"} {
		require.NotEmpty(t, mistakes(t, text), "%q", text)
	}
}

func TestParseRefusesToTranslateAnIANAZone(t *testing.T) {
	got := mistakes(t, "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\ntime_zones:\n  Europe/Madrid: UTC\n")
	require.Equal(t, []mapping.Mistake{{
		Line: 4, Field: "time_zones.Europe/Madrid", Found: "an IANA time zone", Expected: "a name that is not one, such as EST or UTC-5",
	}}, got)
}

func TestParseRefusesAVersionBelowOne(t *testing.T) {
	_, err := mapping.Parse(0, "rules.yaml", mapping.Example())
	require.EqualError(t, err, "mapping registry rules.yaml: version: found 0, expected 1 or more")
	var parseError *mapping.ParseError
	require.NotErrorAs(t, err, &parseError)
}

func TestParseReadsDurationsWithDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "300s": 5 * time.Minute, "4h": 4 * time.Hour, "1d": 24 * time.Hour, "0d12h": 12 * time.Hour, "1h30m": 90 * time.Minute,
	} {
		registry := parsed(t, head+fmt.Sprintf("defaults: {policies: {drain_window: %s}}", text))
		require.Equal(t, want, registry.Resolve(hr.State{}, noon).Policies.DrainWindow, text)
	}
	for _, text := range []string{"1", "d", "1.5d", "-1d", "+1h", "1d-1h", "1d+1h", "1w", "h4", "99999999999d", "106751d9999999h", "1d1d", "2d"} {
		require.Len(t, mistakes(t, head+fmt.Sprintf("defaults: {policies: {drain_window: '%s'}}", text)), 1, text)
	}
}

func TestAZoneNothingElseSaysIsTheRegistrysOwn(t *testing.T) {
	require.Equal(t, "America/New_York", parsed(t, head).Zones().Organisation)
}

func TestZonesOfTheExample(t *testing.T) {
	require.Equal(t, hr.Zones{
		Organisation: "America/New_York",
		ByLocation:   map[string]string{"AUS": "America/Chicago", "MAD": "Europe/Madrid"},
		ByDepartment: map[string]string{
			"SUPP_L1": "America/New_York", "SUPP_L2": "America/New_York", "BILLING": "America/New_York", "SALES": "Europe/Madrid",
		},
		Legacy:          map[string]string{"EST": "America/New_York", "CET": "Europe/Madrid", "UTC-5": "America/Bogota"},
		NightShiftGrace: map[string]time.Duration{},
	}, exampleRegistry(t).Zones())
}

func TestNightShiftGraceIsTheDepartmentsElseTheDefault(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: OWN, policies: {night_shift_grace: 6h}}
  - {code: NONE, policies: {night_shift_grace: 0s}}
  - {code: DEFAULT}
defaults: {policies: {night_shift_grace: 2h}}
`)
	require.Equal(t, map[string]time.Duration{"OWN": 6 * time.Hour, "DEFAULT": 2 * time.Hour}, registry.Zones().NightShiftGrace)
}

func TestDigestIsOfTheContent(t *testing.T) {
	const one = `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
locations:
  - {code: A, groups: [One, Two]}
  - {code: B, location: Bee}
`
	same := `# a comment
scope:
  default: "include"
locations:
  - code: B
    location: Bee
  - {groups: [Two, One], code: A}
registry: {time_zone: UTC, platform: genesys, organisation_zone: UTC}
`
	require.Equal(t, mapping.Digest([]byte(one)), mapping.Digest([]byte(same)))
	require.Equal(t, parsed(t, one).Digest(), mapping.Digest([]byte(same)))
	for _, other := range []string{
		strings.Replace(one, "Bee", "Sea", 1),
		strings.Replace(one, "One, Two", "One", 1),
		strings.Replace(one, "include", "exclude", 1),
		strings.Replace(one, "location: Bee", "location: Bee, sunset_date: 2026-01-01", 1),
		"not a registry",
	} {
		require.NotEqual(t, mapping.Digest([]byte(one)), mapping.Digest([]byte(other)), other)
	}
}

func TestDigestSeesTheOrderOfScopeRules(t *testing.T) {
	const text = "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include, rules: [%s, %s]}\n"
	first, second := "{include: {department_code: A1}}", "{exclude: {department_code: A*}}"
	require.NotEqual(t,
		mapping.Digest(fmt.Appendf(nil, text, first, second)),
		mapping.Digest(fmt.Appendf(nil, text, second, first)))
}

func TestManagedNamesFallbacksAndRulesOfAnyDate(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
skills:
  - {code: S, gives: [{skill: Old, proficiency: 1}], sunset_date: 2000-01-01}
  - {code: S, gives: [{language: New, proficiency: 1}], effective_date: 2100-01-01}
departments:
  - {code: D, queues: [{name: Q, fallback: F}], roles: [RD], groups: [GD]}
job_titles:
  - {code: J, queues: [{name: QJ}], roles: [RJ], groups: [GJ], skills: [{skill: SJ, proficiency: 1}], languages: [{language: LJ, proficiency: 1}]}
locations:
  - {code: L, groups: [GL]}
defaults: {roles: [R]}
`)
	set := func(names ...string) map[string]bool {
		m := map[string]bool{}
		for _, name := range names {
			m[name] = true
		}
		return m
	}
	require.Equal(t, mapping.Managed{
		Queues: set("Q", "F", "QJ"), Roles: set("R", "RD", "RJ"), Skills: set("Old", "SJ"), Languages: set("New", "LJ"), Groups: set("GD", "GJ", "GL"),
	}, registry.Managed())
}

func TestARegistryCannotBeChangedThroughWhatItGave(t *testing.T) {
	registry := exampleRegistry(t)
	state := hr.State{DepartmentCode: "SUPP_L2", JobTitleCode: "SR_TECH_SUPPORT", LocationCode: "AUS", SkillCodes: []string{"SVC_TECH"}}
	want, managed, zones := registry.Resolve(state, noon), registry.Managed(), registry.Zones()

	got := registry.Resolve(state, noon)
	got.Desired.Queues[0].Name, got.Desired.Roles[0], got.Desired.Groups[0], got.Desired.Skills[0].Name = "x", "x", "x", "x"
	got.Rules[0] = "x"
	clear(registry.Managed().Queues)
	clear(registry.Zones().Legacy)

	require.Equal(t, want, registry.Resolve(state, noon))
	require.Equal(t, managed, registry.Managed())
	require.Equal(t, zones, registry.Zones())
}
