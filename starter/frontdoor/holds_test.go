package frontdoor_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/starter/internal/gate"
	"muster/store"
	"muster/testenv"
)

func TestAHoldIsInForceWhenTheAnswerComes(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	outcome, err := h.as(legalToken).PlaceHold(t.Context(), jane, "case 7/2026", "litigation")
	require.NoError(t, err)
	require.Equal(t, api.LeverDone, outcome.Result)
	require.Equal(t, "held", outcome.LifecycleState)
	holds, err := h.as(auditorToken).Holds(t.Context(), api.HoldQuery{Matter: "case 7/2026"})
	require.NoError(t, err)
	require.Len(t, holds.Items, 1)
	require.Equal(t, outcome.HoldID, holds.Items[0].ID)
	require.Equal(t, "lex", holds.Items[0].PlacedBy)
	require.True(t, holds.Items[0].PlacedVerified)
	require.Contains(t, h.bell.rung, jane)

	again, err := h.as(otherLegal).PlaceHold(t.Context(), jane, "case 7/2026", "once more")
	require.NoError(t, err)
	require.Equal(t, api.LeverAlready, again.Result)
	require.Equal(t, outcome.HoldID, again.HoldID)
}

func TestAHoldCanBePlacedOnSomebodyWhoWorks(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	_, err := h.as(legalToken).PlaceHold(t.Context(), jane, "2026/117", "litigation")
	require.NoError(t, err)
	require.True(t, h.termination(legalToken).Held)
	shown := h.termination(viewerToken)
	require.False(t, shown.Held, "nobody else needs to know")
	explanation, err := h.as(viewerToken).Explain(t.Context(), jane)
	require.NoError(t, err)
	require.NotContains(t, strings.Join(explanation.Sentences, " "), "hold")
}

func TestAHoldIsReleasedBySomebodyElseOfLegal(t *testing.T) {
	h, grace := gone(t, "VOLUNTARY")
	h.clock.set(grace.Deadline.AddDate(0, 0, 20))
	_, err := h.as(legalToken).PlaceHold(t.Context(), jane, "case 7/2026", "litigation")
	require.NoError(t, err)
	_, err = h.as(legalToken).ReleaseHold(t.Context(), jane, "case 7/2026", "over")
	problem := refused(t, err, http.StatusConflict)
	require.Contains(t, problem.Detail, "whoever placed a hold cannot release it")
	_, err = h.as(otherLegal).ReleaseHold(t.Context(), jane, "case 8/2026", "over")
	refused(t, err, http.StatusConflict)
	require.NotContains(t, h.log.String(), "case ", "matters stay out of the log")
	_, err = h.as(otherLegal).ReleaseHold(t.Context(), jane, "case 7/2026", "")
	refused(t, err, http.StatusUnprocessableEntity)

	outcome, err := h.as(otherLegal).ReleaseHold(t.Context(), jane, "case 7/2026", "over")
	require.NoError(t, err)
	require.Equal(t, h.clock.Now().AddDate(0, 0, 7).UTC().Unix(), outcome.Deadline.Unix(), "seven more days at least")
	inForce := true
	holds, err := h.as(legalToken).Holds(t.Context(), api.HoldQuery{PersonID: jane, InForce: &inForce})
	require.NoError(t, err)
	require.Empty(t, holds.Items)
	inForce = false
	holds, err = h.as(legalToken).Holds(t.Context(), api.HoldQuery{PersonID: jane, InForce: &inForce})
	require.NoError(t, err)
	require.Equal(t, "lou", holds.Items[0].ReleasedBy)
	require.Equal(t, "over", holds.Items[0].ReleaseReason)
}

func TestMattersAndReasonsAreForLegalAndAuditors(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	_, err := h.as(legalToken).PlaceHold(t.Context(), jane, "case 7/2026", "the Smith litigation")
	require.NoError(t, err)
	_, err = h.as(otherLegal).ReleaseHold(t.Context(), jane, "case 7/2026", "Smith settled")
	require.NoError(t, err)
	_, err = h.as(legalToken).PlaceHold(t.Context(), jane, "case 9/2026", "the Smith litigation")
	require.NoError(t, err)
	for _, token := range []string{viewerToken, operatorToken, approverToken} {
		shown := h.termination(token)
		require.True(t, shown.Held, "why the account stays is no secret")
		require.Empty(t, shown.Holds)
		text := h.everything(token)
		for _, secret := range []string{"Smith", "/2026\"", "case ", "hld_", "hold.placed", "release-hold"} {
			require.NotContains(t, text, secret)
		}
		require.Contains(t, text, "under legal hold")
		_, err := h.as(token).Holds(t.Context(), api.HoldQuery{})
		refused(t, err, http.StatusForbidden)
		_, err = h.as(token).PlaceHold(t.Context(), jane, "m", "r")
		refused(t, err, http.StatusForbidden)
	}
	for _, token := range []string{legalToken, auditorToken} {
		require.Equal(t, "case 9/2026", h.termination(token).Holds[0].Matter)
		require.Contains(t, h.everything(token), "the Smith litigation")
	}
}

func TestAMatterIsAnOpaqueID(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	for _, matter := range []string{"", "naïve", "a\nb", "'quoted'", strings.Repeat("x", 129), " 2026/117", "2026/117 ", " "} {
		_, err := h.as(legalToken).PlaceHold(t.Context(), jane, matter, "litigation")
		problem := refused(t, err, http.StatusUnprocessableEntity)
		require.Equal(t, "body.matter", problem.Errors[0].Field, "%q", matter)
	}
	_, err := h.as(legalToken).PlaceHold(t.Context(), jane, strings.Repeat("x", 128), "litigation")
	require.NoError(t, err)
	_, err = h.as(legalToken).ReleaseHold(t.Context(), jane, "naïve", "over")
	refused(t, err, http.StatusUnprocessableEntity)
}

func TestABatchOfHoldsHasAReceiptForEverybody(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	h.sent(event(t, "evt_other", "P-2", nil, nil))
	receipts, err := h.as(legalToken).PlaceHolds(t.Context(), api.HoldBatch{
		Matter: "2026/117", Reason: "litigation", PersonIDs: []string{jane, "P-unknown", "default:P-2", jane, ""},
	})
	require.NoError(t, err)
	require.Len(t, receipts.Items, 5)
	require.Equal(t, api.LeverDone, receipts.Items[0].Outcome.Result)
	require.Equal(t, http.StatusNotFound, receipts.Items[1].Problem.Status)
	require.Equal(t, "P-2", receipts.Items[2].Outcome.PersonID)
	require.Equal(t, "default:P-2", receipts.Items[2].ID)
	require.Equal(t, api.LeverAlready, receipts.Items[3].Outcome.Result)
	require.Equal(t, http.StatusUnprocessableEntity, receipts.Items[4].Problem.Status)
	inForce := true
	holds, err := h.as(legalToken).Holds(t.Context(), api.HoldQuery{InForce: &inForce})
	require.NoError(t, err)
	require.Len(t, holds.Items, 2)

	_, err = h.as(legalToken).PlaceHolds(t.Context(), api.HoldBatch{Matter: "m", Reason: "r", PersonIDs: []string{}})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(legalToken).PlaceHolds(t.Context(), api.HoldBatch{Matter: "m", Reason: "r", PersonIDs: make([]string, api.MaxHoldBatch+1)})
	refused(t, err, http.StatusUnprocessableEntity)
}

func TestHoldsArePlacedOnNobodyWhileTheDatabaseIsAway(t *testing.T) {
	address, err := url.Parse(testenv.Database(t))
	require.NoError(t, err)
	before := gate.Before(t, address.Host)
	address.Host = before.Address()
	records, err := store.Open(t.Context(), address.String())
	require.NoError(t, err)
	t.Cleanup(records.Close)
	h := openOn(t, records)
	h.sent(guideEvent(t))
	rung := len(h.bell.rung)

	before.Shut()
	_, err = h.as(legalToken).PlaceHold(t.Context(), jane, "2026/117", "litigation")
	refused(t, err, http.StatusServiceUnavailable)
	receipts, err := h.as(legalToken).PlaceHolds(t.Context(), api.HoldBatch{Matter: "2026/117", Reason: "litigation", PersonIDs: []string{jane, "P-2"}})
	require.NoError(t, err)
	for _, receipt := range receipts.Items {
		require.Nil(t, receipt.Outcome)
		require.Equal(t, http.StatusServiceUnavailable, receipt.Problem.Status)
	}
	require.Len(t, h.bell.rung, rung)

	before.Open()
	require.Eventually(t, func() bool {
		outcome, err := h.as(legalToken).PlaceHold(t.Context(), jane, "2026/117", "litigation")
		return err == nil && outcome.Result == api.LeverDone
	}, 10*time.Second, 20*time.Millisecond, "none was placed before")
}

func TestTheFirstWordToDismissATerminationsReviewIsAnsweredWith202(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	var review store.Review
	h.change(func(p *store.PersonTx) (err error) {
		review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewPurgeStuck, Question: "the platform refuses", WorkflowID: "termination/" + jane + "/1"})
		return err
	})
	status, _, body := h.answer(http.MethodPost, "/v1/reviews/"+review.ID+"/dismiss", operatorToken, "application/json", []byte(`{"reason":"done by hand"}`))
	require.Equal(t, http.StatusAccepted, status, body)
	require.Empty(t, h.bell.announced)
	reviews, err := h.as(viewerToken).Reviews(t.Context(), api.DecisionQuery{State: "open"})
	require.NoError(t, err)
	require.True(t, reviews.Items[0].TwoPersons)
	require.Equal(t, "otto", reviews.Items[0].DismissalAsked.By)
	inbox, err := h.as(operatorToken).Inbox(t.Context(), api.InboxQuery{PersonID: jane})
	require.NoError(t, err)
	require.Contains(t, inbox.Items[0].Settle.Who, "otto asked")

	decided, err := h.as(otherOperator).Dismiss(t.Context(), review.ID, "agreed")
	require.NoError(t, err)
	require.Equal(t, "dismissed", decided.State)
	require.Nil(t, decided.DismissalAsked)
	require.Len(t, h.bell.announced, 1)
}

func TestWhoeverRetriedATerminationLastIsRefusedAsTheSecondPerson(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	park := func() (review store.Review) {
		h.change(func(p *store.PersonTx) (err error) {
			review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewPurgeStuck, Question: "the platform refuses", WorkflowID: "termination/" + jane + "/1"})
			return err
		})
		return review
	}
	_, err := h.as(otherOperator).Retry(t.Context(), park().ID, "")
	require.NoError(t, err)
	again := park()
	_, err = h.as(operatorToken).Dismiss(t.Context(), again.ID, "done by hand")
	require.NoError(t, err)
	_, err = h.as(otherOperator).Dismiss(t.Context(), again.ID, "agreed")
	refused(t, err, http.StatusForbidden)
	require.Len(t, h.audited("access.refused"), 1)
}
