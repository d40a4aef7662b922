package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"muster/ccaas"
)

// batchOfStaged is how many staged accounts are read at once: enough to hide the round trip, little enough to hold.
const batchOfStaged = 1000

// StagedAccount is an account as the platform's roster showed it. A list that is nil was not told, which is not empty. Roles are in any
// division and include those of groups.
type StagedAccount struct {
	AccountID string
	State     ccaas.State
	// The digests are of EmailDigest, NameDigest and ExtensionDigest; zero: the account has no such value.
	EmailDigest     [sha256.Size]byte
	NameDigest      [sha256.Size]byte
	ExtensionDigest [sha256.Size]byte
	Title           string
	Department      string
	ManagerID       string
	DivisionID      string
	EmployeeID      string
	LocationIDs     []string
	RoleIDs         []string
	GroupIDs        []string
	Skills          []ccaas.Rated      // by id
	Languages       []ccaas.Rated      // by id
	Queues          []ccaas.Membership // by queue id; never nil
}

// StreamStagedAccounts yields what is staged of a run in the order of the account ids' bytes, beginning after the account from (empty: with the
// first). While a batch is consumed the next one is read; it holds no connection between batches, so a consumer may take its time. An error is
// the last that is yielded. Nothing is yielded of a run that is not staged: PlatformRoster says whether it was read to its end.
func (s *Store) StreamStagedAccounts(ctx context.Context, runID, from string) iter.Seq2[StagedAccount, error] {
	return func(yield func(StagedAccount, error) bool) {
		err := readAhead(func(batch []StagedAccount) error {
			for _, account := range batch {
				if !yield(account, nil) {
					return errEnough
				}
			}
			return nil
		}, func(give func([]StagedAccount) bool) error {
			for {
				batch, err := s.stagedBatch(ctx, runID, from)
				if err != nil || !give(batch) || len(batch) < batchOfStaged {
					return err
				}
				from = batch[len(batch)-1].AccountID
			}
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(StagedAccount{}, err)
		}
	}
}

// errEnough ends a stream whose consumer has had enough.
var errEnough = errors.New("nobody reads on")

func (s *Store) stagedBatch(ctx context.Context, runID, from string) ([]StagedAccount, error) {
	type membership struct {
		AccountID string
		ccaas.Membership
	}
	var rows []stagedRow
	var members []membership
	err := s.snapshot(ctx, "read the staged accounts of run "+runID, func(tx pgx.Tx) (err error) {
		// There are no statistics of rows this new, and PostgreSQL takes them to be few: each batch would read all that follow and sort them.
		if _, err := tx.Exec(ctx, `set local enable_sort = off`); err != nil {
			return fmt.Errorf("have the index followed: %w", err)
		}
		rows, err = list[stagedRow](ctx, tx, "the staged accounts of run "+runID, `
			select account_id, state, email_digest, name_digest, extension_digest, constructs from platform_roster_accounts
			where run_id = $1 and account_id > $2 order by account_id limit $3`, runID, from, batchOfStaged)
		if err != nil || len(rows) == 0 {
			return err
		}
		members, err = list[membership](ctx, tx, "the staged memberships of run "+runID, `
			select account_id, queue_id, joined from platform_roster_members
			where run_id = $1 and account_id > $2 and account_id <= $3 order by account_id, queue_id`, runID, from, rows[len(rows)-1].AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	batch := make([]StagedAccount, len(rows))
	for i, row := range rows {
		if batch[i], err = row.account(); err != nil {
			return nil, err
		}
		// Both are in the order of the accounts. Who is a member and in no list of accounts is passed over.
		for ; len(members) > 0 && members[0].AccountID <= row.AccountID; members = members[1:] {
			if members[0].AccountID == row.AccountID {
				batch[i].Queues = append(batch[i].Queues, members[0].Membership)
			}
		}
	}
	return batch, nil
}

// stagedRow is a staged account as it is stored.
type stagedRow struct {
	AccountID       string
	State           ccaas.State
	EmailDigest     []byte
	NameDigest      []byte
	ExtensionDigest []byte
	Constructs      stagedConstructs
}

func (r stagedRow) account() (StagedAccount, error) {
	c := r.Constructs
	account := StagedAccount{
		AccountID: r.AccountID, State: r.State, Title: c.Title, Department: c.Department, ManagerID: c.ManagerID, DivisionID: c.DivisionID,
		EmployeeID: c.EmployeeID, LocationIDs: c.LocationIDs, RoleIDs: c.RoleIDs, GroupIDs: c.GroupIDs, Skills: c.Skills,
		Languages: c.Languages, Queues: []ccaas.Membership{},
	}
	for _, digest := range []struct {
		into   *[sha256.Size]byte
		stored []byte
	}{{&account.EmailDigest, r.EmailDigest}, {&account.NameDigest, r.NameDigest}, {&account.ExtensionDigest, r.ExtensionDigest}} {
		if len(digest.stored) != 0 && len(digest.stored) != sha256.Size {
			return account, fmt.Errorf("staged account %s: digest of %d bytes, want %d", r.AccountID, len(digest.stored), sha256.Size)
		}
		copy(digest.into[:], digest.stored)
	}
	return account, nil
}
