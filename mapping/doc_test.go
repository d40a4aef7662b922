package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

func TestTheExampleInTheReferenceIsARegistry(t *testing.T) {
	registry, err := mapping.Parse(1, "docs/mapping.md", []byte(everything(t)))
	require.NoError(t, err)
	got := registry.Resolve(hr.State{
		DepartmentCode: "CARE_L2", JobTitleCode: "SR_TECH_SUPPORT", LocationCode: "MAD", SkillCodes: []string{"SVC_TECH", "LANG_ES"},
	}, noon)
	require.True(t, got.InScope)
	require.Empty(t, got.Unmapped)
	require.True(t, got.Policies.ActivationApproval)
	require.Len(t, got.Desired.Skills, 2)
	require.Len(t, got.Warnings, 1)

	sales := registry.Resolve(hr.State{DepartmentCode: "SALES", SkillCodes: []string{"SVC_TECH"}}, noon)
	require.Equal(t, "cxone", sales.Desired.Platform)
	require.Equal(t, []mapping.Rated{{Name: "Technical Support", Proficiency: 4}}, sales.Desired.Skills)
	require.Equal(t, 3, registry.QueueMinimum("Tier_2_Escalation"))
	require.Equal(t, mapping.DefaultGuards(), registry.Guards(), "the reference shows the defaults")
	require.Equal(t, 14*24*time.Hour, registry.SunsetWarning())
	require.Equal(t, []mapping.Ownable{mapping.OwnableEmail, mapping.OwnableTitle}, got.Desired.OwnedElsewhere)
	require.Equal(t, "the site administrators", registry.UserElsewhere("genesys", "WD-EMP-2001"))
	require.Empty(t, registry.Inheriting(mapping.Managed{Skills: map[string]bool{"Fax_Support": true}}).
		Managed().Without(registry.Managed()).Skills)
}

func TestTheExampleInTheReferenceUsesEveryField(t *testing.T) {
	text := everything(t)
	// A field that is refused lists those that may stand there.
	for _, section := range []string{
		"registry: {x: 1}", "scope: {x: 1}", "scope: {rules: [{x: 1}]}", "scope: {rules: [{include: {x: 1}}]}", "skills: [{x: 1}]", "skills: [{gives: [{x: 1}]}]",
		"departments: [{x: 1}]", "departments: [{policies: {x: 1}}]", "departments: [{queues: [{x: 1}]}]", "job_titles: [{x: 1}]", "locations: [{x: 1}]",
		"roles: [{x: 1}]", "queues: [{x: 1}]", "guards: {x: 1}", "guards: {deactivations: {x: 1}}", "guards: {hard_stop: {x: 1}}",
		"defaults: {x: 1}", "unmanaged: {x: 1}", "owned_elsewhere: [{x: 1}]", "x: 1",
	} {
		var fields []string
		for _, mistake := range mistakes(t, section) {
			if mistake.Found == "an unknown field" {
				fields = strings.Split(strings.TrimPrefix(mistake.Expected, "one of "), ", ")
			}
		}
		require.NotEmpty(t, fields, section)
		for _, field := range fields {
			require.Contains(t, text, field+":", section)
		}
	}
}
