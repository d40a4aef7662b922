package mapping_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

var noon = time.Date(2024, 5, 14, 12, 0, 0, 0, time.UTC)

func parsed(t testing.TB, text string) *mapping.Registry {
	t.Helper()
	registry, err := mapping.Parse(1, "registry.yaml", []byte(text))
	require.NoError(t, err)
	return registry
}

func exampleRegistry(t testing.TB) *mapping.Registry {
	t.Helper()
	return parsed(t, string(mapping.Example()))
}

func withVIP(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "example_with_vip.yaml"))
	require.NoError(t, err)
	return text
}

func TestTheGuidesEventResolvesToTheGuidesEntitlements(t *testing.T) {
	got := exampleRegistry(t).Resolve(hr.State{
		DepartmentCode: "SUPP_L2", JobTitleCode: "SR_TECH_SUPPORT", SkillCodes: []string{"SVC_TECH", "SVC_BILLING", "LANG_ES"},
		Timezone: "America/New_York",
	}, noon)

	require.Equal(t, mapping.Resolution{
		Version: 1,
		InScope: true,
		Desired: mapping.Desired{
			Platform:   "genesys",
			Division:   "Customer Care",
			Title:      "Senior Technical Support",
			Department: "Support Level 2",
			Queues: []mapping.Queue{
				{Name: "Priority_Support_Queue"},
				{Name: "Tier_2_Escalation", Fallback: "General_Support"},
			},
			Roles: []string{"Agent", "Knowledge Base Editor"},
			Skills: []mapping.Rated{
				{Name: "Billing_Support", Proficiency: 3},
				{Name: "Network_Troubleshooting", Proficiency: 5},
				{Name: "Technical_Support", Proficiency: 4},
			},
			Languages:      []mapping.Rated{{Name: "Spanish", Proficiency: 4}},
			ManagementUnit: "Support MU",
			WorkPlan:       "Support Full Time",
		},
		Policies: mapping.DefaultPolicies(),
		Rules: []string{
			"scope: include by default",
			"defaults → role Agent",
			"department SUPP_L2 → queue Tier_2_Escalation (else General_Support), division Customer Care, " +
				"management unit Support MU, work plan Support Full Time",
			"job title SR_TECH_SUPPORT → title Senior Technical Support, queue Priority_Support_Queue, queue Tier_2_Escalation, " +
				"role Agent, role Knowledge Base Editor",
			"skill SVC_BILLING → Billing_Support 3 (weight 10)",
			"job title SR_TECH_SUPPORT → Network_Troubleshooting 5 (weight 20)",
			"skill SVC_TECH → Technical_Support 4 (weight 10)",
			"skill LANG_ES → language Spanish 4 (weight 10)",
		},
	}, got)
}

func TestTheExampleAsksForActivationApprovalInSalesOnly(t *testing.T) {
	registry := exampleRegistry(t)
	for code, want := range map[string]bool{"SUPP_L1": false, "SUPP_L2": false, "BILLING": false, "SALES": true} {
		require.Equal(t, want, registry.Resolve(hr.State{DepartmentCode: code}, noon).Policies.ActivationApproval, code)
	}
}

func TestTheExampleLeavesRetailAndCashiersOutOfScope(t *testing.T) {
	registry := exampleRegistry(t)
	for _, state := range []hr.State{
		{DepartmentCode: "RETAIL"},
		{DepartmentCode: "RETAIL_NORTH", JobTitleCode: "SR_TECH_SUPPORT"},
		{DepartmentCode: "SUPP_L1", JobTitleCode: "CASHIER"},
	} {
		require.False(t, registry.Resolve(state, noon).InScope, "%+v", state)
	}
}

func TestTheExampleDoesNotAnswerForVIPButTheNextVersionDoes(t *testing.T) {
	state := hr.State{DepartmentCode: "SUPP_L1", SkillCodes: []string{"SVC_VIP"}}

	before := exampleRegistry(t).Resolve(state, noon)
	require.Equal(t, []mapping.Unmapped{{Kind: mapping.KindSkill, Code: "SVC_VIP"}}, before.Unmapped)

	next, err := mapping.Parse(2, "example_with_vip.yaml", withVIP(t))
	require.NoError(t, err)
	after := next.Resolve(state, noon)
	require.Empty(t, after.Unmapped)
	require.Equal(t, []mapping.Rated{{Name: "Customer_Retention", Proficiency: 5}}, after.Desired.Skills)
	require.Equal(t, 2, after.Version)
}

func TestTheVIPVersionDiffersFromTheExampleByItsSkillAlone(t *testing.T) {
	with := parsed(t, string(withVIP(t)))
	without := exampleRegistry(t)
	require.NotEqual(t, without.Digest(), with.Digest())
	require.Equal(t, without.Managed(), with.Managed())
	require.Equal(t, without.Zones(), with.Zones())
	for _, department := range []string{"SUPP_L1", "SUPP_L2", "BILLING", "SALES", "RETAIL", ""} {
		state := hr.State{DepartmentCode: department, SkillCodes: []string{"SVC_TECH", "SVC_BILLING", "SVC_RETENTION", "LANG_ES", "LANG_EN", "LANG_FR"}}
		require.Equal(t, without.Resolve(state, noon), with.Resolve(state, noon))
	}
}

func TestExampleCannotBeChangedByACaller(t *testing.T) {
	clear(mapping.Example())
	require.NotZero(t, mapping.Example()[0])
}
