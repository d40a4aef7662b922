package lifecycle

// ReconciliationBegun is what a reconciliation begins with.
type ReconciliationBegun struct {
	// PersonID is whom it is of; empty: of everybody.
	PersonID string `json:"person_id,omitempty"`
	// Ended is how it ended already; empty: it goes on.
	Ended string `json:"ended,omitempty"`
}

// ReconciliationStep is what a step of a reconciliation has come to.
type ReconciliationStep struct {
	// Note is for people: what was read, compared or done.
	Note string `json:"note"`
	// Refused is why nothing may be compared; empty: the next step follows.
	Refused string `json:"refused,omitempty"`
	// More: the step goes on with the next stretch.
	More bool `json:"more,omitempty"`
}

// ReconciliationEnd is how a reconciliation is to end.
type ReconciliationEnd struct {
	ReconciliationID string `json:"reconciliation_id"`
	// Refused is why a source was not to be trusted, Failed why it could not go on; both empty: it completed.
	Refused string `json:"refused,omitempty"`
	Failed  string `json:"failed,omitempty"`
}

// ReconciliationResult is how a reconciliation ended.
type ReconciliationResult struct {
	ReconciliationID string         `json:"reconciliation_id"`
	Status           string         `json:"status"`
	Reason           string         `json:"reason,omitempty"`
	Deltas           map[string]int `json:"deltas,omitempty"`
}
