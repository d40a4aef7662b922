package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

func TestTheInboxShowsWhatWaitsAndTheCommandThatSettlesIt(t *testing.T) {
	o := openOffice(t)
	require.Contains(t, o.done("inbox"), "none")
	o.done("events", "send", guideEvent)
	var review store.Review
	require.NoError(t, o.store.WithPerson(t.Context(), guidePerson, func(_ context.Context, p *store.PersonTx) (err error) {
		review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewUnmapped, Question: "what is SVC_VIP?"})
		return err
	}))
	require.NoError(t, o.store.RaiseAlert(t.Context(), store.Alert{
		Kind: store.AlertSourceSilent, Severity: store.SeverityCritical, SubjectID: "WORKDAY", Text: "Silent.",
	}))

	out := o.done("inbox")
	require.Regexp(t, `(?s)critical.*source_silent.*WORKDAY.*whoever runs the HR system.*warning.*review_opened.*`+guidePerson, out)
	require.Contains(t, out, "what is SVC_VIP?")
	require.Contains(t, out, "musterctl reviews retry "+review.ID)
	items := answer[api.Page[api.InboxItem]](o, "inbox", "--person", guidePerson).Items
	require.Len(t, items, 1)
	require.Equal(t, review.ID, items[0].SubjectID)
	require.NotEmpty(t, items[0].Settle.Commands)

	o.done("reviews", "retry", review.ID)
	require.NotContains(t, o.done("inbox"), review.ID)
	require.Contains(t, o.done("inbox", "--state", "closed"), "closed 2")
	require.Equal(t, exitRefused, o.run("inbox", "--state", "ajar").code)
}
