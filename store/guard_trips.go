package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// GuardTrip is a limit that was reached, with the numbers of that moment.
type GuardTrip struct {
	ID       string // "grd_…", given by the store
	Platform string
	Kind     lifecycle.GuardKind
	Subject  string // see GuardRequest
	OpenedAt time.Time
	// Passed had passed, of at most Allowed, which is a share of ShareOf.
	Passed  int
	Allowed int
	ShareOf int
	Because string
	// MappingVersion set the limits.
	MappingVersion int
	LiftedAt       *time.Time // of the hard stop
	ClosedAt       *time.Time // nil while it holds anybody
}

const tripColumns = `id, platform, kind, subject, opened_at, passed, allowed, share_of, because, mapping_version, lifted_at, closed_at`

// GuardHeld is somebody whom a trip holds, or held.
type GuardHeld struct {
	TripID     string
	PersonID   string
	Since      time.Time
	ApprovalID string
	State      string // of the approval
	Deadline   *time.Time
	DecidedBy  string
}

// GuardTrips returns a page of trips, the oldest first, and the cursor of the next page (empty at the end). Open ones only where open
// is set.
func (s *Store) GuardTrips(ctx context.Context, open bool, cursor string, limit int) ([]GuardTrip, string, error) {
	from, err := afterInstant(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	rows, err := list[GuardTrip](ctx, s.pool, "the guard's trips", `
		select `+tripColumns+` from guard_trips
		where (opened_at, id) > ($1, $2) and (not $3 or closed_at is null)
		order by opened_at, id limit $4`, from.at, from.id, open, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(t GuardTrip) string { return instantKey(t.OpenedAt, t.ID) })
	return items, next, nil
}

// GuardTrip returns a trip, or ErrNotFound.
func (s *Store) GuardTrip(ctx context.Context, id string) (GuardTrip, error) {
	return one[GuardTrip](ctx, s.pool, "trip "+id, `select `+tripColumns+` from guard_trips where id = $1`, id)
}

// GuardHeld returns everybody whom these trips hold or held, by trip, the longest first.
func (s *Store) GuardHeld(ctx context.Context, tripIDs ...string) (map[string][]GuardHeld, error) {
	rows, err := list[GuardHeld](ctx, s.pool, "whom the guard holds", `
		select l.trip_id, l.person_id, l.asked_at as since, a.id as approval_id, a.state, a.deadline, a.decided_by
		from guard_ledger l join approvals a on a.id = l.approval_id
		where l.trip_id = any($1) order by l.asked_at, l.person_id`, tripIDs)
	if err != nil {
		return nil, err
	}
	held := map[string][]GuardHeld{}
	for _, row := range rows {
		held[row.TripID] = append(held[row.TripID], row)
	}
	return held, nil
}

// LimitsSetBy are who set the limit that holds somebody in an approval: none of them may release it. Empty where it is not of the guard.
func (s *Store) LimitsSetBy(ctx context.Context, approvalID string) (names []string, err error) {
	rows, err := list[struct{ Author string }](ctx, s.pool, "who set the limits", `
		select v.author from guard_ledger l join guard_trips t on t.id = l.trip_id join mapping_versions v on v.version = t.mapping_version
		where l.approval_id = $1`, approvalID)
	for _, row := range rows {
		names = append(names, row.Author)
	}
	return names, err
}

// LiftHardStop has isolations counted anew from now on: somebody has looked, and what was cut off was meant. Whoever is held is released
// one by one. Lifting it again changes nothing, unless it has come to hold somebody since; ErrNotFound when no open hard stop has this id.
func (s *Store) LiftHardStop(ctx context.Context, tripID, actor string) error {
	return s.transact(ctx, "lift a hard stop", func(tx pgx.Tx) error {
		trip, err := one[GuardTrip](ctx, tx, "hard stop "+tripID, `
			select `+tripColumns+` from guard_trips where id = $1 and kind = $2 and closed_at is null for no key update`, tripID, lifecycle.GuardIsolation)
		if err != nil {
			return err
		}
		lifted, err := tx.Exec(ctx, `
			update guard_trips t set lifted_at = clock_timestamp()
			where id = $1 and (lifted_at is null or exists (
				select from guard_ledger l join approvals a on a.id = l.approval_id
				where l.trip_id = t.id and l.passed_at is null and a.state = 'open' and a.opened_at > t.lifted_at))`, trip.ID)
		if err != nil {
			return fmt.Errorf("lift hard stop %s: %w", tripID, err)
		}
		if lifted.RowsAffected() == 0 {
			return nil
		}
		return addAudit(ctx, tx, AuditFact{Actor: actor, ActorVerified: true, Action: "guard.lift", Detail: detail(map[string]string{"trip_id": tripID})})
	})
}

// CloseGuardTrips closes the trips that hold nobody any more, and their alerts.
func (s *Store) CloseGuardTrips(ctx context.Context) error {
	open, err := list[struct{ ID string }](ctx, s.pool, "the open trips", `select id from guard_trips where closed_at is null`)
	if err != nil {
		return err
	}
	for _, trip := range open {
		err = errors.Join(err, s.closeTrip(ctx, trip.ID))
	}
	return err
}

// closeTrip takes the lock of the limit, as whoever would be held by the trip does: nobody is put into one that is closed.
func (s *Store) closeTrip(ctx context.Context, id string) error {
	return s.transact(ctx, "close trip "+id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			select pg_advisory_xact_lock(hashtextextended('guard ' || platform || ' ' || kind || ' ' || subject, 0)) from guard_trips where id = $1`, id)
		if err != nil {
			return err
		}
		closed, err := tx.Exec(ctx, `
			update guard_trips t set closed_at = clock_timestamp()
			where id = $1 and closed_at is null and not exists (
				select from guard_ledger l join approvals a on a.id = l.approval_id
				where l.trip_id = t.id and l.passed_at is null and a.state = 'open')`, id)
		if err != nil || closed.RowsAffected() == 0 {
			return err
		}
		return closeAlerts(ctx, tx, "the guard holds nobody any more", AlertKey(AlertGuardTripped, id), AlertKey(AlertHardStop, id))
	})
}
