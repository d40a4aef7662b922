package simulate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
	"muster/mapping/simulate"
)

// rules are those of the tests: a department in scope for each kind of question.
const rules = `
registry: {platform: genesys, time_zone: Europe/Madrid}
scope:
  default: include
  rules:
    - exclude: {department_code: "RETAIL*"}
skills:
  - {code: TECH, gives: [{skill: Technical, proficiency: 4, weight: 10}]}
  - {code: OLD, sunset_date: 2027-03-01, gives: [{skill: Legacy, proficiency: 2, weight: 10}]}
  - {code: EN, gives: [{language: English, proficiency: 5, weight: 10}]}
departments:
  - code: SUPPORT
    department: Support
    division: Care
    queues: [{name: Support_Queue}]
  - code: BILLING
    department: Billing
    division: Care
    queues: [{name: Billing_Queue, fallback: Support_Queue}]
    management_unit: Billing MU
    work_plan: Full Time
  - code: TRAINING
    department: Training
job_titles:
  - {code: LEAD, title: Team Lead, roles: [Supervisor], queues: [{name: Lead_Queue}]}
locations:
  - {code: MAD, location: Madrid, groups: [Madrid Site]}
defaults:
  roles: [Agent]
`

// now is an instant at which every rule holds.
func now() time.Time { return time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC) }

// registry is the rules with some text replaced: pairs of old and new.
func registry(t require.TestingT, version int, replacements ...string) *mapping.Registry {
	text := strings.NewReplacer(replacements...).Replace(rules)
	if len(replacements) > 0 {
		require.NotEqual(t, rules, text, "the replacement meets nothing")
	}
	parsed, err := mapping.Parse(version, "rules", []byte(text))
	require.NoError(t, err)
	return parsed
}

// person is somebody employed, with codes written as department/job title/location/skill,skill.
func person(id, said string) simulate.Person { return simulate.Person{ID: id, State: state(said)} }

func state(said string) hr.State {
	parts := strings.Split(said+"///", "/")
	s := hr.State{
		Employment: hr.Employed, Status: hr.StatusActive, DepartmentCode: parts[0], JobTitleCode: parts[1], LocationCode: parts[2],
	}
	if parts[3] != "" {
		s.SkillCodes = strings.Split(parts[3], ",")
	}
	return s
}

// simulated is the report about people.
func simulated(base, draft simulate.Registry, options simulate.Options, people ...simulate.Person) simulate.Report {
	if options.At.IsZero() {
		options.At = now()
	}
	simulation := simulate.New(base, draft, options)
	simulation.People(people)
	return simulation.Report()
}

// all lists everybody.
func all() simulate.Options { return simulate.Options{People: 1000} }

// texts are the changes of the only person that changes.
func texts(t *testing.T, report simulate.Report) (lines []string) {
	t.Helper()
	require.Len(t, report.Changes, 1)
	for _, change := range report.Changes[0].Changes {
		lines = append(lines, change.String())
	}
	return lines
}
