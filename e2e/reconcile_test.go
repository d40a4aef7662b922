package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/api"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/names"
	"muster/store"
)

// reconciled is a stack whose worker may list the platform and finds HR's rosters in a folder.
func reconciled(t *testing.T) *stack {
	t.Helper()
	return startWith(t, func(s *stack) { s.readsRosters(t) })
}

// readsRosters lets a stack's worker list the platform and find HR's rosters in a folder.
func (s *stack) readsRosters(t *testing.T) {
	t.Helper()
	require.NoError(t, s.platform.PutClient(genesystest.Client{ID: "reader", Secret: "reader-secret", Permissions: genesys.RosterPermissions()}))
	require.NoError(t, os.MkdirAll(s.rosters(), 0o755))
	sources := filepath.Join(s.folder, "hr-sources.yaml")
	require.NoError(t, os.WriteFile(sources, fmt.Appendf(nil, `sources:
  - name: workday
    source_system: %s
    format: jsonl
    bucket:
      url: file://%s
      name: "people-{date}-{time}.jsonl"
      checksum: required
`, source, s.rosters()), 0o600))
	s.workerSettings = []string{
		"MUSTER_GENESYS_READER_CLIENT_ID=reader", "MUSTER_GENESYS_READER_CLIENT_SECRET=reader-secret", "MUSTER_HR_SOURCES_FILE=" + sources,
	}
}

func (s *stack) rosters() string { return filepath.Join(s.folder, "hr") }

// dropRoster puts HR's roster of people, as their hires told of them, into the folder.
func (s *stack) dropRoster(t *testing.T, lines ...fields) {
	t.Helper()
	var text strings.Builder
	for _, line := range lines {
		record := fields{"status": "ACTIVE"}
		maps.Copy(record, line)
		encoded, err := json.Marshal(record)
		require.NoError(t, err)
		text.Write(encoded)
		text.WriteByte('\n')
	}
	name := "people-" + time.Now().UTC().Format("20060102-150405") + ".jsonl"
	require.NoError(t, os.WriteFile(filepath.Join(s.rosters(), name), []byte(text.String()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(s.rosters(), name+".sha256"), fmt.Appendf(nil, "%x  %s\n", sha256.Sum256([]byte(text.String())), name), 0o600))
}

// ends waits for the end of a reconciliation.
func (s *stack) reconciliationEnds(t *testing.T, id, status string) (ended api.Reconciliation) {
	t.Helper()
	eventually(t, "reconciliation "+id+" ends", func() (err error) {
		if ended, err = s.api.Reconciliation(t.Context(), id); err == nil && ended.EndedAt == nil {
			err = errNotYet
		}
		return err
	})
	require.Equal(t, status, ended.Status, ended.Reason)
	return ended
}

// foundBy are the deltas of a reconciliation, a line each.
func (s *stack) foundBy(t *testing.T, id string) (lines []string) {
	t.Helper()
	page, err := s.api.Deltas(t.Context(), id, api.DeltaQuery{})
	require.NoError(t, err)
	for _, d := range page.Items {
		lines = append(lines, fmt.Sprintf("%s %s %s expected %v actual %v", d.ExternalUserID, d.DeltaType, d.ResolutionAction, d.ExpectedSkills, d.ActualSkills))
	}
	slices.Sort(lines)
	return lines
}

func TestWhatThePlatformTakesBackAndWhatASupervisorChangesIsFoundHoweverOftenTheWorkerIsKilled(t *testing.T) {
	t.Parallel()
	s := reconciled(t)
	require.NoError(t, s.platform.RejectSkill(genesystest.Rejection{Skill: "Billing_Support", DelayMS: 3000}))
	skilled := func(codes ...string) fields { return fields{"skill_codes": codes} }
	rejected, edited, excepted, fine := s.newPerson(), s.newPerson(), s.newPerson(), s.newPerson()
	hires := map[*person]fields{
		rejected: rejected.hire(skilled("SVC_BILLING", "SVC_TECH")), edited: edited.hire(skilled("SVC_TECH")), excepted: excepted.hire(skilled("SVC_TECH")), fine: fine.hire(skilled("SVC_TECH")),
	}
	var lines []fields
	for p, hire := range hires {
		s.comesOut(t, p.post("USER_CREATE", nil, hire), "applied")
		lines = append(lines, hire)
	}
	for _, p := range []*person{edited, excepted} {
		skills := p.account(t).Skills
		skills["Billing_Support"] = 5
		_, err := s.platform.Change(p.account(t).ID, genesystest.Plant{Skills: skills})
		require.NoError(t, err)
	}
	require.NoError(t, s.store.WithPerson(t.Context(), excepted.id, func(_ context.Context, p *store.PersonTx) error {
		_, err := p.AddException(store.Exception{Part: "skill", Construct: "Billing_Support", Until: time.Now().Add(time.Hour), MadeBy: "otto", Reason: "helps out"})
		return err
	}))
	eventually(t, "the platform takes the skill back", func() error {
		if _, there := rejected.account(t).Skills["Billing_Support"]; there {
			return errNotYet
		}
		return nil
	})
	s.dropRoster(t, lines...)

	// While the platform is listed the worker is killed, and again while accounts are read by id.
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/routing/queues/*/members", Skip: 3, Times: 1, DelayMS: 60_000}))
	run, err := s.api.StartReconciliation(t.Context(), "")
	require.NoError(t, err)
	eventually(t, "the platform is being listed", func() error {
		staged, err := s.store.PlatformRoster(t.Context(), run.ID)
		if err == nil && staged.Pages < 2 {
			err = errNotYet
		}
		return err
	})
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/users/" + rejected.account(t).ID, Times: 1, DelayMS: 60_000}))
	s.replaceWorker()
	eventually(t, "accounts are being read by id", func() error {
		compared, err := s.store.Compared(t.Context(), run.ID)
		if err == nil && !compared {
			err = errNotYet
		}
		return err
	})
	s.replaceWorker()

	ended := s.reconciliationEnds(t, run.ID, "completed")
	want := []string{
		edited.id + " SKILL_MISMATCH TRANSFER expected [SVC_TECH] actual [SVC_BILLING SVC_TECH]",
		rejected.id + " SKILL_MISMATCH TRANSFER expected [SVC_BILLING SVC_TECH] actual [SVC_TECH]",
	}
	slices.Sort(want)
	require.Equal(t, want, s.foundBy(t, run.ID))
	require.Equal(t, 4, ended.Counts.People)
	require.Equal(t, map[string]int{"SKILL_MISMATCH": 2}, ended.Counts.Deltas)
	require.Contains(t, ended.Counts.Expected, "DATED_EXCEPTION")
	require.Empty(t, ended.Counts.Unevaluated)

	report, err := s.api.ReconciliationReport(t.Context(), run.ID, "html")
	require.NoError(t, err)
	require.Contains(t, string(report), "SKILL_MISMATCH")

	alone, err := s.api.ReconcilePerson(t.Context(), edited.id)
	require.NoError(t, err)
	require.Equal(t, "completed", alone.Status)
	require.Len(t, alone.Deltas, 1)
	alone, err = s.api.ReconcilePerson(t.Context(), fine.id)
	require.NoError(t, err)
	require.Empty(t, alone.Deltas)

	// What was only reported is released for one of the two: that one is repaired, and the other stays as it is until it is, too.
	asItWas := map[*person]map[string]float64{rejected: rejected.account(t).Skills, excepted: excepted.account(t).Skills}
	s.release(t, run.ID, edited)
	eventually(t, "the edit is put back", func() error {
		if _, there := edited.account(t).Skills["Billing_Support"]; there {
			return errNotYet
		}
		return nil
	})
	require.Equal(t, asItWas[rejected], rejected.account(t).Skills)
	s.release(t, run.ID, rejected)
	eventually(t, "what the platform took back is there again", func() error {
		if _, there := rejected.account(t).Skills["Billing_Support"]; !there {
			return errNotYet
		}
		return nil
	})
	require.Equal(t, asItWas[excepted], excepted.account(t).Skills, "what is excepted until a date is left alone")
}

// release has what a reconciliation found about somebody repaired.
func (s *stack) release(t *testing.T, run string, p *person) {
	t.Helper()
	released, err := s.api.ReleaseDeltas(t.Context(), run, api.ReleaseDeltas{People: []string{p.id}, Reason: "a test"})
	require.NoError(t, err)
	require.Len(t, released.Items, 1)
	require.Empty(t, released.Items[0].Why)
	s.reconciliationEnds(t, released.Items[0].ReconciliationID, "completed")
}

func TestTheScheduleStartsAReconciliationUnderAnIDOfItsOwnAndWithoutARosterItIsRefused(t *testing.T) {
	t.Parallel()
	s := reconciled(t)
	schedule := s.temporal.ScheduleClient().GetHandle(t.Context(), names.ScheduleReconcile)
	eventually(t, "the schedule is there", func() error {
		_, err := schedule.Describe(t.Context())
		return err
	})
	require.NoError(t, schedule.Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	var run api.Reconciliation
	eventually(t, "a reconciliation begins", func() error {
		page, err := s.api.Reconciliations(t.Context(), api.PageQuery{})
		if err == nil && len(page.Items) == 0 {
			return errNotYet
		}
		if err != nil {
			return err
		}
		run = page.Items[0]
		return nil
	})
	require.Regexp(t, `^rec_\d{8}_\d{4}$`, run.ID)
	require.Equal(t, "reconcile/"+run.ID, run.WorkflowID)
	require.Empty(t, run.RequestedBy)
	require.NoError(t, s.temporal.GetWorkflow(t.Context(), run.WorkflowID, "").Get(t.Context(), nil))
	s.reconciliationEnds(t, run.ID, "refused")
	page, err := s.api.Inbox(t.Context(), api.InboxQuery{})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(page.Items, func(a api.InboxItem) bool { return a.Kind == "reconciliation_refused" }), "the refusal is in the inbox")
}
