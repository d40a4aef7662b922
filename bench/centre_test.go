package bench

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/mapping"
	"muster/store"
)

type fields map[string]any

// kinds are the people of a centre: each is hired as one of them.
func kinds() []fields {
	return []fields{
		{"department_code": "SUPP_L1", "skill_codes": []string{"SVC_TECH", "LANG_EN"}, "location_code": "AUS"},
		{"department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH", "SVC_BILLING", "LANG_ES"}, "job_title_code": "SR_TECH_SUPPORT"},
		{"department_code": "BILLING", "skill_codes": []string{"SVC_BILLING", "LANG_EN", "LANG_FR"}},
		{"department_code": "SUPP_L1", "skill_codes": []string{"SVC_RETENTION"}, "location_code": "MAD"},
		{"department_code": "SALES", "skill_codes": []string{"SVC_RETENTION", "LANG_ES"}, "job_title_code": "SALES_REP"},
	}
}

// team is how many people there are for one who leads: a number that fills no page to its last line.
const team = 47

// centre is who works there: hired by HR two months ago, with an account that is as the registry says.
type centre struct {
	people []member
	// queues is how many members each queue has, by its name; memberships is their sum.
	queues      map[string]int
	memberships int
}

type member struct {
	id, email string
	kind      int
	manager   *member // nil: leads a team
	account   string
}

// hired is what HR tells of somebody, as an event's payload and as a roster's line.
func (m *member) hired() fields {
	payload := fields{
		"external_user_id": m.id, "email": m.email, "first_name": "Ada", "last_name": "Lovelace", "timezone": "America/New_York",
		"phone_extension": strings.TrimPrefix(m.id, "WD-EMP-"),
	}
	maps.Copy(payload, kinds()[m.kind])
	if m.manager != nil {
		payload["manager_external_id"] = m.manager.id
	}
	return payload
}

// settle puts a centre of so many on record, on the platform and into HR's folder.
func (s *stack) settle(b *testing.B, count int) *centre {
	b.Helper()
	c := &centre{people: make([]member, count), queues: map[string]int{}}
	// The platform's crowds are numbered one after the other: the leads of a kind, then team after team.
	leads := count / team
	for i := range c.people {
		p := &c.people[i]
		p.id, p.email = fmt.Sprintf("WD-EMP-%07d", i), fmt.Sprintf("person-%07d@example.com", i)
		if i < leads {
			p.kind = i * len(kinds()) / leads
			continue
		}
		p.manager = &c.people[(i-leads)/(team-1)]
		p.kind = p.manager.kind
	}
	s.hire(b, c)
	s.plant(b, c)
	s.link(b, c)
	require.NoError(b, os.MkdirAll(s.rosters(), 0o755))
	c.drop(b, s.rosters())
	return c
}

// hire has HR's events of everybody taken in.
func (s *stack) hire(b *testing.B, c *centre) {
	b.Helper()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(2)
	issued := time.Now().UTC().AddDate(0, -2, 0).Format(time.RFC3339Nano)
	for batch := range slices.Chunk(c.people, 1000) {
		group.Go(func() error {
			hires := make([]store.Incoming, len(batch))
			for i := range batch {
				var err error
				if hires[i], err = incoming(issued, batch[i].hired()); err != nil {
					return err
				}
			}
			_, err := s.store.Ingest(ctx, hires, false)
			return err
		})
	}
	require.NoError(b, group.Wait())
}

// incoming is a hire as the front door takes it in.
func incoming(issued string, payload fields) (store.Incoming, error) {
	id := "evt_" + uuid.NewString()
	body, err := json.Marshal(fields{
		"event_id": id, "event_type": hr.UserCreate, "source_system": sourceSystem, "timestamp_utc": issued, "payload": payload,
	})
	if err != nil {
		return store.Incoming{}, err
	}
	decoded, err := hr.Decode(body, hr.Zones{})
	if err != nil {
		return store.Incoming{}, err
	}
	return store.Incoming{
		Raw: body, SourceSystem: sourceSystem, Namespace: "default", EventID: id, ExternalUserID: decoded.Event.Payload.ExternalUserID,
		Event: &decoded.Event, Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("default", decoded.Event),
	}, nil
}

// plant puts the accounts on the platform.
func (s *stack) plant(b *testing.B, c *centre) {
	b.Helper()
	registry, now := s.registry(b), time.Now()
	crowd := func(from, count, kind int, manager string) {
		desired := registry.Resolve(s.stateOf(b, &c.people[from]), now).Desired
		account := planted(desired)
		if manager != "" {
			account.ManagerID = &manager
		}
		var answer struct{ IDs []string }
		s.simulator.call(b, http.MethodPost, "crowds", genesystest.Crowd{Count: count, From: from, Like: account}, &answer)
		require.Len(b, answer.IDs, count)
		for i, id := range answer.IDs {
			c.people[from+i].account = id
		}
		for queue := range account.Queues {
			c.queues[queue] += count
			c.memberships += count
		}
	}
	for from := 0; from < len(c.people); {
		first, count := &c.people[from], 1
		for from+count < len(c.people) && c.people[from+count].kind == first.kind && c.people[from+count].manager == first.manager {
			count++
		}
		manager := ""
		if first.manager != nil {
			manager = first.manager.account
		}
		crowd(from, count, first.kind, manager)
		from += count
	}
}

func (s *stack) registry(b *testing.B) *mapping.Registry {
	b.Helper()
	version, err := s.store.MappingInForce(b.Context(), time.Now())
	require.NoError(b, err)
	registry, err := version.Registry()
	require.NoError(b, err)
	return registry
}

// stateOf is what HR's event says of somebody.
func (s *stack) stateOf(b *testing.B, m *member) hr.State {
	b.Helper()
	told, err := incoming(time.Now().UTC().Format(time.RFC3339Nano), m.hired())
	require.NoError(b, err)
	return hr.Fold([]hr.Accepted{{Event: *told.Event, Namespace: told.Namespace, ReceivedAt: time.Now()}}, time.Now(), hr.Zones{}).State
}

// planted is the pattern of the accounts that the registry describes.
func planted(desired mapping.Desired) genesystest.Plant {
	account := genesystest.Plant{
		Name: new("Ada Lovelace"), Email: new("person-{n}@example.com"), Extension: new("{n}"),
		Division: &desired.Division, Department: &desired.Department, Title: &desired.Title,
		Roles: append([]string{"employee"}, desired.Roles...), Groups: desired.Groups, Skills: rated(desired.Skills), Languages: rated(desired.Languages),
		Queues: map[string]bool{}, ManagementUnit: &desired.ManagementUnit, WorkPlan: &desired.WorkPlan,
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-EMP-{n}"}},
	}
	if desired.Location != "" {
		account.Locations = []string{desired.Location}
	}
	for _, queue := range desired.Queues {
		account.Queues[queue.Name] = true
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

// link records that the hires were carried out.
func (s *stack) link(b *testing.B, c *centre) {
	b.Helper()
	s.query(b, func(conn *pgx.Conn) {
		ctx := b.Context()
		run := func(sql string) {
			_, err := conn.Exec(ctx, sql)
			require.NoError(b, err)
		}
		run(`create temporary table linked (person_id text primary key, account text)`)
		_, err := conn.CopyFrom(ctx, pgx.Identifier{"linked"}, []string{"person_id", "account"},
			pgx.CopyFromSlice(len(c.people), func(i int) ([]any, error) { return []any{c.people[i].id, c.people[i].account}, nil }))
		require.NoError(b, err)
		run(`update agents set lifecycle_state = 'active', generation = 1, platform = 'genesys', platform_user_id = account, mapping_version = 1,
				activated_at = now() from linked where agents.person_id = linked.person_id`)
		run(`update hr_events set outcome = 'applied', outcome_at = now()`)
		run(`delete from rings`)
		run(`vacuum analyze`)
	})
}

// drop drops HR's roster of everybody into a folder.
func (c *centre) drop(b *testing.B, folder string) {
	b.Helper()
	var text strings.Builder
	for i := range c.people {
		line := c.people[i].hired()
		line["status"] = "ACTIVE"
		encoded, err := json.Marshal(line)
		require.NoError(b, err)
		text.Write(encoded)
		text.WriteByte('\n')
	}
	name := filepath.Join(folder, "people-"+time.Now().UTC().Format("20060102-150405")+".jsonl")
	require.NoError(b, os.WriteFile(name, []byte(text.String()), 0o600))
	sum := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256([]byte(text.String())), filepath.Base(name))
	require.NoError(b, os.WriteFile(name+".sha256", sum, 0o600))
}
