package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// openIngestReviews asks people about what ingest cannot decide: conflicts, defects, ids that differ in case only. It returns whose
// reviews they are.
func openIngestReviews(ctx context.Context, tx pgx.Tx, items []Incoming, rulings []ruling, twins []caseTwin) ([]string, error) {
	var reviews []Review
	for i, r := range rulings {
		switch {
		case r.verdict.Conflict:
			reviews = append(reviews, conflictReviews(items[i], r)...)
		case r.admission == AdmissionAccepted && len(items[i].Defects) > 0:
			reviews = append(reviews, defectReview(items[i], r.verdict.PersonID))
		}
	}
	for _, twin := range twins {
		reviews = append(reviews, twinReview(twin), twinsReview(twin))
	}
	asked := make([]string, 0, len(reviews))
	for _, review := range reviews {
		if _, err := openReview(ctx, tx, review); err != nil {
			return nil, err
		}
		asked = append(asked, review.PersonID)
	}
	return asked, nil
}

// queueAttention notes who has a question open.
func queueAttention(batch *pgx.Batch, people []string) {
	if len(people) == 0 {
		return
	}
	batch.Queue(`
		with asked as (
			select person_id from agents where person_id = any($1) and not needs_attention order by person_id for no key update
		)
		update agents set needs_attention = true, updated_at = clock_timestamp() from asked where agents.person_id = asked.person_id`, people)
}

// conflictReviews ask the person whose event was refused and, when that is somebody else, the one whose event stands. Like all
// of these they say nothing of what the events are about: one may tell of a leaving that is not known yet.
func conflictReviews(in Incoming, r ruling) []Review {
	review := Review{
		PersonID: r.own, EventID: in.EventID, Kind: lifecycle.ReviewEventConflict,
		Question: fmt.Sprintf("event_id %s came again with other content. What came first stands; is the other one needed under an id of its own?",
			in.EventID),
		Detail: detail(map[string]string{
			"standing_digest": r.prior.Digest, "refused_digest": in.Digest, "standing_person_id": r.prior.PersonID, "refused_person_id": r.own,
		}),
	}
	if r.own == r.prior.PersonID {
		return []Review{review}
	}
	review.Question = fmt.Sprintf("event_id %s came for %s while it stands for another event, of %s. The one for %s was refused, so nothing was "+
		"done for it; is it needed under an id of its own?", in.EventID, r.own, r.prior.PersonID, r.own)
	review.DedupeKey = in.EventID + " " + r.own // several may claim the id of one event
	standing := review
	standing.PersonID = r.prior.PersonID
	return []Review{review, standing}
}

// defectReview asks about an event that acts in spite of what is wrong with it.
func defectReview(in Incoming, personID string) Review {
	return Review{
		PersonID: personID, EventID: in.EventID, Kind: lifecycle.ReviewEventDefect,
		Question: fmt.Sprintf("event %s is carried out in spite of %d defects. Is it what HR meant?", in.EventID, len(in.Defects)),
	}
}

// twinReview holds the new id up until somebody has looked.
func twinReview(t caseTwin) Review {
	return Review{
		PersonID: t.PersonID, Kind: lifecycle.ReviewAmbiguousID, DedupeKey: t.Twin, Blocking: true,
		Question: fmt.Sprintf("id %s differs from %s in case only. Is this another person (dismiss), or a mistyped id (settle it with HR)?",
			t.ExternalID, t.Twin),
		Detail: t.detail(),
	}
}

// twinsReview tells the person who was there first: an event under the new id may be meant for them, and if it is a termination
// they go on working. It is opened whatever the event is, so that it gives nothing away, and holds nothing up.
func twinsReview(t caseTwin) Review {
	return Review{
		PersonID: t.TwinPerson, Kind: lifecycle.ReviewAmbiguousID, DedupeKey: t.ExternalID,
		Question: fmt.Sprintf("an event came for id %s, which differs from %s in case only. Is that another person (dismiss), or was it meant for "+
			"this one (settle it with HR)?", t.ExternalID, t.Twin),
		Detail: t.detail(),
	}
}

func (t caseTwin) detail() []byte {
	return detail(map[string]string{
		"external_id": t.ExternalID, "person_id": t.PersonID, "known_external_id": t.Twin, "known_person_id": t.TwinPerson,
	})
}
