package mapping

import "time"

// SkillConstructs are what one HR skill code stands for on a platform, by name.
type SkillConstructs struct {
	Skills    []string
	Languages []string
}

// SkillCodes is what each HR skill code stands for on a platform at an instant, for reading an account in HR's words. Codes whose rule does
// not hold then are not in it. The caller may keep it.
func (r *Registry) SkillCodes(platform string, at time.Time) map[string]SkillConstructs {
	codes := map[string]SkillConstructs{}
	for code := range r.skills {
		if rule, holds := r.skills.answering(code, platform, at); holds {
			codes[code] = SkillConstructs{Skills: namesOf(rule.Skills), Languages: namesOf(rule.Languages)}
		}
	}
	return codes
}

func namesOf(targets []Target) (names []string) {
	for _, t := range targets {
		names = append(names, t.Name)
	}
	return names
}
