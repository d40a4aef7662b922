package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// Adopt carries out what a plan showed about people: a few in each stretch, so that the accounts of thousands do not change in one minute.
// Each is judged anew first; what happens then is for the person's mailbox. How far it has come is in PostgreSQL, so that it can be stopped
// and started anywhere.
func Adopt(ctx workflow.Context, in names.AdoptInput) (lifecycle.AdoptionResult, error) {
	for range stretchesPerRun {
		began := workflow.Now(ctx)
		var result lifecycle.AdoptionResult
		err := workflow.ExecuteActivity(reconcileRead(ctx, "Judge the next people anew, and send their hires"), names.ActivityCarryOutAdopted, in).Get(ctx, &result)
		if err != nil {
			return result, err
		}
		workflow.SetCurrentDetails(ctx, describeAdoption(in, result))
		if result.State != lifecycle.AdoptionGoesOn {
			return result, nil
		}
		if rest := lifecycle.AdoptionStretch - workflow.Now(ctx).Sub(began); rest > 0 {
			if err := workflow.Sleep(ctx, rest); err != nil {
				return result, err
			}
		}
	}
	return lifecycle.AdoptionResult{}, workflow.NewContinueAsNewError(ctx, names.WorkflowAdopt, in)
}

func describeAdoption(in names.AdoptInput, r lifecycle.AdoptionResult) string {
	text := fmt.Sprintf("### Adoption by plan %s: %s\n\n%d of %d people sent to their mailboxes", r.ReconciliationID, r.State, r.Sent, r.People)
	if r.Changed+r.Failed > 0 {
		text += fmt.Sprintf(", %d not: `musterctl adopt show %s`", r.Changed+r.Failed, in.AdoptionID)
	}
	if r.State == lifecycle.AdoptionGoesOn {
		text += fmt.Sprintf("\n\n**To stop here:** `musterctl adopt stop %s --reason '…'`", in.AdoptionID)
	}
	return text
}
