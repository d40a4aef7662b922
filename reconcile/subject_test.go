package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/reconcile"
)

// With its type a subject is unique in a run: of two with the same one, the second is not kept.
func TestTwoWhomHRSystemsGiveTheSameIDAreTwoSubjects(t *testing.T) {
	subjects := map[string]bool{}
	for _, d := range []reconcile.Delta{
		{DeltaType: reconcile.HRActiveCCaaSMissing, ExternalUserID: "100", Namespace: "contractors"},
		{DeltaType: reconcile.HRActiveCCaaSMissing, ExternalUserID: "100", Namespace: "hris"},
		{DeltaType: reconcile.HRActiveCCaaSMissing, ExternalUserID: "100", PersonID: "100"},
		{DeltaType: reconcile.PlatformOnly, AccountID: "100"},
		{DeltaType: reconcile.PlatformOnly, AccountID: "101", PersonID: "100"},
	} {
		subjects[d.Subject()] = true
	}
	require.Len(t, subjects, 5)
}
