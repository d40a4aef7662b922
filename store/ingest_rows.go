package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// eventArrays gathers the rows of one statement, column by column: one round trip however many events there are.
type eventArrays struct {
	eventID, source, namespace, externalID, eventType           []string
	personID, canonical                                         []*string
	timestamp                                                   []*time.Time
	raw                                                         [][]byte
	digest, key, admission, reason, replaces, rescinds, defects []string
	outcome                                                     []*string
}

const insertEventsSQL = `
	insert into hr_events (event_id, source_system, namespace, external_user_id, person_id, event_type, timestamp_utc, canonical, raw,
		digest, processing_key, admission, outcome, outcome_at, outcome_reason, replaces_event_id, rescinds_event_id, defects)
	select event_id, source_system, namespace, external_user_id, person_id, event_type, timestamp_utc, canonical::jsonb, raw, digest,
		processing_key, admission, outcome, case when outcome is not null then now() end, reason, replaces, rescinds, defects::jsonb
	from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::bytea[],
		$10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[]) with ordinality
		as e (event_id, source_system, namespace, external_user_id, person_id, event_type, timestamp_utc, canonical, raw, digest,
			processing_key, admission, outcome, reason, replaces, rescinds, defects, place)
	order by place
	on conflict do nothing`

// queue writes the rows; the affected ones tell how many were new.
func (a *eventArrays) queue(batch *pgx.Batch) *pgx.QueuedQuery {
	return batch.Queue(insertEventsSQL, a.eventID, a.source, a.namespace, a.externalID, a.personID, a.eventType, a.timestamp, a.canonical,
		a.raw, a.digest, a.key, a.admission, a.outcome, a.reason, a.replaces, a.rescinds, a.defects)
}

// add appends one event's row. A rejected one has no person, keeps its raw form and may hold anything: its texts are made fit.
func (a *eventArrays) add(in Incoming, r ruling) error {
	problems := in.Defects
	if in.Rejection != nil {
		problems = in.Rejection.Problems
	}
	defects, err := json.Marshal(storableProblems(problems))
	if err != nil {
		return fmt.Errorf("event %s: write its defects: %w", in.EventID, err)
	}
	a.eventID = append(a.eventID, storable(in.EventID))
	a.source = append(a.source, storable(in.SourceSystem))
	a.namespace = append(a.namespace, storable(in.Namespace))
	a.externalID = append(a.externalID, storable(in.ExternalUserID))
	a.digest = append(a.digest, in.contentDigest())
	a.key = append(a.key, in.ProcessingKey)
	a.admission = append(a.admission, string(r.admission))
	a.reason = append(a.reason, storable(r.verdict.Reason))
	a.defects = append(a.defects, string(defects))
	a.addContent(in, r)
	a.addOutcome(r)
	return nil
}

func (a *eventArrays) addContent(in Incoming, r ruling) {
	var (
		person, canonical             *string
		raw                           []byte
		timestamp                     *time.Time
		eventType, replaces, rescinds string
	)
	if r.admission == AdmissionRejected {
		raw = in.Raw
	} else {
		person = &r.verdict.PersonID
	}
	eventType = string(in.EventType)
	if in.Event != nil {
		text := string(in.Canonical)
		canonical, timestamp = &text, &in.Event.TimestampUTC
		eventType, replaces, rescinds = string(in.Event.EventType), in.Event.ReplacesEventID, in.Event.RescindsEventID
	}
	a.personID = append(a.personID, person)
	a.canonical = append(a.canonical, canonical)
	a.raw = append(a.raw, raw)
	a.timestamp = append(a.timestamp, timestamp)
	a.eventType = append(a.eventType, eventType)
	a.replaces = append(a.replaces, replaces)
	a.rescinds = append(a.rescinds, rescinds)
}

func (a *eventArrays) addOutcome(r ruling) {
	var outcome *string
	switch r.admission {
	case AdmissionDuplicate:
		word := string(lifecycle.Duplicate)
		outcome = &word
	case AdmissionRejected:
		word := string(lifecycle.Rejected)
		outcome = &word
	case AdmissionAccepted:
	}
	a.outcome = append(a.outcome, outcome)
}

// insertRejected keeps what was refused, each content once.
func insertRejected(ctx context.Context, tx pgx.Tx, items []Incoming, rulings []ruling) error {
	chosen := order(items, rulings, AdmissionRejected)
	if len(chosen) == 0 {
		return nil
	}
	var rows eventArrays
	for _, i := range chosen {
		if err := rows.add(items[i], rulings[i]); err != nil {
			return err
		}
	}
	var batch pgx.Batch
	rows.queue(&batch)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("keep what is refused: %w", err)
	}
	return nil
}

// queueReceived writes the timeline's line of each accepted event.
func queueReceived(batch *pgx.Batch, items []Incoming, rulings []ruling, now time.Time) {
	var people, actors, texts, ids []string
	for i, r := range rulings {
		if r.admission != AdmissionAccepted {
			continue
		}
		people = append(people, r.verdict.PersonID)
		actors = append(actors, items[i].SourceSystem)
		texts = append(texts, receivedText(items[i], now))
		ids = append(ids, items[i].EventID)
	}
	if len(people) == 0 {
		return
	}
	batch.Queue(`
		insert into timeline (person_id, kind, actor, actor_verified, text, event_id)
		select person_id, $5, actor, true, text, event_id
		from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as l (person_id, actor, text, event_id, place)
		order by place`, people, actors, texts, ids, TimelineEventReceived)
}

// detail is a review's or a line's object; strings always have a JSON form.
func detail(members map[string]string) json.RawMessage {
	raw, err := json.Marshal(members)
	if err != nil {
		panic(fmt.Sprintf("strings as JSON: %v", err))
	}
	return raw
}
