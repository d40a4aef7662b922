package lifecycle_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
)

func TestASnapshotKeepsConstructsAndTheirNamesButNothingOfThePerson(t *testing.T) {
	account := ccaas.Account{
		ID: "u1", State: ccaas.Active, Name: "Ana Lopez", Email: "ana.lopez@example.com", Extension: "4452", Title: "Agent II",
		DivisionID: "d1", ManagementUnitID: "m1", WorkPlanID: "w1",
		Roles:  []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}},
		Skills: []ccaas.Rated{{ID: "s1", Proficiency: 4}}, Languages: []ccaas.Rated{{ID: "l1", Proficiency: 3}},
		GroupIDs: []string{"g1"}, Queues: []ccaas.Membership{{QueueID: "q1", Joined: true}, {QueueID: "q2"}},
	}
	catalogue := &ccaas.Catalogue{
		Divisions: map[string]string{"Customer Care": "d1"}, Skills: map[string]string{"Billing": "s1", "Other": "s9"},
		Queues:          map[string]string{"Tier 2": "q1"},
		ManagementUnits: map[string]ccaas.ManagementUnit{"Care": {ID: "m1"}},
		WorkPlans:       map[string]map[string]string{"m1": {"Full Time": "w1"}, "m2": {"Elsewhere": "w1"}},
	}
	taken := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

	stored, err := json.Marshal(lifecycle.SnapshotOf("genesys", account, taken, catalogue))
	require.NoError(t, err)
	for _, personal := range []string{"Ana", "Lopez", "example.com", "4452"} {
		require.NotContains(t, string(stored), personal)
	}

	var kept lifecycle.Snapshot
	require.NoError(t, json.Unmarshal(stored, &kept))
	require.Equal(t, account.Roles, kept.Roles)
	require.Equal(t, account.Skills, kept.Skills)
	require.Equal(t, account.Languages, kept.Languages)
	require.Equal(t, account.GroupIDs, kept.GroupIDs)
	require.Equal(t, account.Queues, kept.Queues)
	require.Equal(t, map[string]string{"d1": "Customer Care", "s1": "Billing", "q1": "Tier 2", "m1": "Care", "w1": "Full Time"}, kept.Names)
}
