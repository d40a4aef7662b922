package mapping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// ownedElsewhere has owners of one platform, of the other and of any.
const ownedElsewhere = twoPlatforms + `owned_elsewhere:
  - by: SCIM
    fields: [title, email]
  - by: the telephony team
    platform: cxone
    fields: [extension]
    users: [WD-1]
  - by: the administrators
    platform: genesys
    users: [WD-1, 6f1c-2d9e]
`

func TestWhatIsOwnedElsewhereIsOfAPlatformOrOfAll(t *testing.T) {
	registry := parsed(t, ownedElsewhere)
	require.Equal(t, []mapping.Ownable{mapping.OwnableEmail, mapping.OwnableTitle}, registry.FieldsElsewhere("genesys"))
	require.Equal(t, []mapping.Ownable{mapping.OwnableEmail, mapping.OwnableExtension, mapping.OwnableTitle}, registry.FieldsElsewhere("cxone"))
	for ids, by := range map[[2]string]string{
		{"WD-1", "account-1"}: "the administrators", {"WD-2", "6f1c-2d9e"}: "the administrators", {"WD-2", "account-1"}: "", {"wd-1", ""}: "",
	} {
		require.Equal(t, by, registry.UserElsewhere("genesys", ids[:]...), ids)
	}
	require.Equal(t, "the telephony team", registry.UserElsewhere("cxone", "WD-1"))
	require.Empty(t, registry.UserElsewhere("cxone", "6f1c-2d9e"))
	require.Empty(t, registry.UserElsewhere("genesys"))
}

func TestWhoIsResolvedIsToldWhatIsOwnedElsewhereAndByWhom(t *testing.T) {
	registry := parsed(t, ownedElsewhere)
	genesys := registry.Resolve(hr.State{DepartmentCode: "G", JobTitleCode: "J"}, noon)
	require.Equal(t, []mapping.Ownable{mapping.OwnableEmail, mapping.OwnableTitle}, genesys.Desired.OwnedElsewhere)
	require.Contains(t, genesys.Rules, "owned elsewhere, by SCIM: email, title")
	require.Equal(t, "Any", genesys.Desired.Title, "what the rules say of it is not hidden")

	cxone := registry.Resolve(hr.State{DepartmentCode: "C"}, noon)
	require.Len(t, cxone.Desired.OwnedElsewhere, 3)
	require.Contains(t, cxone.Rules, "owned elsewhere, by the telephony team: extension")

	outside := parsed(t, "registry: {platform: genesys, time_zone: UTC}\nscope: {default: exclude}\nowned_elsewhere: [{by: SCIM, fields: [email]}]\n")
	require.Empty(t, outside.Resolve(hr.State{}, noon).Desired.OwnedElsewhere, "out of scope")
}

func TestNobodyIsAskedWhatACodeMeansThatSomebodyElseAnswersFor(t *testing.T) {
	state := hr.State{DepartmentCode: "NONE", SkillCodes: []string{"UNKNOWN"}}
	department, skill := mapping.Unmapped{Kind: mapping.KindDepartment, Code: "NONE"}, mapping.Unmapped{Kind: mapping.KindSkill, Code: "UNKNOWN"}
	for fields, want := range map[string][]mapping.Unmapped{
		"email": {department, skill}, "queues": {skill}, "skills": {department, skill}, "skills, languages": {department}, "queues, skills, languages": nil,
	} {
		registry := parsed(t, strings.Replace(head, "departments:", "departments:\n  - {code: NONE}", 1)+"owned_elsewhere: [{by: SCIM, fields: ["+fields+"]}]")
		require.Equal(t, want, registry.Resolve(state, noon).Unmapped, fields)
		require.Contains(t, registry.Resolve(hr.State{DepartmentCode: "UNKNOWN"}, noon).Unmapped, mapping.Unmapped{Kind: mapping.KindDepartment, Code: "UNKNOWN"}, fields)
	}
}

func TestEverythingThatAChangeWritesCanBeOwnedElsewhere(t *testing.T) {
	for _, field := range mapping.Ownables() {
		registry := parsed(t, head+"owned_elsewhere: [{by: SCIM, fields: ["+string(field)+"]}]")
		require.Equal(t, []mapping.Ownable{field}, registry.FieldsElsewhere("genesys"))
	}
}

func TestParseRefusesOwnersThatAreNone(t *testing.T) {
	const names = "one of name, email, department, title, manager, extension, location, division, work_plan, roles, queues, skills, languages, groups"
	const cut = "; whether an account is active is never owned elsewhere: whoever leaves is cut off"
	const before = "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\nowned_elsewhere:\n"
	for name, c := range map[string]struct {
		text string
		want mapping.Mistake
	}{
		"an unknown field": {
			"  - {by: SCIM, fields: [email, e-mail]}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].fields[1]", Found: `"e-mail"`, Expected: names},
		},
		"the state": {
			"  - {by: SCIM, fields: [state]}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].fields[0]", Found: `"state"`, Expected: names + cut},
		},
		"the access": {
			"  - {by: SCIM, fields: [access]}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].fields[0]", Found: `"access"`, Expected: names + cut},
		},
		"nobody": {
			"  - {fields: [email]}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].by", Found: "nothing", Expected: "who writes it instead, in words"},
		},
		"an empty owner": {
			"  - {by: '', fields: [email]}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].by", Found: `""`, Expected: "text without spaces around it"},
		},
		"nothing": {
			"  - {by: SCIM}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0]", Found: "neither fields nor users", Expected: "fields or users that are owned elsewhere"},
		},
		"an empty list": {
			"  - {by: SCIM, fields: [], users: []}\n",
			mapping.Mistake{Line: 4, Field: "owned_elsewhere[0]", Found: "neither fields nor users", Expected: "fields or users that are owned elsewhere"},
		},
		"no list": {
			"  - {by: SCIM, fields: email}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].fields", Found: `"email"`, Expected: "a list"},
		},
		"one twice in a list": {
			"  - {by: SCIM, users: [WD-1, WD-1]}\n", mapping.Mistake{Line: 4, Field: "owned_elsewhere[0].users[1]", Found: `"WD-1" a second time`, Expected: "each name once"},
		},
		"two owners of one field": {
			"  - {by: SCIM, fields: [email]}\n  - {by: IT, platform: genesys, fields: [email]}\n",
			mapping.Mistake{
				Line: 5, Field: "owned_elsewhere[1].fields[0]", Found: "the field email, which line 4 has too", Expected: "one owner for each field and user on a platform",
			},
		},
		"two owners of one user": {
			"  - {by: SCIM, platform: genesys, users: [WD-1]}\n  - {by: IT, users: [WD-1]}\n",
			mapping.Mistake{
				Line: 5, Field: "owned_elsewhere[1].users[0]", Found: "the user WD-1, which line 4 has too", Expected: "one owner for each field and user on a platform",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []mapping.Mistake{c.want}, mistakes(t, before+c.text))
		})
	}
	require.Len(t, parsed(t, before+"  - {by: SCIM, platform: genesys, fields: [email]}\n  - {by: IT, platform: cxone, fields: [email]}\n").FieldsElsewhere("cxone"), 1)
}

func TestAnOwnerForAPlatformThatIsNotHereIsRefusedAtPlan(t *testing.T) {
	registry := parsed(t, "registry: {platform: genesys, time_zone: UTC}\nscope: {default: include}\nowned_elsewhere:\n  - by: SCIM\n    platform: gensys\n    fields: [email, title]\n")
	require.Equal(t, []mapping.Mistake{{
		Line: 5, Field: "owned_elsewhere[0].platform", Found: `"gensys", which this installation does not have`,
		Expected: "one of the platforms of this installation: genesys",
	}}, registry.Check(map[string]mapping.Catalogue{"genesys": {}}, nil, noon))
	require.Equal(t, []mapping.Notice{{Line: 5, Rule: "owned elsewhere", Text: "is for platform gensys, which no department is on"}}, registry.Notices(noon))
}

func TestADifferenceNamesWhatIsOwnedElsewhereAndByWhom(t *testing.T) {
	one := parsed(t, head+"owned_elsewhere:\n  - {by: SCIM, fields: [email, title]}\n  - {by: IT, platform: genesys, users: [WD-1]}\n")
	other := parsed(t, head+"owned_elsewhere:\n  - {by: Entra, fields: [email]}\n  - {by: IT, users: [WD-1]}\n")
	require.Equal(t, []string{
		"changed owned elsewhere field email (line 7): by: SCIM → Entra",
		"removed owned elsewhere field title (line 7): by: SCIM",
		"added owned elsewhere user WD-1 (line 8): by: IT",
		"removed owned elsewhere user WD-1 on genesys (line 8): by: IT",
	}, differences(one, other))
	regrouped := parsed(t, head+"owned_elsewhere:\n  - {by: SCIM, fields: [title]}\n  - {platform: genesys, users: [WD-1], by: IT}\n  - {by: SCIM, fields: [email]}\n")
	require.Equal(t, one.Digest(), regrouped.Digest(), "how owners are grouped means nothing")
}
