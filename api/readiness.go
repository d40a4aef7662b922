package api

// Readiness says which parts a process needs and whether each is there.
type Readiness struct {
	Ready bool            `json:"ready"`
	Parts []ReadinessPart `json:"parts" nullable:"false"`
}

// ReadinessPart is one thing the process depends on.
type ReadinessPart struct {
	Name  string `json:"name" enum:"database,temporal,search_attributes"`
	Ready bool   `json:"ready"`
	// Problem says what is wrong with it, empty when nothing is.
	Problem string `json:"problem,omitempty"`
}
