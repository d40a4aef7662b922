package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// OutstandingKey is the dedupe key of the alert about an account that is nobody's.
func OutstandingKey(accountID string) string { return AlertKey(AlertDeltaOpen, accountID) }

// Outstanding is an active account that is nobody's, as the last reconciliation of its platform found it, and that nobody has settled.
type Outstanding struct {
	DeltaID          int64
	ReconciliationID string
	Platform         string
	AccountID        string
	// PersonID is whose second account it seems to be; empty: it is nobody's.
	PersonID     string
	Because      string
	TimestampUTC time.Time
}

const outstandingSQL = `
	select d.id as delta_id, d.reconciliation_id, r.platform, d.account_id, d.person_id, coalesce(d.body ->> 'because', '') as because,
		d.timestamp_utc
	from deltas d join reconciliations r on r.id = d.reconciliation_id
	where d.delta_type = 'PLATFORM_ONLY' and d.account_id <> ''
	  and r.id in (select distinct on (platform) id from reconciliations
	               where status = 'completed' and person_id = '' order by platform, started_at desc, id desc)
	  and not exists (select from agents a where a.platform = r.platform and a.platform_user_id = d.account_id)
	  and not exists (select from ignored_accounts i where i.platform = r.platform and i.account_id = d.account_id and i.ended_at is null)`

// OutstandingAccounts returns a page of outstanding accounts, in the order they were found, and the cursor of the next page (empty at
// the end). platform selects one; empty selects all.
func (s *Store) OutstandingAccounts(ctx context.Context, platform, cursor string, limit int) ([]Outstanding, string, error) {
	from, err := afterNumber(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	rows, err := list[Outstanding](ctx, s.pool, "the outstanding accounts", outstandingSQL+`
		and d.id > $1 and ($2 = '' or r.platform = $2) order by d.id limit $3`, from, platform, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(o Outstanding) string { return numberKey(o.DeltaID) })
	return items, next, nil
}

// OutstandingAccount returns the outstanding account of this id, or ErrNotFound.
func (s *Store) OutstandingAccount(ctx context.Context, accountID string) (Outstanding, error) {
	return outstanding(ctx, s.pool, accountID)
}

func outstanding(ctx context.Context, db database, accountID string) (Outstanding, error) {
	return one[Outstanding](ctx, db, "outstanding account "+accountID, outstandingSQL+` and d.account_id = $1 order by d.id desc limit 1`, accountID)
}

// AdoptionRefusal is why an account cannot become a person's.
type AdoptionRefusal struct{ Why string }

func (r *AdoptionRefusal) Error() string { return r.Why }

// Settlement of an outstanding account by a person.
type Settlement struct {
	AccountID string
	Actor     string
	Verified  bool
	Reason    string
}

// AdoptAccount makes an outstanding account a person's, by somebody's word: it is linked, nothing is unjoined, and the mailbox brings it to
// what HR and the registry say by a Transfer. Where HR does not want the person at work it ends the access, which an approver confirms.
// The email or the name of the account has to be the person's (RULES 3). ErrNotFound when the account is not outstanding or nobody has
// this person id; *AdoptionRefusal.
func (s *Store) AdoptAccount(ctx context.Context, personID string, by Settlement) error {
	return s.WithPerson(ctx, personID, func(_ context.Context, p *PersonTx) error {
		found, err := outstanding(p.ctx, p.tx, by.AccountID)
		if err != nil {
			return err
		}
		person, err := p.Load()
		if err != nil {
			return err
		}
		if err := p.mayAdopt(found, person.Agent); err != nil {
			return err
		}
		err = p.UpdateAgent(AgentChange{
			Platform: &found.Platform, PlatformUserID: &found.AccountID, State: new(lifecycle.Active), PlanDigest: new(""), FoundBy: &found.ReconciliationID,
		})
		if err != nil {
			return err
		}
		text := "account " + found.AccountID + " was nobody's and is adopted: linked, nothing unjoined"
		return errors.Join(
			p.AddTimeline(TimelineEntry{Kind: "account.adopted", Actor: by.Actor, ActorVerified: by.Verified, Text: text}),
			p.Audit(AuditFact{Actor: by.Actor, ActorVerified: by.Verified, Action: "account.adopted", Detail: detail(map[string]string{
				"account_id": found.AccountID, "platform": found.Platform, "reconciliation_id": found.ReconciliationID,
			})}),
			p.AddDeltaOutcome(DeltaOutcome{
				DeltaID: found.DeltaID, Outcome: DeltaDecided, Actor: by.Actor, ActorVerified: by.Verified, Reference: "adopt " + personID,
			}),
			p.CloseAlert(OutstandingKey(found.AccountID), "the account was adopted"), p.Ring())
	})
}

// mayAdopt refuses what is in doubt: a person who has an account or whom an operation has, and an account of another name and email.
func (p *PersonTx) mayAdopt(found Outstanding, agent Agent) error {
	switch {
	case agent.PlatformUserID != "":
		return &AdoptionRefusal{fmt.Sprintf("person %s has account %s already", p.personID, agent.PlatformUserID)}
	case agent.Operation != lifecycle.None:
		return &AdoptionRefusal{fmt.Sprintf("a %s has person %s; what it asks decides whose the account is", agent.Operation, p.personID)}
	}
	known, err := one[struct{ Email, FirstName, LastName string }](p.ctx, p.tx, "what HR told of the person", `
		select coalesce(email, '') as email, coalesce(first_name, '') as first_name, coalesce(last_name, '') as last_name
		from persons where person_id = $1`, p.personID)
	if err != nil {
		return err
	}
	staged, err := one[struct{ EmailDigest, NameDigest []byte }](p.ctx, p.tx, "staged account "+found.AccountID, `
		select email_digest, name_digest from platform_roster_accounts where run_id = $1 and account_id = $2`, found.ReconciliationID, found.AccountID)
	if errors.Is(err, ErrNotFound) {
		return &AdoptionRefusal{"what the account is called is not on record any more: run a reconciliation first"}
	}
	if err != nil {
		return err
	}
	same := func(digest []byte, of [32]byte) bool { return string(digest) == string(of[:]) }
	name := strings.TrimSpace(known.FirstName + " " + known.LastName)
	if known.Email != "" && same(staged.EmailDigest, EmailDigest(known.Email)) || name != "" && same(staged.NameDigest, NameDigest(name)) {
		return nil
	}
	return &AdoptionRefusal{fmt.Sprintf("neither the email nor the name of account %s is person %s's; correct it on the platform, or ignore the account", found.AccountID, p.personID)}
}

// IgnoreOutstanding leaves an outstanding account alone from now on. ErrNotFound when it is not outstanding.
func (s *Store) IgnoreOutstanding(ctx context.Context, by Settlement) (IgnoredAccount, error) {
	found, err := s.OutstandingAccount(ctx, by.AccountID)
	if err != nil {
		return IgnoredAccount{}, err
	}
	ignored, err := s.IgnoreAccount(ctx, IgnoredAccount{
		Platform: found.Platform, AccountID: found.AccountID, DecidedBy: by.Actor, DecidedByVerified: by.Verified, Reason: by.Reason,
	})
	if errors.Is(err, ErrLinked) {
		err = fmt.Errorf("outstanding account %s: it has become a person's: %w", by.AccountID, ErrNotFound)
	}
	if err != nil {
		return IgnoredAccount{}, err
	}
	err = s.transact(ctx, "settle outstanding account "+by.AccountID, func(tx pgx.Tx) error {
		err := addDeltaOutcome(ctx, tx, DeltaOutcome{
			DeltaID: found.DeltaID, Outcome: DeltaDecided, Actor: by.Actor, ActorVerified: by.Verified, Reference: ignored.ID,
		})
		if err != nil {
			return err
		}
		return closeAlerts(ctx, tx, "the account is ignored", OutstandingKey(found.AccountID))
	})
	return ignored, err
}
