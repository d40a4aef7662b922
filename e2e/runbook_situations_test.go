package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/store"
)

// situations are what the parts of the runbook are about, by their headings.
func situations() map[string]situation {
	return map[string]situation{
		"Where to begin":                {},
		"A leaver is not cut off":       {prepare: aLeaverIsNotCut, after: theLeaverIsCut},
		"Work is parked":                {prepare: workIsParked, before: happens("reviews dismiss", otherWorkIsParked), after: thePersonBecomes("unknown")},
		"A grace is suspended":          {prepare: aGraceIsSuspended},
		"A mapping rule ends":           {prepare: aRuleEnds},
		"An archive is damaged":         {prepare: anArchiveIsDamaged, after: theAccountIs("deleted")},
		"An account cannot be archived": {prepare: anAccountCannotBeArchived, after: thereIsNoSuchFolder},
		"A worker is down":              {prepare: aWorkerIsDown, before: happens("musterctl inbox", theWorkerIsStarted)},
		"Temporal is down":              {prepare: temporalIsDown, after: theServerIsBack},
		"PostgreSQL is down":            {prepare: postgresqlIsDown, before: happens("audit verify", theServerIsBack)},
		"Deliveries are not signed":     {prepare: deliveriesAreNotSigned},
		"A source is silent":            {},
		"Alerts do not get through":     {prepare: alertsDoNotGetThrough},
		"Nothing is reconciled":         {prepare: aReconciliationIsRefused},

		"A mapping version waits for approval": {prepare: aVersionWaits, before: happens("rollouts pause", aDateIsAhead)},
		"The guard holds people":               {prepare: theGuardHoldsPeople, before: happens("guard release grd_… WD", theGuardHoldsThePerson), after: thePersonBecomes("deactivated")},
		"A layoff or an intake is planned":     {prepare: aLayoffIsPlanned, before: happens("batch confirm", theBatchIsKnown)},

		"An approval waits, or nobody has decided it":   {prepare: anApprovalIsOverdue, after: thePersonBecomes("active")},
		"The workflow of a grace was terminated":        {prepare: aGraceWasTerminated},
		"The platform refuses a deletion":               {prepare: aDeletionIsRefused, before: happens("reviews retry", thePlatformAllows), after: theAccountIs("deleted")},
		"A deletion is due":                             {prepare: somebodyLeft},
		"Stop a deletion: holds":                        {prepare: peopleLeft},
		"Stop a deletion when there is no other way in": {prepare: somebodyLeft, after: thePersonBecomes("held")},
		"Turn a termination back":                       {prepare: somebodyLeft, after: thePersonBecomes("active")},
		"Turn a dismissal back":                         {prepare: somebodyWasDismissed, after: thePersonBecomes("active")},
		"HR does not agree to a reversal":               {prepare: hrDoesNotAgree, after: theReversalIsClosed},
		"HR sends again what legal has reversed":        {prepare: hrSendsAgain, after: thePersonBecomes("active")},
		"Delete before the deadline":                    {prepare: somebodyLeft, after: theAccountIs("deleted")},
		"What was approved came to nothing":             {prepare: anApprovalLapses},
		"Delete later":                                  {prepare: somebodyLeft},
		"Bring a deleted account back":                  {prepare: somebodyIsDeleted, after: thePersonBecomes("active")},
		"Erase for good":                                {prepare: somebodyIsDeleted, after: thePersonIsErased},
		"Find everything about a person":                {prepare: somebodyLeft},
		"Prove it":                                      {prepare: somebodyIsProven},
	}
}

func happens(fragment string, what func(*testing.T, *reader)) map[string]func(*testing.T, *reader) {
	return map[string]func(*testing.T, *reader){fragment: what}
}

func thePersonBecomes(state string) func(*testing.T, *reader) {
	return func(t *testing.T, r *reader) {
		t.Helper()
		r.person.becomes(t, state)
	}
}

func theAccountIs(state string) func(*testing.T, *reader) {
	return func(t *testing.T, r *reader) {
		t.Helper()
		eventually(t, "the account is "+state, func() error {
			if found := r.person.account(t).State; found != state {
				return fmt.Errorf("it is %s", found)
			}
			return nil
		})
	}
}

// anAgent is somebody at work in a department.
func anAgent(t *testing.T, r *reader, department string) {
	t.Helper()
	r.person = r.newPerson()
	r.comesOut(t, r.person.post("USER_CREATE", nil, r.person.hire(fields{"department_code": department})), "applied")
}

// ends posts the end of the employment and waits until the account is inactive.
func ends(t *testing.T, r *reader, reason string) (eventID string) {
	t.Helper()
	eventID = r.person.post("USER_TERMINATE", nil, fields{"external_user_id": r.person.id, "termination": fields{"reason": reason}})
	r.comesOut(t, eventID, "applied")
	return eventID
}

func somebodyLeft(t *testing.T, r *reader) {
	t.Helper()
	anAgent(t, r, "SUPP_L2")
	ends(t, r, "VOLUNTARY")
	r.person.isArchived(t)
}

func somebodyWasDismissed(t *testing.T, r *reader) {
	t.Helper()
	anAgent(t, r, "SUPP_L2")
	ends(t, r, "INVOLUNTARY")
}

func peopleLeft(t *testing.T, r *reader) {
	t.Helper()
	var custodians strings.Builder
	custodians.WriteString("# custodians\n")
	for range 2 {
		anAgent(t, r, "SUPP_L2")
		fmt.Fprintln(&custodians, r.person.id+" # by mail")
	}
	somebodyLeft(t, r)
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, "custodians.txt"), []byte(custodians.String()), 0o600))
}

func somebodyIsDeleted(t *testing.T, r *reader) {
	t.Helper()
	anAgent(t, r, departmentShort)
	ends(t, r, "VOLUNTARY")
	r.person.becomes(t, "deleted")
}

func thePersonIsErased(t *testing.T, r *reader) {
	t.Helper()
	eventually(t, "the person is erased", func() error {
		legal := r.as("legal")
		termination, err := legal.Termination(t.Context(), r.person.id)
		if err != nil || termination.Standing != "erased" || termination.Archive.ErasedAt == nil {
			return errors.Join(err, fmt.Errorf("standing %s, archive %+v", termination.Standing, termination.Archive))
		}
		return nil
	})
	require.Empty(t, r.platform.Users(genesystest.TruthFilter{Email: r.person.email}))
}

func aLeaverIsNotCut(t *testing.T, r *reader) {
	t.Helper()
	r.stack = runbookStack(t)
	anAgent(t, r, "SUPP_L2")
	require.NoError(t, r.platform.Fault(genesystest.Fault{Kind: genesystest.FaultUnavailable, Contains: r.person.account(t).ID, Times: -1}))
	r.person.leaves()
	r.alerted(t, store.AlertAccessNotCut, 2*time.Minute)
}

func theLeaverIsCut(t *testing.T, r *reader) {
	t.Helper()
	r.platform.ClearFaults()
	theAccountIs("inactive")(t, r)
}

func workIsParked(t *testing.T, r *reader) {
	t.Helper()
	r.stack = runbookStack(t)
	r.person = r.newPerson()
	r.person.post("USER_CREATE", nil, r.person.hire(fields{"skill_codes": []string{"SVC_VIP"}}))
	r.person.isReviewed(t, "unmapped")
	vip := strings.Replace(string(runbookRegistry(t)), "\nskills:\n",
		"\nskills:\n  - code: SVC_VIP\n    gives:\n      - {skill: Customer_Retention, proficiency: 5, weight: 20}\n", 1)
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, "registry.yaml"), []byte(vip), 0o600))
}

// endingRegistry is the runbook's registry with a rule that ends in a week.
func endingRegistry(t *testing.T) []byte {
	t.Helper()
	ends := time.Now().AddDate(0, 0, 7).UTC().Format(time.DateOnly)
	return bytes.Replace(runbookRegistry(t), []byte("\nskills:\n"),
		[]byte("\nskills:\n  - {code: SVC_OLD, gives: [{skill: Sales_Closing, proficiency: 1}], sunset_date: "+ends+"}\n"), 1)
}

func aRuleEnds(t *testing.T, r *reader) {
	t.Helper()
	r.stack = runbookStack(t)
	anAgent(t, r, "SUPP_L2")
	r.publish(t, endingRegistry(t), api.PublishRequest{})
	r.alerted(t, store.AlertMappingSunset, patience)
}

// aVersionWaits: one that nobody has approved yet, with a rule that ends next week.
func aVersionWaits(t *testing.T, r *reader) {
	t.Helper()
	r.stack = runbookStack(t)
	anAgent(t, r, "SUPP_L2")
	editor := r.as("registry-editor")
	_, err := editor.SubmitMapping(t.Context(), endingRegistry(t), "SVC_OLD goes next week")
	require.NoError(t, err)
	r.alerted(t, store.AlertMappingSubmitted, patience)
}

// aDateIsAhead: the rollout of the version that was published is through in a second, the one of the date in it is there to be paused.
func aDateIsAhead(t *testing.T, r *reader) {
	t.Helper()
	page, err := r.api.Rollouts(t.Context())
	require.NoError(t, err)
	for _, rollout := range page.Items {
		if rollout.Cause == "date" {
			r.values["rol_…"] = rollout.ID
		}
	}
	require.NotEmpty(t, r.values["rol_…"])
}

// otherWorkIsParked: the first one's goes on by the new version; somebody else's has no answer.
func otherWorkIsParked(t *testing.T, r *reader) {
	t.Helper()
	r.person.becomes(t, "active")
	r.person = r.newPerson()
	r.person.post("USER_CREATE", nil, r.person.hire(fields{"skill_codes": []string{"SVC_NOBODY_KNOWS"}}))
	r.person.isReviewed(t, "unmapped")
}

func anApprovalIsOverdue(t *testing.T, r *reader) {
	t.Helper()
	r.person = r.newPerson()
	r.person.post("USER_CREATE", nil, r.person.hire(fields{"department_code": departmentGated}))
	r.alerted(t, store.AlertApprovalOverdue, patience)
}

// anApprovalLapses: it was asked for before a hold was placed, and granted after.
func anApprovalLapses(t *testing.T, r *reader) {
	t.Helper()
	somebodyLeft(t, r)
	legal, counsel := r.as("legal"), r.as("counsel")
	asked, err := legal.PullLever(t.Context(), r.person.id, api.LeverExpedite, "a test", time.Time{})
	require.NoError(t, err)
	_, err = legal.PlaceHold(t.Context(), r.person.id, "2026/117", "a test")
	require.NoError(t, err)
	_, err = counsel.Approve(t.Context(), asked.ApprovalID, "a test")
	require.NoError(t, err)
	r.alerted(t, store.AlertApprovalLapsed, patience)
}

func aGraceIsSuspended(t *testing.T, r *reader) {
	t.Helper()
	somebodyLeft(t, r)
	require.NoError(t, r.temporal.CancelWorkflow(t.Context(), r.termination(t), ""))
	r.person.becomes(t, "suspended")
}

func aGraceWasTerminated(t *testing.T, r *reader) {
	t.Helper()
	somebodyLeft(t, r)
	require.NoError(t, r.temporal.TerminateWorkflow(t.Context(), r.termination(t), "", "by hand"))
	r.person.has(t, "grace.restarted")
}

func (r *reader) termination(t *testing.T) (workflowID string) {
	t.Helper()
	grace, begun := r.person.grace(t)
	require.True(t, begun)
	return fmt.Sprintf("termination/%s/%d", r.person.id, grace.Generation)
}

func aDeletionIsRefused(t *testing.T, r *reader) {
	t.Helper()
	anAgent(t, r, departmentShort)
	require.NoError(t, r.platform.Fault(genesystest.Fault{
		Kind: genesystest.FaultForbidden, Method: http.MethodDelete, Path: "/api/v2/users/" + r.person.account(t).ID, Times: -1,
	}))
	ends(t, r, "VOLUNTARY")
	r.person.isReviewed(t, "purge_stuck")
}

func thePlatformAllows(_ *testing.T, r *reader) { r.platform.ClearFaults() }

// anArchiveIsDamaged while a hold keeps the account from being deleted.
func anArchiveIsDamaged(t *testing.T, r *reader) {
	t.Helper()
	legal, counsel := r.as("legal"), r.as("counsel")
	anAgent(t, r, departmentShort)
	_, err := legal.PlaceHold(t.Context(), r.person.id, "2026/117", "a test")
	require.NoError(t, err)
	ends(t, r, "VOLUNTARY")
	r.person.isArchived(t)
	grace, _ := r.person.grace(t)
	path := filepath.Join(r.archives(), fmt.Sprintf("%d.json", grace.Generation))
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	_, err = counsel.ReleaseHold(t.Context(), r.person.id, "2026/117", "settled")
	require.NoError(t, err)
	asked, err := legal.PullLever(t.Context(), r.person.id, api.LeverExpedite, "a test", time.Time{})
	require.NoError(t, err)
	_, err = counsel.Approve(t.Context(), asked.ApprovalID, "a test")
	require.NoError(t, err)
	r.alerted(t, store.AlertArchiveDamaged, patience)
}

// anAccountCannotBeArchived: where the folder of the leaver's archives should be, there is a file.
func anAccountCannotBeArchived(t *testing.T, r *reader) {
	t.Helper()
	anAgent(t, r, departmentShort)
	require.NoError(t, os.MkdirAll(filepath.Dir(r.archives()), 0o755))
	require.NoError(t, os.WriteFile(r.archives(), nil, 0o600))
	ends(t, r, "VOLUNTARY")
	r.alerted(t, store.AlertArchiveFailing, patience)
	require.Equal(t, "inactive", r.person.account(t).State)
}

func thereIsNoSuchFolder(t *testing.T, r *reader) {
	t.Helper()
	require.Equal(t, "inactive", r.person.account(t).State, "nothing is deleted without an archive")
	require.NoError(t, os.Remove(r.archives()))
	theAccountIs("deleted")(t, r)
}

// archives is the folder of the person's archives.
func (r *reader) archives() string {
	return filepath.Join(r.stack.folder, "archive", "leavers", r.person.id)
}

func aWorkerIsDown(t *testing.T, r *reader) {
	t.Helper()
	r.stack = runbookStack(t)
	anAgent(t, r, "SUPP_L2")
	r.worker.stop(syscall.SIGTERM)
	r.values["evt_waiting"] = r.person.leaves()
}

func theWorkerIsStarted(t *testing.T, r *reader) {
	t.Helper()
	r.startWorker()
	r.comesOut(t, r.values["evt_waiting"], "applied")
	require.Equal(t, "inactive", r.person.account(t).State)
}

func temporalIsDown(t *testing.T, r *reader) {
	t.Helper()
	var server *temporalServer
	s := startWith(t, func(s *stack) {
		s.forRunbook(t)
		server = s.hasItsOwnTemporal()
	})
	s.describe(t)
	r.stack = s
	anAgent(t, r, "SUPP_L2")
	server.stops()
	terminated := r.person.leaves()
	r.comeBack = func() {
		server.comesBack()
		r.comesOut(t, terminated, "applied")
		require.Equal(t, "inactive", r.person.account(t).State)
	}
}

func theServerIsBack(_ *testing.T, r *reader) { r.comeBack() }

func postgresqlIsDown(t *testing.T, r *reader) {
	t.Helper()
	var database *postgresServer
	s := startWith(t, func(s *stack) {
		s.forRunbook(t)
		database = s.hasItsOwnPostgres()
	})
	s.describe(t)
	r.stack = s
	anAgent(t, r, "SUPP_L2")
	database.stops()
	r.comeBack = database.comesBack
}

func deliveriesAreNotSigned(t *testing.T, r *reader) {
	t.Helper()
	for range 10 {
		response, err := http.Post(r.api.BaseURL+"/v1/events", "application/json", strings.NewReader("{}"))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	}
}

func alertsDoNotGetThrough(t *testing.T, r *reader) {
	t.Helper()
	somebodyLeft(t, r)
	r.alerted(t, store.AlertDeliveryFailed, patience)
}

func hrDoesNotAgree(t *testing.T, r *reader) {
	t.Helper()
	terminated := reversed(t, r)
	// Five business days have passed.
	database, err := pgx.Connect(t.Context(), r.database)
	require.NoError(t, err)
	_, err = database.Exec(t.Context(), "update overrides set remind_at = now() where person_id = $1", r.person.id)
	require.NoError(t, err)
	require.NoError(t, database.Close(t.Context()))
	require.NoError(t, r.store.WithPerson(t.Context(), r.person.id, func(_ context.Context, p *store.PersonTx) error { return p.Ring() }))
	r.alerted(t, store.AlertReversalAwaitsHR, patience)
	rescind := event(newEventID(), "EVENT_RESCIND", fields{"rescinds_event_id": terminated}, fields{"external_user_id": r.person.id})
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, "rescind.json"), rescind, 0o600))
}

// reversed is somebody whose termination legal has reversed.
func reversed(t *testing.T, r *reader) (terminated string) {
	t.Helper()
	anAgent(t, r, "SUPP_L2")
	terminated = ends(t, r, "VOLUNTARY")
	legal := r.as("legal")
	_, err := legal.PullLever(t.Context(), r.person.id, api.LeverReverse, "a test", time.Time{})
	require.NoError(t, err)
	r.person.becomes(t, "active")
	return terminated
}

func hrSendsAgain(t *testing.T, r *reader) {
	t.Helper()
	reversed(t, r)
	r.person.post("USER_TERMINATE", nil, fields{"external_user_id": r.person.id, "termination": fields{"reason": "VOLUNTARY"}})
	r.person.isReviewed(t, "reposted")
}

func theReversalIsClosed(t *testing.T, r *reader) {
	t.Helper()
	eventually(t, "the reversal is closed", func() error {
		legal := r.as("legal")
		termination, err := legal.Termination(t.Context(), r.person.id)
		if err != nil || termination.Override != nil {
			return errors.Join(err, errNotYet)
		}
		return nil
	})
}

func somebodyIsProven(t *testing.T, r *reader) {
	t.Helper()
	somebodyLeft(t, r)
	auditor := r.as("auditor")
	verdict, err := auditor.VerifyAudit(t.Context())
	require.NoError(t, err)
	r.values["3a7b…"] = verdict.HeadHash
}

// aReconciliationIsRefused: the stack's worker has no client that lists the platform.
func aReconciliationIsRefused(t *testing.T, r *reader) {
	t.Helper()
	run, err := r.api.StartReconciliation(t.Context(), "")
	require.NoError(t, err)
	eventually(t, "it is refused", func() error {
		found, err := r.api.Reconciliation(t.Context(), run.ID)
		if err == nil && found.Status != "refused" {
			err = fmt.Errorf("it is %s", found.Status)
		}
		return err
	})
}
