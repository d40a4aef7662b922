package genesys

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"muster/ccaas"
)

// opRoster is the verb of bulk reads in errors.
const opRoster = "roster.read"

// Page sizes of the bulk reads: 500 users is the largest that official code uses, 100 the documented maximum for members.
const (
	pageOfUsers   = 500
	pageOfMembers = 100
	pageOfQueue   = 500
)

// memberRequests is how many requests for members make a page of ours: 100 members are little to keep at once.
const memberRequests = 10

// maxRestarts is how often one reading begins its listing of users again because the platform no longer knows the cursor.
const maxRestarts = 3

// inRoster is what the bulk read of users asks for besides the profile, in the same call.
var inRoster = []string{"skills", "languages", "groups", "locations", "employerInfo", "authorization"}

// Roster reads the organisation in bulk. It is for one reading at a time.
//
// Users come from GET /users/query with state "any": one listing of active, inactive and deleted ones, without the cap of 10,000
// that GET /users has for inactive ones, and in which a user who changes state meanwhile cannot fall between two listings. That
// "any" has deleted ones in it is the word of the contract and has not been seen at a real organisation. The listing
// wants directory:user:view in all divisions and is refused otherwise; GET /users is no way out, since it would list some
// divisions as if they were all. That listing has no total, so GET /users is asked for it (pageSize 1) before: fewer users than
// that, and than there are afterwards, are an Incomplete.
//
// Members come from GET /routing/queues/{id}/members, both joined and not, queue after queue in the order of their ids. Those
// listings page by number and by name, so a member who comes or goes meanwhile can hide another one.
//
// For n users of whom m memberships lie in q queues it makes n/500 + 1 + q/500 + m/100 requests, each division rounded up, per
// queue for the last; one more for a queue whose last page is full and one more where fewer users came than were counted.
type Roster struct {
	platform *Platform
	pause    func(context.Context) error

	mu     sync.Mutex
	queues []string // sorted; nil: not listed yet by this process
}

var _ ccaas.RosterReader = (*Roster)(nil)

// Roster returns the bulk reader. It calls pause before each request, so that whoever shares the platform's budget can let
// others go first; its error ends the read. Nil: no pauses.
func (p *Platform) Roster(pause func(context.Context) error) *Roster {
	if pause == nil {
		pause = func(ctx context.Context) error { return ctx.Err() }
	}
	return &Roster{platform: p, pause: pause}
}

// RosterPermissions are what the role of a client needs to read the roster and to show that it can do nothing else.
func RosterPermissions() []string {
	return []string{"directory:user:view", "routing:queue:view", "authorization:role:view"}
}

// Name returns "genesys".
func (r *Roster) Name() string { return Name }

// rosterPlace is what a cursor holds. The zero value is the beginning.
type rosterPlace struct {
	// Total is how many users there were before the first was listed, Listed how many have been.
	Total  int `json:"total,omitempty"`
	Listed int `json:"listed,omitempty"`
	// Users is the platform's own cursor. Restarts counts the listings that were begun again.
	Users    string `json:"users,omitempty"`
	Restarts int    `json:"restarts,omitempty"`
	// Members: the users are read; Queue is the queue to go on with (empty: the first), Page its page.
	Members bool   `json:"members,omitempty"`
	Queue   string `json:"queue,omitempty"`
	Page    int    `json:"page,omitempty"`
}

func (p rosterPlace) cursor() (string, error) {
	content, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode the roster's cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(content), nil
}

func placeOf(cursor string) (rosterPlace, error) {
	var place rosterPlace
	if cursor == "" {
		return place, nil
	}
	content, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(content, &place)
	}
	if err != nil {
		return place, invalid(opRoster, fmt.Sprintf("cursor: found %q, want one that an earlier page gave", cursor))
	}
	return place, nil
}

// RosterPage reads up to 500 users or 1,000 members.
func (r *Roster) RosterPage(ctx context.Context, cursor string) (ccaas.RosterPage, error) {
	place, err := placeOf(cursor)
	if err != nil {
		return ccaas.RosterPage{}, err
	}
	var page ccaas.RosterPage
	var next *rosterPlace
	if place.Members {
		page.Members, next, err = r.membersPage(ctx, place)
	} else {
		page, next, err = r.usersPage(ctx, place)
	}
	if err != nil || next == nil {
		return page, err
	}
	page.Next, err = next.cursor()
	return page, err
}

// rosterUser is a user with what the bulk read expands.
type rosterUser struct {
	user
	Authorization *struct {
		Roles []entity `json:"roles"`
	} `json:"authorization"`
}

func (r *Roster) usersPage(ctx context.Context, place rosterPlace) (ccaas.RosterPage, *rosterPlace, error) {
	var page ccaas.RosterPage
	if place == (rosterPlace{Restarts: place.Restarts}) {
		total, err := r.total(ctx)
		if err != nil {
			return page, nil, err
		}
		place.Total = total
	}
	query := url.Values{"state": {"any"}, "pageSize": {strconv.Itoa(pageOfUsers)}, "expand": inRoster}
	if place.Users != "" {
		query.Set("cursor", place.Users)
	}
	var got struct {
		Entities []rosterUser `json:"entities"`
		Cursor   string       `json:"cursor"`
	}
	err := r.get(ctx, []string{"users", "query"}, query, &got)
	if ccaas.IsKind(err, ccaas.KindInvalid) && place.Users != "" {
		// How long the platform keeps a cursor is not documented; one it does not take any more costs the pages read so far.
		if place.Restarts == maxRestarts {
			return page, nil, err
		}
		return page, &rosterPlace{Restarts: place.Restarts + 1}, nil
	}
	if err != nil {
		return page, nil, err
	}
	for _, found := range got.Entities {
		page.Accounts = append(page.Accounts, found.rosterAccount())
	}
	place.Listed += len(got.Entities)
	if got.Cursor != "" && got.Cursor != place.Users && len(got.Entities) > 0 {
		place.Users = got.Cursor
		return page, &place, nil
	}
	if page.Incomplete, err = r.missing(ctx, place); err != nil {
		return ccaas.RosterPage{}, nil, err
	}
	return page, &rosterPlace{Members: true}, nil
}

func (u rosterUser) rosterAccount() ccaas.RosterAccount {
	account := ccaas.RosterAccount{Account: u.account()}
	if u.Authorization != nil {
		account.RoleIDs = slices.Compact(ids(u.Authorization.Roles))
	}
	return account
}

// total is how many users the organisation has in every state.
func (r *Roster) total(ctx context.Context) (int, error) {
	var got struct {
		Total int `json:"total"`
	}
	err := r.get(ctx, []string{"users"}, url.Values{"state": {"any"}, "pageSize": {"1"}}, &got)
	return got.Total, err
}

// missing says whether users were there before and after and yet in no page. Who was erased meanwhile is not missing.
func (r *Roster) missing(ctx context.Context, place rosterPlace) ([]ccaas.Incomplete, error) {
	if place.Listed >= place.Total {
		return nil, nil
	}
	after, err := r.total(ctx)
	if err != nil {
		return nil, err
	}
	expected := min(place.Total, after)
	if place.Listed >= expected {
		return nil, nil
	}
	return []ccaas.Incomplete{{
		What: "accounts", Missing: expected - place.Listed,
		Why: fmt.Sprintf("the platform counts %d users and listed %d", expected, place.Listed),
	}}, nil
}

// membersPage goes on through the queues for a few requests. After a failure it gives what it has; who goes on meets the failure
// again, if it is still there.
func (r *Roster) membersPage(ctx context.Context, place rosterPlace) ([]ccaas.QueueMember, *rosterPlace, error) {
	var members []ccaas.QueueMember
	for range memberRequests {
		some, next, err := r.someMembers(ctx, place)
		if err != nil && len(members) > 0 {
			return members, &place, nil
		}
		if err != nil {
			return nil, nil, err
		}
		members = append(members, some...)
		if next == nil {
			return members, nil, nil
		}
		place = *next
	}
	return members, &place, nil
}

// someMembers reads one page of one queue. A queue that is gone by now has no members.
func (r *Roster) someMembers(ctx context.Context, place rosterPlace) ([]ccaas.QueueMember, *rosterPlace, error) {
	queues, err := r.queueIDs(ctx)
	if err != nil {
		return nil, nil, err
	}
	at, same := slices.BinarySearch(queues, place.Queue)
	if at == len(queues) {
		return nil, nil, nil
	}
	queueID, number := queues[at], 1
	if same {
		number = max(1, place.Page)
	}
	var got struct {
		Entities []struct {
			ID     string `json:"id"`
			Joined *bool  `json:"joined"`
		} `json:"entities"`
		NextURI string `json:"nextUri"`
	}
	err = r.get(ctx, []string{"routing", "queues", queueID, "members"}, url.Values{
		"pageSize": {strconv.Itoa(pageOfMembers)}, "pageNumber": {strconv.Itoa(number)},
	}, &got)
	if err != nil && !ccaas.IsKind(err, ccaas.KindNotFound) {
		return nil, nil, err
	}
	members := make([]ccaas.QueueMember, 0, len(got.Entities))
	for _, member := range got.Entities {
		if member.Joined == nil {
			return nil, nil, unanswered(opRoster, fmt.Errorf("member %s of queue %s has no joined flag", member.ID, queueID))
		}
		members = append(members, ccaas.QueueMember{AccountID: member.ID, QueueID: queueID, Joined: *member.Joined})
	}
	// There is no total: a short page ends the queue unless the platform names a next one, an empty one in any case.
	if len(members) > 0 && (got.NextURI != "" || len(members) == pageOfMembers) {
		return members, &rosterPlace{Members: true, Queue: queueID, Page: number + 1}, nil
	}
	if at+1 == len(queues) {
		return members, nil, nil
	}
	return members, &rosterPlace{Members: true, Queue: queues[at+1]}, nil
}

// queueIDs lists the queues once per process: a cursor names its queue, so another list in the next process does no harm.
func (r *Roster) queueIDs(ctx context.Context) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queues != nil {
		return r.queues, nil
	}
	queues := []string{}
	for number := 1; number <= maxPages; number++ {
		var got page[entity]
		err := r.get(ctx, []string{"routing", "queues"}, url.Values{
			"pageSize": {strconv.Itoa(pageOfQueue)}, "pageNumber": {strconv.Itoa(number)},
		}, &got)
		if err != nil {
			return nil, err
		}
		queues = append(queues, ids(got.Entities)...)
		if len(got.Entities) == 0 || number == got.PageCount || got.PageCount == 0 && len(got.Entities) < pageOfQueue {
			slices.Sort(queues)
			r.queues = slices.Compact(queues)
			return r.queues, nil
		}
	}
	return nil, invalid(opRoster, "the listing of queues has more than "+strconv.Itoa(maxPages)+" pages")
}

// get pauses and reads. A pause that is refused is the caller's own error.
func (r *Roster) get(ctx context.Context, path []string, query url.Values, out any) error {
	if err := r.pause(ctx); err != nil {
		return fmt.Errorf("pause before reading %s: %w", strings.Join(path, "/"), err)
	}
	_, err := r.platform.calls.do(ctx, request{op: opRoster, method: http.MethodGet, path: path, query: query}, out)
	return err
}
