package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/reconcile"
)

func TestAnExceptedConstructStaysAsItIs(t *testing.T) {
	target := reconcile.Target{
		Skills: []ccaas.Rated{{ID: "s-tech", Proficiency: 4}}, QueueIDs: []string{"q-2"}, RoleIDs: []string{"r-agent"}, DivisionID: "d-care",
		Title: "Agent", ManagementUnitID: "mu", WorkPlanID: "wp", GroupIDs: []string{"g-team"}, Languages: []ccaas.Rated{{ID: "l-es", Proficiency: 3}},
	}
	actual := ccaas.Account{
		Skills: []ccaas.Rated{{ID: "s-bill", Proficiency: 5}, {ID: "s-tech", Proficiency: 1}}, DivisionID: "d-home", Title: "Boss",
		Roles: []ccaas.Grant{{RoleID: "r-super", DivisionID: "d-home"}}, Queues: []ccaas.Membership{{QueueID: "q-0", Joined: true}},
		ManagementUnitID: "mu", WorkPlanID: "other",
	}
	managed := reconcile.ManagedIDs{"s-tech": true, "s-bill": true, "q-2": true, "q-0": true, "r-agent": true, "r-super": true, "g-team": true, "l-es": true}
	var exceptions []reconcile.Exception
	for part, constructs := range map[reconcile.Part][]string{
		reconcile.PartSkill: {"s-bill", "Tech"}, reconcile.PartQueue: {"q-0", "q-2"}, reconcile.PartRole: {"r-super", "r-agent"},
		reconcile.PartDivision: {"d-care"}, reconcile.PartProfile: {"title"}, reconcile.PartWorkPlan: {"wp"}, reconcile.PartGroup: {"g-team"},
		reconcile.PartLanguage: {"l-es"},
	} {
		for _, construct := range constructs {
			exceptions = append(exceptions, reconcile.Exception{Part: part, Construct: construct, Until: night().Add(time.Hour)})
		}
	}
	names := reconcile.NamesOf(catalogue())
	allowed := target.Allowing(exceptions, actual, names, night())
	require.True(t, reconcile.Diff(allowed, managed, actual).Empty(), "left: %s", reconcile.Diff(allowed, managed, actual))
	require.Len(t, target.Skills, 1, "the target itself stays")

	late := target.Allowing(exceptions, actual, names, night().Add(time.Hour))
	require.Equal(t, target, late, "until is the first instant at which it no longer holds")
}

// An exception takes its own construct out of the diff and nothing else.
func TestAnExceptionIsAboutItsConstructAlone(t *testing.T) {
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		rate := func(of []string) (rated []ccaas.Rated) {
			for _, id := range of {
				rated = append(rated, ccaas.Rated{ID: id, Proficiency: float64(rapid.IntRange(0, 2).Draw(t, "proficiency"))})
			}
			return rated
		}
		target := reconcile.Target{Skills: rate(ids.Draw(t, "want")), QueueIDs: ids.Draw(t, "queues")}
		actual := ccaas.Account{Skills: rate(ids.Draw(t, "have"))}
		for _, id := range ids.Draw(t, "member of") {
			actual.Queues = append(actual.Queues, ccaas.Membership{QueueID: id, Joined: true})
		}
		managed := reconcile.ManagedIDs{"a": true, "b": true, "c": true, "d": true}
		excepted := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "excepted")
		exceptions := []reconcile.Exception{{Part: reconcile.PartQueue, Construct: excepted, Until: night().Add(time.Hour)}}
		before := reconcile.Diff(target, managed, actual)
		after := reconcile.Diff(target.Allowing(exceptions, actual, nil, night()), managed, actual)
		require.ElementsMatch(t, without(before.AddQueues, []string{excepted}), after.AddQueues)
		require.ElementsMatch(t, without(before.RemoveQueues, []string{excepted}), after.RemoveQueues)
		require.Equal(t, before.SetSkills, after.SetSkills)
		require.ElementsMatch(t, before.Skills, after.Skills)
	})
}

func TestTheFourthPutBackAsks(t *testing.T) {
	at := func(day int) time.Time { return night().AddDate(0, 0, day) }
	entry := func(construct string, day int, decided bool) reconcile.PutBack {
		return reconcile.PutBack{Part: reconcile.PartSkill, Construct: construct, At: at(day), Decided: decided}
	}
	cases := map[string]struct {
		history []reconcile.PutBack
		ask     bool
	}{
		"never put back":         {nil, false},
		"twice":                  {[]reconcile.PutBack{entry("s", 1, false), entry("s", 2, false)}, false},
		"three times":            {[]reconcile.PutBack{entry("s", 3, false), entry("s", 1, false), entry("s", 2, false)}, true},
		"of another construct":   {[]reconcile.PutBack{entry("s", 1, false), entry("s", 2, false), entry("o", 3, false)}, false},
		"before a decision":      {[]reconcile.PutBack{entry("s", 1, false), entry("s", 2, false), entry("s", 3, false), entry("s", 4, true)}, false},
		"three times after it":   {[]reconcile.PutBack{entry("s", 4, true), entry("s", 5, false), entry("s", 6, false), entry("s", 7, false)}, true},
		"a decision of another":  {[]reconcile.PutBack{entry("s", 1, false), entry("s", 2, false), entry("s", 3, false), entry("o", 4, true)}, true},
		"of another kind of one": {[]reconcile.PutBack{{Part: reconcile.PartQueue, Construct: "s", At: at(1)}, entry("s", 2, false), entry("s", 3, false)}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.ask, reconcile.AskInsteadOfPuttingBack(c.history, reconcile.PartSkill, "s"))
		})
	}
}

func TestAnAccountIsReadInHRsCodesWhereThatIsNotAmbiguous(t *testing.T) {
	book := reconcile.NewCodebook(map[string]mapping.SkillConstructs{
		"TECH":   {Skills: []string{"Tech"}},
		"SENIOR": {Skills: []string{"Tech", "Billing"}},
		"TWIN_A": {Languages: []string{"Spanish"}},
		"TWIN_B": {Languages: []string{"Spanish"}},
		"LOST":   {Skills: []string{"Juggling"}},
		"EMPTY":  {},
	}, catalogue())
	rated := func(ids ...string) (out []ccaas.Rated) {
		for _, id := range ids {
			out = append(out, ccaas.Rated{ID: id, Proficiency: 1})
		}
		return out
	}
	require.Equal(t, []string{}, book.Codes(nil, nil, nil))
	require.Equal(t, []string{"SENIOR"}, book.Codes(nil, rated("s-tech", "s-bill"), nil), "one of its constructs is its own")
	require.Equal(t, []string{}, book.Codes(nil, rated("s-tech"), nil), "TECH, or half of SENIOR")
	require.Equal(t, []string{"TECH"}, book.Codes([]string{"TECH"}, rated("s-tech"), nil), "HR says which")
	require.Equal(t, []string{}, book.Codes(nil, nil, rated("l-es")), "either twin")
	require.Equal(t, []string{"TWIN_B"}, book.Codes([]string{"TWIN_B"}, nil, rated("l-es")))
	require.Equal(t, []string{}, book.Codes([]string{"LOST", "EMPTY"}, rated("s-bill"), nil))
}

func TestWhatHREventsSayIsHeard(t *testing.T) {
	event := func(id string, kind hr.Type, at time.Time, payload hr.Payload) hr.Accepted {
		payload.ExternalUserID = "WD-1"
		return hr.Accepted{Namespace: "workday", ProcessingKey: id, ReceivedAt: at.Add(time.Minute), Event: hr.Event{
			EventID: id, EventType: kind, SourceSystem: "WORKDAY", TimestampUTC: at, Payload: payload,
		}}
	}
	events := []hr.Accepted{
		event("evt_1", hr.UserCreate, night().AddDate(0, 0, -9), hr.Payload{}),
		event("evt_2", hr.UserUpdate, night().AddDate(0, 0, -8), hr.Payload{}),
		event("evt_3", hr.SkillAssign, night().AddDate(0, 0, -7), hr.Payload{SkillCodes: hr.Optional[[]string]{Present: true, Value: []string{"SVC_TECH"}}}),
	}
	e := reconcile.Expected{PersonID: "WD-1"}.Hear(events, hr.Fold(events, night(), hr.Zones{}))
	require.Equal(t, hr.Employed, e.Fold.Employment)
	require.Equal(t, "WD-1", e.ExternalUserID)
	require.Equal(t, "evt_1", e.HireEventID)
	require.Equal(t, "evt_3", e.ChangeEventID)
	require.Empty(t, e.LeaveEventID)
	require.Equal(t, night().AddDate(0, 0, -7).Add(time.Minute), e.Heard)
	require.True(t, e.StartsAt.IsZero())

	leave := event("evt_4", hr.UserTerminate, night().AddDate(0, 0, -6), hr.Payload{Termination: &hr.Termination{Reason: hr.Voluntary}})
	events = append(events, leave)
	e = e.Hear(events, hr.Fold(events, night(), hr.Zones{}))
	require.Equal(t, hr.Left, e.Fold.Employment)
	require.Equal(t, "evt_4", e.LeaveEventID)
	rescind := event("evt_5", hr.EventRescind, night().AddDate(0, 0, -5), hr.Payload{})
	rescind.Event.RescindsEventID = "evt_4"
	events = append(events, rescind)
	e = e.Hear(events, hr.Fold(events, night(), hr.Zones{}))
	require.Equal(t, hr.Employed, e.Fold.Employment)
	require.Empty(t, e.LeaveEventID, "what was taken back is no original")

	day, err := hr.ParseDate("2026-03-20")
	require.NoError(t, err)
	pending := event("evt_9", hr.UserCreate, night().AddDate(0, 0, -1), hr.Payload{})
	pending.Event.Payload.HireDate = hr.Optional[hr.Date]{Present: true, Value: day}
	events = []hr.Accepted{pending}
	e = reconcile.Expected{PersonID: "WD-1"}.Hear(events, hr.Fold(events, night(), hr.Zones{}))
	require.Equal(t, hr.NeverEmployed, e.Fold.Employment)
	require.Equal(t, time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC), e.StartsAt)
	require.Equal(t, night().AddDate(0, 0, -1).Add(time.Minute), e.Heard, "what takes effect later has not been heard yet")
	require.Empty(t, e.HireDates, "nor has its day")

	events[0].Event.EffectiveAt = &hr.Moment{Instant: night().AddDate(0, 0, -1)}
	e = e.Hear(events, hr.Fold(events, night(), hr.Zones{}))
	require.Equal(t, hr.Employed, e.Fold.Employment, "HR gives access before the day of hire")
	require.Equal(t, []hr.Date{day}, e.HireDates)
}

func TestAQuestionHoldsUpItsOwnPartAlone(t *testing.T) {
	require.Equal(t, []reconcile.Part{reconcile.PartRole}, reconcile.QuestionOfReview("r", lifecycle.ReviewRole, false, "").Holds)
	require.Empty(t, reconcile.QuestionOfReview("r", lifecycle.ReviewEventDefect, false, "").Holds)
	require.Equal(t, []ccaas.ProfileField{ccaas.FieldExtension}, reconcile.QuestionOfReview("r", lifecycle.ReviewConflict, false, lifecycle.FieldExtension).Fields)
	require.Empty(t, reconcile.QuestionOfApproval("a", lifecycle.ApprovalExpedite).Holds)
	require.Contains(t, reconcile.QuestionOfApproval("a", lifecycle.ApprovalActivation).Holds, reconcile.PartAccount)
}
