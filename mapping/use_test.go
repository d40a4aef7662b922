package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

func TestASkillCodeIsAnsweredWithItsTargetsAndTheRule(t *testing.T) {
	registry := parsed(t, twoPlatforms)
	require.Equal(t, mapping.SkillAnswer{
		Version: 1, Code: "S", Platform: "cxone", At: noon, Mapped: true,
		Skills:    []mapping.Target{{Name: "Special", Proficiency: 2, Weight: 7}},
		Languages: []mapping.Target{{Name: "French", Proficiency: 3}},
		Rule: &mapping.RuleUse{
			RuleRef: mapping.RuleRef{Kind: mapping.KindSkill, Code: "S", Platform: "cxone", Line: 5},
			Gives:   []string{"skill Special 2 (weight 7)", "language French 3 (weight 0)"},
		},
	}, registry.ResolveSkill("S", "cxone", noon))
	require.Equal(t, 4, registry.ResolveSkill("S", "", noon).Rule.Line, "the registry's platform where none is asked for")
	require.Equal(t, "genesys", registry.ResolveSkill("S", "", noon).Platform)
}

func TestASkillCodeWithoutARuleIsNotMapped(t *testing.T) {
	registry := parsed(t, twoPlatforms)
	require.Equal(t, mapping.SkillAnswer{Version: 1, Code: "X", Platform: "genesys", At: noon}, registry.ResolveSkill("X", "genesys", noon))
	require.Equal(t, mapping.SkillAnswer{
		Version: 1, Code: "ONLY", Platform: "genesys", At: noon, Warnings: []string{"skill ONLY has no rule for platform genesys, only for cxone"},
	}, registry.ResolveSkill("ONLY", "genesys", noon))
}

func TestASkillCodeIsAnsweredByTheDate(t *testing.T) {
	registry := dated(t, "America/Sao_Paulo", "2018-11-04")
	for at, want := range map[string]string{
		"2018-11-03T12:00:00Z": "Old", "2018-11-04T02:59:59Z": "Old", "2018-11-04T03:00:00Z": "New", "2018-11-05T12:00:00Z": "New",
	} {
		got := registry.ResolveSkill("X", "", instant(t, at))
		require.Equal(t, want, got.Skills[0].Name, at)
		require.Equal(t, want == "Old", len(got.Warnings) == 1, at)
		require.Equal(t, want == "Old", got.Rule.Sunset != nil)
	}
}

func TestUsedAreTheRulesThatAnsweredWithTheirLines(t *testing.T) {
	registry := parsed(t, rules)
	require.Equal(t, []mapping.RuleUse{
		{RuleRef: mapping.RuleRef{Kind: mapping.KindScope, Code: "include department_code CARE or CARE_*", Line: 6}},
		{
			RuleRef: mapping.RuleRef{Kind: mapping.KindDepartment, Code: "CARE_2", Line: 24},
			Gives:   []string{"queue Shared (else A)"},
		},
		{
			RuleRef: mapping.RuleRef{Kind: mapping.KindJobTitle, Code: "LEAD", Line: 27},
			Gives: []string{
				"title Team Lead", "queue Escalation", "queue Shared (else B)", "role Agent", "role Lead", "group Carers", "group Leads",
				"skill Phones 5 (weight 10)", "language French 1 (weight 5)",
			},
		},
		{RuleRef: mapping.RuleRef{Kind: mapping.KindLocation, Code: "AUS", Line: 37}, Gives: []string{"location Austin", "group Carers", "group Site"}},
		{RuleRef: mapping.RuleRef{Kind: mapping.KindSkill, Code: "ONE", Line: 9}, Gives: []string{"skill Phones 2 (weight 10)"}},
	}, registry.Used(hr.State{DepartmentCode: "CARE_2", JobTitleCode: "LEAD", LocationCode: "AUS", SkillCodes: []string{"ONE", "NONE"}}, noon))

	require.Empty(t, registry.Used(hr.State{DepartmentCode: "FINANCE"}, noon), "out of scope by default")
	require.Equal(t, "skill SVC_TECH (line 17)", exampleRegistry(t).ResolveSkill("SVC_TECH", "", time.Now()).Rule.String())
}
