package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/names"
)

func TestLife(t *testing.T) {
	s := start(t)

	t.Run("a hire becomes an agent who can take work, then changes, then leaves", func(t *testing.T) {
		p := s.newPerson()
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.account(t).Queues)
		require.Equal(t, "active", p.agent(t).LifecycleState)

		s.comesOut(t, p.post("USER_UPDATE", nil, fields{"external_user_id": p.id, "department_code": "BILLING"}), "applied")
		require.Equal(t, map[string]bool{"Billing_Queue": true}, p.account(t).Queues)

		s.comesOut(t, p.post("USER_TERMINATE", nil, fields{"external_user_id": p.id}), "applied")
		require.Equal(t, "inactive", p.account(t).State)
		require.Equal(t, "deactivated", p.agent(t).LifecycleState)

		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
		require.Equal(t, "active", p.account(t).State)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.account(t).Queues)
	})

	t.Run("an activation is approved through the API by an approver, and by nobody else", func(t *testing.T) {
		p := s.newPerson()
		hire := p.post("USER_CREATE", nil, p.hire(fields{"department_code": "SALES", "timezone": "Europe/Madrid", "skill_codes": []string{}}))
		p.becomes(t, "waiting_activation")
		page, err := s.api.Approvals(t.Context(), api.DecisionQuery{State: "open", PersonID: p.id})
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		require.Empty(t, s.joins(p.account(t).ID))

		viewer := s.as("viewer")
		_, err = viewer.Approve(t.Context(), page.Items[0].ID, "I want to")
		var problem *api.Problem
		require.ErrorAs(t, err, &problem)
		require.Equal(t, 403, problem.Status)

		approver := s.as("approver")
		decided, err := approver.Approve(t.Context(), page.Items[0].ID, "trained")
		require.NoError(t, err)
		require.True(t, decided.ActorVerified)
		s.comesOut(t, hire, "applied")
		require.Equal(t, map[string]bool{"Sales_Inbound": true}, p.account(t).Queues)
	})

	t.Run("the same event fifty times at once is processed once", func(t *testing.T) {
		p := s.newPerson()
		id := newEventID()
		body := event(id, "USER_CREATE", nil, p.hire(nil))
		statuses := make(chan api.EventStatus, 50)
		for range 50 {
			go func() {
				receipts, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, body)
				if err != nil {
					statuses <- api.EventStatus(err.Error())
					return
				}
				statuses <- receipts.Events[0].Status
			}()
		}
		counted := map[api.EventStatus]int{}
		for range 50 {
			counted[<-statuses]++
		}
		require.Equal(t, map[api.EventStatus]int{api.EventAccepted: 1, api.EventDuplicate: 49}, counted)
		s.comesOut(t, id, "applied")
		creations := s.platform.Journal(genesystest.JournalFilter{Method: "POST", Path: "/api/v2/users", Contains: p.email})
		require.Len(t, creations, 1)
	})

	t.Run("no personal data is in the workflows' histories", func(t *testing.T) {
		p := s.newPerson()
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(fields{"phone_extension": "44528765"})), "applied")
		for _, id := range []string{names.AgentWorkflowID(p.id), names.HireWorkflowID(p.id, p.agent(t).Generation)} {
			response, err := s.temporal.WorkflowService().GetWorkflowExecutionHistory(t.Context(), &workflowservice.GetWorkflowExecutionHistoryRequest{
				Namespace: s.namespace, Execution: execution(id),
			})
			require.NoError(t, err)
			history := response.String()
			require.Contains(t, history, p.id)
			for _, secret := range []string{p.email, p.first + " " + p.last, "44528765"} {
				require.NotContains(t, history, secret)
			}
		}
	})

	t.Run("the record proves itself: every write has its intent and its result, and the chain verifies", func(t *testing.T) {
		auditor := s.as("auditor")
		var writes, results int
		eventually(t, "the chain is sealed", func() error {
			verdict, err := auditor.VerifyAudit(t.Context())
			if err == nil {
				require.True(t, verdict.Intact, verdict.Reason)
			}
			return err
		})
		for cursor := ""; ; {
			page, err := auditor.Audit(t.Context(), api.AuditQuery{PageQuery: api.PageQuery{Cursor: cursor, Limit: 200}})
			require.NoError(t, err)
			for _, entry := range page.Items {
				switch entry.Phase {
				case "intent":
					writes++
				case "result":
					results++
				}
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		require.Equal(t, writes, results)
		requests := len(changes(s.platform.Journal(genesystest.JournalFilter{})))
		require.Equal(t, requests, writes, "changing requests at the platform and intents in the record")
	})
}
