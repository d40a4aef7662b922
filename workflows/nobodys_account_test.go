package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// nobodys is a centre with an account that is nobody's and works, as the last reconciliation found it.
func nobodys(t *testing.T) (c *centre, accountID string) {
	t.Helper()
	c = newCentre(t)
	accountID = c.has(99, genesystest.Plant{
		Name: new("A Robot"), Skills: map[string]float64{"Billing_Support": 2}, Queues: map[string]bool{"General_Support": true, "Billing_Queue": true},
	})
	c.drop(time.Now(), c.line(1, nil))
	c.plan()
	c.email = "e99@example.com"
	return c, accountID
}

func (c *centre) asks(accountID string) error {
	_, err := c.store.AskAccountTermination(c.t.Context(), store.Settlement{AccountID: accountID, Actor: "otto", Verified: true, Reason: "a test user of last year"})
	return err
}

func (c *centre) agrees(accountID, actor string) (store.AccountTermination, error) {
	return c.store.ApproveAccountTermination(c.t.Context(), accountID, store.Decision{Decision: "approve", Actor: actor, Reason: "seen"})
}

func TestAnAccountOfNobodyIsIsolatedAndMadeInactiveOnceASecondPersonAgreesAndNeverDeleted(t *testing.T) {
	c, accountID := nobodys(t)
	require.NoError(t, c.asks(accountID))
	require.Empty(t, c.writes(), "nothing is touched on one person's word")
	_, err := c.agrees(accountID, "Otto")
	var second *store.SecondPersonError
	require.ErrorAs(t, err, &second)
	agreed, err := c.agrees(accountID, "ana")
	require.NoError(t, err)
	c.person = agreed.PersonID
	generation := c.begun(lifecycle.Termination)
	c.again()
	c.runTermination(generation)

	account := c.account()
	require.Equal(t, "inactive", account.State)
	for queue, joined := range account.Queues {
		require.False(t, joined, queue)
	}
	require.Equal(t, lifecycle.Deactivated, c.agent().State)
	graces, _, err := c.store.Graces(t.Context(), store.GraceFilter{PersonID: c.person})
	require.NoError(t, err)
	require.Empty(t, graces, "nothing counts down to a deletion")
	snapshot, err := c.store.Snapshot(t.Context(), c.person, generation)
	require.NoError(t, err)
	require.Contains(t, string(snapshot.Body), "Billing_Support", "what it was before is kept")
	timeline := c.timeline()
	require.Contains(t, timeline, "otto asked for it, ana agreed")
	require.Contains(t, timeline, "read back unroutable")
	require.Contains(t, timeline, "verified inactive")

	// The next reconciliation has nothing to say about it, and nobody has to settle it.
	result, deltas := c.reconcile("rec_20260303_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	for _, d := range deltas {
		require.NotEqual(t, accountID, d.AccountID, d.Because)
	}
}

func TestAnAccountThatIsSomebodysIsNotTerminatedAsNobodys(t *testing.T) {
	t.Run("whose it would be by the last reconciliation", func(t *testing.T) {
		c := newCentre(t)
		accountID := c.has(1, genesystest.Plant{})
		c.drop(time.Now(), c.line(1, nil))
		c.plan()
		require.ErrorContains(t, c.asks(accountID), "HR employs WD-EMP-1")
	})
	t.Run("adopted after it was asked for", func(t *testing.T) {
		c, accountID := nobodys(t)
		require.NoError(t, c.asks(accountID))
		c.person = "WD-EMP-2"
		c.post("USER_CREATE", nil, map[string]any{"email": c.email, "first_name": "A", "last_name": "Robot"})
		require.NoError(t, c.store.AdoptAccount(t.Context(), c.person, store.Settlement{AccountID: accountID, Actor: "olga", Reason: "hers"}))
		_, err := c.agrees(accountID, "ana")
		require.ErrorIs(t, err, store.ErrNotFound)
		require.Empty(t, c.writes())
	})
	t.Run("ignored after it was asked for", func(t *testing.T) {
		c, accountID := nobodys(t)
		require.NoError(t, c.asks(accountID))
		_, err := c.store.IgnoreOutstanding(t.Context(), store.Settlement{AccountID: accountID, Actor: "olga", Reason: "an integration"})
		require.NoError(t, err)
		_, err = c.agrees(accountID, "ana")
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

func TestAnAccountOfNobodyThatIsMadeActiveAgainIsFoundAndAskedAbout(t *testing.T) {
	c, accountID := nobodys(t)
	require.NoError(t, c.asks(accountID))
	agreed, err := c.agrees(accountID, "ana")
	require.NoError(t, err)
	c.person = agreed.PersonID
	generation := c.begun(lifecycle.Termination)
	c.again()
	c.runTermination(generation)
	_, err = c.platform.Change(accountID, genesystest.Plant{State: new("active")})
	require.NoError(t, err)
	_, deltas := c.reconcile("rec_20260303_0200")
	var found []reconcile.Resolution
	for _, d := range deltas {
		if d.AccountID == accountID {
			found = append(found, d.ResolutionAction)
		}
	}
	require.Equal(t, []reconcile.Resolution{reconcile.IsolateAndAsk}, found)
}

func TestTheGuardHoldsTheTerminationOfAnAccountOfNobodyLikeAnyOther(t *testing.T) {
	c, accountID := nobodys(t)
	c.limits.Deactivations = none
	require.NoError(t, c.asks(accountID))
	agreed, err := c.agrees(accountID, "ana")
	require.NoError(t, err)
	c.person = agreed.PersonID
	generation := c.begun(lifecycle.Termination)
	c.again()
	c.at(time.Hour, func() {
		require.Equal(t, "active", c.account().State, "isolated, and not inactive before it is released")
		require.False(t, c.account().Queues["General_Support"])
		c.released(names.DecisionApprove)
	})
	c.runTermination(generation)
	require.Equal(t, "inactive", c.account().State)
	require.Contains(t, c.timeline(), "released from the guard")
}
