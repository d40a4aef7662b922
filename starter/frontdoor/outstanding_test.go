package frontdoor_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas"
	"muster/reconcile"
	"muster/reconcile/remedy"
	"muster/store"
)

// withOutstanding is a house whose last reconciliation has found accounts that are nobody's.
func withOutstanding(t *testing.T) *house {
	t.Helper()
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, map[string]any{"email": "ana.lopez@example.com", "first_name": "Ana", "last_name": "Lopez"}))
	const id = "rec_20260302_0200"
	_, _, err := h.store.StartReconciliation(t.Context(), store.Reconciliation{ID: id, Platform: "genesys"})
	require.NoError(t, err)
	_, err = h.store.BeginPlatformRoster(t.Context(), id, "genesys")
	require.NoError(t, err)
	account := func(id, name string) ccaas.RosterAccount {
		return ccaas.RosterAccount{Account: ccaas.Account{ID: id, Name: name, Email: id + "@example.com", State: ccaas.Active}}
	}
	require.NoError(t, h.store.StageRosterPage(t.Context(), id, "", ccaas.RosterPage{
		Accounts: []ccaas.RosterAccount{account("acc-ana", "Ana Lopez"), account("acc-test", "Test User")},
	}))
	for _, accountID := range []string{"acc-ana", "acc-test"} {
		d := reconcile.Delta{
			ReconciliationID: id, DeltaType: reconcile.PlatformOnly, ResolutionAction: reconcile.ReviewOutstanding, AccountID: accountID,
			Because: "nobody's", TimestampUTC: time.Now().UTC(),
		}
		row, err := d.Row()
		require.NoError(t, err)
		_, err = h.store.AddDeltas(t.Context(), []store.Delta{row})
		require.NoError(t, err)
		_, err = remedy.New(h.store, false).Carry(t.Context(), id, d, store.ModeRepair)
		require.NoError(t, err)
	}
	require.NoError(t, h.store.EndReconciliation(t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationCompleted}))
	return h
}

func (h *house) outstanding() (accounts []string) {
	h.t.Helper()
	page, err := h.as(viewerToken).Outstanding(h.t.Context(), api.PageQuery{})
	require.NoError(h.t, err)
	for _, o := range page.Items {
		accounts = append(accounts, o.AccountID)
	}
	return accounts
}

func (h *house) openDeltas() (subjects []string) {
	h.t.Helper()
	alerts, _, err := h.store.Alerts(h.t.Context(), store.AlertFilter{State: store.AlertOpen})
	require.NoError(h.t, err)
	for _, a := range alerts {
		if a.Kind == store.AlertDeltaOpen {
			subjects = append(subjects, a.SubjectID)
		}
	}
	return subjects
}

func TestAnAccountThatIsNobodysIsAdoptedOrIgnored(t *testing.T) {
	h := withOutstanding(t)
	require.Equal(t, []string{"acc-ana", "acc-test"}, h.outstanding())
	require.ElementsMatch(t, []string{"acc-ana", "acc-test"}, h.openDeltas())
	operator := h.as(operatorToken)
	_, err := h.as(viewerToken).SettleOutstanding(t.Context(), "acc-ana", "ignore", api.SettleRequest{Reason: "x"})
	refused(t, err, http.StatusForbidden)
	_, err = operator.SettleOutstanding(t.Context(), "acc-test", "adopt", api.SettleRequest{PersonID: "WD-1", Reason: "hers"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "neither the email nor the name")
	_, err = operator.SettleOutstanding(t.Context(), "acc-none", "ignore", api.SettleRequest{Reason: "gone"})
	refused(t, err, http.StatusNotFound)

	settled, err := operator.SettleOutstanding(t.Context(), "acc-ana", "adopt", api.SettleRequest{PersonID: "WD-1", Reason: "hers"})
	require.NoError(t, err)
	require.Equal(t, api.Settled{AccountID: "acc-ana", Result: "adopted", PersonID: "WD-1"}, settled)
	agent, err := h.as(viewerToken).Agent(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, "acc-ana", agent.PlatformUserID)
	require.Equal(t, "active", agent.LifecycleState)
	_, err = operator.SettleOutstanding(t.Context(), "acc-test", "ignore", api.SettleRequest{Reason: "a test user"})
	require.NoError(t, err)
	require.Empty(t, h.outstanding())
	require.Empty(t, h.openDeltas())
}

func TestAnIgnoredAccountIsTakenBackIntoSightWithAReason(t *testing.T) {
	h := withOutstanding(t)
	operator := h.as(operatorToken)
	_, err := operator.SettleOutstanding(t.Context(), "acc-test", "notice", api.SettleRequest{Reason: "nobody ignored it"})
	refused(t, err, http.StatusNotFound)
	_, err = operator.SettleOutstanding(t.Context(), "acc-test", "ignore", api.SettleRequest{Reason: "a test user"})
	require.NoError(t, err)
	ignored, err := h.as(viewerToken).IgnoredAccounts(t.Context())
	require.NoError(t, err)
	require.Len(t, ignored.Items, 1)
	require.Equal(t, "acc-test", ignored.Items[0].AccountID)
	require.Equal(t, "otto", ignored.Items[0].DecidedBy)
	require.Equal(t, "a test user", ignored.Items[0].Reason)

	_, err = h.as(viewerToken).SettleOutstanding(t.Context(), "acc-test", "notice", api.SettleRequest{Reason: "x"})
	refused(t, err, http.StatusForbidden)
	_, err = operator.SettleOutstanding(t.Context(), "acc-test", "notice", api.SettleRequest{Reason: " "})
	refused(t, err, http.StatusUnprocessableEntity)
	settled, err := h.as(otherOperator).SettleOutstanding(t.Context(), "acc-test", "notice", api.SettleRequest{Reason: "somebody works with it"})
	require.NoError(t, err)
	require.Equal(t, api.Settled{AccountID: "acc-test", Result: "noticed"}, settled)
	ignored, err = h.as(viewerToken).IgnoredAccounts(t.Context())
	require.NoError(t, err)
	require.Empty(t, ignored.Items)
	require.Contains(t, h.outstanding(), "acc-test")
	facts := h.audited("account.notice")
	require.Len(t, facts, 1)
	require.Equal(t, "olga", facts[0].Actor)
}

func TestAnAccountThatIsNobodysIsTerminatedOnTheWordOfTwo(t *testing.T) {
	h := withOutstanding(t)
	operator, approver := h.as(operatorToken), h.as(approverToken)
	ask := api.SettleRequest{Reason: "a test user of last year"}
	_, err := approver.DecideAccountTermination(t.Context(), "acc-test", "approve", "nobody asked")
	refused(t, err, http.StatusNotFound)
	_, err = operator.SettleOutstanding(t.Context(), "acc-test", "terminate", api.SettleRequest{})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = approver.SettleOutstanding(t.Context(), "acc-test", "terminate", ask)
	refused(t, err, http.StatusForbidden)
	_, err = operator.SettleOutstanding(t.Context(), "acc-none", "terminate", ask)
	refused(t, err, http.StatusNotFound)
	for range 2 { // asking twice is asking once
		settled, err := operator.SettleOutstanding(t.Context(), "acc-test", "terminate", ask)
		require.NoError(t, err)
		require.Equal(t, api.Settled{AccountID: "acc-test", Result: "asked"}, settled)
	}
	open, err := h.as(viewerToken).AccountTerminations(t.Context())
	require.NoError(t, err)
	require.Len(t, open.Items, 1)
	require.Equal(t, "otto", open.Items[0].RequestedBy)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), open.Items[0].Deadline, time.Minute)
	require.Contains(t, h.outstanding(), "acc-test", "nothing has happened to it")

	_, err = operator.DecideAccountTermination(t.Context(), "acc-test", "approve", "I am an operator")
	refused(t, err, http.StatusForbidden)
	_, err = approver.DecideAccountTermination(t.Context(), "acc-test", "approve", " ")
	refused(t, err, http.StatusUnprocessableEntity)
	settled, err := approver.DecideAccountTermination(t.Context(), "acc-test", "reject", "the demo needs it")
	require.NoError(t, err)
	require.Equal(t, "kept", settled.Result)
	require.Contains(t, h.outstanding(), "acc-test")

	_, err = operator.SettleOutstanding(t.Context(), "acc-test", "terminate", ask)
	require.NoError(t, err)
	settled, err = approver.DecideAccountTermination(t.Context(), "acc-test", "approve", "the demo has moved")
	require.NoError(t, err)
	require.Equal(t, api.Settled{AccountID: "acc-test", Result: "terminating", PersonID: "nobody:genesys:acc-test"}, settled)
	require.Contains(t, h.bell.rung, "nobody:genesys:acc-test")
	require.NotContains(t, h.outstanding(), "acc-test")
	require.Equal(t, []string{"acc-ana"}, h.openDeltas())
	agent, err := h.as(viewerToken).Agent(t.Context(), settled.PersonID)
	require.NoError(t, err)
	require.Equal(t, "acc-test", agent.PlatformUserID)
	for action, actor := range map[string]string{
		"account.terminate_asked": "otto", "account.terminate_rejected": "ana", "account.terminate_approved": "ana",
	} {
		facts := h.audited(action)
		require.NotEmpty(t, facts, action)
		require.Equal(t, actor, facts[0].Actor)
	}
}

func TestAlertsAboutDeltasCloseWhenTheNextRunDoesNotFindThem(t *testing.T) {
	h := withOutstanding(t)
	const next = "rec_20260303_0200"
	_, _, err := h.store.StartReconciliation(t.Context(), store.Reconciliation{ID: next, Platform: "genesys"})
	require.NoError(t, err)
	require.NoError(t, h.store.CloseSettledDeltas(t.Context(), next))
	require.Len(t, h.openDeltas(), 2, "it has not completed")
	row, err := reconcile.Delta{
		ReconciliationID: next, DeltaType: reconcile.PlatformOnly, ResolutionAction: reconcile.ReviewOutstanding, AccountID: "acc-ana", TimestampUTC: time.Now(),
	}.Row()
	require.NoError(t, err)
	_, err = h.store.AddDeltas(t.Context(), []store.Delta{row})
	require.NoError(t, err)
	require.NoError(t, h.store.EndReconciliation(t.Context(), next, store.ReconciliationEnd{Status: store.ReconciliationCompleted}))
	require.NoError(t, h.store.CloseSettledDeltas(t.Context(), next))
	require.Equal(t, []string{"acc-ana"}, h.openDeltas())
	require.Equal(t, []string{"acc-ana"}, h.outstanding())
}

func TestAnExceptionIsMadeWithADateAndEnded(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	operator := h.as(operatorToken)
	wanted := api.ExceptionRequest{Part: "skill", Construct: "Billing_Support", Until: h.clock.Now().AddDate(0, 0, 7), Reason: "covers for a colleague"}
	for _, wrong := range []func(*api.ExceptionRequest){
		func(r *api.ExceptionRequest) { r.Until = time.Time{} },
		func(r *api.ExceptionRequest) { r.Until = h.clock.Now().Add(-time.Hour) },
		func(r *api.ExceptionRequest) { r.Reason = " " },
		func(r *api.ExceptionRequest) { r.Part = "salary" },
		func(r *api.ExceptionRequest) { r.Construct = " " },
	} {
		request := wanted
		wrong(&request)
		_, err := operator.MakeException(t.Context(), "WD-1", request)
		refused(t, err, http.StatusUnprocessableEntity)
	}
	_, err := h.as(viewerToken).MakeException(t.Context(), "WD-1", wanted)
	refused(t, err, http.StatusForbidden)
	made, err := operator.MakeException(t.Context(), "WD-1", wanted)
	require.NoError(t, err)
	require.Equal(t, "otto", made.MadeBy)
	ended, err := operator.EndException(t.Context(), "WD-1", made.ID)
	require.NoError(t, err)
	require.NotNil(t, ended.EndedAt)
	all, err := h.as(viewerToken).Exceptions(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Len(t, all.Items, 1)
	_, err = operator.EndException(t.Context(), "WD-1", "exc_none")
	refused(t, err, http.StatusNotFound)
}

func TestARefusalSaysWhatThereIsNot(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	operator := h.as(operatorToken)
	_, err := operator.SettleOutstanding(t.Context(), "a-1", "ignore", api.SettleRequest{Reason: "x"})
	require.Equal(t, "there is no such outstanding account", refused(t, err, http.StatusNotFound).Detail)
	_, err = operator.SettleOutstanding(t.Context(), "a-1", "adopt", api.SettleRequest{Reason: "x", PersonID: "WD-9"})
	require.Equal(t, "body.person_id: nobody has this id", refused(t, err, http.StatusNotFound).Detail)
	_, err = operator.ReconcilePerson(t.Context(), "WD-9")
	require.Equal(t, "there is no such agent", refused(t, err, http.StatusNotFound).Detail)
}
