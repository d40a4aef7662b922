// Package lifecycle decides: what a person's mailbox does next, who an account on the platform belongs to, what has to change
// on an account. It holds the values these decisions are made of, and no effects.
package lifecycle

// State is where a person stands with Muster.
type State string

// The lifecycle states. Unknown: nothing has been done for the person yet.
const (
	Unknown           State = "unknown"
	Preparing         State = "preparing"
	WaitingActivation State = "waiting_activation"
	Active            State = "active"
	OnLeave           State = "on_leave"
	Isolating         State = "isolating"
	Draining          State = "draining"
	Deactivated       State = "deactivated"
	Held              State = "held"
	Suspended         State = "suspended"
	Deleting          State = "deleting"
	Deleted           State = "deleted"
	OutOfScope        State = "out_of_scope"
)

// Operation is what can take a person over.
type Operation string

// The operations. None: nothing is going on.
const (
	None        Operation = ""
	Hire        Operation = "hire"
	Transfer    Operation = "transfer"
	Termination Operation = "termination"
	Erasure     Operation = "erasure"
)

// Outcome is the final outcome of an event. An event without one is waiting.
type Outcome string

// The outcomes.
const (
	Waiting           Outcome = "waiting"
	Applied           Outcome = "applied"
	NoChange          Outcome = "no_change"
	Duplicate         Outcome = "duplicate"
	Superseded        Outcome = "superseded"
	Rescinded         Outcome = "rescinded"
	Dismissed         Outcome = "dismissed"
	OutcomeOutOfScope Outcome = "out_of_scope"
	// OutcomeOwnedElsewhere: somebody else owns the account, and nothing was done to it.
	OutcomeOwnedElsewhere Outcome = "owned_elsewhere"
	Rejected              Outcome = "rejected"
)

// ReviewKind says why work is parked for a person to decide.
type ReviewKind string

// The kinds of review.
const (
	ReviewUnmapped         ReviewKind = "unmapped"          // a code that no rule answers
	ReviewIdentity         ReviewKind = "identity"          // an account that may or may not be this person's
	ReviewPlatformRefusal  ReviewKind = "platform_refusal"  // the platform said no for good
	ReviewEventConflict    ReviewKind = "event_conflict"    // one event_id, two contents
	ReviewAmbiguousID      ReviewKind = "ambiguous_id"      // ids that differ only in case
	ReviewActivation       ReviewKind = "activation"        // an activation was rejected
	ReviewEventDefect      ReviewKind = "event_defect"      // a termination that acted in spite of a defect
	ReviewLiveWork         ReviewKind = "live_work"         // conversations that nobody could take from a leaver
	ReviewMissingConstruct ReviewKind = "missing_construct" // the registry names what the platform does not have
	ReviewPurgeStuck       ReviewKind = "purge_stuck"       // a deletion past its point of no return that the platform refuses
	ReviewReposted         ReviewKind = "reposted"          // HR says again what legal has reversed
	ReviewAfterDeletion    ReviewKind = "after_deletion"    // HR tells something of somebody whose account is deleted
	ReviewConflict         ReviewKind = "conflict"          // one field that cannot be applied while the rest was: email, extension, seat
	ReviewRole             ReviewKind = "role"              // a role escalation that was refused
	ReviewGuardRefused     ReviewKind = "guard_refused"     // somebody whom the guard holds and who was not released
	ReviewPutBack          ReviewKind = "put_back"          // what was put back three times and is another way again
	ReviewMissingFromHR    ReviewKind = "missing_from_hr"   // HR's roster did not have the person twice in a row
	ReviewFoundActive      ReviewKind = "found_active"      // a deactivation that a reconciliation asked for was rejected
	ReviewOwnedElsewhere   ReviewKind = "owned_elsewhere"   // an access that has to end, on an account that somebody else owns
)

// ApprovalKind says what is to be approved.
type ApprovalKind string

const (
	// ApprovalActivation asks a team lead whether a prepared account may be joined to its queues. It binds to the plan's digest.
	ApprovalActivation ApprovalKind = "activation"
	// ApprovalRehire asks legal whether somebody who was dismissed may come back (RULES 5). It binds to the employment.
	ApprovalRehire ApprovalKind = "rehire"
	// ApprovalRole asks an approver whether roles that give more rights may be granted (RULES 14). It binds to the roles.
	ApprovalRole ApprovalKind = "role_escalation"
	// ApprovalReversal asks legal whether a dismissal is turned back. It and the next three are about levers of legal's (RULES 8 and 10)
	// and bind to the generation they are about.
	ApprovalReversal ApprovalKind = "reversal"
	// ApprovalExpedite asks whether a leaver's account is deleted without waiting for the deadline.
	ApprovalExpedite ApprovalKind = "expedite"
	// ApprovalErase asks whether what is left of a deleted account is erased for good.
	ApprovalErase ApprovalKind = "erase"
	// ApprovalRestoreDeleted asks whether a deleted account is brought back.
	ApprovalRestoreDeleted ApprovalKind = "restore_deleted"
	// ApprovalTerminate asks whether an account is made inactive that a reconciliation found active although nobody may reach it. It binds
	// to the reconciliation.
	ApprovalTerminate ApprovalKind = "reconciliation_terminate"
	// ApprovalLink asks whether two persons are one and the same (RULES 3). It binds to the one who would be joined.
	ApprovalLink ApprovalKind = "link"
	// ApprovalGuardRelease asks whether somebody passes whom the mass-change guard holds (RULES 9). It binds to what is held.
	ApprovalGuardRelease ApprovalKind = "guard_release"
)
