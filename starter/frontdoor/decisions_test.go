package frontdoor_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/starter/frontdoor"
	"muster/store"
)

// asking opens a house in which one approval is open: otto asks to activate the guides' Jane Doe.
func asking(t *testing.T, requestedBy string) (*house, store.Approval) {
	t.Helper()
	h := open(t)
	h.sent(guideEvent(t))
	var approval store.Approval
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{
			Kind: lifecycle.ApprovalActivation, PlanDigest: "digest", Generation: 1, WorkflowID: "hire/WD-EMP-99284/1",
			RequestedBy: requestedBy, Question: "May the prepared account be joined?",
		})
		return err
	}))
	return h, approval
}

func TestAnApproverDecidesOnceAndTheWaitingWorkflowIsTold(t *testing.T) {
	h, approval := asking(t, "muster")
	listed, err := h.as(viewerToken).Approvals(t.Context(), api.DecisionQuery{State: "open"})
	require.NoError(t, err)
	require.Len(t, listed.Items, 1)
	require.Equal(t, approval.ID, listed.Items[0].ID)

	decided, err := h.as(approverToken).Approve(t.Context(), approval.ID, "seen and fine")
	require.NoError(t, err)
	require.Equal(t, "approved", decided.State)
	require.Equal(t, "ana", decided.DecidedBy)
	require.True(t, decided.ActorVerified)

	require.Len(t, h.bell.announced, 1)
	announced := h.bell.announced[0]
	require.True(t, announced.Approval)
	require.Equal(t, "hire/WD-EMP-99284/1", announced.WorkflowID)
	require.Equal(t, "approve", announced.Decision)
	require.Equal(t, "ana", announced.Actor)
	require.Len(t, h.audited("approval.approve"), 1)

	_, err = h.as(leadToken).Reject(t.Context(), approval.ID, "too late")
	problem := refused(t, err, http.StatusConflict)
	require.Contains(t, problem.Detail, "approved by ana", "the decision that stands is named")
	require.Len(t, h.bell.announced, 1)
}

func TestOfManyWhoDecideAtOnceOneIsFirst(t *testing.T) {
	h, approval := asking(t, "muster")
	var deciding sync.WaitGroup
	results := make(chan error, 20)
	for i := range 20 {
		client := h.as([]string{approverToken, leadToken}[i%2])
		deciding.Go(func() {
			_, err := client.Approve(t.Context(), approval.ID, "")
			results <- err
		})
	}
	deciding.Wait()
	close(results)
	decided := 0
	for err := range results {
		if err == nil {
			decided++
			continue
		}
		refused(t, err, http.StatusConflict)
	}
	require.Equal(t, 1, decided)
}

func TestTheRequesterCannotApprove(t *testing.T) {
	h, approval := asking(t, "ana")
	_, err := h.as(approverToken).Approve(t.Context(), approval.ID, "")
	problem := refused(t, err, http.StatusForbidden)
	require.Contains(t, problem.Detail, "asked for")
	require.Len(t, h.audited("access.refused"), 1)
	require.Empty(t, h.bell.announced)

	_, err = h.as(leadToken).Approve(t.Context(), approval.ID, "")
	require.NoError(t, err)
}

func TestAPersonCannotApproveWhatIsAboutThemselves(t *testing.T) {
	h := open(t, func(options *frontdoor.Options) {
		var err error
		options.Tokens, err = frontdoor.NewTokens(map[string]frontdoor.Actor{
			approverToken: {Name: "Jane.Doe@enterprise.com", Roles: []api.Role{api.RoleApprover}},
			leadToken:     {Name: "wd-emp-99284", Roles: []api.Role{api.RoleApprover}},
		})
		require.NoError(t, err)
	})
	h.sent(guideEvent(t))
	var approval store.Approval
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalActivation, RequestedBy: "muster", Question: "?"})
		return err
	}))
	for _, token := range []string{approverToken, leadToken} {
		_, err := h.as(token).Approve(t.Context(), approval.ID, "")
		problem := refused(t, err, http.StatusForbidden)
		require.Contains(t, problem.Detail, "themselves")
	}
	require.NotContains(t, h.log.String(), "enterprise.com", "addresses stay out of the log")
	undecided, err := h.store.Approval(t.Context(), approval.ID)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalOpen, undecided.State)
}

func TestRejectAndDismissNeedAReason(t *testing.T) {
	h, approval := asking(t, "muster")
	_, err := h.as(approverToken).Reject(t.Context(), approval.ID, "  ")
	problem := refused(t, err, http.StatusUnprocessableEntity)
	require.Equal(t, "body.reason", problem.Errors[0].Field)
	rejected, err := h.as(approverToken).Reject(t.Context(), approval.ID, "not trained yet")
	require.NoError(t, err)
	require.Equal(t, "rejected", rejected.State)
	require.Equal(t, "not trained yet", rejected.Reason)

	review := h.parked()
	_, err = h.as(operatorToken).Dismiss(t.Context(), review.ID, "")
	refused(t, err, http.StatusUnprocessableEntity)
	dismissed, err := h.as(operatorToken).Dismiss(t.Context(), review.ID, "HR sent it by mistake")
	require.NoError(t, err)
	require.Equal(t, "dismissed", dismissed.State)
}

// parked opens a review of the guides' Jane Doe.
func (h *house) parked() store.Review {
	h.t.Helper()
	var review store.Review
	require.NoError(h.t, h.store.WithPerson(h.t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) (err error) {
		review, err = p.OpenReview(store.Review{
			Kind: lifecycle.ReviewUnmapped, Blocking: true, Question: "no rule for skill SVC_VIP", WorkflowID: "hire/WD-EMP-99284/1",
		})
		return err
	}))
	return review
}

func TestAnOperatorRetriesOnceAndTheWaitingWorkflowIsTold(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	review := h.parked()
	_, err := h.as(viewerToken).Retry(t.Context(), review.ID, "")
	refused(t, err, http.StatusForbidden)

	retried, err := h.as(operatorToken).Retry(t.Context(), review.ID, "")
	require.NoError(t, err)
	require.Equal(t, "retried", retried.State)
	require.Equal(t, "otto", retried.DecidedBy)
	require.Len(t, h.bell.announced, 1)
	require.False(t, h.bell.announced[0].Approval)
	require.Equal(t, "retry", h.bell.announced[0].Decision)

	_, err = h.as(operatorToken).Dismiss(t.Context(), review.ID, "no")
	problem := refused(t, err, http.StatusConflict)
	require.Contains(t, problem.Detail, "retried by otto")
	_, err = h.as(operatorToken).Retry(t.Context(), "rev_unknown", "")
	refused(t, err, http.StatusNotFound)
	_, err = h.as(approverToken).Approve(t.Context(), "apr_unknown", "")
	refused(t, err, http.StatusNotFound)
}

func TestADecisionIsOnRecordForTheRelayWhenNoBellRings(t *testing.T) {
	h, approval := asking(t, "muster")
	_, err := h.as(approverToken).Approve(t.Context(), approval.ID, "")
	require.NoError(t, err)
	undelivered, err := h.store.UndeliveredDecisions(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, undelivered, 1)
	require.Equal(t, h.bell.announced[0].ID, undelivered[0].ID)

	explanation, err := h.as(viewerToken).Explain(t.Context(), "WD-EMP-99284")
	require.NoError(t, err)
	require.Len(t, explanation.Blocks, 1)
	require.Contains(t, explanation.Blocks[0].What, "take up approval "+approval.ID+" (approved by ana)")
}

func TestAnOperatorCannotDecideAReviewThatOnlyLegalMaySee(t *testing.T) {
	h := leaving(t, map[string]any{"colour": "red"})
	reviews, err := h.as(legalToken).Reviews(t.Context(), api.DecisionQuery{})
	require.NoError(t, err)
	_, err = h.as(operatorToken).Retry(t.Context(), reviews.Items[0].ID, "")
	refused(t, err, http.StatusNotFound)
}

func TestARehireIsForLegalToApprove(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	var approval store.Approval
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{
			Kind: lifecycle.ApprovalRehire, PlanDigest: "employment", Generation: 1, WorkflowID: "hire/WD-EMP-99284/1", RequestedBy: "muster",
		})
		return err
	}))
	_, err := h.as(approverToken).Approve(t.Context(), approval.ID, "")
	refused(t, err, http.StatusNotFound)
	_, err = h.as(legalToken).Approve(t.Context(), approval.ID, "")
	require.NoError(t, err)
}

func TestTheRoleThatDecidesIsThatOfTheTableOfApprovals(t *testing.T) {
	for _, kind := range []lifecycle.ApprovalKind{
		lifecycle.ApprovalActivation, lifecycle.ApprovalRole, lifecycle.ApprovalLink, lifecycle.ApprovalRehire, lifecycle.ApprovalReversal,
		lifecycle.ApprovalExpedite, lifecycle.ApprovalErase, lifecycle.ApprovalRestoreDeleted, "one of a newer program",
	} {
		want := api.RoleApprover
		if lifecycle.RuleFor(kind).Decider == lifecycle.LegalDecides {
			want = api.RoleLegal
		}
		require.Equal(t, want, api.ApproverOf(string(kind)), kind)
	}
}

func TestRoleEscalationsAreAnApproversAndNeverTheirOwnSubjects(t *testing.T) {
	h := open(t, func(options *frontdoor.Options) {
		var err error
		options.Tokens, err = frontdoor.NewTokens(map[string]frontdoor.Actor{
			approverToken: {Name: "jdoe", PersonID: "default:WD-EMP-99284", Roles: []api.Role{api.RoleApprover}},
			leadToken:     {Name: "lea", Roles: []api.Role{api.RoleApprover}},
			legalToken:    {Name: "lex", Roles: []api.Role{api.RoleLegal}},
		})
		require.NoError(t, err)
	})
	h.sent(guideEvent(t))
	var approval store.Approval
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalRole, RequestedBy: "muster", Question: "May they supervise?"})
		return err
	}))
	for _, token := range []string{approverToken, legalToken} {
		_, err := h.as(token).Approve(t.Context(), approval.ID, "")
		refused(t, err, http.StatusForbidden)
	}
	_, err := h.as(leadToken).Approve(t.Context(), approval.ID, "")
	require.NoError(t, err)
}
