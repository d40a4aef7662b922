package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// The report about leavers lives on what a termination leaves on record.
func TestATerminationLeavesOnRecordWhatTheReportTells(t *testing.T) {
	s := hired(t)
	ended := s.post(hr.UserTerminate, nil, nil)
	s.run()

	leavers, _, err := s.store.Leavers(t.Context(), store.LeaverFilter{})

	require.NoError(t, err)
	require.Len(t, leavers, 1)
	require.Equal(t, ended, leavers[0].EventID)
	workflow := names.TerminationWorkflowID(s.person, s.agent().Generation)
	cuts := map[store.MarkKind]string{}
	for _, mark := range leavers[0].Marks {
		cuts[mark.Kind] = mark.WorkflowID
	}
	require.Equal(t, workflow, cuts[store.MarkUnroutable])
	require.Equal(t, workflow, cuts[store.MarkRevoked])
	require.Contains(t, cuts, store.MarkJoined, "of the hire")
	require.Len(t, leavers[0].Graces, 1)
	require.Equal(t, s.agent().Generation, leavers[0].Graces[0].Generation)
	event, err := s.store.Event(t.Context(), ended)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Applied, event.Outcome)
	require.Equal(t, workflow, event.WorkflowID)
}
