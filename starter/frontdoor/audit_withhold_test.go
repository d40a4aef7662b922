package frontdoor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

// audits is what a token reads of the audit trail about Jane, as text and by row.
func (h *house) audits(token, action string) (rows []api.AuditEntry, text string) {
	h.t.Helper()
	page, err := h.as(token).Audit(h.t.Context(), api.AuditQuery{PersonID: jane, Action: action})
	require.NoError(h.t, err)
	raw, err := json.Marshal(page.Items)
	require.NoError(h.t, err)
	return page.Items, string(raw)
}

func TestAuditorsReadNothingOfATerminationThatIsNotInEffect(t *testing.T) {
	h := leaving(t, map[string]any{"colour": "red"})
	reviews, err := h.as(legalToken).Reviews(t.Context(), api.DecisionQuery{})
	require.NoError(t, err)
	_, err = h.as(legalToken).Dismiss(t.Context(), reviews.Items[0].ID, "a colour is nothing")
	require.NoError(t, err)
	_, err = h.pull(legalToken, api.LeverExpedite)
	refused(t, err, http.StatusConflict)
	asked, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	_, err = h.as(otherLegal).Approve(t.Context(), asked.ApprovalID, "agreed")
	require.NoError(t, err)
	h.change(func(p *store.PersonTx) error {
		return p.Audit(store.AuditFact{Actor: "lex", ActorVerified: true, Action: "termination.reverse"})
	})

	rows, text := h.audits(auditorToken, "")
	for _, secret := range []string{"terminat", "reverse", "approv", "review.", "dismiss", "expedite", asked.ApprovalID, reviews.Items[0].ID} {
		require.NotContains(t, text, secret)
	}
	require.Contains(t, text, `"person.withheld"`, "that something was done is on record")
	_, whole := h.audits(legalAuditor, "")
	require.Contains(t, whole, asked.ApprovalID)
	require.Contains(t, whole, "review.dismissal_asked")
	for _, action := range []string{"termination.", "approval.", "review.", "access.refused", "termination.reverse"} {
		found, _ := h.audits(auditorToken, action)
		require.Empty(t, found, action)
	}
	verdict, err := h.as(auditorToken).VerifyAudit(t.Context())
	require.NoError(t, err)
	require.True(t, verdict.Intact)
	require.NotEmpty(t, rows)
}

func TestAuditorsReadWhatWasDoneAboutATerminationInEffect(t *testing.T) {
	h, _ := gone(t, "INVOLUNTARY")
	_, err := h.pull(legalToken, api.LeverResume)
	refused(t, err, http.StatusConflict)
	asked, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	_, err = h.as(otherLegal).Approve(t.Context(), asked.ApprovalID, "agreed")
	require.NoError(t, err)
	rows, _ := h.audits(auditorToken, "approval.")
	require.Len(t, rows, 1)
	require.Equal(t, "lou", rows[0].Actor)
	rows, _ = h.audits(auditorToken, "access.refused")
	require.Len(t, rows, 1)
}

func TestACursorTellsNothingOfWhatIsHidden(t *testing.T) {
	h, _ := gone(t, "INVOLUNTARY")
	var open []store.Approval
	h.change(func(p *store.PersonTx) error {
		for i := range 6 {
			kind := lifecycle.ApprovalRole
			if i != 1 && i != 3 {
				kind = lifecycle.ApprovalErase
			}
			opened, err := p.OpenApproval(store.Approval{Kind: kind, PlanDigest: fmt.Sprint(i), RequestedBy: "muster"})
			if err != nil {
				return err
			}
			open = append(open, opened)
		}
		return nil
	})
	first, err := h.as(viewerToken).Approvals(t.Context(), api.DecisionQuery{PageQuery: api.PageQuery{Limit: 1}})
	require.NoError(t, err)
	require.Equal(t, open[1].ID, first.Items[0].ID)
	second, err := h.as(viewerToken).Approvals(t.Context(), api.DecisionQuery{PageQuery: api.PageQuery{Limit: 1, Cursor: first.NextCursor}})
	require.NoError(t, err)
	require.Equal(t, open[3].ID, second.Items[0].ID)
	require.Empty(t, second.NextCursor, "nothing visible comes after it")
	for limit := 1; limit <= 7; limit++ {
		seen := 0
		for cursor := ""; ; {
			page, err := h.as(legalToken).Approvals(t.Context(), api.DecisionQuery{PageQuery: api.PageQuery{Limit: limit, Cursor: cursor}})
			require.NoError(t, err)
			require.NotEmpty(t, page.Items)
			seen += len(page.Items)
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		require.Equal(t, 6, seen)
	}
	inbox, err := h.as(viewerToken).Inbox(t.Context(), api.InboxQuery{PageQuery: api.PageQuery{Limit: 2}})
	require.NoError(t, err)
	require.Len(t, inbox.Items, 2)
	require.Empty(t, inbox.NextCursor)
}

func TestAuditorsReadOfHoldsOnWhoeverWorks(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	_, err := h.as(legalToken).PlaceHold(t.Context(), jane, "M-1", "litigation")
	require.NoError(t, err)
	_, text := h.audits(auditorToken, "termination.")
	require.Contains(t, text, `"termination.hold"`)
	require.NotContains(t, text, "litigation")
}
