package names_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/names"
)

func TestAnOperationsIDIsTakenApart(t *testing.T) {
	for _, id := range []string{
		names.HireWorkflowID("WD-1", 1), names.TransferWorkflowID("WD-1", 2), names.TerminationWorkflowID("workday:WD-1", 3), names.ErasureWorkflowID("WD.1", 40),
	} {
		operation, person, generation, ok := names.ParseOperationWorkflowID(id)
		require.True(t, ok, id)
		require.Equal(t, map[string]string{
			"hire": names.HireWorkflowID(person, generation), "transfer": names.TransferWorkflowID(person, generation),
			"termination": names.TerminationWorkflowID(person, generation), "erasure": names.ErasureWorkflowID(person, generation),
		}[operation], id)
	}
	for _, id := range []string{"agent/WD-1", "reconcile/rec_20260301_0200", "hire/WD-1", "hire//1", "hire/WD-1/x", "hire/WD-1/0", "other/WD-1/1", ""} {
		_, _, _, ok := names.ParseOperationWorkflowID(id)
		require.False(t, ok, id)
	}
}
