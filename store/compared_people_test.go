package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/store"
)

// walked are the people of WalkByAccount with their accounts, in its order.
func walked(t *testing.T, s *store.Store, page int, rosters ...string) (people []store.ComparedPerson) {
	t.Helper()
	require.NoError(t, s.WalkByAccount(t.Context(), rosters, time.Now(), page, func(some []store.ComparedPerson) error {
		people = append(people, some...)
		return nil
	}))
	return people
}

func link(t *testing.T, s *store.Store, personID, accountID string) {
	t.Helper()
	withPerson(t, s, personID, func(p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{Platform: new("genesys"), PlatformUserID: &accountID})
	})
}

func TestPeopleAreWalkedInTheOrderOfTheirAccountsBytes(t *testing.T) {
	s, _ := open(t)
	// The database's own order would put "a-2" before "B-1", and "wd-a" before "WD-B".
	for person, account := range map[string]string{"WD-1": "a-2", "WD-2": "B-1", "WD-3": "_3", "wd-a": "", "WD-B": ""} {
		newcomer(t, s, person)
		if account != "" {
			link(t, s, person, account)
		}
	}
	readRoster(t, s, "r1", rosterLine(t, 1, "WD-1", "ACTIVE", ""), rosterLine(t, 2, "WD-9", "ACTIVE", ""), rosterLine(t, 3, "WD-8", "ACTIVE", ""))
	for _, page := range []int{1, 2, 100} {
		var order []string
		for _, p := range walked(t, s, page, "r1") {
			order = append(order, p.PersonID+"="+p.Agent.PlatformUserID)
		}
		require.Equal(t, []string{"WD-B=", "wd-a=", "workday:WD-8=", "workday:WD-9=", "WD-2=B-1", "WD-3=_3", "WD-1=a-2"}, order, "page %d", page)
		require.True(t, slices.IsSortedFunc(order[:4], func(a, b string) int { return compareBytes(a, b) }))
	}
}

func compareBytes(a, b string) int {
	return slices.Compare([]byte(a), []byte(b))
}

func TestSomebodyIsComparedWithAllThatTheRecordHas(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.OpenReview(store.Review{Kind: "conflict", DedupeKey: "x", Question: "?", Detail: []byte(`{"unjoined":"q-1 q-2"}`)})
		if err != nil {
			return err
		}
		for _, until := range []time.Duration{time.Hour, -time.Hour} {
			if _, err := p.AddException(store.Exception{Part: "skill", Construct: until.String(), Until: time.Now().Add(until), MadeBy: "otto"}); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, s.AddPutBacks(t.Context(), []store.PutBack{{PersonID: "WD-1", Part: "skill", Construct: "s", Reference: "rec_1"}}))
	people := walked(t, s, 10)
	require.Len(t, people, 1)
	p := people[0]
	require.Len(t, p.Reviews, 1)
	require.Len(t, p.Exceptions, 1, "what has ended does not count")
	require.Len(t, p.PutBacks, 1)
	require.Equal(t, []string{"q-1", "q-2"}, p.Unjoined)
	require.NotEmpty(t, p.Events)
	alone, err := s.ComparePerson(t.Context(), "WD-1", nil, time.Now())
	require.NoError(t, err)
	require.Equal(t, p, alone)
}

func TestAWalkEndsWithTheErrorOfItsVisitor(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	enough := errors.New("enough")
	err := s.WalkByAccount(t.Context(), nil, time.Now(), 1, func([]store.ComparedPerson) error { return enough })
	require.Equal(t, enough, err)
}

func TestWhoeverOnlyARosterKnowsIsFoundByTheIDOfTheWalk(t *testing.T) {
	s, _ := open(t)
	readRoster(t, s, "r1", rosterLine(t, 1, "WD-9", "ACTIVE", ""))
	p, err := s.ComparePerson(t.Context(), "workday:WD-9", []string{"r1"}, time.Now())
	require.NoError(t, err)
	require.True(t, p.NeverHeard)
	require.Len(t, p.Lines, 1)
	_, err = s.ComparePerson(t.Context(), "workday:WD-9", nil, time.Now())
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestManagersAreFoundByAnyOfTheirIDs(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-7")
	link(t, s, "WD-7", "acc-7")
	found, err := s.Superiors(context.WithoutCancel(t.Context()), []string{"WD-7", "nobody", ""})
	require.NoError(t, err)
	require.Equal(t, "acc-7", found["WD-7"].AccountID)
	require.Len(t, found, 1)
}
