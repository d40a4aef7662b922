package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

func moved(t *testing.T, s *store.Store, person string) (reports int) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		reports, err = p.MoveReports()
		return err
	})
	return reports
}

func TestWhomALeaverManagesIsLookedAtAgain(t *testing.T) {
	s, conn := open(t)
	queue := mapping.Queue{Name: "Sales"}
	serving(t, s, "WD-BOSS", "", queue)
	serving(t, s, "WD-OTHER", "", queue)
	serving(t, s, "WD-1", "WD-BOSS", queue)
	serving(t, s, "WD-2", "WD-BOSS", queue)
	serving(t, s, "WD-3", "WD-OTHER", queue)
	serving(t, s, "WD-4", "WD-BOSS", queue)
	later := update("evt_moved", "WD-4", map[string]any{"manager_external_id": "WD-OTHER"})
	later.at = "2026-03-03T10:00:00Z"
	ingest(t, s, later)
	withPerson(t, s, "WD-2", func(p *store.PersonTx) error { return p.UpdateAgent(store.AgentChange{State: new(lifecycle.OnLeave)}) })
	_, err := conn.Exec(t.Context(), `delete from rings`)
	require.NoError(t, err)

	require.Equal(t, 1, moved(t, s, "WD-BOSS"), "not who is away, not who has another manager by now")
	require.Empty(t, load(t, s, "WD-1").Agent.PlanDigest)
	require.NotEmpty(t, load(t, s, "WD-3").Agent.PlanDigest)
	require.NotEmpty(t, load(t, s, "WD-4").Agent.PlanDigest)
	require.Equal(t, 1, count(t, conn, "rings"))
	require.Equal(t, 1, count(t, conn, "rings where person_id = 'WD-1'"))
}

func TestWhomHRNamesAsManager(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	named := func() string {
		id, err := s.NamedManager(t.Context(), "WD-1")
		require.NoError(t, err)
		return id
	}
	require.Empty(t, named())
	ingest(t, s, update("evt_named", "WD-1", map[string]any{"manager_external_id": "WD-BOSS"}))
	require.Equal(t, "workday:WD-BOSS", named())
	cleared := update("evt_cleared", "WD-1", map[string]any{"manager_external_id": nil})
	cleared.at = "2026-03-04T10:00:00Z"
	ingest(t, s, cleared)
	require.Empty(t, named())
}

func TestWhoseAccountItIs(t *testing.T) {
	s, _ := open(t)
	serving(t, s, "WD-BOSS", "", mapping.Queue{Name: "Sales"})
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		for id, want := range map[string]bool{"WD-BOSS": true, "workday:WD-BOSS": true, "WD-1": false, "other:WD-BOSS": false} {
			is, err := p.IsAccountOf(id, "account of WD-BOSS")
			require.NoError(t, err)
			require.Equal(t, want, is, id)
		}
		return nil
	})
}
