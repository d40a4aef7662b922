package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// settled is somebody who has been at work for long: hired by HR, with a plan that was carried out and an account that is as planned.
type settled struct {
	*person
	// hired is the payload of the hire; its roster's line is the same.
	hired fields
	// accountID is the account, truth what it was when it was as planned.
	accountID string
	truth     genesystest.Truth
}

// kinds are the people of the centre: each is hired as one of them.
func kinds() []fields {
	return []fields{
		{"department_code": "SUPP_L1", "skill_codes": []string{"SVC_TECH", "LANG_EN"}, "location_code": "AUS"},
		{"department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH", "SVC_BILLING", "LANG_ES"}, "job_title_code": "SR_TECH_SUPPORT"},
		{"department_code": "BILLING", "skill_codes": []string{"SVC_BILLING", "LANG_EN", "LANG_FR"}},
		{"department_code": "SUPP_L1", "skill_codes": []string{"SVC_RETENTION"}, "location_code": "MAD"},
		{"department_code": "SALES", "skill_codes": []string{"SVC_RETENTION", "LANG_ES"}, "job_title_code": "SALES_REP"},
	}
}

// newSettled is somebody with an extension of their own who is hired as one of kinds, with changes.
func (s *stack) newSettled(number, kind int, changes fields) *settled {
	p := &settled{person: s.newPerson()}
	p.hired = p.hire(mergedFields(fields{"phone_extension": fmt.Sprint(20000 + number)}, kinds()[kind], changes))
	return p
}

// populate puts people on record and on the platform as their hires would have left them, before any program runs.
func (s *stack) populate(t *testing.T, people []*settled) {
	t.Helper()
	version, err := s.store.MappingInForce(t.Context(), time.Now())
	require.NoError(t, err)
	registry, err := version.Registry()
	require.NoError(t, err)
	byID := map[string]*settled{}
	var hires []store.Incoming
	for _, p := range people {
		byID[p.id] = p
		hires = append(hires, incoming(t, "USER_CREATE", time.Now().AddDate(0, -2, 0), p.hired))
	}
	for len(hires) > 0 {
		batch := min(1000, len(hires))
		_, err := s.store.Ingest(t.Context(), hires[:batch], false)
		require.NoError(t, err)
		hires = hires[batch:]
	}
	plans := s.plan(t, registry, byID)
	for _, p := range people { // managers come before their people
		plan, there := plans[p.id]
		if !there || plan.Desired.Platform != "genesys" {
			continue
		}
		account := planted(p, plan.Desired)
		if manager := byID[fmt.Sprint(p.hired["manager_external_id"])]; manager != nil {
			account.ManagerID = &manager.accountID
		}
		p.truth, err = s.platform.Plant(account)
		require.NoError(t, err)
		p.accountID = p.truth.ID
	}
	s.carriedOut(t, people, plans)
}

// incoming is an event of HR's as the front door takes it in.
func incoming(t *testing.T, eventType string, issued time.Time, payload fields) store.Incoming {
	t.Helper()
	id := newEventID()
	body := event(id, eventType, fields{"timestamp_utc": issued.UTC().Format(time.RFC3339Nano)}, payload)
	decoded, err := hr.Decode(body, hr.Zones{})
	require.NoError(t, err)
	return store.Incoming{
		Raw: body, SourceSystem: source, Namespace: "default", EventID: id, ExternalUserID: decoded.Event.Payload.ExternalUserID,
		Event: &decoded.Event, Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("default", decoded.Event),
	}
}

// plan is what the hires of people would have planned.
func (s *stack) plan(t *testing.T, registry *mapping.Registry, people map[string]*settled) map[string]lifecycle.Plan {
	t.Helper()
	now, plans := time.Now(), map[string]lifecycle.Plan{}
	require.NoError(t, s.store.WalkPeople(t.Context(), 0, func(page []store.Person) error {
		for _, person := range page {
			if people[person.PersonID] == nil {
				continue
			}
			open := map[string]bool{}
			for _, e := range person.Events {
				open[e.Event.EventID] = true
			}
			picture := levers.Fold(person, now, registry.Zones())
			plans[person.PersonID] = lifecycle.NewPlan(person.PersonID, lifecycle.Hire, 1, picture, registry.Resolve(picture.State, now), open)
		}
		return nil
	}))
	return plans
}

// planted is the account that a plan describes.
func planted(p *settled, desired mapping.Desired) genesystest.Plant {
	account := genesystest.Plant{
		Name: new(p.first + " " + p.last), Email: &p.email, Division: &desired.Division, Department: &desired.Department, Title: &desired.Title,
		Roles: append([]string{"employee"}, desired.Roles...), Groups: desired.Groups, Skills: rated(desired.Skills), Languages: rated(desired.Languages),
		Queues: map[string]bool{}, ManagementUnit: &desired.ManagementUnit, WorkPlan: &desired.WorkPlan,
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: p.id}},
	}
	if extension, has := p.hired["phone_extension"].(string); has {
		account.Extension = &extension
	}
	if desired.Location != "" {
		account.Locations = []string{desired.Location}
	}
	for _, queue := range desired.Queues {
		name := queue.Name
		if name == vanishedQueue {
			name = queue.Fallback
		}
		account.Queues[name] = true
	}
	return account
}

func rated(of []mapping.Rated) map[string]float64 {
	named := map[string]float64{}
	for _, r := range of {
		named[r.Name] = r.Proficiency
	}
	return named
}

// carriedOut records that the plans were carried out.
func (s *stack) carriedOut(t *testing.T, people []*settled, plans map[string]lifecycle.Plan) {
	t.Helper()
	var ids, accounts, platforms, digests, bodies []string
	for _, p := range people {
		plan := plans[p.id]
		body, err := json.Marshal(plan)
		require.NoError(t, err)
		account := p.accountID
		if account == "" {
			account = "another platform's " + p.id
		}
		ids, accounts, platforms = append(ids, p.id), append(accounts, account), append(platforms, plan.Desired.Platform)
		digests, bodies = append(digests, plan.Digest), append(bodies, string(body))
	}
	s.sql(t, `insert into plans (person_id, generation, digest, body)
		select id, 1, digest, body::jsonb from unnest($1::text[], $2::text[], $3::text[]) as of (id, digest, body)`, ids, digests, bodies)
	s.sql(t, `update agents set lifecycle_state = 'active', generation = 1, platform = of.platform, platform_user_id = of.account, plan_digest = of.digest,
			mapping_version = 1, activated_at = now()
		from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as of (id, platform, account, digest) where agents.person_id = of.id`,
		ids, platforms, accounts, digests)
	s.sql(t, `update hr_events set outcome = 'applied', outcome_at = now() where person_id = any($1)`, ids)
	s.sql(t, `delete from rings where person_id = any($1)`, ids)
}

// now is the account as the platform has it.
func (p *settled) now(t *testing.T) genesystest.Truth {
	t.Helper()
	account, there := p.s.platform.User(p.accountID)
	require.True(t, there, p.id)
	return account
}

// change changes the account behind everybody's back.
func (p *settled) change(t *testing.T, how genesystest.Plant) {
	t.Helper()
	_, err := p.s.platform.Change(p.accountID, how)
	require.NoError(t, err)
}

// onRecord changes the record by itself, as a fault of the database's operators would.
func (p *settled) onRecord(t *testing.T, change func(p *store.PersonTx) error) {
	t.Helper()
	require.NoError(t, p.s.store.WithPerson(t.Context(), p.id, func(_ context.Context, tx *store.PersonTx) error { return change(tx) }))
}

// with copies a map and changes one entry; without takes one away.
func with[V any](in map[string]V, name string, value V) map[string]V {
	out := maps.Clone(in)
	out[name] = value
	return out
}

func without[V any](in map[string]V, name string) map[string]V {
	out := maps.Clone(in)
	delete(out, name)
	return out
}
