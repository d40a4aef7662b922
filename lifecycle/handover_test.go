package lifecycle_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/lifecycle"
)

func TestWhereALeaversLiveWorkGoes(t *testing.T) {
	all := lifecycle.Takers{Queues: []string{"dept", "other"}, ManagerID: "boss", Supervisors: []string{"second", "boss"}}
	nobody := lifecycle.Takers{}
	for _, c := range []struct {
		name   string
		work   ccaas.LiveWork
		takers lifecycle.Takers
		steps  []lifecycle.Step
	}{
		{
			"a call of a queue: queue, department's queues, manager, another supervisor",
			ccaas.LiveWork{Media: "call", State: ccaas.WorkConnected, QueueID: "dept"},
			all,
			[]lifecycle.Step{
				{lifecycle.ToQueue, "dept"},
				{lifecycle.ToQueue, "other"},
				{lifecycle.ToAgent, "boss"},
				{lifecycle.ToSupervisor, "second"},
			},
		},
		{
			"a call of the agent's own goes to the department",
			ccaas.LiveWork{Media: "call", State: ccaas.WorkHeld},
			lifecycle.Takers{Queues: []string{"dept"}},
			[]lifecycle.Step{{lifecycle.ToQueue, "dept"}},
		},
		{"a call that nobody can take stays", ccaas.LiveWork{Media: "call", State: ccaas.WorkHeld}, nobody, nil},
		{"an email that nobody can take ends", ccaas.LiveWork{Media: "email", State: ccaas.WorkConnected}, nobody, []lifecycle.Step{{Handling: lifecycle.EndLeg}}},
		{
			"a callback of the agent's own goes back to its queue",
			ccaas.LiveWork{Media: "callback", State: ccaas.WorkScheduled, QueueID: "dept", AgentOwned: true},
			nobody,
			[]lifecycle.Step{{lifecycle.ToQueue, "dept"}},
		},
		{"an offer is declined", ccaas.LiveWork{Media: "call", State: ccaas.WorkAlerting, QueueID: "dept"}, all, []lifecycle.Step{{Handling: lifecycle.EndLeg}}},
		{"a caller who rings the agent and no queue is not hung up on", ccaas.LiveWork{Media: "call", State: ccaas.WorkAlerting}, all, nil},
		{"after-call work ends", ccaas.LiveWork{Media: "call", State: ccaas.WorkAfterCall, QueueID: "dept"}, all, []lifecycle.Step{{Handling: lifecycle.EndLeg}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.steps, lifecycle.HandOver(c.work, c.takers))
		})
	}
}

func anyWork(t *rapid.T) ccaas.LiveWork {
	return ccaas.LiveWork{
		Media:   rapid.SampledFrom([]string{"call", "callback", "email", "message", "chat", "socialExpression", "video"}).Draw(t, "media"),
		State:   rapid.SampledFrom([]string{ccaas.WorkAlerting, ccaas.WorkConnected, ccaas.WorkHeld, ccaas.WorkAfterCall, ccaas.WorkScheduled}).Draw(t, "state"),
		QueueID: rapid.SampledFrom([]string{"", "q1", "q2"}).Draw(t, "queue"),
	}
}

func anyTakers(t *rapid.T) lifecycle.Takers {
	return lifecycle.Takers{
		Queues:      rapid.SliceOfN(rapid.SampledFrom([]string{"q1", "q2", "q3"}), 0, 4).Draw(t, "queues"),
		ManagerID:   rapid.SampledFrom([]string{"", "m"}).Draw(t, "manager"),
		Supervisors: rapid.SliceOfN(rapid.SampledFrom([]string{"m", "s1", "s2"}), 0, 4).Draw(t, "supervisors"),
	}
}

func TestACustomerOnThePhoneIsNeverHungUpOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWork(t)
		speaks := (w.Media == "call" || w.Media == "callback") && w.State != ccaas.WorkAfterCall && (w.State != ccaas.WorkAlerting || w.QueueID == "")
		ends := slices.ContainsFunc(lifecycle.HandOver(w, anyTakers(t)), func(s lifecycle.Step) bool { return s.Handling == lifecycle.EndLeg })
		require.False(t, speaks && ends, "%+v", w)
	})
}

func TestQueuesComeBeforePeopleAndNoWayIsTriedTwice(t *testing.T) {
	order := []lifecycle.Handling{lifecycle.ToQueue, lifecycle.ToAgent, lifecycle.ToSupervisor, lifecycle.EndLeg}
	rapid.Check(t, func(t *rapid.T) {
		w := anyWork(t)
		steps := lifecycle.HandOver(w, anyTakers(t))
		seen := map[string]bool{}
		for i, step := range steps {
			require.False(t, seen[step.TargetID], "%v", steps)
			seen[step.TargetID] = true
			if i > 0 {
				require.LessOrEqual(t, slices.Index(order, steps[i-1].Handling), slices.Index(order, step.Handling), "%v", steps)
			}
		}
		if lifecycle.Transferable(w) && w.QueueID != "" {
			require.Equal(t, lifecycle.Step{Handling: lifecycle.ToQueue, TargetID: w.QueueID}, steps[0])
		}
	})
}
