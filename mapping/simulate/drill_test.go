package simulate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/mapping"
	"muster/mapping/simulate"
)

// drilled is the report about a reorganisation of these people.
func drilled(t require.TestingT, registry simulate.DrillRegistry, changes string, options simulate.Options, people ...simulate.Person) simulate.DrillReport {
	parsed, err := simulate.ParseChanges("next", simulate.FormatCSV, []byte(header+changes))
	require.NoError(t, err)
	drill := simulate.NewDrill(registry, parsed, options)
	drill.People(people)
	return drill.Report()
}

func some(ids ...string) simulate.Some { return simulate.Some{People: len(ids), Examples: ids} }

func TestWhatAReorganisationBreaks(t *testing.T) {
	people := []simulate.Person{person("P-1", "SUPPORT"), person("P-2", "SUPPORT///EN"), person("P-3", "BILLING")}
	for name, test := range map[string]struct {
		changes string
		minimum int
		want    simulate.Breaks
	}{
		"nothing": {"department,SUPPORT,BILLING,2027-02-01\n", 0, simulate.Breaks{}},
		"a code without a rule": {"skill,EN,EN_2,2027-02-01\n", 0, simulate.Breaks{Unmapped: []simulate.UnmappedCode{
			{Unmapped: mapping.Unmapped{Kind: "skill", Code: "EN_2"}, After: 1, Examples: []string{"P-2"}},
		}}},
		"people out of scope": {"department,BILLING,RETAIL_3,2027-02-01\n", 0, simulate.Breaks{LeftScope: some("P-3")}},
		"people without a queue": {"department,BILLING,TRAINING,2027-02-01\n", 0, simulate.Breaks{
			WithoutQueue: some("P-3"),
			Unmapped:     []simulate.UnmappedCode{{Unmapped: mapping.Unmapped{Kind: "department", Code: "TRAINING"}, After: 1, Examples: []string{"P-3"}}},
		}},
		"a queue under its minimum": {"department,SUPPORT,BILLING,2027-02-01\n", 1, simulate.Breaks{Queues: []simulate.Queue{
			{Name: "Support_Queue", Before: 2, Lost: 2, Minimum: 1, Under: true},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			report := drilled(t, registry(t, 1), test.changes, simulate.Options{Minimums: simulate.Minimums{All: test.minimum}}, people...)
			require.Len(t, report.Stages, 1)
			require.Equal(t, test.want, report.Stages[0].Breaks)
			require.Equal(t, test.want.Any(), report.Broken)
			require.Equal(t, 3, report.People)
		})
	}
}

func TestChangesOfOneDateHappenAtOnceAndThoseOfDatesAddUp(t *testing.T) {
	people := []simulate.Person{person("P-1", "SUPPORT"), person("P-2", "BILLING")}
	report := drilled(t, registry(t, 1),
		"department,SUPPORT,BILLING,2027-02-01\ndepartment,BILLING,SUPPORT,2027-02-01\ndepartment,BILLING,TRAINING,2027-02-02\n",
		simulate.Options{People: 10}, people...)

	require.Len(t, report.Stages, 2)
	swap, next := report.Stages[0], report.Stages[1]
	require.Equal(t, time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC), swap.At, "00:00 in Madrid")
	require.Equal(t, 2, swap.Changed)
	for _, queue := range swap.Queues {
		require.Equal(t, simulate.Queue{Name: queue.Name, Before: 1, After: 1, Gained: 1, Lost: 1}, queue)
	}
	require.Empty(t, swap.Changes[0].Merges, "a swap merges nothing")
	require.Equal(t, some("P-1"), next.Breaks.WithoutQueue, "who was in support is in billing by then")
	require.Equal(t, []string{"P-1"}, []string{next.People[0].PersonID})
}

func TestTheRulesOfTheDateDecide(t *testing.T) {
	successor := registry(t, 1, "locations:", "  - {code: CHEF, effective_date: 2027-03-01, title: Chef}\nlocations:")
	people := []simulate.Person{person("P-1", "SUPPORT/LEAD//OLD")}
	for _, test := range []struct {
		date     string
		unmapped int
	}{{"2027-02-28", 1}, {"2027-03-01", 0}} {
		report := drilled(t, successor, "job_title,LEAD,CHEF,"+test.date+"\n", simulate.Options{}, people...)
		require.Len(t, report.Stages[0].Breaks.Unmapped, test.unmapped, "the rule for OLD ends as that for CHEF begins: it is retired, and no question")
	}
}

func TestWhatThereIsToKnowAboutAChange(t *testing.T) {
	people := []simulate.Person{person("P-1", "SUPPORT///EN,TECH"), person("P-2", "BILLING///TECH"), person("P-3", "RETAIL_1")}
	report := drilled(t, registry(t, 1), "skill,EN,TECH,2027-02-01\nskill,GONE,NEW,2027-02-01\nskill,OTHER,NEW,2027-02-01\ndepartment,RETAIL_1,SHOP,2027-02-01\n",
		simulate.Options{}, people...)

	changes := report.Stages[0].Changes
	require.Equal(t, some("P-1"), changes[0].Some)
	require.Equal(t, []string{"people who have TECH already"}, changes[0].Merges)
	require.Zero(t, changes[1].People, "nobody has the code")
	require.Equal(t, []string{"the successor of OTHER"}, changes[1].Merges)
	require.Equal(t, some("P-3"), changes[3].Some, "also of people out of scope")
	require.Equal(t, some("P-3"), report.Stages[0].EnteredScope)
}

func TestWhatWasUnmappedBeforeIsNotTheReorganisationsDoing(t *testing.T) {
	report := drilled(t, registry(t, 1), "department,SUPPORT,BILLING,2027-02-01\n", simulate.Options{}, person("P-1", "SUPPORT///NEW"))
	require.False(t, report.Broken)
	require.Equal(t, "NEW", report.Stages[0].StillUnmapped[0].Code)
}

func TestAnUnmappedCodeOfOthersStillBreaksForNewPeople(t *testing.T) {
	report := drilled(t, registry(t, 1), "skill,EN,NEW,2027-02-01\n", simulate.Options{}, person("P-1", "SUPPORT///NEW"), person("P-2", "SUPPORT///EN"))
	require.True(t, report.Broken)
	require.Equal(t, 1, report.Stages[0].Breaks.Unmapped[0].Before)
}

func TestADrillToAnotherPlatformSaysSo(t *testing.T) {
	rules := registry(t, 1, "code: BILLING\n", "code: BILLING\n    platform: cxone\n")
	report := drilled(t, rules, "department,SUPPORT,BILLING,2027-02-01\n", simulate.Options{}, person("P-1", "SUPPORT"))
	require.Equal(t, some("P-1"), report.Stages[0].Platforms)
}

func TestADrillIsAboutThoseEmployedNow(t *testing.T) {
	leaver := person("P-1", "SUPPORT")
	leaver.State.Employment = hr.Left
	report := drilled(t, registry(t, 1), "department,SUPPORT,UNKNOWN,2027-02-01\n", simulate.Options{}, leaver)
	require.False(t, report.Broken)
	require.Zero(t, report.Stages[0].Changes[0].People)
}

// A stage is what resolving the substituted codes by hand gives.
func TestAStageIsTheRulesOfItsDateForTheNewCodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, people := registry(t, 1), drawPeople(t)
		report := drilled(t, rules, "department,SUPPORT,BILLING,2027-02-28\ndepartment,BILLING,SUPPORT,2027-03-01\nskill,TECH,EN,2027-03-01\n", all(), people...)
		last := report.Stages[1]
		members, employed := map[string]int{}, 0
		for _, p := range people {
			if p.State.Employment != hr.Employed {
				continue
			}
			employed++
			p.State.DepartmentCode = map[string]string{"SUPPORT": "SUPPORT", "BILLING": "SUPPORT"}[p.State.DepartmentCode] +
				map[string]string{"TRAINING": "TRAINING", "RETAIL_1": "RETAIL_1", "UNKNOWN": "UNKNOWN"}[p.State.DepartmentCode]
			for _, queue := range rules.Resolve(p.State, last.At).Desired.Queues {
				members[queue.Name]++
			}
		}
		require.Equal(t, employed, report.People)
		for _, queue := range last.Queues {
			require.Equal(t, members[queue.Name], queue.After, queue.Name)
			require.Equal(t, queue.After-queue.Before, queue.Gained-queue.Lost)
		}
	})
}
