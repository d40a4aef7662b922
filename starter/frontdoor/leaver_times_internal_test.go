package frontdoor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

const ownTermination = "termination/WD-1/3"

func noon() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

func after(d time.Duration) *time.Time { return new(noon().Add(d)) }

// left is the record of somebody whom HR ended at noon, received a second later, and whose access was cut in the minute after.
func left(changes ...func(*store.Leaver)) store.Leaver {
	said := func(id string, kind hr.Type, at time.Time) store.StoredEvent {
		return store.StoredEvent{
			Accepted: hr.Accepted{
				Namespace: "workday", ProcessingKey: id, ReceivedAt: at.Add(time.Second),
				Event: hr.Event{EventID: id, EventType: kind, SourceSystem: "WORKDAY", TimestampUTC: at, Payload: hr.Payload{ExternalUserID: "WD-1"}},
			},
			PersonID: "WD-1", Admission: store.AdmissionAccepted, Outcome: lifecycle.Applied, OutcomeAt: &at,
		}
	}
	end := said("evt_end", hr.UserTerminate, noon())
	end.OutcomeAt, end.WorkflowID = after(40*time.Second), ownTermination
	record := store.Leaver{
		EventID: "evt_end",
		Agent:   store.Agent{PersonID: "WD-1", Platform: "genesys", PlatformUserID: "acc-1", State: lifecycle.Deactivated, Generation: 3},
		Events:  []store.StoredEvent{said("evt_create", hr.UserCreate, noon().AddDate(-1, 0, 0)), end},
		Marks: []store.Mark{
			{Kind: store.MarkJoined, At: noon().AddDate(-1, 0, 1), WorkflowID: "hire/WD-1/1"},
			{Kind: store.MarkUnroutable, At: *after(4 * time.Second), WorkflowID: ownTermination},
			{Kind: store.MarkRevoked, At: *after(30 * time.Second), WorkflowID: ownTermination},
		},
		Graces: []lifecycle.Grace{{
			PersonID: "WD-1", Generation: 3, StartedAt: *after(40 * time.Second), Deadline: *after(30 * 24 * time.Hour), Phase: lifecycle.GraceWaiting,
		}},
	}
	for _, change := range changes {
		change(&record)
	}
	return record
}

// theEnd is the termination among the events.
func theEnd(record *store.Leaver) *store.StoredEvent { return &record.Events[len(record.Events)-1] }

func reported(t *testing.T, record store.Leaver) api.Leaver {
	t.Helper()
	l, leaves := leavingOf(record, noon().AddDate(0, 0, 1), hr.Zones{}, Actor{Roles: []api.Role{api.RoleLegal}})
	require.True(t, leaves)
	return l.document()
}

func TestALeavingInGraceHasItsTimes(t *testing.T) {
	got := reported(t, left())

	require.Equal(t, "WD-1", got.PersonID)
	require.Equal(t, "WORKDAY", got.Source)
	require.Equal(t, noon(), got.EffectiveAt)
	require.Equal(t, *after(time.Second), got.DueAt)
	require.Equal(t, api.LeaverStep{At: after(4 * time.Second), By: "WORKDAY"}, got.Unroutable)
	require.Equal(t, 3.0, *got.SecondsToUnroutable)
	require.Equal(t, after(30*time.Second), got.Revoked.At)
	require.Equal(t, after(40*time.Second), got.Inactive.At)
	require.Equal(t, api.LeaverStep{Why: "in grace until 2026-04-09 12:00:00Z"}, got.Deleted)
	require.Equal(t, "in grace until 2026-04-09 12:00:00Z", got.Standing)
	require.Equal(t, ownTermination, got.WorkflowID)
}

func TestADeletionSaysByWhom(t *testing.T) {
	deleted := func(record *store.Leaver) {
		record.Graces[0].Phase, record.Graces[0].DeletedAt = lifecycle.GraceDeleted, after(30*24*time.Hour)
	}
	got := reported(t, left(deleted))
	require.Equal(t, after(30*24*time.Hour), got.Deleted.At)
	require.Contains(t, got.Deleted.By, "muster")
	require.Equal(t, "deleted", got.Standing)

	got = reported(t, left(deleted, func(record *store.Leaver) {
		record.Marks = append(record.Marks, store.Mark{Kind: store.MarkExpedited, At: *after(time.Hour), Actor: "lex", WorkflowID: ownTermination})
	}))
	require.Equal(t, "lex", got.Deleted.By)
}

func TestWhyThereIsNoTime(t *testing.T) {
	nothingYet := func(record *store.Leaver) {
		record.Marks, record.Graces = record.Marks[:1], nil
		end := theEnd(record)
		end.Outcome, end.OutcomeAt, end.WorkflowID = lifecycle.Waiting, nil, ""
	}
	for name, c := range map[string]struct {
		change   []func(*store.Leaver)
		why      string
		standing string
	}{
		"under way": {
			change: []func(*store.Leaver){nothingYet, func(record *store.Leaver) {
				record.Agent.Operation, record.Agent.State = lifecycle.Termination, lifecycle.Isolating
			}},
			why: "not yet: a termination is under way, the person is isolating", standing: "under way",
		},
		"waiting for somebody": {
			change: []func(*store.Leaver){nothingYet, func(record *store.Leaver) { theEnd(record).Wait.What = "review rev_1" }},
			why:    "not yet: it waits for review rev_1", standing: "under way",
		},
		"without an account": {
			change: []func(*store.Leaver){func(record *store.Leaver) {
				record.Marks, record.Graces, record.Agent.PlatformUserID = nil, nil, ""
				theEnd(record).Outcome = lifecycle.NoChange
			}},
			why: "no account on the platform", standing: "no change",
		},
		"pending": {
			change: []func(*store.Leaver){nothingYet, func(record *store.Leaver) {
				theEnd(record).Event.EffectiveAt = &hr.Moment{Instant: noon().AddDate(0, 1, 0)}
			}},
			why: "not due before 2026-04-10 12:00:00Z", standing: "pending",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := reported(t, left(c.change...))

			for _, step := range []api.LeaverStep{got.Unroutable, got.Revoked, got.Inactive, got.Deleted} {
				require.Equal(t, api.LeaverStep{Why: c.why}, step)
			}
			require.Nil(t, got.SecondsToUnroutable)
			require.Equal(t, c.standing, got.Standing)
		})
	}
}

func TestWhatWasCutBeforeNeedsNoSecondCut(t *testing.T) {
	// On leave since January: isolated then, and nothing was joined since.
	january := noon().AddDate(0, -2, 0)
	onLeave := func(record *store.Leaver) {
		record.Marks = []store.Mark{record.Marks[0], {Kind: store.MarkUnroutable, At: january, WorkflowID: "termination/WD-1/2"}}
		record.Graces = nil
		end := theEnd(record)
		end.Outcome, end.OutcomeAt, end.WorkflowID, end.OutcomeReason = lifecycle.NoChange, after(2*time.Second), "agent/WD-1", "the account is already on_leave"
	}

	got := reported(t, left(onLeave))

	require.Equal(t, &january, got.Unroutable.At)
	require.Zero(t, *got.SecondsToUnroutable)
	require.Equal(t, "nothing was left to cut: the account is already on_leave", got.Inactive.Why)
}

func TestACutBeforeTheLastJoinCountsNoMore(t *testing.T) {
	got := reported(t, left(func(record *store.Leaver) {
		record.Marks = append([]store.Mark{{Kind: store.MarkUnroutable, At: noon().AddDate(-1, 0, 0), WorkflowID: "termination/WD-1/1"}}, record.Marks...)
	}))

	require.Equal(t, after(4*time.Second), got.Unroutable.At)
}

func TestALaterLeavingHasCutsOfItsOwn(t *testing.T) {
	got := reported(t, left(func(record *store.Leaver) {
		record.Marks = append(record.Marks[:1], // the first was cut by nobody
			store.Mark{Kind: store.MarkUnroutable, At: *after(300 * 24 * time.Hour), WorkflowID: "termination/WD-1/9"})
	}))

	require.Nil(t, got.Unroutable.At)
	require.Equal(t, "not on record", got.Unroutable.Why)
}

func TestAReversalSaysByWhom(t *testing.T) {
	got := reported(t, left(func(record *store.Leaver) {
		record.Overrides = []lifecycle.Override{{EventIDs: []string{"evt_end"}, MadeBy: "lex", MadeAt: *after(time.Hour)}}
		record.Graces[0].Phase, record.Graces[0].EndedBecause = lifecycle.GraceEnded, "reversed by legal"
		record.Agent.State = lifecycle.Active
	}))

	require.Equal(t, "lex", got.ReversedBy)
	require.Equal(t, after(time.Hour), got.ReversedAt)
	require.Equal(t, "turned back: reversed by legal", got.Standing)
	require.Equal(t, api.LeaverStep{Why: "turned back: reversed by legal"}, got.Deleted)
	require.NotNil(t, got.Unroutable.At)
}

func TestWhatNeverTookEffectIsNoLeaving(t *testing.T) {
	for name, change := range map[string]func(*store.Leaver){
		"rescinded before its day": func(record *store.Leaver) {
			end := theEnd(record)
			end.Outcome, end.WorkflowID = lifecycle.Rescinded, "agent/WD-1"
			rescind := *end
			rescind.Event.EventID, rescind.Event.EventType, rescind.ProcessingKey = "evt_rescind", hr.EventRescind, "evt_rescind"
			rescind.Event.RescindsEventID = "evt_end"
			record.Events = append(record.Events, rescind)
		},
		"re-dated": func(record *store.Leaver) {
			end := theEnd(record)
			end.Outcome, end.WorkflowID = lifecycle.Superseded, "agent/WD-1"
			later := *end
			later.Event.EventID, later.ProcessingKey = "evt_later", "evt_later"
			later.Event.TimestampUTC = noon().Add(time.Minute)
			record.Events = append(record.Events, later)
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, leaves := leavingOf(left(change), noon().AddDate(0, 0, 1), hr.Zones{}, Actor{Roles: []api.Role{api.RoleLegal}})

			require.False(t, leaves)
		})
	}
}

func TestAPendingTerminationIsInLegalsReportOnly(t *testing.T) {
	pending := left(func(record *store.Leaver) {
		end := theEnd(record)
		end.Event.EffectiveAt = &hr.Moment{Instant: noon().AddDate(0, 1, 0)}
		end.Outcome, end.OutcomeAt, end.WorkflowID = lifecycle.Waiting, nil, ""
	})
	for role, shown := range map[api.Role]bool{api.RoleLegal: true, api.RoleAuditor: false} {
		_, leaves := leavingOf(pending, noon(), hr.Zones{}, Actor{Roles: []api.Role{role}})

		require.Equal(t, shown, leaves, role)
	}
}
