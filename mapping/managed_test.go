package mapping_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// givingSkill is a registry that gives department D a queue, and code S the skill named.
func givingSkill(t *testing.T, skill, more string) *mapping.Registry {
	t.Helper()
	return parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q, fallback: F}], roles: [R], groups: [G]}
skills:
  - {code: S, gives: [{skill: `+skill+`, proficiency: 1}, {language: L, proficiency: 1}]}
`+more)
}

func TestWhatAFormerVersionGaveIsStillTakenAway(t *testing.T) {
	former := givingSkill(t, "Old", "")
	heir := givingSkill(t, "New", "").Inheriting(former.Managed())
	require.Equal(t, map[string]bool{"Old": true, "New": true}, heir.Managed().Skills)
	next := givingSkill(t, "Newer", "").Inheriting(heir.Managed())
	require.Equal(t, map[string]bool{"Old": true, "New": true, "Newer": true}, next.Managed().Skills, "from version to version")
}

func TestInheritingChangesNothingElse(t *testing.T) {
	alone := givingSkill(t, "New", "")
	heir := alone.Inheriting(givingSkill(t, "Old", "").Managed())
	state := hr.State{DepartmentCode: "D", SkillCodes: []string{"S"}}
	require.Equal(t, alone.Resolve(state, noon), heir.Resolve(state, noon))
	require.Equal(t, alone.Digest(), heir.Digest())
	require.Equal(t, map[string]bool{"New": true}, alone.Managed().Skills, "the version it was made of neither")
}

func TestWhatAVersionHandsBackIsLeftToPeople(t *testing.T) {
	former := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q1, fallback: Q2}], roles: [R1, R2], groups: [G1, G2]}
skills:
  - {code: S, gives: [{skill: S1, proficiency: 1}, {skill: S2, proficiency: 1}, {language: L1, proficiency: 1}, {language: L2, proficiency: 1}]}
`)
	heir := parsed(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
unmanaged: {queues: [Q1], roles: [R1], skills: [S1], languages: [L1], groups: [G1]}
`).Inheriting(former.Managed())
	require.Equal(t, mapping.Managed{
		Queues: map[string]bool{"Q2": true}, Roles: map[string]bool{"R2": true}, Skills: map[string]bool{"S2": true},
		Languages: map[string]bool{"L2": true}, Groups: map[string]bool{"G2": true},
	}, heir.Managed())

	again := givingSkill(t, "S1", "").Inheriting(heir.Managed())
	require.Equal(t, map[string]bool{"S1": true, "S2": true}, again.Managed().Skills, "a rule takes it up again")
}

func TestARuleCannotNameWhatIsHandedBack(t *testing.T) {
	for text, want := range map[string]mapping.Mistake{
		"queues: [Q]":      {Line: 9, Field: "unmanaged.queues[0]", Found: `the queue "Q", which line 4 names`, Expected: "a queue that no rule names"},
		"queues: [A, F]":   {Line: 9, Field: "unmanaged.queues[1]", Found: `the queue "F", which line 4 names`, Expected: "a queue that no rule names"},
		"roles: [R]":       {Line: 9, Field: "unmanaged.roles[0]", Found: `the role "R", which line 4 names`, Expected: "a role that no rule names"},
		"roles: [Default]": {Line: 9, Field: "unmanaged.roles[0]", Found: `the role "Default", which line 7 names`, Expected: "a role that no rule names"},
		"groups: [G]":      {Line: 9, Field: "unmanaged.groups[0]", Found: `the group "G", which line 4 names`, Expected: "a group that no rule names"},
		"skills: [New]":    {Line: 9, Field: "unmanaged.skills[0]", Found: `the skill "New", which line 6 names`, Expected: "a skill that no rule names"},
		"languages: [L]":   {Line: 9, Field: "unmanaged.languages[0]", Found: `the language "L", which line 6 names`, Expected: "a language that no rule names"},
	} {
		got := mistakes(t, `registry: {platform: genesys, time_zone: UTC}
scope: {default: include}
departments:
  - {code: D, queues: [{name: Q, fallback: F}], roles: [R], groups: [G]}
skills:
  - {code: S, gives: [{skill: New, proficiency: 1}, {language: L, proficiency: 1}]}
defaults: {roles: [Default]}
unmanaged:
  `+text)
		require.Equal(t, []mapping.Mistake{want}, got, text)
	}
	require.Len(t, mistakes(t, head+"unmanaged: {divisions: [D]}"), 1, "a division is never taken away")
}

func TestManagedIsStoredAsSortedLists(t *testing.T) {
	managed := givingSkill(t, "B", "job_titles:\n  - {code: J, skills: [{skill: A, proficiency: 1}]}\n").Managed()
	text, err := json.Marshal(managed)
	require.NoError(t, err)
	require.JSONEq(t, `{"queues":["F","Q"],"roles":["R"],"skills":["A","B"],"languages":["L"],"groups":["G"]}`, string(text))
	require.Contains(t, string(text), `["A","B"]`)

	var read mapping.Managed
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, managed, read)
	require.Error(t, json.Unmarshal([]byte(`{"queues":"Q"}`), &read))

	empty, err := json.Marshal(mapping.Managed{})
	require.NoError(t, err)
	require.JSONEq(t, "{}", string(empty))
	require.NoError(t, json.Unmarshal(empty, &read))
	require.Equal(t, parsed(t, "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\n").Managed(), read)
}
