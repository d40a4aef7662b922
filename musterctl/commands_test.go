package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

func TestEveryExitCodeMeansOneThing(t *testing.T) {
	o := openOffice(t)
	tests := map[string]struct {
		arguments []string
		variables map[string]string
		code      int
	}{
		"done":              {[]string{"agents", "list"}, nil, exitDone},
		"help":              {[]string{"--help"}, nil, exitDone},
		"refused":           {[]string{"events", "send", "rejected.json"}, nil, exitRefused},
		"no command":        {[]string{"agents"}, nil, exitUsage},
		"unknown command":   {[]string{"agent", "list"}, nil, exitUsage},
		"unknown flag":      {[]string{"agents", "list", "--colour"}, nil, exitUsage},
		"a token as a flag": {[]string{"agents", "list", "--token", "x"}, nil, exitUsage},
		"missing argument":  {[]string{"agents", "show"}, nil, exitUsage},
		"unknown output":    {[]string{"agents", "list", "-o", "xml"}, nil, exitUsage},
		"no such file":      {[]string{"events", "send", "none.json"}, nil, exitUsage},
		"no reason":         {[]string{"approvals", "reject", "apr_1"}, nil, exitUsage},
		"an odd server":     {[]string{"agents", "list"}, map[string]string{"MUSTER_SERVER": "localhost"}, exitUsage},
		"not found":         {[]string{"agents", "show", "P-0"}, nil, exitNotFound},
		"no such event":     {[]string{"events", "show", "evt_0"}, nil, exitNotFound},
		"no token":          {[]string{"agents", "list"}, map[string]string{"MUSTER_SERVER": o.url}, exitUnauthorised},
		"wrong role": {
			[]string{"audit", "verify"}, map[string]string{"MUSTER_SERVER": o.url, "MUSTER_TOKEN": "a-token-for-the-role-viewer"}, exitUnauthorised,
		},
		"unreachable": {[]string{"agents", "list"}, map[string]string{"MUSTER_SERVER": "http://127.0.0.1:1"}, exitUnreachable},
	}
	rejected := filepath.Join(t.TempDir(), "rejected.json")
	require.NoError(t, os.WriteFile(rejected, []byte(`{"event_id":"evt_1"}`), 0o600))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o.variables = test.variables
			for i, argument := range test.arguments {
				if argument == "rejected.json" {
					test.arguments[i] = rejected
				}
			}
			got := o.run(test.arguments...)
			require.Equal(t, test.code, got.code, "%s", got.errors)
			if test.code == exitDone {
				require.Empty(t, got.errors)
			} else {
				require.True(t, strings.HasPrefix(got.errors, "musterctl: "), got.errors)
				require.Empty(t, got.out)
			}
		})
	}
}

func TestAnEventIsSentByTokenOrSignature(t *testing.T) {
	o := openOffice(t)
	out := o.done("events", "send", guideEvent, "--secret-source", "WORKDAY")
	require.Contains(t, out, guideID)
	require.Contains(t, out, "accepted")
	require.Equal(t, []string{""}, o.authorizations, "a signature needs no token")

	content, err := os.ReadFile(guideEvent)
	require.NoError(t, err)
	got := o.pipe(string(content), "events", "send")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.out, "duplicate")
	require.Equal(t, "Bearer a-token-for-the-role-ingest", o.authorizations[1])

	require.Equal(t, exitUsage, o.run("events", "send", guideEvent, "--secret-source", "PAYROLL").code)
	o.variables["MUSTER_WEBHOOK_SECRET"] = "whsec_c3RyYW5nZXItc2VjcmV0LTAwMDAwMDAx"
	require.Equal(t, exitUnauthorised, o.run("events", "send", guideEvent, "--secret-source", "WORKDAY").code)
}

func TestABatchWithARejectedEventShowsAllAndFails(t *testing.T) {
	o := openOffice(t)
	content, err := os.ReadFile(guideEvent)
	require.NoError(t, err)
	got := o.pipe(`{"events":[`+string(content)+`,{"event_id":"evt_bad"}]}`, "events", "send", "-")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.out, "accepted")
	require.Contains(t, got.out, "evt_bad")
	require.Contains(t, got.out, "payload")
	require.Empty(t, got.errors, "the table has said it")
}

func TestWhereAPersonStandsIsShownForPeopleAndForPrograms(t *testing.T) {
	o := openOffice(t)
	o.done("events", "send", guideEvent)
	require.Contains(t, o.done("agents", "list"), "Jane Doe")
	require.Contains(t, o.done("agents", "list", "--state", "active"), "none")
	require.Contains(t, o.done("agents", "find", "enterprise.com"), guidePerson)
	require.Contains(t, o.done("agents", "show", guidePerson), "agent/"+guidePerson)
	require.Contains(t, o.done("agents", "timeline", guidePerson), "event.received")
	require.Contains(t, o.done("agents", "explain", guidePerson), "nothing has been done on the platform yet")
	require.Contains(t, o.done("events", "show", guideID), "waiting")

	require.Len(t, answer[api.Page[api.Agent]](o, "agents", "list").Items, 1)
	require.Equal(t, guidePerson, answer[api.Agent](o, "agents", "show", guidePerson).PersonID)
	require.NotEmpty(t, answer[api.Page[api.TimelineEntry]](o, "agents", "timeline", guidePerson).Items)
	require.NotEmpty(t, answer[api.Explanation](o, "agents", "explain", guidePerson).Sentences)
	require.Equal(t, guideID, answer[api.Event](o, "events", "show", guideID).EventID)
}

func TestAListNamesTheCursorOfItsNextPage(t *testing.T) {
	o := openOffice(t)
	content, err := os.ReadFile(guideEvent)
	require.NoError(t, err)
	second := strings.NewReplacer(guideID, "evt_2", guidePerson, "WD-EMP-99285").Replace(string(content))
	o.pipe(`{"events":[`+string(content)+`,`+second+`]}`, "events", "send")
	got := o.run("agents", "list", "--limit", "1")
	require.Contains(t, got.out, guidePerson)
	_, cursor, found := strings.Cut(strings.TrimSpace(got.errors), "more: --cursor ")
	require.True(t, found, got.errors)
	got = o.run("agents", "list", "--limit", "1", "--cursor", cursor)
	require.Contains(t, got.out, "WD-EMP-99285")
	require.Empty(t, got.errors)
}

// ask opens an approval and a review of the guides' person.
func (o *office) ask() (approval store.Approval, review store.Review) {
	o.t.Helper()
	o.done("events", "send", guideEvent)
	require.NoError(o.t, o.store.WithPerson(o.t.Context(), guidePerson, func(_ context.Context, p *store.PersonTx) (err error) {
		if approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalActivation, Question: "May the account be joined?"}); err != nil {
			return err
		}
		review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewUnmapped, Blocking: true, Question: "no rule for skill SVC_VIP"})
		return err
	}))
	return approval, review
}

func TestDecisionsAreListedAndTakenOnce(t *testing.T) {
	o := openOffice(t)
	approval, review := o.ask()
	require.Contains(t, o.done("approvals", "list"), approval.ID)
	require.Contains(t, o.done("reviews", "list"), "SVC_VIP")

	require.Contains(t, o.done("approvals", "approve", approval.ID, "--as", "team-lead"), "approved by lea")
	require.Contains(t, o.done("approvals", "list"), "none", "what is open, unless told otherwise")
	require.Contains(t, o.done("approvals", "list", "--state", ""), "approved")
	got := o.run("approvals", "reject", approval.ID, "--reason", "too late")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "approved by lea")

	dismissed := answer[api.Review](o, "reviews", "dismiss", review.ID, "--reason", "sent by mistake")
	require.Equal(t, "dismissed", dismissed.State)
	require.Equal(t, "sent by mistake", dismissed.Reason)
	require.Equal(t, exitNotFound, o.run("reviews", "retry", "rev_none").code)
}

func TestABrokenAuditTrailFails(t *testing.T) {
	o := openOffice(t)
	o.ask()
	o.done("agents", "show", guidePerson)
	_, err := o.store.SealAudit(t.Context())
	require.NoError(t, err)
	out := o.done("audit", "verify")
	require.Contains(t, out, "intact: ")
	_, head, found := strings.Cut(strings.TrimSpace(out), "head: ")
	require.True(t, found)
	require.Contains(t, o.done("audit", "verify", "--expect-head", head), "found at position")
	other := o.run("audit", "verify", "--expect-head", strings.Repeat("0", 64))
	require.Equal(t, exitRefused, other.code)
	require.Contains(t, other.out, "NOT INTACT: ")
	require.NotContains(t, other.out, "position 0")
	require.Equal(t, exitUsage, o.run("audit", "verify", "--expect-head", "").code, "an empty variable must not pass for a check")

	owner, err := pgx.Connect(t.Context(), o.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, owner.Close(context.Background())) }()
	_, err = owner.Exec(t.Context(), `alter table audit disable trigger append_only; update audit set actor = 'nobody' where id = 1`)
	require.NoError(t, err)
	got := o.run("audit", "verify")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.out, "BROKEN at position 1")
}

func TestTheShellIsOfferedIDs(t *testing.T) {
	o := openOffice(t)
	approval, review := o.ask()
	require.Contains(t, o.done("__complete", "approvals", "approve", ""), approval.ID+"\tactivation for "+guidePerson)
	require.Contains(t, o.done("__complete", "reviews", "retry", ""), review.ID+"\tunmapped for "+guidePerson)
	require.Contains(t, o.done("__complete", "agents", "show", "WD"), guidePerson)
	require.NotContains(t, o.done("__complete", "agents", "show", guidePerson, ""), guidePerson+"\t", "one id is enough")
	o.variables["MUSTER_SERVER"] = "http://127.0.0.1:1"
	require.Equal(t, exitDone, o.run("__complete", "agents", "show", "").code, "a shell cannot show an error")
}
