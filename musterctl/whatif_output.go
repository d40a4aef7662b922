package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"muster/api"
)

// shownGroups bounds the groups of a table; JSON has more.
const shownGroups = 20

func rowsOf[T any](items []T, row func(T) table.Row) []table.Row {
	rows := make([]table.Row, len(items))
	for i, item := range items {
		rows[i] = row(item)
	}
	return rows
}

// printSection prints a heading and a table below it, nothing below it when there are no rows.
func (c *control) printSection(heading string, header table.Row, rows []table.Row) {
	fmt.Fprintf(c.stdout, "\n%s\n", heading)
	if len(rows) > 0 {
		c.table(header, rows...)
	}
}

// warn prints what a person must not overlook.
func (c *control) warn(format string, arguments ...any) {
	fmt.Fprintf(c.stdout, "WARNING: "+format+"\n", arguments...)
}

func versionName(number int) string {
	if number == 0 {
		return "the file"
	}
	return fmt.Sprintf("version %d", number)
}

func (c *control) printSimulation(found api.Simulation, people bool) {
	fmt.Fprintf(c.stdout, "%s compared with version %d, at %s: %d people, %d of them change\n",
		versionName(found.Version), found.Base, instant(&found.At), found.People, found.Changed)
	fmt.Fprintf(c.stdout, "in the contact centre: %d before, %d after\n", found.ScopeBefore, found.ScopeAfter)
	for _, code := range found.Unmapped {
		if code.After > code.Before {
			c.warn("%s %s has no rule: %d people would wait (%d now)", code.Kind, noCode(code.Code), code.After, code.Before)
		}
	}
	c.warnOfQueues(found.Queues)
	for _, gain := range found.Approvals {
		c.warn("role %s: %d people would gain it, each by approval", gain.Role, gain.People)
	}
	if replay := found.Replay; replay != nil {
		fmt.Fprintf(c.stdout, "replayed since %s: %d events, %d lead to another account; waiting for a rule: %d before, %d after\n",
			instant(&replay.Since), replay.Events, replay.Differing, replay.ParkedBefore, replay.ParkedAfter)
	}
	c.printGroups(found.Groups, found.GroupsLeftOut)
	c.printQueues(found.Queues)
	c.printUnmapped("Codes without a rule (people)", found.Unmapped)
	if found.Replay != nil {
		c.printUnmapped("Codes without a rule (events)", found.Replay.Unmapped)
	}
	if people {
		c.printPeople(found.Changes)
	}
}

func (c *control) warnOfQueues(queues []api.QueueForecast) {
	for _, queue := range queues {
		if queue.Under {
			before := ""
			if queue.WasUnder {
				before = ", as it has now"
			}
			c.warn("queue %s would have %d people, fewer than %d%s (%d before)", queue.Name, queue.After, queue.Minimum, before, queue.Before)
		}
	}
}

func changeTexts(changes []api.Change) string {
	lines := make([]string, len(changes))
	for i, change := range changes {
		lines[i] = change.Text
	}
	return strings.Join(lines, "\n")
}

func (c *control) printGroups(groups []api.ChangeGroup, more int) {
	if len(groups) == 0 {
		return
	}
	shown := groups[:min(len(groups), shownGroups)]
	c.printSection("Who changes, and how", table.Row{"people", "changes", "such as"}, rowsOf(shown, func(g api.ChangeGroup) table.Row {
		return table.Row{g.People, changeTexts(g.Changes), strings.Join(g.Examples, "\n")}
	}))
	if more += len(groups) - len(shown); more > 0 {
		fmt.Fprintf(c.stdout, "and %d smaller groups\n", more)
	}
}

// printQueues lists the queues whose members change.
func (c *control) printQueues(queues []api.QueueForecast) {
	var rows []table.Row
	for _, q := range queues {
		if q.Gained+q.Lost > 0 || q.Under {
			rows = append(rows, table.Row{q.Name, q.Before, q.After, number(int64(q.Gained)), number(int64(q.Lost)), number(int64(q.Away)), number(int64(q.Minimum))})
		}
	}
	if len(rows) > 0 {
		c.printSection("Queues that change", table.Row{"queue", "before", "after", "gained", "lost", "away", "minimum"}, rows)
	}
}

func (c *control) printUnmapped(heading string, codes []api.UnmappedCount) {
	if len(codes) > 0 {
		c.printSection(heading, table.Row{"kind", "code", "before", "after"}, rowsOf(codes, func(u api.UnmappedCount) table.Row {
			return table.Row{u.Kind, noCode(u.Code), u.Before, u.After}
		}))
	}
}

func (c *control) printPeople(changes []api.PersonChange) {
	c.printSection(fmt.Sprintf("People: %d listed", len(changes)), table.Row{"person", "changes"}, rowsOf(changes, func(p api.PersonChange) table.Row {
		return table.Row{p.PersonID, changeTexts(p.Changes)}
	}))
}

func (c *control) printDrill(found api.Drill, people bool) {
	verdict := "nothing would break"
	if found.Broken {
		verdict = "IT WOULD BREAK"
	}
	fmt.Fprintf(c.stdout, "%s: %d dates of changes, %d people, by %s\n", verdict, len(found.Stages), found.People, versionName(found.Version))
	for _, stage := range found.Stages {
		c.printBreaks(stage)
	}
	for _, stage := range found.Stages {
		c.printStage(stage, people)
	}
}

func (c *control) printBreaks(stage api.DrillStage) {
	breaks := stage.Breaks
	for _, code := range breaks.Unmapped {
		c.warn("%s: %s %s has no rule: %d people would wait%s", stage.Date, code.Kind, noCode(code.Code), code.After, suchAs(code.Examples))
	}
	if breaks.LeftScope.People > 0 {
		c.warn("%s: %d people leave the contact centre%s", stage.Date, breaks.LeftScope.People, suchAs(breaks.LeftScope.Examples))
	}
	if breaks.WithoutQueue.People > 0 {
		c.warn("%s: %d people are left without a queue%s", stage.Date, breaks.WithoutQueue.People, suchAs(breaks.WithoutQueue.Examples))
	}
	for _, queue := range breaks.Queues {
		c.warn("%s: queue %s would have %d people, fewer than %d (%d before)", stage.Date, queue.Name, queue.After, queue.Minimum, queue.Before)
	}
}

func suchAs(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ", such as " + strings.Join(ids, ", ")
}

func (c *control) printStage(stage api.DrillStage, people bool) {
	c.printSection(fmt.Sprintf("On %s (from %s): %d people change", stage.Date, instant(&stage.At), stage.Changed),
		table.Row{"line", "kind", "from", "to", "people", ""}, rowsOf(stage.Changes, func(change api.HRChange) table.Row {
			return table.Row{
				change.Line, change.Kind, change.OldCode, cmp.Or(change.NewCode, "(none)"), number(int64(change.People)), changeNotes(change),
			}
		}))
	if stage.EnteredScope.People > 0 {
		fmt.Fprintf(c.stdout, "%d people enter the contact centre\n", stage.EnteredScope.People)
	}
	if stage.Platforms.People > 0 {
		fmt.Fprintf(c.stdout, "%d people move to another platform%s\n", stage.Platforms.People, suchAs(stage.Platforms.Examples))
	}
	for _, gain := range stage.Approvals {
		fmt.Fprintf(c.stdout, "%d people gain role %s, each by approval\n", gain.People, gain.Role)
	}
	c.printQueues(stage.Queues)
	c.printUnmapped("Codes without a rule before as well", stage.StillUnmapped)
	c.printGroups(stage.Groups, stage.GroupsLeftOut)
	if people {
		c.printPeople(stage.PersonChanges)
	}
}

func changeNotes(change api.HRChange) string {
	var notes []string
	if change.People == 0 {
		notes = append(notes, "nobody has the old code")
	}
	if len(change.Merges) > 0 {
		notes = append(notes, "merges with "+strings.Join(change.Merges, " and "))
	}
	return strings.Join(notes, "; ")
}
