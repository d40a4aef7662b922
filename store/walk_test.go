package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

// walkAll walks with a page size and returns everybody, and how many came at a time.
func walkAll(t testing.TB, s *store.Store, page int) (people []store.Person, pages []int) {
	t.Helper()
	require.NoError(t, s.WalkPeople(t.Context(), page, func(found []store.Person) error {
		people, pages = append(people, found...), append(pages, len(found))
		return nil
	}))
	return people, pages
}

func personIDs(people []store.Person) (ids []string) {
	for _, person := range people {
		ids = append(ids, person.PersonID)
	}
	return ids
}

// forAFold is what a loaded person has that a walk promises.
func forAFold(person store.Person) store.Person {
	return store.Person{
		PersonID: person.PersonID, ExternalIDs: person.ExternalIDs, Agent: person.Agent, Events: person.Events, Override: person.Override,
	}
}

// village is a store with people in every situation that a fold distinguishes.
func village(t *testing.T) *store.Store {
	t.Helper()
	s, _ := open(t)
	for _, id := range []string{"WD-1", "WD-2", "WD-3", "WD-4", "WD-5", "C-7"} {
		newcomer(t, s, id)
	}
	again := update("evt_more_2", "WD-1", map[string]any{"department_code": "SALES"})
	repeated := again
	repeated.id = "evt_more_again"
	ingest(t, s, update("evt_more_1", "WD-1", map[string]any{"skill_codes": []string{"B", "A"}, "job_title_code": nil}), again)
	ingest(t, s, repeated)
	leave := wish{id: "evt_leave", person: "WD-2", kind: "USER_TERMINATE", at: "2026-03-03T10:00:00Z"}
	ingest(t, s, leave)
	withPerson(t, s, "WD-2", func(p *store.PersonTx) error {
		return p.Settle("evt_leave", lifecycle.Applied, "", "termination/WD-2/1")
	})
	override(t, s, "WD-2", reversal(1, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), "evt_leave"))
	closed := override(t, s, "WD-3", reversal(1, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), "evt_other"))
	withPerson(t, s, "WD-3", func(p *store.PersonTx) error { return p.CloseOverride(closed.ID, "HR agrees", time.Now()) })
	withAccount(t, s, "WD-4", "account-4", lifecycle.Active)
	joinPersons(t, s, "WD-5", "C-7")
	return s
}

func TestAWalkShowsEverybodyAsALoadDoes(t *testing.T) {
	s := village(t)

	people, _ := walkAll(t, s, 2)

	require.Equal(t, []string{"WD-1", "WD-2", "WD-3", "WD-4", "WD-5"}, personIDs(people), "who was joined into another is that other one")
	for _, person := range people {
		require.Equal(t, forAFold(load(t, s, person.PersonID)), person)
	}
	require.NotNil(t, people[1].Override)
	require.Nil(t, people[2].Override)
	require.Len(t, people[4].ExternalIDs, 2)
	require.Equal(t, []string{"evt_more_again"}, people[0].Events[len(people[0].Events)-1].AlsoSentAs)
}

func TestTheSizeOfAPageChangesNobody(t *testing.T) {
	s := village(t)
	want, pages := walkAll(t, s, 0)
	require.Equal(t, []int{5}, pages)
	for page, expected := range map[int][]int{1: {1, 1, 1, 1, 1}, 2: {2, 2, 1}, 5: {5}, 6: {5}} {
		people, pages := walkAll(t, s, page)
		require.Equal(t, want, people)
		require.Equal(t, expected, pages)
	}
}

func TestAWalkThroughAnEmptyStoreVisitsNobody(t *testing.T) {
	s, _ := open(t)
	people, pages := walkAll(t, s, 10)
	require.Empty(t, people)
	require.Empty(t, pages)
}

func TestAWalkSeesOneMoment(t *testing.T) {
	s := village(t)
	var people []store.Person
	require.NoError(t, s.WalkPeople(t.Context(), 1, func(found []store.Person) error {
		if len(people) == 0 {
			newcomer(t, s, "WD-9")
			ingest(t, s, update("evt_during", "WD-4", map[string]any{"department_code": "LATE"}))
		}
		people = append(people, found...)
		return nil
	}))
	require.NotContains(t, personIDs(people), "WD-9")
	for _, event := range people[3].Events {
		require.NotEqual(t, "evt_during", event.Event.EventID)
	}
}

func TestAWalkEndsWhereItsVisitorFails(t *testing.T) {
	s := village(t)
	enough := errors.New("enough")
	visits := 0
	err := s.WalkPeople(t.Context(), 1, func([]store.Person) error {
		visits++
		if visits == 2 {
			return enough
		}
		return nil
	})
	require.Equal(t, enough, err)
	require.Equal(t, 2, visits)
	require.Panics(t, func() {
		_ = s.WalkPeople(t.Context(), 1, func([]store.Person) error { panic("the visitor's") })
	})
	people, _ := walkAll(t, s, 2)
	require.Len(t, people, 5, "the store is as usable as before")
}

func TestPeopleAreReadByIDInTheOrderAskedFor(t *testing.T) {
	s := village(t)
	asked := []string{"WD-4", "nobody", "WD-1", "C-7", "WD-4"}

	people, err := s.PeopleByID(t.Context(), asked)

	require.NoError(t, err)
	require.Equal(t, []string{"WD-4", "WD-1"}, personIDs(people))
	for _, person := range people {
		require.Equal(t, forAFold(load(t, s, person.PersonID)), person)
	}
	none, err := s.PeopleByID(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestAnEventThatCannotBeReadEndsTheWalk(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	_, err := conn.Exec(t.Context(), `alter table hr_events disable trigger all`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `update hr_events set canonical = '{"colour": "red"}'`)
	require.NoError(t, err)
	err = s.WalkPeople(t.Context(), 1, func([]store.Person) error { return nil })
	require.ErrorContains(t, err, "evt_create_WD-1")
	require.ErrorContains(t, err, "canonical")
}
