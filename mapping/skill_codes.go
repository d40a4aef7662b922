package mapping

import "time"

// SkillConstructs are what one HR skill code stands for on the platform, by name.
type SkillConstructs struct {
	Skills    []string
	Languages []string
}

// SkillCodes is what each HR skill code stands for at an instant, for reading an account in HR's words. Codes whose rule does not hold
// then are not in it. The caller may keep it.
func (r *Registry) SkillCodes(at time.Time) map[string]SkillConstructs {
	codes := map[string]SkillConstructs{}
	for code := range r.skills {
		rule, holds, _ := r.skills.holding("skill", code, at)
		if !holds {
			continue
		}
		codes[code] = SkillConstructs{Skills: namesOf(rule.Skills), Languages: namesOf(rule.Languages)}
	}
	return codes
}

func namesOf(targets []target) (names []string) {
	for _, t := range targets {
		names = append(names, t.Name)
	}
	return names
}
