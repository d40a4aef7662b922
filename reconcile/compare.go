package reconcile

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// ErrOutOfOrder: a stream is not in the order of its person ids, or has somebody twice.
var ErrOutOfOrder = errors.New("a stream is out of order")

// Compare compares everybody, holding one person at a time. Both streams are ordered by person id, byte by byte (`collate "C"` in
// PostgreSQL), accounts that are nobody's first; each person is in expected once. It yields a verdict for each person, for each account that
// is nobody's, and for whoever has an open workflow and no record. An error of a stream, or ErrOutOfOrder, ends it.
func (r Run) Compare(expected iter.Seq2[Expected, error], actual iter.Seq2[Actual, error]) iter.Seq2[Verdict, error] {
	return func(yield func(Verdict, error) bool) {
		next, stop := iter.Pull2(actual)
		defer stop()
		m := &merging{run: r, next: next, yield: yield, unseen: maps.Clone(r.Workflows)}
		if !m.advance() {
			return
		}
		started, last := false, ""
		for e, err := range expected {
			if err == nil && (e.PersonID == "" || started && e.PersonID <= last) {
				err = fmt.Errorf("expected: found person %q after %q: %w", e.PersonID, last, ErrOutOfOrder)
			}
			if err != nil {
				yield(Verdict{}, err)
				return
			}
			started, last = true, e.PersonID
			if !m.person(e) {
				return
			}
		}
		if m.strangersBefore("", true) {
			m.workflowsOfNobody()
		}
	}
}

// merging walks the accounts along with the people.
type merging struct {
	run   Run
	next  func() (Actual, error, bool)
	yield func(Verdict, error) bool
	// head is the account that comes next; done: there is none.
	head   Actual
	done   bool
	unseen OpenWorkflows
}

// advance takes the next account; false ends everything.
func (m *merging) advance() bool {
	before, had := m.head.PersonID, m.head.Account.ID != ""
	head, err, more := m.next()
	if !more {
		m.done = true
		return true
	}
	if err == nil && had && head.PersonID < before {
		err = fmt.Errorf("actual: found an account of %q after one of %q: %w", head.PersonID, before, ErrOutOfOrder)
	}
	if err != nil {
		m.yield(Verdict{}, err)
		return false
	}
	m.head = head
	return true
}

func (m *merging) person(e Expected) bool {
	if !m.strangersBefore(e.PersonID, false) {
		return false
	}
	var accounts []Actual
	for !m.done && m.head.PersonID == e.PersonID {
		accounts = append(accounts, m.head)
		if !m.advance() {
			return false
		}
	}
	delete(m.unseen, e.PersonID)
	return m.yield(m.run.Judge(e, accounts), nil)
}

// strangersBefore judges the accounts of nobody, or of people who are not expected, that come before a person, or all.
func (m *merging) strangersBefore(personID string, all bool) bool {
	for !m.done && (all || m.head.PersonID < personID) {
		v := m.run.nobody(m.head, false)
		if m.head.PersonID != "" {
			v = Verdict{PersonID: m.head.PersonID, AccountID: m.head.Account.ID, Class: NotEvaluated, Unevaluated: []Unevaluated{{
				Why: "the account is a person's whom Muster's record did not have when it was read",
			}}}
		}
		if !m.yield(v, nil) || !m.advance() {
			return false
		}
	}
	return true
}

// workflowsOfNobody judges the open workflows of people who are not expected.
func (m *merging) workflowsOfNobody() {
	for _, personID := range slices.Sorted(maps.Keys(m.unseen)) {
		e := Expected{PersonID: personID}
		if !m.yield(m.run.Judge(e, nil), nil) {
			return
		}
	}
}

// Fresh is what was read by its id about a candidate.
type Fresh struct {
	// Expected is the person as of now; nil: nothing has been read anew. Something may have happened to them since.
	Expected *Expected
	// Accounts are those that were found, by id and, where Candidate.Find says so, by search; PersonID as in Actual.
	Accounts []Actual
	// OpenWorkflows are those of the person that are open: of Candidate.Workflows what Temporal says by id.
	OpenWorkflows []string
}

// Settle decides finally about a candidate. A difference that reading by id does not show was the index's: INDEX_LAG.
func (r Run) Settle(c Candidate, f Fresh) Verdict {
	accounts := slices.Clone(f.Accounts)
	for i := range accounts {
		accounts[i].Confirmed = true
	}
	e := c.Expected
	if f.Expected != nil {
		e = *f.Expected
	}
	var v Verdict
	switch {
	case e.PersonID != "":
		open := f.OpenWorkflows
		if len(c.Workflows) == 0 {
			open = r.Workflows[e.PersonID]
		}
		v = r.judge(e, accounts, open, true)
	case len(accounts) == 0:
		v = Verdict{AccountID: c.AccountIDs[0], Class: Equal}
	case accounts[0].PersonID != "":
		v = Verdict{PersonID: accounts[0].PersonID, AccountID: accounts[0].Account.ID, Class: ExpectedToDiffer, Expected: []ExpectedDifference{{
			Reason: OperationRunning, Detail: "the account was linked to a person meanwhile",
		}}}
	default:
		v = r.nobody(accounts[0], true)
	}
	if v.Class == Equal || v.Class == ExpectedToDiffer {
		v.Class = ExpectedToDiffer
		v.Expected = append(v.Expected, ExpectedDifference{Reason: IndexLag})
	}
	return v
}

// Unconfirmed is the verdict about a candidate that could not be read by its id.
func (c Candidate) Unconfirmed(why string) Verdict {
	v := Verdict{PersonID: c.Expected.PersonID, Class: NotEvaluated, Unevaluated: []Unevaluated{{Why: why}}}
	if len(c.AccountIDs) > 0 {
		v.AccountID = c.AccountIDs[0]
	}
	return v
}
