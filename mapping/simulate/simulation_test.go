package simulate_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/mapping"
	"muster/mapping/simulate"
)

func TestWhatChangesForAPerson(t *testing.T) {
	for name, test := range map[string]struct {
		said    string
		replace []string
		want    []string
	}{
		"a skill's proficiency":     {"SUPPORT///TECH", []string{"proficiency: 4", "proficiency: 4.5"}, []string{"~ skill Technical 4 → 4.5"}},
		"another skill":             {"SUPPORT///TECH", []string{"Technical", "Repair"}, []string{"+ skill Repair 4", "- skill Technical 4"}},
		"a language":                {"SUPPORT///EN", []string{"English", "British"}, []string{"+ language British 5", "- language English 5"}},
		"another queue":             {"SUPPORT", []string{"queues: [{name: Support_Queue}]", "queues: [{name: Care}]"}, []string{"+ queue Care", "- queue Support_Queue"}},
		"a queue's fallback":        {"BILLING", []string{", fallback: Support_Queue", ""}, []string{"~ queue Billing_Queue Support_Queue → none"}},
		"a role by the job title":   {"SUPPORT/LEAD", []string{"[Supervisor]", "[Supervisor, Quality]"}, []string{"+ role Quality"}},
		"a group":                   {"SUPPORT//MAD", []string{"[Madrid Site]", "[Spain]"}, []string{"- group Madrid Site", "+ group Spain"}},
		"division and department":   {"BILLING", []string{"department: Billing\n    division: Care", "department: Accounts\n    division: Money"}, []string{"~ division Care → Money", "~ department Billing → Accounts"}},
		"a title":                   {"SUPPORT/LEAD", []string{"title: Team Lead", "title: Head"}, []string{"~ title Team Lead → Head"}},
		"a location":                {"SUPPORT//MAD", []string{"location: Madrid", "location: Spain"}, []string{"~ location Madrid → Spain"}},
		"a work plan goes":          {"BILLING", []string{"    work_plan: Full Time\n", ""}, []string{"- work plan Full Time"}},
		"another platform":          {"SUPPORT", []string{"platform: genesys", "platform: cxone"}, []string{"~ platform genesys → cxone"}},
		"the activation gate":       {"TRAINING/LEAD", []string{"department: Training", "department: Training\n    policies: {activation_approval: true}"}, []string{"+ activation approval"}},
		"the grace":                 {"SUPPORT", []string{"roles: [Agent]", "roles: [Agent]\n  policies: {grace: 10d}"}, []string{"~ grace 720h0m0s → 240h0m0s"}},
		"the drain window":          {"SUPPORT", []string{"roles: [Agent]", "roles: [Agent]\n  policies: {drain_window: 60s}"}, []string{"~ drain window 5m0s → 1m0s"}},
		"a code has no rule":        {"SUPPORT///TECH", []string{"code: TECH", "code: TECH_2"}, []string{"+ unmapped skill TECH", "- skill Technical 4"}},
		"a code has a rule at last": {"SUPPORT///NEW", []string{"code: OLD", "code: NEW"}, []string{"- unmapped skill NEW", "+ skill Legacy 2"}},
		"nobody's department":       {"", []string{"default: include", "default: exclude"}, []string{"- scope", "- unmapped department", "- platform genesys", "- role Agent"}},
		"somebody enters":           {"RETAIL_1", []string{"RETAIL*", "SHOP*"}, []string{"+ scope", "+ unmapped department RETAIL_1", "+ platform genesys", "+ role Agent"}},
	} {
		t.Run(name, func(t *testing.T) {
			report := simulated(registry(t, 1), registry(t, 2, test.replace...), all(), person("P-1", test.said))
			require.Equal(t, test.want, texts(t, report))
			require.Equal(t, 1, report.Changed)
		})
	}
}

func TestOnlyThoseEmployedNowCount(t *testing.T) {
	leaver, toCome, onLeave := person("P-1", "SUPPORT"), person("P-2", "SUPPORT"), person("P-3", "SUPPORT")
	leaver.State.Employment, leaver.State.Status = hr.Left, hr.StatusTerminated
	toCome.State.Employment = hr.NeverEmployed
	onLeave.State.Status = hr.StatusOnLeave

	report := simulated(registry(t, 1), registry(t, 2, "Support_Queue}", "Care}"), all(), leaver, toCome, onLeave)

	require.Equal(t, 1, report.People)
	require.Equal(t, "P-3", report.Changes[0].PersonID)
	require.Equal(t, 1, report.Queues[0].Away)
}

func TestTheRulesAreAskedForTheInstantOfTheQuestion(t *testing.T) {
	begins := time.Date(2027, 2, 28, 23, 0, 0, 0, time.UTC) // 00:00 of 1 March in Madrid
	dated := []string{"{code: OLD, sunset_date: 2027-03-01,", "{code: OLD, effective_date: 2027-03-01,"}
	for _, test := range []struct {
		at       time.Time
		unmapped int
	}{{begins.Add(-time.Nanosecond), 1}, {begins, 0}} {
		report := simulated(registry(t, 1, dated...), registry(t, 2, dated...), simulate.Options{At: test.at}, person("P-1", "SUPPORT///OLD"))
		require.Len(t, report.Unmapped, test.unmapped)
	}
}

func TestPeopleWithTheSameChangesAreOneGroup(t *testing.T) {
	var people []simulate.Person
	for i := range 9 {
		people = append(people, person(fmt.Sprintf("P-%d", 9-i), []string{"SUPPORT", "BILLING", "SUPPORT//MAD"}[i%3]))
	}
	report := simulated(registry(t, 1), registry(t, 2, "queues: [{name: Support_Queue}]", "queues: [{name: Care}]"), simulate.Options{People: 2}, people...)

	require.Len(t, report.Groups, 1)
	require.Equal(t, 6, report.Groups[0].People)
	require.Equal(t, []string{"P-1", "P-3", "P-4", "P-6", "P-7"}, report.Groups[0].Examples)
	require.Equal(t, 6, report.Changed)
	require.Equal(t, []string{"P-1", "P-3"}, []string{report.Changes[0].PersonID, report.Changes[1].PersonID})
	require.Len(t, report.Changes, 2, "as many as were asked for")
}

func TestAQueueIsComparedWithItsMinimum(t *testing.T) {
	people := []simulate.Person{person("P-1", "SUPPORT"), person("P-2", "SUPPORT"), person("P-3", "BILLING")}
	base, draft := registry(t, 1), registry(t, 2, "queues: [{name: Support_Queue}]", "queues: [{name: Billing_Queue}]")
	for name, test := range map[string]struct {
		minimums simulate.Minimums
		want     []simulate.Queue
	}{
		"none": {simulate.Minimums{}, []simulate.Queue{
			{Name: "Billing_Queue", Before: 1, After: 3, Gained: 2}, {Name: "Support_Queue", Before: 2, Lost: 2},
		}},
		"one for all": {simulate.Minimums{All: 2}, []simulate.Queue{
			{Name: "Billing_Queue", Before: 1, After: 3, Gained: 2, Minimum: 2, WasUnder: true},
			{Name: "Support_Queue", Before: 2, Lost: 2, Minimum: 2, Under: true},
		}},
		"by queue": {simulate.Minimums{All: 2, ByQueue: map[string]int{"Billing_Queue": 3, "Support_Queue": 0, "Gone": 1}}, []simulate.Queue{
			{Name: "Billing_Queue", Before: 1, After: 3, Gained: 2, Minimum: 3, WasUnder: true},
			{Name: "Gone", Minimum: 1, Under: true, WasUnder: true},
			{Name: "Support_Queue", Before: 2, Lost: 2},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, simulated(base, draft, simulate.Options{Minimums: test.minimums}, people...).Queues)
		})
	}
}

func TestARoleThatSomebodyAtWorkWouldGainNeedsApproval(t *testing.T) {
	draft := registry(t, 2, "roles: [Supervisor]", "roles: [Supervisor, Quality]", "roles: [Agent]", "roles: [Agent, Chat]", "RETAIL*", "SHOP*")
	report := simulated(registry(t, 1), draft, all(), person("P-1", "SUPPORT/LEAD"), person("P-2", "SUPPORT"), person("P-3", "RETAIL_1/LEAD"))

	require.Len(t, report.Approvals, 1, "what everybody gets asks nobody, and who enters gets the roles with the hire")
	require.Equal(t, simulate.RoleGain{Role: "Quality", Some: simulate.Some{People: 1, Examples: []string{"P-1"}}}, report.Approvals[0])
}

func TestUnmappedCodesAreCountedBeforeAndAfter(t *testing.T) {
	report := simulated(registry(t, 1), registry(t, 2, "code: OLD", "code: NEW"), all(),
		person("P-1", "SUPPORT///NEW"), person("P-2", "SUPPORT///NEW,OLD"), person("P-3", "SUPPORT///TECH"), person("P-4", "RETAIL_2///NEVER"))

	require.Equal(t, []simulate.UnmappedCode{
		{Unmapped: mapping.Unmapped{Kind: "skill", Code: "NEW"}, Before: 2},
		{Unmapped: mapping.Unmapped{Kind: "skill", Code: "OLD"}, After: 1, Examples: []string{"P-2"}},
	}, report.Unmapped)
}

func TestCodesThatReadAlikeWhenRunTogetherAreKeptApart(t *testing.T) {
	report := simulated(registry(t, 1), registry(t, 2), all(), person("P-1", "SUPPORT//MA/D"), person("P-2", "SUPPORT//MAD"), person("P-3", "SUPPORT//MA/D"))
	require.Equal(t, []simulate.UnmappedCode{
		{Unmapped: mapping.Unmapped{Kind: "location", Code: "MA"}, Before: 2, After: 2, Examples: []string{"P-1", "P-3"}},
		{Unmapped: mapping.Unmapped{Kind: "skill", Code: "D"}, Before: 2, After: 2, Examples: []string{"P-1", "P-3"}},
	}, report.Unmapped)
}

func TestPastEventsAreReplayed(t *testing.T) {
	at := now().AddDate(0, 0, -3)
	leaver := person("P-1", "SUPPORT")
	leaver.State.Employment = hr.Left
	leaver.Events = []simulate.Event{
		{ID: "evt_1", At: at, State: state("SUPPORT///NEW")},
		{ID: "evt_2", At: at.Add(time.Hour), State: state("SUPPORT")},
		{ID: "evt_3", At: at.Add(2 * time.Hour), State: hr.State{Employment: hr.Left, DepartmentCode: "SUPPORT"}},
	}
	report := simulated(registry(t, 1), registry(t, 2, "code: OLD", "code: NEW"), all(), leaver)

	require.Zero(t, report.People)
	require.Equal(t, simulate.Replay{
		Events: 2, ParkedBefore: 1, ParkedAfter: 0, Differing: 1,
		Unmapped: []simulate.UnmappedCode{{Unmapped: mapping.Unmapped{Kind: "skill", Code: "NEW"}, Before: 1}},
		Differences: []simulate.EventChange{{EventID: "evt_1", PersonID: "P-1", At: at, Changes: []simulate.Change{
			{Kind: simulate.KindUnmapped, Action: simulate.Remove, Name: "skill NEW"},
			{Kind: simulate.KindSkill, Action: simulate.Add, Name: "Legacy", After: "2"},
		}}},
	}, report.Replay)
}

// drawPeople draws people with codes that rules know and do not know.
func drawPeople(t *rapid.T) (people []simulate.Person) {
	for i := range rapid.IntRange(0, 40).Draw(t, "people") {
		p := simulate.Person{ID: fmt.Sprintf("P-%03d", i), State: hr.State{
			Employment:     rapid.SampledFrom([]hr.Employment{hr.Employed, hr.Employed, hr.Employed, hr.Left, hr.NeverEmployed}).Draw(t, "employment"),
			Status:         rapid.SampledFrom([]hr.Status{hr.StatusActive, hr.StatusOnLeave}).Draw(t, "status"),
			DepartmentCode: rapid.SampledFrom([]string{"", "SUPPORT", "BILLING", "TRAINING", "RETAIL_1", "UNKNOWN"}).Draw(t, "department"),
			JobTitleCode:   rapid.SampledFrom([]string{"", "LEAD", "OTHER"}).Draw(t, "job title"),
			LocationCode:   rapid.SampledFrom([]string{"", "MAD", "BCN"}).Draw(t, "location"),
			SkillCodes:     rapid.SliceOfN(rapid.SampledFrom([]string{"TECH", "OLD", "EN", "NEW"}), 0, 4).Draw(t, "skills"),
		}}
		if rapid.Bool().Draw(t, "has an event") {
			p.Events = []simulate.Event{{ID: "evt_" + p.ID, At: now().Add(-time.Duration(i) * time.Hour), State: p.State}}
		}
		people = append(people, p)
	}
	return people
}

func drawDraft(t *rapid.T) *mapping.Registry {
	return registry(t, 2, rapid.SampledFrom([][]string{
		{"code: OLD", "code: NEW"},
		{"queues: [{name: Support_Queue}]", "queues: [{name: Billing_Queue}]"},
		{"RETAIL*", "BILL*"},
		{"proficiency: 4", "proficiency: 1"},
		{"roles: [Agent]", "roles: [Agent, Chat]"},
		{"code: TRAINING", "code: UNKNOWN"},
	}).Draw(t, "draft")...)
}

func TestAVersionChangesNobodyAgainstItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		report := simulated(registry(t, 1), registry(t, 2), all(), drawPeople(t)...)
		require.Zero(t, report.Changed)
		require.Empty(t, report.Changes)
		require.Empty(t, report.Groups)
		require.Empty(t, report.Approvals)
		require.Zero(t, report.Replay.Differing)
		require.Equal(t, report.ScopeBefore, report.ScopeAfter)
		for _, queue := range report.Queues {
			require.Equal(t, queue.Before, queue.After)
		}
		for _, code := range report.Unmapped {
			require.Equal(t, code.Before, code.After)
		}
	})
}

func TestTheOrderOfPeopleAndTheirPagesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people, draft := drawPeople(t), drawDraft(t)
		options := simulate.Options{People: rapid.IntRange(0, 50).Draw(t, "listed"), Minimums: simulate.Minimums{All: 2}}
		want := simulated(registry(t, 1), draft, options, people...)

		options.At = now()
		again := simulate.New(registry(t, 1), draft, options)
		for page := range slices.Chunk(rapid.Permutation(people).Draw(t, "order"), rapid.IntRange(1, 10).Draw(t, "page")) {
			again.People(page)
		}
		require.Equal(t, want, again.Report())
	})
}

func TestTheNumbersAreTheSumOverThePeople(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people, base, draft := drawPeople(t), registry(t, 1), drawDraft(t)
		report := simulated(base, draft, all(), people...)
		before, after, changed := map[string]int{}, map[string]int{}, 0
		for _, p := range people {
			if p.State.Employment != hr.Employed {
				continue
			}
			was, is := base.Resolve(p.State, now()), draft.Resolve(p.State, now())
			for _, queue := range was.Desired.Queues {
				before[queue.Name]++
			}
			for _, queue := range is.Desired.Queues {
				after[queue.Name]++
			}
			listed := slices.ContainsFunc(report.Changes, func(c simulate.PersonChange) bool { return c.PersonID == p.ID })
			different := was.InScope != is.InScope || !equal(was.Desired, is.Desired) || !slices.Equal(was.Unmapped, is.Unmapped)
			require.Equal(t, different, listed, p.ID)
			if different {
				changed++
			}
		}
		require.Equal(t, changed, report.Changed)
		for _, queue := range report.Queues {
			require.Equal(t, before[queue.Name], queue.Before)
			require.Equal(t, after[queue.Name], queue.After)
			require.Equal(t, queue.After-queue.Before, queue.Gained-queue.Lost)
			delete(before, queue.Name)
			delete(after, queue.Name)
		}
		require.Empty(t, before)
		require.Empty(t, after)
		grouped := 0
		for _, group := range report.Groups {
			grouped += group.People
		}
		require.Equal(t, changed, grouped)
	})
}

func equal(a, b mapping.Desired) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }
