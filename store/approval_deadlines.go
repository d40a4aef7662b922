package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
	"muster/names"
)

// TimelineApprovalReminded is the kind of line that says that somebody was told of an undecided approval.
const TimelineApprovalReminded = "approval.reminded"

// nobodyDecided is the reason of a refusal by default.
const nobodyDecided = "nobody decided by the deadline"

// toldFor is how long the escalation of an approval that was refused by its deadline stays: nothing else ends it.
const toldFor = 24 * time.Hour

// undecided is an open approval with a deadline.
type undecided struct {
	ID       string
	PersonID string
	Kind     lifecycle.ApprovalKind
	OpenedAt time.Time
	Deadline time.Time
	// ToldAt is when the newest alert of a reminder or an escalation was raised; nil: none was.
	ToldAt *time.Time
}

func (u undecided) due(now time.Time) lifecycle.ApprovalStep {
	question := lifecycle.OpenQuestion{Kind: u.Kind, AskedAt: u.OpenedAt, Deadline: u.Deadline}
	if u.ToldAt != nil {
		question.ToldAt = *u.ToldAt
	}
	return question.Due(now)
}

// KeepApprovalDeadlines takes the step that is due now about every approval that nobody has decided: a reminder, the escalation at
// its deadline, and the default of its kind (lifecycle.OpenQuestion, lifecycle.RuleFor). What is refused by default is a decision
// by ActorMuster like any other, so that whatever waits for it takes it up.
//
// The alerts it raises are its memory: one step is taken once, however many processes look, and after a restart only the last of
// those that were missed. One approval that fails does not hold up the others.
func (s *Store) KeepApprovalDeadlines(ctx context.Context, now time.Time) error {
	open, err := listUndecided(ctx, s.pool, `true`)
	if err != nil {
		return err
	}
	for _, approval := range open {
		if approval.due(now) != lifecycle.NothingDue {
			err = errors.Join(err, s.keepDeadline(ctx, approval.ID, now))
		}
	}
	return err
}

// listUndecided reads open approvals with a deadline; which is a further condition, whose arguments begin with $2.
func listUndecided(ctx context.Context, db database, which string, args ...any) ([]undecided, error) {
	told := []AlertKind{AlertApprovalReminder, AlertApprovalOverdue}
	return list[undecided](ctx, db, "the undecided approvals", `
		select a.id, a.person_id, a.kind, a.opened_at, a.deadline, told.at as told_at
		from approvals a left join lateral (
			select max(at) as at from alerts
			where person_id = a.person_id and person_id <> '' and subject_id = a.id and kind = any($1)
		) told on true
		where a.state = 'open' and a.deadline is not null and `+which+` order by a.deadline`, append([]any{told}, args...)...)
}

// keepDeadline takes the step that is due about one approval, unless somebody else is deciding or reminding at this moment: then
// it is looked at again.
func (s *Store) keepDeadline(ctx context.Context, id string, now time.Time) error {
	return s.transact(ctx, "keep the deadline of approval "+id, func(tx pgx.Tx) error {
		locked, err := list[struct{ ID string }](ctx, tx, "approval "+id, `
			select id from approvals where id = $1 and state = 'open' for no key update skip locked`, id)
		if err != nil || len(locked) == 0 {
			return err
		}
		// Read only now: an alert that was committed before the lock came is seen.
		found, err := listUndecided(ctx, tx, `a.id = $2`, id)
		if err != nil || len(found) == 0 {
			return err
		}
		return takeStep(ctx, tx, found[0], now)
	})
}

// takeStep tells of an undecided approval, and lets the default of its kind take effect at the deadline.
func takeStep(ctx context.Context, tx pgx.Tx, approval undecided, now time.Time) error {
	alert := Alert{
		At: now, Kind: AlertApprovalReminder, Severity: SeverityWarning, PersonID: approval.PersonID, SubjectID: approval.ID,
	}
	said, refused := "approval %s (%s) is undecided: somebody was reminded", false
	switch approval.due(now) {
	case lifecycle.NothingDue:
		return nil
	case lifecycle.RemindAtHalf:
		alert.Severity, alert.Text = SeverityInfo, "Half of the time to decide an approval has passed."
	case lifecycle.RemindAtNineTenths:
		alert.Text = "An approval is about to pass its deadline."
	case lifecycle.RemindOverdue:
		alert.Text = "An approval is still past its deadline."
	case lifecycle.EscalateNow:
		alert.Kind, alert.Text = AlertApprovalOverdue, "Nobody decided an approval by its deadline."
		said = "approval %s (%s) was not decided by its deadline: escalated"
		refused = lifecycle.RuleFor(approval.Kind).Default == lifecycle.DefaultRefused
	}
	err := addTimeline(ctx, tx, TimelineEntry{
		PersonID: approval.PersonID, Kind: TimelineApprovalReminded, Text: fmt.Sprintf(said, approval.ID, approval.Kind),
	})
	if err != nil {
		return err
	}
	if refused {
		lapses := now.Add(toldFor)
		alert.LapsesAt = &lapses
		decision := Decision{Decision: names.DecisionReject, Actor: ActorMuster, Reason: nobodyDecided}
		if err := approvalQuestion().decide(ctx, tx, approval.ID, decision, true); err != nil {
			return err
		}
	}
	// The inbox has one line for what is asked and one for how it stands: the last step's.
	if err := closeAlerts(ctx, tx, "a later one says it", AlertKey(AlertApprovalReminder, approval.ID)); err != nil {
		return err
	}
	return raiseAlert(ctx, tx, alert)
}
