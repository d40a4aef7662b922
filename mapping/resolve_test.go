package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// rules is a registry with one rule of each kind and some that meet.
const rules = `registry: {platform: genesys, time_zone: America/New_York}
scope:
  default: exclude
  rules:
    - exclude: {department_code: CARE, job_title_code: [INTERN, "TEMP_*"]}
    - include: {department_code: [CARE, "CARE_*"]}
    - include: {location_code: "*", job_title_code: FLOATER}
skills:
  - {code: ONE, gives: [{skill: Phones, proficiency: 2, weight: 10}]}
  - {code: MANY, gives: [{skill: Phones, proficiency: 4, weight: 10}, {skill: Chat, proficiency: 3}, {language: French, proficiency: 2.5}]}
  - {code: HEAVY, gives: [{skill: Phones, proficiency: 1, weight: 20}]}
  - {code: SAME, gives: [{skill: Phones, proficiency: 2, weight: 10}]}
  - {code: TOP, gives: [{skill: Phones, proficiency: 3, weight: 10}]}
departments:
  - code: CARE
    department: Care
    division: Customer Care
    queues: [{name: Care_Queue, fallback: General}, {name: Shared}]
    management_unit: Care MU
    work_plan: Full Time
    roles: [Wallboard]
    groups: [Carers]
    policies: {activation_approval: true, approval_deadline: 2h, drain_window: 60s, hand_over_window: 30s, grace: 10d}
  - {code: CARE_2, platform: cxone, queues: [{name: Shared, fallback: A}]}
  - {code: CARE_EMPTY, division: Customer Care}
job_titles:
  - code: LEAD
    title: Team Lead
    roles: [Agent, Lead]
    queues: [{name: Shared, fallback: B}, {name: Escalation}]
    skills: [{skill: Phones, proficiency: 5, weight: 10}]
    languages: [{language: French, proficiency: 1, weight: 5}]
    groups: [Leads, Carers]
  - {code: FLOATER, queues: [{name: Shared}]}
  - {code: INTERN}
locations:
  - {code: AUS, location: Austin, groups: [Site, Carers]}
defaults:
  roles: [Agent]
  policies: {drain_window: 120s}
`

func TestScopeTheFirstMatchingRuleDecides(t *testing.T) {
	registry := parsed(t, rules)
	for name, c := range map[string]struct {
		state hr.State
		in    bool
		rule  string
	}{
		"a code":                         {hr.State{DepartmentCode: "CARE"}, true, "scope: include department_code CARE or CARE_*"},
		"a prefix":                       {hr.State{DepartmentCode: "CARE_2"}, true, "scope: include department_code CARE or CARE_*"},
		"another case is another code":   {hr.State{DepartmentCode: "care"}, false, "scope: exclude by default"},
		"an exception before the rule":   {hr.State{DepartmentCode: "CARE", JobTitleCode: "INTERN"}, false, "scope: exclude department_code CARE and job_title_code INTERN or TEMP_*"},
		"an exception by prefix":         {hr.State{DepartmentCode: "CARE", JobTitleCode: "TEMP_7"}, false, "scope: exclude department_code CARE and job_title_code INTERN or TEMP_*"},
		"all criteria must match":        {hr.State{DepartmentCode: "CARE_2", JobTitleCode: "INTERN"}, true, "scope: include department_code CARE or CARE_*"},
		"any code":                       {hr.State{LocationCode: "X", JobTitleCode: "FLOATER"}, true, "scope: include job_title_code FLOATER and location_code *"},
		"any code needs a code":          {hr.State{JobTitleCode: "FLOATER"}, false, "scope: exclude by default"},
		"nothing said goes by default":   {hr.State{}, false, "scope: exclude by default"},
		"an unknown one goes by default": {hr.State{DepartmentCode: "FINANCE"}, false, "scope: exclude by default"},
	} {
		t.Run(name, func(t *testing.T) {
			got := registry.Resolve(c.state, noon)
			require.Equal(t, c.in, got.InScope)
			require.Equal(t, c.rule, got.Rules[0])
		})
	}
}

func TestOutOfScopeNothingIsDesiredAndNothingUnmapped(t *testing.T) {
	got := parsed(t, rules).Resolve(hr.State{DepartmentCode: "FINANCE", SkillCodes: []string{"UNKNOWN"}}, noon)
	require.Equal(t, mapping.Resolution{
		Version:  1,
		Policies: mapping.Policies{DrainWindow: 2 * time.Minute, HandOverWindow: time.Minute, Grace: 30 * 24 * time.Hour, ApprovalDeadline: 4 * time.Hour},
		Rules:    []string{"scope: exclude by default"},
	}, got)
}

func TestOutOfScopeTheDepartmentsPoliciesStillHold(t *testing.T) {
	got := parsed(t, rules).Resolve(hr.State{DepartmentCode: "CARE", JobTitleCode: "INTERN"}, noon)
	require.False(t, got.InScope)
	require.Equal(t, time.Minute, got.Policies.DrainWindow)
}

func TestEveryKindOfRuleGives(t *testing.T) {
	registry := parsed(t, rules)
	care := registry.Resolve(hr.State{DepartmentCode: "CARE"}, noon)
	require.Equal(t, mapping.Desired{
		Platform: "genesys", Division: "Customer Care", Department: "Care",
		Queues: []mapping.Queue{{Name: "Care_Queue", Fallback: "General"}, {Name: "Shared"}},
		Roles:  []string{"Agent", "Wallboard"}, Groups: []string{"Carers"},
		ManagementUnit: "Care MU", WorkPlan: "Full Time",
	}, care.Desired)
	require.Equal(t, mapping.Policies{
		ActivationApproval: true, DrainWindow: time.Minute, HandOverWindow: 30 * time.Second, Grace: 10 * 24 * time.Hour, ApprovalDeadline: 2 * time.Hour,
	}, care.Policies)

	lead := registry.Resolve(hr.State{DepartmentCode: "CARE", JobTitleCode: "LEAD", LocationCode: "AUS"}, noon)
	require.Equal(t, mapping.Desired{
		Platform: "genesys", Division: "Customer Care", Department: "Care", Title: "Team Lead", Location: "Austin",
		Queues: []mapping.Queue{{Name: "Care_Queue", Fallback: "General"}, {Name: "Escalation"}, {Name: "Shared", Fallback: "B"}},
		Roles:  []string{"Agent", "Lead", "Wallboard"}, Groups: []string{"Carers", "Leads", "Site"},
		Skills:         []mapping.Rated{{Name: "Phones", Proficiency: 5}},
		Languages:      []mapping.Rated{{Name: "French", Proficiency: 1}},
		ManagementUnit: "Care MU", WorkPlan: "Full Time",
	}, lead.Desired)
	require.Empty(t, lead.Unmapped)
}

func TestTheDepartmentNamesThePlatformElseTheRegistryDoes(t *testing.T) {
	registry := parsed(t, rules)
	require.Equal(t, "cxone", registry.Resolve(hr.State{DepartmentCode: "CARE_2"}, noon).Desired.Platform)
	require.Equal(t, "genesys", registry.Resolve(hr.State{DepartmentCode: "CARE"}, noon).Desired.Platform)
}

func TestTheDepartmentsFallbackStandsBeforeTheJobTitles(t *testing.T) {
	got := parsed(t, rules).Resolve(hr.State{DepartmentCode: "CARE_2", JobTitleCode: "LEAD"}, noon)
	require.Contains(t, got.Desired.Queues, mapping.Queue{Name: "Shared", Fallback: "A"})
	require.Len(t, got.Desired.Queues, 2)
}

func TestPriorityWeight(t *testing.T) {
	registry := parsed(t, rules)
	for name, c := range map[string]struct {
		skills    []string
		title     string
		phones    float64
		explained []string
	}{
		"one rule": {[]string{"ONE"}, "", 2, []string{"skill ONE → Phones 2 (weight 10)"}},
		"the higher weight wins over a higher proficiency": {
			[]string{"MANY", "HEAVY"},
			"", 1,
			[]string{"skill HEAVY → Phones 1 (weight 20)", "skill MANY → Phones 4 (weight 10), outweighed by skill HEAVY"},
		},
		"at equal weight the higher proficiency wins": {
			[]string{"ONE", "TOP"},
			"", 3,
			[]string{"skill TOP → Phones 3 (weight 10)", "skill ONE → Phones 2 (weight 10), outweighed by skill TOP"},
		},
		"equal in both there is nothing to decide": {
			[]string{"ONE", "SAME"},
			"", 2,
			[]string{"skill ONE → Phones 2 (weight 10)", "skill SAME → Phones 2 (weight 10)"},
		},
		"a job title takes part": {
			[]string{"MANY"},
			"LEAD", 5,
			[]string{"job title LEAD → Phones 5 (weight 10)", "skill MANY → Phones 4 (weight 10), outweighed by job title LEAD"},
		},
		"a code given twice counts once": {[]string{"ONE", "ONE"}, "", 2, []string{"skill ONE → Phones 2 (weight 10)"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := registry.Resolve(hr.State{DepartmentCode: "CARE", JobTitleCode: c.title, SkillCodes: c.skills}, noon)
			require.Contains(t, got.Desired.Skills, mapping.Rated{Name: "Phones", Proficiency: c.phones})
			require.Subset(t, got.Rules, c.explained)
			phones := 0
			for _, rule := range got.Rules {
				if strings.Contains(rule, " → Phones ") {
					phones++
				}
			}
			require.Equal(t, len(c.explained), phones, got.Rules)
		})
	}
}

func TestOneCodeGivesSkillsAndLanguages(t *testing.T) {
	got := parsed(t, rules).Resolve(hr.State{DepartmentCode: "CARE", SkillCodes: []string{"MANY"}}, noon)
	require.Equal(t, []mapping.Rated{{Name: "Chat", Proficiency: 3}, {Name: "Phones", Proficiency: 4}}, got.Desired.Skills)
	require.Equal(t, []mapping.Rated{{Name: "French", Proficiency: 2.5}}, got.Desired.Languages)
	require.Contains(t, got.Rules, "skill MANY → language French 2.5 (weight 0)")
}

func TestUnmapped(t *testing.T) {
	registry := parsed(t, rules)
	for name, c := range map[string]struct {
		state hr.State
		want  []mapping.Unmapped
	}{
		"a skill":                   {hr.State{DepartmentCode: "CARE", SkillCodes: []string{"ONE", "NO"}}, []mapping.Unmapped{{Kind: "skill", Code: "NO"}}},
		"a skill given twice, once": {hr.State{DepartmentCode: "CARE", SkillCodes: []string{"NO", "NO"}}, []mapping.Unmapped{{Kind: "skill", Code: "NO"}}},
		"a job title":               {hr.State{DepartmentCode: "CARE", JobTitleCode: "NO"}, []mapping.Unmapped{{Kind: "job_title", Code: "NO"}}},
		"a location":                {hr.State{DepartmentCode: "CARE", LocationCode: "NO"}, []mapping.Unmapped{{Kind: "location", Code: "NO"}}},
		"a department":              {hr.State{DepartmentCode: "CARE_NO"}, []mapping.Unmapped{{Kind: "department", Code: "CARE_NO"}}},
		"a department, though the job title gives a queue": {
			hr.State{DepartmentCode: "CARE_NO", JobTitleCode: "FLOATER"}, []mapping.Unmapped{{Kind: "department", Code: "CARE_NO"}},
		},
		"a department without a queue": {hr.State{DepartmentCode: "CARE_EMPTY"}, []mapping.Unmapped{{Kind: "department", Code: "CARE_EMPTY"}}},
		"not a department without a queue when the job title gives one": {
			hr.State{DepartmentCode: "CARE_EMPTY", JobTitleCode: "FLOATER"}, nil,
		},
		"no department at all": {
			hr.State{LocationCode: "AUS", JobTitleCode: "FLOATER"}, []mapping.Unmapped{{Kind: "department", Code: ""}},
		},
		"everything, in order": {
			hr.State{DepartmentCode: "CARE_NO", JobTitleCode: "J", LocationCode: "L", SkillCodes: []string{"Z", "A"}},
			[]mapping.Unmapped{
				{Kind: "department", Code: "CARE_NO"},
				{Kind: "job_title", Code: "J"},
				{Kind: "location", Code: "L"},
				{Kind: "skill", Code: "A"},
				{Kind: "skill", Code: "Z"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := registry.Resolve(c.state, noon)
			require.True(t, got.InScope)
			require.Equal(t, c.want, got.Unmapped)
		})
	}
}

func TestARoleNeedsApprovalUnlessEverybodyHasItOrTheVersionSaysOtherwise(t *testing.T) {
	registry, err := mapping.Parse(1, "test", []byte(`
registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
roles:
  - {name: Editor, approval: false}
  - {name: Auditor, approval: true}
defaults: {roles: [Agent, Auditor]}
`))
	require.NoError(t, err)
	require.False(t, registry.RoleNeedsApproval("Agent"), "a default")
	require.False(t, registry.RoleNeedsApproval("Editor"), "the version says so")
	require.True(t, registry.RoleNeedsApproval("Auditor"), "the version says so, although it is a default")
	require.True(t, registry.RoleNeedsApproval("Supervisor"), "nobody says anything")
}
