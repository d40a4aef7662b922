package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
)

// checklist is what an operator sees in the Temporal UI as the workflow's current details: which steps are done, which one
// runs, and what somebody can do now, with the signal to paste.
type checklist struct {
	title string
	steps []step
	// next tells who can do what now; empty while nobody is needed.
	next string
}

type step struct {
	name, note string
	mark       mark
}

type mark string

const (
	open    mark = "☐"
	running mark = "▶"
	done    mark = "☑"
	parked  mark = "◐"
	skipped mark = "–"
)

func newChecklist(title string, steps ...string) *checklist {
	c := &checklist{title: title}
	for _, name := range steps {
		c.steps = append(c.steps, step{name: name, mark: open})
	}
	return c
}

// set marks a step, with a note, and shows the list.
func (c *checklist) set(ctx workflow.Context, name string, m mark, note string) {
	for i := range c.steps {
		if c.steps[i].name == name {
			c.steps[i].mark, c.steps[i].note = m, note
		}
	}
	workflow.SetCurrentDetails(ctx, c.String())
}

// add puts a note beside a step, whatever its mark is, and shows the list.
func (c *checklist) add(ctx workflow.Context, name, note string) {
	for i := range c.steps {
		if c.steps[i].name == name {
			c.steps[i].note = strings.TrimPrefix(c.steps[i].note+"; "+note, "; ")
		}
	}
	workflow.SetCurrentDetails(ctx, c.String())
}

// setAll marks steps without a note; they are shown with the next change.
func (c *checklist) setAll(m mark, names ...string) {
	for i := range c.steps {
		if slices.Contains(names, c.steps[i].name) {
			c.steps[i].mark = m
		}
	}
}

// ask shows what somebody has to do; empty takes it away.
func (c *checklist) ask(ctx workflow.Context, next string) {
	c.next = next
	workflow.SetCurrentDetails(ctx, c.String())
}

func (c *checklist) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", c.title)
	for _, s := range c.steps {
		fmt.Fprintf(&b, "%s %s", s.mark, s.name)
		if s.note != "" {
			fmt.Fprintf(&b, ": %s", s.note)
		}
		b.WriteString("  \n")
	}
	if c.next != "" {
		fmt.Fprintf(&b, "\n**Next:** %s\n", c.next)
	}
	return b.String()
}

func askForReview(r lifecycle.Parked) string {
	return fmt.Sprintf("%s\n\nWhen it is settled: `musterctl reviews retry %s`; to give it up: `dismiss` in place of `retry`. "+
		"Or send the signal `review-decision` with\n\n```json\n{\n  \"review_id\": \"%s\",\n  \"decision\": \"retry\",\n"+
		"  \"actor\": \"your name\",\n  \"reason\": \"what was done\"\n}\n```", r.Question, r.ReviewID, r.ReviewID)
}

func askForApproval(id string, asked lifecycle.OpenApprovalInput) string {
	if asked.Kind != lifecycle.ApprovalActivation {
		role := lifecycle.RuleFor(asked.Kind).Decider
		return fmt.Sprintf("%s\n\nRole %s decides: `musterctl --as %s approvals approve %s`; to refuse: `reject` in place of `approve`. "+
			"A signal sent by hand is not enough.", asked.Question, role, role, id)
	}
	return fmt.Sprintf("%s\n\n`musterctl approvals approve %s`; to refuse: `reject` in place of `approve`. "+
		"Or send the signal `approval-decision` with\n\n```json\n{\n  \"approval_id\": \"%s\",\n  \"decision\": \"approve\",\n"+
		"  \"actor\": \"your name\",\n  \"reason\": \"why\"\n}\n```", asked.Question, id, id)
}
