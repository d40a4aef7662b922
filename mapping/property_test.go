package mapping_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/mapping"
)

// draft is a registry in the making: lists whose order means nothing, so that a test can write them in several orders.
type draft struct {
	scope                                     string
	skills, departments, jobTitles, locations []draftRule
	roles                                     []string
	queues, roleRules, more, elsewhere        []string
}

// draftRule is a rule's fixed fields and its lists, by the field's name.
type draftRule struct {
	fields string
	lists  map[string][]string
}

// text writes the draft; order puts a list in the order to be written.
func (d draft) text(order func([]string) []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "registry: {platform: genesys, time_zone: America/New_York}\n%s", d.scope)
	for _, section := range []struct {
		name  string
		rules []draftRule
	}{{"skills", d.skills}, {"departments", d.departments}, {"job_titles", d.jobTitles}, {"locations", d.locations}} {
		var written []string
		for _, rule := range section.rules {
			parts := []string{rule.fields}
			for _, name := range []string{"gives", "queues", "roles", "groups", "skills", "languages"} {
				if list := rule.lists[name]; len(list) > 0 {
					parts = append(parts, name+": ["+strings.Join(order(list), ", ")+"]")
				}
			}
			written = append(written, "  - {"+strings.Join(order(parts), ", ")+"}\n")
		}
		if len(written) > 0 {
			b.WriteString(section.name + ":\n" + strings.Join(order(written), ""))
		}
	}
	fmt.Fprintf(&b, "defaults: {roles: [%s]}\n", strings.Join(order(d.roles), ", "))
	fmt.Fprintf(&b, "queues: [%s]\nroles: [%s]\n", strings.Join(order(d.queues), ", "), strings.Join(order(d.roleRules), ", "))
	b.WriteString(strings.Join(order(d.more), ""))
	fmt.Fprintf(&b, "owned_elsewhere: [%s]\n", strings.Join(order(d.elsewhere), ", "))
	return b.String()
}

func asWritten(list []string) []string { return list }

// codes are few, so that rules and people meet; some have no rule.
var codes = []string{"A", "B", "C", "AB", "D9"}

func drawDraft(t *rapid.T) draft {
	few := func(label string, one func(i int) string) []string {
		var list []string
		for i := range rapid.IntRange(0, 3).Draw(t, label) {
			list = append(list, one(i))
		}
		return list
	}
	target := func(kind string) func(int) string {
		return func(i int) string {
			return fmt.Sprintf("{%s: %s%d, proficiency: %d, weight: %d}", kind, kind, i,
				rapid.IntRange(0, 5).Draw(t, "proficiency"), 10*rapid.IntRange(0, 2).Draw(t, "weight"))
		}
	}
	queue := func(i int) string {
		return fmt.Sprintf("{name: Queue%d%s}", i, rapid.SampledFrom([]string{"", ", fallback: Else", ", fallback: Other"}).Draw(t, "fallback"))
	}
	named := func(kind string) func(int) string { return func(i int) string { return fmt.Sprintf("%s%d", kind, i) } }
	// rules has for some codes one rule or two that follow each other, for any platform, for some, or both.
	rules := func(label string, platforms []string, one func(dates string) draftRule) []draftRule {
		var list []draftRule
		for _, code := range rapid.SliceOfDistinct(rapid.SampledFrom(codes), rapid.ID[string]).Draw(t, label) {
			for _, platform := range rapid.SliceOfNDistinct(rapid.SampledFrom(platforms), 1, len(platforms), rapid.ID[string]).Draw(t, "platforms") {
				if rapid.Bool().Draw(t, "dated") {
					list = append(list, one("code: "+code+platform+", sunset_date: 2024-05-14"), one("code: "+code+platform+", effective_date: 2024-05-14"))
				} else {
					list = append(list, one("code: "+code+platform))
				}
			}
		}
		return list
	}
	anyOrOne := []string{"", ", platform: genesys", ", platform: cxone"}
	d := draft{
		scope: fmt.Sprintf("scope: {default: %s, rules: [%s]}\n", rapid.SampledFrom([]string{"include", "exclude"}).Draw(t, "default"),
			strings.Join(few("scope", func(int) string {
				return fmt.Sprintf("{%s: {%s: %s}}", rapid.SampledFrom([]string{"include", "exclude"}).Draw(t, "word"),
					rapid.SampledFrom([]string{"department_code", "job_title_code", "location_code"}).Draw(t, "criterion"),
					rapid.SampledFrom([]string{"A", "'A*'", "'*'", "D9"}).Draw(t, "pattern"))
			}), ", ")),
		roles: few("default roles", named("Role")),
		queues: few("minimums", func(i int) string {
			return fmt.Sprintf("{name: Queue%d, minimum: %d}", i, rapid.IntRange(1, 3).Draw(t, "minimum"))
		}),
		roleRules: few("role rules", func(i int) string {
			return fmt.Sprintf("{name: Role%d, approval: %t}", i, rapid.Bool().Draw(t, "approval"))
		}),
		more: rapid.SliceOfDistinct(rapid.SampledFrom([]string{
			"guards: {creations: {count: 7}, hard_stop: {share: 0.3}}\n", "unmanaged: {skills: [Foreign], queues: [Abroad]}\n", "time_zones: {EST: UTC}\n",
		}), rapid.ID[string]).Draw(t, "more"),
		elsewhere: drawElsewhere(t),
	}
	d.skills = rules("skills", anyOrOne, func(fields string) draftRule {
		gives := append([]string{target("skill")(9)}, few("skills", target("skill"))...)
		gives = append(gives, few("languages", target("language"))...)
		return draftRule{fields, map[string][]string{"gives": gives}}
	})
	d.departments = rules("departments", []string{""}, func(fields string) draftRule {
		fields += rapid.SampledFrom([]string{"", ", platform: cxone"}).Draw(t, "platform")
		return draftRule{fields, map[string][]string{
			"queues": few("queues", queue), "roles": few("roles", named("Role")), "groups": few("groups", named("Group")),
		}}
	})
	d.jobTitles = rules("job titles", anyOrOne, func(fields string) draftRule {
		return draftRule{fields, map[string][]string{
			"queues": few("queues", queue), "roles": few("roles", named("Role")), "groups": few("groups", named("Group")),
			"skills": few("skills", target("skill")), "languages": few("languages", target("language")),
		}}
	})
	d.locations = rules("locations", anyOrOne, func(fields string) draftRule {
		return draftRule{fields, map[string][]string{"groups": few("groups", named("Group"))}}
	})
	return d
}

// drawElsewhere has each field and user once on a platform, in the hands of one owner or of several.
func drawElsewhere(t *rapid.T) (owners []string) {
	for i, kind := range []string{"fields", "users"} {
		all := [][]string{{"email", "title", "roles", "skills"}, {"WD-1", "WD-2"}}[i]
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(all), rapid.ID[string]).Draw(t, kind) {
			by := rapid.SampledFrom([]string{"SCIM", "the administrators"}).Draw(t, "owner")
			switch platform := rapid.SampledFrom([]string{"", "genesys", "both"}).Draw(t, "platform"); platform {
			case "both":
				owners = append(owners, fmt.Sprintf("{by: %s, platform: genesys, %s: [%s]}", by, kind, name), fmt.Sprintf("{by: SCIM, platform: cxone, %s: [%s]}", kind, name))
			case "":
				owners = append(owners, fmt.Sprintf("{by: %s, %s: [%s]}", by, kind, name))
			default:
				owners = append(owners, fmt.Sprintf("{by: %s, %s: [%s], platform: %s}", by, kind, name, platform))
			}
		}
	}
	return owners
}

func drawState(t *rapid.T) hr.State {
	code := rapid.SampledFrom(append([]string{""}, codes...))
	return hr.State{
		DepartmentCode: code.Draw(t, "department"), JobTitleCode: code.Draw(t, "job title"), LocationCode: code.Draw(t, "location"),
		SkillCodes: rapid.SliceOfN(rapid.SampledFrom(codes), 0, 6).Draw(t, "skill codes"),
	}
}

func drawInstant(t *rapid.T) time.Time {
	midnight := time.Date(2024, 5, 14, 4, 0, 0, 0, time.UTC)
	return midnight.Add(rapid.SampledFrom([]time.Duration{-time.Hour, -time.Nanosecond, 0, time.Hour}).Draw(t, "instant"))
}

func drawRegistry(t *rapid.T, text string) *mapping.Registry {
	registry, err := mapping.Parse(7, "drawn.yaml", []byte(text))
	require.NoError(t, err, text)
	return registry
}

func TestTheOrderOfRulesMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t)
		text := d.text(asWritten)
		shuffled := d.text(func(list []string) []string { return rapid.Permutation(list).Draw(t, "order") })
		one, other := drawRegistry(t, text), drawRegistry(t, shuffled)

		require.Equal(t, one.Digest(), other.Digest())
		require.Equal(t, mapping.Digest([]byte(text)), mapping.Digest([]byte(shuffled)))
		require.Equal(t, one.Managed(), other.Managed())
		require.Equal(t, one.Zones(), other.Zones())
		state, at := drawState(t), drawInstant(t)
		require.Equal(t, one.Resolve(state, at), other.Resolve(state, at))
		require.Empty(t, mapping.Diff(one, other))
		require.Equal(t, one.Guards(), other.Guards())
		for _, platform := range []string{"genesys", "cxone"} {
			require.Equal(t, one.FieldsElsewhere(platform), other.FieldsElsewhere(platform))
			require.Equal(t, one.UserElsewhere(platform, "WD-1", "WD-2") != "", other.UserElsewhere(platform, "WD-2", "WD-1") != "")
			require.Equal(t, one.UserElsewhere(platform, "WD-1"), other.UserElsewhere(platform, "WD-1"))
		}
		require.Equal(t, unplaced(t, one.Notices(at)), unplaced(t, other.Notices(at)))
		require.Equal(t, unplaced(t, one.Boundaries(at)), unplaced(t, other.Boundaries(at)))
		require.Equal(t, unplaced(t, one.Used(state, at)), unplaced(t, other.Used(state, at)))
		require.Equal(t, unplaced(t, one.ResolveSkill("A", "cxone", at)), unplaced(t, other.ResolveSkill("A", "cxone", at)))
		require.ElementsMatch(t, unplacedMistakes(one.Check(drawnCatalogues, nil, at)), unplacedMistakes(other.Check(drawnCatalogues, nil, at)))
		third := drawRegistry(t, drawDraft(t).text(asWritten))
		require.Equal(t, unplaced(t, mapping.Diff(one, third)), unplaced(t, mapping.Diff(other, third)))
	})
}

// drawnCatalogues have some of the names that drafts draw.
var drawnCatalogues = map[string]mapping.Catalogue{
	"genesys": {Queues: []string{"Queue0", "Queue1", "Else"}, Roles: []string{"Role0"}, Skills: []string{"skill0", "skill9"}, Groups: []string{"Group0"}},
	"cxone":   {Queues: []string{"Queue0", "other"}, Roles: []string{"Role0", "Role1"}, Languages: []string{"language0"}},
}

// unplaced is a value's JSON without the lines of the text.
func unplaced(t *rapid.T, value any) string {
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return regexp.MustCompile(`"line":\d+`).ReplaceAllString(string(text), "")
}

// unplacedMistakes are mistakes by what they say; the places in lists go with the order.
func unplacedMistakes(mistakes []mapping.Mistake) []string {
	var said []string
	for _, m := range mistakes {
		said = append(said, regexp.MustCompile(`\[\d+\]`).ReplaceAllString(m.Field, "")+": "+m.Found+", "+m.Expected)
	}
	return said
}

func TestTheDifferenceIsEmptyWhereTheDigestsAreEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t)
		near := d
		switch rapid.IntRange(0, 7).Draw(t, "what is drawn anew") {
		case 0:
			near.scope = drawDraft(t).scope
		case 1:
			near.skills = drawDraft(t).skills
		case 2:
			near.departments = drawDraft(t).departments
		case 3:
			near.jobTitles = drawDraft(t).jobTitles
		case 4:
			near.locations = drawDraft(t).locations
		case 5:
			near.roles, near.queues = drawDraft(t).roles, drawDraft(t).queues
		case 6:
			near.roleRules, near.more = drawDraft(t).roleRules, drawDraft(t).more
		case 7:
			near.elsewhere = drawDraft(t).elsewhere
		}
		one, other := drawRegistry(t, d.text(asWritten)), drawRegistry(t, near.text(asWritten))
		require.Equal(t, one.Digest() == other.Digest(), len(mapping.Diff(one, other)) == 0)
		require.Empty(t, mapping.Diff(one, one))
		require.Len(t, mapping.Diff(other, one), len(mapping.Diff(one, other)), "the way back has as many parts")
	})
}

func TestPublishingTheSameContentChangesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t)
		former := drawRegistry(t, d.text(asWritten)).Inheriting(drawRegistry(t, drawDraft(t).text(asWritten)).Managed())
		again := drawRegistry(t, d.text(func(list []string) []string { return rapid.Permutation(list).Draw(t, "order") })).Inheriting(former.Managed())
		state, at := drawState(t), drawInstant(t)
		require.Equal(t, former.Resolve(state, at), again.Resolve(state, at))
		require.Equal(t, former.Managed(), again.Managed())
	})
}

func TestARollbackRestoresTheFormerDesiredStateOfEveryone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawDraft(t).text(asWritten)
		a := drawRegistry(t, text)
		b := drawRegistry(t, drawDraft(t).text(asWritten)).Inheriting(a.Managed())
		back := drawRegistry(t, text).Inheriting(b.Managed())
		for range 5 {
			state, at := drawState(t), drawInstant(t)
			require.Equal(t, a.Resolve(state, at), back.Resolve(state, at))
		}
		require.Equal(t, a.Managed(), back.Managed().Without(b.Managed().Without(a.Managed())), "and manages what it managed")
		require.Equal(t, mapping.Managed{}.Union(mapping.Managed{}), b.Managed().Without(back.Managed()).Without(handedBack), "what only the other version gave is taken away again")
	})
}

// handedBack is what drafts hand back to people.
var handedBack = mapping.Managed{Skills: map[string]bool{"Foreign": true}, Queues: map[string]bool{"Abroad": true}}

func TestAnswersChangeAtBoundariesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registry := drawRegistry(t, drawDraft(t).text(asWritten))
		state, at := drawState(t), drawInstant(t)
		ahead := registry.Boundaries(at)
		next := at.Add(48 * time.Hour)
		if len(ahead) > 0 {
			next = ahead[0].At
		}
		desired := func(at time.Time) mapping.Desired { return registry.Resolve(state, at).Desired }
		require.Equal(t, desired(at), desired(next.Add(-time.Nanosecond)))
	})
}

func TestANameThatEveryPlatformHasIsNoMistake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registry := drawRegistry(t, drawDraft(t).text(asWritten))
		var all mapping.Catalogue
		before := time.Date(2024, 5, 13, 12, 0, 0, 0, time.UTC) // no rule is over
		for _, ref := range registry.References(before) {
			switch ref.Construct {
			case mapping.ConstructQueue:
				all.Queues = append(all.Queues, ref.Name)
			case mapping.ConstructRole:
				all.Roles = append(all.Roles, ref.Name)
			case mapping.ConstructSkill:
				all.Skills = append(all.Skills, ref.Name)
			case mapping.ConstructLanguage:
				all.Languages = append(all.Languages, ref.Name)
			case mapping.ConstructGroup:
				all.Groups = append(all.Groups, ref.Name)
			}
		}
		require.Empty(t, registry.Check(map[string]mapping.Catalogue{"genesys": all, "cxone": all}, nil, before))
	})
}

func TestTheOrderOfSkillCodesMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registry := drawRegistry(t, drawDraft(t).text(asWritten))
		state, at := drawState(t), drawInstant(t)
		other := state
		other.SkillCodes = rapid.Permutation(append(slices.Clone(state.SkillCodes), state.SkillCodes...)).Draw(t, "order")
		require.Equal(t, registry.Resolve(state, at), registry.Resolve(other, at))
	})
}

func TestResolveIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registry := drawRegistry(t, drawDraft(t).text(asWritten))
		state, at := drawState(t), drawInstant(t)
		given := slices.Clone(state.SkillCodes)
		first := registry.Resolve(state, at)
		for range 3 {
			registry.Resolve(drawState(t), drawInstant(t))
		}
		require.Equal(t, first, registry.Resolve(state, at.In(time.FixedZone("elsewhere", 7200))))
		require.Equal(t, given, state.SkillCodes)
	})
}

func TestACodeInScopeIsAnsweredOrUnmapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registry := drawRegistry(t, drawDraft(t).text(asWritten))
		state := drawState(t)
		got := registry.Resolve(state, drawInstant(t))
		if !got.InScope {
			require.Zero(t, got.Desired)
			require.Empty(t, got.Unmapped)
			return
		}
		answered := func(name string) bool {
			return slices.ContainsFunc(got.Rules, func(rule string) bool {
				return rule == name || strings.HasPrefix(rule, name+" →") || strings.HasPrefix(rule, name+" on ")
			})
		}
		one := func(kind, name, code string) {
			unmapped := slices.Contains(got.Unmapped, mapping.Unmapped{Kind: kind, Code: code})
			require.NotEqual(t, answered(name+" "+code), unmapped, "%s %s: %+v", kind, code, got)
		}
		for _, code := range state.SkillCodes {
			one(mapping.KindSkill, "skill", code)
		}
		if state.JobTitleCode != "" {
			one(mapping.KindJobTitle, "job title", state.JobTitleCode)
		}
		if state.LocationCode != "" {
			one(mapping.KindLocation, "location", state.LocationCode)
		}
		department := slices.Contains(got.Unmapped, mapping.Unmapped{Kind: mapping.KindDepartment, Code: state.DepartmentCode})
		require.Equal(t, !answered("department "+state.DepartmentCode) || len(got.Desired.Queues) == 0, department)
	})
}

func TestWhatIsDesiredIsManagedSortedAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registry := drawRegistry(t, drawDraft(t).text(asWritten))
		desired, managed := registry.Resolve(drawState(t), drawInstant(t)).Desired, registry.Managed()

		within := func(names []string, set map[string]bool) {
			require.True(t, slices.IsSorted(names), names)
			require.Len(t, slices.Compact(slices.Clone(names)), len(names), names)
			for _, name := range names {
				require.True(t, set[name], name)
			}
		}
		var queues, skills, languages []string
		for _, q := range desired.Queues {
			queues = append(queues, q.Name)
			require.True(t, q.Fallback == "" || managed.Queues[q.Fallback], q)
		}
		for _, rated := range desired.Skills {
			skills = append(skills, rated.Name)
		}
		for _, rated := range desired.Languages {
			languages = append(languages, rated.Name)
		}
		within(queues, managed.Queues)
		within(skills, managed.Skills)
		within(languages, managed.Languages)
		within(desired.Roles, managed.Roles)
		within(desired.Groups, managed.Groups)
	})
}
