package reconcile

import (
	"cmp"
	"slices"
	"time"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
)

// Run is all that is the same for everybody in one reconciliation of one platform.
type Run struct {
	ID string // NewID
	// At is the instant that HR's events are folded at and the registry is asked for; deltas carry it.
	At       time.Time
	Platform string
	// Sources are HR's rosters by namespace. A namespace without one has HR's events alone.
	Sources map[string]Source
	// Managed are the constructs that rules name; BaseRoles those that the platform gives to everybody.
	Managed   ManagedIDs
	BaseRoles map[string]bool
	Names     Names
	Codes     Codebook
	// MissingBefore says who was MISSING_FROM_HR in the last healthy run; nil: nobody.
	MissingBefore func(personID string) bool
	// Ignored are platform-only accounts that somebody decided to leave alone: account id → the decision, in words.
	Ignored map[string]string
	// Workflows are the operations that Temporal has open; nil when they could not be listed: then Muster's own state is not compared, which
	// whoever records the run says once for all.
	Workflows OpenWorkflows
	// NotListed are the parts that this platform's lists never tell, such as the work plan: only a reading by id compares them. Whoever
	// records the run says so once for all.
	NotListed []Part
	// Digest is how Actual.Digests were made of a field's value; needed only where there are any.
	Digest func(field ccaas.ProfileField, value string) string
	// Foreign are parts and fields that somebody else writes.
	Foreign Elsewhere
}

// Source is what is known of a namespace's roster.
type Source struct {
	Healthy bool
	Why     string // not healthy: in what way
	// AsOf is when HR made it.
	AsOf time.Time
}

// NewID is a reconciliation's id: "rec_YYYYMMDD_HHMM", in UTC.
func NewID(at time.Time) string { return "rec_" + at.UTC().Format("20060102_1504") }

// Class is what a verdict comes to.
type Class string

// The classes. Each person, and each account that is nobody's, ends in one of the first four.
const (
	Equal            Class = "equal"
	HasDelta         Class = "delta"
	ExpectedToDiffer Class = "expected"
	NotEvaluated     Class = "unevaluated"
	// ToConfirm is no end: something has to be read by its id first, and then Settle decides.
	ToConfirm Class = "to_confirm"
)

// Verdict is what comparing one person, or one account that is nobody's, comes to.
type Verdict struct {
	// PersonID is empty for an account that is nobody's, AccountID where there is no account.
	PersonID  string
	AccountID string
	Class     Class
	// Deltas are one per type (of PLATFORM_ONLY one per account), in the order of DeltaTypes.
	Deltas      []Delta
	Expected    []ExpectedDifference
	Unevaluated []Unevaluated
	// Confirm is set when Class is ToConfirm.
	Confirm *Candidate
}

// Candidate is a verdict that rests on what may lag behind, with what has to be read by its id before it counts.
type Candidate struct {
	Expected Expected
	Accounts []Actual
	// AccountIDs are to be read by id. Find: also look for the person's account by their ids and addresses, in every state. Workflows are
	// to be asked of Temporal by id.
	AccountIDs []string
	Find       bool
	Workflows  []string
	// Asked: somebody asked about the person, and no list has been read that could have been behind.
	Asked bool
}

// delta begins a delta about a person.
func (r Run) delta(e Expected, t DeltaType, action Resolution, because string) Delta {
	return Delta{
		ReconciliationID: r.ID, DeltaType: t, ExternalUserID: e.ExternalUserID, PersonID: e.PersonID, AccountID: e.Record.AccountID,
		ExpectedSkills: []string{}, ActualSkills: []string{}, ResolutionAction: action, Because: because, TimestampUTC: r.At.UTC(),
	}
}

// Judge compares one person with their accounts and with the open operations among Run.Workflows. It is pure: the order of what it is given
// does not matter.
func (r Run) Judge(e Expected, accounts []Actual) Verdict {
	return r.judge(e, accounts, r.Workflows[e.PersonID], false)
}

func (r Run) judge(e Expected, accounts []Actual, open []string, final bool) Verdict {
	j := &judging{run: r, e: e, final: final, open: open, heard: r.hear(e)}
	j.pick(accounts)
	if j.heard.unevaluated != "" {
		j.verdict.Unevaluated = append(j.verdict.Unevaluated, Unevaluated{Why: j.heard.unevaluated})
		return j.close()
	}
	j.hr()
	j.workflows()
	j.others()
	if j.wanted() == lifecycle.AtWork {
		j.atWork()
	} else {
		j.withoutAccess()
	}
	j.askAboutContested()
	return j.close()
}

// judging is a verdict in the making.
type judging struct {
	run   Run
	e     Expected
	final bool
	open  []string
	heard heard
	// mine is the account that is compared; nil when there is none. second are all others of the person that are active.
	mine   *Actual
	second []Actual
	// unsure: a delta rests on something that was not read by its id.
	unsure bool
	// look: nobody is linked to the account that the person may have, so no list tells it; it has to be looked for.
	look bool
	// contested: a construct was put back as often as it may be without asking.
	contested bool
	verdict   Verdict
}

// pick chooses the account to compare: the linked one; where none is linked, an active one before others.
func (j *judging) pick(accounts []Actual) {
	j.verdict.PersonID = j.e.PersonID
	ordered := slices.Clone(accounts)
	slices.SortFunc(ordered, byAccount)
	linked := j.e.Record.AccountID
	if linked == "" || !j.here() {
		slices.SortStableFunc(ordered, activeFirst)
	}
	for i := range ordered {
		a := &ordered[i]
		switch {
		case j.mine == nil && (linked == "" || !j.here() || a.Account.ID == linked):
			j.mine = a
			j.mine.Foreign = j.foreign()
			j.verdict.AccountID = a.Account.ID
		case a.active():
			j.second = append(j.second, *a)
		}
	}
}

// foreign says that the person's account is owned elsewhere as a whole, by whatever id the registry lists it.
func (j *judging) foreign() bool { return j.e.Foreign || j.mine != nil && j.mine.Foreign }

// here says that the link, if any, is to this run's platform.
func (j *judging) here() bool {
	return j.e.Record.Platform == "" || j.run.Platform == "" || j.e.Record.Platform == j.run.Platform
}

// elsewhere says that the registry wants the person's account on another platform (RULES 17).
func (j *judging) elsewhere() bool {
	return j.e.Platform != "" && j.run.Platform != "" && j.e.Platform != j.run.Platform
}

func (j *judging) wanted() lifecycle.Wanted {
	if j.elsewhere() {
		return lifecycle.NoAccess
	}
	return j.heard.word.wants(j.e.InScope)
}

func (j *judging) linked() bool {
	return j.mine != nil && j.here() && j.mine.Account.ID == j.e.Record.AccountID
}

func (j *judging) active() bool { return j.mine != nil && j.mine.active() }

// expect notes a difference that is no delta.
func (j *judging) expect(reason Reason, d Difference, detail string) {
	j.verdict.Expected = append(j.verdict.Expected, ExpectedDifference{Reason: reason, Difference: d, Detail: detail})
}

// report adds a delta. One of the same type is there already when HR's roster and the platform both differ: they become one.
func (j *judging) report(d Delta) {
	if d.AccountID == "" && j.mine != nil {
		d.AccountID = j.mine.Account.ID
	}
	for i := range j.verdict.Deltas {
		there := &j.verdict.Deltas[i]
		if there.DeltaType != d.DeltaType || there.Subject() != d.Subject() {
			continue
		}
		there.Differences = append(there.Differences, d.Differences...)
		there.Because += "; " + d.Because
		if d.DeltaType == SkillMismatch {
			there.ActualSkills, there.ActualSkillNames, there.ExpectedSkillNames = d.ActualSkills, d.ActualSkillNames, d.ExpectedSkillNames
		}
		return
	}
	j.verdict.Deltas = append(j.verdict.Deltas, d)
}

// onPlatform adds a delta that rests on what was read of the platform.
func (j *judging) onPlatform(d Delta) {
	if j.mine == nil || !j.mine.Confirmed {
		j.unsure = true
	}
	j.report(d)
}

// workflows compares Muster's own state.
func (j *judging) workflows() {
	if j.run.Workflows == nil {
		return
	}
	if d, wrong := j.run.ownState(j.e, j.open); wrong {
		j.unsure = true // a list of open workflows lags behind too
		j.report(d)
	}
}

// others are accounts of the person beside the one that is compared: at most one is anybody's (RULES 17).
func (j *judging) others() {
	for _, a := range j.second {
		if a.Foreign {
			j.expect(OwnedElsewhere, Difference{Part: PartAccount, ID: a.Account.ID, Name: "a second account", How: Extra}, "")
			continue
		}
		j.report(j.run.platformOnly(j.e, a))
		j.unsure = j.unsure || !a.Confirmed
	}
}

// platformOnly is about an account that nobody is linked to.
func (r Run) platformOnly(e Expected, a Actual) Delta {
	d := r.delta(e, PlatformOnly, ReviewOutstanding, "an active account that no person of Muster's record has: adopt, ignore or terminate it")
	if e.PersonID != "" {
		d.Because = "a second active account of a person who has another: at most one is theirs"
	}
	d.AccountID = a.Account.ID
	return d
}

// close orders what was found and says what it comes to.
func (j *judging) close() Verdict {
	v := &j.verdict
	slices.SortStableFunc(v.Deltas, func(a, b Delta) int {
		return cmp.Or(
			cmp.Compare(slices.Index(DeltaTypes(), a.DeltaType), slices.Index(DeltaTypes(), b.DeltaType)), cmp.Compare(a.AccountID, b.AccountID))
	})
	switch {
	case (len(v.Deltas) > 0 && j.unsure || j.look) && !j.final:
		v.Class, v.Confirm = ToConfirm, j.candidate()
		v.Deltas, v.Expected, v.Unevaluated = nil, nil, nil
	case len(v.Deltas) > 0:
		v.Class = HasDelta
	case len(v.Unevaluated) > 0:
		v.Class = NotEvaluated
	case len(v.Expected) > 0:
		v.Class = ExpectedToDiffer
	default:
		v.Class = Equal
	}
	return *v
}

func (j *judging) candidate() *Candidate {
	c := &Candidate{Expected: j.e, Find: j.mine == nil || j.e.Record.AccountID == ""}
	if j.mine != nil {
		c.Accounts = append(c.Accounts, *j.mine)
	}
	c.Accounts = append(c.Accounts, j.second...)
	for _, a := range c.Accounts {
		c.AccountIDs = append(c.AccountIDs, a.Account.ID)
	}
	if id := j.e.Record.AccountID; id != "" && j.here() && !slices.Contains(c.AccountIDs, id) {
		c.AccountIDs = append(c.AccountIDs, id)
	}
	for _, d := range j.verdict.Deltas {
		if d.DeltaType == WorkflowMissing {
			c.Workflows = distinct(append(j.e.workflows(), j.open...))
		}
	}
	return c
}

// nobody judges an account that is nobody's. What is not active reaches nobody and is left out.
func (r Run) nobody(a Actual, final bool) Verdict {
	v := Verdict{AccountID: a.Account.ID, Class: Equal}
	why, ignored := r.Ignored[a.Account.ID]
	switch {
	case !a.active():
	case ignored:
		v.Class = ExpectedToDiffer
		v.Expected = []ExpectedDifference{{Reason: IgnoredAccount, Detail: why}}
	case a.Foreign:
		v.Class = ExpectedToDiffer
		v.Expected = []ExpectedDifference{{Reason: OwnedElsewhere}}
	case a.Confirmed || final:
		v.Class = HasDelta
		v.Deltas = []Delta{r.platformOnly(Expected{}, a)}
	default:
		v.Class = ToConfirm
		v.Confirm = &Candidate{Accounts: []Actual{a}, AccountIDs: []string{a.Account.ID}}
	}
	return v
}

func byAccount(a, b Actual) int { return cmp.Compare(a.Account.ID, b.Account.ID) }

// activeFirst orders accounts by whether they are active.
func activeFirst(a, b Actual) int {
	switch {
	case a.active() == b.active():
		return 0
	case a.active():
		return -1
	}
	return 1
}

func distinct(ids []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// left says that HR has ended the employment.
func (w Word) left() bool { return w.Employment == hr.Left }
