package store

import (
	"fmt"
	"time"

	"muster/lifecycle"
)

// TimelineGraceNotice is the kind of the line that says that legal was told of a deadline.
const TimelineGraceNotice = "grace.notice"

// AddNotice records that legal is told of a deadline, once for each kind and deadline of a grace, and tells them: the alert
// AlertDeletionDue opens in the same transaction. A zero RecordedAt is now. ErrNotFound when no grace of that generation has begun.
func (p *PersonTx) AddNotice(generation int64, n lifecycle.Notice) error {
	if _, err := p.Grace(generation); err != nil {
		return err
	}
	recorded, err := p.tx.Exec(p.ctx, `
		insert into grace_notices (person_id, generation, kind, deadline, recorded_at)
		values ($1, $2, $3, $4, coalesce($5, clock_timestamp())) on conflict do nothing`,
		p.personID, generation, n.Kind, n.Deadline, instant(n.RecordedAt))
	if err != nil {
		return fmt.Errorf("record the notice %s of generation %d: %w", n.Kind, generation, err)
	}
	if recorded.RowsAffected() == 0 {
		return nil
	}
	deadline := n.Deadline.UTC().Format(time.RFC3339)
	severity := SeverityInfo
	if n.Kind == lifecycle.NoticeOneDay {
		severity = SeverityWarning
	}
	err = p.RaiseAlert(Alert{
		Kind: AlertDeletionDue, Severity: severity, DedupeKey: p.noticeKey(generation, n),
		Text: "The account of a person who left is deleted at " + deadline + " unless legal turns it back.",
	})
	if err != nil {
		return err
	}
	return p.AddTimeline(TimelineEntry{
		Kind: TimelineGraceNotice, Text: "legal is told that the account is deleted at " + deadline,
		Detail: detail(map[string]string{"notice": string(n.Kind), "generation": numberKey(generation), "deadline": deadline}),
	})
}

// Notices returns the notices of a grace in the order in which they were recorded.
func (p *PersonTx) Notices(generation int64) ([]lifecycle.Notice, error) {
	return list[lifecycle.Notice](p.ctx, p.tx, "the notices", `
		select kind, deadline, recorded_at from grace_notices
		where person_id = $1 and generation = $2 order by recorded_at, deadline, kind`, p.personID, generation)
}

// noticeKey tells the alert of one notice from those of others. The deadline is written as exactly as PostgreSQL keeps it.
func (p *PersonTx) noticeKey(generation int64, n lifecycle.Notice) string {
	return fmt.Sprintf("%s:%s:%d:%s:%s", AlertDeletionDue, p.personID, generation, n.Kind,
		n.Deadline.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano))
}

// closeNoticeAlerts closes the alerts about what is not so any more: another deadline, or a grace that has come to its end.
func (p *PersonTx) closeNoticeAlerts(generation int64) error {
	grace, err := p.Grace(generation)
	if err != nil {
		return err
	}
	notices, err := p.Notices(generation)
	if err != nil {
		return err
	}
	var past []string
	for _, n := range notices {
		if !grace.Open() || !n.Deadline.Equal(grace.Deadline) {
			past = append(past, p.noticeKey(generation, n))
		}
	}
	if len(past) == 0 {
		return nil
	}
	why := "the deadline has moved"
	if !grace.Open() {
		why = "the grace has come to its end"
	}
	return closeAlerts(p.ctx, p.tx, why, past...)
}
