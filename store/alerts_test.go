package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// alerts are those of a state, in the order of the inbox.
func alerts(t testing.TB, s *store.Store, state string) []store.Alert {
	t.Helper()
	found, next, err := s.Alerts(t.Context(), store.AlertFilter{State: state, Limit: 500})
	require.NoError(t, err)
	require.Empty(t, next)
	return found
}

func kinds(alerts []store.Alert) []store.AlertKind {
	found := []store.AlertKind{}
	for _, alert := range alerts {
		found = append(found, alert.Kind)
	}
	return found
}

func raise(t testing.TB, s *store.Store, a store.Alert) {
	t.Helper()
	if a.Text == "" {
		a.Text = "Something is wrong."
	}
	require.NoError(t, s.RaiseAlert(t.Context(), a))
}

func TestAnAlertRaisedAgainWhileItIsOpenChangesNothing(t *testing.T) {
	s, _ := open(t)
	raise(t, s, store.Alert{Kind: store.AlertRungInVain, SubjectID: "relay", Severity: store.SeverityCritical, Text: "First."})
	first := alerts(t, s, store.AlertOpen)
	raise(t, s, store.Alert{Kind: store.AlertRungInVain, SubjectID: "relay", Severity: store.SeverityInfo, Text: "Second."})

	require.Equal(t, first, alerts(t, s, store.AlertOpen))
}

func TestAnAlertRaisedAfterItWasClosedIsANewOne(t *testing.T) {
	s, _ := open(t)
	raise(t, s, store.Alert{Kind: store.AlertRungInVain, DedupeKey: "relay"})
	first := alerts(t, s, store.AlertOpen)[0]
	require.NoError(t, s.CloseAlert(t.Context(), "relay", "it answers"))
	require.NoError(t, s.CloseAlert(t.Context(), "relay", "a second time"))
	raise(t, s, store.Alert{Kind: store.AlertRungInVain, DedupeKey: "relay"})

	closed := alerts(t, s, store.AlertClosed)
	require.Len(t, closed, 1)
	require.Equal(t, first.ID, closed[0].ID)
	require.Equal(t, "it answers", closed[0].ClosedWhy)
	require.Equal(t, store.AlertClosed, closed[0].State())
	now := alerts(t, s, store.AlertOpen)
	require.Len(t, now, 1)
	require.NotEqual(t, first.ID, now[0].ID)
}

func TestOfManyWhoRaiseOneAlertAtOnceOneDoes(t *testing.T) {
	s, _ := open(t)
	var raisers sync.WaitGroup
	failed := make(chan error, 16)
	for range 16 {
		raisers.Go(func() {
			failed <- s.RaiseAlert(t.Context(), store.Alert{Kind: store.AlertAccessNotCut, SubjectID: "evt_1", Text: "Not cut."})
		})
	}
	raisers.Wait()
	for range 16 {
		require.NoError(t, <-failed)
	}
	require.Len(t, alerts(t, s, ""), 1)
}

func TestAnAlertOfATransactionThatFailsIsNotRaised(t *testing.T) {
	s, _ := open(t)
	person := newcomer(t, s, "P-1")
	wrong := errors.New("something else went wrong")
	err := s.WithPerson(t.Context(), person, func(_ context.Context, p *store.PersonTx) error {
		require.NoError(t, p.RaiseAlert(store.Alert{Kind: store.AlertAccessNotCut, Text: "Not cut."}))
		return wrong
	})
	require.ErrorIs(t, err, wrong)
	require.Empty(t, alerts(t, s, ""))
}

func TestAnAlertOfAPersonNamesThePerson(t *testing.T) {
	s, _ := open(t)
	person := newcomer(t, s, "P-1")
	withPerson(t, s, person, func(p *store.PersonTx) error {
		return p.RaiseAlert(store.Alert{Kind: store.AlertAccessNotCut, Severity: store.SeverityCritical, Text: "Not cut."})
	})
	raised := alerts(t, s, store.AlertOpen)
	require.Len(t, raised, 1)
	require.Equal(t, person, raised[0].PersonID)
	require.Equal(t, store.AlertKey(store.AlertAccessNotCut, person), raised[0].DedupeKey)

	withPerson(t, s, person, func(p *store.PersonTx) error { return p.CloseAlert(raised[0].DedupeKey, "it is cut") })
	require.Empty(t, alerts(t, s, store.AlertOpen))
}

// What leaves the house must not tell that somebody is to leave: only terminations have defects.
func TestAReviewIsAnAlertWithIdsOnlyUntilItIsDecided(t *testing.T) {
	s, _ := open(t)
	person := newcomer(t, s, "P-1")
	ask := func() (review store.Review) {
		withPerson(t, s, person, func(p *store.PersonTx) (err error) {
			review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewEventDefect, EventID: "evt_leave", Question: "is evt_leave meant?"})
			return err
		})
		return review
	}
	review := ask()
	ask()

	raised := alerts(t, s, store.AlertOpen)
	require.Len(t, raised, 1)
	raised[0].At = time.Time{}
	require.Equal(t, store.Alert{
		ID: raised[0].ID, Kind: store.AlertReviewOpened, Severity: store.SeverityWarning, PersonID: person, SubjectID: review.ID,
		Text: "A review waits for a decision.", DedupeKey: "review_opened:" + review.ID,
	}, raised[0])

	_, err := s.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionRetry, Actor: "otto"})
	require.NoError(t, err)
	require.Empty(t, alerts(t, s, store.AlertOpen))
}

func TestAReviewThatIngestOpensIsAnAlert(t *testing.T) {
	s, _ := open(t)
	leave := wish{id: "evt_leave", person: "P-1", kind: "USER_TERMINATE", top: map[string]any{"colour": "red"}}
	ingest(t, s, create("evt_1", "P-1"), leave)
	require.Equal(t, []store.AlertKind{store.AlertReviewOpened}, kinds(alerts(t, s, store.AlertOpen)))
}

func TestAReviewThatIsResolvedIsNoAlertAnyMore(t *testing.T) {
	s, _ := open(t)
	person := newcomer(t, s, "P-1")
	withPerson(t, s, person, func(p *store.PersonTx) error {
		review, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewUnmapped, Question: "what is SVC_VIP?"})
		require.NoError(t, err)
		return p.ResolveReview(review.ID, store.ActorMuster, "mapping version 2 has the answer")
	})
	require.Empty(t, alerts(t, s, store.AlertOpen))
	require.Len(t, alerts(t, s, store.AlertClosed), 1)
}

func TestAnAlertThatIsNotRaisedAgainLapses(t *testing.T) {
	s, conn := open(t)
	soon := time.Now().Add(time.Minute)
	raise(t, s, store.Alert{Kind: store.AlertSignatureFailures, SubjectID: "192.0.2.1", LapsesAt: &soon})
	raise(t, s, store.Alert{Kind: store.AlertSignatureFailures, SubjectID: "192.0.2.2", LapsesAt: &soon})
	raise(t, s, store.Alert{Kind: store.AlertAccessNotCut, SubjectID: "evt_1"})
	_, err := conn.Exec(t.Context(), `update alerts set lapses_at = now() - interval '1 second' where lapses_at is not null`)
	require.NoError(t, err)
	raise(t, s, store.Alert{Kind: store.AlertSignatureFailures, SubjectID: "192.0.2.2", LapsesAt: &soon})

	require.NoError(t, s.CloseLapsedAlerts(t.Context()))

	closed := alerts(t, s, store.AlertClosed)
	require.Len(t, closed, 1)
	require.Equal(t, "192.0.2.1", closed[0].SubjectID)
}

func TestTheInboxHasTheCriticalFirstThenTheNewestPageByPage(t *testing.T) {
	s, _ := open(t)
	for i, severity := range []store.Severity{
		store.SeverityInfo, store.SeverityCritical, store.SeverityWarning, store.SeverityCritical, store.SeverityWarning, store.SeverityInfo,
	} {
		raise(t, s, store.Alert{Kind: store.AlertAccessNotCut, SubjectID: number(i), Severity: severity})
	}
	var subjects []string
	for cursor, pages := "", 1; ; pages++ {
		page, next, err := s.Alerts(t.Context(), store.AlertFilter{State: store.AlertOpen, Cursor: cursor, Limit: 2})
		require.NoError(t, err)
		for _, alert := range page {
			subjects = append(subjects, alert.SubjectID)
		}
		if next == "" {
			require.Equal(t, 3, pages)
			break
		}
		cursor = next
	}
	require.Equal(t, []string{"0003", "0001", "0004", "0002", "0005", "0000"}, subjects)

	_, _, err := s.Alerts(t.Context(), store.AlertFilter{Cursor: "bm8"})
	require.ErrorIs(t, err, store.ErrBadCursor)
}

func TestOpenAlertsAreCountedByKindAndSeverity(t *testing.T) {
	s, _ := open(t)
	for i := range 3 {
		raise(t, s, store.Alert{Kind: store.AlertAccessNotCut, SubjectID: number(i), Severity: store.SeverityCritical})
	}
	require.NoError(t, s.CloseAlert(t.Context(), store.AlertKey(store.AlertAccessNotCut, number(0)), "cut"))
	counts, err := s.OpenAlerts(t.Context())
	require.NoError(t, err)
	require.Equal(t, []store.AlertCount{{Kind: store.AlertAccessNotCut, Severity: store.SeverityCritical, Count: 2}}, counts)
}

func TestASourceThatSendsEveryDayAndStopsIsAnAlertUntilItSendsAgain(t *testing.T) {
	s, conn := open(t)
	const silence = 6 * time.Hour
	received := func(id string, ago time.Duration) {
		_, err := conn.Exec(t.Context(), `update hr_events set received_at = now() - make_interval(secs => $2) where event_id = $1`, id, ago.Seconds())
		require.NoError(t, err)
	}
	silent := func() []store.AlertKind {
		require.NoError(t, s.WatchSilence(t.Context(), silence))
		return kinds(alerts(t, s, store.AlertOpen))
	}
	newcomer(t, s, "P-1")
	received("evt_create_P-1", silence+time.Hour)
	require.Empty(t, silent(), "a source that is new has no habit yet")
	for day := 1; day < 7; day++ {
		id := "evt_" + number(day)
		ingest(t, s, update(id, "P-1", map[string]any{"department_code": number(day)}))
		if day == 6 {
			require.Empty(t, silent(), "it has just sent something")
		}
		received(id, silence+time.Hour+time.Duration(day)*24*time.Hour)
	}
	require.Equal(t, []store.AlertKind{store.AlertSourceSilent}, silent())
	require.Equal(t, source, alerts(t, s, store.AlertOpen)[0].SubjectID)
	received("evt_0003", silence+time.Minute)
	require.Equal(t, []store.AlertKind{store.AlertSourceSilent}, silent(), "a window that moves on is no sign of life")

	ingest(t, s, update("evt_back", "P-1", map[string]any{"department_code": "BACK"}))
	require.Empty(t, silent())
}
