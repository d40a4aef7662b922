package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// ErrOutOfOrder says that a stream is not in the order of its person ids, or has somebody twice.
var ErrOutOfOrder = errors.New("a stream is out of order")

// Compare compares everybody, holding one person at a time. Both streams are ordered by person id, byte by byte (`collate "C"` in
// PostgreSQL), accounts that are nobody's first; each person is in expected once. It yields a verdict for each person, for each account that
// is nobody's, and for whoever has an open workflow and no record. An error of a stream, or ErrOutOfOrder, ends it.
func (r Run) Compare(expected iter.Seq2[Expected, error], actual iter.Seq2[Actual, error]) iter.Seq2[Verdict, error] {
	return r.compare(expected, actual, func(e Expected) string { return e.PersonID }, func(a Actual) string { return a.PersonID })
}

// CompareByAccount is Compare over streams in the order of the account ids: people by (Record.AccountID, PersonID), so that those who are
// not linked come first, and accounts by their own id, whatever their PersonID says. An account that nobody in expected is linked to is
// nobody's.
func (r Run) CompareByAccount(expected iter.Seq2[Expected, error], actual iter.Seq2[Actual, error]) iter.Seq2[Verdict, error] {
	unowned := func(yield func(Actual, error) bool) {
		for a, err := range actual {
			a.PersonID = ""
			if !yield(a, err) {
				return
			}
		}
	}
	return r.compare(expected, unowned, func(e Expected) string { return e.Record.AccountID }, func(a Actual) string { return a.Account.ID })
}

// compare merges by keys.
func (r Run) compare(expected iter.Seq2[Expected, error], actual iter.Seq2[Actual, error], keyOf func(Expected) string, key func(Actual) string) iter.Seq2[Verdict, error] {
	return func(yield func(Verdict, error) bool) {
		next, stop := iter.Pull2(actual)
		defer stop()
		m := &merging{run: r, next: next, yield: yield, key: key, unseen: maps.Clone(r.Workflows)}
		if !m.advance() {
			return
		}
		started, last, lastPerson := false, "", ""
		for e, err := range expected {
			at := keyOf(e)
			if err == nil && (e.PersonID == "" || started && cmp.Or(cmp.Compare(at, last), cmp.Compare(e.PersonID, lastPerson)) <= 0) {
				err = fmt.Errorf("expected: found person %q after %q: %w", e.PersonID, lastPerson, ErrOutOfOrder)
			}
			if err != nil {
				yield(Verdict{}, err)
				return
			}
			started, last, lastPerson = true, at, e.PersonID
			if !m.person(e, at) {
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
	key   func(Actual) string
	// head is the account that comes next; done: there is none.
	head   Actual
	done   bool
	unseen OpenWorkflows
}

// advance takes the next account; false ends everything.
func (m *merging) advance() bool {
	before, had := m.key(m.head), m.head.Account.ID != ""
	head, err, more := m.next()
	if !more {
		m.done = true
		return true
	}
	if err == nil && had && m.key(head) < before {
		err = fmt.Errorf("actual: found account %q of person %q after account %q of %q: %w",
			head.Account.ID, head.PersonID, m.head.Account.ID, m.head.PersonID, ErrOutOfOrder)
	}
	if err != nil {
		m.yield(Verdict{}, err)
		return false
	}
	m.head = head
	return true
}

func (m *merging) person(e Expected, at string) bool {
	if !m.strangersBefore(at, false) {
		return false
	}
	var accounts []Actual
	for !m.done && m.key(m.head) == at {
		accounts = append(accounts, m.head)
		if !m.advance() {
			return false
		}
	}
	delete(m.unseen, e.PersonID)
	return m.yield(m.run.Judge(e, accounts), nil)
}

// strangersBefore judges the accounts of nobody, or of people who are not expected, that come before a key, or all.
func (m *merging) strangersBefore(at string, all bool) bool {
	for !m.done && (all || m.key(m.head) < at) {
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

// Settle decides finally about a candidate. A difference that a list showed and reading by id does not was the index's: INDEX_LAG.
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
	if !c.Asked && (v.Class == Equal || v.Class == ExpectedToDiffer) {
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
