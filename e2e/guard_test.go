package e2e

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/api"
)

const (
	rosterSize  = 1000
	leaversSize = 300
	refusedSize = 10
)

// Three hundred of a thousand are told to leave within an hour: all of them are isolated, nobody is deactivated before somebody says so,
// and what is said of each is what comes about.
//
// Not beside others: it takes both cores for a while, and they have their patience.
func TestThreeHundredTerminationsInAnHourWaitForTheirRelease(t *testing.T) {
	s := startWith(t, hurried(t))
	s.sql(t, `delete from guard_shares`)
	s.colleaguesAtWork(t, rosterSize-leaversSize)
	people := s.intake(t, leaversSize)
	s.come(t, people, "active")

	// 150 and 150: more than 200 of 1,000 within a quarter of an hour from one source would be the hard stop.
	for half := range slices.Chunk(people, leaversSize/2) {
		s.postAll(t, half, "USER_TERMINATE", func(p *person) fields { return fields{"external_user_id": p.id} })
		s.come(t, half, "draining")
		s.sql(t, `update guard_ledger set passed_at = passed_at - interval '16 minutes' where kind = 'isolation'`)
	}
	s.come(t, people, "held")
	for _, p := range people {
		account := p.account(t)
		require.Equal(t, "active", account.State, "nobody is deactivated before the release")
		for queue, joined := range account.Queues {
			require.False(t, joined, "%s is joined to %s", p.id, queue)
		}
	}

	approver := s.as("approver")
	trips, err := approver.Guards(t.Context(), api.GuardQuery{})
	require.NoError(t, err)
	require.Len(t, trips.Items, 1)
	require.Equal(t, "deactivation", trips.Items[0].Kind)
	require.Len(t, trips.Items[0].Waiting, leaversSize)
	require.Equal(t, []int{50, rosterSize}, []int{trips.Items[0].Limit, trips.Items[0].ShareOf})

	var refused, released []string
	for i, p := range people {
		if i < refusedSize {
			refused = append(refused, p.id)
		} else {
			released = append(released, p.id)
		}
	}
	decide := func(receipts api.GuardReceipts, err error, state string) {
		require.NoError(t, err)
		for _, receipt := range receipts.Items {
			require.Nil(t, receipt.Problem, receipt.PersonID)
			require.Equal(t, state, receipt.State)
		}
	}
	receipts, err := approver.RefuseGuard(t.Context(), trips.Items[0].ID, api.GuardDecision{PersonIDs: refused, Reason: "HR named them by mistake"})
	decide(receipts, err, "rejected")
	receipts, err = approver.ReleaseGuard(t.Context(), trips.Items[0].ID, api.GuardDecision{All: true, Reason: "the site closes"})
	decide(receipts, err, "approved")
	require.Len(t, receipts.Items, len(released))

	s.come(t, people[refusedSize:], "deactivated")
	for _, p := range people[refusedSize:] {
		require.Equal(t, "inactive", p.account(t).State)
	}
	for _, p := range people[:refusedSize] {
		p.isReviewed(t, "guard_refused")
		require.Equal(t, "active", p.account(t).State)
		require.Equal(t, "draining", p.agent(t).LifecycleState)
		require.True(t, p.agent(t).NeedsAttention)
	}
	eventually(t, "the trip is over", func() error {
		open, err := approver.Guards(t.Context(), api.GuardQuery{})
		if err == nil && len(open.Items) > 0 {
			err = fmt.Errorf("%d trips are open", len(open.Items))
		}
		return err
	})
}

func (s *stack) sql(t *testing.T, statement string, args ...any) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(context.WithoutCancel(t.Context()))) }()
	_, err = connection.Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

// colleaguesAtWork are people who only make the roster as large as it is.
func (s *stack) colleaguesAtWork(t *testing.T, many int) {
	t.Helper()
	s.sql(t, `insert into persons (person_id, origin_namespace, origin_external_id) select 'COLLEAGUE-' || n, 'default', 'COLLEAGUE-' || n from generate_series(1, $1::int) n`, many)
	s.sql(t, `
		insert into agents (person_id, lifecycle_state, platform, platform_user_id)
		select 'COLLEAGUE-' || n, 'active', 'genesys', 'user of colleague ' || n from generate_series(1, $1::int) n
		on conflict (person_id) do update set lifecycle_state = 'active', platform = 'genesys', platform_user_id = excluded.platform_user_id`, many)
}

// intake hires many people at once, as a seasonal intake that was announced.
func (s *stack) intake(t *testing.T, many int) (people []*person) {
	t.Helper()
	var ids []string
	for range many {
		p := s.newPerson()
		people, ids = append(people, p), append(ids, p.id)
	}
	approver, second := s.as("approver"), s.as("second-approver")
	today := time.Now().UTC()
	batch, err := approver.AnnounceBatch(t.Context(), api.BatchRequest{
		Kind: "intake", FirstDay: today.Format(time.DateOnly), LastDay: today.AddDate(0, 0, 1).Format(time.DateOnly), Reason: "the season", ExternalIDs: ids,
	})
	require.NoError(t, err)
	_, err = second.ConfirmBatch(t.Context(), batch.ID)
	require.NoError(t, err)
	s.postAll(t, people, "USER_CREATE", func(p *person) fields { return p.hire(fields{"department_code": graceOfHours}) })
	return people
}

// postAll posts one event about each in a single delivery.
func (s *stack) postAll(t *testing.T, people []*person, eventType string, payload func(*person) fields) {
	t.Helper()
	var bodies [][]byte
	for _, p := range people {
		bodies = append(bodies, event(newEventID(), eventType, nil, payload(p)))
	}
	body := slices.Concat([]byte(`{"events":[`), bytes.Join(bodies, []byte(",")), []byte("]}"))
	receipts, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+newEventID(), body)
	require.NoError(t, err)
	for _, receipt := range receipts.Events {
		require.Equal(t, api.EventAccepted, receipt.Status)
	}
}

// come waits until all of them are in a lifecycle state, or held by the guard before their deactivation; it may take some minutes.
func (s *stack) come(t *testing.T, people []*person, state string) {
	t.Helper()
	var ids []string
	for _, p := range people {
		ids = append(ids, p.id)
	}
	connection, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(context.WithoutCancel(t.Context()))) }()
	require.Eventually(t, func() bool {
		var there int
		err := connection.QueryRow(t.Context(), `
			select count(*) from agents where person_id = any($1) and (lifecycle_state = $2
				or $2 = 'held' and exists (select from approvals a where a.person_id = agents.person_id and a.kind = 'guard_release' and a.state = 'open'))`, ids, state).Scan(&there)
		require.NoError(t, err)
		t.Logf("%d of %d are %s", there, len(ids), state)
		return there == len(ids)
	}, 4*time.Minute, time.Second)
}
