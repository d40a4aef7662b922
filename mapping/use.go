package mapping

import (
	"time"

	"muster/hr"
)

// RuleUse is a rule that answered for a person, with what it gives: "queue General_Support", "skill Phones 4 (weight 10)". Whether a
// skill was outweighed by another rule, Resolution.Rules says.
type RuleUse struct {
	RuleRef
	Gives []string `json:"gives,omitempty"`
}

// Used are the rules by which Resolve answers, in the order of its explanation; the defaults are none. Somebody out of scope has the
// scope rule that said so, if one did.
func (r *Registry) Used(state hr.State, at time.Time) []RuleUse {
	var list []RuleUse
	r.gather(state, at, func(use RuleUse) { list = append(list, use) })
	return list
}

// SkillAnswer is what a version says of one skill code.
type SkillAnswer struct {
	Version  int       `json:"version"`
	Code     string    `json:"code"`
	Platform string    `json:"platform"`
	At       time.Time `json:"at"`
	// Retired: the code's rule has ended, as published, and nothing follows: it stands for nothing.
	Retired bool `json:"retired,omitempty"`
	// Mapped: a rule answers. Skills and Languages are what it gives, by name; another rule can still outweigh it for a person.
	Mapped    bool     `json:"mapped"`
	Skills    []Target `json:"skills,omitempty"`
	Languages []Target `json:"languages,omitempty"`
	// Rule is the one that answers, nil when none does.
	Rule     *RuleUse `json:"rule,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// ResolveSkill says what a skill code stands for on a platform at the instant; an empty platform is the registry's. Like Resolve it is pure.
func (r *Registry) ResolveSkill(code, platform string, at time.Time) SkillAnswer {
	if platform == "" {
		platform = r.document.Platform
	}
	answer := SkillAnswer{Version: r.version, Code: code, Platform: platform, At: at}
	found, ok, warning := r.skills.holding(KindSkill, code, platform, at)
	if warning != "" {
		answer.Warnings = []string{warning}
	}
	if !ok {
		answer.Retired = r.skills.retired(code, platform, at)
		return answer
	}
	answer.Mapped = true
	answer.Skills, answer.Languages = append([]Target(nil), found.Skills...), append([]Target(nil), found.Languages...)
	answer.Rule = &RuleUse{RuleRef: found.ref(KindSkill), Gives: found.gives()}
	return answer
}
