package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// One typed function for each activity, so that no workflow spells a name or a payload.

func decide(ctx workflow.Context, in lifecycle.DecideInput) (out lifecycle.DecideResult, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "what is due"), names.ActivityDecide, in).Get(ctx, &out)
}

func makePlan(ctx workflow.Context, in lifecycle.PlanInput) (out lifecycle.PlanResult, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "plan"), names.ActivityMakePlan, in).Get(ctx, &out)
}

func park(ctx workflow.Context, in lifecycle.ParkInput) (out lifecycle.Parked, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "open a review"), names.ActivityPark, in).Get(ctx, &out)
}

func takeReview(ctx workflow.Context, in lifecycle.TakeReviewInput) (out lifecycle.Decided, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "take up the review's decision"), names.ActivityTakeReview, in).Get(ctx, &out)
}

func openApproval(ctx workflow.Context, in lifecycle.OpenApprovalInput) (out lifecycle.OpenedApproval, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "ask for approval"), names.ActivityOpenApproval, in).Get(ctx, &out)
}

func takeApproval(ctx workflow.Context, in lifecycle.TakeApprovalInput) (out lifecycle.Decided, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "take up the approval's decision"), names.ActivityTakeApproval, in).Get(ctx, &out)
}

func raiseAttention(ctx workflow.Context, in lifecycle.AttentionInput) error {
	return workflow.ExecuteLocalActivity(localStep(ctx, "raise attention"), names.ActivityAttention, in).Get(ctx, nil)
}

func finish(ctx workflow.Context, in lifecycle.FinishInput) error {
	return workflow.ExecuteLocalActivity(localStep(ctx, "close the operation"), names.ActivityFinish, in).Get(ctx, nil)
}

func establishIdentity(ctx workflow.Context, in lifecycle.GuardedInput) (out lifecycle.IdentityResult, err error) {
	ctx = platformPhase(ctx, "find, restore or create the account; link it")
	return out, workflow.ExecuteActivity(ctx, names.ActivityIdentity, in).Get(ctx, &out)
}

func prepareEntitlements(ctx workflow.Context, in lifecycle.EntitlementsInput) (out lifecycle.PhaseResult, err error) {
	ctx = platformPhase(ctx, "roles, division, skills, queues (not joined), groups, work plan; read back")
	return out, workflow.ExecuteActivity(ctx, names.ActivityEntitlements, in).Get(ctx, &out)
}

func join(ctx workflow.Context, in lifecycle.JoinInput) (out lifecycle.PhaseResult, err error) {
	ctx = platformPhase(ctx, "join the queues; read back")
	return out, workflow.ExecuteActivity(ctx, names.ActivityJoin, in).Get(ctx, &out)
}

func change(ctx workflow.Context, in lifecycle.ChangeInput) (out lifecycle.ChangeResult, err error) {
	ctx = platformPhase(ctx, "read, compare, stop wrong work, add right work, read back")
	return out, workflow.ExecuteActivity(ctx, names.ActivityChange, in).Get(ctx, &out)
}

func isolate(ctx workflow.Context, in lifecycle.GuardedInput) (out lifecycle.IsolateResult, err error) {
	ctx = leaverPhase(ctx, "unjoin every queue, presence offline, off queue; read back")
	return out, workflow.ExecuteActivity(ctx, names.ActivityIsolate, in).Get(ctx, &out)
}

func keepIsolated(ctx workflow.Context, in lifecycle.PhaseInput) error {
	ctx = leaverPhase(ctx, "isolate again whoever has joined again")
	return workflow.ExecuteActivity(ctx, names.ActivityKeepIsolated, in).Get(ctx, nil)
}

func drain(ctx workflow.Context, in lifecycle.DrainInput) (out lifecycle.DrainResult, err error) {
	ctx = leaverWait(ctx, in.Window, "running conversations end, at most "+in.Window.String())
	return out, workflow.ExecuteActivity(ctx, names.ActivityDrain, in).Get(ctx, &out)
}

func handOver(ctx workflow.Context, in lifecycle.HandOverInput) (out lifecycle.HandOverResult, err error) {
	ctx = leaverBounded(ctx, in.Window, "what is left goes to queue, department or manager")
	return out, workflow.ExecuteActivity(ctx, names.ActivityHandOver, in).Get(ctx, &out)
}

func deactivate(ctx workflow.Context, in lifecycle.DeactivateInput) (out lifecycle.PhaseResult, err error) {
	summary := "inactive; sessions revoked; read back"
	if in.OnlyCut {
		summary = "the guard holds it: is it still isolated"
	}
	ctx = leaverPhase(ctx, summary)
	return out, workflow.ExecuteActivity(ctx, names.ActivityDeactivate, in).Get(ctx, &out)
}

func lookAtGrace(ctx workflow.Context, in lifecycle.GraceInput) (out lifecycle.GraceResult, err error) {
	return out, workflow.ExecuteLocalActivity(localStep(ctx, "what happens to the account"), names.ActivityGrace, in).Get(ctx, &out)
}

func takeLeverSignal(ctx workflow.Context, in lifecycle.LeverSignalInput) error {
	return workflow.ExecuteLocalActivity(localStep(ctx, "hear a signal"), names.ActivityLeverSignal, in).Get(ctx, nil)
}

func keepArchive(ctx workflow.Context, in lifecycle.OperationInput) workflow.Future {
	ctx = boundedPhase(ctx, archiveWithin, "archive what the account was; read back")
	return workflow.ExecuteActivity(ctx, names.ActivityArchive, in)
}

func deleteAccount(ctx workflow.Context, in lifecycle.GraceInput) (out lifecycle.DeleteResult, err error) {
	ctx = platformPhase(ctx, "delete the account (softly); read back")
	return out, workflow.ExecuteActivity(ctx, names.ActivityDelete, in).Get(ctx, &out)
}

func erase(ctx workflow.Context, in lifecycle.OperationInput) (out lifecycle.EraseResult, err error) {
	ctx = platformPhase(ctx, "erase on the platform, in the archive and here")
	return out, workflow.ExecuteActivity(ctx, names.ActivityErase, in).Get(ctx, &out)
}

// until is how long from now to an instant, never negative.
func until(ctx workflow.Context, at time.Time) time.Duration {
	return max(at.Sub(workflow.Now(ctx)), 0)
}
