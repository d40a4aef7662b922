package mapping

import (
	"cmp"
	"maps"
	"slices"
)

// claim is what one rule wants one platform skill or language to be.
type claim struct {
	rule   string // e.g. "skill SVC_TECH"
	wanted Target
}

// contest gathers the claims on each platform skill, or on each language. All of them apply; where several meet on one, the
// higher weight wins, then the higher proficiency (PRIORITY_WEIGHT). Claims equal in both want the same thing, so there is no
// tie left that could matter.
type contest map[string][]claim

func (c contest) enter(rule string, targets []Target) {
	for _, t := range targets {
		c[t.Name] = append(c[t.Name], claim{rule: rule, wanted: t})
	}
}

// settle returns the winners sorted by name and one line of explanation for each claim; kind is put before the name.
func (c contest) settle(kind string) (rated []Rated, explained []string) {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		claims := slices.Clone(c[name])
		slices.SortFunc(claims, func(a, b claim) int {
			return cmp.Or(
				cmp.Compare(b.wanted.Weight, a.wanted.Weight),
				cmp.Compare(b.wanted.Proficiency, a.wanted.Proficiency),
				cmp.Compare(a.rule, b.rule),
			)
		})
		winner := claims[0]
		rated = append(rated, Rated{Name: name, Proficiency: winner.wanted.Proficiency})
		for _, claimed := range claims {
			line := claimed.rule + " → " + kind + claimed.wanted.words()
			if claimed.wanted != winner.wanted {
				line += ", outweighed by " + winner.rule
			}
			explained = append(explained, line)
		}
	}
	return rated, explained
}
