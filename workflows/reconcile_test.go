package workflows_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

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
type openWorkflowsOf struct{ open []string }

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
