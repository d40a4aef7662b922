package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/hr/roster"
	"muster/lifecycle"
	"muster/store"
	"muster/testenv"
)

//nolint:gochecknoglobals // a moment is a constant
var asOf = time.Date(2026, 5, 14, 2, 0, 0, 123456789, time.UTC)

func beginRoster(t testing.TB, s *store.Store, id string) store.Roster {
	t.Helper()
	r, err := s.BeginRoster(t.Context(), store.Roster{
		ID: id, Source: "nightly", SourceSystem: source, Namespace: "workday", Key: "roster.csv", ETag: id, AsOf: asOf,
	})
	require.NoError(t, err)
	return r
}

// rosterLine is a line about somebody; fields are JSON members beside the id and the status.
func rosterLine(t testing.TB, number int64, id, status, fields string) roster.Line {
	t.Helper()
	if fields != "" {
		fields = "," + fields
	}
	person, err := hr.DecodeRecord(fmt.Appendf(nil, `{"external_user_id":%q,"status":%q%s}`, id, status, fields), hr.Zones{})
	require.NoError(t, err)
	return roster.Line{Number: number, ExternalUserID: id, Person: person}
}

func refusedLine(number int64, id string) roster.Line {
	return roster.Line{Number: number, ExternalUserID: id, Problems: []hr.Problem{{Field: "email", Found: "Secretova", Expected: "an email"}}}
}

func addLines(t testing.TB, s *store.Store, id string, page int, lines ...roster.Line) {
	t.Helper()
	require.NoError(t, s.AddRosterPage(t.Context(), id, store.RosterPage{Page: page, Next: "more"}, lines))
}

// readRoster begins and ends a roster of one page, and judges it healthy.
func readRoster(t testing.TB, s *store.Store, id string, lines ...roster.Line) (store.Roster, *roster.Figures) {
	t.Helper()
	beginRoster(t, s, id)
	addLines(t, s, id, 1, lines...)
	read, previous := endRoster(t, s, id)
	_, err := s.JudgeRoster(t.Context(), id, roster.Verdict{})
	require.NoError(t, err)
	return read, previous
}

func endRoster(t testing.TB, s *store.Store, id string) (store.Roster, *roster.Figures) {
	t.Helper()
	read, previous, err := s.EndRoster(t.Context(), id, store.RosterEnd{SHA256: "abc"})
	require.NoError(t, err)
	return read, previous
}

func recordsOf(t testing.TB, s *store.Store, id string, limit int) (all []store.RosterRecord) {
	t.Helper()
	var after store.RosterPlace
	for {
		some, err := s.RosterRecords(t.Context(), id, after, limit)
		require.NoError(t, err)
		all = append(all, some...)
		if len(some) < limit {
			return all
		}
		after = some[len(some)-1].Place()
	}
}

func TestARosterIsStreamedInTheOrderOfPersons(t *testing.T) {
	s, conn := open(t)
	for _, person := range []string{"WD-b", "WD-B", "WD-a.2"} {
		_, err := conn.Exec(t.Context(), `insert into persons (person_id, origin_namespace, origin_external_id) values ($1, 'workday', $1)`, "p/"+person)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `insert into person_ids (namespace, external_id, person_id) values ('workday', $1, $2)`, person, "p/"+person)
		require.NoError(t, err)
	}
	beginRoster(t, s, "r-1")
	addLines(t, s, "r-1", 1, rosterLine(t, 1, "WD-b", "ACTIVE", `"email":"b@example.com","phone_extension":null,"last_name":"O\"Ne\\il"`), rosterLine(t, 2, "WD-x", "ACTIVE", ""))
	addLines(t, s, "r-1", 2, rosterLine(t, 3, "WD-a.2", "TERMINATED", ""), rosterLine(t, 4, "WD-c", "ACTIVE", ""))
	// One that Muster comes to know while the roster is read.
	_, err := conn.Exec(t.Context(), `insert into person_ids (namespace, external_id, person_id) values ('workday', 'WD-c', 'p/WD-B')`)
	require.NoError(t, err)
	read, previous := endRoster(t, s, "r-1")

	require.Nil(t, previous)
	require.Equal(t, roster.Figures{AsOf: asOf.Truncate(time.Microsecond), Records: 4, Present: 3}, read.Figures)
	for _, limit := range []int{1, 2, 100} {
		var order []string
		for _, r := range recordsOf(t, s, "r-1", limit) {
			order = append(order, r.PersonID+" "+r.ExternalUserID)
		}
		require.Equal(t, []string{" WD-x", "p/WD-B WD-c", "p/WD-a.2 WD-a.2", "p/WD-b WD-b"}, order)
	}
	person := recordsOf(t, s, "r-1", 100)[3].Person
	require.Equal(t, "b@example.com", person.Email.Value)
	require.Equal(t, `O"Ne\il`, person.LastName.Value)
	require.True(t, person.PhoneExtension.Null)
	require.False(t, person.FirstName.Present)
}

func TestAPageIsRecordedOnce(t *testing.T) {
	s, conn := open(t)
	beginRoster(t, s, "r-1")
	page := store.RosterPage{Page: 1, SHA256: "one", Place: "/1", Next: "/2"}
	lines := []roster.Line{rosterLine(t, 1, "WD-1", "ACTIVE", ""), refusedLine(2, "WD-2")}
	for range 3 {
		require.NoError(t, s.AddRosterPage(t.Context(), "r-1", page, lines))
	}
	require.Equal(t, 1, count(t, conn, "roster_records"))
	require.Equal(t, 1, count(t, conn, "roster_defects"))
	page.Lines = 2
	pages, err := s.RosterPages(t.Context(), "r-1")
	require.NoError(t, err)
	require.Equal(t, []store.RosterPage{page}, pages)

	page.SHA256 = "another"
	require.ErrorIs(t, s.AddRosterPage(t.Context(), "r-1", page, lines), store.ErrRosterChanged)
	endRoster(t, s, "r-1")
	page.SHA256 = "one"
	require.NoError(t, s.AddRosterPage(t.Context(), "r-1", page, lines), "what is here may come again")
	page.Page = 2
	require.ErrorIs(t, s.AddRosterPage(t.Context(), "r-1", page, lines), store.ErrRosterEnded)
	require.ErrorIs(t, s.AddRosterPage(t.Context(), "r-none", page, lines), store.ErrNotFound)
}

func TestARosterThatWasBegunIsGoneOnWith(t *testing.T) {
	s, _ := open(t)
	begun := beginRoster(t, s, "r-1")
	require.Equal(t, begun, beginRoster(t, s, "r-1"))
	_, err := s.BeginRoster(t.Context(), store.Roster{ID: "r-1", Source: "nightly", SourceSystem: source, Namespace: "workday", Key: "other.csv", AsOf: asOf})
	require.ErrorIs(t, err, store.ErrRosterChanged)
}

func TestWhoStandsInARosterTwiceIsTakenOutOfIt(t *testing.T) {
	s, _ := open(t)
	beginRoster(t, s, "r-1")
	addLines(t, s, "r-1", 1, rosterLine(t, 1, "WD-1", "ACTIVE", ""), rosterLine(t, 2, "WD-2", "ACTIVE", ""), rosterLine(t, 3, "WD-3", "ACTIVE", ""), refusedLine(4, "WD-4"), refusedLine(5, ""), refusedLine(6, ""))
	addLines(t, s, "r-1", 2, rosterLine(t, 7, "WD-1", "TERMINATED", ""), rosterLine(t, 8, "wd-2", "ACTIVE", ""), rosterLine(t, 9, "WD-4", "ACTIVE", ""))
	read, _ := endRoster(t, s, "r-1")

	require.Equal(t, int64(1), read.Figures.Records)
	require.Equal(t, int64(8), read.Figures.Refused)
	records := recordsOf(t, s, "r-1", 10)
	require.Len(t, records, 1)
	require.Equal(t, "WD-3", records[0].ExternalUserID)
	defects, err := s.RosterDefects(t.Context(), "r-1", 0, 100)
	require.NoError(t, err)
	found := map[int64]string{}
	for _, d := range defects {
		found[d.Line] = d.ExternalUserID + ": " + d.Problems[0].Found
	}
	require.Equal(t, map[int64]string{
		1: "WD-1: the id more than once, in lines 1, 7", 7: "WD-1: the id more than once, in lines 1, 7",
		2: "WD-2: ids that differ only in case, in lines 2, 8", 8: "wd-2: ids that differ only in case, in lines 2, 8",
		9: "WD-4: the id more than once, in lines 4, 9", 4: "WD-4: Secretova", 5: ": Secretova", 6: ": Secretova",
	}, found)
	some, err := s.RosterDefects(t.Context(), "r-1", 8, 100)
	require.NoError(t, err)
	require.Len(t, some, 1)
}

// A column of the wrong dates ends everybody's employment while every status is ACTIVE.
func TestWhoseLastDayHasPassedIsGoneWhateverTheStatusSays(t *testing.T) {
	s, _ := open(t)
	readRoster(t, s, "r-1", rosterLine(t, 1, "WD-1", "ACTIVE", ""), rosterLine(t, 2, "WD-2", "ACTIVE", `"termination":{"last_day":"2026-05-13","last_working_day":"2026-05-12"}`),
		rosterLine(t, 3, "WD-3", "ACTIVE", ""), rosterLine(t, 4, "WD-4", "ON_LEAVE", `"termination":{"last_day":"2026-05-14"}`))
	second, previous := readRoster(t, s, "r-2", rosterLine(t, 1, "WD-1", "ACTIVE", `"termination":{"last_day":"2026-05-13"}`), rosterLine(t, 2, "WD-2", "ACTIVE", `"termination":{"last_day":"2026-05-13"}`),
		rosterLine(t, 3, "WD-3", "ACTIVE", `"termination":{"last_day":"2026-06-30","last_working_day":"2026-05-13"}`), rosterLine(t, 4, "WD-4", "ON_LEAVE", `"termination":{"last_day":"2026-05-14"}`))
	require.Equal(t, int64(3), previous.Present, "a last day is a day at work")
	require.Equal(t, int64(1), second.Figures.Present)
	require.Equal(t, int64(2), second.Figures.Gone, "WD-2 was gone before")
}

func TestWhoIsGoneIsCountedAgainstTheLastGoodRoster(t *testing.T) {
	s, _ := open(t)
	first, previous := readRoster(t, s, "r-1", rosterLine(t, 1, "WD-1", "ACTIVE", ""), rosterLine(t, 2, "WD-2", "ON_LEAVE", ""), rosterLine(t, 3, "WD-3", "ACTIVE", ""),
		rosterLine(t, 4, "WD-4", "TERMINATED", ""), rosterLine(t, 5, "WD-5", "ACTIVE", ""))
	require.Nil(t, previous)
	// Not a good one: nothing is compared with it.
	beginRoster(t, s, "r-2")
	endRoster(t, s, "r-2")
	_, err := s.JudgeRoster(t.Context(), "r-2", roster.Verdict{Refusals: []roster.Refusal{{Reason: roster.Empty, Found: "no people", Expected: "some"}}})
	require.NoError(t, err)

	third, previous := readRoster(t, s, "r-3", rosterLine(t, 1, "WD-1", "ACTIVE", ""), rosterLine(t, 2, "WD-2", "TERMINATED", ""), refusedLine(3, "WD-3"), rosterLine(t, 4, "WD-6", "ACTIVE", ""))

	require.Equal(t, first.Figures, *previous)
	require.Equal(t, "r-1", third.ComparedWith)
	require.Equal(t, int64(2), third.Figures.Gone, "WD-2 has left and WD-5 is missing; how WD-3 is cannot be told")
	again, before := endRoster(t, s, "r-3")
	require.Equal(t, third.Figures, again.Figures)
	require.Equal(t, first.Figures, *before)
	last, err := s.LastGoodRoster(t.Context(), "nightly")
	require.NoError(t, err)
	require.Equal(t, "r-3", last.ID)
	all, err := s.Rosters(t.Context(), "", 0)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, roster.Empty, all[1].Verdict.Refusals[0].Reason)
}

func TestTheFirstRosterOfASourceIsCountedAgainstWhoIsAtWork(t *testing.T) {
	s, conn := open(t)
	none, previous := readRoster(t, s, "r-0", rosterLine(t, 1, "WD-1", "ACTIVE", ""))
	require.Nil(t, previous)
	require.Zero(t, none.Figures.AtWork, "on day one nobody is at work")
	require.Zero(t, none.Figures.Gone)

	people := crowd(t, conn, "P", 7, lifecycle.Active)
	left := crowd(t, conn, "L", 2, lifecycle.Deactivated)
	known := func(person, namespace, id string) {
		_, err := conn.Exec(t.Context(), `insert into person_ids (namespace, external_id, person_id) values ($1, $2, $3)`, namespace, id, person)
		require.NoError(t, err)
	}
	for i, person := range append(people[:6], left...) {
		known(person, "acme", "AC-"+number(i+1))
	}
	known(people[5], "other", "X-1") // may be at work there
	known(people[6], "other", "X-2")

	first := func(id, source string, lines ...roster.Line) roster.Figures {
		_, err := s.BeginRoster(t.Context(), store.Roster{ID: id, Source: source, SourceSystem: "ACME", Namespace: "acme", Key: id, AsOf: asOf})
		require.NoError(t, err)
		addLines(t, s, id, 1, lines...)
		read, previous := endRoster(t, s, id)
		require.Nil(t, previous)
		_, err = s.JudgeRoster(t.Context(), id, roster.Verdict{Refusals: []roster.Refusal{{Reason: roster.Vanished}}})
		require.NoError(t, err)
		return read.Figures
	}
	figures := first("a-1", "north", rosterLine(t, 1, "AC-0001", "ACTIVE", ""), rosterLine(t, 2, "AC-0002", "TERMINATED", ""), refusedLine(3, "AC-0003"))
	require.Equal(t, int64(5), figures.AtWork)
	require.Equal(t, int64(3), figures.Gone, "AC-0002 has left, AC-0004 and AC-0005 are missing; how AC-0003 is cannot be told")
	figures = first("b-1", "south", rosterLine(t, 1, "AC-0004", "ON_LEAVE", ""))
	require.Equal(t, int64(2), figures.Gone, "AC-0001 and AC-0003 stand in the roster of the other source of the namespace")
	require.Equal(t, figures, func() roster.Figures { again, _ := endRoster(t, s, "b-1"); return again.Figures }())
}

func TestTheFirstVerdictStays(t *testing.T) {
	s, _ := open(t)
	beginRoster(t, s, "r-1")
	_, err := s.JudgeRoster(t.Context(), "r-1", roster.Verdict{})
	require.ErrorIs(t, err, store.ErrNotFound, "it is still being read")
	endRoster(t, s, "r-1")
	refused := roster.Verdict{Refusals: []roster.Refusal{{Reason: roster.Empty, Found: "no people", Expected: "some"}}}
	_, err = s.JudgeRoster(t.Context(), "r-1", refused)
	require.NoError(t, err)
	judged, err := s.JudgeRoster(t.Context(), "r-1", roster.Verdict{})
	require.NoError(t, err)
	require.False(t, judged.Healthy)
	require.Equal(t, refused, judged.Verdict)
}

func TestOldRostersLoseTheirPeopleButTheLastGoodOneKeepsThem(t *testing.T) {
	s, conn := open(t)
	readRoster(t, s, "r-1", rosterLine(t, 1, "WD-1", "ACTIVE", ""), refusedLine(2, "WD-2"))
	readRoster(t, s, "r-2", rosterLine(t, 1, "WD-1", "ACTIVE", ""))
	beginRoster(t, s, "r-3")
	addLines(t, s, "r-3", 1, rosterLine(t, 1, "WD-1", "ACTIVE", ""))
	found, err := s.JudgedRoster(t.Context(), "nightly", "roster.csv", "r-1", "", time.Time{})
	require.NoError(t, err)
	require.Equal(t, "r-1", found.ID)

	none, err := s.CleanRosters(t.Context(), time.Now().Add(-time.Hour), time.Time{})
	require.NoError(t, err)
	require.Zero(t, none)
	cleaned, err := s.CleanRosters(t.Context(), time.Now().Add(time.Hour), time.Time{})
	require.NoError(t, err)

	require.Equal(t, 2, cleaned)
	require.Equal(t, 1, count(t, conn, "roster_records"))
	require.Equal(t, 1, count(t, conn, "roster_records where roster_id = 'r-2'"))
	require.Zero(t, count(t, conn, "roster_defects"))
	require.Equal(t, 3, count(t, conn, "hr_rosters"))
	_, err = s.JudgedRoster(t.Context(), "nightly", "roster.csv", "r-1", "", time.Time{})
	require.ErrorIs(t, err, store.ErrNotFound, "its people are not here any more: it would have to be read again")
	require.ErrorIs(t, s.AddRosterPage(t.Context(), "r-3", store.RosterPage{Page: 2}, nil), store.ErrRosterEnded)
	again, err := s.CleanRosters(t.Context(), time.Now().Add(time.Hour), time.Time{})
	require.NoError(t, err)
	require.Zero(t, again)
}

func TestTheSameContentIsRecognised(t *testing.T) {
	s, _ := open(t)
	readRoster(t, s, "r-1", rosterLine(t, 1, "WD-1", "ACTIVE", ""))
	for name, c := range map[string]struct {
		key, etag, sha string
		at             time.Time
		known          bool
	}{
		"the same version":           {"roster.csv", "r-1", "", asOf, true},
		"the same content":           {"roster.csv", "x", "abc", asOf.Truncate(time.Microsecond), true},
		"the same, told of later":    {"roster.csv", "x", "abc", asOf.Add(time.Hour), false},
		"another version":            {"roster.csv", "x", "", asOf, false},
		"no version and no checksum": {"roster.csv", "", "", asOf, false},
		"another object":             {"other.csv", "r-1", "abc", asOf, false},
	} {
		_, err := s.JudgedRoster(t.Context(), "nightly", c.key, c.etag, c.sha, c.at)
		if c.known {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, store.ErrNotFound, name)
		}
	}
}

func secretLine(t testing.TB, number int64, id string) roster.Line {
	t.Helper()
	return rosterLine(t, number, id, "ACTIVE", `"email":"secretaria@enterprise.test","first_name":"Secretaria","last_name":"Secretova","phone_extension":"77001122",
		"manager_external_id":"WD-SECRET-BOSS","department_code":"SUPP_L2"`)
}

func TestNothingPersonalIsLeftInRostersOfWhoWasErased(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	readRoster(t, s, "r-1", secretLine(t, 1, "WD-1"))
	beginRoster(t, s, "r-2")
	addLines(t, s, "r-2", 1, refusedLine(1, "WD-1"), rosterLine(t, 2, "WD-2", "ACTIVE", `"last_name":"Kept"`))
	for _, secret := range secrets()[:5] {
		require.Contains(t, places(t, conn, secret), "roster_records", "the test has to look for what is there: %s", secret)
	}

	shred(t, s, "WD-1")
	// HR goes on saying it.
	addLines(t, s, "r-2", 2, secretLine(t, 3, "WD-1"))
	addLines(t, s, "r-2", 3, refusedLine(4, "WD-1"))

	for _, secret := range secrets()[:5] {
		require.Empty(t, places(t, conn, secret), secret)
	}
	require.Equal(t, []string{"roster_records"}, places(t, conn, "Kept"))
	left := recordsOf(t, s, "r-1", 10)[0].Person
	require.Equal(t, "SUPP_L2", left.DepartmentCode.Value)
	require.False(t, left.LastName.Present, "nothing is said of it: it is neither cleared nor different")
	require.Equal(t, hr.StatusActive, left.Status.Value)
}

func TestWhoReturnsAfterAnErasureIsInRostersAgain(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	shred(t, s, "WD-1")
	back := create("evt_back", "WD-1")
	back.at = "2026-06-01T08:00:00Z"
	ingest(t, s, back)

	readRoster(t, s, "r-1", secretLine(t, 1, "WD-1"))

	require.Equal(t, "Secretova", recordsOf(t, s, "r-1", 10)[0].Person.LastName.Value)
}

// What a page says of somebody is there for the erasure that comes meanwhile, which waits for it.
func TestAnErasureWaitsForAPageThatIsBeingRecorded(t *testing.T) {
	url := testenv.Database(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	newcomer(t, s, "WD-1")
	carriedOut(t, s, "WD-1")
	beginRoster(t, s, "r-1")
	recording, err := conn.Begin(t.Context())
	require.NoError(t, err)
	for _, statement := range []string{ // what recording a page does first, and last
		`select from person_ids where external_id = 'WD-1' for key share`,
		`insert into roster_records (roster_id, namespace, external_user_id, status, record, page, line)
		 values ('r-1', 'workday', 'WD-1', 'ACTIVE', '{"last_name": "Secretova"}', 1, 1)`,
	} {
		_, err = recording.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	shredded := make(chan error, 1)
	go func() {
		shredded <- s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error { return p.Shred(deactivated) })
	}()
	waiting(t, url)
	require.NoError(t, recording.Commit(t.Context()))
	require.NoError(t, <-shredded)
	require.Empty(t, places(t, conn, "Secretova"))
}

func TestWhatRostersSayOfTheJoinedIsOfTheKept(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	readRoster(t, s, "r-1", rosterLine(t, 1, "WD-1", "ACTIVE", ""), rosterLine(t, 2, "C-7", "TERMINATED", ""))
	beginRoster(t, s, "r-2")
	addLines(t, s, "r-2", 1, refusedLine(1, "C-7"))

	joinPersons(t, s, "WD-1", "C-7")

	for _, r := range recordsOf(t, s, "r-1", 10) {
		require.Equal(t, "WD-1", r.PersonID)
	}
	defects, err := s.RosterDefects(t.Context(), "r-2", 0, 10)
	require.NoError(t, err)
	require.Equal(t, "WD-1", defects[0].PersonID)
}
