package mapping_test

import (
	"fmt"
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
	// rules has one rule for some codes, and for some two that follow each other.
	rules := func(label string, one func(dates string) draftRule) []draftRule {
		var list []draftRule
		for _, code := range rapid.SliceOfDistinct(rapid.SampledFrom(codes), rapid.ID[string]).Draw(t, label) {
			if rapid.Bool().Draw(t, "dated") {
				list = append(list, one("code: "+code+", sunset_date: 2024-05-14"), one("code: "+code+", effective_date: 2024-05-14"))
			} else {
				list = append(list, one("code: "+code))
			}
		}
		return list
	}
	d := draft{
		scope: fmt.Sprintf("scope: {default: %s, rules: [%s]}\n", rapid.SampledFrom([]string{"include", "exclude"}).Draw(t, "default"),
			strings.Join(few("scope", func(int) string {
				return fmt.Sprintf("{%s: {%s: %s}}", rapid.SampledFrom([]string{"include", "exclude"}).Draw(t, "word"),
					rapid.SampledFrom([]string{"department_code", "job_title_code", "location_code"}).Draw(t, "criterion"),
					rapid.SampledFrom([]string{"A", "'A*'", "'*'", "D9"}).Draw(t, "pattern"))
			}), ", ")),
		roles: few("default roles", named("Role")),
	}
	d.skills = rules("skills", func(fields string) draftRule {
		gives := append([]string{target("skill")(9)}, few("skills", target("skill"))...)
		gives = append(gives, few("languages", target("language"))...)
		return draftRule{fields, map[string][]string{"gives": gives}}
	})
	d.departments = rules("departments", func(fields string) draftRule {
		return draftRule{fields, map[string][]string{
			"queues": few("queues", queue), "roles": few("roles", named("Role")), "groups": few("groups", named("Group")),
		}}
	})
	d.jobTitles = rules("job titles", func(fields string) draftRule {
		return draftRule{fields, map[string][]string{
			"queues": few("queues", queue), "roles": few("roles", named("Role")), "groups": few("groups", named("Group")),
			"skills": few("skills", target("skill")), "languages": few("languages", target("language")),
		}}
	})
	d.locations = rules("locations", func(fields string) draftRule {
		return draftRule{fields, map[string][]string{"groups": few("groups", named("Group"))}}
	})
	return d
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
			return slices.ContainsFunc(got.Rules, func(rule string) bool { return rule == name || strings.HasPrefix(rule, name+" →") })
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
