package lifecycle

import (
	"time"

	"muster/names"
)

// What workflows ask of activities and what these answer. All of it ends up in Temporal's history: ids, codes, digests and
// times only.

// DecideInput asks what the mailbox of a person does next.
type DecideInput struct {
	PersonID string `json:"person_id"`
	// Now is the workflow's time.
	Now     time.Time `json:"now"`
	Running Operation `json:"running,omitempty"`
}

// DecideResult is the committed decision: a new generation has already taken the person over when Do is Start or TakeOver.
type DecideResult struct {
	Do             Action    `json:"do"`
	Operation      Operation `json:"operation,omitempty"`
	Generation     int64     `json:"generation,omitempty"`
	Wake           time.Time `json:"wake,omitzero"`
	Because        string    `json:"because,omitempty"`
	ExternalUserID string    `json:"external_user_id,omitempty"`
	Platform       string    `json:"platform,omitempty"`
	// RingGrace is the workflow of a grace that has changed, or of a termination that was taken over while the guard held it: it has to look
	// again; empty if there is none.
	RingGrace string `json:"ring_grace,omitempty"`
}

// TerminationInput starts a Termination, or goes on with one whose account is in grace.
type TerminationInput struct {
	OperationInput
	InGrace bool `json:"in_grace,omitempty"`
	// Cancelled: somebody cancelled the workflow before the grace began, which suspends the grace.
	Cancelled bool `json:"cancelled,omitempty"`
}

// OperationInput starts a Hire, Transfer or Termination under a generation.
type OperationInput struct {
	PersonID   string `json:"person_id"`
	Generation int64  `json:"generation"`
}

// OperationResult is how an operation ended.
type OperationResult struct {
	Ended Ended `json:"ended"`
}

// Ended is the way an operation came to its end.
type Ended string

// The ends of an operation.
const (
	// Done: the account was read back as planned.
	Done Ended = "done"
	// Adopted: the account was found active and linked; a Transfer brings it up to date.
	Adopted Ended = "adopted"
	// EndedDismissed: a person decided not to do it.
	EndedDismissed Ended = "dismissed"
	// EndedFenced: a newer operation took the person over.
	EndedFenced Ended = "fenced"
	// Moot: HR no longer wants what the operation was to bring about.
	Moot Ended = "moot"
	// TurnedBack: a grace ended because legal reversed the termination or the person came back.
	TurnedBack Ended = "turned_back"
	// EndedDeleted: the account was deleted and read back.
	EndedDeleted Ended = "deleted"
)

// GraceInput asks what happens to a leaver's account now.
type GraceInput struct {
	OperationInput
	// Now is the workflow's time.
	Now time.Time `json:"now"`
	// Cancelled: somebody cancelled the workflow, which suspends the grace.
	Cancelled bool `json:"cancelled,omitempty"`
}

// GraceResult is the committed decision about a grace.
type GraceResult struct {
	Do       GraceAction `json:"do"`
	State    State       `json:"state,omitempty"`
	Wake     time.Time   `json:"wake,omitzero"`
	Deadline time.Time   `json:"deadline,omitzero"`
	Because  string      `json:"because,omitempty"`
	// Expedited: legal approved that the deadline is not waited for.
	Expedited bool `json:"expedited,omitempty"`
	// Attention: somebody is needed.
	Attention bool `json:"attention,omitempty"`
	// Archived: an archive was read back. Deleted: the account is deleted.
	Archived bool `json:"archived,omitempty"`
	Deleted  bool `json:"deleted,omitempty"`
}

// LeverSignalInput hands a bare signal about a lever to the record.
type LeverSignalInput struct {
	OperationInput
	Lever  Lever             `json:"lever"`
	Signal names.LeverSignal `json:"signal"`
	// Readable: the payload could be decoded.
	Readable bool      `json:"readable"`
	Now      time.Time `json:"now"`
}

// EraseResult is how an attempt to erase ended.
type EraseResult struct {
	OperationResult
	// Refused is the review about an erasure that the platform refuses, which has not ended.
	Refused *Parked `json:"refused,omitempty"`
}

// ArchiveResult is what was archived.
type ArchiveResult struct {
	Conversations int `json:"conversations"`
}

// DeleteResult is how an attempt to delete ended.
type DeleteResult struct {
	// Refused: it may not be deleted now, and why; nothing was done.
	Refused string `json:"refused,omitempty"`
	// ReviewID is the review about a deletion that the platform refuses.
	ReviewID string `json:"review_id,omitempty"`
	// Guard: nothing was done, since the guard holds the deletion.
	Guard *Guarded `json:"guard,omitempty"`
}

// PlanInput asks for the plan of an operation.
type PlanInput struct {
	OperationInput
	Operation Operation `json:"operation"`
	// Now is the workflow's time.
	Now time.Time `json:"now"`
}

// PlanResult is a stored plan. Review is set when the registry cannot answer for all of it.
type PlanResult struct {
	Digest         string   `json:"digest"`
	MappingVersion int      `json:"mapping_version"`
	Events         []string `json:"events,omitempty"`
	// Moot: what the operation was to bring about is not wanted any more. MootBecause says why where HR's word is not the reason.
	Moot            bool    `json:"moot,omitempty"`
	MootBecause     string  `json:"moot_because,omitempty"`
	Review          *Parked `json:"review,omitempty"`
	NeedsActivation bool    `json:"needs_activation,omitempty"`
	// Rehire is what an approval of kind rehire has to be bound to; empty when none is needed.
	Rehire           string        `json:"rehire,omitempty"`
	ApprovalDeadline time.Duration `json:"approval_deadline,omitempty"`
	DrainWindow      time.Duration `json:"drain_window,omitempty"`
	// HandOverWindow is zero in plans made by a registry that had no such policy.
	HandOverWindow time.Duration `json:"hand_over_window,omitempty"`
	// SkipDrain: the person was dismissed and loses access at once.
	SkipDrain bool `json:"skip_drain,omitempty"`
	// Confirm is what an approval of kind reconciliation_terminate has to be bound to before the account is made inactive; empty: none is
	// needed.
	Confirm string `json:"confirm,omitempty"`
	Resting State  `json:"resting,omitempty"`
	// Underway is for how long the operation has had the person, under earlier generations too where it was interrupted.
	Underway time.Duration `json:"underway,omitempty"`
}

// PhaseInput asks an activity to carry out one phase of a plan.
type PhaseInput struct {
	OperationInput
	Operation Operation `json:"operation"`
	Digest    string    `json:"digest"`
}

// GuardedInput asks for a phase that the mass-change guard stands before.
type GuardedInput struct {
	PhaseInput
	// Now is the workflow's time.
	Now time.Time `json:"now"`
	// Refused is the approval whose refusal somebody wants looked at again; empty: none.
	Refused string `json:"refused,omitempty"`
}

// DeactivateInput asks to make an account inactive.
type DeactivateInput struct {
	GuardedInput
	// OnlyCut: it is not asked for; whoever has joined a queue again while the guard holds them is isolated again.
	OnlyCut bool `json:"only_cut,omitempty"`
}

// IdentityResult is the account that is the person's.
type IdentityResult struct {
	// Guard: no account was created, since the guard holds the person.
	Guard     *Guarded `json:"guard,omitempty"`
	Claim     Claim    `json:"claim"`
	AccountID string   `json:"account_id"`
	// Incomplete: it was created without a field that the platform refused, so what it holds has to be read.
	Incomplete bool `json:"incomplete,omitempty"`
}

// PhaseResult is what a phase did.
type PhaseResult struct {
	// Changed names the parts of the account that were changed; "nothing" when it already was as planned.
	Changed string `json:"changed,omitempty"`
	// Writes counts the platform writes.
	Writes int `json:"writes,omitempty"`
	// Grace: the deactivated account is in grace; it is to be deleted after a time.
	Grace bool `json:"grace,omitempty"`
	// Gate says why activation needs approval although no policy asks for it (a zone that does not fit the work plan).
	Gate string `json:"gate,omitempty"`
	// HeldUp are the fields that could not be applied while the rest was.
	HeldUp []Field `json:"held_up,omitempty"`
	// Guard: nothing was done, since the guard holds the person.
	Guard *Guarded `json:"guard,omitempty"`
}

// ParkInput opens a review for what an operation could not do.
type ParkInput struct {
	PhaseInput
	Kind     ReviewKind        `json:"kind"`
	Question string            `json:"question"`
	Detail   map[string]string `json:"detail,omitempty"`
}

// Parked names an open review.
type Parked struct {
	ReviewID string     `json:"review_id"`
	Kind     ReviewKind `json:"kind"`
	Question string     `json:"question"`
}

// TakeReviewInput hands a decision signal about a review to the record, or, without a signal, asks whether one was recorded.
type TakeReviewInput struct {
	PhaseInput
	ReviewID string                `json:"review_id"`
	Signal   *names.ReviewDecision `json:"signal,omitempty"`
	// Early: the signal was sent before the question was asked; it counts only if it names the review.
	Early bool `json:"early,omitempty"`
	// Several: more than one is open; the signal counts only if it names the review.
	Several bool `json:"several,omitempty"`
}

// TakeApprovalInput is TakeReviewInput for an approval.
type TakeApprovalInput struct {
	PhaseInput
	ApprovalID string                  `json:"approval_id"`
	Signal     *names.ApprovalDecision `json:"signal,omitempty"`
	// Early and Several: see TakeReviewInput.
	Early   bool `json:"early,omitempty"`
	Several bool `json:"several,omitempty"`
	// Overdue: the deadline has passed; where nobody has decided, the kind's default takes effect.
	Overdue bool `json:"overdue,omitempty"`
}

// Decided is what the record says about a review or an approval: Decision is empty while it is open.
type Decided struct {
	Decision string `json:"decision,omitempty"`
	// Refused says why a signal was not accepted.
	Refused string `json:"refused,omitempty"`
}

// OpenApprovalInput opens the approval of a phase.
type OpenApprovalInput struct {
	PhaseInput
	Kind ApprovalKind `json:"kind"`
	// Binds is what is approved: a granted approval counts for whatever binds to the same.
	Binds    string    `json:"binds"`
	Question string    `json:"question"`
	Deadline time.Time `json:"deadline"`
}

// OpenedApproval is an approval that is open or, with an equal plan, already decided.
type OpenedApproval struct {
	ApprovalID string    `json:"approval_id"`
	Decision   string    `json:"decision,omitempty"`
	Deadline   time.Time `json:"deadline,omitzero"`
}

// AttentionInput records that something needs a person's attention.
type AttentionInput struct {
	PhaseInput
	Text string `json:"text"`
	// NotCut: an access that ends is not read back unroutable in time; Escalated: nor after a quarter of an hour.
	NotCut    bool `json:"not_cut,omitempty"`
	Escalated bool `json:"escalated,omitempty"`
	// NotArchived: a leaver's account could not be archived for an hour, or by the deadline.
	NotArchived bool `json:"not_archived,omitempty"`
}

// DrainInput waits for a leaver's running conversations.
type DrainInput struct {
	PhaseInput
	Window time.Duration `json:"window"`
	// Training: the leaver was in a training when the isolation began (IsolateResult.Training).
	Training bool `json:"training,omitempty"`
}

// DrainResult is how a drain ended.
type DrainResult struct {
	// Live is how many conversations were still running when the window ended; 0 when all had ended.
	Live int `json:"live"`
	// Polls counts the reads, Isolations how often the agent had joined again and was isolated anew.
	Polls      int `json:"polls"`
	Isolations int `json:"isolations,omitempty"`
	// Dismissed: HR turned the leaving into a dismissal meanwhile.
	Dismissed bool `json:"dismissed,omitempty"`
}

// IsolateResult is what an isolation found.
type IsolateResult struct {
	// NoAccount: the person has no account on the platform.
	NoAccount bool `json:"no_account,omitempty"`
	Live      int  `json:"live"`
	// Training: the agent was in a training, which counts as live work and is not cut short (RULES 12).
	Training bool `json:"training,omitempty"`
	// Guard: nothing was done, since the hard stop holds the person.
	Guard *Guarded `json:"guard,omitempty"`
}

// FinishInput closes an operation that ends without its last phase having done so.
type FinishInput struct {
	PhaseInput
	Ended  Ended  `json:"ended"`
	Reason string `json:"reason,omitempty"`
}

// Refusal is the detail of a NeedsReview error: what a person has to decide.
type Refusal struct {
	Kind     ReviewKind        `json:"kind"`
	Question string            `json:"question"`
	Detail   map[string]string `json:"detail,omitempty"`
}

// EntitlementsInput asks to prepare an account. Fresh: it was created a moment ago by this operation.
type EntitlementsInput struct {
	PhaseInput
	AccountID string `json:"account_id"`
	Fresh     bool   `json:"fresh,omitempty"`
}

// JoinInput asks to join. Approved: an approval was asked for although the plan's policies do not ask for one.
type JoinInput struct {
	PhaseInput
	Approved bool `json:"approved,omitempty"`
	// HeldUp are the fields that could not be applied: a Transfer takes them up once the person is active.
	HeldUp []Field `json:"held_up,omitempty"`
}

// HandOverInput asks to hand over what a leaver still has in hands, within a window.
type HandOverInput struct {
	PhaseInput
	Window time.Duration `json:"window"`
}

// HandOverResult is what became of the conversations that outlasted the drain.
type HandOverResult struct {
	ToQueue int `json:"to_queue,omitempty"`
	ToAgent int `json:"to_agent,omitempty"`
	// ToSupervisor went to supervisors of the queue other than the manager.
	ToSupervisor int `json:"to_supervisor,omitempty"`
	WrappedUp    int `json:"wrapped_up,omitempty"`
	// Left are those still with the leaver: nobody could take them, or the platform does not show it yet.
	Left int `json:"left,omitempty"`
}

// NothingChanged is what PhaseResult.Changed says of an account that already was as planned.
const NothingChanged = "nothing"

// ChangeInput asks to bring an active account to the plan. What an earlier try of the same operation left over is in it.
type ChangeInput struct {
	PhaseInput
	// Now is the workflow's time.
	Now time.Time `json:"now"`
	// Again: an earlier try came to its end, and something waited; Changed: it changed something.
	Again   bool `json:"again,omitempty"`
	Changed bool `json:"changed,omitempty"`
	// Unjoined are the queues that the account was made a member of and not joined to.
	Unjoined []string `json:"unjoined,omitempty"`
}

// ChangeResult is what a change did and what of it waits. Nothing waits: the operation is closed.
type ChangeResult struct {
	PhaseResult
	Rest Remainder `json:"rest"`
}

// Remainder is what of a change waits, each part for itself, while everything else is applied and read back.
type Remainder struct {
	// Reviews are open, one for each field that is held up.
	Reviews []Parked `json:"reviews,omitempty"`
	// Approvals are open, for roles that would be an escalation.
	Approvals []Asked `json:"approvals,omitempty"`
	// EmailWaits for the end of a running conversation.
	EmailWaits bool `json:"email_waits,omitempty"`
	// Unjoined: see ChangeInput.
	Unjoined []string `json:"unjoined,omitempty"`
}

// Empty says that nothing waits.
func (r Remainder) Empty() bool { return len(r.Reviews)+len(r.Approvals) == 0 && !r.EmailWaits }

// Asked names an open approval.
type Asked struct {
	ApprovalID string       `json:"approval_id"`
	Kind       ApprovalKind `json:"kind"`
	Question   string       `json:"question"`
	Deadline   time.Time    `json:"deadline,omitzero"`
}
