package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// ModeChange is the mode of a type of deltas, and who set it why.
type ModeChange struct {
	DeltaType       string
	Mode            ReconciliationMode
	ChangedBy       string
	ChangedVerified bool
	ChangedAt       time.Time
	Reason          string
}

const modeColumns = `delta_type, mode, changed_by, changed_verified, changed_at, reason`

// ReconciliationModes are the modes that somebody has set, by type; a type that is not in it is reported.
func (s *Store) ReconciliationModes(ctx context.Context) ([]ModeChange, error) {
	return list[ModeChange](ctx, s.pool, "the modes", `select `+modeColumns+` from reconciliation_modes order by delta_type`)
}

// SetReconciliationMode sets what is done about a type of deltas from the next reconciliation on. It takes DeltaType, Mode, ChangedBy,
// ChangedVerified and Reason.
func (s *Store) SetReconciliationMode(ctx context.Context, m ModeChange) (set ModeChange, err error) {
	err = s.transact(ctx, "set the mode of "+m.DeltaType, func(tx pgx.Tx) error {
		set, err = one[ModeChange](ctx, tx, "the mode", `
			insert into reconciliation_modes (delta_type, mode, changed_by, changed_verified, reason) values ($1, $2, $3, $4, $5)
			on conflict (delta_type) do update set mode = excluded.mode, changed_by = excluded.changed_by,
				changed_verified = excluded.changed_verified, changed_at = clock_timestamp(), reason = excluded.reason
			returning `+modeColumns, m.DeltaType, m.Mode, m.ChangedBy, m.ChangedVerified, m.Reason)
		if err != nil {
			return err
		}
		return addAudit(ctx, tx, AuditFact{
			Actor: m.ChangedBy, ActorVerified: m.ChangedVerified, Action: "reconciliation.mode",
			Detail: detail(map[string]string{"delta_type": m.DeltaType, "mode": string(m.Mode), "reason": m.Reason}),
		})
	})
	return set, err
}

// ModesFor are the modes of these types as they stand: ModeReport where nobody has set one.
func (s *Store) ModesFor(ctx context.Context, deltaTypes []string) (map[string]ReconciliationMode, error) {
	set, err := s.ReconciliationModes(ctx)
	if err != nil {
		return nil, err
	}
	modes := map[string]ReconciliationMode{}
	for _, deltaType := range deltaTypes {
		modes[deltaType] = ModeReport
	}
	for _, change := range set {
		if _, known := modes[change.DeltaType]; known {
			modes[change.DeltaType] = change.Mode
		}
	}
	return modes, nil
}
