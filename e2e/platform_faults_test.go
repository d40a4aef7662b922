package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// sales is a hire into the department whose agents get work only after an approval.
func (p *person) sales() fields {
	return p.hire(fields{"department_code": "SALES", "timezone": "Europe/Madrid", "skill_codes": []string{}})
}

func TestThePlatformFails(t *testing.T) {
	t.Parallel()
	s := start(t)

	for _, lag := range []int{300, 3000} {
		t.Run(fmt.Sprintf("the answer to a creation is lost, search lags %d ms: one account, and it waits for its approval", lag), func(t *testing.T) {
			require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.SearchLagMS = lag }))
			p := s.newPerson()
			s.goesWrong(t, genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: "POST", Path: "/api/v2/users", Contains: p.email})
			hire := p.post("USER_CREATE", nil, p.sales())
			p.becomes(t, "waiting_activation")

			s.allFaultsHit(t)
			account := p.theOnlyAccount(t)
			require.Equal(t, map[string]bool{"Sales_Inbound": false}, account.Queues)
			require.Empty(t, s.joins(account.ID))

			p.isApproved(t)
			s.comesOut(t, hire, "applied")
			require.Equal(t, map[string]bool{"Sales_Inbound": true}, p.theOnlyAccount(t).Queues)
			require.Equal(t, "unknown", p.writes(t)[0].Result)
		})
	}

	t.Run("the creation's answer is lost and the employment ends before the account is linked: it is found and deactivated", func(t *testing.T) {
		require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.SearchLagMS = 2000 }))
		p := s.newPerson()
		s.goesWrong(t, genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: "POST", Path: "/api/v2/users", Contains: p.email})
		p.post("USER_CREATE", nil, p.sales())
		eventually(t, "the answer is lost", func() error {
			if writes := p.writes(t); len(writes) == 0 || writes[0].Result != "unknown" {
				return fmt.Errorf("writes: %v", writes)
			}
			return nil
		})
		s.comesOut(t, p.post("USER_TERMINATE", nil, fields{"external_user_id": p.id}), "applied")
		require.Equal(t, "inactive", p.account(t).State)
		require.Empty(t, s.joins(p.account(t).ID))
	})

	t.Run("the answer to the link is lost: one account, linked", func(t *testing.T) {
		p := s.newPerson()
		s.goesWrong(t, genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: "POST", Path: "/api/v2/users/*/externalid", Contains: p.id})
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
		s.allFaultsHit(t)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.theOnlyAccount(t).Queues)
	})

	t.Run("somebody at work whose creation fails is adopted and stays joined", func(t *testing.T) {
		p := s.newPerson()
		planted, err := s.platform.Plant(genesystest.Plant{
			Name: new(p.first + " " + p.last), Email: &p.email, Roles: []string{"employee", "Agent"}, Division: new("Customer Care"),
			Queues: map[string]bool{"Tier_2_Escalation": true},
		})
		require.NoError(t, err)
		s.goesWrong(t, genesystest.Fault{Kind: genesystest.FaultUnavailable, Method: "POST", Path: "/api/v2/users", Contains: p.email})
		hire := p.post("USER_CREATE", nil, p.hire(nil))
		require.Contains(t, []string{"applied", "no_change"}, s.isSettled(t, hire))
		s.allFaultsHit(t)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.theOnlyAccount(t).Queues)
		for _, entry := range s.platform.Journal(genesystest.JournalFilter{User: planted.ID}) {
			require.NotContains(t, string(entry.Body), `"joined":false`, "nothing is unjoined")
		}
	})

	t.Run("throttled, unavailable, unauthorised and overtaken: the hire is applied within a sane number of requests", func(t *testing.T) {
		p := s.newPerson()
		before := s.sequence()
		s.goesWrong(t,
			genesystest.Fault{Kind: genesystest.FaultTooMany, Method: "POST", Path: "/api/v2/users", RetryAfterSeconds: 1},
			genesystest.Fault{Kind: genesystest.FaultTokenRevoked, Method: "POST", Path: "/api/v2/users/*/externalid"},
			genesystest.Fault{Kind: genesystest.FaultUnavailable, Method: "POST", Path: "/api/v2/routing/queues/*/members"},
			genesystest.Fault{Kind: genesystest.FaultConflict, Method: "PUT", Path: "/api/v2/users/*/routingskills/bulk"},
			genesystest.Fault{Kind: genesystest.FaultServerError, Method: "PATCH", Path: "/api/v2/users/*/queues", Contains: `"joined":true`},
		)
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
		s.allFaultsHit(t)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.theOnlyAccount(t).Queues)
		calls := s.platform.Journal(genesystest.JournalFilter{Path: "/api/v2/**", After: before})
		require.LessOrEqual(t, len(calls), 3*mostPlatformCalls, "%d platform calls", len(calls))
	})

	t.Run("a Retry-After longer than a call is obeyed", func(t *testing.T) {
		p := s.newPerson()
		s.goesWrong(t, genesystest.Fault{
			Kind: genesystest.FaultTooMany, Method: "POST", Path: "/api/v2/users", Contains: p.email, RetryAfterSeconds: 4,
		})
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
		creations := s.platform.Journal(genesystest.JournalFilter{Method: "POST", Path: "/api/v2/users", Contains: p.email})
		require.Len(t, creations, 2)
		require.GreaterOrEqual(t, creations[1].Time.Sub(creations[0].Time), 4*time.Second)
	})

	t.Run("somebody changes the account between our read and our write: the version conflict is resolved, both changes stay", func(t *testing.T) {
		p := s.newPerson()
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
		id := p.account(t).ID
		s.goesWrong(t, genesystest.Fault{Kind: genesystest.FaultSlow, Method: "PATCH", Path: "/api/v2/users/*", Contains: id, DelayMS: 1000})
		update := p.post("USER_UPDATE", nil, fields{"external_user_id": p.id, "last_name": p.last + "son"})
		s.inFlight(t, genesystest.JournalFilter{Method: "PATCH", Path: "/api/v2/users/*", User: id})
		_, err := s.platform.Change(id, genesystest.Plant{Station: new("desk 7")})
		require.NoError(t, err)

		s.comesOut(t, update, "applied")
		account := p.theOnlyAccount(t)
		require.Equal(t, p.first+" "+p.last+"son", account.Name)
		require.Equal(t, "desk 7", account.Station)
		var statuses []int
		for _, entry := range s.platform.Journal(genesystest.JournalFilter{Method: "PATCH", Path: "/api/v2/users/*", User: id}) {
			statuses = append(statuses, entry.Status)
		}
		require.Equal(t, []int{409, 200}, statuses)
	})

	t.Run("the invariants hold", func(t *testing.T) { s.invariantsHold(t) })
}
