package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/mapping"
)

// installation is two platforms with some of the names that the tests use.
func installation() map[string]mapping.Catalogue {
	return map[string]mapping.Catalogue{
		"genesys": {
			Queues: []string{"General", "Escalation"}, Roles: []string{"Agent", "Supervisor"}, Skills: []string{"Phones", "Chat"},
			Languages: []string{"French"}, Groups: []string{"Site"}, Divisions: []string{"Care"}, Locations: []string{"Austin"},
			ManagementUnits: []string{"Care MU", "Sales MU"},
			WorkPlans:       map[string][]string{"Care MU": {"Full Time"}, "Sales MU": {"Part Time"}},
		},
		"cxone": {Queues: []string{"General"}, Roles: []string{"Agent"}, Skills: []string{"Phones"}},
	}
}

// sound is a registry without a mistake on the installation; it is eight lines long and its departments are on both platforms.
const sound = `registry: {platform: genesys, time_zone: America/New_York}
scope: {default: include}
departments:
  - {code: G, queues: [{name: General, fallback: Escalation}], division: Care, management_unit: Care MU, work_plan: Full Time}
  - {code: C, platform: cxone, queues: [{name: General}]}
skills:
  - {code: BOTH, gives: [{skill: Phones, proficiency: 1}]}
defaults: {roles: [Agent]}
`

func TestAVersionWhoseNamesExistHasNoMistake(t *testing.T) {
	require.Empty(t, parsed(t, sound).Check(installation(), nil, noon))
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text                   string // put after sound
		line                   int
		field, found, expected string
	}{
		"a role that a platform does not have": {
			"job_titles:\n  - {code: J, platform: genesys, roles: [Agent, Wallboard]}", 10, "job_titles[0].roles[1]",
			`the role "Wallboard", which genesys does not have`, "a role of genesys",
		},
		"a queue without which a fallback would do": {
			"job_titles:\n  - {code: J, platform: genesys, queues: [{name: Tier 2, fallback: General}]}", 10, "job_titles[0].queues[0].name",
			`the queue "Tier 2", which genesys does not have`, "a queue of genesys; the fallback is for a queue that goes later",
		},
		"a fallback": {
			"job_titles:\n  - {code: J, platform: cxone, queues: [{name: General, fallback: Escalation}]}", 10, "job_titles[0].queues[0].fallback",
			`the queue "Escalation", which cxone does not have`, "a queue of cxone",
		},
		"a name in another case": {
			"job_titles:\n  - {code: J, platform: genesys, queues: [{name: GENERAL}]}", 10, "job_titles[0].queues[0].name",
			`the queue "GENERAL", which genesys does not have`, `a queue of genesys, did you mean "General"?`,
		},
		"a skill for any platform that one of them lacks": {
			"job_titles:\n  - {code: J, skills: [{skill: Phones, proficiency: 1}, {skill: Chat, proficiency: 1}]}", 10, "job_titles[0].skills[1].skill",
			`the skill "Chat", which cxone does not have`, "a skill of cxone",
		},
		"a language": {
			"job_titles:\n  - {code: J, platform: genesys, languages: [{language: french, proficiency: 1}]}", 10, "job_titles[0].languages[0].language",
			`the language "french", which genesys does not have`, `a language of genesys, did you mean "French"?`,
		},
		"a group": {
			"locations:\n  - {code: L, platform: genesys, groups: [Sight]}", 10, "locations[0].groups[0]",
			`the group "Sight", which genesys does not have`, "a group of genesys",
		},
		"a location": {
			"locations:\n  - {code: L, platform: genesys, location: AUSTIN}", 10, "locations[0].location",
			`the location "AUSTIN", which genesys does not have`, `a location of genesys, did you mean "Austin"?`,
		},
		"a rule that ended yesterday": {
			"locations:\n  - {code: L, location: Nowhere, sunset_date: 2024-05-13}", 10, "locations[0].sunset_date",
			"2024-05-13, which is not after today", "a rule that still holds",
		},
		"a rule that ends today": {
			"locations:\n  - {code: L, location: Nowhere,\n     sunset_date: 2024-05-14}", 11, "locations[0].sunset_date",
			"2024-05-14, which is not after today", "a rule that still holds",
		},
		"a rule for a platform that is not here": {
			"locations:\n  - {code: L, platform: avaya, location: Nowhere}", 10, "locations[0].platform",
			`"avaya", which this installation does not have`, "one of the platforms of this installation: cxone, genesys",
		},
		"a minimum of a queue that no platform has": {
			"queues:\n  - {name: general, minimum: 3}", 10, "queues[0].name",
			`the queue "general", which cxone and genesys do not have`, `a queue of cxone or genesys, did you mean "General"?`,
		},
		"what is said of a role that no platform has": {
			"roles:\n  - {name: Wallboard, approval: false}", 10, "roles[0].name",
			`the role "Wallboard", which cxone and genesys do not have`, "a role of cxone or genesys",
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []mapping.Mistake{{Line: c.line, Field: c.field, Found: c.found, Expected: c.expected}},
				parsed(t, sound+c.text).Check(installation(), nil, noon))
		})
	}
}

func TestCheckRefusesWhatADepartmentNames(t *testing.T) {
	for name, c := range map[string]struct {
		old, put               string
		line                   int
		field, found, expected string
	}{
		"a division": {
			"division: Care", "division: Carers", 4, "departments[0].division", `the division "Carers", which genesys does not have`, "a division of genesys",
		},
		"a management unit, and nothing about its plans": {
			"management_unit: Care MU", "management_unit: Care Unit", 4, "departments[0].management_unit",
			`the management unit "Care Unit", which genesys does not have`, "a management unit of genesys",
		},
		"a work plan of another unit": {
			"work_plan: Full Time", "work_plan: Part Time", 4, "departments[0].work_plan",
			`the work plan "Part Time", which genesys does not have`, `a work plan of the management unit "Care MU" on genesys`,
		},
		"a platform that is not here": {
			"platform: cxone", "platform: avaya", 5, "departments[1].platform",
			`"avaya", which this installation does not have`, "one of the platforms of this installation: cxone, genesys",
		},
		"a default role that a department's platform does not have": {
			"roles: [Agent]", "roles: [Supervisor]", 8, "defaults.roles[0]", `the role "Supervisor", which cxone does not have`, "a role of cxone",
		},
	} {
		t.Run(name, func(t *testing.T) {
			registry := parsed(t, strings.Replace(sound, c.old, c.put, 1))
			require.Equal(t, []mapping.Mistake{{Line: c.line, Field: c.field, Found: c.found, Expected: c.expected}}, registry.Check(installation(), nil, noon))
		})
	}
}

func TestARegistryWithoutItsPlatformIsOneMistake(t *testing.T) {
	here := map[string]mapping.Catalogue{"cxone": installation()["cxone"]}
	require.Equal(t, []mapping.Mistake{{
		Line: 1, Field: "registry.platform", Found: `"genesys", which this installation does not have`,
		Expected: "one of the platforms of this installation: cxone",
	}}, parsed(t, sound).Check(here, nil, noon))
	require.Len(t, parsed(t, sound).Check(nil, nil, noon), 2, "each platform, and no name on it")
}

func TestCheckAsksForTodayInTheRegistrysZone(t *testing.T) {
	registry := parsed(t, sound+"locations:\n  - {code: L, platform: genesys, location: Austin, sunset_date: 2024-05-14}")
	midnight := time.Date(2024, 5, 14, 4, 0, 0, 0, time.UTC)
	require.Empty(t, registry.Check(installation(), nil, midnight.Add(-time.Nanosecond)))
	require.Len(t, registry.Check(installation(), nil, midnight), 1)
}

func TestARuleThatHasYetToBeginIsChecked(t *testing.T) {
	registry := parsed(t, sound+"locations:\n  - {code: L, platform: genesys, location: Dallas, effective_date: 2030-01-01}")
	require.Len(t, registry.Check(installation(), nil, noon), 1)
}

func TestARuleForAnyPlatformIsCheckedWhereItCanAnswer(t *testing.T) {
	const chat = "gives: [{skill: Chat, proficiency: 1}]" // genesys alone has it
	const phones = "gives: [{skill: Phones, proficiency: 1}]"
	for name, c := range map[string]struct {
		rules string
		ok    bool
	}{
		"on both":                             {"  - {code: S, " + chat + "}\n", false},
		"not where one rule stands before it": {"  - {code: S, " + chat + "}\n  - {code: S, platform: cxone, " + phones + "}\n", true},
		"where that one ends":                 {"  - {code: S, " + chat + "}\n  - {code: S, platform: cxone, " + phones + ", sunset_date: 2030-01-01}\n", false},
		"where that one begins":               {"  - {code: S, " + chat + "}\n  - {code: S, platform: cxone, " + phones + ", effective_date: 2030-01-01}\n", false},
		"not where it ends no later":          {"  - {code: S, " + chat + ", sunset_date: 2030-01-01}\n  - {code: S, platform: cxone, " + phones + ", sunset_date: 2030-01-01}\n", true},
		"not where it begins no earlier":      {"  - {code: S, " + chat + ", effective_date: 2030-01-01}\n  - {code: S, platform: cxone, " + phones + ", effective_date: 2030-01-01}\n", true},
		"not where two that follow each other stand before it": {
			"  - {code: S, " + chat + "}\n  - {code: S, platform: cxone, " + phones + ", sunset_date: 2030-01-01}\n  - {code: S, platform: cxone, " +
				phones + ", effective_date: 2030-01-01}\n", true,
		},
		"where there is a gap between two": {
			"  - {code: S, " + chat + "}\n  - {code: S, platform: cxone, " + phones + ", sunset_date: 2030-01-01}\n  - {code: S, platform: cxone, " +
				phones + ", effective_date: 2030-01-02}\n", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(sound, "skills:\n", "skills:\n"+c.rules, 1)
			require.Equal(t, c.ok, len(parsed(t, text).Check(installation(), nil, noon)) == 0, text)
		})
	}
}

func TestEveryNameInTheTextIsAReferenceWithItsLine(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - code: D
    queues:
      - name: Q
        fallback: F
    division: Div
    management_unit: MU
    work_plan: WP
    roles: [R]
job_titles:
  - {code: J, sunset_date: 2024-05-14, groups:
     [G]}
queues:
  - {name: Q, minimum: 1}
`)
	var got []string
	for _, ref := range registry.References(noon) {
		got = append(got, fmt.Sprint(ref.Line, " ", ref.Field, " ", ref.Construct, " ", ref.Name, " ", ref.Unit, ref.Platforms, ref.Any, ref.Over))
	}
	require.Equal(t, []string{
		"6 departments[0].queues[0].name queue Q [genesys] false false",
		"7 departments[0].queues[0].fallback queue F [genesys] false false",
		"8 departments[0].division division Div [genesys] false false",
		"9 departments[0].management_unit management unit MU [genesys] false false",
		"10 departments[0].work_plan work plan WP MU[genesys] false false",
		"11 departments[0].roles[0] role R [genesys] false false",
		"14 job_titles[0].groups[0] group G [genesys] false true",
		"16 queues[0].name queue Q [genesys] true false",
	}, got)
}

func TestEveryNameOfTheExampleIsCheckedWhereItStands(t *testing.T) {
	text := strings.Split(string(mapping.Example()), "\n")
	found := exampleRegistry(t).Check(map[string]mapping.Catalogue{"genesys": {}}, nil, noon)
	names := map[string]bool{}
	for _, mistake := range found {
		_, name, _ := strings.Cut(mistake.Found, `"`)
		name, _, _ = strings.Cut(name, `"`)
		names[name] = true
		require.Contains(t, text[mistake.Line-1], name, mistake)
	}
	for _, name := range []string{
		"Technical_Support", "Spanish", "Customer Care", "General_Support", "Support Team", "Support MU", "Priority_Support_Queue",
		"Knowledge Base Editor", "Network_Troubleshooting", "Austin", "Madrid Site", "Agent",
	} {
		require.True(t, names[name], name)
	}
	require.False(t, names["Support Full Time"], "its unit is the mistake")
}
