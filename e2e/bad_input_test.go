package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/names"
)

func TestBadInput(t *testing.T) {
	t.Parallel()
	s := start(t)

	t.Run("what is refused is explained, kept if it was signed, and starts nothing", func(t *testing.T) {
		sequence := s.sequence()
		for name, change := range map[string]struct {
			field        string
			top, payload fields
		}{
			"an unknown field":     {"colour", fields{"colour": "red"}, nil},
			"a wrong type":         {"payload.department_code", nil, fields{"department_code": 7}},
			"an unknown zone":      {"payload.timezone", nil, fields{"timezone": "Mars/Olympus"}},
			"an unlisted offset":   {"payload.timezone", nil, fields{"timezone": "UTC+9"}},
			"an email for an id":   {"payload.external_user_id", nil, fields{"external_user_id": "jane.doe@example.com"}},
			"a source not its own": {"source_system", fields{"source_system": "SUCCESSFACTORS"}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				p := s.newPerson()
				id := newEventID()
				_, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, event(id, "USER_CREATE", change.top, p.hire(change.payload)))
				var problem *api.Problem
				require.ErrorAs(t, err, &problem)
				require.Equal(t, http.StatusUnprocessableEntity, problem.Status)
				require.Equal(t, change.field, problem.Errors[0].Field)
				require.NotEmpty(t, problem.Errors[0].Found)
				require.NotEmpty(t, problem.Errors[0].Expected)
				s.comesOut(t, id, "rejected")
				_, err = s.temporal.DescribeWorkflowExecution(t.Context(), names.AgentWorkflowID(p.id), "")
				var none *serviceerror.NotFound
				require.ErrorAs(t, err, &none)
			})
		}
		for _, request := range s.platform.Journal(genesystest.JournalFilter{After: sequence}) {
			require.NotContains(t, request.Path, "/users", "no request about anybody: the worker reads what exists on the platform, whoever asks")
		}
	})

	t.Run("one event_id with two contents: the second is refused and reviewed, the first goes on", func(t *testing.T) {
		p := s.newPerson()
		id := newEventID()
		_, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, event(id, "USER_CREATE", nil, p.sales()))
		require.NoError(t, err)
		p.openApproval(t)

		_, err = s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, event(id, "USER_TERMINATE", nil, fields{"external_user_id": p.id}))
		var problem *api.Problem
		require.ErrorAs(t, err, &problem)
		require.Equal(t, http.StatusConflict, problem.Status)
		review := p.isReviewed(t, "event_conflict")
		require.False(t, review.Blocking)

		p.isApproved(t)
		s.comesOut(t, id, "applied")
		require.Equal(t, map[string]bool{"Sales_Inbound": true}, p.theOnlyAccount(t).Queues)
	})
}
