package genesys_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

// requests counts the GDPR requests that reached the platform.
func (o *org) requests() int {
	count := 0
	for _, entry := range o.sim.Journal(genesystest.JournalFilter{Method: http.MethodPost, Path: "/api/v2/gdpr/requests"}) {
		if entry.Status == http.StatusOK {
			count++
		}
	}
	return count
}

func (o *org) erasure(requestID string) ccaas.ErasureState {
	o.t.Helper()
	state, err := o.Erasure(o.t.Context(), requestID)
	require.NoError(o.t, err)
	return state
}

func TestErasedAccountIsGoneForGoodAndItsEmailFree(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.ErasureLagMS = 60 })
	id := o.hired().ID
	require.NoError(t, o.writer().LinkExternalID(t.Context(), id, "WD-EMP-1"))
	require.NoError(t, o.writer().Delete(t.Context(), id))
	requestID, err := o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ccaas.ErasureRunning, o.erasure(requestID))
	require.Equal(t, ccaas.Deleted, o.read(id).State, "it is carried out later")
	eventually(t, func() bool { return o.erasure(requestID) == ccaas.ErasureDone })

	_, err = o.Account(t.Context(), id, ccaas.Want{})
	requireKind(t, err, ccaas.KindNotFound)
	_, err = o.writer().Restore(t.Context(), id)
	requireKind(t, err, ccaas.KindNotFound)
	require.NoError(t, o.writer().Delete(t.Context(), id), "gone is more than deleted")
	standings, err := o.Standings(t.Context(), []string{id})
	require.NoError(t, err)
	require.Empty(t, standings)
	next := o.hired()
	require.NotEqual(t, id, next.ID)
	require.NoError(t, o.writer().LinkExternalID(t.Context(), next.ID, "WD-EMP-1"))
}

func TestASecondErasureReturnsTheFirstRequestWhileItRunsAndWhenItIsDone(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.ErasureLagMS = 60 })
	id := o.hired().ID
	first, err := o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	again, err := o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, first, again)
	eventually(t, func() bool { return o.erasure(first) == ccaas.ErasureDone })
	again, err = o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, 1, o.requests())
}

func TestErasureWhoseAnswerIsLostIsFoundInTheListing(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.ErasureLagMS = 60_000 })
	id := o.hired().ID
	for i := range 130 { // the listing has more than a page
		other := o.plant(genesystest.Plant{Name: new("A"), Email: new(string(rune('A'+i%26)) + string(rune('0'+i/26)) + "@example.com")})
		if i == 0 {
			_, err := o.writer().Erase(t.Context(), other.ID)
			require.NoError(t, err)
		}
	}
	o.fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: http.MethodPost, Path: "/api/v2/gdpr/requests"})
	_, err := o.writer().Erase(t.Context(), id)
	requireKind(t, err, ccaas.KindUnavailable)
	requestID, err := o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ccaas.ErasureRunning, o.erasure(requestID))
	require.Len(t, o.sim.Journal(genesystest.JournalFilter{Method: http.MethodPost, Path: "/api/v2/gdpr/requests"}), 2)
}

func TestFailedErasureIsToldAndAnotherOneMakesANewRequest(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.ErasureLagMS, s.FailErasures = 0, true })
	id := o.hired().ID
	failed, err := o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ccaas.ErasureFailed, o.erasure(failed))
	require.Equal(t, "active", o.truth(id).State)
	require.NoError(t, o.sim.ChangeSettings(func(s *genesystest.Settings) { s.FailErasures = false }))
	second, err := o.writer().Erase(t.Context(), id)
	require.NoError(t, err)
	require.NotEqual(t, failed, second)
	require.Equal(t, ccaas.ErasureDone, o.erasure(second))
}

func TestErasureOfNobodyAndAnUnknownRequestAreRefused(t *testing.T) {
	o := newOrg(t)
	_, err := o.writer().Erase(t.Context(), "nobody")
	requireKind(t, err, ccaas.KindNotFound)
	_, err = o.writer().Erase(t.Context(), "")
	requireKind(t, err, ccaas.KindInvalid)
	_, err = o.Erasure(t.Context(), "nothing")
	requireKind(t, err, ccaas.KindNotFound)
}

func TestErasureThatCannotBeLookedUpIsNotRequested(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: http.MethodGet, Path: "/api/v2/gdpr/requests"})
	_, err := o.writer().Erase(t.Context(), id)
	requireKind(t, err, ccaas.KindForbidden)
	require.Zero(t, o.requests())
}
