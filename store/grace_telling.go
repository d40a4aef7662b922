package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/lifecycle"
)

// TimelineGraceProlonged is the kind of the line that says that a deadline moved because nobody had been told of it in time.
const TimelineGraceProlonged = "grace.prolonged"

// noticesAtOnce bounds how many notices one look records: there are three kinds, and a deadline that moves is told anew.
const noticesAtOnce = 6

// TellLegal records the notices that are due at a look at a grace, moves its deadline where that comes too late, and returns what
// lifecycle.LookAtGrace says afterwards. look is brought up to date with what is changed.
func (p *PersonTx) TellLegal(look *lifecycle.GraceLook) (lifecycle.GraceDecision, error) {
	for range noticesAtOnce {
		d := lifecycle.LookAtGrace(*look)
		if d.Notify == "" {
			return d, nil
		}
		generation := look.Grace.Generation
		if !d.Deadline.Equal(look.Grace.Deadline) {
			if err := p.ChangeGrace(generation, GraceChange{Deadline: &d.Deadline}); err != nil {
				return d, err
			}
			look.Grace.Deadline = d.Deadline
			look.Grace.Version++
			if err := p.AddTimeline(TimelineEntry{
				Kind: TimelineGraceProlonged,
				Text: "nobody was told of the deadline in time: it moves to " + d.Deadline.UTC().Format(time.RFC3339),
			}); err != nil {
				return d, err
			}
		}
		notice := lifecycle.Notice{Kind: d.Notify, Deadline: d.Deadline, RecordedAt: look.Now}
		look.Notices = append(look.Notices, notice)
		if err := p.AddNotice(generation, notice); err != nil {
			return d, err
		}
	}
	return lifecycle.LookAtGrace(*look), nil
}

// GraceLook is what a look at a grace of the person needs, but for what HR says. ErrNotFound when there is none of that generation.
func (p *PersonTx) GraceLook(person Person, generation int64, now time.Time) (lifecycle.GraceLook, error) {
	grace, err := p.Grace(generation)
	if err != nil {
		return lifecycle.GraceLook{}, err
	}
	notices, err := p.Notices(generation)
	if err != nil {
		return lifecycle.GraceLook{}, err
	}
	return lifecycle.GraceLook{
		Grace: grace, Held: len(person.Holds) > 0, Notices: notices, Generation: person.Agent.Generation, Now: now,
	}, nil
}

// KeepGraceNotices tells legal of every deadline that a notice is due for (RULES 7). A grace's workflow sleeps until its deadline and
// makes sure then that legal was told in time; this is what tells. One that fails does not hold up the others.
func (s *Store) KeepGraceNotices(ctx context.Context, now time.Time) error {
	due, err := list[GraceRef](ctx, s.pool, "the graces to tell legal of", `
		select person_id, generation from graces g
		where phase = 'waiting' and not exists (select from holds h where h.person_id = g.person_id and h.released_at is null)
		  and exists (
			select from (values ('seven_days', interval '168 hours'), ('one_day', interval '24 hours')) as notice (kind, lead)
			where g.deadline - lead between g.started_at and $1
			  and not exists (
				select from grace_notices n
				where n.person_id = g.person_id and n.generation = g.generation and n.kind = notice.kind and n.deadline = g.deadline))
		order by deadline limit 1000`, now)
	if err != nil {
		return err
	}
	for _, grace := range due {
		err = errors.Join(err, s.tellOf(ctx, grace, now))
	}
	return err
}

func (s *Store) tellOf(ctx context.Context, ref GraceRef, now time.Time) error {
	err := s.WithPerson(ctx, ref.PersonID, func(_ context.Context, p *PersonTx) error {
		person, err := p.Load()
		if err != nil {
			return err
		}
		look, err := p.GraceLook(person, ref.Generation, now)
		if err != nil {
			return err
		}
		before := look.Grace.Version
		if _, err := p.TellLegal(&look); err != nil || look.Grace.Version == before {
			return err
		}
		return p.Ring() // the deadline has moved: the grace's workflow has to know
	})
	if err != nil {
		return fmt.Errorf("tell legal of the grace of %s: %w", ref.PersonID, err)
	}
	return nil
}
