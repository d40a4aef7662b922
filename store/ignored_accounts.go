package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const ignoredPrefix = "ign_"

// IgnoredAccount is an account that is nobody's and that somebody decided to leave alone.
type IgnoredAccount struct {
	ID                string
	Platform          string
	AccountID         string
	DecidedBy         string
	DecidedByVerified bool
	DecidedAt         time.Time
	Reason            string
	EndedAt           *time.Time // nil while it is ignored
	EndedBy           string
	EndReason         string
}

const ignoredColumns = `id, platform, account_id, decided_by, decided_by_verified, decided_at, reason, ended_at, ended_by, end_reason`

// IgnoreAccount records that an account is left alone. One that is already is returned as it stands. It takes Platform, AccountID,
// DecidedBy, DecidedByVerified and Reason. ErrLinked when the account is a person's: then nobody can ignore it.
func (s *Store) IgnoreAccount(ctx context.Context, a IgnoredAccount) (ignored IgnoredAccount, err error) {
	err = s.transact(ctx, "ignore account "+a.AccountID, func(tx pgx.Tx) error {
		var linked bool
		err := tx.QueryRow(ctx, `
			select exists (select from agents where platform = $1 and platform_user_id = $2)`, a.Platform, a.AccountID).Scan(&linked)
		if err != nil {
			return err
		}
		if linked {
			return ErrLinked
		}
		added, err := tx.Exec(ctx, `
			insert into ignored_accounts (id, platform, account_id, decided_by, decided_by_verified, reason) values ($1, $2, $3, $4, $5, $6)
			on conflict (platform, account_id) where ended_at is null do nothing`,
			newID(ignoredPrefix), a.Platform, a.AccountID, a.DecidedBy, a.DecidedByVerified, a.Reason)
		if err != nil {
			return err
		}
		ignored, err = one[IgnoredAccount](ctx, tx, "the ignored account", `
			select `+ignoredColumns+` from ignored_accounts where platform = $1 and account_id = $2 and ended_at is null`, a.Platform, a.AccountID)
		if err != nil || added.RowsAffected() == 0 {
			return err
		}
		return auditIgnored(ctx, tx, ignored, "account.ignore", a.DecidedBy, a.DecidedByVerified)
	})
	return ignored, err
}

// NoticeAccount ends that an account is left alone: the next reconciliation finds it, if it is nobody's still. ErrNotFound when it is not
// ignored.
func (s *Store) NoticeAccount(ctx context.Context, platform string, by Settlement) (ended IgnoredAccount, err error) {
	err = s.transact(ctx, "notice account "+by.AccountID, func(tx pgx.Tx) (err error) {
		ended, err = one[IgnoredAccount](ctx, tx, "ignored account "+by.AccountID, `
			update ignored_accounts set ended_at = clock_timestamp(), ended_by = $3, end_reason = $4
			where platform = $1 and account_id = $2 and ended_at is null returning `+ignoredColumns, platform, by.AccountID, by.Actor, by.Reason)
		if err != nil {
			return err
		}
		return auditIgnored(ctx, tx, ended, "account.notice", by.Actor, by.Verified)
	})
	return ended, err
}

func auditIgnored(ctx context.Context, db database, a IgnoredAccount, action, actor string, verified bool) error {
	return addAudit(ctx, db, AuditFact{Actor: actor, ActorVerified: verified, Action: action, Detail: detail(map[string]string{
		"decision_id": a.ID, "platform": a.Platform, "account_id": a.AccountID,
	})})
}

// IgnoredAccounts are the accounts of a platform that are left alone.
func (s *Store) IgnoredAccounts(ctx context.Context, platform string) ([]IgnoredAccount, error) {
	return list[IgnoredAccount](ctx, s.pool, "the ignored accounts", `
		select `+ignoredColumns+` from ignored_accounts where platform = $1 and ended_at is null order by decided_at, id`, platform)
}
