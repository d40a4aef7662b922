package store

import (
	"time"

	"github.com/jackc/pgx/v5"

	"muster/hr"
)

// told is the newest value of a search column in a batch; at is nil when no event told it.
type told struct {
	value *string
	at    *time.Time
}

func (t *told) hear(field hr.Optional[string], at time.Time) {
	if !field.Present || (t.at != nil && at.Before(*t.at)) {
		return
	}
	t.at, t.value = &at, nil
	if !field.Null && field.Value != "" {
		t.value = &field.Value
	}
}

type description struct{ email, firstName, lastName told }

// queueDescriptions keeps the search columns at what the newest accepted events say.
func queueDescriptions(batch *pgx.Batch, items []Incoming, rulings []ruling) {
	described := map[string]*description{}
	for i, r := range rulings {
		if r.admission != AdmissionAccepted {
			continue
		}
		payload, at := items[i].Event.Payload, items[i].Event.TimestampUTC
		if !payload.Email.Present && !payload.FirstName.Present && !payload.LastName.Present {
			continue
		}
		d := described[r.verdict.PersonID]
		if d == nil {
			d = &description{}
			described[r.verdict.PersonID] = d
		}
		d.email.hear(payload.Email, at)
		d.firstName.hear(payload.FirstName, at)
		d.lastName.hear(payload.LastName, at)
	}
	if len(described) == 0 {
		return
	}
	var (
		people               []string
		email, first, last   []*string
		emailAt, firstAt, at []*time.Time
	)
	for person, d := range described {
		people = append(people, person)
		email, emailAt = append(email, d.email.value), append(emailAt, d.email.at)
		first, firstAt = append(first, d.firstName.value), append(firstAt, d.firstName.at)
		last, at = append(last, d.lastName.value), append(at, d.lastName.at)
	}
	batch.Queue(`
		with locked as (
			select person_id from persons where person_id = any($1) order by person_id for no key update
		)
		update persons p set
			email         = case when t.email_at >= coalesce(p.email_at, '-infinity') then t.email else p.email end,
			email_at      = greatest(p.email_at, t.email_at),
			first_name    = case when t.first_at >= coalesce(p.first_name_at, '-infinity') then t.first else p.first_name end,
			first_name_at = greatest(p.first_name_at, t.first_at),
			last_name     = case when t.last_at >= coalesce(p.last_name_at, '-infinity') then t.last else p.last_name end,
			last_name_at  = greatest(p.last_name_at, t.last_at)
		from locked, unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[])
			as t (person_id, email, email_at, first, first_at, last, last_at)
		where p.person_id = locked.person_id and t.person_id = locked.person_id`, people, email, emailAt, first, firstAt, last, at)
}
