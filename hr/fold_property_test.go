package hr_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
)

// anyZones are few, so that histories meet them often.
var anyZones = hr.Zones{
	Organisation:    "America/New_York",
	ByLocation:      map[string]string{"SCL": "America/Santiago"},
	ByDepartment:    map[string]string{"A": "Asia/Tokyo"},
	NightShiftGrace: map[string]time.Duration{"B": 6 * time.Hour},
}

// anyHistory draws some events of one person: few days, few values, and events that name each other, so that they collide.
func anyHistory(t *rapid.T) []hr.Accepted {
	count := rapid.IntRange(1, 9).Draw(t, "events")
	events := make([]hr.Accepted, 0, count)
	for i := range count {
		id := fmt.Sprintf("e%d", i)
		other := fmt.Sprintf("e%d", (i+rapid.IntRange(1, max(1, count-1)).Draw(t, "names"))%count)
		event := told(id, rapid.SampledFrom([]hr.Type{
			hr.UserCreate, hr.UserUpdate, hr.SkillAssign, hr.UserTerminate, hr.EventRescind,
		}).Draw(t, "type"), rapid.IntRange(1, 12).Draw(t, "issued"), anyChange(t, other))
		event.ReceivedAt = event.Event.TimestampUTC.Add(time.Duration(rapid.IntRange(-30, 3000).Draw(t, "received")) * time.Minute)
		events = append(events, event)
	}
	return events
}

func anyChange(t *rapid.T, other string) func(*hr.Event) {
	someDay := func(name string) int { return rapid.IntRange(1, 20).Draw(t, name) }
	return func(e *hr.Event) {
		e.Payload.ExternalUserID = rapid.SampledFrom([]string{"E-1", "E-1", "E-1", "E-2"}).Draw(t, "external id")
		if e.EventType == hr.EventRescind {
			e.RescindsEventID = other
			return
		}
		if rapid.IntRange(0, 4).Draw(t, "replaces") == 0 {
			e.ReplacesEventID = other
		}
		if rapid.IntRange(0, 3).Draw(t, "effective") == 0 {
			effective(someDay("effective at"))(e)
		}
		p := &e.Payload
		p.DepartmentCode = texts(t, "department", true, "A", "B")
		p.PhoneExtension = texts(t, "extension", true, "1", "2")
		p.LocationCode = texts(t, "location", true, "SCL", "MAD")
		p.Timezone = texts(t, "zone", true, "Europe/Madrid", "Africa/Cairo")
		switch e.EventType {
		case hr.UserTerminate:
			p.Termination = rapid.SampledFrom([]*hr.Termination{nil, {}, {Reason: hr.Involuntary}}).Draw(t, "termination")
			if p.Termination != nil && rapid.Bool().Draw(t, "dated") {
				date := dateOn(someDay("last day"))
				p.Termination = &hr.Termination{Reason: p.Termination.Reason, LastDay: &date}
			}
			return
		case hr.SkillAssign:
			p.SkillMode = rapid.SampledFrom([]hr.SkillMode{"", hr.SkillRemove, hr.SkillReplace}).Draw(t, "mode")
			p.SkillCodes = given(rapid.SampledFrom([][]string{{"X"}, {"Y"}, {"X", "Y"}}).Draw(t, "codes"))
		case hr.UserCreate, hr.UserUpdate:
			if rapid.Bool().Draw(t, "hire date given") {
				hireDate(someDay("hire date"))(e)
			}
		}
		p.Status = rapid.SampledFrom([]hr.Optional[hr.Status]{{}, given(hr.StatusActive), given(hr.StatusOnLeave)}).Draw(t, "status")
	}
}

func anyInstant(t *rapid.T) time.Time {
	return on(1).Add(time.Duration(rapid.IntRange(0, 25*24).Draw(t, "hour")) * time.Hour)
}

func TestTheFoldDependsOnTheSetOfEventsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		want := hr.Fold(events, at, anyZones)

		delivered := slices.Clone(events)
		for _, e := range events {
			for range rapid.IntRange(0, 2).Draw(t, "repeats") {
				e.ReceivedAt = e.ReceivedAt.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "later")) * time.Hour)
				delivered = append(delivered, e)
			}
		}
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		shuffle.Shuffle(len(delivered), func(i, j int) { delivered[i], delivered[j] = delivered[j], delivered[i] })
		require.Equal(t, want, hr.Fold(delivered, at, anyZones))
	})
}

func TestTheFoldLeavesItsArgumentsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		var before []string
		for _, e := range events {
			before = append(before, string(hr.Canonical(e.Event)))
		}
		picture := hr.Fold(events, at, anyZones)
		if len(picture.State.SkillCodes) > 0 {
			picture.State.SkillCodes[0] = "changed"
		}
		for i, e := range events {
			require.Equal(t, before[i], string(hr.Canonical(e.Event)))
		}
	})
}

func TestEveryEventHasOneStanding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		picture := hr.Fold(events, at, anyZones)
		require.Len(t, picture.Events, len(events))
		seen := map[string]bool{}
		pending := false
		for _, s := range picture.Events {
			require.False(t, seen[s.EventID])
			seen[s.EventID] = true
			require.Contains(t, []hr.Standing{hr.Contributes, hr.Future, hr.Superseded, hr.Rescinded, hr.Unmatched}, s.Standing)
			if s.Standing == hr.Future {
				require.True(t, s.Effective.After(at))
				require.False(t, picture.Next.IsZero())
				require.False(t, picture.Next.After(s.Effective))
				pending = true
			} else {
				require.False(t, pending, "future ones are last")
			}
		}
	})
}

func TestNothingChangesBeforeNextAndAheadIsWhatComesThen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		picture := hr.Fold(events, at, anyZones)
		if picture.Next.IsZero() {
			require.Equal(t, hr.State{}, picture.Ahead)
			later := hr.Fold(events, at.AddDate(10, 0, 0), anyZones)
			require.Equal(t, picture.State, later.State)
			require.Equal(t, picture.Events, later.Events)
			return
		}
		require.True(t, picture.Next.After(at))
		justBefore := hr.Fold(events, picture.Next.Add(-1), anyZones)
		require.Equal(t, picture.State, justBefore.State)
		require.Equal(t, picture.Events, justBefore.Events)
		require.Equal(t, picture.Next, justBefore.Next)
		require.Equal(t, picture.Ahead, hr.Fold(events, picture.Next, anyZones).State)
	})
}

func TestInstantsDoNotDependOnWhenTheyAreAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := anyHistory(t)
		effects := func(at time.Time) map[string]time.Time {
			found := map[string]time.Time{}
			for _, s := range hr.Fold(events, at, anyZones).Events {
				found[s.EventID] = s.Effective
			}
			return found
		}
		require.Equal(t, effects(anyInstant(t)), effects(anyInstant(t)))
	})
}

func named(events []hr.Accepted, id string) hr.Accepted {
	return events[slices.IndexFunc(events, func(e hr.Accepted) bool { return e.Event.EventID == id })]
}

// A hire is the exception: one that had begun leaves a trace (TestARescindedHireThatHadBegunIsALeaver).
func TestARescindAndItsTargetAreAsIfNeitherHadCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		target := told("target", rapid.SampledFrom([]hr.Type{hr.UserUpdate, hr.SkillAssign, hr.UserTerminate}).Draw(t, "target"),
			rapid.IntRange(1, 12).Draw(t, "target issued"), anyChange(t, ""))
		target.Event.ReplacesEventID = ""
		rescind := told("rescind", hr.EventRescind, rapid.IntRange(1, 12).Draw(t, "rescind issued"), rescinds("target"),
			externalID(target.Event.Payload.ExternalUserID))

		got := hr.Fold(append(slices.Clone(events), target, rescind), at, anyZones)
		want := hr.Fold(events, at, anyZones)
		require.Equal(t, want.State, got.State)
		require.Equal(t, want.Next, got.Next)
		require.Equal(t, want.Ahead, got.Ahead)
		requireSame(t, want, got)
	})
}

func TestAHireRescindedBeforeItBeganAndItsRescindAreAsIfNeitherHadCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// All else was issued before the hire: an update issued after it would not employ (TestAHireRescindedBeforeItBeganNeverWas).
		events, at := anyHistory(t), anyInstant(t)
		target := told("target", hr.UserCreate, 13, anyChange(t, ""), hireDate(rapid.IntRange(16, 20).Draw(t, "start")))
		target.Event.ReplacesEventID, target.Event.EffectiveAt = "", nil
		rescind := told("rescind", hr.EventRescind, 14, rescinds("target"), externalID(target.Event.Payload.ExternalUserID))

		got := hr.Fold(append(slices.Clone(events), target, rescind), at, anyZones)
		want := hr.Fold(events, at, anyZones)
		require.Equal(t, onceEmployed(want.State), onceEmployed(got.State))
		require.Equal(t, want.Next, got.Next)
		require.Equal(t, onceEmployed(want.Ahead), onceEmployed(got.Ahead))
		requireSame(t, want, got)
	})
}

// onceEmployed is a state without what is told of somebody never employed, since an announced hire leaves its external id.
func onceEmployed(state hr.State) hr.State {
	if state.Employment == hr.NeverEmployed {
		return hr.State{}
	}
	return state
}

func TestARescindThatIsUnmatchedIsAsIfItHadNotCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		got := hr.Fold(events, at, anyZones)
		unmatched := map[string]bool{}
		for _, s := range got.Events {
			unmatched[s.EventID] = s.Standing == hr.Unmatched
			event := named(events, s.EventID).Event
			if s.Type == hr.EventRescind && named(events, event.RescindsEventID).Event.Payload.ExternalUserID != event.Payload.ExternalUserID {
				require.NotEqual(t, hr.Contributes, s.Standing)
			}
		}
		want := hr.Fold(slices.DeleteFunc(slices.Clone(events), func(e hr.Accepted) bool { return unmatched[e.Event.EventID] }), at, anyZones)
		require.Equal(t, want.State, got.State)
		require.Equal(t, want.Next, got.Next)
		require.Equal(t, want.Ahead, got.Ahead)
		requireSame(t, want, got)
	})
}

func TestAReplacementOfAnotherKindIsAsIfItNamedNothing(t *testing.T) {
	kinds := map[hr.Type]string{
		hr.UserCreate: "create", hr.UserUpdate: "change", hr.SkillAssign: "change", hr.UserTerminate: "terminate", hr.EventRescind: "rescind",
	}
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		naming := slices.Clone(events)
		for i, e := range events {
			if other := events[rapid.IntRange(0, len(events)-1).Draw(t, "other")].Event; kinds[other.EventType] != kinds[e.Event.EventType] {
				naming[i].Event.ReplacesEventID, events[i].Event.ReplacesEventID = other.EventID, ""
			}
		}
		require.Equal(t, hr.Fold(events, at, anyZones), hr.Fold(naming, at, anyZones))
	})
}

func TestAReplacedChangeIsAsIfOnlyTheReplacementHadCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, at := anyHistory(t), anyInstant(t)
		target := told("target", rapid.SampledFrom([]hr.Type{hr.UserUpdate, hr.SkillAssign}).Draw(t, "target"),
			rapid.IntRange(1, 12).Draw(t, "target issued"), anyChange(t, ""))
		target.Event.ReplacesEventID = ""
		replacement := told("replacement", rapid.SampledFrom([]hr.Type{hr.UserUpdate, hr.SkillAssign}).Draw(t, "replacement"),
			rapid.IntRange(1, 12).Draw(t, "replacement issued"), anyChange(t, ""), replaces("target"))
		// The rescind of a replacement brings the target back; that is another law.
		events = slices.DeleteFunc(events, func(e hr.Accepted) bool { return e.Event.RescindsEventID == "replacement" })

		got := hr.Fold(append(slices.Clone(events), target, replacement), at, anyZones)
		want := hr.Fold(append(slices.Clone(events), replacement), at, anyZones)
		require.Equal(t, want.State, got.State)
		require.Equal(t, want.Next, got.Next)
		requireSame(t, want, got)
	})
}

func TestAReplacedTerminationIsAsIfOnlyTheReplacementHadCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := slices.DeleteFunc(anyHistory(t), func(e hr.Accepted) bool { return e.Event.EventType == hr.UserTerminate })
		at := anyInstant(t)
		issued := rapid.IntRange(1, 12).Draw(t, "target issued")
		target := told("target", hr.UserTerminate, issued, lastDay(rapid.IntRange(1, 20).Draw(t, "target day")))
		replacement := told("replacement", hr.UserTerminate, rapid.IntRange(issued, 12).Draw(t, "replacement issued"),
			lastDay(rapid.IntRange(1, 20).Draw(t, "replacement day")), replaces("target"))
		got := hr.Fold(append(slices.Clone(events), target, replacement), at, anyZones)
		want := hr.Fold(append(slices.Clone(events), replacement), at, anyZones)
		require.Equal(t, want.State, got.State)
		require.Equal(t, want.Next, got.Next)
		requireSame(t, want, got)
	})
}

// requireSame holds the standings of all events of want to be the same in got.
func requireSame(t require.TestingT, want, got hr.Picture) {
	for _, s := range want.Events {
		i := slices.IndexFunc(got.Events, func(other hr.EventStanding) bool { return other.EventID == s.EventID })
		require.Equal(t, s, got.Events[i])
	}
}

func TestSkillAlgebra(t *testing.T) {
	codes := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"A", "B", "C", "D"}), rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		events := []hr.Accepted{told("hire", hr.UserCreate, 1)}
		want := map[string]bool{}
		for i := range rapid.IntRange(0, 8).Draw(t, "assignments") {
			mode := rapid.SampledFrom([]hr.SkillMode{"", hr.SkillAdd, hr.SkillRemove, hr.SkillReplace}).Draw(t, "mode")
			these := codes.Draw(t, "codes")
			events = append(events, told(fmt.Sprintf("e%d", i), hr.SkillAssign, i+2, skills(mode, these...)))
			if mode == hr.SkillReplace {
				clear(want)
			}
			for _, code := range these {
				want[code] = mode != hr.SkillRemove
			}
		}
		var expected []string
		for _, code := range []string{"A", "B", "C", "D"} {
			if want[code] {
				expected = append(expected, code)
			}
		}
		require.Equal(t, expected, fold(40, events...).State.SkillCodes)
	})
}

func TestWhatContributesIsWhatTheStateRestsOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Of one employment that goes on, dropping what is superseded changes nothing.
		events := slices.DeleteFunc(anyHistory(t), func(e hr.Accepted) bool {
			return e.Event.EventType != hr.UserUpdate && e.Event.EventType != hr.SkillAssign
		})
		events = append(events, told("hire", hr.UserCreate, 1, effective(1)))
		for i := range events {
			events[i].Event.Payload.ExternalUserID, events[i].Event.ReplacesEventID = "E-1", ""
			events[i].Event.EffectiveAt = nil
			events[i].Event.Payload.HireDate = hr.Optional[hr.Date]{}
		}
		picture := fold(30, events...)
		var rest []hr.Accepted
		for _, s := range picture.Events {
			if s.Standing == hr.Contributes {
				rest = append(rest, named(events, s.EventID))
			}
		}
		require.Equal(t, picture.State, fold(30, rest...).State)
	})
}
