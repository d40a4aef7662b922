package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

var (
	externalUserID = temporal.NewSearchAttributeKeyKeyword(names.AttributeExternalUserID)
	lifecycleState = temporal.NewSearchAttributeKeyKeyword(names.AttributeLifecycleState)
	needsAttention = temporal.NewSearchAttributeKeyBool(names.AttributeNeedsAttention)
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
	case lifecycle.Hire, lifecycle.None:
	}
	return temporal.NewSearchAttributes(
		externalUserID.ValueSet(d.ExternalUserID),
		platform.ValueSet(d.Platform),
		lifecycleState.ValueSet(string(state)),
		needsAttention.ValueSet(false),
	)
}

// markState shows a change of state, and whether somebody is needed, in one command.
func markState(ctx workflow.Context, state lifecycle.State, attention bool) error {
	return workflow.UpsertTypedSearchAttributes(ctx, lifecycleState.ValueSet(string(state)), needsAttention.ValueSet(attention))
}
