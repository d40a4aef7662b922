package lifecycle

import "time"

// AdoptionGoesOn is the AdoptionResult.State of an adoption that is not through.
const AdoptionGoesOn = "running"

// AdoptionResult is how far an adoption has come.
type AdoptionResult struct {
	State string `json:"state"`
	// ReconciliationID is the plan.
	ReconciliationID string `json:"reconciliation_id"`
	// People counts all, Sent those whose hire is in their mailbox, Changed those who stand otherwise than in the plan, Failed those who
	// could not be sent.
	People  int `json:"people"`
	Sent    int `json:"sent"`
	Changed int `json:"changed"`
	Failed  int `json:"failed"`
}

// AdoptionPlanHolds is how long a plan can be carried out: what HR's roster said is kept a day longer.
const AdoptionPlanHolds = 6 * 24 * time.Hour

// AdoptionPace is how many people are taken in a minute where nobody says otherwise.
const AdoptionPace = 60

// AdoptionStretch is how long a stretch of an adoption takes at the least.
const AdoptionStretch = 10 * time.Second

// AdoptionAtOnce is how many people a stretch takes, at so many in a minute.
func AdoptionAtOnce(perMinute int) int {
	stretches := int(time.Minute / AdoptionStretch)
	return max((perMinute+stretches-1)/stretches, 1)
}
