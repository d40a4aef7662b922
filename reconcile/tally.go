package reconcile

// Tally counts verdicts.
type Tally struct {
	// People and Accounts are what was looked at: people, and accounts that are nobody's. Each ends in one class.
	People   int           `json:"people"`
	Accounts int           `json:"accounts"`
	Classes  map[Class]int `json:"classes"`
	// Deltas counts deltas by type, Resolutions by what is to be done.
	Deltas      map[DeltaType]int  `json:"deltas"`
	Resolutions map[Resolution]int `json:"resolutions"`
	// Expected counts differences that are none, by reason; one person may have several.
	Expected map[Reason]int `json:"expected"`
	// Unevaluated counts what could not be compared by why.
	Unevaluated map[string]int `json:"unevaluated"`
}

// NewTally is an empty one.
func NewTally() *Tally {
	return &Tally{
		Classes: map[Class]int{}, Deltas: map[DeltaType]int{}, Resolutions: map[Resolution]int{}, Expected: map[Reason]int{},
		Unevaluated: map[string]int{},
	}
}

// Add counts a final verdict; one that has to be confirmed first counts when it is settled.
func (t *Tally) Add(v Verdict) {
	if v.Class == ToConfirm {
		return
	}
	if v.PersonID != "" {
		t.People++
	} else {
		t.Accounts++
	}
	t.Classes[v.Class]++
	for _, d := range v.Deltas {
		t.Deltas[d.DeltaType]++
		t.Resolutions[d.ResolutionAction]++
	}
	for _, x := range v.Expected {
		t.Expected[x.Reason]++
	}
	for _, u := range v.Unevaluated {
		why := u.Why
		if u.Part != "" {
			why = string(u.Part) + ": " + why
		}
		t.Unevaluated[why]++
	}
}

// Merge adds what another tally counted: a resumed run counts page by page.
func (t *Tally) Merge(other Tally) {
	t.People += other.People
	t.Accounts += other.Accounts
	mergeCounts(t.Classes, other.Classes)
	mergeCounts(t.Deltas, other.Deltas)
	mergeCounts(t.Resolutions, other.Resolutions)
	mergeCounts(t.Expected, other.Expected)
	mergeCounts(t.Unevaluated, other.Unevaluated)
}

func mergeCounts[K comparable](into, from map[K]int) {
	for k, n := range from {
		into[k] += n
	}
}
