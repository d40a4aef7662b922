package reconcile

import (
	"slices"
	"time"
)

// PutBack is one entry of the history of a construct of a person that somebody else writes too.
type PutBack struct {
	Part Part
	// Construct is the platform's id or, for PartProfile, the field's name.
	Construct string
	At        time.Time
	// Decided: not Muster put it back, but a person decided the review about it. What was before counts no more.
	Decided bool
}

// putBackLimit is how often a construct is put back before somebody is asked (RULES 16).
const putBackLimit = 3

// AskInsteadOfPuttingBack says whether putting a construct back once more would be the fourth write against somebody else's since a person
// last decided about it: then it is a review. The history may be in any order and about other constructs too. It is pure.
func AskInsteadOfPuttingBack(history []PutBack, p Part, construct string) bool {
	var decided time.Time
	for _, h := range history {
		if h.Decided && h.Part == p && h.Construct == construct && h.At.After(decided) {
			decided = h.At
		}
	}
	times := 0
	for _, h := range history {
		if !h.Decided && h.Part == p && h.Construct == construct && h.At.After(decided) {
			times++
		}
	}
	return times >= putBackLimit
}

// ExceptedAfterDismissal is how long constructs may be as they are when somebody dismisses the review about them: an exception is dated
// (RULES 2), and whoever wants another date makes one.
const ExceptedAfterDismissal = 365 * 24 * time.Hour

// Construct is one construct of an account.
type Construct struct {
	Part Part   `json:"part"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Fought is the detail of a review about constructs that were put back three times.
type Fought struct {
	ReconciliationID string      `json:"reconciliation_id"`
	Constructs       []Construct `json:"constructs"`
}

// Account says whether the account itself was fought over, and not what it holds.
func (f Fought) Account() bool {
	return slices.ContainsFunc(f.Constructs, func(c Construct) bool { return c.Part == PartAccount })
}

// Fought are the constructs that a delta is about.
func (d Delta) Fought() Fought {
	f := Fought{ReconciliationID: d.ReconciliationID}
	for _, each := range d.Differences {
		f.Constructs = append(f.Constructs, Construct{Part: each.Part, ID: each.ID, Name: each.Name})
	}
	return f
}
