package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"muster/hr"
)

// Registry is one immutable version of the rules, ready to answer. It is safe for concurrent use.
type Registry struct {
	version     int
	digest      string
	document    *document
	skills      rulebook[skillRule]
	departments rulebook[departmentRule]
	jobTitles   rulebook[jobTitleRule]
	locations   rulebook[locationRule]
	inherited   Managed
}

var _ Resolver = (*Registry)(nil)

// Parse reads a registry from YAML (docs/mapping.md is the reference). The version counts from 1; source names the text in
// errors. A text with anything wrong in it, an unknown field included, is a *ParseError with every mistake.
func Parse(version int, source string, yaml []byte) (*Registry, error) {
	if version < 1 {
		return nil, fmt.Errorf("mapping registry %s: version: found %d, expected 1 or more", source, version)
	}
	r := &reader{}
	d := readDocument(r, yaml)
	if err := parseError(source, r.mistakes); err != nil {
		return nil, err
	}
	return &Registry{
		version:     version,
		digest:      d.digest(),
		document:    d,
		skills:      newRulebook(d.Skills),
		departments: newRulebook(d.Departments),
		jobTitles:   newRulebook(d.JobTitles),
		locations:   newRulebook(d.Locations),
	}, nil
}

// Digest is the SHA-256, in hexadecimal, of what a registry says: comments, layout and the order of rules do not change it
// (the order of scope rules does: it means something). A text that Parse refuses has the digest of its bytes.
func Digest(yaml []byte) string {
	r := &reader{}
	if d := readDocument(r, yaml); len(r.mistakes) == 0 {
		return d.digest()
	}
	sum := sha256.Sum256(yaml)
	return hex.EncodeToString(sum[:])
}

// Digest is that of the text the registry was parsed from.
func (r *Registry) Digest() string { return r.digest }

// VersionNumber is the number given to Parse.
func (r *Registry) VersionNumber() int { return r.version }

// RoleNeedsApproval says whether somebody who is at work gets a role only by approval (RULES 10). A role that everybody in scope has by
// the defaults gives nobody more than the others; any other one does, unless the version says that it may be added without asking.
func (r *Registry) RoleNeedsApproval(name string) bool {
	for _, rule := range r.document.Roles {
		if rule.Name == name {
			return rule.Approval
		}
	}
	return !slices.Contains(r.document.Defaults.Roles, name)
}

// Zones are the version's time zones. They do not depend on dates: Parse refuses a code whose rules differ in them. The
// caller may keep the maps.
func (r *Registry) Zones() hr.Zones {
	zones := hr.Zones{
		Organisation:    r.document.OrganisationZone,
		ByLocation:      map[string]string{},
		ByDepartment:    map[string]string{},
		Legacy:          maps.Clone(r.document.Legacy),
		NightShiftGrace: map[string]time.Duration{},
	}
	for _, rule := range r.document.Locations {
		if rule.TimeZone != "" {
			zones.ByLocation[rule.Code] = rule.TimeZone
		}
	}
	for _, rule := range r.document.Departments {
		if rule.TimeZone != "" {
			zones.ByDepartment[rule.Code] = rule.TimeZone
		}
		if grace := r.document.nightShiftGrace(rule); grace > 0 {
			zones.NightShiftGrace[rule.Code] = grace
		}
	}
	return zones
}
