package frontdoor_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

func (h *house) inbox(token string, query api.InboxQuery) api.Page[api.InboxItem] {
	h.t.Helper()
	page, err := h.as(token).Inbox(h.t.Context(), query)
	require.NoError(h.t, err)
	return page
}

// raised are the kinds in a token's inbox.
func (h *house) raised(token string) []string {
	h.t.Helper()
	kinds := []string{}
	for _, item := range h.inbox(token, api.InboxQuery{}).Items {
		kinds = append(kinds, item.Kind)
	}
	return kinds
}

func (h *house) raise(alert store.Alert) {
	h.t.Helper()
	if alert.Text == "" {
		alert.Text = "Something is wrong."
	}
	require.NoError(h.t, h.store.RaiseAlert(h.t.Context(), alert))
}

// about changes something about the guides' person.
func (h *house) about(change func(p *store.PersonTx) error) {
	h.t.Helper()
	require.NoError(h.t, h.store.WithPerson(h.t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) error { return change(p) }))
}

func TestTheInboxHasEachAlertWithTheCommandThatSettlesIt(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	var review store.Review
	var approval store.Approval
	h.about(func(p *store.PersonTx) (err error) {
		if review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewPlatformRefusal, Question: "the platform said no"}); err != nil {
			return err
		}
		approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalActivation, PlanDigest: "d", Question: "May they?"})
		return err
	})
	h.raise(store.Alert{Kind: store.AlertRungInVain, Severity: store.SeverityCritical, PersonID: "WD-EMP-99284"})
	h.raise(store.Alert{Kind: store.AlertSourceSilent, SubjectID: "WORKDAY"})
	h.raise(store.Alert{Kind: "a_kind_of_tomorrow", Severity: store.SeverityInfo, PersonID: "WD-EMP-99284", SubjectID: "evt_1"})

	for _, token := range []string{viewerToken, operatorToken, approverToken, legalToken, auditorToken} {
		require.Equal(t, []string{"rung_in_vain", "source_silent", "review_opened", "a_kind_of_tomorrow", "approval_requested"}, h.raised(token))
	}
	items := h.inbox(operatorToken, api.InboxQuery{}).Items
	for _, item := range items {
		require.NotNil(t, item.Settle, item.Kind)
		require.NotEmpty(t, item.Settle.What, item.Kind)
		require.NotEmpty(t, item.Settle.Who, item.Kind)
	}
	require.Equal(t, []string{"musterctl agents explain WD-EMP-99284"}, items[0].Settle.Commands)
	require.Contains(t, items[2].Settle.Commands, "musterctl reviews retry "+review.ID)
	require.Contains(t, items[2].Settle.What, "the platform said no")
	require.Contains(t, items[4].Settle.Commands, "musterctl approvals approve "+approval.ID+" --reason '…'")
	require.Equal(t, "/v1/agents/WD-EMP-99284/explain", items[4].Path)
	require.Equal(t, "WD-EMP-99284", h.audited("read.inbox")[0].PersonID)
}

func TestASettledAlertLeavesTheInboxAndIsKept(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	var approval store.Approval
	h.about(func(p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalActivation, PlanDigest: "d", Question: "May they?"})
		return err
	})
	_, err := h.as(approverToken).Approve(t.Context(), approval.ID, "trained")
	require.NoError(t, err)

	require.Empty(t, h.raised(viewerToken))
	closed := h.inbox(viewerToken, api.InboxQuery{State: "closed", PersonID: "WD-EMP-99284"}).Items
	require.Len(t, closed, 1)
	require.Equal(t, "closed", closed[0].State)
	require.NotEmpty(t, closed[0].ClosedWhy)
	require.Nil(t, closed[0].Settle)
	require.Empty(t, h.inbox(viewerToken, api.InboxQuery{State: "closed", PersonID: "WD-EMP-0"}).Items)
}

func TestTheInboxComesPageByPage(t *testing.T) {
	h := open(t)
	for _, source := range []string{"A", "B", "C"} {
		h.raise(store.Alert{Kind: store.AlertSourceSilent, SubjectID: source})
	}
	first := h.inbox(viewerToken, api.InboxQuery{PageQuery: api.PageQuery{Limit: 2}})
	second := h.inbox(viewerToken, api.InboxQuery{PageQuery: api.PageQuery{Limit: 2, Cursor: first.NextCursor}})
	require.Equal(t, []string{"C", "B", "A"}, []string{first.Items[0].SubjectID, first.Items[1].SubjectID, second.Items[0].SubjectID})
	require.Empty(t, second.NextCursor)

	_, err := h.as(viewerToken).Inbox(t.Context(), api.InboxQuery{PageQuery: api.PageQuery{Cursor: "bm8"}})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(ingestToken).Inbox(t.Context(), api.InboxQuery{})
	refused(t, err, http.StatusForbidden)
}

func TestAnAlertAboutAPlannedTerminationIsForLegal(t *testing.T) {
	h := leaving(t, map[string]any{"colour": "red"}) // a defect, so a review
	h.raise(store.Alert{Kind: "a_kind_of_tomorrow", PersonID: "WD-EMP-99284", SubjectID: "evt_leave"})
	h.raise(store.Alert{Kind: "another", PersonID: "WD-EMP-99284", Text: "It is about evt_leave."})
	for _, token := range []string{viewerToken, operatorToken, approverToken, auditorToken} {
		require.Empty(t, h.raised(token))
	}
	require.Len(t, h.raised(legalToken), 3)

	h.clock.set(lastDay.AddDate(0, 0, 2))
	require.Len(t, h.raised(operatorToken), 3, "it is in effect")
}

func TestAnAlertAboutARehireIsForLegalAndAuditors(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	late := h.clock.Now().Add(-time.Hour)
	h.about(func(p *store.PersonTx) error {
		_, err := p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalRehire, PlanDigest: "employment", Question: "May they?", Deadline: &late})
		return err
	})
	require.NoError(t, h.store.KeepApprovalDeadlines(t.Context(), time.Now()))
	for _, token := range []string{viewerToken, operatorToken, approverToken} {
		require.Empty(t, h.raised(token))
	}
	for _, token := range []string{legalToken, auditorToken} {
		require.Equal(t, []string{"approval_overdue", "approval_requested"}, h.raised(token))
	}
	require.Contains(t, h.inbox(legalToken, api.InboxQuery{}).Items[0].Settle.Commands[0], "musterctl --as legal approvals approve")
}

// What goes to outside systems is seen by whoever reads there: nothing in it may tell a planned termination from anything else.
func TestNoAlertTellsWhatAReviewOrAnApprovalIsAbout(t *testing.T) {
	h := leaving(t, map[string]any{"colour": "red"})
	h.about(func(p *store.PersonTx) error {
		_, err := p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalRehire, PlanDigest: "employment", Question: "May they?"})
		return err
	})
	alerts, _, err := h.store.Alerts(t.Context(), store.AlertFilter{})
	require.NoError(t, err)
	require.Len(t, alerts, 2)
	text, err := json.Marshal(alerts)
	require.NoError(t, err)
	for _, secret := range []string{"evt_leave", "defect", "ermina", "rehire", "INVOLUNTARY", "2031", "Jane", "@"} {
		require.NotContains(t, string(text), secret)
	}
}

func TestRepeatedSignatureFailuresFromOneAddressAreAnAlert(t *testing.T) {
	h := open(t)
	stranger := "whsec_c3RyYW5nZXItc2VjcmV0LTAwMDAwMDAx"
	attempt := func(times int) {
		for range times {
			_, err := h.as("").SendSignedEvents(t.Context(), stranger, "msg_1", []byte(guideEvent(t)))
			refused(t, err, http.StatusUnauthorized)
		}
	}
	attempt(9)
	require.Empty(t, h.raised(viewerToken))
	attempt(5)
	items := h.inbox(viewerToken, api.InboxQuery{}).Items
	require.Len(t, items, 1)
	require.Equal(t, "signature_failures", items[0].Kind)
	require.Equal(t, "127.0.0.1", items[0].SubjectID)
	require.Contains(t, items[0].Settle.What, "127.0.0.1")
}

func TestAFailureToRaiseAnAlertDoesNotChangeTheAnswer(t *testing.T) {
	h := open(t)
	h.store.Close()
	for range 10 {
		_, err := h.as("").SendSignedEvents(t.Context(), "whsec_c3RyYW5nZXItc2VjcmV0LTAwMDAwMDAx", "msg_1", []byte(guideEvent(t)))
		refused(t, err, http.StatusUnauthorized)
	}
	require.Contains(t, h.log.String(), "could not raise an alert")
}
