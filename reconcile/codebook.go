package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"muster/ccaas"
	"muster/mapping"
)

// Codebook reads skills and languages of an account in HR's codes.
type Codebook struct {
	// constructs are the ids that a code stands for; givers are the codes that stand for an id.
	constructs map[string][]string
	givers     map[string][]string
}

// NewCodebook turns the registry's skill codes (mapping.Registry.SkillCodes) round. A code that stands for something the platform does not
// have can be on no account.
func NewCodebook(codes map[string]mapping.SkillConstructs, cat *ccaas.Catalogue) Codebook {
	b := Codebook{constructs: map[string][]string{}, givers: map[string][]string{}}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		ids, whole := bindCode(codes[code], cat)
		if !whole {
			continue
		}
		b.constructs[code] = ids
		for _, id := range ids {
			b.givers[id] = append(b.givers[id], code)
		}
	}
	return b
}

func bindCode(c mapping.SkillConstructs, cat *ccaas.Catalogue) (ids []string, whole bool) {
	for _, kind := range []struct {
		names []string
		ids   map[string]string
	}{{c.Skills, cat.Skills}, {c.Languages, cat.Languages}} {
		for _, name := range kind.names {
			id, there := kind.ids[name]
			if !there {
				return nil, false
			}
			ids = append(ids, id)
		}
	}
	return ids, len(ids) > 0
}

// Codes reads an account's skills and languages: the codes all of whose constructs are there, sorted. Where several codes could have
// given all of what a code stands for, only those that HR says are listed: the account does not tell the others apart.
func (b Codebook) Codes(said []string, skills, languages []ccaas.Rated) []string {
	there := map[string]bool{}
	for _, rated := range slices.Concat(skills, languages) {
		there[rated.ID] = true
	}
	codes := []string{}
	for _, code := range slices.Sorted(maps.Keys(b.constructs)) {
		ids := b.constructs[code]
		complete := !slices.ContainsFunc(ids, func(id string) bool { return !there[id] })
		plain := slices.ContainsFunc(ids, func(id string) bool { return len(b.givers[id]) == 1 })
		if complete && (plain || slices.Contains(said, code)) {
			codes = append(codes, code)
		}
	}
	return codes
}

// ratedNames writes skills and languages as people read them, such as "Billing 3", sorted.
func ratedNames(names Names, skills, languages []ccaas.Rated) []string {
	var out []string
	for _, rated := range slices.Concat(skills, languages) {
		out = append(out, fmt.Sprintf("%s %s", names.of(rated.ID), strconv.FormatFloat(rated.Proficiency, 'g', -1, 64)))
	}
	slices.Sort(out)
	return out
}
