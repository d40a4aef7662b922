package genesystest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// States of an account.
const (
	stateActive   = "active"
	stateInactive = "inactive"
	stateDeleted  = "deleted"
)

// user is an account as the platform keeps it. Slices are replaced, never changed in place, so that a shallow copy is a
// snapshot of them.
type user struct {
	ID             string                 `json:"id"`
	Number         int                    `json:"number"` // grows with each account
	Version        int                    `json:"version"`
	State          string                 `json:"state"`
	StateReason    string                 `json:"state_reason,omitempty"`
	StateChanged   time.Time              `json:"state_changed"`
	MadeAt         time.Time              `json:"made_at"` // zero: has been there for long
	Name           string                 `json:"name"`
	Email          string                 `json:"email"`
	DivisionID     string                 `json:"division_id"`
	Department     string                 `json:"department,omitempty"`
	Title          string                 `json:"title,omitempty"`
	Preferred      string                 `json:"preferred,omitempty"`
	ManagerID      string                 `json:"manager_id,omitempty"`
	AutoAnswer     bool                   `json:"auto_answer,omitempty"`
	Addresses      []contact              `json:"addresses,omitempty"`
	Employer       *employerInfo          `json:"employer,omitempty"`
	Locations      []userLocation         `json:"locations,omitempty"`
	Certificates   []string               `json:"certificates,omitempty"`
	ProfileSkill   []string               `json:"profile_skills,omitempty"`
	ExternalIDs    []ExternalID           `json:"external_ids,omitempty"`
	Grants         []grant                `json:"grants,omitempty"`
	Skills         []rated                `json:"skills,omitempty"`
	Languages      []rated                `json:"languages,omitempty"`
	Groups         []string               `json:"groups,omitempty"`
	Queues         map[string]*membership `json:"queues,omitempty"`
	UnitID         string                 `json:"unit_id,omitempty"`
	MovingTo       string                 `json:"moving_to,omitempty"` // management unit of a move in flight
	PlanID         string                 `json:"plan_id,omitempty"`
	Unscheduled    bool                   `json:"unscheduled,omitempty"`
	Presence       string                 `json:"presence"` // system presence as definitions write it
	PresenceAt     time.Time              `json:"presence_at"`
	Routing        string                 `json:"routing"`
	RoutingAt      time.Time              `json:"routing_at"`
	Station        string                 `json:"station,omitempty"`
	DefaultStation string                 `json:"default_station,omitempty"`
	Sessions       int                    `json:"sessions,omitempty"`
}

type grant struct {
	RoleID     string    `json:"role_id"`
	DivisionID string    `json:"division_id"`
	MadeAt     time.Time `json:"made_at"`
}

type rated struct {
	ID          string  `json:"id"`
	Proficiency float64 `json:"proficiency"`
}

type membership struct {
	Joined bool `json:"joined"`
}

// world is everything the platform knows: what the state file holds, and indexes over it.
type world struct {
	Seed          string          `json:"seed"`
	Counter       int             `json:"counter"`
	Users         []*user         `json:"users"` // in order of creation
	Catalogue     []construct     `json:"catalogue"`
	Effects       []effect        `json:"effects"`
	Conversations []*conversation `json:"conversations,omitempty"` // in order of beginning, ended ones included
	Erasures      []*erasure      `json:"erasures,omitempty"`      // in order of creation

	byID        map[string]*user
	byEmail     map[string]*user // lower case; deleted accounts included
	byExternal  map[ExternalID]*user
	byExtension map[string]*user
	constructs  map[string]*construct
	index       *searchIndex

	conversations map[string]*conversation
	byAgent       map[string][]*conversation // account → conversations it has or had a leg of
	analytics     map[string]conversation    // as they were when analytics last caught up with them
}

func newWorld(seed string) *world {
	if seed == "" {
		seed = uuid.NewString()
	}
	w := &world{Seed: seed, Catalogue: seedCatalogue()}
	w.rebuild()
	return w
}

// rebuild derives the indexes from what the state file holds. The search index and analytics catch up with all of it.
func (w *world) rebuild() {
	w.byID, w.byEmail, w.byExternal = map[string]*user{}, map[string]*user{}, map[ExternalID]*user{}
	w.byExtension = map[string]*user{}
	w.index = newSearchIndex()
	for i, u := range w.Users {
		u.Number = max(u.Number, i+1)
		if u.Queues == nil {
			u.Queues = map[string]*membership{}
		}
		w.byID[u.ID] = u
		w.byEmail[strings.ToLower(u.Email)] = u
		for _, id := range u.ExternalIDs {
			w.byExternal[id] = u
		}
		w.setAddresses(u, u.Addresses)
		w.index.put(*u)
	}
	w.conversations, w.byAgent, w.analytics = map[string]*conversation{}, map[string][]*conversation{}, map[string]conversation{}
	for _, c := range w.Conversations {
		w.conversations[c.ID] = c
		w.indexLegs(c)
		snapshot := *c
		snapshot.Legs = slices.Clone(c.Legs)
		w.analytics[c.ID] = snapshot
	}
	w.Effects = slices.DeleteFunc(w.Effects, func(e effect) bool { return e.Kind == effectIndex || e.Kind == effectAnalytics })
	w.rebuildConstructs()
}

func (w *world) rebuildConstructs() {
	w.constructs = map[string]*construct{}
	for i := range w.Catalogue {
		w.constructs[w.Catalogue[i].ID] = &w.Catalogue[i]
	}
}

// newID returns an id never given before, repeatable for the same seed and order of requests.
func (w *world) newID(kind string) string {
	w.Counter++
	return uuid.NewSHA1(identifierSpace, fmt.Appendf(nil, "%s/%s/%d", w.Seed, kind, w.Counter)).String()
}

// construct returns the entry of that kind and id, or nil.
func (w *world) construct(kind, id string) *construct {
	if c := w.constructs[id]; c != nil && c.Kind == kind {
		return c
	}
	return nil
}

func (w *world) byName(kind, name string) *construct {
	for i := range w.Catalogue {
		if c := &w.Catalogue[i]; c.Kind == kind && c.Name == name {
			return c
		}
	}
	return nil
}

func (w *world) ofKind(kind string) []construct {
	var found []construct
	for _, c := range w.Catalogue {
		if c.Kind == kind {
			found = append(found, c)
		}
	}
	return found
}

// nameOf returns the name of a construct, or its id when it is gone.
func (w *world) nameOf(kind, id string) string {
	if c := w.construct(kind, id); c != nil {
		return c.Name
	}
	return id
}

// living returns the account unless it is deleted or unknown: what a plain read by id finds.
func (w *world) living(id string) *user {
	if u := w.byID[id]; u != nil && u.State != stateDeleted {
		return u
	}
	return nil
}

func (w *world) add(u *user) {
	w.Users = append(w.Users, u)
	w.byID[u.ID] = u
	w.byEmail[strings.ToLower(u.Email)] = u
}

func (w *world) setEmail(u *user, email string) {
	delete(w.byEmail, strings.ToLower(u.Email))
	u.Email = email
	w.byEmail[strings.ToLower(email)] = u
}

// setAddresses replaces the account's contacts and with them who holds which extension.
func (w *world) setAddresses(u *user, addresses []contact) {
	for _, c := range u.Addresses {
		if c.internal() && w.byExtension[c.Extension] == u {
			delete(w.byExtension, c.Extension)
		}
	}
	u.Addresses = addresses
	for _, c := range addresses {
		if c.internal() {
			w.byExtension[c.Extension] = u
		}
	}
}

// seated counts the accounts that are joined to a queue, u aside.
func (w *world) seated(u *user) int {
	count := 0
	for _, other := range w.Users {
		if other != u && other.joinedAnywhere() {
			count++
		}
	}
	return count
}

func (u *user) joinedAnywhere() bool {
	for m := range maps.Values(u.Queues) {
		if m.Joined {
			return true
		}
	}
	return false
}
