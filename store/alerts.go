package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// AlertKind says what an alert is about.
type AlertKind string

// The kinds of alert. One about a review or an approval never says of which kind that is: the kind alone would tell of a
// termination that is still confidential.
const (
	AlertReviewOpened      AlertKind = "review_opened"      // subject: the review
	AlertApprovalRequested AlertKind = "approval_requested" // subject: the approval
	AlertApprovalReminder  AlertKind = "approval_reminder"  // subject: the approval
	// AlertApprovalOverdue: nobody decided an approval by its deadline, which is an escalation; subject: the approval.
	AlertApprovalOverdue AlertKind = "approval_overdue"
	// AlertAccessNotCut: a person who left was not read back unroutable in time.
	AlertAccessNotCut AlertKind = "access_not_cut"
	// AlertAccessEscalated: nor long after that.
	AlertAccessEscalated AlertKind = "access_escalated"
	// AlertOwnedElsewhere: an access has to end on an account that somebody else owns, and only a person can have it ended there.
	AlertOwnedElsewhere AlertKind = "access_owned_elsewhere"
	// AlertRungInVain: mailboxes do not answer the relay, or Temporal does not.
	AlertRungInVain AlertKind = "rung_in_vain"
	// AlertSignatureFailures: somebody keeps sending what no known source has signed; subject: the network address.
	AlertSignatureFailures AlertKind = "signature_failures"
	// AlertSourceSilent: a source that sends every day has stopped; subject: the source.
	AlertSourceSilent AlertKind = "source_silent"
	// AlertDeliveryFailed: alerts do not get through to an endpoint; subject: the endpoint's name.
	AlertDeliveryFailed AlertKind = "alert_delivery_failed"
	// AlertDeletionDue: a notice to legal of when a leaver's account is deleted.
	AlertDeletionDue AlertKind = "deletion_due"
	// AlertGraceSuspended: the workflow that counts a leaver's grace was cancelled or lost, so nothing is deleted until an operator
	// resumes it.
	AlertGraceSuspended AlertKind = "grace_suspended"
	// AlertArchiveDamaged: a leaver's archive is missing or is not what was written; subject: the archive.
	AlertArchiveDamaged AlertKind = "archive_damaged"
	// AlertArchiveFailing: a leaver's account could not be archived for an hour, or until the day of its deletion.
	AlertArchiveFailing AlertKind = "archive_failing"
	// AlertGraceRestarted: the workflow of a leaver's grace was terminated or lost, and goes on.
	AlertGraceRestarted AlertKind = "grace_restarted"
	// AlertApprovalLapsed: an approval was granted and came to nothing; subject: the approval.
	AlertApprovalLapsed AlertKind = "approval_lapsed"
	// AlertPurgeStuck: the platform refuses a deletion that has passed its point of no return.
	AlertPurgeStuck AlertKind = "purge_stuck"
	// AlertReversalAwaitsHR: HR has not agreed to a reversal for days; subject: the override.
	AlertReversalAwaitsHR AlertKind = "reversal_awaits_hr"
	// AlertDeltaOpen: a reconciliation found what only a person can settle, and nothing else asks about it; subject: the account that is
	// nobody's, or the type of the delta.
	AlertDeltaOpen AlertKind = "delta_open"
	// AlertMappingSubmitted: a version of the mapping registry waits for somebody's approval; subject: "version N".
	AlertMappingSubmitted AlertKind = "mapping_submitted"
	// AlertMappingSunset: a rule of the mapping registry ends soon; subject: the rule and its last day.
	AlertMappingSunset AlertKind = "mapping_sunset"
	// AlertRolloutHeld: a change of the rules that is due does not reach people: it is paused, or not through after hours; subject: the rollout.
	AlertRolloutHeld AlertKind = "rollout_held"
	// AlertGuardTripped: a limit of the mass-change guard is reached and people wait; subject: the trip.
	AlertGuardTripped AlertKind = "guard_tripped"
	// AlertHardStop: so many accesses were cut within minutes that the rest waits before it; subject: the trip.
	AlertHardStop AlertKind = "guard_hard_stop"
	// AlertReconciliationRefused: a source was not to be trusted, so nothing was compared; subject: the reconciliation.
	AlertReconciliationRefused AlertKind = "reconciliation_refused"
	// AlertReconciliationMissed: a reconciliation by schedule did not begin; subject: the schedule.
	AlertReconciliationMissed AlertKind = "reconciliation_missed"
)

// Severity is how much an alert presses.
type Severity string

// The severities, the least first.
const (
	SeverityInfo     Severity = "info"     // somebody is waited for
	SeverityWarning  Severity = "warning"  // something will go wrong unless somebody looks
	SeverityCritical Severity = "critical" // somebody keeps access they must not have, or may
)

// Alert is what a person has to look at now. It goes to outside systems, so it holds ids and fixed words: no personal data, and
// nothing that tells what an event, a review or an approval is about.
type Alert struct {
	ID       string    // "alt_…", given by the store
	At       time.Time // when it was raised; for the zero time the store gives the database's
	Kind     AlertKind
	Severity Severity
	PersonID string // empty where it is nobody's
	// SubjectID is the review, approval, event, source, … it is about.
	SubjectID string
	Text      string
	// DedupeKey tells open alerts apart; empty means AlertKey(Kind, SubjectID), or the person's id where there is no subject.
	DedupeKey string
	// LapsesAt is when it closes by itself unless it is raised again; nil: it stays open until it is closed.
	LapsesAt  *time.Time
	ClosedAt  *time.Time // nil while open
	ClosedWhy string
}

// States of an alert.
const (
	AlertOpen   = "open"
	AlertClosed = "closed"
)

// State is AlertOpen or AlertClosed.
func (a Alert) State() string {
	if a.ClosedAt == nil {
		return AlertOpen
	}
	return AlertClosed
}

// AboutReview says whether the subject is a review.
func (a Alert) AboutReview() bool { return strings.HasPrefix(a.SubjectID, reviewPrefix) }

// AboutApproval says whether the subject is an approval.
func (a Alert) AboutApproval() bool { return strings.HasPrefix(a.SubjectID, approvalPrefix) }

// AlertKey is the dedupe key of an alert about a subject.
func AlertKey(kind AlertKind, subject string) string { return string(kind) + ":" + subject }

const alertPrefix = "alt_"

const alertColumns = `id, at, kind, severity, person_id, subject_id, text, dedupe_key, lapses_at, closed_at, closed_why`

// RaiseAlert raises an alert unless one with its dedupe key is open; of that one it only moves LapsesAt, as far as that is set.
// The store gives ID.
func (s *Store) RaiseAlert(ctx context.Context, a Alert) error { return raiseAlert(ctx, s.pool, a) }

// RaiseAlert raises an alert about the person, together with what the transaction changes.
func (p *PersonTx) RaiseAlert(a Alert) error {
	a.PersonID = p.personID
	return raiseAlert(p.ctx, p.tx, a)
}

func raiseAlert(ctx context.Context, db database, a Alert) error {
	if a.Severity == "" {
		a.Severity = SeverityWarning
	}
	if a.DedupeKey == "" {
		subject := a.SubjectID
		if subject == "" {
			subject = a.PersonID
		}
		a.DedupeKey = AlertKey(a.Kind, subject)
	}
	_, err := db.Exec(ctx, `
		insert into alerts (id, kind, severity, person_id, subject_id, text, dedupe_key, lapses_at, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, clock_timestamp()))
		on conflict (dedupe_key) where closed_at is null
		do update set lapses_at = excluded.lapses_at where excluded.lapses_at is not null`,
		newID(alertPrefix), a.Kind, a.Severity, a.PersonID, a.SubjectID, a.Text, a.DedupeKey, a.LapsesAt, instant(a.At))
	if err != nil {
		return fmt.Errorf("raise the alert %s: %w", a.DedupeKey, err)
	}
	return nil
}

// CloseAlert closes the open alert with this dedupe key, if there is one.
func (s *Store) CloseAlert(ctx context.Context, dedupeKey, why string) error {
	return closeAlerts(ctx, s.pool, why, dedupeKey)
}

// CloseAlert closes an alert together with what the transaction changes.
func (p *PersonTx) CloseAlert(dedupeKey, why string) error {
	return closeAlerts(p.ctx, p.tx, why, dedupeKey)
}

// AlertIsOpen says whether the alert with this dedupe key is open.
func (p *PersonTx) AlertIsOpen(dedupeKey string) (is bool, err error) {
	err = p.tx.QueryRow(p.ctx, `select exists (select from alerts where dedupe_key = $1 and closed_at is null)`, dedupeKey).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look for the alert %s: %w", dedupeKey, err)
	}
	return is, nil
}

func closeAlerts(ctx context.Context, db database, why string, dedupeKeys ...string) error {
	_, err := db.Exec(ctx, `
		update alerts set closed_at = clock_timestamp(), closed_why = $2 where dedupe_key = any($1) and closed_at is null`, dedupeKeys, why)
	if err != nil {
		return fmt.Errorf("close the alerts %v: %w", dedupeKeys, err)
	}
	return nil
}

// raiseReview says that a review waits.
func raiseReview(ctx context.Context, db database, r Review) error {
	return raiseAlert(ctx, db, Alert{
		Kind: AlertReviewOpened, Severity: SeverityWarning, PersonID: r.PersonID, SubjectID: r.ID, Text: "A review waits for a decision.",
	})
}

// raiseApproval says that an approval is asked for.
func raiseApproval(ctx context.Context, db database, a Approval) error {
	return raiseAlert(ctx, db, Alert{
		Kind: AlertApprovalRequested, Severity: SeverityInfo, PersonID: a.PersonID, SubjectID: a.ID, Text: "An approval is asked for.",
	})
}

// closeQuestionAlerts closes what was raised about an approval or a review that waits no longer. The state it is in now is not
// said: who may know it can look.
func closeQuestionAlerts(ctx context.Context, db database, id string) error {
	return closeAlerts(ctx, db, "it waits for no decision any more", AlertKey(AlertReviewOpened, id),
		AlertKey(AlertApprovalRequested, id), AlertKey(AlertApprovalReminder, id), AlertKey(AlertApprovalOverdue, id))
}
