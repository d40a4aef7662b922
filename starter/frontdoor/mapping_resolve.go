package frontdoor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"muster/api"
	"muster/hr"
	"muster/mapping"
)

type resolveInput struct {
	Body api.ResolveRequest
}

func (d *Door) resolve(ctx context.Context, in *resolveInput) (*document[api.Resolution], error) {
	registry, err := d.version(ctx, in.Body.Version)
	if err != nil {
		return nil, err
	}
	at, err := d.asked(registry, in.Body)
	if err != nil {
		return nil, err
	}
	if in.Body.HRSkillCode != "" {
		return resolveSkill(registry, in.Body, at)
	}
	if in.Body.Platform != "" {
		return nil, invalid("body.platform", shortened(in.Body.Platform), "nothing: a person's department says the platform")
	}
	return resolvePerson(registry, in.Body, at)
}

// asked is the instant that a question is about.
func (d *Door) asked(registry *mapping.Registry, question api.ResolveRequest) (time.Time, error) {
	switch {
	case question.At != nil && question.EffectiveDate != "":
		return time.Time{}, invalid("body.effective_date", "a day beside an instant", "one of at and effective_date, or none")
	case question.At != nil:
		return *question.At, nil
	case question.EffectiveDate == "":
		return d.Now(), nil
	}
	date, err := hr.ParseDate(question.EffectiveDate)
	if err != nil {
		return time.Time{}, invalid("body.effective_date", shortened(question.EffectiveDate), "a date written YYYY-MM-DD")
	}
	return registry.DayBegins(date), nil
}

func resolvePerson(registry *mapping.Registry, question api.ResolveRequest, at time.Time) (*document[api.Resolution], error) {
	state := hr.State{
		Employment: hr.Employed, Status: hr.StatusActive, DepartmentCode: question.DepartmentCode, JobTitleCode: question.JobTitleCode,
		LocationCode: question.LocationCode, SkillCodes: question.SkillCodes, Timezone: question.Timezone,
	}
	resolved := registry.Resolve(state, at)
	desired, err := json.Marshal(resolved.Desired)
	if err != nil {
		return nil, fmt.Errorf("write the desired account: %w", err)
	}
	policies, err := json.Marshal(resolved.Policies)
	if err != nil {
		return nil, fmt.Errorf("write the policies: %w", err)
	}
	unmapped := make([]string, 0, len(resolved.Unmapped))
	for _, code := range resolved.Unmapped {
		unmapped = append(unmapped, strings.TrimSpace(code.Kind+" "+code.Code))
	}
	return &document[api.Resolution]{Body: api.Resolution{
		Version: resolved.Version, At: at, InScope: resolved.InScope, Desired: desired, Policies: policies, Unmapped: unmapped,
		Rules: append([]string{}, resolved.Rules...), Used: usedRules(registry.Used(state, at)), Warnings: append([]string{}, resolved.Warnings...),
	}}, nil
}

// resolveSkill says what one skill code means, whoever has it.
func resolveSkill(registry *mapping.Registry, question api.ResolveRequest, at time.Time) (*document[api.Resolution], error) {
	if question.DepartmentCode+question.JobTitleCode+question.LocationCode+question.Timezone != "" || len(question.SkillCodes) > 0 {
		return nil, invalid("body.hr_skill_code", "a person's codes beside it", "one skill code alone, or the codes of a person")
	}
	answer := registry.ResolveSkill(question.HRSkillCode, question.Platform, at)
	resolution := api.Resolution{
		Version: answer.Version, At: at, Retired: answer.Retired, Unmapped: []string{}, Rules: []string{}, Used: []api.UsedRule{},
		Warnings: append([]string{}, answer.Warnings...),
	}
	targets := func(kind string, of []mapping.Target) {
		for _, t := range of {
			resolution.Targets = append(resolution.Targets, api.ResolvedTarget{
				Kind: kind, Platform: answer.Platform, Name: t.Name, Proficiency: t.Proficiency, Weight: t.Weight,
			})
		}
	}
	targets("skill", answer.Skills)
	targets("language", answer.Languages)
	switch {
	case answer.Rule != nil:
		resolution.Rules = append(resolution.Rules, answer.Rule.String()+" → "+strings.Join(answer.Rule.Gives, ", "))
		resolution.Used = usedRules([]mapping.RuleUse{*answer.Rule})
	case !answer.Retired:
		resolution.Unmapped = append(resolution.Unmapped, mapping.KindSkill+" "+question.HRSkillCode)
	}
	return &document[api.Resolution]{Body: resolution}, nil
}

func usedRules(rules []mapping.RuleUse) []api.UsedRule {
	used := make([]api.UsedRule, len(rules))
	for i, rule := range rules {
		used[i] = api.UsedRule{Kind: rule.Kind, Code: rule.Code, Platform: rule.Platform, Line: rule.Line, Gives: rule.Gives}
		if rule.Effective != nil {
			used[i].EffectiveDate = rule.Effective.String()
		}
		if rule.Sunset != nil {
			used[i].SunsetDate = rule.Sunset.String()
		}
	}
	return used
}
