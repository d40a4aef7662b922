package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/hr"
)

// caseTwin is a new id that differs from an earlier one of its namespace in case only.
type caseTwin struct {
	PersonID   string
	ExternalID string
	Twin       string
	TwinPerson string
}

// lockPeople returns the person of each event's external id and locks the ids until the transaction ends. New ids get a new
// person; those among them that only differ in case from an earlier one are returned too.
func lockPeople(ctx context.Context, tx pgx.Tx, events []Incoming, multiNamespace bool) (map[externalKey]string, []caseTwin, error) {
	people := map[externalKey]string{}
	var wanted []externalKey
	for _, in := range events {
		if key := in.externalKey(); people[key] == "" {
			people[key] = personIDFor(key, multiNamespace, 0)
			wanted = append(wanted, key)
		}
	}
	if len(wanted) == 0 {
		return people, nil, nil
	}
	inserted, err := lockIDs(ctx, tx, wanted, people)
	if err != nil || len(inserted) == 0 {
		return people, nil, err
	}
	// Newly inserted in the order of the batch, so that of two twins in one batch the later one is the newcomer.
	var fresh []externalKey
	for _, key := range wanted {
		if inserted[key] {
			fresh = append(fresh, key)
		}
	}
	if err := createPeople(ctx, tx, fresh, people, multiNamespace); err != nil {
		return nil, nil, err
	}
	twins, err := findTwins(ctx, tx, fresh, people)
	return people, twins, err
}

// personIDFor is the id a new person gets: the external id as it is, or after its namespace when there are several. Each further
// attempt puts the namespace in front once more, for the case that the id is another person's already.
func personIDFor(key externalKey, multiNamespace bool, attempt int) string {
	prefix := strings.ToLower(key.namespace) + ":"
	if multiNamespace {
		attempt++
	}
	return strings.Repeat(prefix, attempt) + key.id
}

// lockIDs inserts the ids that are new, locks all of them, and puts the person of those that were known into people.
func lockIDs(ctx context.Context, tx pgx.Tx, wanted []externalKey, people map[externalKey]string) (inserted map[externalKey]bool, err error) {
	namespaces, ids := columns(wanted)
	personIDs := make([]string, 0, len(wanted))
	for _, key := range wanted {
		personIDs = append(personIDs, people[key])
	}
	type row struct {
		Namespace  string
		ExternalID string
		PersonID   string
		Inserted   bool
	}
	rows, err := list[row](ctx, tx, "the people's ids", `
		insert into person_ids (namespace, external_id, person_id)
		select * from unnest($1::text[], $2::text[], $3::text[]) as wanted (namespace, external_id, person_id)
		order by namespace, external_id
		on conflict (namespace, external_id) do update set last_seen_at = now()
		returning namespace, external_id, person_id, xmax = 0 as inserted`, namespaces, ids, personIDs)
	if err != nil {
		return nil, err
	}
	inserted = map[externalKey]bool{}
	for _, r := range rows {
		key := externalKey{r.Namespace, r.ExternalID}
		people[key] = r.PersonID
		if r.Inserted {
			inserted[key] = true
		}
	}
	return inserted, nil
}

// createPeople makes a person and an agent for each new id. An id that is another person's already (two namespaces, one of them
// configured later) gets the next one.
func createPeople(ctx context.Context, tx pgx.Tx, fresh []externalKey, people map[externalKey]string, multiNamespace bool) error {
	open := slices.Clone(fresh)
	const attempts = 4
	for attempt := 1; len(open) > 0; attempt++ {
		if attempt > attempts {
			return fmt.Errorf("external id %s of %s: every person id for it is taken", open[0].id, open[0].namespace)
		}
		taken, err := insertPeople(ctx, tx, open, people)
		if err != nil {
			return err
		}
		for _, key := range taken {
			people[key] = personIDFor(key, multiNamespace, attempt)
			_, err := tx.Exec(ctx, `
				update person_ids set person_id = $3 where namespace = $1 and external_id = $2`, key.namespace, key.id, people[key])
			if err != nil {
				return fmt.Errorf("give external id %s another person: %w", key.id, err)
			}
		}
		open = taken
	}
	personIDs := make([]string, 0, len(fresh))
	for _, key := range fresh {
		personIDs = append(personIDs, people[key])
	}
	_, err := tx.Exec(ctx, `
		insert into agents (person_id) select person_id from unnest($1::text[]) as fresh (person_id) order by person_id
		on conflict do nothing`, personIDs)
	if err != nil {
		return fmt.Errorf("create the agents: %w", err)
	}
	return nil
}

// insertPeople creates the people and returns the ids whose person belongs to another id.
func insertPeople(ctx context.Context, tx pgx.Tx, open []externalKey, people map[externalKey]string) (taken []externalKey, err error) {
	namespaces, ids := columns(open)
	personIDs := make([]string, 0, len(open))
	for _, key := range open {
		personIDs = append(personIDs, people[key])
	}
	_, err = tx.Exec(ctx, `
		insert into persons (person_id, origin_namespace, origin_external_id)
		select * from unnest($1::text[], $2::text[], $3::text[]) as fresh (person_id, namespace, external_id)
		order by person_id on conflict do nothing`, personIDs, namespaces, ids)
	if err != nil {
		return nil, fmt.Errorf("create the people: %w", err)
	}
	type origin struct{ PersonID, Namespace, ExternalID string }
	origins, err := list[origin](ctx, tx, "the people's origins", `
		select person_id, origin_namespace as namespace, origin_external_id as external_id from persons where person_id = any($1)`, personIDs)
	if err != nil {
		return nil, err
	}
	originOf := map[string]externalKey{}
	for _, o := range origins {
		originOf[o.PersonID] = externalKey{o.Namespace, o.ExternalID}
	}
	for _, key := range open {
		if originOf[people[key]] != key {
			taken = append(taken, key)
		}
	}
	return taken, nil
}

// findTwins finds ids of the same namespace that differ from a new one in case only. Writing the folded ids first makes two
// batches that bring twins at the same moment take turns, so that the second sees the first's.
func findTwins(ctx context.Context, tx pgx.Tx, fresh []externalKey, people map[externalKey]string) ([]caseTwin, error) {
	namespaces, ids := columns(fresh)
	_, err := tx.Exec(ctx, `
		insert into external_id_folds (namespace, folded_id)
		select distinct namespace, lower(external_id) as folded_id from unnest($1::text[], $2::text[]) as fresh (namespace, external_id)
		order by namespace, folded_id on conflict do nothing`, namespaces, ids)
	if err != nil {
		return nil, fmt.Errorf("note the ids without regard to case: %w", err)
	}
	type row struct{ Namespace, ExternalID, Twin, TwinPerson string }
	rows, err := list[row](ctx, tx, "ids that differ in case only", `
		select fresh.namespace, fresh.external_id, known.external_id as twin, known.person_id as twin_person
		from unnest($1::text[], $2::text[]) as fresh (namespace, external_id)
		join person_ids known on known.namespace = fresh.namespace and lower(known.external_id) = lower(fresh.external_id)
		                     and known.external_id <> fresh.external_id`, namespaces, ids)
	if err != nil {
		return nil, err
	}
	place := map[externalKey]int{}
	for i, key := range fresh {
		place[key] = i
	}
	var twins []caseTwin
	for _, r := range rows {
		key := externalKey{r.Namespace, r.ExternalID}
		if at, both := place[externalKey{r.Namespace, r.Twin}]; both && at > place[key] {
			continue // the twin came later in the same batch: it is the one to ask about
		}
		twins = append(twins, caseTwin{PersonID: people[key], ExternalID: r.ExternalID, Twin: r.Twin, TwinPerson: r.TwinPerson})
	}
	return twins, nil
}

func columns(keys []externalKey) (namespaces, ids []string) {
	for _, key := range keys {
		namespaces = append(namespaces, key.namespace)
		ids = append(ids, key.id)
	}
	return namespaces, ids
}

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

// describePeople keeps the search columns at what the newest accepted events say.
func describePeople(ctx context.Context, tx pgx.Tx, items []Incoming, rulings []ruling) error {
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
		return nil
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
	_, err := tx.Exec(ctx, `
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
	if err != nil {
		return fmt.Errorf("describe the people: %w", err)
	}
	return nil
}
