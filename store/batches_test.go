package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

// announce announces a batch for today.
func announce(t testing.TB, s *store.Store, kind lifecycle.BatchKind, externalIDs ...string) store.Batch {
	t.Helper()
	today := time.Now().UTC().Truncate(24 * time.Hour)
	batch, err := s.AnnounceBatch(t.Context(), store.Batch{
		Kind: kind, Namespace: "workday", FirstDay: today, LastDay: today, Zone: "UTC", StartsAt: today, EndsAt: today.AddDate(0, 0, 1), Reason: "the site closes", RequestedBy: "lena",
	}, externalIDs)
	require.NoError(t, err)
	return batch
}

func TestABatchExemptsItsPeopleOnItsDaysOnceASecondPersonHasConfirmedIt(t *testing.T) {
	s, conn := open(t)
	_, held := tripped(t, s, conn)
	announced, alsoHeld := newcomer(t, s, "WD-1"), newcomer(t, s, "WD-2")
	newcomer(t, s, "WD-3")
	require.NotNil(t, guarded(t, s, alsoHeld, nil))
	batch := announce(t, s, lifecycle.BatchLayoff, "WD-1", "WD-2", "WD-2")
	require.Equal(t, 2, batch.People)
	require.NotNil(t, guarded(t, s, announced, nil), "not confirmed yet")

	var second *store.SecondPersonError
	_, err := s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "lena"})
	require.ErrorAs(t, err, &second)
	_, err = s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "l.second", Logins: []string{"l.second", "Lena"}})
	require.ErrorAs(t, err, &second, "another login of hers")
	confirmed, err := s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "carl"})
	require.NoError(t, err)
	require.Equal(t, "carl", confirmed.ConfirmedBy)
	again, err := s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "otto"})
	require.NoError(t, err)
	require.Equal(t, "carl", again.ConfirmedBy)

	require.Nil(t, guarded(t, s, announced, nil))
	require.Nil(t, guarded(t, s, alsoHeld, nil), "whoever was held already passes too")
	require.Equal(t, 1, count(t, conn, "approvals where person_id = 'WD-2' and state = 'withdrawn'"))
	require.NotNil(t, guarded(t, s, "WD-3", nil), "nobody else is exempt")
	require.NotNil(t, held)
	require.Equal(t, 10, count(t, conn, "guard_ledger where counts and passed_at is not null"), "they do not count")
}

func TestABatchHoldsOnItsDaysAndForItsKindOnly(t *testing.T) {
	s, conn := open(t)
	tripped(t, s, conn)
	person := newcomer(t, s, "WD-1")
	batch := announce(t, s, lifecycle.BatchIntake, "WD-1")
	_, err := s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "carl"})
	require.NoError(t, err)
	require.NotNil(t, guarded(t, s, person, nil), "an intake exempts no leaver")

	layoff := announce(t, s, lifecycle.BatchLayoff, "WD-1")
	_, err = s.ConfirmBatch(t.Context(), layoff.ID, store.Decision{Actor: "carl"})
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `update guard_batches set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'`)
	require.NoError(t, err)
	require.NotNil(t, guarded(t, s, person, nil), "tomorrow's")
}

// Two HR systems may give the same id to two people.
func TestABatchExemptsNobodyOfAnotherNamespace(t *testing.T) {
	s, conn := open(t)
	tripped(t, s, conn)
	announced := newcomer(t, s, "WD-1")
	namesake := crowd(t, conn, "N", 1, lifecycle.Active)[0]
	_, err := conn.Exec(t.Context(), `insert into person_ids (namespace, external_id, person_id) values ('acme', 'WD-1', $1)`, namesake)
	require.NoError(t, err)
	require.NotNil(t, guarded(t, s, namesake, nil))
	batch := announce(t, s, lifecycle.BatchLayoff, "WD-1")
	require.Equal(t, "workday", batch.Namespace)
	rung := func() int { return count(t, conn, "rings where person_id = '"+namesake+"'") }
	before := rung()
	_, err = s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "carl"})
	require.NoError(t, err)
	require.Nil(t, guarded(t, s, announced, nil))
	require.NotNil(t, guarded(t, s, namesake, nil), "somebody else's id in another HR system")
	require.Equal(t, before, rung())
}

func TestTheDeletionOfWhoWasAnnouncedIsNotAskedAboutAgain(t *testing.T) {
	s, conn := open(t)
	people := crowd(t, conn, "P", 12, lifecycle.Deactivated)
	deletion := func(r *store.GuardRequest) { r.Kind = lifecycle.GuardDeletion }
	for _, person := range people[:10] {
		require.Nil(t, guarded(t, s, person, deletion))
	}
	require.NotNil(t, guarded(t, s, people[10], deletion))
	person := newcomer(t, s, "WD-1")
	batch := announce(t, s, lifecycle.BatchLayoff, "WD-1")
	_, err := s.ConfirmBatch(t.Context(), batch.ID, store.Decision{Actor: "carl"})
	require.NoError(t, err)
	require.Nil(t, guarded(t, s, person, nil))
	_, err = conn.Exec(t.Context(), `update guard_batches set starts_at = starts_at - interval '40 days', ends_at = ends_at - interval '40 days'`)
	require.NoError(t, err)
	require.Nil(t, guarded(t, s, person, deletion), "a month later")
}

func TestPeopleOfABatchAreListed(t *testing.T) {
	s, _ := open(t)
	batch := announce(t, s, lifecycle.BatchIntake, "B", "A")
	announce(t, s, lifecycle.BatchLayoff, "C")
	people, err := s.BatchPeople(t.Context(), batch.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"A", "B"}, people)
	intakes, _, err := s.Batches(t.Context(), []lifecycle.BatchKind{lifecycle.BatchIntake}, "", 0)
	require.NoError(t, err)
	require.Equal(t, []store.Batch{batch}, intakes)
}
