package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

// commanded is what a musterctl of a role answers, which has to succeed.
func commanded[T any](t *testing.T, s *stack, role string, arguments ...string) (answer T) {
	t.Helper()
	output, code := s.musterctl(t, role, append(arguments, "--output", "json")...)
	require.Zero(t, code, "%v: %s", arguments, output)
	require.NoError(t, json.Unmarshal([]byte(output), &answer), output)
	return answer
}

func TestACentreThatWasThereBeforeIsTakenOverByPlanAlthoughTheWorkerIsKilled(t *testing.T) {
	t.Parallel()
	s := reconciled(t)
	before := func(name, email string, p genesystest.Plant) string {
		p.Name, p.Email = &name, &email
		planted, err := s.platform.Plant(p)
		require.NoError(t, err)
		return planted.ID
	}
	var people []*person
	var lines []fields
	accounts := map[string]string{}
	for range 3 {
		p := s.newPerson()
		people, lines = append(people, p), append(lines, p.hire(fields{"skill_codes": []string{"SVC_TECH"}}))
		accounts[p.id] = before(p.first+" "+p.last, p.email, genesystest.Plant{
			Skills: map[string]float64{"Billing_Support": 5}, Queues: map[string]bool{"Tier_2_Escalation": true},
		})
	}
	robot := before("A Robot", "robot@example.com", genesystest.Plant{Queues: map[string]bool{"General_Support": true}})
	s.dropRoster(t, lines...)

	plan := commanded[struct {
		ID       string                `json:"reconciliation_id"`
		Adopt    int                   `json:"adopt"`
		Persons  []api.PlannedAdoption `json:"persons"`
		Accounts []api.NobodysAccount  `json:"accounts"`
	}](t, s, "operator", "adopt", "plan")
	require.Equal(t, 3, plan.Adopt, "%+v", plan)
	for _, planned := range plan.Persons {
		require.Equal(t, accounts[planned.ExternalUserID], planned.AccountID)
		require.Contains(t, planned.Differences, api.DeltaDifference{
			Part: "skill", ID: idOf(planned, "Billing_Support"), Name: "Billing_Support", How: "extra",
		})
	}
	require.Len(t, plan.Accounts, 1)
	require.Equal(t, robot, plan.Accounts[0].AccountID)

	// While the second is judged anew, the worker is killed.
	require.NoError(t, s.platform.Fault(genesystest.Fault{
		Kind: genesystest.FaultSlow, Path: "/api/v2/users/" + accounts[people[1].id], Times: 1, DelayMS: 60_000,
	}))
	adoption := commanded[api.Adoption](t, s, "operator", "adopt", "apply", plan.ID, "--all", "--per-minute", "600", "--reason", "day one")
	eventually(t, "the first is sent", func() error {
		got, err := s.api.Adoption(t.Context(), adoption.ID)
		if err == nil && got.Sent == 0 {
			err = errNotYet
		}
		return err
	})
	s.replaceWorker()
	eventually(t, "the adoption is through", func() error {
		got, err := s.api.Adoption(t.Context(), adoption.ID)
		if err == nil && got.State != "done" {
			err = errNotYet
		}
		adoption = got
		return err
	})
	require.Equal(t, 3, adoption.Sent)
	for _, p := range people {
		p.becomes(t, "active")
		require.Equal(t, accounts[p.id], p.agent(t).PlatformUserID)
		eventually(t, "the transfer is through", func() error {
			if skills := p.account(t).Skills; len(skills) != 1 || skills["Technical_Support"] != 4 {
				return errNotYet
			}
			return nil
		})
		require.True(t, p.account(t).Queues["Tier_2_Escalation"], "whoever is at work stays joined")
	}

	// What stays nobody's is made inactive on the word of two.
	settled := commanded[api.Settled](t, s, "operator", "outstanding", "terminate", robot, "--reason", "of last year")
	require.Equal(t, "asked", settled.Result)
	settled = commanded[api.Settled](t, s, "approver", "outstanding", "approve", robot, "--reason", "nobody knows it")
	record := &person{s: s, id: settled.PersonID, email: "robot@example.com"}
	record.becomes(t, "deactivated")
	require.Equal(t, "inactive", record.account(t).State)
	for _, command := range []string{"timeline", "explain", "show"} {
		output, code := s.musterctl(t, "viewer", "agents", command, record.id)
		require.Zero(t, code, output)
	}
}

func idOf(p api.PlannedAdoption, name string) string {
	for _, d := range p.Differences {
		if d.Name == name {
			return d.ID
		}
	}
	return ""
}
