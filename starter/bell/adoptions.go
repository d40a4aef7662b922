package bell

import (
	"context"
	"time"

	"muster/names"
)

// adoptionCheck is how often it is seen to that the workflow of an adoption under way runs.
const adoptionCheck = 30 * time.Second

// StartAdoption starts the workflow of an adoption, unless it runs.
func (b *Bell) StartAdoption(ctx context.Context, adoptionID string) error {
	return b.start(ctx, names.AdoptWorkflowID(adoptionID), names.WorkflowAdopt,
		"Carries out what a plan showed about people", names.AdoptInput{AdoptionID: adoptionID})
}
