package store_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func reconciliation(t testing.TB, s *store.Store, id string) store.Reconciliation {
	t.Helper()
	started, _, err := s.StartReconciliation(t.Context(), store.Reconciliation{
		ID: id, Platform: "genesys", Modes: map[string]store.ReconciliationMode{"SKILL_MISMATCH": store.ModeRepair}, RequestedBy: "otto", RequesterVerified: true,
	})
	require.NoError(t, err)
	return started
}

func complete(t testing.TB, s *store.Store, id string) {
	t.Helper()
	require.NoError(t, s.EndReconciliation(t.Context(), id, store.ReconciliationEnd{
		Status: store.ReconciliationCompleted, Counts: json.RawMessage(`{"people":3}`), NotEvaluated: []store.NotEvaluated{{What: "workflow", Why: "no answer"}},
	}))
}

func delta(id, kind, subject string) store.Delta {
	d := store.Delta{
		ReconciliationID: id, DeltaType: kind, Subject: subject, PersonID: subject, ExternalUserID: subject, ResolutionAction: "TRANSFER",
		Body: json.RawMessage(`{"because":"it differs"}`), TimestampUTC: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC),
	}
	return d
}

func deltas(t testing.TB, s *store.Store, f store.DeltaFilter) []store.Delta {
	t.Helper()
	var all []store.Delta
	for {
		page, next, err := s.Deltas(t.Context(), f)
		require.NoError(t, err)
		all = append(all, page...)
		if next == "" {
			return all
		}
		f.Cursor = next
	}
}

func TestAReconciliationIsStartedOnceAndEndedOnce(t *testing.T) {
	s, _ := open(t)
	const id = "rec_20260302_0200"
	started := reconciliation(t, s, id)
	require.Equal(t, store.ReconciliationRunning, started.Status)
	again, isNew, err := s.StartReconciliation(t.Context(), store.Reconciliation{ID: id, Platform: "other"})
	require.NoError(t, err)
	require.False(t, isNew)
	require.Equal(t, started, again)

	sources := []store.SourceVerdict{{Source: "workday", Healthy: true, AsOf: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), Rows: 5000}}
	require.NoError(t, s.NoteSources(t.Context(), id, sources))
	complete(t, s, id)
	require.NoError(t, s.EndReconciliation(t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationFailed, Reason: "late"}))
	ended, err := s.Reconciliation(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, store.ReconciliationCompleted, ended.Status, "the first end stays")
	require.NotNil(t, ended.EndedAt)
	require.Equal(t, sources, ended.Sources)
	require.JSONEq(t, `{"people":3}`, string(ended.Counts))
	require.Equal(t, []store.NotEvaluated{{What: "workflow", Why: "no answer"}}, ended.NotEvaluated)
	require.Equal(t, store.ModeRepair, ended.Modes["SKILL_MISMATCH"])

	require.ErrorIs(t, s.EndReconciliation(t.Context(), "rec_20260101_0000", store.ReconciliationEnd{Status: store.ReconciliationFailed}), store.ErrNotFound)
	require.ErrorIs(t, s.NoteSources(t.Context(), "rec_20260101_0000", nil), store.ErrNotFound)
	_, err = s.Reconciliation(t.Context(), "rec_20260101_0000")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestReconciliationsComeNewestFirstPageByPage(t *testing.T) {
	s, _ := open(t)
	for minute := range 5 {
		reconciliation(t, s, fmt.Sprintf("rec_20260302_020%d", minute))
	}
	_, _, err := s.StartReconciliation(t.Context(), store.Reconciliation{ID: "rec_20260302_0209_WD-1", Platform: "genesys", PersonID: "WD-1"})
	require.NoError(t, err)
	var ids []string
	f := store.ReconciliationFilter{Platform: "genesys", OfEverybody: true, Limit: 2}
	for {
		page, next, err := s.Reconciliations(t.Context(), f)
		require.NoError(t, err)
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		if next == "" {
			break
		}
		f.Cursor = next
	}
	require.Equal(t, []string{"rec_20260302_0204", "rec_20260302_0203", "rec_20260302_0202", "rec_20260302_0201", "rec_20260302_0200"}, ids)
}

func TestARunThatGoesOnNeverDoublesADelta(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	const id = "rec_20260302_0200"
	reconciliation(t, s, id)
	found := []store.Delta{delta(id, "SKILL_MISMATCH", "WD-1"), delta(id, "QUEUE_MISMATCH", "WD-1"), delta(id, "SKILL_MISMATCH", "WD-unknown")}
	var once sync.WaitGroup
	for range 4 {
		once.Go(func() {
			_, err := s.AddDeltas(t.Context(), found)
			require.NoError(t, err)
		})
	}
	once.Wait()
	added, err := s.AddDeltas(t.Context(), append(found, delta(id, "ROLE_MISMATCH", "WD-1")))
	require.NoError(t, err)
	require.Equal(t, 1, added)
	require.Len(t, deltas(t, s, store.DeltaFilter{ReconciliationID: id, Limit: 2}), 4)
	require.Len(t, deltas(t, s, store.DeltaFilter{PersonID: "WD-1", DeltaType: "SKILL_MISMATCH"}), 1)
	require.Equal(t, 3, count(t, conn, `timeline where kind = 'delta.found' and person_id = 'WD-1'`), "one line for each delta of somebody on record")
}

func TestDeltasAreNeverChanged(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	const id = "rec_20260302_0200"
	reconciliation(t, s, id)
	_, err := s.AddDeltas(t.Context(), []store.Delta{delta(id, "SKILL_MISMATCH", "WD-1")})
	require.NoError(t, err)
	d := deltas(t, s, store.DeltaFilter{})[0]
	require.NoError(t, s.AddDeltaOutcome(t.Context(), store.DeltaOutcome{DeltaID: d.ID, Outcome: store.DeltaRung, Reference: "agent/WD-1"}))
	require.NoError(t, s.AddPutBacks(t.Context(), []store.PutBack{{PersonID: "WD-1", Part: "skill", Construct: "s1", Reference: id}}))
	for _, table := range []string{"deltas", "delta_outcomes", "put_backs"} {
		for _, statement := range []string{"delete from " + table, "truncate " + table + " cascade"} {
			_, err := conn.Exec(t.Context(), statement)
			require.Error(t, err, statement)
		}
	}
	for _, statement := range []string{"update deltas set body = '{}'", "update delta_outcomes set text = ''", "update put_backs set at = now()"} {
		_, err := conn.Exec(t.Context(), statement)
		require.ErrorContains(t, err, "never changed", statement)
	}
	_, err = conn.Exec(t.Context(), `set role muster_app`)
	require.NoError(t, err)
	for _, table := range []string{"deltas", "delta_outcomes", "put_backs"} {
		var may bool
		require.NoError(t, conn.QueryRow(t.Context(), `select has_table_privilege($1, 'update') or has_table_privilege($1, 'delete')`, table).Scan(&may))
		require.False(t, may, table)
	}
}

func TestWhatBecameOfADeltaIsRecordedOnceAndTold(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	const id = "rec_20260302_0200"
	reconciliation(t, s, id)
	_, err := s.AddDeltas(t.Context(), []store.Delta{delta(id, "SKILL_MISMATCH", "WD-1")})
	require.NoError(t, err)
	d := deltas(t, s, store.DeltaFilter{})[0]
	for range 2 {
		require.NoError(t, s.AddDeltaOutcome(t.Context(), store.DeltaOutcome{DeltaID: d.ID, Outcome: store.DeltaRung, Reference: "agent/WD-1"}))
	}
	require.NoError(t, s.AddDeltaOutcome(t.Context(), store.DeltaOutcome{
		DeltaID: d.ID, Outcome: store.DeltaDecided, Reference: "rev_1", Actor: "otto", ActorVerified: true, Text: "retry",
	}))
	outcomes := deltas(t, s, store.DeltaFilter{})[0].Outcomes
	require.Len(t, outcomes, 2)
	require.Equal(t, []string{store.DeltaRung, store.ActorMuster, "agent/WD-1"}, []string{outcomes[0].Outcome, outcomes[0].Actor, outcomes[0].Reference})
	require.Equal(t, []string{store.DeltaDecided, "otto", "retry"}, []string{outcomes[1].Outcome, outcomes[1].Actor, outcomes[1].Text})
	require.Equal(t, 2, count(t, conn, `timeline where kind = 'delta.outcome' and person_id = 'WD-1'`))
	require.ErrorIs(t, s.AddDeltaOutcome(t.Context(), store.DeltaOutcome{DeltaID: d.ID + 1, Outcome: store.DeltaRung}), store.ErrNotFound)
}

func TestWhoWasMissingBeforeIsWhoTheLastHealthyRunMissed(t *testing.T) {
	s, _ := open(t)
	run := func(id string, missing ...string) {
		reconciliation(t, s, id)
		for _, person := range missing {
			_, err := s.AddDeltas(t.Context(), []store.Delta{delta(id, "MISSING_FROM_HR", person)})
			require.NoError(t, err)
		}
	}
	before := func(id string) map[string]bool {
		missing, err := s.MissingBefore(t.Context(), id)
		require.NoError(t, err)
		return missing
	}
	run("rec_20260301_0200", "WD-1", "WD-2")
	require.Empty(t, before("rec_20260301_0200"))
	complete(t, s, "rec_20260301_0200")
	run("rec_20260302_0200", "WD-3")
	require.NoError(t, s.EndReconciliation(t.Context(), "rec_20260302_0200", store.ReconciliationEnd{Status: store.ReconciliationRefused, Reason: "empty"}))
	run("rec_20260303_0200", "WD-2")
	require.Equal(t, map[string]bool{"WD-1": true, "WD-2": true}, before("rec_20260303_0200"), "a refused run says nothing")
	complete(t, s, "rec_20260303_0200")
	run("rec_20260304_0200")
	require.Equal(t, map[string]bool{"WD-2": true}, before("rec_20260304_0200"))
	last, found, err := s.LastCompleted(t.Context(), "genesys")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "rec_20260303_0200", last.ID)
	_, found, err = s.LastCompleted(t.Context(), "cxone")
	require.NoError(t, err)
	require.False(t, found)
	_, err = s.MissingBefore(t.Context(), "rec_20200101_0000")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestWhatWasPutBackCountsOnceForAReconciliation(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	entry := func(reference string, decided bool) store.PutBack {
		return store.PutBack{PersonID: "WD-1", Part: "skill", Construct: "s1", Reference: reference, Decided: decided}
	}
	require.NoError(t, s.AddPutBacks(t.Context(), []store.PutBack{entry("rec_1", false), entry("rec_1", false), entry("rec_2", false), entry("rev_1", true)}))
	require.NoError(t, s.AddPutBacks(t.Context(), []store.PutBack{entry("rec_2", false)}))
	history, err := s.PutBacks(t.Context(), []string{"WD-1", "WD-nobody"})
	require.NoError(t, err)
	require.Len(t, history["WD-1"], 3)
	require.True(t, history["WD-1"][2].Decided)
	require.NoError(t, s.AddPutBacks(t.Context(), nil))
}

func TestAnExceptionHoldsUntilItsDayOrUntilSomebodyEndsIt(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	until := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	var first, second store.Exception
	withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
		wish := store.Exception{Part: "skill", Construct: "Billing", Until: until, MadeBy: "sue", MadeByVerified: true, Reason: "covers for a colleague"}
		if first, err = p.AddException(wish); err != nil {
			return err
		}
		wish.Until = until.AddDate(0, 0, 7)
		second, err = p.AddException(wish)
		return err
	})
	at := func(when time.Time) []store.Exception {
		found, err := s.Exceptions(t.Context(), []string{"WD-1", "WD-2"}, when)
		require.NoError(t, err)
		require.Empty(t, found["WD-2"])
		return found["WD-1"]
	}
	require.Len(t, at(until), 1)
	require.Equal(t, second.ID, at(until)[0].ID, "the newer one took the place of the first")
	require.Empty(t, at(second.Until), "until is the first instant at which it no longer holds")
	withPerson(t, s, "WD-2", func(p *store.PersonTx) error {
		require.ErrorIs(t, p.EndException(second.ID, "otto", true), store.ErrNotFound)
		return nil
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.EndException(second.ID, "otto", true) })
	require.Empty(t, at(until))
	all, err := s.PersonExceptions(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, []string{second.ID, first.ID}, []string{all[0].ID, all[1].ID})
	require.Equal(t, "otto", all[0].EndedBy)
	require.Equal(t, 4, count(t, conn, `audit where action in ('exception.made', 'exception.ended') and actor in ('sue', 'otto')`))

	require.Equal(t, []string{"exceptions"}, places(t, conn, "covers for a colleague"))
	shred(t, s, "WD-1")
	require.Empty(t, places(t, conn, "covers for a colleague"))
}

func TestAnAccountIsIgnoredUntilSomebodyNoticesItAgain(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	wish := store.IgnoredAccount{Platform: "genesys", AccountID: "acc-it", DecidedBy: "otto", DecidedByVerified: true, Reason: "a test user"}
	first, err := s.IgnoreAccount(t.Context(), wish)
	require.NoError(t, err)
	wish.DecidedBy = "other"
	again, err := s.IgnoreAccount(t.Context(), wish)
	require.NoError(t, err)
	require.Equal(t, first, again)
	ignored, err := s.IgnoredAccounts(t.Context(), "genesys")
	require.NoError(t, err)
	require.Len(t, ignored, 1)
	by := store.Settlement{AccountID: "acc-it", Actor: "otto", Verified: true, Reason: "it was the wrong one"}
	ended, err := s.NoticeAccount(t.Context(), "genesys", by)
	require.NoError(t, err)
	require.Equal(t, "it was the wrong one", ended.EndReason)
	_, err = s.NoticeAccount(t.Context(), "genesys", by)
	require.ErrorIs(t, err, store.ErrNotFound)
	ignored, err = s.IgnoredAccounts(t.Context(), "genesys")
	require.NoError(t, err)
	require.Empty(t, ignored)
	require.Equal(t, 2, count(t, conn, `audit where action like 'account.%' and actor = 'otto'`))

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{Platform: new("genesys"), PlatformUserID: new("acc-1")})
	})
	wish.AccountID = "acc-1"
	_, err = s.IgnoreAccount(t.Context(), wish)
	require.ErrorIs(t, err, store.ErrLinked)
}

func TestHowLongEventsTookCountsFromWhenTheyWereDue(t *testing.T) {
	s, conn := open(t)
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for i := range 100 {
		id := "WD-" + number(i)
		newcomer(t, s, id)
		withPerson(t, s, id, func(p *store.PersonTx) error { return p.Settle("evt_create_"+id, lifecycle.Applied, "", "") })
		received := start.Add(time.Duration(i) * time.Minute)
		_, err := conn.Exec(t.Context(), `update hr_events set received_at = $2, outcome_at = $3 where event_id = $1`,
			"evt_create_"+id, received, received.Add(time.Duration(i+1)*time.Second))
		require.NoError(t, err)
	}
	// Waited for its time, and took 4 seconds from then.
	ingest(t, s, update("evt_due", "WD-0000", map[string]any{"department_code": "SALES"}))
	due := start.Add(time.Hour)
	withPerson(t, s, "WD-0000", func(p *store.PersonTx) error {
		if err := p.SetWaiting("evt_due", store.Wait{Until: due, For: "time"}); err != nil {
			return err
		}
		if err := p.SetWaiting("evt_due", store.Wait{Until: due.AddDate(1, 0, 0), For: "approver"}); err != nil {
			return err
		}
		return p.Settle("evt_due", lifecycle.Applied, "", "")
	})
	_, err := conn.Exec(t.Context(), `update hr_events set received_at = $1, outcome_at = $2 where event_id = 'evt_due'`, start, due.Add(4*time.Second))
	require.NoError(t, err)
	// Not applied: it counts nowhere.
	ingest(t, s, update("evt_none", "WD-0001", map[string]any{"department_code": "SALES"}))
	withPerson(t, s, "WD-0001", func(p *store.PersonTx) error { return p.Settle("evt_none", lifecycle.NoChange, "", "") })

	levels, err := s.ServiceLevels(t.Context(), start, start.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.Equal(t, []store.ServiceLevel{
		{EventType: "USER_CREATE", Events: 100, P50: 50500 * time.Millisecond, P95: 95050 * time.Millisecond, P99: 99010 * time.Millisecond},
		{EventType: "USER_UPDATE", Events: 1, P50: 4 * time.Second, P95: 4 * time.Second, P99: 4 * time.Second},
	}, levels)
	levels, err = s.ServiceLevels(t.Context(), start.AddDate(0, 0, 1), start.AddDate(0, 0, 2))
	require.NoError(t, err)
	require.Empty(t, levels)
}
