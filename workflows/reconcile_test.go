package workflows_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/hr/roster"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/reconcile/carryout"
	"muster/reconcile/source"
	"muster/store"
)

// reconciling is a scene in which everybody is reconciled.
type reconciling struct {
	*scene
	folder   string
	carryout *carryout.Carryout
	temporal *openWorkflowsOf
	options  carryout.Options
}

// openWorkflowsOf is Temporal's answer in these tests, whose environment has no server.
type openWorkflowsOf struct{ open, rung []string }

func (o *openWorkflowsOf) Ring(_ context.Context, id string) error {
	o.rung = append(o.rung, id)
	return nil
}

func (o *openWorkflowsOf) OpenOperations(context.Context) ([]string, error) { return o.open, nil }

func (o *openWorkflowsOf) IsRunning(_ context.Context, id string) (bool, error) {
	for _, open := range o.open {
		if open == id {
			return true, nil
		}
	}
	return false, nil
}

// lister is the client that lists the platform.
type lister struct{ platform *genesys.Platform }

func (l lister) Check(ctx context.Context) error {
	if err := l.platform.RequireReadOnly(ctx); err != nil {
		return carryout.ErrCanWrite
	}
	return nil
}

func (l lister) Reader(pause func(context.Context) error) ccaas.RosterReader {
	return l.platform.Roster(pause)
}

func newReconciling(t *testing.T, permissions ...string) *reconciling {
	t.Helper()
	r := &reconciling{scene: newScene(t), folder: t.TempDir(), temporal: &openWorkflowsOf{}}
	if len(permissions) == 0 {
		permissions = genesys.RosterPermissions()
	}
	require.NoError(t, r.platform.PutClient(genesystest.Client{ID: "reader", Secret: "reader-secret", Permissions: permissions}))
	account := func(id, secret string) *genesys.Platform {
		opened, err := genesys.New(genesys.Config{LoginURL: r.platform.LoginURL(), APIURL: r.platform.URL(), ClientID: id, ClientSecret: secret})
		require.NoError(t, err)
		return opened
	}
	name, ok := source.ParseName("people-{date}-{time}.jsonl")
	require.True(t, ok)
	r.options = carryout.Options{
		Store: r.store, Platform: account(r.platform.ClientID(), r.platform.ClientSecret()), Roster: lister{account("reader", "reader-secret")},
		Temporal: r.temporal, Log: slog.New(slog.DiscardHandler), Now: time.Now, Patience: 2 * time.Second,
		Sources: []source.Settings{{
			Name: "workday", SourceSystem: "WORKDAY", Namespace: "default", Limits: roster.DefaultLimits(),
			Bucket: &source.BucketSettings{URL: "file://" + r.folder, Name: name, ChecksumRequired: true},
		}},
	}
	r.carryout = carryout.New(r.options)
	return r
}

// drop puts a roster of these lines into HR's folder.
func (r *reconciling) drop(at time.Time, people ...map[string]any) {
	r.t.Helper()
	var text strings.Builder
	for _, person := range people {
		line, err := json.Marshal(person)
		require.NoError(r.t, err)
		text.Write(line)
		text.WriteByte('\n')
	}
	name := "people-" + at.UTC().Format("20060102-150405") + ".jsonl"
	sum := sha256.Sum256([]byte(text.String()))
	require.NoError(r.t, os.WriteFile(filepath.Join(r.folder, name), []byte(text.String()), 0o600))
	require.NoError(r.t, os.WriteFile(filepath.Join(r.folder, name+".sha256"), []byte(hex.EncodeToString(sum[:])+"  "+name+"\n"), 0o600))
}

// ana is HR's line about the scene's person, as the hire told it.
func (r *reconciling) ana(changes map[string]any) map[string]any {
	line := map[string]any{
		"external_user_id": r.person, "status": "ACTIVE", "email": r.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2",
		"skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York",
	}
	for field, value := range changes {
		line[field] = value
	}
	return line
}

// hired has the scene's person at work.
func (r *reconciling) hired() {
	r.t.Helper()
	r.post(hr.UserCreate, nil, nil)
	r.run()
	require.Equal(r.t, lifecycle.Active, r.agent().State)
}

// reconcile runs a reconciliation to its end and returns it with its deltas.
func (r *reconciling) reconcile(id string) (lifecycle.ReconciliationResult, []reconcile.Delta) {
	r.t.Helper()
	r.again()
	r.carryout.RegisterRecord(r.env)
	r.carryout.RegisterPlatform(r.env)
	r.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: names.ReconcileWorkflowID(id), TaskQueue: names.QueueMuster})
	r.env.ExecuteWorkflow(names.WorkflowReconcile, names.ReconcileInput{ReconciliationID: id})
	require.True(r.t, r.env.IsWorkflowCompleted())
	require.NoError(r.t, r.env.GetWorkflowError())
	var result lifecycle.ReconciliationResult
	require.NoError(r.t, r.env.GetWorkflowResult(&result))
	return result, r.deltas(id)
}

func (r *reconciling) deltas(id string) (deltas []reconcile.Delta) {
	r.t.Helper()
	rows, _, err := r.store.Deltas(r.t.Context(), store.DeltaFilter{ReconciliationID: id})
	require.NoError(r.t, err)
	for _, row := range rows {
		delta, err := reconcile.DeltaOf(row)
		require.NoError(r.t, err)
		deltas = append(deltas, delta)
	}
	return deltas
}

func TestWhereHRTheRecordAndThePlatformAgreeNothingIsFound(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	r.drop(time.Now(), r.ana(nil))
	result, deltas := r.reconcile("rec_20260302_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Empty(t, deltas)
}

func TestWhatAnybodyChangedOnThePlatformIsFoundInReport(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	r.drop(time.Now(), r.ana(nil))
	_, err := r.platform.Change(r.account().ID, genesystest.Plant{Skills: map[string]float64{"Billing_Support": 3}})
	require.NoError(t, err)
	result, deltas := r.reconcile("rec_20260302_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Len(t, deltas, 1)
	require.Equal(t, reconcile.SkillMismatch, deltas[0].DeltaType)
	require.Equal(t, []string{"SVC_TECH"}, deltas[0].ExpectedSkills)
	require.Equal(t, reconcile.Transfer, deltas[0].ResolutionAction)
	require.Equal(t, map[string]int{"SKILL_MISMATCH": 1}, result.Deltas)
}

func (r *reconciling) except(construct string, until time.Time) {
	r.t.Helper()
	require.NoError(r.t, r.store.WithPerson(r.t.Context(), r.person, func(_ context.Context, p *store.PersonTx) error {
		_, err := p.AddException(store.Exception{Part: "skill", Construct: construct, Until: until, MadeBy: "otto", Reason: "helps out"})
		return err
	}))
}

func TestADatedExceptionIsLeftAloneUntilItsDay(t *testing.T) {
	for name, c := range map[string]struct {
		until  time.Duration
		deltas int
	}{"before": {time.Hour, 0}, "after": {-time.Hour, 1}} {
		t.Run(name, func(t *testing.T) {
			r := newReconciling(t)
			r.hired()
			r.drop(time.Now(), r.ana(nil))
			skills := r.account().Skills
			skills["Billing_Support"] = 3
			_, err := r.platform.Change(r.account().ID, genesystest.Plant{Skills: skills})
			require.NoError(t, err)
			r.except("Billing_Support", time.Now().Add(c.until))
			result, deltas := r.reconcile("rec_20260302_0200")
			require.Equal(t, "completed", result.Status, result.Reason)
			require.Len(t, deltas, c.deltas)
		})
	}
}

func TestASourceThatMayNotBeBelievedRefusesTheRunAndChangesNothing(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	_, err := r.platform.Change(r.account().ID, genesystest.Plant{Skills: map[string]float64{}})
	require.NoError(t, err)
	for name, drop := range map[string]func(){
		"20260301_0200": func() {}, // an empty folder
		"20260302_0200": func() { r.drop(time.Now().Add(-30*time.Hour), r.ana(nil)) },
		"20260303_0200": func() { r.drop(time.Now()) },
	} {
		drop()
		result, deltas := r.reconcile("rec_" + name)
		require.Equal(t, "refused", result.Status)
		require.Contains(t, result.Reason, "workday")
		require.Empty(t, deltas)
		require.Empty(t, result.Deltas)
		require.Contains(t, r.alerts(), store.AlertReconciliationRefused)
	}

	r.drop(time.Now().Add(time.Second), r.ana(nil))
	result, deltas := r.reconcile("rec_20260304_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Len(t, deltas, 1)
	require.NotContains(t, r.alerts(), store.AlertReconciliationRefused)
}

func TestAReaderThatCouldWriteIsRefused(t *testing.T) {
	r := newReconciling(t, append(genesys.RosterPermissions(), "directory:user:edit")...)
	r.hired()
	r.drop(time.Now(), r.ana(nil))
	result, _ := r.reconcile("rec_20260302_0200")
	require.Equal(t, "refused", result.Status)
	require.Contains(t, result.Reason, "can write")
}

func TestAPlatformThatWillNotBeListedRefusesTheRun(t *testing.T) {
	r := newReconciling(t, "authorization:role:view")
	r.hired()
	r.drop(time.Now(), r.ana(nil))
	result, _ := r.reconcile("rec_20260302_0200")
	require.Equal(t, "refused", result.Status)
	require.Contains(t, result.Reason, "refuses to be read")
}

// disagreement has one person at work with another skill, one whom only HR's roster knows, and an account that is nobody's.
func (r *reconciling) disagreement() {
	r.t.Helper()
	r.hired()
	r.drop(time.Now(), r.ana(nil), r.ana(map[string]any{"external_user_id": "WD-EMP-2002", "email": "bo@example.com", "first_name": "Bo"}))
	_, err := r.platform.Change(r.account().ID, genesystest.Plant{Skills: map[string]float64{"Billing_Support": 3}})
	require.NoError(r.t, err)
	_, err = r.platform.Plant(genesystest.Plant{Name: new("Nobody's"), Email: new("nobody@example.com")})
	require.NoError(r.t, err)
}

type foundLine struct {
	deltaType  reconcile.DeltaType
	externalID string
	action     reconcile.Resolution
}

func linesOf(deltas []reconcile.Delta) (lines []foundLine) {
	for _, d := range deltas {
		lines = append(lines, foundLine{d.DeltaType, d.ExternalUserID, d.ResolutionAction})
	}
	return lines
}

var theDisagreement = []foundLine{
	{reconcile.HRActiveCCaaSMissing, "WD-EMP-2002", reconcile.ReemitHire},
	{reconcile.SkillMismatch, "WD-EMP-1001", reconcile.Transfer},
	{reconcile.PlatformOnly, "", reconcile.ReviewOutstanding},
}

func TestWhoeverIsMissingAndWhateverIsNobodysIsFound(t *testing.T) {
	r := newReconciling(t)
	r.disagreement()
	result, deltas := r.reconcile("rec_20260302_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.ElementsMatch(t, theDisagreement, linesOf(deltas))
	for _, d := range deltas {
		require.Equal(t, d.DeltaType == reconcile.SkillMismatch, d.PersonID != "", "who is not on record has no person id")
	}
}

func TestAStepThatIsBegunAnewFindsTheSameAndNothingTwice(t *testing.T) {
	r := newReconciling(t)
	r.disagreement()
	in := names.ReconcileInput{ReconciliationID: "rec_20260302_0200"}
	var suite testsuite.WorkflowTestSuite
	once := func(stop time.Duration, names ...string) {
		env := suite.NewTestActivityEnvironment()
		r.carryout.RegisterRecord(env)
		r.carryout.RegisterPlatform(env)
		if stop > 0 {
			ctx, cancel := context.WithTimeout(t.Context(), stop)
			defer cancel()
			env.SetWorkerOptions(worker.Options{BackgroundActivityContext: ctx})
		}
		for _, name := range names {
			if _, err := env.ExecuteActivity(name, in); stop == 0 {
				require.NoError(t, err, name)
			}
		}
	}
	// Each step is ended at some moment in the middle of it, several times, and then done twice.
	for _, step := range []string{
		names.ActivityBeginReconciliation, names.ActivityReadRosters, names.ActivityReadPlatform, names.ActivityCompare, names.ActivityConfirm,
	} {
		for _, stop := range []time.Duration{time.Millisecond, 4 * time.Millisecond, 12 * time.Millisecond, 30 * time.Millisecond} {
			once(stop, step)
		}
		once(0, step, step)
	}
	result, deltas := r.reconcile(in.ReconciliationID)
	require.Equal(t, "completed", result.Status, result.Reason)
	require.ElementsMatch(t, theDisagreement, linesOf(deltas))
	require.Equal(t, map[string]int{"HR_ACTIVE_CCAAS_MISSING": 1, "SKILL_MISMATCH": 1, "PLATFORM_ONLY": 1}, result.Deltas)
	run, err := r.store.Reconciliation(t.Context(), in.ReconciliationID)
	require.NoError(t, err)
	require.Contains(t, string(run.Counts), `"people": 2`)
}

func TestALeaverOfTheRosterWhoseAccountIsActiveIsFound(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	// A file's name tells whole seconds, and a roster older than the hire would contradict nothing.
	r.drop(time.Now().Add(time.Second), r.ana(map[string]any{"status": "TERMINATED", "termination": map[string]any{"reason": "VOLUNTARY", "last_day": "2026-01-31"}}))
	_, deltas := r.reconcile("rec_20260302_0200")
	require.Equal(t, []foundLine{{reconcile.HRTerminatedCCaaSActive, "WD-EMP-1001", reconcile.IsolateAndAsk}}, linesOf(deltas))
}

// remedies remembers what it was to repair.
type remedies struct {
	carried   []reconcile.Delta
	completed []string
}

func (r *remedies) Completed(_ context.Context, id string) error {
	r.completed = append(r.completed, id)
	return nil
}

func (r *remedies) Carry(_ context.Context, _ string, delta reconcile.Delta, _ store.ReconciliationMode) (carryout.Remedied, error) {
	r.carried = append(r.carried, delta)
	return carryout.Remedied{Outcome: store.DeltaRung, RingWorkflow: "termination/" + delta.PersonID + "/9"}, nil
}

func TestTheModeOfItsTypeSaysWhatIsDoneAboutADelta(t *testing.T) {
	r := newReconciling(t)
	r.disagreement()
	for deltaType, mode := range map[reconcile.DeltaType]store.ReconciliationMode{
		reconcile.SkillMismatch: store.ModeRepair, reconcile.PlatformOnly: store.ModeObserve,
	} {
		_, err := r.store.SetReconciliationMode(t.Context(), store.ModeChange{DeltaType: string(deltaType), Mode: mode, ChangedBy: "otto", Reason: "test"})
		require.NoError(t, err)
	}
	repairs := &remedies{}
	r.options.Remedy = repairs
	r.carryout = carryout.New(r.options)
	result, deltas := r.reconcile("rec_20260302_0200")

	require.Equal(t, 1, result.Deltas["PLATFORM_ONLY"], "what is observed is counted")
	require.ElementsMatch(t, theDisagreement[:2], linesOf(deltas), "and not kept")
	require.Len(t, repairs.carried, 1, "only what is in mode repair is repaired")
	require.Equal(t, reconcile.SkillMismatch, repairs.carried[0].DeltaType)
	require.Equal(t, []string{"termination/WD-EMP-1001/9"}, r.temporal.rung)
	require.Equal(t, []string{"rec_20260302_0200"}, repairs.completed)
}

func TestOnePersonIsReconciledWithTheAccountAsItIs(t *testing.T) {
	r := newReconciling(t)
	r.disagreement()
	_, isNew, err := r.store.StartReconciliation(t.Context(), store.Reconciliation{
		ID: "rec_20260302_0900_ab", Platform: "genesys", PersonID: r.person, RequestedBy: "otto",
	})
	require.NoError(t, err)
	require.True(t, isNew)
	result, deltas := r.reconcile("rec_20260302_0900_ab")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Equal(t, []foundLine{{reconcile.SkillMismatch, "WD-EMP-1001", reconcile.Transfer}}, linesOf(deltas))
}

func TestOnePersonInOrderIsEqualAndNoListWasBehind(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	_, _, err := r.store.StartReconciliation(t.Context(), store.Reconciliation{
		ID: "rec_20260302_0900_ab", Platform: "genesys", PersonID: r.person, RequestedBy: "otto",
	})
	require.NoError(t, err)
	result, deltas := r.reconcile("rec_20260302_0900_ab")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Empty(t, deltas)
	run, err := r.store.Reconciliation(t.Context(), "rec_20260302_0900_ab")
	require.NoError(t, err)
	var tally reconcile.Tally
	require.NoError(t, json.Unmarshal(run.Counts, &tally))
	require.Equal(t, map[reconcile.Class]int{reconcile.Equal: 1}, tally.Classes)
	require.Empty(t, tally.Expected)
}

// The night after somebody made the account inactive a third time, it is asked about.
func TestAnAccountThatIsTakenAwayNightAfterNightIsAskedAbout(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	_, err := r.store.SetReconciliationMode(t.Context(), store.ModeChange{
		DeltaType: string(reconcile.HRActiveCCaaSMissing), Mode: store.ModeRepair, ChangedBy: "otto", Reason: "test",
	})
	require.NoError(t, err)
	for night, want := range []reconcile.Resolution{reconcile.ReemitHire, reconcile.ReemitHire, reconcile.ReemitHire, reconcile.AskThirdPutBack} {
		r.change(genesystest.Plant{State: new("inactive")})
		r.drop(time.Now().Add(time.Duration(night+1)*time.Second), r.ana(nil))
		_, deltas := r.reconcile(fmt.Sprintf("rec_2026030%d_0200", night+2))
		require.Equal(t, []foundLine{{reconcile.HRActiveCCaaSMissing, r.person, want}}, linesOf(deltas), night)
		r.carry(deltas[0])
		r.again()
		r.run()
		if want == reconcile.ReemitHire {
			require.Equal(t, "active", r.account().State, night)
			require.Len(t, r.putBacks(), night+1)
		}
	}
	require.Equal(t, "inactive", r.account().State, "no fourth write")
	review := r.review()
	require.Equal(t, lifecycle.ReviewPutBack, review.Kind)
	_, err = r.store.DecideReview(t.Context(), review.ID, store.Decision{Decision: "retry", Actor: "otto", Reason: "test"})
	require.NoError(t, err)
	r.again()
	r.run()
	require.Equal(t, "active", r.account().State)
}

func TestReadingThePlatformLetsLeaversGoFirst(t *testing.T) {
	r := newReconciling(t)
	r.hired()
	r.drop(time.Now(), r.ana(nil))
	require.NoError(t, r.store.WithPerson(t.Context(), r.person, func(_ context.Context, p *store.PersonTx) error {
		if _, err := p.TakeOver(lifecycle.Termination, "test"); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{State: new(lifecycle.Isolating)})
	}))
	in := names.ReconcileInput{ReconciliationID: "rec_20260302_0200"}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	r.carryout.RegisterRecord(env)
	r.carryout.RegisterPlatform(env)
	_, err := env.ExecuteActivity(names.ActivityBeginReconciliation, in)
	require.NoError(t, err)
	before := time.Now()
	encoded, err := env.ExecuteActivity(names.ActivityReadPlatform, in)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(before), 2*time.Second, "it waits, and not for ever")
	var came lifecycle.ReconciliationStep
	require.NoError(t, encoded.Get(&came))
	require.Contains(t, came.Note, "waited 2s for leavers")
}
