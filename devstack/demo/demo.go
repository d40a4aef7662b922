// Package demo plays Muster's story on a running stack and checks every step of it against the API and the platform.
package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"muster/api"
	"muster/devstack/stack"
)

// Places are folders of the stack that the story uses: where the worker looks for HR's rosters, and where reports are kept for whoever looks.
type Places struct{ Rosters, Reports string }

// Run plays the story on a stack that holds nothing yet, tells it on out, and returns how many checks passed and failed. When
// ctx ends it returns early; what was not checked by then counts as nothing.
func Run(ctx context.Context, running stack.Stack, places Places, out io.Writer) (passed, failed int) {
	s := &story{
		ctx: ctx, out: out, stack: running,
		operator: api.Client{BaseURL: running.StarterURL, Token: running.Tokens["operator"]},
		editor:   api.Client{BaseURL: running.StarterURL, Token: running.Tokens["registry-editor"]},
		auditor:  api.Client{BaseURL: running.StarterURL, Token: running.Tokens["auditor"]},
		platform: platform{url: running.PlatformURL}, places: places, staff: staff{},
	}
	temporal, err := client.DialContext(ctx, client.Options{
		HostPort: running.TemporalAddress, Namespace: running.TemporalNamespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		s.check("Temporal answers", err)
		return s.passed, s.failed
	}
	defer temporal.Close()
	s.temporal = temporal
	for _, chapter := range []struct {
		title string
		tell  func(*story)
	}{
		{"Every part stands", (*story).everyPartStands},
		{"Times are shortened in one department", (*story).shortenedTimes},
		{"HR tells of Jane Doe, word for word as the guides do: an update, though no create ever came", (*story).guidesEvent},
		{"The same event arrives once more", (*story).duplicate},
		{"A hire in Sales waits for the team lead, who approves it by a signal from the Temporal UI", (*story).activation},
		{"A skill nobody has mapped parks a hire; a mapping version that a second person approves releases it", (*story).unmapped},
		{"A hire for tomorrow waits; HR brings it forward", (*story).futureHire},
		{"A former employee comes back, whose deleted account still holds the email", (*story).restored},
		{"A working agent is adopted, without losing a single call", (*story).adopted},
		{"A cashier is none of our business", (*story).cashier},
		{"Jane's skills change", (*story).skills},
		{"Omar moves up: the change is applied, its rights wait for an approver", (*story).promotion},
		{"A supervisor changes an account by hand, the platform takes back a skill: both are found, and shown", (*story).drift},
		{"Jane leaves while she is on a call", (*story).leaver},
		{"Jane is hired again before her account is deleted", (*story).rehire},
		{"Lea is dismissed while she is on a call, and comes back", (*story).dismissal},
		{"Nora leaves under a legal hold", (*story).hold},
		{"Paul leaves during a call that does not end: the window does", (*story).windowEnds},
		{"Paul's account is deleted when its grace is over", (*story).deletion},
		{"Legal brings Paul's deleted account back", (*story).restoration},
		{"Legal reverses the termination of Iris, and HR sends it again", (*story).reversal},
		{"The hold on Nora has outlived the deadline, and is released", (*story).release},
		{"What became of everybody who left", (*story).leaversReport},
		{"What was found is put back", (*story).driftRepaired},
		{"What must not come in does not", (*story).refusals},
		{"The record proves itself", (*story).record},
	} {
		if ctx.Err() != nil {
			break
		}
		fmt.Fprintf(out, "\n%s\n", chapter.title)
		chapter.tell(s)
	}
	fmt.Fprintln(out)
	return s.passed, s.failed
}
