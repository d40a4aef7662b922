package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// twoPlatforms has departments on two platforms, and rules for one of them, for the other and for any.
const twoPlatforms = `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
skills:
  - {code: S, gives: [{skill: Anywhere, proficiency: 1}]}
  - {code: S, platform: cxone, gives: [{skill: Special, proficiency: 2, weight: 7}, {language: French, proficiency: 3}]}
  - {code: ONLY, platform: cxone, gives: [{skill: Only, proficiency: 1}]}
  - {code: ENDS, platform: cxone, gives: [{skill: Special, proficiency: 1}], sunset_date: 2025-01-01}
  - {code: ENDS, gives: [{skill: Anywhere, proficiency: 1}]}
departments:
  - {code: G, queues: [{name: Q}]}
  - {code: C, platform: cxone, queues: [{name: Q}]}
job_titles:
  - {code: J, title: Any, roles: [Agent]}
  - {code: J, platform: cxone, title: Special, roles: [Supervisor]}
locations:
  - {code: L, location: Any}
  - {code: L, platform: genesys, location: Special, groups: [Site]}
`

func TestARuleForThePersonsPlatformStandsBeforeTheOneForAny(t *testing.T) {
	registry := parsed(t, twoPlatforms)
	ask := func(department string) mapping.Resolution {
		return registry.Resolve(hr.State{DepartmentCode: department, JobTitleCode: "J", LocationCode: "L", SkillCodes: []string{"S"}}, noon)
	}
	genesys, cxone := ask("G"), ask("C")

	require.Equal(t, []mapping.Rated{{Name: "Anywhere", Proficiency: 1}}, genesys.Desired.Skills)
	require.Equal(t, []mapping.Rated{{Name: "Special", Proficiency: 2}}, cxone.Desired.Skills, "the other rule is no part of it")
	require.Equal(t, "Any", genesys.Desired.Title)
	require.Equal(t, "Special", cxone.Desired.Title)
	require.Equal(t, []string{"Supervisor"}, cxone.Desired.Roles)
	require.Equal(t, "Special", genesys.Desired.Location)
	require.Equal(t, "Any", cxone.Desired.Location)
}

func TestARuleForThePlatformStandsBeforeALaterOneForAny(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q}]}
locations:
  - {code: L, platform: genesys, location: Special, effective_date: 2020-01-01}
  - {code: L, location: Any, effective_date: 2022-01-01}
`)
	require.Equal(t, "Special", registry.Resolve(hr.State{DepartmentCode: "D", LocationCode: "L"}, noon).Desired.Location)
}

func TestTheExplanationNamesThePlatformARuleIsFor(t *testing.T) {
	got := parsed(t, twoPlatforms).Resolve(hr.State{DepartmentCode: "C", JobTitleCode: "J", LocationCode: "L", SkillCodes: []string{"S"}}, noon)
	require.Equal(t, []string{
		"scope: include by default",
		"department C → queue Q",
		"job title J on cxone → title Special, role Supervisor",
		"location L → location Any",
		"skill S on cxone → Special 2 (weight 7)",
		"skill S on cxone → language French 3 (weight 0)",
	}, got.Rules)
}

func TestACodeWithRulesForOtherPlatformsAloneIsUnmapped(t *testing.T) {
	registry := parsed(t, twoPlatforms)
	got := registry.Resolve(hr.State{DepartmentCode: "G", SkillCodes: []string{"ONLY"}}, noon)
	require.Equal(t, []mapping.Unmapped{{Kind: mapping.KindSkill, Code: "ONLY"}}, got.Unmapped)
	require.Equal(t, []string{"skill ONLY has no rule for platform genesys, only for cxone"}, got.Warnings)
	require.Empty(t, registry.Resolve(hr.State{DepartmentCode: "C", SkillCodes: []string{"ONLY"}}, noon).Unmapped)
}

func TestWhenARuleForAPlatformEndsTheOneForAnyAnswers(t *testing.T) {
	registry := parsed(t, twoPlatforms)
	state, end := hr.State{DepartmentCode: "C", SkillCodes: []string{"ENDS"}}, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

	before, after := registry.Resolve(state, end.Add(-1)), registry.Resolve(state, end)
	require.Equal(t, []mapping.Rated{{Name: "Special", Proficiency: 1}}, before.Desired.Skills)
	require.Equal(t, []string{
		"skill ENDS on cxone is deprecated: its rule ends at 00:00 on 2025-01-01, the rule for any platform holds from then on",
	}, before.Warnings)
	require.Equal(t, []mapping.Rated{{Name: "Anywhere", Proficiency: 1}}, after.Desired.Skills)
	require.Empty(t, after.Warnings)
}

func TestOneRuleForACodeAtATimeHoldsForEachPlatform(t *testing.T) {
	got := mistakes(t, twoPlatforms+"  - {code: L, platform: genesys, location: Again}\n  - {code: L, location: Again}\n")
	require.Len(t, got, 2)
	require.Equal(t, `a second rule for "L" on genesys that holds at the same time as the one in line 17`, got[0].Found)
	require.Equal(t, `a second rule for "L" that holds at the same time as the one in line 16`, got[1].Found)
	require.Equal(t, []int{18, 19}, []int{got[0].Line, got[1].Line})
}

func TestADepartmentHasOneRuleAtATimeWhateverItsPlatform(t *testing.T) {
	got := mistakes(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q}]}
  - {code: D, platform: cxone, queues: [{name: Q}]}
`)
	require.Len(t, got, 1)
	require.Equal(t, 5, got[0].Line)
}

func TestPlatformsArePeoplesFromAnInstantOn(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: OLD, platform: avaya, sunset_date: 2024-05-14}
  - {code: NEW, platform: cxone, effective_date: 2030-01-01}
`)
	require.Equal(t, []string{"avaya", "cxone", "genesys"}, registry.Platforms(time.Date(2024, 5, 13, 23, 59, 0, 0, time.UTC)))
	require.Equal(t, []string{"cxone", "genesys"}, registry.Platforms(time.Date(2024, 5, 14, 0, 0, 0, 0, time.UTC)))
}
