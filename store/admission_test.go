package store

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

func event(id, key, digest string) Incoming {
	return Incoming{EventID: id, ExternalUserID: "WD-1", Namespace: "workday", ProcessingKey: key, Digest: digest}
}

func TestRule(t *testing.T) {
	first := knownEvent{EventID: "evt_1", ProcessingKey: "key", Digest: "digest", PersonID: "WD-1"}
	stored := known{
		byID:      map[string]knownEvent{"evt_1": first},
		byContent: map[content]knownEvent{{"key", "digest"}: first},
	}
	people := map[externalKey]string{{"workday", "WD-1"}: "WD-1"}
	rejected := event("evt_9", "", "")
	rejected.Rejection = &Rejection{Reason: "unknown zone"}
	for name, c := range map[string]struct {
		have  known
		batch []Incoming
		want  []Admission // of the batch, "" where no row is written
		last  Verdict     // of its last event
	}{
		"a first event": {
			batch: []Incoming{event("evt_1", "key", "digest")}, want: []Admission{AdmissionAccepted},
			last: Verdict{EventID: "evt_1", ProcessingKey: "key", PersonID: "WD-1", Status: VerdictAccepted},
		},
		"the same again": {
			have: stored, batch: []Incoming{event("evt_1", "key", "digest")}, want: []Admission{""},
			last: Verdict{EventID: "evt_1", ProcessingKey: "key", PersonID: "WD-1", Status: VerdictDuplicate, Reason: "this event came before"},
		},
		"the same content under another id": {
			have: stored, batch: []Incoming{event("evt_2", "key", "digest")}, want: []Admission{AdmissionDuplicate},
			last: Verdict{
				EventID: "evt_2", ProcessingKey: "key", PersonID: "WD-1", Status: VerdictDuplicate,
				Reason: "same person, time, type and content as evt_1",
			},
		},
		"other content under a used id": {
			have: stored, batch: []Incoming{event("evt_1", "key", "other")}, want: []Admission{AdmissionRejected},
			last: Verdict{
				EventID: "evt_1", ProcessingKey: "key", Status: VerdictRejected, Conflict: true,
				Reason: "event_id evt_1 was used before for other content; what came first stands",
			},
		},
		"same key, other content, other id": {
			have: stored, batch: []Incoming{event("evt_2", "key", "other")}, want: []Admission{AdmissionAccepted},
			last: Verdict{EventID: "evt_2", ProcessingKey: "key", PersonID: "WD-1", Status: VerdictAccepted},
		},
		"refused before it got here": {
			have: stored, batch: []Incoming{rejected}, want: []Admission{AdmissionRejected},
			last: Verdict{EventID: "evt_9", Status: VerdictRejected, Reason: "unknown zone"},
		},
		"a refused event does not use up its id": {
			batch: []Incoming{rejected, event("evt_9", "key", "digest")}, want: []Admission{AdmissionRejected, AdmissionAccepted},
			last: Verdict{EventID: "evt_9", ProcessingKey: "key", PersonID: "WD-1", Status: VerdictAccepted},
		},
		"a duplicate's id is used up too": {
			have: stored, batch: []Incoming{event("evt_2", "key", "digest"), event("evt_2", "key", "other")},
			want: []Admission{AdmissionDuplicate, AdmissionRejected},
			last: Verdict{
				EventID: "evt_2", ProcessingKey: "key", Status: VerdictRejected, Conflict: true,
				Reason: "event_id evt_2 was used before for other content; what came first stands",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.have.byID == nil {
				c.have = known{byID: map[string]knownEvent{}, byContent: map[content]knownEvent{}}
			}
			size := len(c.have.byID)

			rulings := rule(c.batch, c.have, people)

			var admissions []Admission
			for _, r := range rulings {
				admissions = append(admissions, r.admission)
			}
			require.Equal(t, c.want, admissions)
			require.Equal(t, c.last, rulings[len(rulings)-1].verdict)
			require.Len(t, c.have.byID, size, "what is known is not changed")
		})
	}
}

func TestALeavingIsPendingUntilItsDayIsOverEverywhere(t *testing.T) {
	now := time.Date(2026, 3, 10, 11, 59, 0, 0, time.UTC)
	day := func(d int) *hr.Date { return &hr.Date{Year: 2026, Month: time.March, Day: d} }
	terminated := hr.Optional[hr.Status]{Present: true, Value: hr.StatusTerminated}
	for name, c := range map[string]struct {
		event hr.Event
		want  bool
	}{
		"at once":                     {hr.Event{EventType: hr.UserTerminate}, false},
		"last day ahead":              {leaving(hr.Termination{LastDay: day(20)}), true},
		"last day not over at UTC-12": {leaving(hr.Termination{LastDay: day(9)}), true},
		"last day over":               {leaving(hr.Termination{LastDay: day(8)}), false},
		"last working day ahead":      {leaving(hr.Termination{LastWorkingDay: day(11), LastDay: day(1)}), true},
		"instant ahead":               {hr.Event{EventType: hr.UserTerminate, EffectiveAt: &hr.Moment{Instant: now.Add(time.Minute)}}, true},
		"instant over":                {hr.Event{EventType: hr.UserTerminate, EffectiveAt: &hr.Moment{Instant: now}}, false},
		"date ahead":                  {hr.Event{EventType: hr.UserTerminate, EffectiveAt: &hr.Moment{Date: day(10)}}, true},
		"an update to TERMINATED": {hr.Event{
			EventType: hr.UserUpdate, EffectiveAt: &hr.Moment{Date: day(20)}, Payload: hr.Payload{Status: terminated},
		}, true},
		"a hire ahead": {hr.Event{EventType: hr.UserCreate, EffectiveAt: &hr.Moment{Date: day(20)}}, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, pendingTermination(c.event, now)) })
	}
	require.False(t, pendingTermination(leaving(hr.Termination{LastDay: day(9)}), now.Add(time.Minute)), "over everywhere on earth")
}

func leaving(t hr.Termination) hr.Event {
	return hr.Event{EventType: hr.UserTerminate, Payload: hr.Payload{Termination: &t}}
}

func TestTextOfARefusedDocumentIsMadeFitToStore(t *testing.T) {
	require.Equal(t, "a�b�", storable("a\x00b\xff"))
	long := storable("x" + strings.Repeat("é", 200))
	require.LessOrEqual(t, len(long), longestText)
	require.Equal(t, "x"+strings.Repeat("é", 149), long, "no character is cut in two")
}
