package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// people are those that a batch of events is about.
type people struct {
	// of is the person of each external id that may have an event accepted.
	of map[externalKey]string
	// fresh are the ids seen for the first time, in the order of the batch.
	fresh []externalKey

	wanted            []externalKey // with eventIDs and digests: every event that may say something new, in the order of the batch
	eventIDs, digests []string
}

// caseTwin is a new id that differs from an earlier one of its namespace in case only.
type caseTwin struct {
	Namespace  string
	PersonID   string // of ExternalID
	ExternalID string
	Twin       string
	TwinPerson string
}

// newPeople guesses the person of each id, as if all were new. Of equal contents under one event_id only the first says anything.
func newPeople(items []Incoming, multiNamespace bool) people {
	p := people{of: map[externalKey]string{}}
	type said struct{ eventID, digest string }
	seen := map[said]bool{}
	for _, in := range items {
		if in.Rejection != nil || seen[said{in.EventID, in.Digest}] {
			continue
		}
		seen[said{in.EventID, in.Digest}] = true
		p.of[in.externalKey()] = personIDFor(in.externalKey(), multiNamespace, 0)
		p.wanted = append(p.wanted, in.externalKey())
		p.eventIDs, p.digests = append(p.eventIDs, in.EventID), append(p.digests, in.Digest)
	}
	return p
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

// queueLock inserts the ids that are new and locks all of them until the transaction ends. Ids whose events are all known already
// with the same content are left alone. They are looked up one by one, by index: "not exists" is planned as a join
// that reads the whole table, and that plan is kept from when the table was small.
func (p *people) queueLock(batch *pgx.Batch) {
	type row struct {
		Namespace  string
		ExternalID string
		PersonID   string
		Inserted   bool
	}
	namespaces, ids := columns(p.wanted)
	inserted := map[externalKey]bool{}
	batch.Queue(`
		insert into person_ids (namespace, external_id, person_id)
		select distinct on (namespace, external_id) namespace, external_id, person_id
		from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as wanted (namespace, external_id, person_id, event_id, digest)
		where (select e.digest from hr_events e where e.event_id = wanted.event_id and e.admission <> 'rejected' limit 1)
		      is distinct from wanted.digest
		order by namespace, external_id
		on conflict (namespace, external_id) do update set last_seen_at = now()
		returning namespace, external_id, person_id, xmax = 0 as inserted`, namespaces, ids, p.personIDs(p.wanted), p.eventIDs, p.digests).
		Query(func(rows pgx.Rows) error {
			err := each(func(r row) {
				key := externalKey{r.Namespace, r.ExternalID}
				p.of[key], inserted[key] = r.PersonID, r.Inserted
			})(rows)
			for _, key := range p.wanted {
				if inserted[key] {
					p.fresh = append(p.fresh, key)
					inserted[key] = false // once
				}
			}
			return err
		})
}

// create makes a person for each new id and returns those ids that differ from an earlier one in case only. An id that is
// another person's already (two namespaces, one of them configured later) gets the next one.
func (p *people) create(ctx context.Context, tx pgx.Tx, multiNamespace bool) ([]caseTwin, error) {
	if len(p.fresh) == 0 {
		return nil, nil
	}
	var (
		batch pgx.Batch
		taken []externalKey
		twins []caseTwin
	)
	p.queuePersons(&batch, p.fresh, &taken)
	p.queueTwins(&batch, &twins)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("create the people: %w", err)
	}
	const attempts = 4
	for attempt := 1; len(taken) > 0; attempt++ {
		if attempt == attempts {
			return nil, fmt.Errorf("external id %s of %s: every person id for it is taken", taken[0].id, taken[0].namespace)
		}
		open := slices.Clone(taken)
		taken = nil
		var batch pgx.Batch
		for _, key := range open {
			p.of[key] = personIDFor(key, multiNamespace, attempt)
			batch.Queue(`update person_ids set person_id = $3 where namespace = $1 and external_id = $2`, key.namespace, key.id, p.of[key])
		}
		p.queuePersons(&batch, open, &taken)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return nil, fmt.Errorf("create the people under other ids: %w", err)
		}
	}
	for i := range twins {
		twins[i].PersonID = p.of[externalKey{twins[i].Namespace, twins[i].ExternalID}]
	}
	return twins, nil
}

// queuePersons creates people and puts the ids whose person belongs to another id into taken.
func (p *people) queuePersons(batch *pgx.Batch, open []externalKey, taken *[]externalKey) {
	namespaces, ids := columns(open)
	personIDs := p.personIDs(open)
	batch.Queue(`
		insert into persons (person_id, origin_namespace, origin_external_id)
		select * from unnest($1::text[], $2::text[], $3::text[]) as fresh (person_id, namespace, external_id)
		order by person_id on conflict do nothing`, personIDs, namespaces, ids)
	type origin struct{ PersonID, Namespace, ExternalID string }
	batch.Queue(`
		select person_id, origin_namespace as namespace, origin_external_id as external_id from persons where person_id = any($1)`, personIDs).
		Query(func(rows pgx.Rows) error {
			originOf := map[string]externalKey{}
			err := each(func(o origin) { originOf[o.PersonID] = externalKey{o.Namespace, o.ExternalID} })(rows)
			for _, key := range open {
				if originOf[p.of[key]] != key {
					*taken = append(*taken, key)
				}
			}
			return err
		})
}

// queueTwins finds ids of the same namespace that differ from a new one in case only. Writing the folded ids first makes two
// batches that bring twins at the same moment take turns, so that the second sees the first's. Of two twins in one batch the
// later one is asked about.
func (p *people) queueTwins(batch *pgx.Batch, twins *[]caseTwin) {
	namespaces, ids := columns(p.fresh)
	batch.Queue(`
		insert into external_id_folds (namespace, folded_id)
		select distinct namespace, lower(external_id) as folded_id from unnest($1::text[], $2::text[]) as fresh (namespace, external_id)
		order by namespace, folded_id on conflict do nothing`, namespaces, ids)
	type row struct{ Namespace, ExternalID, Twin, TwinPerson string }
	batch.Queue(`
		select fresh.namespace, fresh.external_id, known.external_id as twin, known.person_id as twin_person
		from unnest($1::text[], $2::text[]) as fresh (namespace, external_id)
		join person_ids known on known.namespace = fresh.namespace and lower(known.external_id) = lower(fresh.external_id)
		                     and known.external_id <> fresh.external_id`, namespaces, ids).
		Query(each(func(r row) {
			own, other := externalKey{r.Namespace, r.ExternalID}, externalKey{r.Namespace, r.Twin}
			if slices.Index(p.fresh, other) > slices.Index(p.fresh, own) {
				return
			}
			*twins = append(*twins, caseTwin{Namespace: r.Namespace, ExternalID: r.ExternalID, Twin: r.Twin, TwinPerson: r.TwinPerson})
		}))
}

// queueAgents makes an agent for each new person.
func (p *people) queueAgents(batch *pgx.Batch) {
	if len(p.fresh) == 0 {
		return
	}
	batch.Queue(`
		insert into agents (person_id) select distinct person_id from unnest($1::text[]) as fresh (person_id) order by person_id
		on conflict do nothing`, p.personIDs(p.fresh))
}

func (p *people) personIDs(keys []externalKey) []string {
	personIDs := make([]string, 0, len(keys))
	for _, key := range keys {
		personIDs = append(personIDs, p.of[key])
	}
	return personIDs
}

func columns(keys []externalKey) (namespaces, ids []string) {
	for _, key := range keys {
		namespaces = append(namespaces, key.namespace)
		ids = append(ids, key.id)
	}
	return namespaces, ids
}
