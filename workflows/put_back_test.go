package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// supervised is somebody to whom a supervisor has given a skill that HR does not give, with the delta about it.
func supervised(t *testing.T, night string) (*scene, reconcile.Delta) {
	t.Helper()
	s := hired(t)
	s.change(genesystest.Plant{Skills: map[string]float64{"Technical_Support": 4, "Billing_Support": 2}})
	return s, s.found(night, s.skillDelta(reconcile.Transfer, reconcile.Extra, "Billing_Support"))
}

func TestWhatTheGuardHoldsIsPutBackOnlyOnceItIsReleased(t *testing.T) {
	for decision, want := range map[string]struct {
		putBacks int
		outcomes []string
	}{
		names.DecisionApprove: {1, []string{store.DeltaRung, store.DeltaRepaired}},
		names.DecisionReject:  {0, []string{store.DeltaRung}},
	} {
		t.Run(decision, func(t *testing.T) {
			s, d := supervised(t, "rec_20260302_0200")
			s.limits.Removals = none
			s.carry(d)
			s.at(time.Hour, func() {
				require.Contains(t, s.account().Skills, "Billing_Support", "the guard holds it")
				require.Empty(t, s.putBacks(), "what is held is not put back")
				s.released(decision)
			})
			s.run()
			require.Len(t, s.putBacks(), want.putBacks)
			require.Equal(t, want.outcomes, s.outcomes(d))
		})
	}
}

func TestWhatSomebodyExceptsMeanwhileIsNotPutBack(t *testing.T) {
	s, d := supervised(t, "rec_20260302_0200")
	s.carry(d)
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		_, err := p.AddException(store.Exception{
			Part: "skill", Construct: "Billing_Support", Until: s.start.AddDate(0, 0, 7), MadeBy: "sue", MadeByVerified: true, Reason: "covers",
		})
		return err
	}))
	s.run()
	require.Contains(t, s.account().Skills, "Billing_Support")
	require.Empty(t, s.putBacks())
	require.Equal(t, []string{store.DeltaRung}, s.outcomes(d))

	// What another operation does about it later is not what the reconciliation asked for.
	exceptions, err := s.store.PersonExceptions(t.Context(), s.person)
	require.NoError(t, err)
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return p.EndException(exceptions[0].ID, "sue", true)
	}))
	s.again()
	s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"LANG_FR"}})
	s.run()
	require.NotContains(t, s.account().Skills, "Billing_Support")
	require.Empty(t, s.putBacks())
	require.Equal(t, []string{store.DeltaRung}, s.outcomes(d))
}

func TestATransferThatFailsHasPutNothingBack(t *testing.T) {
	s, d := supervised(t, "rec_20260302_0200")
	s.carry(d)
	s.change(genesystest.Plant{State: new("inactive")})
	s.at(time.Hour, func() {
		s.resolve(s.review().ID, "dismiss")
	})
	s.run()
	require.Empty(t, s.putBacks())
	require.Equal(t, []string{store.DeltaRung}, s.outcomes(d))
}

// Two reconciliations may have asked for the one write.
func TestOneWriteCountsOnceHoweverManyReconciliationsAskedForIt(t *testing.T) {
	s, first := supervised(t, "rec_20260302_0200")
	second := s.found("rec_20260303_0200", s.skillDelta(reconcile.Transfer, reconcile.Extra, "Billing_Support"))
	s.carry(first)
	s.carry(second)
	s.run()
	require.NotContains(t, s.account().Skills, "Billing_Support")
	history := s.putBacks()
	require.Len(t, history, 1)
	require.Equal(t, second.ReconciliationID, history[0].Reference)
	require.Equal(t, []string{store.DeltaRung, store.DeltaRepaired}, s.outcomes(first))
	require.Equal(t, []string{store.DeltaRung, store.DeltaRepaired}, s.outcomes(second))
}

// A change that HR brings about is nobody's put-back, though it is of a construct that a reconciliation once had put back.
func TestWhatHRChangesLaterIsNotPutBack(t *testing.T) {
	s, d := supervised(t, "rec_20260302_0200")
	s.carry(d)
	s.run()
	for _, codes := range [][]string{{"SVC_TECH", "SVC_BILLING"}, {"SVC_TECH"}} {
		s.again()
		s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": codes, "skill_mode": "REPLACE"})
		s.run()
	}
	require.NotContains(t, s.account().Skills, "Billing_Support")
	require.Len(t, s.putBacks(), 1)
}

func TestAnAccountThatKeepsGoingIsAskedAboutBeforeAFourthHire(t *testing.T) {
	ask := func(t *testing.T) (*scene, store.Review) {
		t.Helper()
		s := newScene(t)
		s.post(hr.UserCreate, nil, nil)
		s.run()
		s.again()
		s.change(genesystest.Plant{State: new("inactive")})
		d := missingDelta("")
		d.ResolutionAction = reconcile.AskThirdPutBack
		done := s.carry(s.found("rec_20260305_0200", d))
		require.Equal(t, store.DeltaAsked, done.Outcome)
		s.run()
		require.Equal(t, "inactive", s.account().State, "nothing is written before somebody decides")
		s.again()
		review := s.review()
		require.Equal(t, lifecycle.ReviewPutBack, review.Kind)
		require.Contains(t, review.Question, "inactive")
		return s, review
	}
	settle := func(s *scene, review store.Review, decision string) {
		_, err := s.store.DecideReview(s.t.Context(), review.ID, store.Decision{Decision: decision, Actor: "otto", Reason: "talked to sue"})
		require.NoError(s.t, err)
		s.run()
	}
	t.Run("retry hires", func(t *testing.T) {
		s, review := ask(t)
		account := s.account().ID
		settle(s, review, "retry")
		require.Equal(t, "active", s.account().State)
		require.Equal(t, account, s.account().ID)
		require.NotEmpty(t, joined(s.account().Queues))
		require.Equal(t, lifecycle.Active, s.agent().State)
		history := s.putBacks()
		require.Len(t, history, 1)
		require.True(t, history[0].Decided, "counted anew")
	})
	t.Run("dismiss leaves it and excepts it", func(t *testing.T) {
		s, review := ask(t)
		settle(s, review, "dismiss")
		require.Equal(t, "inactive", s.account().State)
		exceptions, err := s.store.PersonExceptions(t.Context(), s.person)
		require.NoError(t, err)
		require.Len(t, exceptions, 1)
		require.Equal(t, []string{"account", "state"}, []string{exceptions[0].Part, exceptions[0].Construct})
	})
	t.Run("whoever has left meanwhile is not hired", func(t *testing.T) {
		s, review := ask(t)
		s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY"}})
		settle(s, review, "retry")
		require.Equal(t, "inactive", s.account().State)
		require.Equal(t, lifecycle.Deactivated, s.agent().State)
	})
}

// What somebody made active again before the hire came to it was found, and not put back.
func TestAnAccountThatCameBackByItselfWasNotPutBack(t *testing.T) {
	s := newScene(t)
	hire := s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	s.change(genesystest.Plant{State: new("inactive")})
	d := s.found("rec_20260302_0200", missingDelta(hire))
	s.carry(d)
	s.change(genesystest.Plant{State: new("active")})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, []string{store.DeltaReemitted, store.DeltaRepaired}, s.outcomes(d))
	require.Empty(t, s.putBacks())
}

func TestARepairClosesTheAlertAboutItsDelta(t *testing.T) {
	s, d := supervised(t, "rec_20260302_0200")
	require.NoError(t, s.store.RaiseAlert(t.Context(), store.Alert{
		Kind: store.AlertDeltaOpen, SubjectID: string(d.DeltaType), DedupeKey: store.DeltaOpenKey(string(d.DeltaType), d.Subject()), Text: "an earlier run could not.",
	}))
	require.Contains(t, s.alerts(), store.AlertDeltaOpen)
	s.carry(d)
	s.run()
	require.NotContains(t, s.alerts(), store.AlertDeltaOpen)
}

// Whoever is hired again while a supervisor's exception holds finds what it covers as it was (RULES 2).
func TestAHireLeavesAloneWhatIsExcepted(t *testing.T) {
	for name, without := range map[string]bool{"everything else is given": false, "a queue that is not to be given either": true} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			hire := s.post(hr.UserCreate, nil, nil)
			s.run()
			s.again()
			s.change(genesystest.Plant{
				Skills: map[string]float64{"Billing_Support": 2}, Queues: map[string]bool{"Sales_Inbound": true, "Billing_Queue": true},
			})
			except := func(part, construct string, until time.Time) {
				require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
					_, err := p.AddException(store.Exception{
						Part: part, Construct: construct, Until: until, MadeBy: "sue", MadeByVerified: true, Reason: "covers for a colleague",
					})
					return err
				}))
			}
			friday := s.start.AddDate(0, 0, 5)
			except("skill", "Billing_Support", friday)
			except("skill", "Technical_Support", friday)
			except("queue", "Sales_Inbound", friday)
			except("queue", "Billing_Queue", s.start.Add(-time.Hour)) // its day has come
			if without {
				except("queue", "Tier_2_Escalation", friday)
			}
			s.change(genesystest.Plant{State: new("inactive")})
			s.carry(s.found("rec_20260302_0200", missingDelta(hire)))
			s.run()
			require.Equal(t, lifecycle.Active, s.agent().State)
			require.Equal(t, map[string]float64{"Billing_Support": 2}, s.account().Skills)
			want := map[string]bool{"Sales_Inbound": true, "Tier_2_Escalation": true}
			if without {
				delete(want, "Tier_2_Escalation")
			}
			require.Equal(t, want, joined(s.account().Queues))
		})
	}
}
