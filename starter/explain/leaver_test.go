package explain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/starter/explain"
)

func TestWhatHappensToALeaversAccountIsSaidInPlainSentences(t *testing.T) {
	grace := func(phase lifecycle.GracePhase, notices ...api.Notice) *api.Grace {
		return &api.Grace{Generation: 3, StartedAt: *at(1), Deadline: *at(20), Phase: string(phase), Notices: notices}
	}
	archive := &api.Archive{ID: "arc_1", VerifiedAt: at(2)}
	tests := []struct {
		name string
		of   api.Termination
		want []string
	}{
		{"somebody who works", api.Termination{Standing: "not leaving"}, nil},
		{"somebody who works, under hold", api.Termination{Standing: "not leaving", Held: true}, []string{
			"A hold is in force: were the person to leave, nothing would be deleted before it is released.",
		}},
		{"a planned termination", api.Termination{Standing: "before isolation", EventID: "evt_1"}, []string{
			"HR ends the employment; the access has not begun to be taken away.",
			"That the person leaves was decided by event evt_1.",
		}},
		{"draining", api.Termination{Standing: "draining", EventID: "evt_1", MappingVersion: 4}, []string{
			"Its access is being taken away.",
			"That the person leaves was decided by event evt_1, and how by mapping version 4.",
		}},
		{"a grace that has just begun", api.Termination{Standing: "in grace", Grace: grace(lifecycle.GraceWaiting)}, []string{
			"The account is inactive since 2026-03-01 01:00:00Z; it will be deleted on 2026-03-01 20:00:00Z unless legal reverses the " +
				"termination, moves the deadline or places a hold.",
			"No archive was read back yet; nothing is deleted before.",
			"Legal was not told of the deadline yet; nothing is deleted before.",
		}},
		{"a grace that counts", api.Termination{
			Standing: "in grace", Archive: archive,
			Grace: grace(lifecycle.GraceWaiting, api.Notice{Kind: "start", RecordedAt: *at(1)}, api.Notice{Kind: "seven_days", RecordedAt: *at(13)}),
		}, []string{
			"The account is inactive since 2026-03-01 01:00:00Z; it will be deleted on 2026-03-01 20:00:00Z unless legal reverses the " +
				"termination, moves the deadline or places a hold.",
			"Archive arc_1 was read back at 2026-03-01 02:00:00Z.",
			"Legal was told of the deadline at 2026-03-01 13:00:00Z.",
		}},
		{"expedited", api.Termination{Standing: "in grace", Archive: archive, Grace: grace(lifecycle.GraceExpedited)}, []string{
			"The account is inactive since 2026-03-01 01:00:00Z; legal approved that it is deleted without waiting for 2026-03-01 20:00:00Z.",
			"Archive arc_1 was read back at 2026-03-01 02:00:00Z.",
		}},
		{"held, to legal", api.Termination{
			Standing: "held", Held: true, Grace: grace(lifecycle.GraceWaiting),
			Holds: []api.Hold{{ID: "hld_1", Matter: "2026/117", PlacedBy: "lex", PlacedAt: *at(5), PlacedVerified: true, Reason: "litigation."}},
		}, []string{
			"The account is inactive since 2026-03-01 01:00:00Z; it is under legal hold: nothing is deleted until every hold is released, then " +
				"not before 2026-03-01 20:00:00Z and not before seven more days have passed.",
			"Hold hld_1 for the matter 2026/117 was placed by lex at 2026-03-01 05:00:00Z: litigation.",
		}},
		{"suspended", api.Termination{Standing: "suspended", Grace: grace(lifecycle.GraceSuspended)}, []string{
			"The account is inactive since 2026-03-01 01:00:00Z; its deletion, due 2026-03-01 20:00:00Z, is suspended: nothing is deleted until " +
				"somebody resumes it, and then not before 72 more hours have passed.",
		}},
		{"deleting", api.Termination{Standing: "deleting", Grace: grace(lifecycle.GraceDeleting)}, []string{
			"The account is inactive since 2026-03-01 01:00:00Z; it is being deleted, and nothing stops that any more.",
		}},
		{"deleted", api.Termination{Standing: "deleted", Grace: &api.Grace{Phase: "deleted", DeletedAt: at(21)}}, []string{
			"The account was deleted at 2026-03-01 21:00:00Z; restore-deleted brings it back until it is erased.",
		}},
		{"deleted under hold", api.Termination{Standing: "deleted", Held: true, Grace: &api.Grace{Phase: "deleted", DeletedAt: at(21)}}, []string{
			"The account was deleted at 2026-03-01 21:00:00Z; restore-deleted brings it back, and a hold keeps it from being erased.",
		}},
		{"to be erased", api.Termination{Standing: "deleted", Grace: &api.Grace{Phase: "erasing", DeletedAt: at(21)}}, []string{
			"The account was deleted at 2026-03-01 21:00:00Z; legal approved to erase what is left of it.",
		}},
		{"to be erased, under hold", api.Termination{Standing: "deleted", Held: true, Grace: &api.Grace{Phase: "erasing", DeletedAt: at(21)}}, []string{
			"The account was deleted at 2026-03-01 21:00:00Z; legal approved to erase what is left of it, and a hold stops that until it is released.",
		}},
		{"erased", api.Termination{Standing: "erased", Grace: grace(lifecycle.GraceErased)}, []string{
			"What was left of the account is erased for good, or is being erased; nothing brings it back.",
		}},
		{"reversed, and HR has not agreed", api.Termination{
			Standing: "not leaving", Grace: grace(lifecycle.GraceEnded),
			Override: &api.Override{ID: "ovr_1", MadeAt: *at(6), MadeBy: "lex", RemindAt: at(18), Reason: "settled.", EventIDs: []string{"evt_1"}},
		}, []string{
			"lex reversed a termination at 2026-03-01 06:00:00Z, and HR has not agreed yet: until it does, evt_1 has no say; somebody is " +
				"reminded at 2026-03-01 18:00:00Z. Why: settled.",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.of.PersonID = "P-1"
			explanation := explain.Explain(explain.Situation{
				Agent: api.Agent{PersonID: "P-1", LifecycleState: "active"}, Termination: &test.of,
			})
			// Around them stand the sentences about state and account before, and about decisions and plan after.
			require.Equal(t, test.want, append([]string(nil), explanation.Sentences[2:len(explanation.Sentences)-2]...))
		})
	}
}

// standing is a leaver of the tests of levers.
func standing(at lifecycle.LeaverStanding, changes ...func(*explain.Leaver)) explain.Leaver {
	started := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l := explain.Leaver{
		PersonID: "P-1", Private: true, Now: started.AddDate(0, 0, 10),
		LeverSituation: lifecycle.LeverSituation{
			Standing: at, Leavings: 1,
			Grace: &lifecycle.Grace{StartedAt: started, Deadline: started.AddDate(0, 0, 30), Phase: lifecycle.GraceWaiting},
		},
	}
	for _, change := range changes {
		change(&l)
	}
	return l
}

func available(l explain.Leaver) (levers []string) {
	for _, choice := range explain.Levers(l) {
		if choice.Available {
			levers = append(levers, string(choice.Lever))
		}
	}
	return levers
}

func TestTheLeversThatCanBePulledFollowTheStanding(t *testing.T) {
	held := func(l *explain.Leaver) { l.Holds = []lifecycle.Hold{{ID: "hld_1", Matter: "m 1", PlacedBy: "lex"}} }
	noGrace := func(l *explain.Leaver) { l.Grace = nil }
	suspended := func(l *explain.Leaver) { l.Grace.Phase = lifecycle.GraceSuspended }
	for _, test := range []struct {
		name string
		of   explain.Leaver
		want []string
	}{
		{"not leaving", standing(lifecycle.NotLeaving, noGrace), []string{"hold"}},
		{"planned", standing(lifecycle.BeforeIsolation, noGrace), []string{"reverse", "hold"}},
		{"draining", standing(lifecycle.LeaverDraining, noGrace), []string{"reverse", "hold"}},
		{"in grace", standing(lifecycle.LeaverInGrace), []string{"reverse", "expedite", "reschedule", "hold"}},
		{"held", standing(lifecycle.LeaverHeld, held), []string{"reverse", "reschedule", "hold", "release-hold"}},
		{"suspended", standing(lifecycle.LeaverSuspended, suspended), []string{"reverse", "resume", "hold"}},
		{"deleting", standing(lifecycle.LeaverDeleting), nil},
		{"deleted", standing(lifecycle.LeaverDeleted, noGrace), []string{"erase", "restore-deleted", "hold"}},
		{"deleted under hold", standing(lifecycle.LeaverDeleted, noGrace, held), []string{"restore-deleted", "hold", "release-hold"}},
		{"erased", standing(lifecycle.LeaverErased, noGrace), nil},
	} {
		require.Equal(t, test.want, available(test.of), test.name)
	}
}

func TestAChoiceNamesWhoAndTheWholeCommand(t *testing.T) {
	choices := map[api.Lever]api.LeverChoice{}
	for _, choice := range explain.Levers(standing(lifecycle.LeaverHeld, func(l *explain.Leaver) {
		l.Holds = []lifecycle.Hold{{ID: "hld_1", Matter: "case 7/2026", PlacedBy: "lex"}}
		l.Dismissed = true
		l.Grace.Phase = lifecycle.GraceSuspended
	})) {
		choices[choice.Lever] = choice
	}
	require.Equal(t, "role legal, other than lex, who placed it, and the person", choices[api.LeverReleaseHold].Who)
	require.Equal(t, "musterctl hold release P-1 --matter 'case 7/2026' --reason '…'", choices[api.LeverReleaseHold].Command)
	require.Equal(t, "role legal, other than the person; another one with role legal approves", choices[api.LeverReverse].Who)
	require.Equal(t, "role operator or legal, other than the person", choices[api.LeverResume].Who)
	require.Contains(t, choices[api.LeverExpedite].Why, "release every hold first")
	require.Empty(t, choices[api.LeverExpedite].Command)
}

func TestWhoeverMayNotKnowOfHoldsAndDismissalsLearnsOfNeither(t *testing.T) {
	choices := explain.Levers(standing(lifecycle.LeaverDraining, func(l *explain.Leaver) {
		l.Holds = []lifecycle.Hold{{ID: "hld_1", Matter: "case 7/2026", PlacedBy: "lex"}}
		l.Dismissed, l.Private, l.Grace = true, false, nil
	}))
	for _, choice := range choices {
		require.NotContains(t, []api.Lever{api.LeverHold, api.LeverReleaseHold}, choice.Lever)
		require.NotContains(t, choice.Who+choice.Command+choice.Why, "approves")
	}
}

func TestADeadlineThatIsAsLateAsItMayBeCannotMove(t *testing.T) {
	for _, choice := range explain.Levers(standing(lifecycle.LeaverInGrace, func(l *explain.Leaver) {
		l.Grace.Deadline = l.Grace.StartedAt.Add(365 * 24 * time.Hour)
	})) {
		if choice.Lever == api.LeverReschedule {
			require.False(t, choice.Available)
			require.Contains(t, choice.Why, "as late as it may be")
		}
	}
}

func TestAPlanNamesTheEventsThatDecidedButNoneThatIsConfidential(t *testing.T) {
	explanation := explain.Explain(explain.Situation{
		Agent:  api.Agent{PersonID: "P-1", LifecycleState: "active"},
		Plan:   &lifecycle.Plan{Operation: lifecycle.Transfer, At: *at(7), MappingVersion: 2, EventIDs: []string{"evt_1", "evt_2"}},
		Events: []api.Event{{EventID: "evt_1", Outcome: "applied"}, {EventID: "evt_2", Outcome: "waiting", Confidential: true}},
	})
	require.Contains(t, explanation.Sentences, "Events that decided, in the order applied: evt_1.")
}

func TestAnApprovalThatIsNotAnActivationTakesNoBareSignal(t *testing.T) {
	for kind, bare := range map[string]bool{"activation": true, "role_escalation": false, "reversal": false} {
		explanation := explain.Explain(explain.Situation{
			Agent:     api.Agent{PersonID: "P-1", LifecycleState: "active"},
			Approvals: []api.Approval{{ID: "apr_1", Kind: kind, State: "open", WorkflowID: "transfer/P-1/2"}},
		})
		require.Equal(t, bare, explanation.Blocks[0].Signal != nil, kind)
	}
}
