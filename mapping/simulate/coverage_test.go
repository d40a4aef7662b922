package simulate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
	"muster/mapping/simulate"
)

func covered(t *testing.T, at time.Time, speakers ...simulate.Speaker) simulate.CoverageReport {
	t.Helper()
	coverage := simulate.NewCoverage(registry(t, 3), at)
	for _, speaker := range speakers {
		coverage.People([]simulate.Speaker{speaker})
	}
	return coverage.Report()
}

func unused(report simulate.CoverageReport) (codes []string) {
	for _, rule := range report.Unused {
		codes = append(codes, rule.Kind+" "+rule.Code)
	}
	return codes
}

func TestCodesWithoutARuleAreCounted(t *testing.T) {
	recent, longAgo := now().AddDate(0, 0, -10), now().AddDate(-1, 0, 0)
	report := covered(t, now(),
		simulate.Speaker{ID: "P-1", State: state("SUPPORT/NEW_TITLE//NEW,TECH"), Says: []simulate.Saying{
			{At: recent, Recent: true, SkillCodes: []string{"NEW", "TECH"}}, {At: longAgo, DepartmentCode: "SUPPORT", SkillCodes: []string{"NEW"}},
		}},
		simulate.Speaker{ID: "P-2", State: state("BILLING///NEW")},
		simulate.Speaker{ID: "P-3", State: hr.State{}, Says: []simulate.Saying{{At: recent, Recent: true, DepartmentCode: "COMING"}}},
		simulate.Speaker{ID: "P-4", State: state("RETAIL_1///NEVER"), Says: []simulate.Saying{{At: recent, Recent: true, SkillCodes: []string{"NEVER"}}}},
		simulate.Speaker{ID: "P-5", State: state("TRAINING")},
		simulate.Speaker{ID: "P-6", State: hr.State{Employment: hr.Left, DepartmentCode: "GONE"}},
	)

	require.Equal(t, []simulate.MissingCode{
		{Unmapped: mapping.Unmapped{Kind: "skill", Code: "NEW"}, People: some("P-1", "P-2"), Events: 1, FirstSaid: longAgo, LastSaid: recent},
		{Unmapped: mapping.Unmapped{Kind: "department", Code: "TRAINING"}, HasRule: true, People: some("P-5")},
		{Unmapped: mapping.Unmapped{Kind: "job_title", Code: "NEW_TITLE"}, People: some("P-1")},
		{Unmapped: mapping.Unmapped{Kind: "department", Code: "COMING"}, Events: 1, FirstSaid: recent, LastSaid: recent},
	}, report.Missing)
	require.Equal(t, 4, report.People)
	require.Equal(t, 3, report.Events)
	require.Equal(t, 3, report.Version)
}

func TestRulesThatNobodyUsesAreNamed(t *testing.T) {
	recent := simulate.Saying{At: now(), Recent: true, SkillCodes: []string{"TECH"}}
	longAgo := simulate.Saying{At: now(), SkillCodes: []string{"EN"}}
	report := covered(t, now(), simulate.Speaker{ID: "P-1", State: state("SUPPORT//MAD"), Says: []simulate.Saying{recent, longAgo}},
		simulate.Speaker{ID: "P-2", State: state("RETAIL_1/LEAD"), Says: []simulate.Saying{{At: now(), Recent: true, SkillCodes: []string{"EN"}}}})

	require.Equal(t, []string{"department BILLING", "department TRAINING", "job_title LEAD", "skill EN", "skill OLD"}, unused(report))
	require.Equal(t, 9, report.Unused[4].Line)
	require.Equal(t, "2027-03-01", report.Unused[4].Sunset.String())
}

func TestARuleThatIsOverIsNotUnused(t *testing.T) {
	require.NotContains(t, unused(covered(t, now().AddDate(1, 0, 0))), "skill OLD")
	require.Contains(t, unused(covered(t, now())), "skill OLD")
}
