package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// PeopleReleasedAtOnce is how many people deltas can be released about at once. Whoever wants more repaired sets the type's mode.
const PeopleReleasedAtOnce = 200

// DeltaRelease is which deltas of a reconciliation somebody wants repaired now, whatever the mode of their types is.
type DeltaRelease struct {
	ReconciliationID string
	// DeltaTypes and People, by person id, select; empty: all types, everybody.
	DeltaTypes []string
	People     []string
	// AllTypes are all types there are, NewID names the reconciliation of one person.
	AllTypes []string
	NewID    func() string
	Actor    string
	Verified bool
	Reason   string
}

// ReleasedDelta is what became of one that was selected.
type ReleasedDelta struct {
	DeltaID   int64
	DeltaType string
	// Subject is the person, or the account that is nobody's.
	Subject string
	// ReconciliationID is the new one, of the person alone, that repairs what still stands; empty: none, and Why says why not.
	ReconciliationID string
	Why              string
}

// ReleaseRefusal is why nothing is released.
type ReleaseRefusal struct{ Why string }

func (r *ReleaseRefusal) Error() string { return r.Why }

// selectedDelta is a delta of a release.
type selectedDelta struct {
	ID               int64
	DeltaType        string
	Subject          string
	PersonID         string
	ResolutionAction string
	// Known: the person is on record. Busy: somebody has them compared right now.
	Known bool
	Busy  bool
}

// ReleaseDeltas has what a reconciliation found repaired, for those deltas alone: for each person a reconciliation of their own is recorded,
// in mode repair for the selected types and in mode report for the others. It compares anew, with the account read by its id, so what does not
// stand any more is not repaired; the relay starts its workflow. ErrNotFound when there is no such reconciliation; *ReleaseRefusal when it
// has not completed, when nothing is selected, when somebody who is named has no such delta, or when it is about too many people.
func (s *Store) ReleaseDeltas(ctx context.Context, r DeltaRelease) (released []ReleasedDelta, err error) {
	err = s.transact(ctx, "release deltas of "+r.ReconciliationID, func(tx pgx.Tx) error {
		// One release at a time: of two about the same person the second sees that the first has begun.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('release of deltas', 0))`); err != nil {
			return err
		}
		run, err := readReconciliation(ctx, tx, r.ReconciliationID)
		if err != nil {
			return err
		}
		if run.Status != ReconciliationCompleted {
			return &ReleaseRefusal{fmt.Sprintf("reconciliation %s is %s; only what a completed one found is released", run.ID, run.Status)}
		}
		selected, err := selectDeltas(ctx, tx, r)
		if err != nil {
			return err
		}
		released, err = releaseSelected(ctx, tx, run.Platform, r, selected)
		return err
	})
	return released, err
}

func selectDeltas(ctx context.Context, tx pgx.Tx, r DeltaRelease) ([]selectedDelta, error) {
	selected, err := list[selectedDelta](ctx, tx, "the deltas to be released", `
		select d.id, delta_type, subject, d.person_id, resolution_action,
			exists (select from persons p where p.person_id = d.person_id) as known,
			exists (select from reconciliations c where c.person_id = d.person_id and d.person_id <> '' and c.status = 'running') as busy
		from deltas d
		where reconciliation_id = $1 and (cardinality($2::text[]) = 0 or delta_type = any($2))
		  and (cardinality($3::text[]) = 0 or d.person_id = any($3))
		order by d.id`, r.ReconciliationID, texts(r.DeltaTypes), texts(r.People))
	if err != nil {
		return nil, err
	}
	people := map[string]bool{}
	for _, d := range selected {
		people[d.Subject] = true
	}
	var without []string
	for _, id := range r.People {
		if !slices.ContainsFunc(selected, func(d selectedDelta) bool { return d.PersonID == id }) {
			without = append(without, id)
		}
	}
	switch {
	case len(without) > 0:
		return nil, &ReleaseRefusal{fmt.Sprintf("%s has no such delta about %s", r.ReconciliationID, strings.Join(without, ", "))}
	case len(selected) == 0:
		return nil, &ReleaseRefusal{"no delta of " + r.ReconciliationID + " is of this type"}
	case len(people) > PeopleReleasedAtOnce:
		return nil, &ReleaseRefusal{fmt.Sprintf("these deltas are about %d people, and at most %d are released at once: name people, or set the mode of the type to repair",
			len(people), PeopleReleasedAtOnce)}
	}
	return selected, nil
}

func releaseSelected(ctx context.Context, tx pgx.Tx, platform string, r DeltaRelease, selected []selectedDelta) ([]ReleasedDelta, error) {
	types := map[string][]string{} // person → the types to be repaired
	for _, d := range selected {
		if d.notReleased() == "" {
			types[d.PersonID] = append(types[d.PersonID], d.DeltaType)
		}
	}
	runs := map[string]string{}
	var released []ReleasedDelta
	for _, d := range selected {
		of := ReleasedDelta{DeltaID: d.ID, DeltaType: d.DeltaType, Subject: d.Subject, Why: d.notReleased()}
		if of.Why == "" {
			if runs[d.PersonID] == "" {
				runs[d.PersonID] = r.NewID()
				if err := releasePerson(ctx, tx, platform, r, runs[d.PersonID], d.PersonID, types[d.PersonID]); err != nil {
					return nil, err
				}
			}
			of.ReconciliationID = runs[d.PersonID]
			err := addDeltaOutcome(ctx, tx, DeltaOutcome{
				DeltaID: d.ID, Outcome: DeltaReleased, Actor: r.Actor, ActorVerified: r.Verified, Reference: of.ReconciliationID,
			})
			if err != nil {
				return nil, err
			}
		}
		released = append(released, of)
	}
	return released, nil
}

// notReleased says why a delta is not repaired by a release; empty: it is.
func (d selectedDelta) notReleased() string {
	switch {
	case d.ResolutionAction == "REVIEW_OUTSTANDING":
		return "the account is nobody's: settle it (musterctl outstanding)"
	case d.ResolutionAction == "NONE_REPORT_ONLY":
		return "it is only reported: nothing can be done about it from here"
	case !d.Known:
		return "the record does not have the person: HR's roster alone tells of them, or they were joined into somebody else; the next reconciliation repairs it when its type's mode is repair"
	case d.Busy:
		return "the person is being compared right now: ask again when that has ended"
	}
	return ""
}

func releasePerson(ctx context.Context, tx pgx.Tx, platform string, r DeltaRelease, id, personID string, repaired []string) error {
	modes := map[string]ReconciliationMode{}
	for _, t := range r.AllTypes {
		modes[t] = ModeReport
		if slices.Contains(repaired, t) {
			modes[t] = ModeRepair
		}
	}
	_, err := tx.Exec(ctx, `
		insert into reconciliations (id, platform, person_id, modes, requested_by, requester_verified, request_reason) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, platform, personID, modes, r.Actor, r.Verified, r.Reason)
	if err != nil {
		return err
	}
	return addAudit(ctx, tx, AuditFact{
		Actor: r.Actor, ActorVerified: r.Verified, Action: "reconciliation.release", PersonID: personID,
		Detail: detail(map[string]string{"reconciliation_id": id, "released_from": r.ReconciliationID, "delta_types": strings.Join(repaired, ",")}),
	})
}
