package genesys_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

func TestDeletedAccountIsReadBackDeletedAndCanBeRestored(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	require.NoError(t, o.writer().Deactivate(t.Context(), id))
	require.NoError(t, o.writer().Delete(t.Context(), id))
	require.Equal(t, ccaas.Deleted, o.read(id).State)
	restored, err := o.writer().Restore(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ccaas.Active, restored.State)
}

func TestDeletionMayBeRepeated(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	require.NoError(t, o.writer().Delete(t.Context(), id))
	require.NoError(t, o.writer().Delete(t.Context(), id))
	require.Equal(t, "deleted", o.truth(id).State)
}

func TestDeletionWhoseAnswerIsLostIsUnknownAndSafeToRepeat(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: http.MethodDelete, Path: "/api/v2/users/*"})
	requireKind(t, o.writer().Delete(t.Context(), id), ccaas.KindUnavailable)
	require.NoError(t, o.writer().Delete(t.Context(), id))
	require.Equal(t, "deleted", o.truth(id).State)
}

func TestDeletionThatMeetsAVersionConflictIsTriedAgainAsItsOwnWrite(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultConflict, Method: http.MethodDelete, Path: "/api/v2/users/*"})
	before := len(o.writes)
	require.NoError(t, o.writer().Delete(t.Context(), id))
	require.Len(t, o.writes, before+2)
	require.Equal(t, "deleted", o.truth(id).State)
}

func TestRefusedDeletionLeavesTheAccount(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: http.MethodDelete, Path: "/api/v2/users/*"})
	requireKind(t, o.writer().Delete(t.Context(), id), ccaas.KindForbidden)
	require.Equal(t, "active", o.truth(id).State)
}
