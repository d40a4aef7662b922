package explain

import (
	"strings"

	"muster/api"
	"muster/store"
)

// Review says who can settle an open review and how.
func Review(review api.Review) *api.Block {
	block := reviewBlock(review)
	return &block
}

// Approval says who can settle an open approval and how.
func Approval(approval api.Approval) *api.Block {
	block := approvalBlock(approval)
	return &block
}

// Alert says what an open alert that is about no open review or approval waits for, who can settle it and how. Each closes by
// itself when its cause is gone.
func Alert(alert api.Alert) *api.Block {
	var block api.Block
	if alert.PersonID != "" {
		block.Commands = []string{"musterctl agents explain " + alert.PersonID}
	}
	switch store.AlertKind(alert.Kind) {
	case store.AlertAccessNotCut, store.AlertAccessEscalated:
		block.What = "the account to be read back as unroutable"
		block.Who = "role operator; until then an administrator can take the person out of all queues on the platform"
	case store.AlertOwnedElsewhere:
		block.What = "somebody to end the access where the account is owned, and then to dismiss the review: Muster does not touch the account"
		block.Who = "role operator, with whoever owns the account"
		block.Commands = append(block.Commands, "musterctl reviews list --person "+alert.PersonID)
	case store.AlertRungInVain:
		block.What = "the mailbox to answer: a worker that runs (its /readyz says what it lacks) and Temporal"
		block.Who = "whoever runs the workers and Temporal"
	case store.AlertDeletionDue:
		block.What = "legal to know of the deadline: the account is deleted then"
		block.Who = "role legal, by reversing the termination, moving the deadline or placing a hold; nobody has to do anything"
		block.Commands = append([]string{"musterctl termination show " + alert.PersonID}, block.Commands...)
	case store.AlertGraceSuspended:
		block.What = "somebody to resume the grace: nothing is deleted before"
		block.Who = "role operator or legal"
		block.Commands = append([]string{"musterctl termination resume " + alert.PersonID + " --reason '…'"}, block.Commands...)
	case store.AlertGraceRestarted:
		block.What = "somebody to know that the workflow of a leaver's grace was terminated or lost; it goes on, and nothing is deleted for three days at least"
		block.Who = "whoever runs Temporal; role legal, if the deletion is not wanted"
		block.Commands = append([]string{"musterctl termination show " + alert.PersonID}, block.Commands...)
	case store.AlertApprovalLapsed:
		block.What = "somebody to know that an approval was granted too late: what it was about is not so any more, and nothing was done"
		block.Who = "whoever asked for it, by asking again where it is still wanted"
	case store.AlertPurgeStuck:
		block.What = "the platform to delete an account that it refuses to delete"
		block.Who = "role operator, once an administrator has removed the cause on the platform"
	case store.AlertArchiveFailing:
		block.What = "the leaver's account to be archived: the bucket and the platform are asked again and again, and nothing is deleted before"
		block.Who = "whoever runs the bucket (its address and credentials are the worker's), or role operator, where the platform refuses to be read"
		block.Commands = append([]string{"musterctl termination show " + alert.PersonID}, block.Commands...)
	case store.AlertArchiveDamaged:
		block.What = "somebody to find out what changed the archive in the bucket; it was written anew, and nothing is deleted before it reads back"
		block.Who = "whoever runs the bucket"
	case store.AlertReversalAwaitsHR:
		block.What = "HR to take back the termination that was reversed"
		block.Who = "HR, by an event that says the person stays; role legal, by letting the termination take its course"
	case store.AlertDeltaOpen:
		block.What = "somebody to settle what a reconciliation found and nothing repairs by itself"
		block.Who = "role operator"
		if alert.PersonID == "" {
			block.What = "somebody to say whose account " + alert.SubjectID + " is; it is not touched before"
			block.Commands = []string{
				"musterctl outstanding list", "musterctl outstanding adopt " + alert.SubjectID + " --person ID --reason '…'",
				"musterctl outstanding ignore " + alert.SubjectID + " --reason '…'",
			}
		}
	case store.AlertMappingSubmitted:
		number := strings.TrimPrefix(alert.SubjectID, "version ")
		block.What = "somebody other than its author to look at mapping " + alert.SubjectID + " and to approve or reject it"
		block.Who = "role approver or registry-editor, but not its author"
		block.Commands = []string{
			"musterctl mapping diff " + number, "musterctl mapping simulate --version " + number,
			"musterctl mapping approve " + number + " --reason '…'", "musterctl mapping reject " + number + " --reason '…'",
		}
	case store.AlertMappingSunset:
		block.What = "somebody to know that a rule ends: " + alert.SubjectID
		block.Who = "role registry-editor, by a version with a rule that follows, if one is wanted; at the end a rollout moves everybody by itself"
		block.Commands = []string{"musterctl mapping coverage", "musterctl mapping rollouts list"}
	case store.AlertRolloutHeld:
		block.What = "rollout " + alert.SubjectID + " to reach everybody whom it concerns"
		block.Who = "role operator or registry-editor, by resuming it; whoever runs the workers, where it is not paused"
		block.Commands = []string{"musterctl mapping rollouts show " + alert.SubjectID, "musterctl mapping rollouts resume " + alert.SubjectID + " --reason '…'"}
	case store.AlertApprovalOverdue: // of one that is decided: an open one is explained as an approval
		block.What = "somebody to know that an approval was refused because nobody decided it in time"
		block.Who = "whoever asked for it, by asking again; nobody has to do anything"
	case store.AlertSignatureFailures:
		block.What = "deliveries from " + alert.SubjectID + " to be signed with the secret of their source, or to stop"
		block.Who = "whoever runs the source, or the network"
	case store.AlertSourceSilent:
		block.What = "source " + alert.SubjectID + " to send again"
		block.Who = "whoever runs the HR system"
	case store.AlertDeliveryFailed:
		block.What = "endpoint " + alert.SubjectID + " to answer deliveries with a 2xx status"
		block.Who = "whoever runs the endpoint, or MUSTER_ALERT_URLS_FILE of the starter"
	default:
		block.What = "somebody to look"
		block.Who = "role operator"
	}
	return &block
}
