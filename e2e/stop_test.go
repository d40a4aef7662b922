package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/names"
)

// holdAtStop is for how long, in milliseconds, a leaver is held while the workflow is stopped: longer than that takes.
const holdAtStop = 2500

// The steps that are no requests.
const (
	whileDraining = "the drain"
	whileWaiting  = "the grace"
)

// atEachStep has somebody leave for each step and does something to the Termination as soon as it has come there.
func (s *stack) atEachStep(t *testing.T, stop func(l *leaver) error) (stopped map[string]*leaver) {
	t.Helper()
	steps, reached := stepsOfALeaver(), map[string]func() bool{}
	leavers := s.leavers(t, graceOfSeconds, len(steps)+2)
	drains, waits := leavers[len(steps)], leavers[len(steps)+1]
	stopped = map[string]*leaver{whileDraining: drains, whileWaiting: waits}
	reached[whileDraining] = func() bool { return drains.hasLine(t, "drain.began") }
	reached[whileWaiting] = func() bool { g, _ := waits.grace(t); return g.ArchiveID != "" }
	for i, at := range steps {
		l := leavers[i]
		stopped[at.name], reached[at.name] = l, func() bool { return !l.isToBeHeld(at) }
		l.held(t, []genesystest.FaultKind{genesystest.FaultSlow, genesystest.FaultSlowAfter}[i%2], at, holdAtStop)
	}
	for _, l := range leavers {
		l.leaves()
	}
	eventually(t, "each comes to the step", func() error {
		for at, is := range reached {
			if is() {
				require.NoError(t, stop(stopped[at]), at)
				delete(reached, at)
			}
		}
		if len(reached) > 0 {
			return fmt.Errorf("not reached: %v", slices.Collect(maps.Keys(reached)))
		}
		return nil
	})
	return stopped
}

// workflow is the ID of the leaver's Termination.
func (l *leaver) workflow(t *testing.T) string {
	t.Helper()
	return names.TerminationWorkflowID(l.id, l.agent(t).Generation)
}

// runs says whether a workflow is open.
func (s *stack) runs(t *testing.T, workflowID string) bool {
	t.Helper()
	description, err := s.temporal.DescribeWorkflowExecution(t.Context(), workflowID, "")
	require.NoError(t, err)
	return description.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
}

func TestACancelledTerminationCutsTheAccessAndDeletesNothingUntilItIsResumed(t *testing.T) {
	t.Parallel()
	s := startWith(t, hurried(t))
	stopped := s.atEachStep(t, func(l *leaver) error {
		return s.temporal.CancelWorkflow(t.Context(), l.workflow(t), "")
	})
	const deletion = "DELETE /api/v2/users/*"
	for at, l := range stopped {
		if at == deletion {
			l.isGone(t) // it had passed its point of no return
			continue
		}
		l.becomes(t, "suspended")
		require.Equal(t, "inactive", l.person.account(t).State, at)
		eventually(t, "somebody is told, "+at, func() error {
			if !l.agent(t).NeedsAttention {
				return errNotYet
			}
			return nil
		})
	}
	eventually(t, "every deadline has passed", func() error {
		for _, l := range stopped {
			if g, _ := l.grace(t); time.Now().Before(g.Deadline.Add(time.Second)) {
				return errNotYet
			}
		}
		return nil
	})
	s.invariantsHold(t)
	delete(stopped, deletion)
	for at, l := range stopped {
		require.Equal(t, "suspended", l.agent(t).LifecycleState, at)
		s.musterctlSucceeds(t, "operator", "termination", "resume", l.id, "--reason", "a mistake")
		l.becomes(t, "deactivated")
		g, _ := l.grace(t)
		require.Greater(t, time.Until(g.Deadline), 71*time.Hour, at)
		require.True(t, s.runs(t, l.workflow(t)), at)
	}
	s.invariantsHold(t)
}

func TestATerminatedTerminationIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(s *stack) {
		hurried(t)(s)
		s.settings = append(s.settings, watchful)
	})
	stopped := s.atEachStep(t, func(l *leaver) error {
		err := s.temporal.TerminateWorkflow(t.Context(), l.workflow(t), "", "an operator's mistake")
		if _, begun := l.grace(t); begun || err != nil {
			return err
		}
		return s.ring(t, l.id) // as the relay does, in the end
	})
	for at, l := range stopped {
		eventually(t, l.id+", terminated at "+at+", is deleted or waits for three days", func() error {
			g, begun := l.grace(t)
			switch {
			case begun && l.agent(t).LifecycleState == "deleted":
				return nil
			case !begun || time.Until(g.Deadline) < 71*time.Hour:
				return fmt.Errorf("state %s, grace %+v", l.agent(t).LifecycleState, g)
			case !s.runs(t, l.workflow(t)):
				return fmt.Errorf("%s does not run", l.workflow(t))
			}
			return nil
		})
	}
	l := stopped[whileWaiting]
	l.has(t, "grace.restarted")
	require.True(t, l.agent(t).NeedsAttention)
	s.invariantsHold(t)

	asked, err := l.pull(t, "legal", api.LeverExpedite)
	require.NoError(t, err)
	require.Equal(t, api.LeverAsked, asked.Result)
	other := s.as("second-legal")
	_, err = other.Approve(t.Context(), asked.ApprovalID, "checked")
	require.NoError(t, err)
	l.isGone(t)
	s.invariantsHold(t)
}
