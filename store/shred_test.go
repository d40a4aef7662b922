package store_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/lifecycle"
	"muster/store"
	"muster/testenv"
)

// personal is an update that says all the personal things an event can say, and codes beside them.
func personal(id, person string) wish {
	return update(id, person, map[string]any{
		"email": "secretaria@enterprise.test", "first_name": "Secretaria", "last_name": "Secretova", "phone_extension": "77001122",
		"manager_external_id": "WD-SECRET-BOSS", "department_code": "SUPP_L2", "job_title_code": "AGENT", "skill_codes": []string{"LANG_ES"},
		"timezone": "Europe/Madrid",
	})
}

// secrets are what must be found nowhere after an erasure.
func secrets() []string {
	return []string{"secretaria", "Secretaria", "Secretova", "77001122", "SECRET-BOSS", "WD-1@enterprise.test"}
}

// shred erases somebody all of whose events have been carried out.
func shred(t testing.TB, s *store.Store, person string) {
	t.Helper()
	carriedOut(t, s, person)
	withPerson(t, s, person, func(p *store.PersonTx) error { return p.Shred(deactivated) })
}

func carriedOut(t testing.TB, s *store.Store, person string) {
	t.Helper()
	events := load(t, s, person).Events
	withPerson(t, s, person, func(p *store.PersonTx) error {
		for _, e := range events {
			if err := p.Settle(e.Event.EventID, lifecycle.Applied, "", ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// places are the tables where a text is found, bytes read as text.
func places(t testing.TB, conn *pgx.Conn, text string) (found []string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	for _, table := range tables {
		whole := pgx.Identifier{table}.Sanitize() + " t where strpos(t::text, $1) > 0 or strpos(t::text, encode($1::bytea, 'hex')) > 0"
		if count(t, conn, whole, text) > 0 {
			found = append(found, table)
		}
	}
	return found
}

func TestNothingPersonalIsLeftOfWhoWasErased(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	ingest(t, s, personal("evt_2", "WD-1"))
	// The same under another id, other content under the same id, and what cannot be taken at all.
	ingest(t, s, personal("evt_3", "WD-1"))
	changed := personal("evt_2", "WD-1")
	changed.payload["last_name"] = "Secretovna Secretova"
	ingest(t, s, changed)
	refused := incoming(t, personal("evt_4", "WD-1"))
	refused.Event, refused.Canonical, refused.Rejection = nil, nil, &store.Rejection{
		Reason: "the event is not valid", Problems: []hr.Problem{{Field: "payload.manager_external_id", Found: `"WD-SECRET-BOSS"`, Expected: "an id"}},
	}
	_, err := s.Ingest(t.Context(), []store.Incoming{refused}, false)
	require.NoError(t, err)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.OpenReview(store.Review{
			Kind: lifecycle.ReviewPlatformRefusal, Question: "The platform says: secretaria@enterprise.test is taken.", Detail: []byte(`{"message":"secretaria@enterprise.test is taken"}`),
		})
		return err
	})
	for _, secret := range secrets() {
		require.NotEmpty(t, places(t, conn, secret), "the test has to look for what is there: %s", secret)
	}

	shred(t, s, "WD-1")

	for _, secret := range secrets() {
		require.Empty(t, places(t, conn, secret), secret)
	}
	require.Equal(t, &deactivated, load(t, s, "WD-1").Agent.ErasedAt)
	view, err := s.Agent(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Empty(t, view.Email+view.FirstName+view.LastName)
}

func TestOthersAreLeftAsTheyAreByAnErasure(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	ingest(t, s, personal("evt_2", "WD-2"))
	refused := incoming(t, personal("evt_3", "WD-2"))
	refused.Rejection = &store.Rejection{Reason: "the event is not valid"}
	_, err := s.Ingest(t.Context(), []store.Incoming{refused}, false)
	require.NoError(t, err)
	before := load(t, s, "WD-2")
	events, err := s.PersonEvents(t.Context(), "WD-2")
	require.NoError(t, err)

	shred(t, s, "WD-1")

	require.Equal(t, before, load(t, s, "WD-2"))
	after, err := s.PersonEvents(t.Context(), "WD-2")
	require.NoError(t, err)
	require.Equal(t, events, after)
	require.Equal(t, 1, count(t, conn, "hr_events where admission = 'rejected' and raw is not null"))
}

func TestAnErasedEventIsStillKnownWhenItComesAgain(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	ingest(t, s, personal("evt_2", "WD-1"))
	shred(t, s, "WD-1")

	again := ingest(t, s, personal("evt_2", "WD-1"), personal("evt_under_another_id", "WD-1"))

	require.Equal(t, store.VerdictDuplicate, again[0].Status)
	require.Equal(t, store.VerdictDuplicate, again[1].Status)
	require.Equal(t, 1, count(t, conn, "persons where person_id = 'WD-1' and email is null and last_name is null"))
}

func TestTheAuditChainStillVerifiesAfterAnErasure(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	hold(t, s, "WD-1", "M-1")
	require.NoError(t, release(s, "WD-1", "M-1"))
	_, err := s.SealAudit(t.Context())
	require.NoError(t, err)
	before, err := s.VerifyAudit(t.Context(), "")
	require.NoError(t, err)

	shred(t, s, "WD-1")

	after, err := s.VerifyAudit(t.Context(), before.HeadHash)
	require.NoError(t, err)
	require.True(t, after.Intact, after.Reason)
	require.Equal(t, before, func() store.AuditVerdict { after.ExpectedAt = 0; return after }())
}

func TestNothingIsErasedUnderHold(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	hold(t, s, "WD-1", "M-1")
	hold(t, s, "WD-1", "M-2")
	require.NoError(t, release(s, "WD-1", "M-1"))

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error { return p.Shred(deactivated) })

	require.ErrorIs(t, err, store.ErrHeld)
	require.Equal(t, 1, count(t, conn, "persons where email is not null"))
	require.Nil(t, load(t, s, "WD-1").Agent.ErasedAt)

	require.NoError(t, release(s, "WD-1", "M-2"))
	shred(t, s, "WD-1")
	require.Zero(t, count(t, conn, "persons where email is not null"))
}

// What is received while the erasure waits is on the person's row after it.
func TestAnErasureWaitsForEventsThatAreBeingReceived(t *testing.T) {
	url := testenv.Database(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	newcomer(t, s, "WD-1")
	carriedOut(t, s, "WD-1")
	receiving, err := conn.Begin(t.Context())
	require.NoError(t, err)
	for _, statement := range []string{ // what ingest does first, and then
		`update person_ids set last_seen_at = now() where external_id = 'WD-1'`,
		`insert into hr_events (event_id, source_system, namespace, external_user_id, person_id, event_type, timestamp_utc, canonical, digest, processing_key, admission)
		 select 'evt_late', source_system, namespace, external_user_id, person_id, event_type, timestamp_utc,
		        jsonb_set(canonical, '{payload,last_name}', '"Secretova"'), 'd', 'k', admission from hr_events`,
	} {
		_, err = receiving.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	shredded := make(chan error, 1)
	go func() {
		shredded <- s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error { return p.Shred(deactivated) })
	}()
	waiting(t, url)
	require.NoError(t, receiving.Commit(t.Context()))

	require.NoError(t, <-shredded)

	require.Equal(t, 2, count(t, conn, "hr_events"))
	require.Equal(t, 1, count(t, conn, "persons where last_name = 'Secretova'"), "it is seen by the erasure, which it comes after")
}

// A hire that comes while the platform erases what was before it is not what the erasure is about.
func TestAHireThatWaitsForTheErasureKeepsWhatItSays(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	ingest(t, s, personal("evt_2", "WD-1"))
	carriedOut(t, s, "WD-1")
	back := create("evt_back", "WD-1")
	back.at, back.payload["last_name"] = "2026-06-01T08:00:00Z", "Doe-Miller"
	ingest(t, s, back)
	var question store.Review
	withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
		question, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewIdentity, Question: "Is Doe-Miller the same?", EventID: "evt_back"})
		return err
	})

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.Shred(deactivated) })

	for _, secret := range secrets()[:5] { // the last one is what the hire says, too
		require.Empty(t, places(t, conn, secret), secret)
	}
	event, err := s.Event(t.Context(), "evt_back")
	require.NoError(t, err)
	require.Equal(t, "Doe-Miller", event.Event.Payload.LastName.Value)
	view, err := s.Agent(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, "WD-1@enterprise.test Jane Doe-Miller", view.Email+" "+view.FirstName+" "+view.LastName)
	require.Equal(t, 1, count(t, conn, "reviews where question like '%Doe-Miller%' and id = '"+question.ID+"'"))

	// Once it has been carried out, it is as any other.
	shred(t, s, "WD-1")
	require.Empty(t, places(t, conn, "Doe-Miller"))
}

func TestErasingTwiceChangesNothingMore(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	ingest(t, s, personal("evt_2", "WD-1"))
	shred(t, s, "WD-1")
	once, err := s.PersonEvents(t.Context(), "WD-1")
	require.NoError(t, err)

	shred(t, s, "WD-1")

	twice, err := s.PersonEvents(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, once, twice)
}

// The fold of what is left is the fold of before without the person in it. How the events stand may differ: one that said
// nothing else has nothing to lose to others any more.
func TestTheFoldWorksAfterAnErasure(t *testing.T) {
	s, _ := open(t)
	said := map[string][]any{
		"email": {"secretaria@enterprise.test"}, "first_name": {"Secretaria"}, "last_name": {"Secretova"}, "phone_extension": {"7700", nil},
		"manager_external_id": {"WD-BOSS", nil}, "department_code": {"SUPP_L1", "SUPP_L2", nil}, "skill_codes": {[]string{"A"}, []string{}, nil},
		"timezone": {"Europe/Madrid", "UTC"}, "leave_until": {"2026-05-01", nil},
	}
	lives := 0
	rapid.Check(t, func(r *rapid.T) {
		lives++
		person := "WD-" + number(lives)
		newcomer(t, s, person)
		for n := range rapid.IntRange(1, 5).Draw(r, "events") {
			w := wish{
				id: "evt_" + person + number(n), person: person, at: time.Date(2026, 3, 3+n, 10, 0, 0, 0, time.UTC).Format(time.RFC3339),
				kind: rapid.SampledFrom([]string{"USER_UPDATE", "USER_UPDATE", "USER_TERMINATE"}).Draw(r, "type"), payload: map[string]any{},
			}
			for _, field := range slices.Sorted(maps.Keys(said)) {
				if rapid.Bool().Draw(r, field+" said") {
					w.payload[field] = rapid.SampledFrom(said[field]).Draw(r, field)
				}
			}
			if w.kind == "USER_TERMINATE" {
				w.payload["termination"] = map[string]any{"reason": "INVOLUNTARY", "last_day": "2026-03-20"}
			}
			ingest(t, s, w)
		}
		at := time.Date(2026, 3, rapid.IntRange(2, 25).Draw(r, "day"), 12, 0, 0, 0, time.UTC)
		before := foldOf(load(t, s, person), at)

		shred(t, s, person)

		require.Equal(r, impersonal(before), foldOf(load(t, s, person), at))
	})
}

func foldOf(person store.Person, at time.Time) hr.Picture {
	accepted := make([]hr.Accepted, 0, len(person.Events))
	for _, e := range person.Events {
		accepted = append(accepted, e.Accepted)
	}
	picture := hr.Fold(accepted, at, hr.Zones{})
	picture.Events = nil
	return picture
}

// impersonal is a picture without what an erasure takes.
func impersonal(p hr.Picture) hr.Picture {
	for _, state := range []*hr.State{&p.State, &p.Ahead} {
		state.Email, state.FirstName, state.LastName, state.PhoneExtension, state.ManagerExternalID = "", "", "", "", ""
		var cleared []string
		for _, field := range state.Cleared {
			if field != "phone_extension" && field != "manager_external_id" {
				cleared = append(cleared, field)
			}
		}
		state.Cleared = cleared
	}
	return p
}

func TestAPersonWhoReturnsAfterAnErasureIsDescribedAgain(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	shred(t, s, "WD-1")
	back := create("evt_back", "WD-1")
	back.at = "2026-06-01T08:00:00Z"
	ingest(t, s, back)

	view, err := s.Agent(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, "Jane", view.FirstName)
	require.Equal(t, lifecycle.Unknown, view.State)
	require.NotNil(t, view.ErasedAt, "when it was last")
}
