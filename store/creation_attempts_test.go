package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

func TestACreationThatMayHaveHappenedIsRemembered(t *testing.T) {
	answers := map[string]struct {
		receipt   ccaas.Receipt
		err       error
		attempted bool
		created   string
	}{
		"made":              {ccaas.Receipt{Status: 200, AccountID: "user-1"}, nil, true, "user-1"},
		"without an answer": {ccaas.Receipt{}, &ccaas.Error{Kind: ccaas.KindUnavailable}, true, ""},
		"refused":           {ccaas.Receipt{}, &ccaas.Error{Kind: ccaas.KindEmailTaken, Status: 409}, false, ""},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			newcomer(t, s, "WD-1")
			guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
			err := guard(t.Context(), ccaas.Write{Verb: "account.create"}, func(context.Context) (ccaas.Receipt, error) {
				return answer.receipt, answer.err
			})
			require.Equal(t, answer.err, err)
			creationIs(t, s, answer.attempted, answer.created)
		})
	}
}

func TestACreationThatTheFenceRefusedWasNotAttempted(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	takeOver(t, s, "WD-1", lifecycle.Termination)
	err := guard(t.Context(), ccaas.Write{Verb: "account.create"}, func(context.Context) (ccaas.Receipt, error) {
		return ccaas.Receipt{}, nil
	})
	require.ErrorIs(t, err, store.ErrFenced)
	creationIs(t, s, false, "")
}

func creationIs(t *testing.T, s *store.Store, attempted bool, accountID string) {
	t.Helper()
	tried, err := s.CreationAttempted(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, attempted, tried)
	created, err := s.CreatedAccount(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, accountID, created)
}
