package frontdoor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

func TestWhoMayDecideAnApprovalIsWhoTheTableOfApprovalsNames(t *testing.T) {
	for _, kind := range []lifecycle.ApprovalKind{
		lifecycle.ApprovalActivation, lifecycle.ApprovalRole, lifecycle.ApprovalLink, lifecycle.ApprovalRehire, lifecycle.ApprovalReversal,
		lifecycle.ApprovalExpedite, lifecycle.ApprovalErase, lifecycle.ApprovalRestoreDeleted, "of a newer program",
	} {
		want := api.RoleApprover
		if lifecycle.RuleFor(kind).Decider == lifecycle.LegalDecides {
			want = api.RoleLegal
		}
		require.Equal(t, want, api.ApproverOf(string(kind)), kind)
	}
}

func TestTheInboxSaysOfAnApprovalRefusedByItsDeadlineThatNobodyHasToDecideIt(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	deadline := time.Now().Add(-time.Minute)
	h.about(func(p *store.PersonTx) error {
		_, err := p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalRole, PlanDigest: "roles", Question: "May they?", Deadline: &deadline})
		return err
	})
	require.NoError(t, h.store.KeepApprovalDeadlines(t.Context(), time.Now()))
	require.Equal(t, []string{"approval_overdue"}, h.raised(approverToken))
	settle := h.inbox(approverToken, api.InboxQuery{}).Items[0].Settle
	require.Contains(t, settle.What, "refused because nobody decided it in time")
	require.NotContains(t, settle.Commands[0], "approvals")
}
