package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"muster/ccaas/genesys/genesystest"
	"muster/names"
)

var uuidInPath = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// writesOfAHire are the changing requests that a hire makes, as faults without a kind, each once. The hire is made to see them.
func (s *stack) writesOfAHire(t *testing.T) (writes []genesystest.Fault) {
	t.Helper()
	p := s.newPerson()
	s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
	for _, entry := range changes(s.platform.Journal(genesystest.JournalFilter{})) {
		write := genesystest.Fault{Method: entry.Method, Path: uuidInPath.ReplaceAllString(entry.Path, "*")}
		for _, joined := range []string{`"joined":true`, `"joined":false`} {
			if strings.Contains(string(entry.Body), joined) {
				write.Contains = joined
			}
		}
		if !slices.Contains(writes, write) {
			writes = append(writes, write)
		}
	}
	require.Greater(t, len(writes), 5)
	require.LessOrEqual(t, len(writes), 10, "the worker has at most ten requests in flight")
	return writes
}

// holdsEach hires as many people as there are writes, until the platform holds one at each write, for longer than any call lasts.
// Whichever person comes first to a write is held there and goes no further, so each of them is held at another one.
func (s *stack) holdsEach(t *testing.T, writes []genesystest.Fault, payload func(*person) fields) (hires map[*person]string) {
	t.Helper()
	hires = map[*person]string{}
	for _, write := range writes {
		write.DelayMS = 60_000
		s.goesWrong(t, write)
	}
	for range writes {
		p := s.newPerson()
		hires[p] = p.post("USER_CREATE", nil, payload(p))
	}
	eventually(t, "a hire is held at each write", func() error {
		if left := s.platform.Faults(); len(left) > 0 {
			return fmt.Errorf("not reached: %+v", left)
		}
		return nil
	})
	return hires
}

// replaceWorker kills the worker and starts another.
func (s *stack) replaceWorker() {
	s.t.Helper()
	s.worker.stop(syscall.SIGKILL)
	s.startWorker()
}

func TestAHireWhoseWorkerIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t)
	writes := s.writesOfAHire(t)

	t.Run("after any of its writes was made: one account, as planned", func(t *testing.T) {
		held := slices.Clone(writes)
		for i := range held {
			held[i].Kind = genesystest.FaultSlowAfter
		}
		hires := s.holdsEach(t, held, func(p *person) fields { return p.hire(nil) })
		s.replaceWorker()
		for p, hire := range hires {
			s.comesOut(t, hire, "applied")
			account := p.theOnlyAccount(t)
			require.Equal(t, "active", account.State)
			require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, account.Queues)
			require.Equal(t, map[string]float64{"Technical_Support": 4, "Billing_Support": 3}, account.Skills)
			require.Equal(t, map[string]float64{"Spanish": 4}, account.Languages)
			require.Equal(t, []string{"Agent", "employee"}, account.Roles)
			require.Equal(t, "Support Full Time", account.WorkPlan)
			require.Equal(t, "active", p.agent(t).LifecycleState)
		}
	})

	t.Run("after its account was created or linked, or before a later write: one account, and it waits for its approval", func(t *testing.T) {
		var held []genesystest.Fault
		for _, write := range writes {
			switch {
			case write.Contains == joining.Contains:
				continue
			case write.Path == creation.Path, strings.HasSuffix(write.Path, "/externalid"):
				write.Kind = genesystest.FaultSlowAfter
			default:
				write.Kind = genesystest.FaultSlow
			}
			held = append(held, write)
		}
		hires := s.holdsEach(t, held, func(p *person) fields { return p.hire(fields{"department_code": "SALES"}) })
		s.replaceWorker()
		for p, hire := range hires {
			p.becomes(t, "waiting_activation")
			account := p.theOnlyAccount(t)
			require.Equal(t, map[string]bool{"Sales_Inbound": false}, account.Queues)
			require.Empty(t, s.joins(account.ID))
			p.isApproved(t)
			s.comesOut(t, hire, "applied")
			require.Equal(t, map[string]bool{"Sales_Inbound": true}, p.theOnlyAccount(t).Queues)
		}
	})

	t.Run("the invariants hold", func(t *testing.T) { s.invariantsHold(t) })
}

func TestAMailboxThatAnOperatorEndsIsStartedAnew(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, end := range map[string]func(ctx context.Context, workflowID string) error{
		"terminated": func(ctx context.Context, workflowID string) error {
			return s.temporal.TerminateWorkflow(ctx, workflowID, "", "an operator's mistake")
		},
		"cancelled": func(ctx context.Context, workflowID string) error {
			return s.temporal.CancelWorkflow(ctx, workflowID, "")
		},
	} {
		t.Run(name+" while a hire waits: the next ring hires anew, with the account there is, and asks again", func(t *testing.T) {
			p := s.newPerson()
			hire := p.post("USER_CREATE", nil, p.sales())
			p.openApproval(t)
			account := p.theOnlyAccount(t)
			waiting := names.HireWorkflowID(p.id, p.agent(t).Generation)
			require.NoError(t, end(t.Context(), names.AgentWorkflowID(p.id)))
			s.isClosed(t, names.AgentWorkflowID(p.id))
			s.isClosed(t, waiting)

			update := p.post("USER_UPDATE", nil, fields{"external_user_id": p.id, "department_code": "SALES"})
			eventually(t, "another hire asks", func() error {
				if p.agent(t).Generation < 2 {
					return errNotYet
				}
				if asks := p.openApproval(t).WorkflowID; asks == waiting {
					return fmt.Errorf("%s asks", asks)
				}
				return nil
			})
			require.Empty(t, s.joins(account.ID))
			p.isApproved(t)
			s.comesOut(t, hire, "applied")
			s.isSettled(t, update)
			after := p.theOnlyAccount(t)
			require.Equal(t, account.ID, after.ID)
			require.Equal(t, map[string]bool{"Sales_Inbound": true}, after.Queues)
		})
	}
}

// isClosed waits until a workflow runs no more.
func (s *stack) isClosed(t *testing.T, workflowID string) {
	t.Helper()
	eventually(t, workflowID+" is closed", func() error {
		description, err := s.temporal.DescribeWorkflowExecution(t.Context(), workflowID, "")
		if err == nil && description.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			err = errNotYet
		}
		return err
	})
}
