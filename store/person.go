package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// ExternalID is an id a person has in a namespace.
type ExternalID struct {
	Namespace string
	ID        string
}

// defaultNamespace is the namespace of sources that were not given one of their own.
const defaultNamespace = "default"

// OnPlatform is how the id is written on the platform: ids of other namespaces than the default one carry theirs, so that two HR systems
// may use the same number.
func (id ExternalID) OnPlatform() string {
	if id.Namespace == "" || id.Namespace == defaultNamespace {
		return id.ID
	}
	return id.Namespace + ":" + id.ID
}

// Person is everything a mailbox needs to decide what to do now.
type Person struct {
	PersonID    string
	ExternalIDs []ExternalID
	Agent       Agent
	// Events are the accepted ones, settled or not, in the order of their timestamps.
	Events []StoredEvent
	// Reviews and Approvals are the open ones and those decided but not yet taken up.
	Reviews   []Review
	Approvals []Approval
	// RingSeq is for RingAt; 0 when no ring is due.
	RingSeq int64
	// Plan is the newest plan of the agent's current generation; nil when there is none.
	Plan *lifecycle.Plan
	// Grace is that of the newest generation which has one, open or not; nil: none.
	Grace *lifecycle.Grace
	// Holds are those in force.
	Holds []lifecycle.Hold
	// Override is the one in force; nil: none.
	Override *lifecycle.Override
}

// PersonTx is a transaction about one person. Nobody else has one for the same person at the same time.
type PersonTx struct {
	ctx      context.Context //nolint:containedctx // lives exactly as long as the transaction
	tx       pgx.Tx
	personID string
	ring     *ringChange
}

// WithPerson runs fn in a transaction that holds the person: another WithPerson for the same person waits. Ingest does not
// wait, and neither do guarded writes; a take-over waits for those. fn may run again after a lost deadlock, so it must have no
// other effects. An error of fn rolls everything back. ErrNotFound when there is no such person.
func (s *Store) WithPerson(ctx context.Context, personID string, fn func(ctx context.Context, p *PersonTx) error) error {
	return s.transact(ctx, "person "+personID, func(tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, personID); err != nil {
			return err
		}
		p := &PersonTx{ctx: ctx, tx: tx, personID: personID}
		if err := fn(ctx, p); err != nil {
			return err
		}
		return p.applyRing()
	})
}

// lockPerson holds a person until the transaction ends. It is a lock of its own instead of the person's row: ingest changes that row,
// and must not wait while a take-over waits for a platform call.
func lockPerson(ctx context.Context, tx pgx.Tx, personID string) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, "person "+personID); err != nil {
		return fmt.Errorf("lock the person: %w", err)
	}
	var known bool
	if err := tx.QueryRow(ctx, `select exists (select from persons where person_id = $1)`, personID).Scan(&known); err != nil {
		return fmt.Errorf("look for the person: %w", err)
	}
	if !known {
		return fmt.Errorf("person %s: %w", personID, ErrNotFound)
	}
	return nil
}

// PersonID is the person's id.
func (p *PersonTx) PersonID() string { return p.personID }

// Load reads the person. RingSeq is read before everything else: whatever is committed afterwards has a newer one.
func (p *PersonTx) Load() (person Person, err error) {
	person.PersonID = p.personID
	if person.RingSeq, err = ringSeq(p.ctx, p.tx, p.personID); err != nil {
		return Person{}, err
	}
	if person.Agent, err = readAgent(p.ctx, p.tx, p.personID); err != nil {
		return Person{}, err
	}
	if person.ExternalIDs, err = externalIDs(p.ctx, p.tx, p.personID); err != nil {
		return Person{}, err
	}
	events, err := listEvents(p.ctx, p.tx, `person_id = $1 and admission <> 'rejected' order by timestamp_utc, id`, p.personID)
	if err != nil {
		return Person{}, err
	}
	person.Events = withOtherIDs(events)
	if person.Reviews, err = waitingReviews(p.ctx, p.tx, p.personID); err != nil {
		return Person{}, err
	}
	if person.Approvals, err = waitingApprovals(p.ctx, p.tx, p.personID); err != nil {
		return Person{}, err
	}
	if person.Plan, err = newestPlan(p.ctx, p.tx, p.personID, person.Agent.Generation); err != nil {
		return Person{}, err
	}
	if err := p.loadLeaving(&person); err != nil {
		return Person{}, err
	}
	return person, nil
}

// loadLeaving reads what a person's leaving has left behind.
func (p *PersonTx) loadLeaving(person *Person) (err error) {
	if person.Grace, err = newestGrace(p.ctx, p.tx, p.personID); err != nil {
		return err
	}
	if person.Holds, err = holdsInForce(p.ctx, p.tx, p.personID); err != nil {
		return err
	}
	person.Override, err = overrideInForce(p.ctx, p.tx, p.personID)
	return err
}

func ringSeq(ctx context.Context, db database, personID string) (seq int64, err error) {
	err = db.QueryRow(ctx, `select coalesce((select seq from rings where person_id = $1), 0)`, personID).Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("read the ring: %w", err)
	}
	return seq, nil
}

func externalIDs(ctx context.Context, db database, personID string) ([]ExternalID, error) {
	return list[ExternalID](ctx, db, "the person's ids", `
		select namespace, external_id as id from person_ids where person_id = $1 order by created_at, namespace, external_id`, personID)
}
