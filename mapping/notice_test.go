package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/mapping"
)

func TestNoticesSayWhatAPersonShouldKnow(t *testing.T) {
	registry := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope:
  default: include
  rules:
    - {exclude: {location_code: X}, sunset_date: 2026-01-01}
skills:
  - {code: ALONE, gives: [{skill: A, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: FOLLOWED, gives: [{skill: B, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: FOLLOWED, gives: [{skill: B, proficiency: 2}], effective_date: 2026-01-01}
  - {code: GAP, gives: [{skill: C, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: GAP, gives: [{skill: C, proficiency: 1}], effective_date: 2027-01-01}
  - {code: SPLIT, gives: [{skill: D, proficiency: 1}], sunset_date: 2026-01-01}
  - {code: SPLIT, platform: cxone, gives: [{skill: D, proficiency: 1}], effective_date: 2026-01-01}
  - {code: LOST, platform: avaya, gives: [{skill: E, proficiency: 1}]}
  - {code: PAST, gives: [{skill: F, proficiency: 1}], sunset_date: 2024-05-14}
departments:
  - {code: G, queues: [{name: Q}], effective_date: 2020-01-01}
  - {code: C, platform: cxone, queues: [{name: Q}]}
queues:
  - {name: Q, minimum: 2}
  - {name: Nobodys, minimum: 3}
`)
	require.Equal(t, []mapping.Notice{
		{5, "scope exclude location_code X", "ends at 00:00 on 2026-01-01, the rules after it and the default decide from then on"},
		{7, "skill ALONE", "ends at 00:00 on 2026-01-01, no rule follows"},
		{8, "skill FOLLOWED", "ends at 00:00 on 2026-01-01, skill FOLLOWED follows"},
		{9, "skill FOLLOWED", "begins at 00:00 on 2026-01-01"},
		{10, "skill GAP", "ends at 00:00 on 2026-01-01, no rule follows before 2027-01-01"},
		{11, "skill GAP", "begins at 00:00 on 2027-01-01"},
		{14, "skill LOST on avaya", "is for platform avaya, which no department is on"},
		{12, "skill SPLIT", "ends at 00:00 on 2026-01-01, skill SPLIT on cxone follows, no rule follows on genesys"},
		{13, "skill SPLIT on cxone", "begins at 00:00 on 2026-01-01"},
		{21, "queue Nobodys", "has a minimum of 3, and no rule gives it"},
	}, registry.Notices(noon))
}

func TestRulesThatMeetWithOneWeightAndDisagreeAreNoticed(t *testing.T) {
	const before = "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\ndepartments: [{code: C, platform: cxone}]\n"
	for name, c := range map[string]struct {
		rules string
		want  []mapping.Notice
	}{
		"two skills": {
			"skills:\n  - {code: B, gives: [{skill: X, proficiency: 2, weight: 5}]}\n  - {code: A, gives: [{skill: X, proficiency: 4.5, weight: 5}]}",
			[]mapping.Notice{{6, "skill X", "is given with the same weight 5 by rules that do not agree, and the highest proficiency wins: skill A gives 4.5, skill B gives 2"}},
		},
		"a skill and a job title, of a language": {
			"skills:\n  - {code: A, gives: [{language: X, proficiency: 2}]}\njob_titles:\n  - {code: A, languages: [{language: X, proficiency: 4}]}",
			[]mapping.Notice{{5, "language X", "is given with the same weight 0 by rules that do not agree, and the highest proficiency wins: skill A gives 2, job title A gives 4"}},
		},
		"equal in both: many codes for one thing": {
			"skills:\n  - {code: A, gives: [{skill: X, proficiency: 2}]}\n  - {code: B, gives: [{skill: X, proficiency: 2}]}", nil,
		},
		"another weight decides": {
			"skills:\n  - {code: A, gives: [{skill: X, proficiency: 2, weight: 1}]}\n  - {code: B, gives: [{skill: X, proficiency: 3}]}", nil,
		},
		"a skill and a language of one name are two things": {
			"skills:\n  - {code: A, gives: [{skill: X, proficiency: 2}]}\n  - {code: B, gives: [{language: X, proficiency: 3}]}", nil,
		},
		"nobody has two job titles": {
			"job_titles:\n  - {code: A, skills: [{skill: X, proficiency: 2}]}\n  - {code: B, skills: [{skill: X, proficiency: 3}]}", nil,
		},
		"never at the same time": {
			"skills:\n  - {code: A, gives: [{skill: X, proficiency: 2}], sunset_date: 2099-01-01}\n" +
				"  - {code: B, gives: [{skill: X, proficiency: 3}], effective_date: 2099-01-01}",
			[]mapping.Notice{
				{5, "skill A", "ends at 00:00 on 2099-01-01, no rule follows"}, {6, "skill B", "begins at 00:00 on 2099-01-01"},
			},
		},
		"never on one platform": {
			"skills:\n  - {code: A, platform: genesys, gives: [{skill: X, proficiency: 2}]}\n  - {code: B, platform: cxone, gives: [{skill: X, proficiency: 3}]}", nil,
		},
		"one code, on one platform and on any": {
			"skills:\n  - {code: A, platform: genesys, gives: [{skill: X, proficiency: 2}]}\n  - {code: A, gives: [{skill: X, proficiency: 3}]}", nil,
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, parsed(t, before+c.rules).Notices(noon)) })
	}
}
