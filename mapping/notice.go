package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Notice is something about a version that is no mistake, for a person to read before it is published.
type Notice struct {
	Line int    `json:"line"`
	Rule string `json:"rule"` // e.g. "skill SVC_TECH on genesys"
	Text string `json:"text"`
}

// Notices are: rules that begin or end after now, and what follows an end; rules that meet on one skill with the same weight and do not
// agree about the proficiency; rules for a platform that nobody can be on; minimums of queues that no rule gives. By rule.
func (r *Registry) Notices(now time.Time) []Notice {
	var list []Notice
	platforms := r.Platforms(now)
	for _, of := range r.rules() {
		ref := of.ref()
		name := ref.name()
		add := func(text string) { list = append(list, Notice{Line: ref.Line, Rule: name, Text: text}) }
		if of.from.After(now) && of.Effective != nil {
			add(fmt.Sprintf("begins at 00:00 on %s", of.Effective))
		}
		if of.Sunset != nil && of.until.After(now) {
			add(fmt.Sprintf("ends at 00:00 on %s, %s", of.Sunset, r.afterwards(of)))
		}
		if of.For != "" && !slices.Contains(platforms, of.For) {
			add(fmt.Sprintf("is for platform %s, which no department is on", of.For))
		}
	}
	list = append(list, r.ties(now)...)
	r.elsewherePlatforms(func(line int, _, platform string) {
		if !slices.Contains(platforms, platform) {
			list = append(list, Notice{Line: line, Rule: "owned elsewhere", Text: fmt.Sprintf("is for platform %s, which no department is on", platform)})
		}
	})
	given := r.Managed().Queues
	for _, q := range r.document.Queues {
		if !given[q.Name] {
			list = append(list, Notice{Line: q.line, Rule: "queue " + q.Name, Text: fmt.Sprintf("has a minimum of %d, and no rule gives it", q.Minimum)})
		}
	}
	return list
}

// afterwards says what answers from a rule's end on.
func (r *Registry) afterwards(of kindRule) string {
	if of.kind == KindScope {
		return "the rules after it and the default decide from then on"
	}
	end := r.ending(of)
	var said []string
	for _, next := range end.Successors {
		said = append(said, next.name()+" follows")
	}
	if len(end.Without) > 0 {
		text := "no rule follows"
		if len(end.Successors) > 0 {
			text += " on " + strings.Join(end.Without, ", ")
		}
		for _, later := range r.rulesFor(of.kind, of.Code) {
			if (later.For == "" || slices.Contains(end.Without, later.For)) && !later.from.Before(of.until) {
				text += " before " + later.Effective.String()
				break
			}
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}

// tied is what a rule claims of a platform skill or language.
type tied struct {
	rule   kindRule
	target Target
}

// ties are the claims that no weight decides between. Rules about one code do not meet: one holds at a time. Nor do two job titles:
// a person has one.
func (r *Registry) ties(now time.Time) []Notice {
	claims := map[string][]tied{}
	enter := func(kind string, of rule, word string, targets []Target) {
		if of.over(now) {
			return
		}
		for _, t := range targets {
			at := fmt.Sprintf("%s %s\x00%d", word, t.Name, t.Weight)
			claims[at] = append(claims[at], tied{kindRule{kind, of}, t})
		}
	}
	for _, s := range r.document.Skills {
		enter(KindSkill, s.rule, "skill", s.Skills)
		enter(KindSkill, s.rule, "language", s.Languages)
	}
	for _, j := range r.document.JobTitles {
		enter(KindJobTitle, j.rule, "skill", j.Skills)
		enter(KindJobTitle, j.rule, "language", j.Languages)
	}
	var list []Notice
	for _, at := range slices.Sorted(maps.Keys(claims)) {
		of := claims[at]
		met := map[int]bool{}
		for i, one := range of {
			for j, other := range of[:i] {
				if one.target.Proficiency != other.target.Proficiency && one.rule.meets(other.rule) {
					met[i], met[j] = true, true
				}
			}
		}
		if len(met) == 0 {
			continue
		}
		var meeting []tied
		for _, i := range slices.Sorted(maps.Keys(met)) {
			meeting = append(meeting, of[i])
		}
		slices.SortFunc(meeting, func(a, b tied) int { return compareRules(a.rule.ref(), b.rule.ref()) })
		var said []string
		for _, m := range meeting {
			said = append(said, fmt.Sprintf("%s gives %s", m.rule.ref().name(), strconv.FormatFloat(m.target.Proficiency, 'g', -1, 64)))
		}
		what, _, _ := strings.Cut(at, "\x00")
		list = append(list, Notice{
			Line: meeting[0].rule.line, Rule: what,
			Text: fmt.Sprintf("is given with the same weight %d by rules that do not agree, and the highest proficiency wins: %s",
				meeting[0].target.Weight, strings.Join(said, ", ")),
		})
	}
	return list
}

// meets says that two rules can answer for one person at one time.
func (k kindRule) meets(other kindRule) bool {
	switch {
	case k.kind == other.kind && (k.Code == other.Code || k.kind == KindJobTitle):
		return false
	case k.For != "" && other.For != "" && k.For != other.For:
		return false
	}
	return k.overlaps(other.term)
}
