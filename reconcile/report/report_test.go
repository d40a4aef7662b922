package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/reconcile"
	"muster/reconcile/report"
	"muster/store"
	"muster/testenv"
)

const tonight = "rec_20260315_0200"

func night() time.Time { return time.Date(2026, 3, 15, 2, 0, 0, 0, time.UTC) }

func skillMismatch(person string) reconcile.Delta {
	return reconcile.Delta{
		ReconciliationID: tonight, DeltaType: reconcile.SkillMismatch, ExternalUserID: person, PersonID: person, AccountID: "acc-" + person,
		ExpectedSkills: []string{"LANG_ES", "SVC_TECH"}, ActualSkills: []string{"SVC_BILLING", "SVC_TECH"},
		ExpectedSkillNames: []string{"Spanish 3", "Technical_Support 4"}, ActualSkillNames: []string{"Billing_Support 2", "Technical_Support 4"},
		Differences: []reconcile.Difference{
			{Part: reconcile.PartLanguage, ID: "l-es", Name: "Spanish", How: reconcile.Lacking},
			{Part: reconcile.PartSkill, ID: "s-bill", Name: "Billing_Support", How: reconcile.Extra},
		},
		ResolutionAction: reconcile.Transfer, TimestampUTC: night(),
		Because: "the account differs from what HR and the registry say: language Spanish lacking, skill Billing_Support extra",
	}
}

func found() []reconcile.Delta {
	return []reconcile.Delta{
		skillMismatch("WD-10001"),
		{
			ReconciliationID: tonight, DeltaType: reconcile.HRTerminatedCCaaSActive, ExternalUserID: "WD-10002", PersonID: "WD-10002", AccountID: "acc-2",
			ExpectedSkills: []string{}, ActualSkills: []string{}, ResolutionAction: reconcile.IsolateAndAsk, OriginalEventID: "evt_leave", TimestampUTC: night(),
			Because: "HR's roster has ended the employment, no such event is in effect, and the account is active",
		},
		{
			ReconciliationID: tonight, DeltaType: reconcile.PlatformOnly, AccountID: "=acc-3", ExpectedSkills: []string{}, ActualSkills: []string{},
			ResolutionAction: reconcile.ReviewOutstanding, TimestampUTC: night(), Because: "an active account that <b>no</b> person of Muster's record has",
		},
	}
}

// recorded is a store with the last fourteen nights and tonight's run.
func recorded(t *testing.T, deltas []reconcile.Delta) *store.Store {
	t.Helper()
	url := testenv.Database(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	for day := 14; day >= 0; day-- {
		at := night().AddDate(0, 0, -day)
		id := reconcile.NewID(at)
		_, _, err := s.StartReconciliation(t.Context(), store.Reconciliation{
			ID: id, Platform: "genesys", Modes: map[string]store.ReconciliationMode{string(reconcile.SkillMismatch): store.ModeRepair},
		})
		require.NoError(t, err)
		end := store.ReconciliationEnd{Status: store.ReconciliationCompleted}
		tally := reconcile.NewTally()
		tally.People, tally.Accounts = 5000, 3
		tally.Classes = map[reconcile.Class]int{reconcile.Equal: 4700, reconcile.ExpectedToDiffer: 260, reconcile.HasDelta: 40, reconcile.NotEvaluated: 3}
		tally.Deltas = map[reconcile.DeltaType]int{reconcile.SkillMismatch: 5 + 7*day%11, reconcile.HRTerminatedCCaaSActive: day % 3, reconcile.PlatformOnly: 3, reconcile.WorkflowMissing: day % 2}
		tally.Expected = map[reconcile.Reason]int{reconcile.InGrace: 120, reconcile.UnmanagedConstruct: 1300, reconcile.OnLeave: 17}
		tally.Unevaluated = map[string]int{"queue: it could not be read from the platform": 3}
		end.Counts, err = json.Marshal(tally)
		require.NoError(t, err)
		if day == 5 {
			end = store.ReconciliationEnd{Status: store.ReconciliationRefused, Reason: "the roster of workday is empty"}
		}
		if day == 0 {
			require.NoError(t, s.NoteSources(t.Context(), id, []store.SourceVerdict{
				{Source: "workday", Healthy: true, AsOf: at.Add(-90 * time.Minute), Rows: 5012}, {Source: "contractors", Why: "it is 31 hours old", AsOf: at.Add(-31 * time.Hour), Rows: 40},
			}))
			end.NotEvaluated = []store.NotEvaluated{{What: "workflows", Why: "Temporal could not list them"}}
			var rows []store.Delta
			for _, d := range deltas {
				row, err := d.Row()
				require.NoError(t, err)
				rows = append(rows, row)
			}
			_, err := s.AddDeltas(t.Context(), rows)
			require.NoError(t, err)
		}
		require.NoError(t, s.EndReconciliation(t.Context(), id, end))
		_, err = conn.Exec(t.Context(), `update reconciliations set started_at = $2, ended_at = $3 where id = $1`, id, at, at.Add(190*time.Second))
		require.NoError(t, err)
	}
	stored, _, err := s.Deltas(t.Context(), store.DeltaFilter{ReconciliationID: tonight, Limit: 3})
	require.NoError(t, err)
	if len(stored) > 1 {
		for _, o := range []store.DeltaOutcome{
			{DeltaID: stored[0].ID, Outcome: store.DeltaRung, Reference: "agent/WD-10001"},
			{DeltaID: stored[1].ID, Outcome: store.DeltaReemitted, Reference: "evt_rec_1"},
			{DeltaID: stored[1].ID, Outcome: store.DeltaAsked, Reference: "apr_1"},
			{DeltaID: stored[1].ID, Outcome: store.DeltaDecided, Reference: "apr_1", Actor: "otto", ActorVerified: true, Text: "approve"},
		} {
			require.NoError(t, s.AddDeltaOutcome(t.Context(), o))
		}
	}
	return s
}

func load(t *testing.T, s report.Source) report.Report {
	t.Helper()
	r, err := report.Load(t.Context(), s, tonight)
	require.NoError(t, err)
	return r
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, write(&out))
	return out.String()
}

func TestTheJSONHasEverything(t *testing.T) {
	r := load(t, recorded(t, found()))
	var got struct {
		ID     string `json:"reconciliation_id"`
		Counts reconcile.Tally
		Trend  []report.Point
		Deltas []struct {
			reconcile.Delta
			Outcomes []struct{ Outcome, Reference, Actor string }
		}
		NotEvaluated []store.NotEvaluated `json:"not_evaluated"`
	}
	require.NoError(t, json.Unmarshal([]byte(written(t, r.WriteJSON)), &got))
	require.Equal(t, tonight, got.ID)
	require.Equal(t, 5000, got.Counts.People)
	require.Len(t, got.Trend, 14)
	require.Equal(t, tonight, got.Trend[13].ID)
	require.Equal(t, store.ReconciliationRefused, got.Trend[8].Status)
	require.Len(t, got.Deltas, 3)
	require.Equal(t, found()[0], got.Deltas[0].Delta)
	require.Equal(t, "otto", got.Deltas[1].Outcomes[2].Actor)
	require.Equal(t, "Temporal could not list them", got.NotEvaluated[0].Why)
}

func TestTheCSVHasALineForEachDeltaInTheGuidesColumns(t *testing.T) {
	r := load(t, recorded(t, found()))
	lines, err := csv.NewReader(strings.NewReader(written(t, r.WriteCSV))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 4)
	require.Equal(t, []string{"reconciliation_id", "delta_type", "external_user_id", "expected_skills", "actual_skills", "resolution_action", "timestamp_utc"}, lines[0][:7])
	require.Equal(t, []string{tonight, "SKILL_MISMATCH", "WD-10001", "LANG_ES;SVC_TECH", "SVC_BILLING;SVC_TECH", "TRANSFER", "2026-03-15T02:00:00Z"}, lines[1][:7])
	require.Equal(t, "decided", lines[2][15])
	require.Equal(t, "'=acc-3", lines[3][8], "no spreadsheet calculates a cell")
}

func TestThePageNeedsNothingBesideItself(t *testing.T) {
	page := written(t, load(t, recorded(t, found())).WriteHTML)
	for _, elsewhere := range []string{"http://", "https://", "<script", "<link", "<img", "@import", "url("} {
		require.NotContains(t, page, elsewhere)
	}
	for _, shown := range []string{
		tonight, "HR_TERMINATED_CCAAS_ACTIVE", "WD-10002", "evt_leave", "ISOLATE_AND_ASK", "LANG_ES, SVC_TECH", "Spanish 3", "IN_GRACE", "1,300",
		"Temporal could not list them", "it is 31 hours old", "apr_1", "otto", "3 min 10 s", "queue: it could not be read",
	} {
		require.Contains(t, page, shown)
	}
	require.Contains(t, page, "&lt;b&gt;no&lt;/b&gt;", "what comes from outside is text")
	require.Less(t, strings.Index(page, "account acc-2"), strings.Index(page, "account acc-WD-10001"), "what matters most comes first")
	require.NoError(t, wellFormed(page[strings.Index(page, "<svg"):strings.Index(page, "</svg>")+len("</svg>")]))
}

func TestThePageSaysHowLongEventsTook(t *testing.T) {
	r := load(t, recorded(t, nil))
	require.Contains(t, written(t, r.WriteHTML), "No event was applied in that time.")
	r.ServiceLevels = []store.ServiceLevel{
		{EventType: "USER_CREATE", Events: 1204, P50: 412 * time.Millisecond, P95: 8200 * time.Millisecond, P99: 47 * time.Second},
		{EventType: "USER_TERMINATE", Events: 31, P50: 5*time.Minute + 2*time.Second, P95: 90 * time.Minute, P99: 49 * time.Hour},
	}
	page := written(t, r.WriteHTML)
	for _, shown := range []string{"1,204", "412 ms", "8.2 s", "47 s", "5 min 02 s", "1 h 30 min", "2 d 1 h"} {
		require.Contains(t, page, shown)
	}
	require.Contains(t, written(t, r.WriteJSON), `{"event_type":"USER_CREATE","events":1204,"p50_seconds":0.412,"p95_seconds":8.2,"p99_seconds":47}`)
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func TestARunThatWasRefusedSaysWhyAndThatNothingWasDone(t *testing.T) {
	s := recorded(t, nil)
	r, err := report.Load(t.Context(), s, reconcile.NewID(night().AddDate(0, 0, -5)))
	require.NoError(t, err)
	page := written(t, r.WriteHTML)
	require.Contains(t, page, "Refused: nothing was compared, nothing was changed")
	require.Contains(t, page, "the roster of workday is empty")
	require.NotContains(t, page, "Everything was evaluated")
	require.Len(t, r.Trend, 10, "what came later is no part of it")
}

func TestManyDeltasAreReadPageByPageAndThePageSaysHowManyItLeavesOut(t *testing.T) {
	var many []reconcile.Delta
	for i := range 1203 {
		many = append(many, skillMismatch(fmt.Sprintf("WD-%05d", i)))
	}
	s := recorded(t, many)
	r := load(t, s)
	page := written(t, r.WriteHTML)
	require.Contains(t, page, "The first 1,000; 203 more")
	lines, err := csv.NewReader(strings.NewReader(written(t, r.WriteCSV))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1204)
}

func TestARunThatHasJustBegunHasAReport(t *testing.T) {
	s := recorded(t, nil)
	started, _, err := s.StartReconciliation(t.Context(), store.Reconciliation{ID: "rec_20990101_0000", Platform: "genesys", PersonID: "WD-1", RequestedBy: "otto"})
	require.NoError(t, err)
	r, err := report.Load(t.Context(), s, started.ID)
	require.NoError(t, err)
	page := written(t, r.WriteHTML)
	require.Contains(t, page, "None yet.")
	require.NotContains(t, page, "<svg", "one person has no trend")
	require.True(t, json.Valid([]byte(written(t, r.WriteJSON))))
	_, err = report.Load(t.Context(), s, "rec_20200101_0000")
	require.ErrorIs(t, err, store.ErrNotFound)
}
