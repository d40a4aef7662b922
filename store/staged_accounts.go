package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"muster/ccaas"
	"muster/lifecycle"
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
	// Person is whom the account is linked to now; nil: nobody.
	Person *StagedPerson
}

// StagedPerson is the owner of a staged account, as the record has it at the time of the read.
type StagedPerson struct {
	PersonID       string
	State          lifecycle.State
	Operation      lifecycle.Operation
	MappingVersion int // of the last plan carried out; 0: none
	PlanDigest     string
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
	rows, err := list[stagedRow](ctx, s.pool, "the staged accounts of run "+runID, `
		with batch as materialized (
			select a.*, r.platform from platform_roster_accounts a join platform_rosters r using (run_id)
			where a.run_id = $1 and a.account_id > $2 order by a.account_id limit $3
		)
		select b.account_id, b.state, b.email_digest, b.name_digest, b.extension_digest, b.constructs, g.person_id,
			coalesce(g.lifecycle_state, '') as lifecycle_state, coalesce(g.operation, '') as operation,
			coalesce(g.mapping_version, 0) as mapping_version, coalesce(g.plan_digest, '') as plan_digest
		from batch b left join agents g on g.platform = b.platform and g.platform_user_id = b.account_id collate "default"
		order by b.account_id`, runID, from, batchOfStaged)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	type membership struct {
		AccountID string
		ccaas.Membership
	}
	members, err := list[membership](ctx, s.pool, "the staged memberships of run "+runID, `
		select account_id, queue_id, joined from platform_roster_members
		where run_id = $1 and account_id > $2 and account_id <= $3 order by account_id, queue_id`, runID, from, rows[len(rows)-1].AccountID)
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
	PersonID        *string
	LifecycleState  lifecycle.State
	Operation       lifecycle.Operation
	MappingVersion  int
	PlanDigest      string
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
	if r.PersonID != nil {
		account.Person = &StagedPerson{
			PersonID: *r.PersonID, State: r.LifecycleState, Operation: r.Operation, MappingVersion: r.MappingVersion, PlanDigest: r.PlanDigest,
		}
	}
	return account, nil
}
