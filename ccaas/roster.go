package ccaas

import "context"

// RosterReader reads everybody who has an account, and everybody's queues, a page at a time. It reads only; its OAuth client
// should be one that cannot write.
//
// A page cannot tell everything that Reader.Account tells. The division of each role, the external ids, the management unit and
// the work plan are not in it; neither is what changed while the pages were read. A difference that rests on any of that, or on
// a part that is nil, is a doubt: it is settled by reading that one account by id before anything is said or done about it.
type RosterReader interface {
	// Name is the platform's name, as Reader.Name.
	Name() string
	// RosterPage reads the page that cursor names; the empty cursor names the first. Cursors are opaque, survive the process and
	// may be used again: the same page is then read anew. An account or membership may come in more than one page, when it
	// changed meanwhile or the platform lost the reader's place; the later one counts.
	//
	// Errors are *Error. After one of KindRateLimited or KindUnavailable the same cursor goes on, no sooner than RetryAfter.
	RosterPage(ctx context.Context, cursor string) (RosterPage, error)
}

// RosterPage is a piece of the roster: accounts first, in no promised order, then memberships.
type RosterPage struct {
	Accounts []RosterAccount
	Members  []QueueMember
	// Next is the cursor of the next page; empty: the roster is at its end.
	Next string
	// Incomplete says what the platform has and would not list. It is a value and no error: who compares decides what a roster
	// with a hole is good for.
	Incomplete []Incomplete
}

// RosterAccount is an account as a bulk listing shows it. Of Account it has identity, state, version, profile, employee id,
// division, locations, skills, languages and groups, the last four nil where the platform left them out; ExternalIDs, Roles,
// Queues, workforce, presence and live work are not read.
type RosterAccount struct {
	Account
	// RoleIDs are the roles held in any division, those of groups included, sorted; nil: the platform did not say.
	RoleIDs []string
}

// QueueMember is an account in a queue.
type QueueMember struct {
	AccountID string
	QueueID   string
	Joined    bool
}

// Incomplete is a part of the roster that could not be had.
type Incomplete struct {
	What    string `json:"what"`    // e.g. "accounts"
	Missing int    `json:"missing"` // how many at least
	Why     string `json:"why"`
}
