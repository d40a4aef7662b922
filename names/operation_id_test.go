package names

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnOperationsIDIsTakenApart(t *testing.T) {
	for _, id := range []string{
		HireWorkflowID("WD-1", 1), TransferWorkflowID("WD-1", 2), TerminationWorkflowID("workday:WD-1", 3), ErasureWorkflowID("WD.1", 40),
	} {
		operation, person, generation, ok := ParseOperationWorkflowID(id)
		require.True(t, ok, id)
		require.Equal(t, map[string]string{
			"hire": HireWorkflowID(person, generation), "transfer": TransferWorkflowID(person, generation),
			"termination": TerminationWorkflowID(person, generation), "erasure": ErasureWorkflowID(person, generation),
		}[operation], id)
	}
	for _, id := range []string{"agent/WD-1", "reconcile/rec_20260301_0200", "hire/WD-1", "hire//1", "hire/WD-1/x", "hire/WD-1/0", "other/WD-1/1", ""} {
		_, _, _, ok := ParseOperationWorkflowID(id)
		require.False(t, ok, id)
	}
}
