package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func TestAManagerWhoAppearsMakesThoseDueWhoWaitForThem(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	newcomer(t, s, "WD-3")
	digest := "carried out"
	for person, manager := range map[string]string{"WD-1": "WD-9", "WD-2": "workday:WD-9", "WD-3": "WD-8"} {
		withPerson(t, s, person, func(p *store.PersonTx) error {
			if err := p.UpdateAgent(store.AgentChange{PlanDigest: &digest, State: new(lifecycle.Active)}); err != nil {
				return err
			}
			return p.AwaitManager(manager)
		})
	}
	newcomer(t, s, "WD-9")
	_, err := conn.Exec(t.Context(), `delete from rings`)
	require.NoError(t, err)

	var rung int
	withPerson(t, s, "WD-9", func(p *store.PersonTx) (err error) {
		rung, err = p.RingReports()
		return err
	})
	require.Equal(t, 2, rung)
	require.Equal(t, 2, count(t, conn, `rings where person_id in ('WD-1', 'WD-2')`))
	require.Zero(t, count(t, conn, `rings where person_id not in ('WD-1', 'WD-2')`))
	require.Empty(t, load(t, s, "WD-1").Agent.PlanDigest, "what was carried out is to be carried out again")
	require.Equal(t, digest, load(t, s, "WD-3").Agent.PlanDigest)
}

func TestALeaverWhoWaitedForAManagerIsNotRungAndKeepsThePlanThatWasCarriedOut(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-9")
	digest := "carried out"
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		if err := p.UpdateAgent(store.AgentChange{PlanDigest: &digest, State: new(lifecycle.Deactivated)}); err != nil {
			return err
		}
		return p.AwaitManager("WD-9")
	})
	withPerson(t, s, "WD-9", func(p *store.PersonTx) error {
		rung, err := p.RingReports()
		require.Zero(t, rung)
		return err
	})
	require.Equal(t, digest, load(t, s, "WD-1").Agent.PlanDigest)
}

func TestWhoNoLongerWaitsForAManagerIsNotRung(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-9")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		require.NoError(t, p.UpdateAgent(store.AgentChange{State: new(lifecycle.Active)}))
		return p.AwaitManager("WD-9")
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		awaited, err := p.AwaitedManager()
		require.Equal(t, "WD-9", awaited)
		require.NoError(t, err)
		return p.AwaitManager("")
	})
	withPerson(t, s, "WD-9", func(p *store.PersonTx) error {
		rung, err := p.RingReports()
		require.Zero(t, rung)
		return err
	})
}

func TestWhoeverIsTheirOwnManagerIsNotRung(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		require.NoError(t, p.UpdateAgent(store.AgentChange{State: new(lifecycle.Active)}))
		return p.AwaitManager("WD-1")
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		rung, err := p.RingReports()
		require.Zero(t, rung)
		return err
	})
}
