package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
)

func TestWhereALeaversLiveWorkGoes(t *testing.T) {
	queues := []string{"dept", "other"}
	for _, c := range []struct {
		name    string
		work    ccaas.LiveWork
		queues  []string
		manager string
		steps   []lifecycle.Step
	}{
		{
			"a call of a queue",
			ccaas.LiveWork{Media: "call", State: ccaas.WorkConnected, QueueID: "dept"},
			queues, "boss",
			[]lifecycle.Step{{lifecycle.ToQueue, "dept"}, {lifecycle.ToQueue, "other"}, {lifecycle.ToAgent, "boss"}},
		},
		{"a call that nobody can take stays", ccaas.LiveWork{Media: "call", State: ccaas.WorkHeld}, nil, "", nil},
		{"an email that nobody can take ends", ccaas.LiveWork{Media: "email", State: ccaas.WorkConnected}, nil, "", []lifecycle.Step{{Handling: lifecycle.EndLeg}}},
		{
			"a callback of the agent's own goes back to its queue",
			ccaas.LiveWork{Media: "callback", State: ccaas.WorkScheduled, QueueID: "dept", AgentOwned: true},
			nil, "",
			[]lifecycle.Step{{lifecycle.ToQueue, "dept"}},
		},
		{"an offer is declined", ccaas.LiveWork{Media: "call", State: ccaas.WorkAlerting, QueueID: "dept"}, queues, "boss", []lifecycle.Step{{Handling: lifecycle.EndLeg}}},
		{"after-call work ends", ccaas.LiveWork{Media: "call", State: ccaas.WorkAfterCall, QueueID: "dept"}, queues, "boss", []lifecycle.Step{{Handling: lifecycle.EndLeg}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.steps, lifecycle.HandOver(c.work, c.queues, c.manager))
		})
	}
}
