package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// serving makes somebody an active agent with an account whose plan gives them a queue, and whom HR says has that manager.
func serving(t *testing.T, s *store.Store, person, manager string, queue mapping.Queue) {
	t.Helper()
	newcomer(t, s, person)
	if manager != "" {
		ingest(t, s, update("evt_manager_"+person, person, map[string]any{"manager_external_id": manager}))
	}
	withPerson(t, s, person, func(p *store.PersonTx) error {
		generation, err := p.TakeOver(lifecycle.Hire, "test")
		if err != nil {
			return err
		}
		plan := lifecycle.NewPlan(person, lifecycle.Hire, generation, hr.Picture{},
			mapping.Resolution{Desired: mapping.Desired{Queues: []mapping.Queue{{Name: "Other"}, queue}}}, nil)
		if err := p.SavePlan(plan); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{
			Platform: new("genesys"), PlatformUserID: new("account of " + person), State: new(lifecycle.Active), Operation: new(lifecycle.None),
			PlanDigest: &plan.Digest,
		})
	})
}

func supervisors(t *testing.T, s *store.Store, queue string) (people []string) {
	t.Helper()
	found, err := s.Supervisors(t.Context(), "genesys", queue, 5)
	require.NoError(t, err)
	for _, agent := range found {
		people = append(people, agent.PersonID)
	}
	return people
}

func TestSupervisorsOfAQueueAreTheManagersOfThoseWhoServeIt(t *testing.T) {
	s, _ := open(t)
	sales := mapping.Queue{Name: "Sales"}
	serving(t, s, "WD-BOSS", "", mapping.Queue{Name: "Office"})
	serving(t, s, "WD-SECOND", "", mapping.Queue{Name: "Office"})
	serving(t, s, "WD-STRANGER", "", mapping.Queue{Name: "Office"})
	serving(t, s, "WD-1", "WD-SECOND", sales)
	serving(t, s, "WD-2", "WD-BOSS", sales)
	serving(t, s, "WD-3", "WD-BOSS", mapping.Queue{Name: "Gone", Fallback: "Sales"})
	serving(t, s, "WD-4", "WD-STRANGER", mapping.Queue{Name: "Support"})

	require.Equal(t, []string{"WD-BOSS", "WD-SECOND"}, supervisors(t, s, "Sales"), "most reports first")
	require.Empty(t, supervisors(t, s, "Nobody's"))
}

func TestASupervisorWhoLeavesOrIsNotActiveCannotTakeAnything(t *testing.T) {
	for name, change := range map[string]store.AgentChange{
		"leaving":    {Operation: new(lifecycle.Termination)},
		"not active": {State: new(lifecycle.OnLeave)},
		"no account": {PlatformUserID: new("")},
		"elsewhere":  {Platform: new("cxone")},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			serving(t, s, "WD-BOSS", "", mapping.Queue{Name: "Office"})
			serving(t, s, "WD-1", "WD-BOSS", mapping.Queue{Name: "Sales"})
			require.Len(t, supervisors(t, s, "Sales"), 1)
			withPerson(t, s, "WD-BOSS", func(p *store.PersonTx) error { return p.UpdateAgent(change) })
			require.Empty(t, supervisors(t, s, "Sales"))
		})
	}
}

func TestTheNewestWordAboutAManagerCounts(t *testing.T) {
	s, _ := open(t)
	serving(t, s, "WD-OLD", "", mapping.Queue{Name: "Office"})
	serving(t, s, "WD-NEW", "", mapping.Queue{Name: "Office"})
	serving(t, s, "WD-1", "WD-OLD", mapping.Queue{Name: "Sales"})
	later := update("evt_later", "WD-1", map[string]any{"manager_external_id": "WD-NEW"})
	later.at = "2026-03-03T10:00:00Z"
	ingest(t, s, later)
	require.Equal(t, []string{"WD-NEW"}, supervisors(t, s, "Sales"))

	cleared := update("evt_cleared", "WD-1", map[string]any{"manager_external_id": nil})
	cleared.at = "2026-03-04T10:00:00Z"
	ingest(t, s, cleared)
	require.Empty(t, supervisors(t, s, "Sales"))
}
