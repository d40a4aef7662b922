package frontdoor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/starter/frontdoor"
	"muster/store"
)

// asked opens a review about Jane.
func (h *house) asked(review store.Review) (opened store.Review) {
	h.t.Helper()
	h.change(func(p *store.PersonTx) (err error) {
		opened, err = p.OpenReview(review)
		return err
	})
	return opened
}

// parkedTermination opens a review that Jane's termination waits for.
func (h *house) parkedTermination() store.Review {
	h.t.Helper()
	return h.asked(store.Review{Kind: lifecycle.ReviewPlatformRefusal, Question: "the platform refuses", WorkflowID: "termination/" + jane + "/1"})
}

// withTokens has the house know these actors.
func withTokens(t *testing.T, actors map[string]frontdoor.Actor) func(*frontdoor.Options) {
	t.Helper()
	made, err := frontdoor.NewTokens(actors)
	require.NoError(t, err)
	return func(options *frontdoor.Options) { options.Tokens = made }
}

func TestWhatUndoesLegalsWordIsDecidedByLegalWithAReason(t *testing.T) {
	for _, kind := range []lifecycle.ReviewKind{lifecycle.ReviewReposted, lifecycle.ReviewAfterDeletion} {
		h, _ := gone(t, "VOLUNTARY")
		review := h.asked(store.Review{Kind: kind, EventID: "evt_leave", Question: "HR has sent it again"})
		_, err := h.as(operatorToken).Retry(t.Context(), review.ID, "HR says so")
		require.Contains(t, refused(t, err, http.StatusForbidden).Detail, "role legal", kind)
		_, err = h.as(operatorToken).Dismiss(t.Context(), review.ID, "HR says so")
		refused(t, err, http.StatusForbidden)
		_, err = h.as(legalToken).Retry(t.Context(), review.ID, " ")
		require.Equal(t, "body.reason", refused(t, err, http.StatusUnprocessableEntity).Errors[0].Field)
		explanation, err := h.as(operatorToken).Explain(t.Context(), jane)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(explanation.Blocks[0].Who, "role legal"), explanation.Blocks[0].Who)
		require.Contains(t, explanation.Blocks[0].Commands, "musterctl --as legal reviews retry "+review.ID+" --reason '…'")

		decided, err := h.as(legalToken).Retry(t.Context(), review.ID, "HR is right after all")
		require.NoError(t, err)
		require.Equal(t, "lex", decided.DecidedBy)
	}
}

func TestNobodyDecidesAboutTheirOwnReviews(t *testing.T) {
	const own = "token-of-jane-herself-1"
	h := open(t, withTokens(t, map[string]frontdoor.Actor{
		own:           {Name: "jd", PersonID: "default:" + jane, Roles: []api.Role{api.RoleOperator}},
		operatorToken: {Name: "otto", Roles: []api.Role{api.RoleOperator}},
	}))
	h.sent(guideEvent(t))
	review := h.parkedTermination()
	_, err := h.as(own).Dismiss(t.Context(), review.ID, "not needed")
	require.Contains(t, refused(t, err, http.StatusForbidden).Detail, "themselves")
	_, err = h.as(own).Retry(t.Context(), review.ID, "")
	refused(t, err, http.StatusForbidden)
	require.Len(t, h.audited("access.refused"), 2)
	dismissals, err := h.store.Dismissals(t.Context(), review.ID)
	require.NoError(t, err)
	require.Nil(t, dismissals[review.ID].Asked, "their word does not count as the first one either")
	_, err = h.as(operatorToken).Retry(t.Context(), review.ID, "")
	require.NoError(t, err)
}

func TestTwoLoginsOfOneHumanAreNoTwoPersons(t *testing.T) {
	const second, third, elsewhere = "token-of-otto-again-1", "token-of-otto-again-2", "token-of-olga-000001"
	everything := []api.Role{api.RoleOperator, api.RoleApprover, api.RoleLegal}
	known := withTokens(t, map[string]frontdoor.Actor{
		operatorToken: {Name: "otto", PersonID: "WD-OTTO", Roles: everything},
		second:        {Name: "otto.admin", PersonID: "default:WD-OTTO", Roles: everything},
		third:         {Name: "otto@example.com", PersonID: "WD-OTTO", Roles: everything},
		elsewhere:     {Name: "olga", PersonID: "WD-OLGA", Roles: everything},
	})
	t.Run("an approval", func(t *testing.T) {
		h, _ := gone(t, "INVOLUNTARY", known)
		h.sent(event(t, "evt_otto", "WD-OTTO", nil, nil))
		outcome, err := h.pull(operatorToken, api.LeverReverse)
		require.NoError(t, err)
		for _, token := range []string{second, third} {
			_, err = h.as(token).Approve(t.Context(), outcome.ApprovalID, "agreed")
			require.Contains(t, refused(t, err, http.StatusForbidden).Detail, "asked for")
		}
		_, err = h.as(elsewhere).Approve(t.Context(), outcome.ApprovalID, "agreed")
		require.NoError(t, err)
	})
	t.Run("a hold", func(t *testing.T) {
		h, _ := gone(t, "VOLUNTARY", known)
		h.sent(event(t, "evt_otto", "WD-OTTO", nil, nil))
		_, err := h.as(operatorToken).PlaceHold(t.Context(), jane, "M-1", "litigation")
		require.NoError(t, err)
		_, err = h.as(second).ReleaseHold(t.Context(), jane, "M-1", "over")
		require.Contains(t, refused(t, err, http.StatusConflict).Detail, "whoever placed a hold cannot release it")
		_, err = h.as(elsewhere).ReleaseHold(t.Context(), jane, "M-1", "over")
		require.NoError(t, err)
	})
	t.Run("a dismissal", func(t *testing.T) {
		h, _ := gone(t, "VOLUNTARY", known) // HR does not know Otto: the ids are compared as they are written
		review := h.parkedTermination()
		for _, token := range []string{operatorToken, third} {
			answer, err := h.as(token).Dismiss(t.Context(), review.ID, "done by hand")
			require.NoError(t, err)
			require.Equal(t, store.ReviewOpen, answer.State)
		}
		answer, err := h.as(elsewhere).Dismiss(t.Context(), review.ID, "seen")
		require.NoError(t, err)
		require.Equal(t, store.ReviewDismissed, answer.State)
	})
}

func TestAHoldThatWasReleasedIsReleasedAlready(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	placed, err := h.as(legalToken).PlaceHold(t.Context(), jane, "M-1", "litigation")
	require.NoError(t, err)
	_, err = h.as(otherLegal).ReleaseHold(t.Context(), jane, "M-1", "over")
	require.NoError(t, err)

	again, err := h.as(otherLegal).ReleaseHold(t.Context(), jane, "M-1", "over")

	require.NoError(t, err)
	require.Equal(t, api.LeverAlready, again.Result)
	require.Equal(t, placed.HoldID, again.HoldID)
	require.Len(t, h.audited("hold.release"), 1)
	_, err = h.as(legalToken).PlaceHold(t.Context(), jane, "M-1", "litigation again")
	require.NoError(t, err)
	released, err := h.as(otherLegal).ReleaseHold(t.Context(), jane, "M-1", "over")
	require.NoError(t, err)
	require.Equal(t, api.LeverDone, released.Result, "one in force is released, whatever was before")
	_, err = h.as(otherLegal).ReleaseHold(t.Context(), jane, "M-2", "over")
	refused(t, err, http.StatusConflict)
}
