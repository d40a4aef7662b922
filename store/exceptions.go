package store

import (
	"context"
	"fmt"
	"time"
)

const exceptionPrefix = "exc_"

// Kinds of timeline lines about exceptions. They name the exception by its id: its reason is kept where an erasure finds it.
const (
	TimelineExceptionMade  = "exception.made"
	TimelineExceptionEnded = "exception.ended"
)

// Exception lets one construct of a person be as it is until an instant (RULES 2).
type Exception struct {
	ID       string
	PersonID string
	// Part is the kind of construct ("skill", "queue", "profile"), Construct the platform's id or name of it, or the field's name.
	Part      string
	Construct string
	// Until is the first instant at which it no longer holds.
	Until          time.Time
	MadeBy         string
	MadeByVerified bool
	MadeAt         time.Time
	Reason         string
	EndedAt        *time.Time // nil while nobody has ended it; it ends by itself all the same
	EndedBy        string
}

const exceptionColumns = `id, person_id, part, construct, until, made_by, made_by_verified, made_at, reason, ended_at, ended_by`

// AddException makes an exception. It takes Part, Construct, Until, MadeBy, MadeByVerified and Reason. One in force for the same
// construct is ended by it: at most one is.
func (p *PersonTx) AddException(x Exception) (Exception, error) {
	standing, err := list[Exception](p.ctx, p.tx, "the exceptions in force", `
		select `+exceptionColumns+` from exceptions where person_id = $1 and part = $2 and construct = $3 and ended_at is null`,
		p.personID, x.Part, x.Construct)
	if err != nil {
		return Exception{}, err
	}
	for _, one := range standing {
		if err := p.EndException(one.ID, x.MadeBy, x.MadeByVerified); err != nil {
			return Exception{}, err
		}
	}
	made, err := one[Exception](p.ctx, p.tx, "the exception", `
		insert into exceptions (id, person_id, part, construct, until, made_by, made_by_verified, reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning `+exceptionColumns,
		newID(exceptionPrefix), p.personID, x.Part, x.Construct, x.Until, x.MadeBy, x.MadeByVerified, x.Reason)
	if err != nil {
		return Exception{}, err
	}
	return made, p.recordException(made, TimelineExceptionMade, made.MadeBy, made.MadeByVerified,
		fmt.Sprintf("%s %s may be as it is until %s", made.Part, made.Construct, made.Until.UTC().Format(time.RFC3339)))
}

// EndException ends an exception before its time. One that has been ended stays as it is. ErrNotFound when it is not this person's.
func (p *PersonTx) EndException(id, by string, verified bool) error {
	ended, err := list[Exception](p.ctx, p.tx, "exception "+id, `
		update exceptions set ended_at = coalesce(ended_at, clock_timestamp()), ended_by = case when ended_at is null then $3 else ended_by end
		where id = $1 and person_id `+oneWith("$2")+` returning `+exceptionColumns, id, p.personID, by)
	if err != nil {
		return err
	}
	if len(ended) == 0 {
		return fmt.Errorf("exception %s: %w", id, ErrNotFound)
	}
	return p.recordException(ended[0], TimelineExceptionEnded, by, verified, "ended")
}

func (p *PersonTx) recordException(x Exception, kind, actor string, verified bool, what string) error {
	err := p.AddTimeline(TimelineEntry{
		Kind: kind, Actor: actor, ActorVerified: verified, Text: fmt.Sprintf("exception %s: %s", x.ID, what),
		Detail: detail(map[string]string{"exception_id": x.ID}),
	})
	if err != nil {
		return err
	}
	return p.Audit(AuditFact{Actor: actor, ActorVerified: verified, Action: kind, Detail: detail(map[string]string{
		"exception_id": x.ID, "part": x.Part, "construct": x.Construct, "until": x.Until.UTC().Format(time.RFC3339),
	})})
}

// Exceptions are those of these people that hold at an instant, by person; of whoever was joined into them too.
func (s *Store) Exceptions(ctx context.Context, people []string, at time.Time) (map[string][]Exception, error) {
	type row struct {
		Person string
		Exception
	}
	rows, err := list[row](ctx, s.pool, "the exceptions", `
		select person, `+exceptionColumns+` from exceptions x `+heldBy+` x.person_id
		where ended_at is null and until > $2 order by made_at, id`, people, at)
	found := map[string][]Exception{}
	for _, r := range rows {
		found[r.Person] = append(found[r.Person], r.Exception)
	}
	return found, err
}

// PersonExceptions are all exceptions of a person, the newest first, ended ones too.
func (s *Store) PersonExceptions(ctx context.Context, personID string) ([]Exception, error) {
	return list[Exception](ctx, s.pool, "the person's exceptions", `
		select `+exceptionColumns+` from exceptions where person_id `+oneWith("$1")+` order by made_at desc, id desc`, personID)
}
