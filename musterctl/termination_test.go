package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

// graceStart is when the account of the leaver of these tests was read back inactive.
func graceStart() time.Time { return time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Second) }

// leaver has the guides' person leave: the account is inactive, and the grace counts.
func (o *office) leaver() (deadline time.Time) {
	o.t.Helper()
	o.done("events", "send", guideEvent)
	got := o.pipe(`{"event_id":"evt_leave","event_type":"USER_TERMINATE","source_system":"WORKDAY","timestamp_utc":"2026-01-05T10:00:00Z",`+
		`"payload":{"external_user_id":"`+guidePerson+`"}}`, "events", "send", "-")
	require.Equal(o.t, exitDone, got.code, got.errors)
	started := graceStart()
	deadline = started.Add(30 * 24 * time.Hour)
	require.NoError(o.t, o.store.WithPerson(o.t.Context(), guidePerson, func(_ context.Context, p *store.PersonTx) error {
		generation, err := p.TakeOver(lifecycle.Termination, "HR ended the employment")
		if err != nil {
			return err
		}
		state, none := lifecycle.Deactivated, lifecycle.None
		if err := p.UpdateAgent(store.AgentChange{State: &state, Operation: &none}); err != nil {
			return err
		}
		return p.BeginGrace(lifecycle.Grace{Generation: generation, Platform: "genesys", PlatformUserID: "u-1", StartedAt: started, Deadline: deadline})
	}))
	return deadline
}

func TestATerminationIsShownAndTurnedBackFromTheCommandLine(t *testing.T) {
	o := openOffice(t)
	deadline := o.leaver()
	out := o.done("termination", "show", guidePerson)
	require.Contains(t, out, "in grace")
	require.Contains(t, out, deadline.Format("2006-01-02 15:04:05Z"))
	require.Contains(t, out, "musterctl termination reverse "+guidePerson)

	require.Contains(t, o.done("termination", "reverse", guidePerson, "--reason", "settled"), "reverse "+guidePerson+": done")
	got := o.run("termination", "reverse", guidePerson, "--reason", "settled")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "reverse refused")
}

func TestALeverThatNeedsAnApprovalNamesItsCommand(t *testing.T) {
	o := openOffice(t)
	o.leaver()
	outcome := answer[api.LeverOutcome](o, "termination", "expedite", guidePerson, "--reason", "asked for by the person")
	require.Equal(t, api.LeverAsked, outcome.Result)
	require.Contains(t, o.done("termination", "expedite", guidePerson, "--reason", "again"), "musterctl --as legal approvals approve "+outcome.ApprovalID)
	require.Contains(t, o.done("--as", "legal", "approvals", "list"), outcome.ApprovalID)
	got := o.run("--as", "legal", "approvals", "approve", outcome.ApprovalID)
	require.Equal(t, exitUnauthorised, got.code, "whoever asked for it cannot give it")
}

func TestADeadlineIsMovedToALaterTimeOnly(t *testing.T) {
	o := openOffice(t)
	deadline := o.leaver()
	later := deadline.Add(48 * time.Hour)
	require.Contains(t, o.done("termination", "reschedule", guidePerson, "--until", later.Format(time.RFC3339), "--reason", "a hearing"),
		"deadline "+later.Format("2006-01-02 15:04:05Z"))
	got := o.run("termination", "reschedule", guidePerson, "--until", deadline.Format(time.RFC3339), "--reason", "back")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "body.until")
	require.Equal(t, exitUsage, o.run("termination", "reschedule", guidePerson, "--until", "tomorrow", "--reason", "x").code)
	require.Equal(t, exitUsage, o.run("termination", "reverse", guidePerson).code, "a reason is mandatory")
	require.Equal(t, exitNotFound, o.run("termination", "show", "P-0").code)
}

func TestAHoldIsPlacedListedAndReleasedBySomebodyElse(t *testing.T) {
	o := openOffice(t)
	o.leaver()
	require.Contains(t, o.done("hold", "add", guidePerson, "--matter", "case 7/2026", "--reason", "litigation"), "done, hold hld_")
	require.Contains(t, o.done("hold", "add", guidePerson, "--matter", "case 7/2026", "--reason", "litigation"), "already, hold hld_")
	require.Contains(t, o.done("hold", "list"), "case 7/2026")
	require.Contains(t, o.done("--as", "auditor", "hold", "list", "--matter", "case 7/2026"), guidePerson)
	require.Contains(t, o.done("hold", "list", "--person", "P-0"), "none")
	require.Contains(t, o.done("termination", "show", guidePerson), "held")
	require.NotContains(t, o.done("termination", "show", guidePerson), "case 7/2026", "for legal and auditors")
	require.Contains(t, o.done("--as", "legal", "termination", "show", guidePerson), "musterctl hold release "+guidePerson+" --matter 'case 7/2026'")

	got := o.run("hold", "release", guidePerson, "--matter", "case 7/2026", "--reason", "over")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "whoever placed a hold")
	require.Contains(t, o.done("--as", "other-legal", "hold", "release", guidePerson, "--matter", "case 7/2026", "--reason", "over"), "done")
	require.Contains(t, o.done("hold", "list"), "none")
	require.Contains(t, o.done("hold", "list", "--all"), "over")
}

func TestAFileOfHoldsHasAnOutcomeForEveryLine(t *testing.T) {
	o := openOffice(t)
	o.leaver()
	file := filepath.Join(t.TempDir(), "custodians.txt")
	require.NoError(t, os.WriteFile(file, []byte("# custodians\n"+guidePerson+"  # Jane\n\nP-unknown\n"), 0o600))
	got := o.run("hold", "add", "--file", file, "--matter", "2026/117", "--reason", "litigation")
	require.Equal(t, exitRefused, got.code)
	require.Regexp(t, `(?s)`+guidePerson+` .*done.*hld_.*P-unknown .*failed.*there is no such agent`, got.out)
	require.Empty(t, got.errors, "the table has said it")

	got = o.pipe(guidePerson+"\n", "hold", "add", "--file", "-", "--matter", "2026/117", "--reason", "litigation")
	require.Equal(t, exitDone, got.code, got.errors)
	require.Contains(t, got.out, "already")

	got = o.run("--as", "other-legal", "hold", "release", "--file", file, "--matter", "2026/117", "--reason", "over")
	require.Equal(t, exitRefused, got.code)
	require.Regexp(t, `(?s)`+guidePerson+` .*done.*P-unknown .*failed`, got.out)
	got = o.run("--as", "other-legal", "hold", "release", "--file", file, "--matter", "2026/117", "--reason", "over")
	require.Regexp(t, `(?s)`+guidePerson+` .*already.*P-unknown .*failed`, got.out, "a file can be sent again")
}

func TestHoldsSayWhatIsMissing(t *testing.T) {
	o := openOffice(t)
	empty := filepath.Join(t.TempDir(), "empty.txt")
	require.NoError(t, os.WriteFile(empty, []byte("# nobody\n"), 0o600))
	for name, arguments := range map[string][]string{
		"no matter":     {"add", "P-1", "--reason", "x"},
		"no reason":     {"add", "P-1", "--matter", "m"},
		"nobody":        {"add", "--matter", "m", "--reason", "x"},
		"both":          {"add", "P-1", "--file", empty, "--matter", "m", "--reason", "x"},
		"an empty file": {"add", "--file", empty, "--matter", "m", "--reason", "x"},
		"no such file":  {"release", "--file", "none.txt", "--matter", "m", "--reason", "x"},
	} {
		require.Equal(t, exitUsage, o.run(append([]string{"hold"}, arguments...)...).code, name)
	}
	require.Equal(t, exitUnreachable, o.run("--server", "http://127.0.0.1:1", "hold", "add", "P-1", "--matter", "m", "--reason", "x").code)
}

func TestATerminationsReviewIsDismissedByTwoFromTheCommandLine(t *testing.T) {
	o := openOffice(t)
	o.done("events", "send", guideEvent)
	var review store.Review
	require.NoError(t, o.store.WithPerson(t.Context(), guidePerson, func(_ context.Context, p *store.PersonTx) (err error) {
		review, err = p.OpenReview(store.Review{
			Kind: lifecycle.ReviewPlatformRefusal, Question: "the platform refuses", WorkflowID: "termination/" + guidePerson + "/1",
		})
		return err
	}))
	out := o.done("reviews", "dismiss", review.ID, "--reason", "done by hand")
	require.Contains(t, out, "a second person has to dismiss it, too")
	require.Contains(t, o.done("agents", "explain", guidePerson), "somebody else has to agree")
	require.Contains(t, o.done("--as", "other-operator", "reviews", "dismiss", review.ID, "--reason", "agreed"), "dismissed by olga")
}
