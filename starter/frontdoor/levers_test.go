package frontdoor_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/starter/frontdoor"
	"muster/store"
)

const jane = "WD-EMP-99284"

// gone opens a house in which Jane Doe has left: her account is inactive, and its grace has begun.
func gone(t *testing.T, reason string, changes ...func(*frontdoor.Options)) (*house, lifecycle.Grace) {
	t.Helper()
	h := open(t, changes...)
	h.sent(guideEvent(t))
	h.sent(event(t, "evt_leave", jane, map[string]any{"event_type": "USER_TERMINATE", "timestamp_utc": "2026-02-01T10:00:00Z"},
		map[string]any{"department_code": nil, "termination": map[string]any{"reason": reason, "last_day": "2026-02-02"}}))
	started := h.clock.Now().Add(-24 * time.Hour).UTC().Truncate(time.Microsecond)
	grace := lifecycle.Grace{Platform: "genesys", PlatformUserID: "u-1", StartedAt: started, Deadline: started.Add(30 * 24 * time.Hour)}
	h.change(func(p *store.PersonTx) (err error) {
		if grace.Generation, err = p.TakeOver(lifecycle.Termination, "HR ended the employment"); err != nil {
			return err
		}
		if err := p.Settle("evt_leave", lifecycle.Applied, "deactivated", "termination/"+jane+"/1"); err != nil {
			return err
		}
		state, none := lifecycle.Deactivated, lifecycle.None
		if err := p.UpdateAgent(store.AgentChange{State: &state, Operation: &none}); err != nil {
			return err
		}
		return p.BeginGrace(grace)
	})
	return h, grace
}

// change changes Jane's record.
func (h *house) change(fn func(p *store.PersonTx) error) {
	h.t.Helper()
	require.NoError(h.t, h.store.WithPerson(h.t.Context(), jane, func(_ context.Context, p *store.PersonTx) error { return fn(p) }))
}

// deleted has Jane's account be deleted.
func (h *house) deleted(grace lifecycle.Grace) {
	h.t.Helper()
	h.change(func(p *store.PersonTx) error {
		state, phase, at := lifecycle.Deleted, lifecycle.GraceDeleted, h.clock.Now()
		if err := p.ChangeGrace(grace.Generation, store.GraceChange{Phase: &phase, DeletedAt: &at}); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{State: &state})
	})
}

func (h *house) pull(token string, lever api.Lever) (api.LeverOutcome, error) {
	h.t.Helper()
	return h.as(token).PullLever(h.t.Context(), jane, lever, "settled out of court", time.Time{})
}

func (h *house) termination(token string) api.Termination {
	h.t.Helper()
	found, err := h.as(token).Termination(h.t.Context(), jane)
	require.NoError(h.t, err)
	return found
}

// choice is what is said about a lever.
func choice(t *testing.T, of api.Termination, lever api.Lever) api.LeverChoice {
	t.Helper()
	for _, found := range of.Levers {
		if found.Lever == lever {
			return found
		}
	}
	require.Failf(t, "no such choice", "%s of %v", lever, of.Levers)
	return api.LeverChoice{}
}

func TestLegalReversesATerminationAndTheMailboxIsRungAfterTheCommit(t *testing.T) {
	h, grace := gone(t, "VOLUNTARY")
	var phase lifecycle.GracePhase
	h.bell.whenRung = func(personID string) {
		graces, _, err := h.store.Graces(context.Background(), store.GraceFilter{PersonID: personID})
		if err == nil && len(graces) == 1 {
			phase = graces[0].Phase
		}
	}
	before := len(h.bell.rung)
	outcome, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	require.Equal(t, api.LeverDone, outcome.Result)
	require.Equal(t, jane, outcome.PersonID)
	require.Equal(t, []string{jane}, h.bell.rung[before:])
	require.Equal(t, lifecycle.GraceEnded, phase)
	require.Len(t, h.audited("termination.reverse"), 1)

	standing := h.termination(legalToken)
	require.Equal(t, "settled out of court", standing.Override.Reason)
	require.Equal(t, []string{"evt_leave"}, standing.Override.EventIDs)
	require.Equal(t, grace.Generation, standing.Grace.Generation)
	_, err = h.pull(legalToken, api.LeverReverse)
	problem := refused(t, err, http.StatusConflict)
	require.Contains(t, problem.Detail, "reverse refused: no termination")
	require.Len(t, h.audited("access.refused"), 1, "a refused lever is on record")
}

func TestTheReversalOfADismissalIsApprovedByAnotherOfLegal(t *testing.T) {
	h, _ := gone(t, "INVOLUNTARY")
	outcome, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	require.Equal(t, api.LeverAsked, outcome.Result)
	require.Contains(t, outcome.Approvers, "role legal")
	require.Nil(t, h.termination(legalToken).Override, "nothing is done yet")

	_, err = h.as(legalToken).Approve(t.Context(), outcome.ApprovalID, "")
	refused(t, err, http.StatusForbidden)
	_, err = h.as(approverToken).Approve(t.Context(), outcome.ApprovalID, "")
	refused(t, err, http.StatusNotFound)
	approved, err := h.as(otherLegal).Approve(t.Context(), outcome.ApprovalID, "agreed")
	require.NoError(t, err)
	require.Equal(t, "approved", approved.State)
	require.Equal(t, outcome.ApprovalID, h.bell.announced[len(h.bell.announced)-1].ID)
}

func TestAnApprovalThatIsAskedForIsAnsweredWith202(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	status, _, body := h.answer(http.MethodPost, "/v1/agents/"+jane+"/termination/expedite", legalToken, "application/json", []byte(`{"reason":"asked for"}`))
	require.Equal(t, http.StatusAccepted, status, body)
	status, _, body = h.answer(http.MethodPost, "/v1/agents/"+jane+"/termination/reverse", legalToken, "application/json", []byte(`{"reason":"settled"}`))
	require.Equal(t, http.StatusOK, status, body)
}

func TestLeversAreLegalsAndAnOperatorMayResume(t *testing.T) {
	h, grace := gone(t, "VOLUNTARY")
	h.change(func(p *store.PersonTx) error {
		phase, state := lifecycle.GraceSuspended, lifecycle.Suspended
		if err := p.ChangeGrace(grace.Generation, store.GraceChange{Phase: &phase}); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{State: &state})
	})
	for _, lever := range api.TerminationLevers() {
		for _, token := range []string{viewerToken, approverToken, auditorToken, operatorToken} {
			if lever == api.LeverResume && token == operatorToken {
				continue
			}
			_, err := h.pull(token, lever)
			refused(t, err, http.StatusForbidden)
		}
		_, err := h.pull("", lever)
		refused(t, err, http.StatusUnauthorized)
	}
	outcome, err := h.pull(operatorToken, api.LeverResume)
	require.NoError(t, err)
	require.Equal(t, "deactivated", outcome.LifecycleState)
	require.Equal(t, grace.Deadline, *outcome.Deadline)
}

func TestALeverNamesTheFieldThatIsWrong(t *testing.T) {
	h, grace := gone(t, "VOLUNTARY")
	client := h.as(legalToken)
	for name, test := range map[string]struct {
		lever  api.Lever
		reason string
		until  time.Time
		field  string
	}{
		"no reason":        {api.LeverReverse, " ", time.Time{}, "body.reason"},
		"a NUL":            {api.LeverReverse, "a\x00b", time.Time{}, "body.reason"},
		"no new deadline":  {api.LeverReschedule, "a hearing", time.Time{}, "body.until"},
		"an earlier one":   {api.LeverReschedule, "a hearing", grace.Deadline.Add(-time.Hour), "body.until"},
		"one too late":     {api.LeverReschedule, "a hearing", grace.StartedAt.AddDate(2, 0, 0), "body.until"},
		"a needless until": {api.LeverReverse, "settled", grace.Deadline, "body.until"},
	} {
		_, err := client.PullLever(t.Context(), jane, test.lever, test.reason, test.until)
		problem := refused(t, err, http.StatusUnprocessableEntity)
		require.Equal(t, test.field, problem.Errors[0].Field, name)
	}
	_, err := client.PullLever(t.Context(), "P-0", api.LeverReverse, "settled", time.Time{})
	refused(t, err, http.StatusNotFound)
	later := grace.Deadline.Add(24 * time.Hour)
	outcome, err := client.PullLever(t.Context(), jane, api.LeverReschedule, "a hearing", later)
	require.NoError(t, err)
	require.Equal(t, later, *outcome.Deadline)
}

func TestNobodyPullsALeverAboutThemselves(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY", func(options *frontdoor.Options) {
		var err error
		options.Tokens, err = frontdoor.NewTokens(map[string]frontdoor.Actor{
			legalToken: {Name: "jane.from.legal", PersonID: jane, Roles: []api.Role{api.RoleLegal}},
			otherLegal: {Name: "Jane Doe", Roles: []api.Role{api.RoleLegal}},
		})
		require.NoError(t, err)
	})
	for _, token := range []string{legalToken, otherLegal} {
		_, err := h.pull(token, api.LeverReverse)
		problem := refused(t, err, http.StatusForbidden)
		require.Contains(t, problem.Detail, "themselves")
		_, err = h.as(token).ReleaseHold(t.Context(), jane, "2026/117", "over")
		refused(t, err, http.StatusForbidden)
	}
	require.Len(t, h.audited("access.refused"), 4)
}

func TestWhatCanBeDoneIsShownByTheRuleThatJudgesIt(t *testing.T) {
	h, grace := gone(t, "VOLUNTARY")
	standing := h.termination(legalToken)
	require.Equal(t, "in grace", standing.Standing)
	require.Equal(t, "evt_leave", standing.EventID)
	require.Equal(t, grace.Deadline, standing.Grace.Deadline)
	for lever, available := range map[api.Lever]bool{
		api.LeverReverse: true, api.LeverExpedite: true, api.LeverReschedule: true, api.LeverHold: true,
		api.LeverResume: false, api.LeverErase: false, api.LeverRestoreDeleted: false,
	} {
		require.Equal(t, available, choice(t, standing, lever).Available, lever)
	}
	require.Contains(t, choice(t, standing, api.LeverExpedite).Who, "another one with role legal approves")
	require.Contains(t, choice(t, standing, api.LeverReverse).Command, "musterctl termination reverse "+jane)

	h.deleted(grace)
	standing = h.termination(legalToken)
	require.Equal(t, "deleted", standing.Standing)
	require.NotNil(t, standing.Grace.DeletedAt)
	require.True(t, choice(t, standing, api.LeverRestoreDeleted).Available)
	require.Contains(t, choice(t, standing, api.LeverReverse).Why, "use restore-deleted")
}

func TestOfAPlannedTerminationAndItsReversalOnlyLegalLearns(t *testing.T) {
	h := leaving(t, nil)
	read := func(token string) string {
		client := h.as(token)
		standing, err := client.Termination(t.Context(), jane)
		require.NoError(t, err)
		approvals, err := client.Approvals(t.Context(), api.DecisionQuery{})
		require.NoError(t, err)
		inbox, err := client.Inbox(t.Context(), api.InboxQuery{})
		require.NoError(t, err)
		text, err := json.Marshal([]any{standing, approvals, inbox})
		require.NoError(t, err)
		return string(text) + h.everything(token)
	}
	nothing := func() {
		t.Helper()
		for _, token := range []string{viewerToken, operatorToken, approverToken, auditorToken} {
			text := read(token)
			require.Contains(t, text, `"standing":"not leaving"`)
			for _, secret := range []string{"before isolation", "reversed", "reversal", "dismiss", "2031-03", "USER_TERMINATE", "settled", `"override"`} {
				require.NotContains(t, text, secret, token)
			}
		}
	}
	require.Equal(t, "before isolation", h.termination(legalToken).Standing)
	nothing()
	_, err := h.pull(operatorToken, api.LeverResume)
	problem := refused(t, err, http.StatusConflict)
	require.Contains(t, problem.Detail, "not leaving")
	require.NotContains(t, problem.Detail, "isolation")
	require.NotContains(t, h.log.String(), "isolation")

	outcome, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	require.Equal(t, api.LeverAsked, outcome.Result, "it would be a dismissal")
	nothing()
	require.Contains(t, read(legalToken), outcome.ApprovalID)
}

func TestWhatWasTurnedBackBeforeItsTimeStaysConfidential(t *testing.T) {
	h := open(t)
	h.clock.set(lastDay.AddDate(0, 0, -20))
	h.sent(guideEvent(t))
	h.sent(event(t, "evt_leave", jane, map[string]any{"event_type": "USER_TERMINATE"}, map[string]any{
		"department_code": nil, "termination": map[string]any{"reason": "VOLUNTARY", "last_day": "2031-03-14"},
	}))
	outcome, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	require.Equal(t, api.LeverDone, outcome.Result)
	require.NotNil(t, h.termination(legalToken).Override)

	for _, now := range []time.Time{lastDay.AddDate(0, 0, -19), lastDay.AddDate(0, 1, 0)} {
		h.clock.set(now)
		for _, token := range []string{viewerToken, operatorToken, auditorToken} {
			text := h.everything(token)
			for _, secret := range []string{"USER_TERMINATE", "reverse", "comes back"} {
				require.NotContains(t, text, secret, "%s at %s", token, now)
			}
			require.Nil(t, h.termination(token).Override)
		}
	}
	require.Contains(t, h.everything(legalToken), "the termination is reversed")
}

func TestAReversalOfATerminationInEffectIsNoSecret(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	_, err := h.pull(legalToken, api.LeverReverse)
	require.NoError(t, err)
	standing := h.termination(viewerToken)
	require.Equal(t, "lex", standing.Override.MadeBy)
	require.Empty(t, standing.Override.Reason, "but why is for legal and auditors")
	require.Empty(t, standing.Override.EventIDs)
	text := h.everything(viewerToken)
	require.Contains(t, text, "the termination is reversed")
	require.NotContains(t, text, "settled out of court")
	require.Equal(t, "settled out of court", h.termination(auditorToken).Override.Reason)
}

func TestEveryReadOfALeaverIsAudited(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	h.termination(viewerToken)
	facts := h.audited("read.termination")
	require.Len(t, facts, 1)
	require.Equal(t, jane, facts[0].PersonID)
}

func TestALeaversAccountIsExplained(t *testing.T) {
	h, grace := gone(t, "VOLUNTARY")
	explanation, err := h.as(viewerToken).Explain(t.Context(), jane)
	require.NoError(t, err)
	require.Contains(t, explanation.Sentences, "The account is inactive since "+grace.StartedAt.Format("2006-01-02 15:04:05Z")+
		"; it will be deleted on "+grace.Deadline.Format("2006-01-02 15:04:05Z")+
		" unless legal reverses the termination, moves the deadline or places a hold.")
	require.Contains(t, explanation.Sentences, "That the person leaves was decided by event evt_leave.")
	require.Contains(t, explanation.Sentences,
		"Can be done now: reverse, by role legal, other than the person: musterctl termination reverse "+jane+" --reason '…'")
}
