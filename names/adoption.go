package names

// The adoption: what a plan showed about people is carried out, a few at a time.
const (
	WorkflowAdopt           = "Adopt"
	ActivityCarryOutAdopted = "CarryOutAdoption"
)

// AdoptInput is what the workflow of an adoption is started with: whoever finds that it does not run starts it with this.
type AdoptInput struct {
	AdoptionID string `json:"adoption_id"`
}

// AdoptWorkflowID is the ID of the workflow of an adoption.
func AdoptWorkflowID(adoptionID string) string { return "adopt/" + adoptionID }
