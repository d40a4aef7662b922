package carryout

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"muster/ccaas"
	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/mapping"
	"muster/reconcile"
	"muster/store"
)

// pendingFor is how long an event that is due counts as about to be carried out. After that, whatever keeps it explains no difference.
const pendingFor = time.Hour

// longestLine bounds how far up the line a manager is looked for; HR's word may go round in a circle.
const longestLine = 20

// expecting says what accounts must be, for all people of a run.
type expecting struct {
	records   *store.Store
	registry  *mapping.Registry
	catalogue *ccaas.Catalogue
	platform  string
	zones     hr.Zones
	at        time.Time
	zoneOf    func(timezone, location, department string) *time.Location
	// superiors are the accounts of managers that have been looked up, by the id that HR names them by: a manager leads many.
	superiors map[string]string
}

func newExpecting(records *store.Store, registry *mapping.Registry, catalogue *ccaas.Catalogue, platform string, at time.Time) *expecting {
	zones := registry.Zones()
	return &expecting{records: records, registry: registry, catalogue: catalogue, platform: platform, zones: zones, at: at, zoneOf: zones.Finder()}
}

// page is what the accounts of these people must be, in their order.
func (x *expecting) page(ctx context.Context, people []store.ComparedPerson) ([]reconcile.Expected, error) {
	pictures := make([]hr.Picture, len(people))
	states := make([]hr.State, len(people))
	managers := make([]string, len(people))
	for i, person := range people {
		pictures[i] = levers.Fold(person.Person, x.at, x.zones)
		states[i] = pictures[i].State
		if person.NeverHeard {
			states[i] = x.byRoster(person)
		}
		managers[i] = states[i].ManagerExternalID
	}
	accounts, err := x.managers(ctx, managers)
	if err != nil {
		return nil, err
	}
	expected := make([]reconcile.Expected, len(people))
	for i, person := range people {
		manager := accounts[managers[i]]
		if manager == person.Agent.PlatformUserID {
			manager = "" // HR's word goes round in a circle, and nobody manages themselves
		}
		expected[i] = x.person(person, pictures[i], states[i], manager)
	}
	return expected, nil
}

func (x *expecting) person(p store.ComparedPerson, picture hr.Picture, state hr.State, manager string) reconcile.Expected {
	e := reconcile.Expected{PersonID: p.PersonID}
	for _, id := range p.ExternalIDs {
		e.ExternalUserID = id.ID
		if !slices.Contains(e.Namespaces, id.Namespace) {
			e.Namespaces = append(e.Namespaces, id.Namespace)
		}
	}
	if len(p.ExternalIDs) > 0 {
		e.ExternalUserID = p.ExternalIDs[0].ID
	}
	e = e.Hear(levers.Said(p.Person), picture)
	for _, r := range p.Lines {
		zone := x.zoneOf(said(r.Person.Timezone, state.Timezone), said(r.Person.LocationCode, state.LocationCode), said(r.Person.DepartmentCode, state.DepartmentCode))
		e.Roster = append(e.Roster, reconcile.LineOf(r.Namespace, r.Person, x.at, zone))
	}
	for _, d := range p.Defects {
		e.Roster = append(e.Roster, reconcile.Line{
			Word: reconcile.Word{Namespace: d.Namespace, ExternalUserID: d.ExternalUserID}, Refused: problemsOf(d.Problems),
		})
	}
	e = e.Expect(state, x.registry.Resolve(state, x.at), manager, x.catalogue, x.registry.RoleNeedsApproval)
	e.Record = x.record(p, picture)
	ids := []string{e.Record.AccountID}
	for _, id := range p.ExternalIDs {
		ids = append(ids, id.OnPlatform())
	}
	e.Foreign = x.foreign(ids...)
	e.Exceptions, e.PutBacks = reconcile.ExceptionsOf(p.Exceptions), reconcile.PutBacksOf(p.PutBacks)
	return e
}

// foreign says whether an account that is known by these ids is owned elsewhere as a whole.
func (x *expecting) foreign(ids ...string) bool {
	return x.registry.UserElsewhere(x.platform, ids...) != ""
}

// owned notes which accounts are owned elsewhere by their own id, or by one of HR's that they carry.
func (x *expecting) owned(accounts []reconcile.Actual) []reconcile.Actual {
	for i := range accounts {
		accounts[i].Foreign = x.foreign(append(slices.Clone(accounts[i].Account.ExternalIDs), accounts[i].Account.ID)...)
	}
	return accounts
}

func said(field hr.Optional[string], otherwise string) string {
	if field.Present {
		return field.Value
	}
	return otherwise
}

// problemsOf are the fields of a line that could not be read. What was found in them is personal and stays out.
func problemsOf(problems []hr.Problem) (words string) {
	for i, problem := range problems {
		if i > 0 {
			words += ", "
		}
		words += problem.Field
	}
	return words
}

func (x *expecting) record(p store.ComparedPerson, picture hr.Picture) reconcile.Record {
	a := p.Agent
	r := reconcile.Record{
		State: a.State, Platform: a.Platform, AccountID: a.PlatformUserID, Generation: a.Generation, Operation: a.Operation,
		Pending: x.pending(p.Person, picture), ChangedAt: a.UpdatedAt, Grace: p.Grace, Held: len(p.Holds) > 0, Reversed: p.Override != nil,
		Unjoined: p.Unjoined,
	}
	for _, review := range p.Reviews {
		var about struct {
			Field lifecycle.Field `json:"field"`
		}
		_ = json.Unmarshal(review.Detail, &about) // a detail without a field is about none
		r.Open = append(r.Open, reconcile.QuestionOfReview(review.ID, review.Kind, review.Blocking, about.Field))
	}
	for _, approval := range p.Approvals {
		r.Open = append(r.Open, reconcile.QuestionOfApproval(approval.ID, approval.Kind))
	}
	return r
}

// pending says that an event has just become due and waits for nothing: the mailbox is about to carry it out.
func (x *expecting) pending(person store.Person, picture hr.Picture) bool {
	effective := map[string]hr.EventStanding{}
	for _, standing := range picture.Events {
		effective[standing.EventID] = standing
	}
	for _, event := range person.Events {
		standing, folded := effective[event.Event.EventID]
		if event.Final() || !folded || standing.Standing == hr.Future || event.Wait.For != "" {
			continue
		}
		due := event.ReceivedAt
		if standing.Effective.After(due) {
			due = standing.Effective
		}
		if x.at.Sub(due) < pendingFor {
			return true
		}
	}
	return false
}

// byRoster is what a roster's line says of somebody of whom nothing else is known, as the state that the registry is asked about.
func (x *expecting) byRoster(p store.ComparedPerson) hr.State {
	for _, line := range p.Lines {
		event := hr.Event{EventID: "roster", EventType: hr.UserCreate, TimestampUTC: x.at, Payload: line.Person}
		event.Payload.Termination = nil
		return hr.Fold([]hr.Accepted{{Event: event, Namespace: line.Namespace, ReceivedAt: x.at}}, x.at, x.zones).State
	}
	return hr.State{}
}

// managers are the accounts of managers by the ids that HR names them by: of whoever is next up the line where one has left (RULES 12).
func (x *expecting) managers(ctx context.Context, ids []string) (map[string]string, error) {
	if x.superiors == nil {
		x.superiors = map[string]string{}
	}
	asked := map[string]string{} // the id that is looked for now, by the one that HR names
	for _, id := range ids {
		if _, known := x.superiors[id]; !known && id != "" {
			asked[id] = id
			x.superiors[id] = ""
		}
	}
	for range longestLine {
		if len(asked) == 0 {
			break
		}
		wanted := make([]string, 0, len(asked))
		for _, id := range asked {
			wanted = append(wanted, id)
		}
		found, err := x.records.Superiors(ctx, wanted)
		if err != nil {
			return nil, err
		}
		next := map[string]string{}
		for named, id := range asked {
			switch superior, there := found[id]; {
			case !there:
			case !superior.State.HasLeft():
				x.superiors[named] = superior.AccountID
			case superior.Manager != "":
				next[named] = superior.Manager
			}
		}
		asked = next
	}
	return x.superiors, nil
}
