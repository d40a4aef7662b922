package explain

import (
	"encoding/json"
	"fmt"

	"muster/api"
	"muster/lifecycle"
	"muster/names"
)

// The states of approvals and reviews that wait for a person.
const stateOpen = "open"

// blocks lists what keeps work waiting: approvals first, then reviews that block, then other open reviews.
func blocks(s Situation) []api.Block {
	found := []api.Block{}
	for _, approval := range s.Approvals {
		found = append(found, approvalBlock(approval))
	}
	for _, blocking := range []bool{true, false} {
		for _, review := range s.Reviews {
			if review.Blocking == blocking {
				found = append(found, reviewBlock(review))
			}
		}
	}
	return found
}

func approvalBlock(approval api.Approval) api.Block {
	if approval.State != stateOpen {
		return api.Block{What: fmt.Sprintf("its workflow to take up approval %s (%s by %s)", approval.ID, approval.State, approval.DecidedBy)}
	}
	role, as := api.ApproverOf(approval.Kind), ""
	if role != api.RoleApprover {
		as = "--as " + string(role) + " "
	}
	block := api.Block{
		What:  fmt.Sprintf("approval %s (%s): %s", approval.ID, approval.Kind, approval.Question),
		Until: approval.Deadline,
		Who:   fmt.Sprintf("role %s, other than the requester and the person", role),
		Commands: []string{
			fmt.Sprintf("musterctl %sapprovals approve %s --reason '…'", as, approval.ID),
			fmt.Sprintf("musterctl %sapprovals reject %s --reason '…'", as, approval.ID),
		},
	}
	if lifecycle.ApprovalKind(approval.Kind) == lifecycle.ApprovalGuardRelease {
		block.Who += "; not whoever set the guard's limits"
		block.Commands = append(block.Commands, "musterctl guard list, for everybody whom the guard holds")
	}
	if lifecycle.ApprovalKind(approval.Kind) == lifecycle.ApprovalActivation {
		// What gives rights or access back, or destroys, needs an authenticated actor: no bare signal.
		block.Signal = signalTo(approval.WorkflowID, names.SignalApprovalDecision, names.ApprovalDecision{
			ApprovalID: approval.ID, Decision: names.DecisionApprove, Actor: "your name", Reason: "why",
		})
	}
	return block
}

func reviewBlock(review api.Review) api.Block {
	if review.State != stateOpen {
		return api.Block{What: fmt.Sprintf("its workflow to take up review %s (%s by %s)", review.ID, review.State, review.DecidedBy)}
	}
	role := api.ReviewersOf(review.Kind)[0]
	as, why := "", ""
	if role != api.RoleOperator {
		as, why = "--as "+string(role)+" ", " --reason '…'"
	}
	block := api.Block{
		What: fmt.Sprintf("review %s (%s): %s", review.ID, review.Kind, review.Question),
		Who:  "role " + string(role),
		Commands: []string{
			fmt.Sprintf("musterctl %sreviews retry %s%s", as, review.ID, why),
			fmt.Sprintf("musterctl %sreviews dismiss %s --reason '…'", as, review.ID),
		},
		Signal: signalTo(review.WorkflowID, names.SignalReviewDecision, names.ReviewDecision{
			ReviewID: review.ID, Decision: names.DecisionRetry, Actor: "your name", Reason: "why",
		}),
	}
	if review.TwoPersons {
		block.Who += "; two persons to dismiss it, the second not the one who had it tried again last"
	}
	if review.DismissalAsked != nil {
		block.Who = fmt.Sprintf("role %s; %s asked at %s to dismiss it, and somebody else has to agree",
			role, review.DismissalAsked.By, moment(review.DismissalAsked.At))
	}
	if role == api.RoleLegal {
		block.Signal = nil // nobody knows who sends a bare signal
	}
	switch lifecycle.ReviewKind(review.Kind) {
	case lifecycle.ReviewUnmapped, lifecycle.ReviewMissingConstruct:
		block.Who = "role registry-editor by a mapping version that answers (work then goes on by itself), or role operator"
		block.Commands = append([]string{"musterctl mapping submit FILE --reason '…'"}, block.Commands...)
	default:
	}
	return block
}

// signalTo is nil where no workflow waits for the signal.
func signalTo(workflowID, name string, input any) *api.Signal {
	if workflowID == "" {
		return nil
	}
	text, err := json.Marshal(input)
	if err != nil { // a struct of strings always has JSON
		return nil
	}
	return &api.Signal{WorkflowID: workflowID, Name: name, Input: string(text)}
}
