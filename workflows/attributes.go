package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

var (
	externalUserID = temporal.NewSearchAttributeKeyKeyword(names.AttributeExternalUserID)
	lifecycleState = temporal.NewSearchAttributeKeyKeyword(names.AttributeLifecycleState)
	needsAttention = temporal.NewSearchAttributeKeyBool(names.AttributeNeedsAttention)
	purgeAt        = temporal.NewSearchAttributeKeyTime(names.AttributePurgeAt)
	platform       = temporal.NewSearchAttributeKeyKeyword(names.AttributePlatform)
)

// startAttributes are set at the start, where they cost nothing.
func startAttributes(d lifecycle.DecideResult) temporal.SearchAttributes {
	state := lifecycle.Preparing
	switch d.Operation {
	case lifecycle.Transfer:
		state = lifecycle.Active
	case lifecycle.Termination:
		state = lifecycle.Isolating
	case lifecycle.Erasure:
		state = lifecycle.Deleted
	case lifecycle.Hire, lifecycle.None:
	}
	if d.Do == lifecycle.Restart {
		state = lifecycle.Deactivated
	}
	return temporal.NewSearchAttributes(
		externalUserID.ValueSet(d.ExternalUserID),
		platform.ValueSet(d.Platform),
		lifecycleState.ValueSet(string(state)),
		needsAttention.ValueSet(d.Do == lifecycle.Restart),
	)
}

// markState shows a change of state, and whether somebody is needed, in one command.
func markState(ctx workflow.Context, state lifecycle.State, attention bool) error {
	return workflow.UpsertTypedSearchAttributes(ctx, lifecycleState.ValueSet(string(state)), needsAttention.ValueSet(attention))
}

// markGrace is markState with when the account is deleted; the zero time says that it is not.
func markGrace(ctx workflow.Context, state lifecycle.State, attention bool, deadline time.Time) error {
	at := purgeAt.ValueUnset()
	if !deadline.IsZero() {
		at = purgeAt.ValueSet(deadline)
	}
	return workflow.UpsertTypedSearchAttributes(ctx, lifecycleState.ValueSet(string(state)), needsAttention.ValueSet(attention), at)
}
