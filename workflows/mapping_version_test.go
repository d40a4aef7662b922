package workflows_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

// techAt are the example's rules with another proficiency for SVC_TECH.
func techAt(proficiency string) []byte {
	return bytes.Replace(mapping.Example(), []byte("{skill: Technical_Support, proficiency: 4, weight: 10}"),
		[]byte("{skill: Technical_Support, proficiency: "+proficiency+", weight: 10}"), 1)
}

func TestAVersionThatComesBetweenTwoStepsOfAHireCountsAfterIt(t *testing.T) {
	for _, step := range []string{
		"before " + names.ActivityIdentity, "after " + names.ActivityIdentity, "after " + names.ActivityEntitlements, "after " + names.ActivityJoin,
	} {
		t.Run(step, func(t *testing.T) {
			s := newScene(t)
			event := s.post(hr.UserCreate, nil, nil)
			published := false
			publish := func(now string) {
				if now == step && !published {
					published = true
					s.publish(techAt("2"))
				}
			}
			s.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				publish("before " + info.ActivityType.Name)
			})
			s.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
				publish("after " + info.ActivityType.Name)
			})
			s.run()
			require.True(t, published)
			require.Equal(t, "applied", s.outcome(event))
			require.Equal(t, map[string]float64{"Technical_Support": 2}, s.account().Skills)
			require.Equal(t, 2, s.agent().MappingVersion)
			plans := s.timeline()
			require.Contains(t, plans, "planned with mapping version 1", "the hire keeps the version it was planned with, to its end")
			require.Contains(t, plans, "planned with mapping version 2")
		})
	}
}

func TestAVersionThatComesWhileAHireWaitsAtTheGateIsInItsPlanBeforeAnybodyIsJoined(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		s.publish(techAt("2"))
		s.ring()
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
		require.Equal(t, map[string]float64{"Technical_Support": 2}, s.account().Skills)
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, map[string]bool{"Sales_Inbound": true}, s.account().Queues)
}

func TestATerminationKeepsTheVersionAndThePoliciesItBeganUnder(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	plan := func() lifecycle.Plan {
		in := lifecycle.PlanInput{OperationInput: lifecycle.OperationInput{PersonID: s.person}, Operation: lifecycle.Termination, Now: time.Now()}
		require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) (err error) {
			in.Generation, err = p.TakeOver(lifecycle.Termination, "test")
			return err
		}))
		_, err := s.activities.MakePlan(t.Context(), in)
		require.NoError(t, err)
		made, err := s.store.LatestPlan(t.Context(), s.person)
		require.NoError(t, err)
		require.Equal(t, in.Generation, made.Generation)
		return made
	}
	before := plan()
	require.Equal(t, 30*24*time.Hour, before.Policies.Grace)
	s.publish(bytes.Replace(mapping.Example(), []byte("grace: 30d"), []byte("grace: 1d"), 1))

	again := plan()
	require.Equal(t, before.Policies, again.Policies, "interrupted and planned anew, it is the same leaving")
	require.Equal(t, 1, again.MappingVersion)
}
