package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func TestAnEmailHeldByAStrangersDeletedAccountIsAQuestionForAPerson(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.newPerson()
	stranger, err := s.platform.Plant(genesystest.Plant{
		Name: new("Joanna Smith"), Email: &p.email, State: new("deleted"),
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-OLD-7"}},
	})
	require.NoError(t, err)

	hire := p.post("USER_CREATE", nil, p.hire(nil))
	review := p.isReviewed(t, "identity")
	require.Contains(t, review.Question, stranger.ID)
	require.NotContains(t, review.Question, p.email)
	require.True(t, p.agent(t).NeedsAttention)

	_, err = s.api.Retry(t.Context(), review.ID, "too early: nothing has been done about it")
	require.NoError(t, err)
	eventually(t, "the question is asked again", func() error {
		if again := p.isReviewed(t, "identity"); again.ID == review.ID {
			return errNotYet
		}
		return nil
	})
	untouched, found := s.platform.User(stranger.ID)
	require.True(t, found)
	require.Equal(t, stranger, untouched, "the stranger's account stays as it was")

	_, err = s.platform.Change(stranger.ID, genesystest.Plant{Email: new("former." + p.email)})
	require.NoError(t, err)
	_, err = s.api.Retry(t.Context(), p.isReviewed(t, "identity").ID, "the old account gave the address up")
	require.NoError(t, err)
	s.comesOut(t, hire, "applied")
	account := p.theOnlyAccount(t)
	require.NotEqual(t, stranger.ID, account.ID)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, account.Queues)
	require.False(t, p.agent(t).NeedsAttention)
	left, _ := s.platform.User(stranger.ID)
	require.Equal(t, "deleted", left.State)
	s.invariantsHold(t)
}
