package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/mapping"
)

func TestASkillCodeStandsForWhatItsRuleGivesWhileItHolds(t *testing.T) {
	registry, err := mapping.Parse(1, "test", []byte(`
registry: {platform: genesys, time_zone: UTC, organisation_zone: UTC}
scope: {default: include}
skills:
  - code: SVC_TECH
    gives: [{skill: Tech, proficiency: 4, weight: 1}, {skill: Tools, proficiency: 2, weight: 1}]
  - code: LANG_ES
    gives: [{language: Spanish, proficiency: 3, weight: 1}]
  - code: OLD
    sunset_date: 2026-01-01
    gives: [{skill: Fax, proficiency: 1, weight: 1}]
`))
	require.NoError(t, err)
	codes := registry.SkillCodes("genesys", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	require.Equal(t, map[string]mapping.SkillConstructs{
		"SVC_TECH": {Skills: []string{"Tech", "Tools"}}, "LANG_ES": {Languages: []string{"Spanish"}},
	}, codes)
	require.Contains(t, registry.SkillCodes("genesys", time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC)), "OLD")
}
