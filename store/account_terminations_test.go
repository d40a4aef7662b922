package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// The reconciliation at night must not hide what an approver is asked.
func TestWhatSomebodyIsToDecideAboutAnAccountStaysInTheInboxOverAReconciliation(t *testing.T) {
	s, _ := open(t)
	const before, after = "rec_20260302_0200", "rec_20260303_0200"
	stray := delta(before, "PLATFORM_ONLY", "")
	stray.Subject, stray.AccountID, stray.ResolutionAction = "a-1", "a-1", "REVIEW_OUTSTANDING"
	found(t, s, before, stray)
	_, err := s.AskAccountTermination(t.Context(), store.Settlement{AccountID: "a-1", Actor: "otto", Verified: true, Reason: "a robot that is gone"})
	require.NoError(t, err)
	inbox := func() (subjects []string) {
		alerts, _, err := s.Alerts(t.Context(), store.AlertFilter{})
		require.NoError(t, err)
		for _, a := range alerts {
			if a.ClosedAt == nil {
				subjects = append(subjects, a.SubjectID)
			}
		}
		return subjects
	}
	require.Equal(t, []string{"a-1"}, inbox())
	reconciliation(t, s, after)
	complete(t, s, after)
	require.NoError(t, s.CloseSettledDeltas(t.Context(), after))
	require.Equal(t, []string{"a-1"}, inbox(), "an approver has still to decide")
	_, err = s.RejectAccountTermination(t.Context(), "a-1", store.Decision{Actor: "anna", Reason: "it is in use"})
	require.NoError(t, err)
	require.Empty(t, inbox())
}

// Whoever an account may turn out to be of is not cut off by somebody who takes it for a robot's.
func TestAnAccountThatSomebodyMayTurnOutToHaveIsNotTerminated(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-1"))
	const id = "rec_20260302_0200"
	_, err := s.BeginPlatformRoster(t.Context(), id, "genesys")
	require.NoError(t, err)
	require.NoError(t, s.StageRosterPage(t.Context(), id, "", ccaas.RosterPage{Accounts: []ccaas.RosterAccount{
		{Account: ccaas.Account{ID: "a-1", State: ccaas.Active, Name: "Robot", Email: "robot@enterprise.test"}},
		{Account: ccaas.Account{ID: "a-2", State: ccaas.Active, Name: "J. Doe", Email: " wd-1@Enterprise.test"}},
	}}))
	var strays []store.Delta
	for _, account := range []string{"a-1", "a-2"} {
		stray := delta(id, "PLATFORM_ONLY", "")
		stray.Subject, stray.AccountID, stray.ResolutionAction = account, account, "REVIEW_OUTSTANDING"
		strays = append(strays, stray)
	}
	found(t, s, id, strays...)
	ask := func(account string) error {
		_, err := s.AskAccountTermination(t.Context(), store.Settlement{AccountID: account, Actor: "otto", Verified: true, Reason: "a robot"})
		return err
	}
	var refusal *store.TerminationRefusal
	require.ErrorAs(t, ask("a-2"), &refusal)
	require.Contains(t, refusal.Why, "the email of person WD-1")
	require.NoError(t, ask("a-1"))
	// Before an approver agrees, a hire asks whether the account is somebody's.
	require.NoError(t, s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		_, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewIdentity, Question: "whose?", Detail: []byte(`{"account_id":"a-1"}`)})
		return err
	}))
	_, err = s.ApproveAccountTermination(t.Context(), "a-1", store.Decision{Actor: "anna", Reason: "agreed"})
	require.ErrorAs(t, err, &refusal)
	require.Contains(t, refusal.Why, "decide that first")
}
