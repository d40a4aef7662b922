package e2e

import (
	"bytes"
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/mapping"
	"muster/store"
)

// withSkillVIP is the example's registry with a rule for SVC_VIP.
func withSkillVIP() []byte {
	return bytes.Replace(mapping.Example(), []byte("\nskills:\n"), []byte("\nskills:\n"+
		"  - code: SVC_VIP\n    gives:\n      - {skill: Customer_Retention, proficiency: 5, weight: 20}\n"), 1)
}

// withBillingAt is the example's registry with another proficiency in billing.
func withBillingAt(proficiency int) []byte {
	return bytes.Replace(mapping.Example(), []byte("{skill: Billing_Support, proficiency: 3, weight: 10}"),
		[]byte(fmt.Sprintf("{skill: Billing_Support, proficiency: %d, weight: 10}", proficiency)), 1)
}

// publish brings rules in force by the way that every version takes.
func (s *stack) publish(t *testing.T, rules []byte, how api.PublishRequest) api.MappingVersion {
	t.Helper()
	editor, approver := s.as("registry-editor"), s.as("approver")
	submitted, err := editor.SubmitMapping(t.Context(), rules, "for a test")
	require.NoError(t, err)
	_, err = approver.ApproveMapping(t.Context(), submitted.Version, "for a test")
	require.NoError(t, err)
	how.Reason = "for a test"
	published, err := editor.PublishMapping(t.Context(), submitted.Version, how)
	require.NoError(t, err)
	return published
}

// rolloutOf is the rollout of a version.
func (s *stack) rolloutOf(t *testing.T, version int) api.Rollout {
	t.Helper()
	page, err := s.api.Rollouts(t.Context())
	require.NoError(t, err)
	for _, rollout := range page.Items {
		if rollout.Version == version {
			return rollout
		}
	}
	require.Fail(t, "no rollout", "version %d among %+v", version, page.Items)
	return api.Rollout{}
}

func (s *stack) rolledOut(t *testing.T, version int) (rollout api.Rollout) {
	t.Helper()
	eventually(t, fmt.Sprintf("version %d is rolled out", version), func() error {
		if rollout = s.rolloutOf(t, version); rollout.State != string(store.RolloutDone) {
			return fmt.Errorf("%+v", rollout)
		}
		return nil
	})
	return rollout
}

const crowd = 200

func TestPublishingAnAnswerReleasesTwoHundredWhoWaitInOrderAndNoneTwice(t *testing.T) {
	s := start(t)
	hires := make([]string, crowd)
	for i := range hires {
		p := s.newPerson()
		hires[i] = p.post("USER_CREATE", nil, p.hire(fields{"skill_codes": []string{"SVC_TECH", "SVC_VIP"}}))
	}
	database := s.query(t)
	parked := func() (count int) {
		require.NoError(t, database.QueryRow(t.Context(), `select count(*) from hr_events where outcome is null and parked_version > 0`).Scan(&count))
		return count
	}
	eventually(t, "everybody is parked", func() error {
		if count := parked(); count != crowd {
			return fmt.Errorf("%d of %d", count, crowd)
		}
		return nil
	})
	version := s.publish(t, withSkillVIP(), api.PublishRequest{})
	for _, id := range hires {
		s.comesOut(t, id, "applied")
	}
	rollout := s.rolledOut(t, version.Version)
	require.Equal(t, []int{crowd, crowd, 0}, []int{rollout.Concerned, rollout.Done, rollout.Waits})

	rows, err := database.Query(t.Context(), `
		select e.event_id from mapping_rollout_people p join hr_events e using (person_id)
		where p.rollout_id = $1 order by p.rung_at, p.position`, rollout.ID)
	require.NoError(t, err)
	rung, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, hires, rung, "who has waited longest comes first")
	require.Len(t, s.platform.Journal(genesystest.JournalFilter{Method: "POST", Path: "/api/v2/users"}), crowd, "no account is created twice")
	s.invariantsHold(t)
}

// query is a connection to the stack's database.
func (s *stack) query(t *testing.T) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close(context.Background()) })
	return connection
}

// settled waits until the mailboxes of these people have nothing left to do: one that has would find a new version by itself.
func (s *stack) settled(t *testing.T, people []*person) []*person {
	t.Helper()
	for _, p := range people {
		s.mailboxCloses(t, p.id)
	}
	return people
}

func (s *stack) billingAt(t *testing.T, p *person) float64 {
	t.Helper()
	return p.account(t).Skills["Billing_Support"]
}

func TestAVersionReachesEverybodyItConcernsAndNobodyElse(t *testing.T) {
	s := start(t)
	concerned := s.settled(t, s.agentsOf(t, "SUPP_L1", 8))
	var others []*person
	for range 3 {
		p := s.newPerson()
		s.comesOut(t, p.post("USER_CREATE", nil, p.hire(fields{"skill_codes": []string{"SVC_TECH"}})), "applied")
		others = append(others, p)
	}
	s.settled(t, others)
	before := s.sequence()
	rollout := s.rolledOut(t, s.publish(t, withBillingAt(5), api.PublishRequest{}).Version)
	require.Equal(t, []int{8, 8}, []int{rollout.Concerned, rollout.Done})
	for _, p := range concerned {
		require.InDelta(t, 5.0, s.billingAt(t, p), 0)
		require.Len(t, s.platform.Journal(genesystest.JournalFilter{Method: "PUT", User: p.account(t).ID, After: before}), 1, "one write each")
	}
	for _, p := range others {
		require.Empty(t, s.platform.Journal(genesystest.JournalFilter{User: p.account(t).ID, After: before}), "whom it does not concern is not even looked at")
	}
	s.settled(t, concerned)
	back := s.rolledOut(t, s.publish(t, mapping.Example(), api.PublishRequest{}).Version)
	require.Equal(t, 8, back.Done)
	for _, p := range concerned {
		require.InDelta(t, 3.0, s.billingAt(t, p), 0, "going back restores what was before")
	}
	s.invariantsHold(t)
}

func TestADatedVersionIsRolledOutWhenItTakesEffect(t *testing.T) {
	s := start(t)
	p := s.settled(t, s.agentsOf(t, "SUPP_L1", 1))[0]
	from := time.Now().Add(4 * time.Second)
	scheduled := s.publish(t, withBillingAt(4), api.PublishRequest{EffectiveAt: &from})
	require.Equal(t, "scheduled", scheduled.State)
	newcomer := s.newPerson()
	s.comesOut(t, newcomer.post("USER_CREATE", nil, newcomer.hire(nil)), "applied")
	if time.Now().Before(from) {
		require.InDelta(t, 3.0, s.billingAt(t, newcomer), 0, "until then the former rules hold")
		require.InDelta(t, 3.0, s.billingAt(t, p), 0)
	}
	s.rolledOut(t, scheduled.Version)
	for _, agent := range []*person{p, newcomer} {
		require.InDelta(t, 4.0, s.billingAt(t, agent), 0)
	}
}

func TestARolloutThatIsPausedAndWhoseWorkerDiesEndsWithEverybodyOnce(t *testing.T) {
	s := start(t)
	const agents = 40
	people := s.settled(t, s.agentsOf(t, "SUPP_L1", agents))
	version := s.publish(t, withBillingAt(5), api.PublishRequest{}).Version
	eventually(t, "somebody is under way", func() error {
		if r := s.rolloutOf(t, version); r.Done+r.UnderWay == 0 {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	paused, err := s.api.PauseRollout(t.Context(), s.rolloutOf(t, version).ID, "what is this?")
	require.NoError(t, err)
	require.Equal(t, "paused", paused.State)
	s.worker.stop(syscall.SIGKILL)
	s.startWorker()
	eventually(t, "its workflow ends", func() error {
		if s.runs(t, paused.WorkflowID) {
			return fmt.Errorf("%s runs", paused.WorkflowID)
		}
		return nil
	})
	told := s.rolloutOf(t, version)
	require.Less(t, told.Done+told.UnderWay, agents, "paused, it tells nobody else")

	_, err = s.api.ResumeRollout(t.Context(), paused.ID, "as agreed")
	require.NoError(t, err)
	eventually(t, "it goes on", func() error {
		if r := s.rolloutOf(t, version); r.Done < agents/2 {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	s.worker.stop(syscall.SIGKILL)
	s.startWorker()
	rollout := s.rolledOut(t, version)
	require.Equal(t, []int{agents, agents}, []int{rollout.Concerned, rollout.Done})
	for _, p := range people {
		require.InDelta(t, 5.0, s.billingAt(t, p), 0)
	}
	s.invariantsHold(t)
}
