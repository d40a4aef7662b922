package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// AccountTerminationWithin is how long a second person has to decide that an account which is nobody's is made inactive. Nobody decided:
// it is not touched.
const AccountTerminationWithin = 24 * time.Hour

const accountTerminationPrefix = "act_"

// nobodysNamespace is that of the records which carry the terminations of accounts that are nobody's. No source of HR has it.
const nobodysNamespace = "nobody"

// AccountTermination is somebody's wish that an account which is nobody's be made inactive.
type AccountTermination struct {
	ID          string
	Platform    string
	AccountID   string
	RequestedBy string
	RequestedAt time.Time
	Reason      string
	Deadline    time.Time
	State       string // open, approved, rejected, lapsed
	DecidedBy   string
	DecidedAt   *time.Time
	// PersonID is the record that carries the termination; empty before it is approved.
	PersonID string
}

const accountTerminationColumns = `id, platform, account_id, requested_by, requested_at, reason, deadline, state, decided_by, decided_at,
	coalesce(person_id, '') as person_id`

// TerminationRefusal is why an account that is nobody's is not made inactive.
type TerminationRefusal struct{ Why string }

func (r *TerminationRefusal) Error() string { return r.Why }

// AskAccountTermination records that somebody wants an outstanding account made inactive, and has it told. One that is open is returned as
// it stands. ErrNotFound when the account is not outstanding; *TerminationRefusal when the last reconciliation takes it for a person's.
func (s *Store) AskAccountTermination(ctx context.Context, by Settlement) (asked AccountTermination, err error) {
	err = s.transact(ctx, "ask to terminate account "+by.AccountID, func(tx pgx.Tx) error {
		found, err := terminable(ctx, tx, by.AccountID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update account_terminations set state = 'lapsed', decided_at = clock_timestamp()
			where platform = $1 and account_id = $2 and state = 'open' and deadline <= clock_timestamp()`, found.Platform, found.AccountID)
		if err != nil {
			return err
		}
		added, err := tx.Exec(ctx, `
			insert into account_terminations (id, platform, account_id, requested_by, reason, deadline)
			values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
			on conflict (platform, account_id) where state = 'open' do nothing`,
			newID(accountTerminationPrefix), found.Platform, found.AccountID, by.Actor, by.Reason, AccountTerminationWithin.Seconds())
		if err != nil {
			return err
		}
		if asked, err = openAccountTermination(ctx, tx, by.AccountID); err != nil || added.RowsAffected() == 0 {
			return err
		}
		return errors.Join(
			auditAccountTermination(ctx, tx, "account.terminate_asked", asked, by.Actor, by.Verified),
			raiseAlert(ctx, tx, Alert{
				Kind: AlertDeltaOpen, Severity: SeverityWarning, SubjectID: asked.AccountID, DedupeKey: accountTerminationKey(asked.AccountID),
				Text: "Somebody asks to make an account that is nobody's inactive. It is not touched unless an approver agrees within a day.",
			}))
	})
	return asked, err
}

func accountTerminationKey(accountID string) string {
	return AlertKey(AlertDeltaOpen, "terminate:"+accountID)
}

// terminable is an outstanding account that the last reconciliation takes for nobody's, and that nobody on record may turn out to have.
func terminable(ctx context.Context, db database, accountID string) (Outstanding, error) {
	found, err := outstanding(ctx, db, accountID)
	if err != nil {
		return Outstanding{}, err
	}
	type owner struct{ ID string }
	owners, err := list[owner](ctx, db, "whose account it would be", `
		select external_user_id as id from deltas where reconciliation_id = $1 and body ? 'adoption' and body #>> '{adoption,account_id}' = $2
		order by id limit 1`, found.ReconciliationID, accountID)
	if err != nil {
		return Outstanding{}, err
	}
	if len(owners) > 0 {
		return Outstanding{}, &TerminationRefusal{fmt.Sprintf("HR employs %s, whose account %s seems to be: adopt it", owners[0].ID, accountID)}
	}
	asked, err := list[owner](ctx, db, "who may turn out to have the account", `
		select person_id as id from reviews where state = $1 and kind = $2 and detail ->> 'account_id' = $3 order by opened_at limit 1`,
		ReviewOpen, lifecycle.ReviewIdentity, accountID)
	if err != nil {
		return Outstanding{}, err
	}
	if len(asked) > 0 {
		return Outstanding{}, &TerminationRefusal{fmt.Sprintf("a review asks whether account %s is that of person %s: decide that first", accountID, asked[0].ID)}
	}
	// By EmailDigest of what the platform listed: whoever is on record with this address and without an account may be about to get it.
	named, err := list[owner](ctx, db, "who has the account's email", `
		select p.person_id as id from platform_roster_accounts r, persons p join agents a using (person_id)
		where r.run_id = $1 and r.account_id = $2 and p.joined_into is null and a.platform_user_id is null and p.email <> ''
		  and r.email_digest = sha256(convert_to('email', 'UTF8') || '\x00'::bytea || convert_to(lower(btrim(p.email)), 'UTF8'))
		order by p.person_id limit 1`, found.ReconciliationID, accountID)
	if err != nil {
		return Outstanding{}, err
	}
	if len(named) > 0 {
		return Outstanding{}, &TerminationRefusal{fmt.Sprintf("account %s has the email of person %s, who has no account: adopt it, or correct the email", accountID, named[0].ID)}
	}
	return found, nil
}

func openAccountTermination(ctx context.Context, db database, accountID string) (AccountTermination, error) {
	return one[AccountTermination](ctx, db, "open termination of account "+accountID, `
		select `+accountTerminationColumns+` from account_terminations where account_id = $1 and state = 'open' order by requested_at desc limit 1
		for update`, accountID)
}

func auditAccountTermination(ctx context.Context, db database, action string, t AccountTermination, actor string, verified bool) error {
	return addAudit(ctx, db, AuditFact{Actor: actor, ActorVerified: verified, Action: action, PersonID: t.PersonID, Detail: detail(map[string]string{
		"termination_id": t.ID, "platform": t.Platform, "account_id": t.AccountID, "requested_by": t.RequestedBy,
	})})
}

// AccountTerminations are the open ones whose deadline is ahead, the oldest first.
func (s *Store) AccountTerminations(ctx context.Context) ([]AccountTermination, error) {
	return list[AccountTermination](ctx, s.pool, "the open terminations of accounts", `
		select `+accountTerminationColumns+` from account_terminations where state = 'open' and deadline > clock_timestamp() order by requested_at, id`)
}

// RejectAccountTermination leaves the account as it is: it stays outstanding. ErrNotFound when nobody asks for its termination.
func (s *Store) RejectAccountTermination(ctx context.Context, accountID string, by Decision) (rejected AccountTermination, err error) {
	err = s.transact(ctx, "reject the termination of account "+accountID, func(tx pgx.Tx) error {
		if rejected, err = decidable(ctx, tx, accountID, by); err != nil {
			return err
		}
		if rejected, err = decideAccountTermination(ctx, tx, rejected.ID, "rejected", "", by); err != nil {
			return err
		}
		return errors.Join(auditAccountTermination(ctx, tx, "account.terminate_rejected", rejected, by.Actor, true),
			closeAlerts(ctx, tx, "an approver rejected it", accountTerminationKey(accountID)))
	})
	return rejected, err
}

// ApproveAccountTermination has an account that is nobody's made inactive. It is put on a record of its own, which nobody in HR has: the
// mailbox of that record runs a Termination like any other's, with a snapshot before the first write, the guard, and a read-back by id. Since
// nobody was employed there is no grace, and nothing is deleted. ErrNotFound when nobody asks for it, or the account is not outstanding any
// more; *TerminationRefusal when it has become a person's; *SecondPersonError.
func (s *Store) ApproveAccountTermination(ctx context.Context, accountID string, by Decision) (approved AccountTermination, err error) {
	err = s.transact(ctx, "approve the termination of account "+accountID, func(tx pgx.Tx) error {
		if approved, err = decidable(ctx, tx, accountID, by); err != nil {
			return err
		}
		found, err := terminable(ctx, tx, accountID)
		if err != nil {
			return err
		}
		personID := nobodysNamespace + ":" + found.Platform + ":" + accountID
		if err := keepRecord(ctx, tx, personID, found); err != nil {
			return err
		}
		if approved, err = decideAccountTermination(ctx, tx, approved.ID, "approved", personID, by); err != nil {
			return err
		}
		p := &PersonTx{ctx: ctx, tx: tx, personID: personID}
		err = p.UpdateAgent(AgentChange{Platform: &found.Platform, PlatformUserID: &accountID, State: new(lifecycle.Active)})
		if errors.Is(err, ErrLinked) {
			return &TerminationRefusal{fmt.Sprintf("account %s has become a person's", accountID)}
		}
		if err != nil {
			return err
		}
		text := fmt.Sprintf("account %s is nobody's and is made inactive: %s asked for it, %s agreed", accountID, approved.RequestedBy, by.Actor)
		err = errors.Join(
			p.AddTimeline(TimelineEntry{Kind: "account.terminate_approved", Actor: by.Actor, ActorVerified: true, Text: text}),
			auditAccountTermination(ctx, tx, "account.terminate_approved", approved, by.Actor, true),
			p.AddDeltaOutcome(DeltaOutcome{DeltaID: found.DeltaID, Outcome: DeltaDecided, Actor: by.Actor, ActorVerified: true, Reference: approved.ID}),
			closeAlerts(ctx, tx, "the account is made inactive", accountTerminationKey(accountID), OutstandingKey(accountID)), p.Ring())
		if err != nil {
			return err
		}
		return p.applyRing()
	})
	return approved, err
}

// keepRecord makes the record that carries the termination of an account, unless it is there, and holds it.
func keepRecord(ctx context.Context, tx pgx.Tx, personID string, found Outstanding) error {
	_, err := tx.Exec(ctx, `
		insert into persons (person_id, origin_namespace, origin_external_id) values ($1, $2, $3) on conflict do nothing`,
		personID, nobodysNamespace, found.Platform+":"+found.AccountID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into agents (person_id) values ($1) on conflict do nothing`, personID); err != nil {
		return err
	}
	return lockPerson(ctx, tx, personID)
}

// decidable is the open wish that somebody decides about who did not ask for it, in time.
func decidable(ctx context.Context, tx pgx.Tx, accountID string, by Decision) (AccountTermination, error) {
	open, err := openAccountTermination(ctx, tx, accountID)
	if err != nil {
		return open, err
	}
	if by.by(open.RequestedBy) {
		return open, &SecondPersonError{Why: "whoever asks for the termination of an account does not decide about it"}
	}
	var late bool
	if err := tx.QueryRow(ctx, `select $1::timestamptz <= clock_timestamp()`, open.Deadline).Scan(&late); err != nil {
		return open, err
	}
	if late {
		return open, &TerminationRefusal{fmt.Sprintf("nobody had decided by %s: it has to be asked for again", open.Deadline.UTC().Format(time.RFC3339))}
	}
	return open, nil
}

func decideAccountTermination(ctx context.Context, tx pgx.Tx, id, state, personID string, by Decision) (AccountTermination, error) {
	return one[AccountTermination](ctx, tx, "termination "+id, `
		update account_terminations set state = $2, decided_by = $3, decided_at = clock_timestamp(), decision_reason = $4, person_id = nullif($5, '')
		where id = $1 returning `+accountTerminationColumns, id, state, by.Actor, by.Reason, personID)
}
