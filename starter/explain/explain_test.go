package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/mapping"
	"muster/starter/explain"
)

func at(hour int) *time.Time {
	instant := time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC)
	return &instant
}

func TestExplainSaysStateLinkWaitPlanAndEvents(t *testing.T) {
	agent := api.Agent{PersonID: "WD-EMP-1", LifecycleState: "active", Platform: "genesys", PlatformUserID: "u-1", UpdatedAt: at(9), ActivatedAt: at(8)}
	openApproval := api.Approval{
		ID: "apr_1", Kind: "activation", Question: "May the prepared account be joined to Sales_Inbound?", State: "open",
		WorkflowID: "hire/WD-EMP-1/1", Deadline: at(13),
	}
	tests := []struct {
		name      string
		situation explain.Situation
		want      []string
	}{
		{
			"a working agent", explain.Situation{Agent: agent}, []string{
				"WD-EMP-1 is active: the account was read back as planned and takes work (last changed 2026-03-01 09:00:00Z).",
				"The linked account is user u-1 on genesys, activated 2026-03-01 08:00:00Z.",
				"Nothing is waiting for a decision.",
				"No plan has been made yet.",
			},
		},
		{
			"attention without a decision", explain.Situation{Agent: api.Agent{PersonID: "WD-EMP-1", LifecycleState: "unknown", NeedsAttention: true}}, []string{
				"WD-EMP-1 is known from HR, and nothing has been done on the platform yet.",
				"No account on a platform is linked.",
				"It needs a person's attention.",
				"No decision is open: the timeline says what happened.",
				"No plan has been made yet.",
			},
		},
		{
			"a decision that only legal may see", explain.Situation{
				Agent: api.Agent{PersonID: "WD-EMP-1", LifecycleState: "unknown", NeedsAttention: true}, Withheld: true,
			}, []string{
				"WD-EMP-1 is known from HR, and nothing has been done on the platform yet.",
				"No account on a platform is linked.",
				"It needs a person's attention.",
				"Something waits for a decision that only role legal may see.",
				"No plan has been made yet.",
			},
		},
		{
			"a person nothing was done for", explain.Situation{Agent: api.Agent{PersonID: "WD-EMP-1", LifecycleState: "unknown"}}, []string{
				"WD-EMP-1 is known from HR, and nothing has been done on the platform yet.",
				"No account on a platform is linked.",
				"Nothing is waiting for a decision.",
				"No plan has been made yet.",
			},
		},
		{
			"a hire that waits for activation", explain.Situation{
				Agent: api.Agent{
					PersonID: "WD-EMP-1", LifecycleState: "waiting_activation", Operation: "hire", OperationSince: at(8), Generation: 1,
					Platform: "genesys", PlatformUserID: "u-1", NeedsAttention: true,
				},
				Approvals: []api.Approval{openApproval},
				Plan: &lifecycle.Plan{
					Operation: lifecycle.Hire, At: *at(7), MappingVersion: 2, Rules: []string{"department SALES", "skill LANG_ES → Spanish 4"},
					Unmapped: []mapping.Unmapped{{Kind: "skill", Code: "SVC_VIP"}}, Warnings: []string{"skill LANG_FR ends on 2026-04-01"},
				},
			}, []string{
				"WD-EMP-1 has a prepared account that is in no queue: joining waits for an approval.",
				"The linked account is user u-1 on genesys.",
				"A hire has the person since 2026-03-01 08:00:00Z (workflow hire/WD-EMP-1/1).",
				"It needs a person's attention.",
				"Waits for approval apr_1 (activation): May the prepared account be joined to Sales_Inbound?, until 2026-03-01 13:00:00Z." +
					" Who can decide: role approver, other than the requester and the person." +
					" How: musterctl approvals approve apr_1 --reason '…'  or  musterctl approvals reject apr_1 --reason '…'" +
					"  or, in Temporal, signal approval-decision to hire/WD-EMP-1/1 with" +
					` {"approval_id":"apr_1","decision":"approve","actor":"your name","reason":"why"}`,
				"The plan is a hire by mapping version 2, from HR's state at 2026-03-01 07:00:00Z.",
				"Rules used: department SALES; skill LANG_ES → Spanish 4.",
				"Codes without a rule: skill SVC_VIP.",
				"Warnings: skill LANG_FR ends on 2026-04-01.",
			},
		},
		{
			"a decision that its workflow has not taken up", explain.Situation{
				Agent:     agent,
				Approvals: []api.Approval{{ID: "apr_1", State: "approved", DecidedBy: "ana"}},
				Reviews:   []api.Review{{ID: "rev_1", State: "retried", DecidedBy: "bo"}},
			}, []string{
				"WD-EMP-1 is active: the account was read back as planned and takes work (last changed 2026-03-01 09:00:00Z).",
				"The linked account is user u-1 on genesys, activated 2026-03-01 08:00:00Z.",
				"Waits for its workflow to take up approval apr_1 (approved by ana).",
				"Waits for its workflow to take up review rev_1 (retried by bo).",
				"No plan has been made yet.",
			},
		},
		{
			"events that wait come first, and a confidential one is unnamed", explain.Situation{
				Agent: agent,
				Events: []api.Event{
					{EventID: "evt_1", EventType: "USER_CREATE", SourceSystem: "WORKDAY", TimestampUTC: at(1), Outcome: "no_change", Reason: "already so"},
					{
						EventID: "evt_2", EventType: "USER_UPDATE", SourceSystem: "WORKDAY", TimestampUTC: at(2), Outcome: "waiting",
						Waiting: &api.Wait{What: "its effective date", Until: at(20)},
					},
					{EventID: "evt_3", SourceSystem: "WORKDAY", Outcome: "waiting", Confidential: true},
				},
			}, []string{
				"WD-EMP-1 is active: the account was read back as planned and takes work (last changed 2026-03-01 09:00:00Z).",
				"The linked account is user u-1 on genesys, activated 2026-03-01 08:00:00Z.",
				"Nothing is waiting for a decision.",
				"No plan has been made yet.",
				"Event evt_2 (USER_UPDATE of 2026-03-01 02:00:00Z from WORKDAY): waiting for its effective date until 2026-03-01 20:00:00Z.",
				"A pending HR event is known; only role legal may see what it is.",
				"Event evt_1 (USER_CREATE of 2026-03-01 01:00:00Z from WORKDAY): no change, already so.",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, explain.Explain(test.situation).Sentences)
		})
	}
}

func TestABlockedSkillNamesTheRegistryEditorFirst(t *testing.T) {
	explanation := explain.Explain(explain.Situation{
		Agent: api.Agent{PersonID: "WD-EMP-1", LifecycleState: "unknown"},
		Reviews: []api.Review{
			{ID: "rev_2", Kind: "event_defect", State: "open", Question: "the time zone was unreadable"},
			{ID: "rev_1", Kind: "unmapped", State: "open", Blocking: true, Question: "no rule for skill SVC_VIP", WorkflowID: "hire/WD-EMP-1/1"},
		},
	})
	require.Len(t, explanation.Blocks, 2)
	first := explanation.Blocks[0]
	require.Equal(t, "review rev_1 (unmapped): no rule for skill SVC_VIP", first.What, "what blocks comes first")
	require.Contains(t, first.Who, "registry-editor")
	require.Equal(t, []string{
		"musterctl mapping submit FILE --reason '…'", "musterctl reviews retry rev_1", "musterctl reviews dismiss rev_1 --reason '…'",
	}, first.Commands)
	require.Equal(t, &api.Signal{
		WorkflowID: "hire/WD-EMP-1/1", Name: "review-decision",
		Input: `{"review_id":"rev_1","decision":"retry","actor":"your name","reason":"why"}`,
	}, first.Signal)
	require.Nil(t, explanation.Blocks[1].Signal, "no workflow waits for a review that does not block")
}

func TestEveryLifecycleStateHasItsOwnSentence(t *testing.T) {
	states := []lifecycle.State{
		lifecycle.Unknown, lifecycle.Preparing, lifecycle.WaitingActivation, lifecycle.Active, lifecycle.OnLeave, lifecycle.Isolating,
		lifecycle.Draining, lifecycle.Deactivated, lifecycle.Held, lifecycle.Suspended, lifecycle.Deleting, lifecycle.Deleted,
		lifecycle.OutOfScope,
	}
	seen := map[string]lifecycle.State{}
	for _, state := range states {
		sentence := explain.Explain(explain.Situation{Agent: api.Agent{PersonID: "P", LifecycleState: string(state)}}).Sentences[0]
		require.NotContains(t, sentence, "is in state", "state %s has no words", state)
		require.Empty(t, seen[sentence], "states %s and %s share a sentence", state, seen[sentence])
		require.True(t, strings.HasPrefix(sentence, "P "), sentence)
		seen[sentence] = state
	}
}
