package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Check says what is wrong with a version that is to be published now, where the text alone does not show it: names that a platform does
// not have, platforms that this installation does not have, rules that are over already. The catalogues are those of all platforms of
// the installation, by name. A rule that is over is refused as such, and nothing else about it; one that stands in the base, the version
// that this one is to follow, may stay: it is what tells a code that is retired from one that nobody knows. Without a base, base is nil.
// Mistakes are in the order of lines.
func (r *Registry) Check(catalogues map[string]Catalogue, base *Registry, now time.Time) []Mistake {
	p := &plan{shelves: map[string]shelf{}}
	for platform, catalogue := range catalogues {
		p.shelves[platform] = newShelf(catalogue)
	}
	p.platform(r.document.platformLine, "registry.platform", r.document.Platform)
	for _, of := range r.rules() {
		if of.over(now) {
			if base != nil && base.has(of) {
				continue
			}
			p.mistake(of.sunsetLine, of.path+".sunset_date", fmt.Sprintf("%s, which is not after today", of.Sunset), "a rule that still holds")
			continue
		}
		if of.For != "" {
			p.platform(of.platformLine, of.path+".platform", of.For)
		}
	}
	for _, d := range r.document.Departments {
		if !d.over(now) && d.Platform != r.document.Platform {
			p.platform(d.platformLine, d.path+".platform", d.Platform)
		}
	}
	r.elsewherePlatforms(p.platform)
	for _, ref := range r.References(now) {
		if !ref.Over {
			p.reference(ref)
		}
	}
	slices.SortStableFunc(p.mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Found, b.Found))
	})
	return p.mistakes
}

// has says whether a rule about the same code stands in a version with the same dates.
func (r *Registry) has(wanted kindRule) bool {
	return slices.ContainsFunc(r.rules(), func(of kindRule) bool {
		return of.kind == wanted.kind && of.Code == wanted.Code && of.For == wanted.For &&
			compareDates(of.Effective, wanted.Effective) == 0 && compareDates(of.Sunset, wanted.Sunset) == 0
	})
}

// plan is a check in the making.
type plan struct {
	shelves  map[string]shelf
	mistakes []Mistake
}

func (p *plan) mistake(line int, field, found, expected string) {
	p.mistakes = append(p.mistakes, Mistake{Line: line, Field: field, Found: found, Expected: expected})
}

func (p *plan) platform(line int, field, name string) {
	if _, here := p.shelves[name]; here {
		return
	}
	expected := "one of the platforms of this installation: " + strings.Join(slices.Sorted(maps.Keys(p.shelves)), ", ")
	if len(p.shelves) == 0 {
		expected = "a platform of this installation, which has none"
	}
	p.mistake(line, field, fmt.Sprintf("%q, which this installation does not have", name), expected)
}

// reference looks a name up on the platforms that are here; of those that are not, the platform is the mistake.
func (p *plan) reference(ref Reference) {
	var lacking []string
	var hint string
	present := false
	for _, platform := range ref.Platforms {
		on, here := p.shelves[platform]
		switch {
		case here && on.Unread:
			present = true // it may be there
		case !here || ref.Unit != "" && !on.has[key(ConstructManagementUnit, "", ref.Unit)]:
			// The platform, or the unit that the work plan would belong to, is the mistake.
		case on.has[key(ref.Construct, ref.Unit, ref.Name)]:
			present = true
		default:
			lacking = append(lacking, platform)
			hint = cmp.Or(hint, on.hint(ref.Construct, ref.Unit, ref.Name))
			if !ref.Any {
				p.missing(ref, on.hint(ref.Construct, ref.Unit, ref.Name), platform)
			}
		}
	}
	if ref.Any && !present && len(lacking) > 0 {
		p.missing(ref, hint, lacking...)
	}
}

func (p *plan) missing(ref Reference, hint string, platforms ...string) {
	expected := fmt.Sprintf("a %s of %s", ref.Construct, strings.Join(platforms, " or "))
	if ref.Unit != "" {
		expected = fmt.Sprintf("a %s of the %s %q on %s", ref.Construct, ConstructManagementUnit, ref.Unit, platforms[0])
	}
	if ref.fallback != "" {
		expected += "; the fallback is for a queue that goes later"
	}
	verb := "does"
	if len(platforms) > 1 {
		verb = "do"
	}
	found := fmt.Sprintf("the %s %q, which %s %s not have", ref.Construct, ref.Name, strings.Join(platforms, " and "), verb)
	p.mistake(ref.Line, ref.Field, found, expected+hint)
}
