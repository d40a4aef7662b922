package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/ccaas"
)

// ErrRosterMoved says that the page does not follow the one that was staged last. Another reader of the same run is at work, or the run has
// come to its end.
var ErrRosterMoved = errors.New("the staged roster has moved on")

// PlatformRoster is the reading of a platform's roster for one reconciliation run.
type PlatformRoster struct {
	RunID     string
	Platform  string
	StartedAt time.Time
	// Cursor is the reader's cursor of the page to go on with.
	Cursor string
	Pages  int
	// Incomplete is what the platform has and would not list.
	Incomplete  []ccaas.Incomplete
	CompletedAt *time.Time // nil: not read to the end
}

// RosterCounts is how much of a roster is staged.
type RosterCounts struct {
	Pages       int
	Active      int
	Inactive    int
	Deleted     int
	Memberships int
}

// Accounts counts the accounts in every state.
func (c RosterCounts) Accounts() int { return c.Active + c.Inactive + c.Deleted }

// BeginPlatformRoster begins the reading of a run, or returns it as far as it has come.
func (s *Store) BeginPlatformRoster(ctx context.Context, runID, platform string) (PlatformRoster, error) {
	_, err := s.pool.Exec(ctx, `
		insert into platform_rosters (run_id, platform) values ($1, $2) on conflict do nothing`, runID, platform)
	if err != nil {
		return PlatformRoster{}, fmt.Errorf("begin the roster of run %s: %w", runID, err)
	}
	roster, err := s.PlatformRoster(ctx, runID)
	if err == nil && roster.Platform != platform {
		err = fmt.Errorf("roster of run %s: found one of platform %q, want one of %q", runID, roster.Platform, platform)
	}
	return roster, err
}

// PlatformRoster returns how far the reading of a run has come, or ErrNotFound.
func (s *Store) PlatformRoster(ctx context.Context, runID string) (PlatformRoster, error) {
	return one[PlatformRoster](ctx, s.pool, "the roster of run "+runID, `
		select run_id, platform, started_at, cursor, pages, incomplete, completed_at from platform_rosters where run_id = $1`, runID)
}

// PlatformRosterCounts counts what is staged of a run.
func (s *Store) PlatformRosterCounts(ctx context.Context, runID string) (RosterCounts, error) {
	return one[RosterCounts](ctx, s.pool, "the counts of the roster of run "+runID, `
		select r.pages, a.active, a.inactive, a.deleted, m.memberships
		from platform_rosters r,
			lateral (select count(*) filter (where state = $2) as active, count(*) filter (where state = $3) as inactive,
			                count(*) filter (where state = $4) as deleted
			         from platform_roster_accounts where run_id = r.run_id) a,
			lateral (select count(*) as memberships from platform_roster_members where run_id = r.run_id) m
		where r.run_id = $1`, runID, ccaas.Active, ccaas.Inactive, ccaas.Deleted)
}

// StageRosterPage keeps the page that the reader got for cursor from and moves the run's cursor to the next one, or completes the run,
// in one transaction: whoever goes on after a crash begins with the page that was not committed. An account or membership that is there
// already is replaced. ErrRosterMoved when the run does not stand at from.
func (s *Store) StageRosterPage(ctx context.Context, runID, from string, page ccaas.RosterPage) error {
	incomplete := page.Incomplete
	if incomplete == nil {
		incomplete = []ccaas.Incomplete{}
	}
	return s.transact(ctx, "stage a page of the roster of run "+runID, func(tx pgx.Tx) error {
		moved, err := tx.Exec(ctx, `
			update platform_rosters
			set cursor = $3, pages = pages + 1, incomplete = incomplete || $4, completed_at = case when $3 = '' then clock_timestamp() end
			where run_id = $1 and cursor = $2 and completed_at is null`, runID, from, page.Next, incomplete)
		if err != nil {
			return fmt.Errorf("move the cursor: %w", err)
		}
		if moved.RowsAffected() == 0 {
			return ErrRosterMoved
		}
		if err := stageAccounts(ctx, tx, runID, page.Accounts); err != nil {
			return fmt.Errorf("accounts: %w", err)
		}
		if err := stageMembers(ctx, tx, runID, page.Members); err != nil {
			return fmt.Errorf("members: %w", err)
		}
		return nil
	})
}

// stagedConstructs is the readable part of a staged account. A list that is nil was not told, an empty one is empty.
type stagedConstructs struct {
	Title       string        `json:"title,omitempty"`
	Department  string        `json:"department,omitempty"`
	ManagerID   string        `json:"manager_id,omitempty"`
	DivisionID  string        `json:"division_id,omitempty"`
	EmployeeID  string        `json:"employee_id,omitempty"`
	LocationIDs []string      `json:"location_ids"`
	RoleIDs     []string      `json:"role_ids"`
	GroupIDs    []string      `json:"group_ids"`
	Skills      []ccaas.Rated `json:"skills"`
	Languages   []ccaas.Rated `json:"languages"`
}

func stageAccounts(ctx context.Context, tx pgx.Tx, runID string, accounts []ccaas.RosterAccount) error {
	byID := map[string]ccaas.RosterAccount{} // the later one counts
	var ids []string
	for _, account := range accounts {
		if _, doubled := byID[account.ID]; !doubled {
			ids = append(ids, account.ID)
		}
		byID[account.ID] = account
	}
	return copyStaged(ctx, tx, staging{
		table: "platform_roster_accounts", count: len(ids),
		columns: []string{"run_id", "account_id", "state", "email_digest", "name_digest", "extension_digest", "constructs"},
		row: func(i int) ([]any, error) {
			a := byID[ids[i]]
			constructs, err := json.Marshal(stagedConstructs{
				Title: withoutNUL(a.Title), Department: withoutNUL(a.Department), EmployeeID: withoutNUL(a.EmployeeID),
				ManagerID: a.ManagerID, DivisionID: a.DivisionID,
				LocationIDs: a.LocationIDs, RoleIDs: a.RoleIDs, GroupIDs: a.GroupIDs, Skills: a.Skills, Languages: a.Languages,
			})
			return []any{runID, a.ID, a.State, digestOf(EmailDigest(a.Email)), digestOf(NameDigest(a.Name)), digestOf(ExtensionDigest(a.Extension)), constructs}, err
		},
		takeAway: func(batch *pgx.Batch, i int) {
			batch.Queue(`delete from platform_roster_accounts where run_id = $1 and account_id = $2`, runID, ids[i])
		},
	})
}

// staging is a page's rows of one table.
type staging struct {
	table   string
	columns []string
	count   int
	row     func(i int) ([]any, error)
	// takeAway queues what deletes the row that may be there in the place of the i-th.
	takeAway func(batch *pgx.Batch, i int)
}

// copyStaged copies rows of which hardly any is there already. Only where one is, all that may be are deleted first, each by its whole key:
// a list of keys would make PostgreSQL look at the whole run where it has no statistics, as of rows this new.
func copyStaged(ctx context.Context, tx pgx.Tx, s staging) error {
	if s.count == 0 {
		return nil
	}
	err := pgx.BeginFunc(ctx, tx, func(attempt pgx.Tx) error { return s.copy(ctx, attempt) })
	if !isCode(err, "23505") { // unique_violation
		return err
	}
	batch := &pgx.Batch{}
	for i := range s.count {
		s.takeAway(batch, i)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("take away what is there already: %w", err)
	}
	return s.copy(ctx, tx)
}

func (s staging) copy(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{s.table}, s.columns, pgx.CopyFromSlice(s.count, s.row))
	return err
}

// withoutNUL is a text that people typed without the one character that PostgreSQL keeps nowhere: a page must not stick at it.
func withoutNUL(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") }

func stageMembers(ctx context.Context, tx pgx.Tx, runID string, members []ccaas.QueueMember) error {
	type membership struct{ account, queue string }
	joined := make(map[membership]bool, len(members)) // the later one counts
	for _, member := range members {
		joined[membership{member.AccountID, member.QueueID}] = member.Joined
	}
	rows := slices.SortedFunc(maps.Keys(joined), func(x, y membership) int {
		return cmp.Or(cmp.Compare(x.account, y.account), cmp.Compare(x.queue, y.queue))
	})
	return copyStaged(ctx, tx, staging{
		table: "platform_roster_members", count: len(rows), columns: []string{"run_id", "account_id", "queue_id", "joined"},
		row: func(i int) ([]any, error) { return []any{runID, rows[i].account, rows[i].queue, joined[rows[i]]}, nil },
		takeAway: func(batch *pgx.Batch, i int) {
			batch.Queue(`delete from platform_roster_members where run_id = $1 and account_id = $2 and queue_id = $3`, runID, rows[i].account, rows[i].queue)
		},
	})
}

// EmailDigest is what a staged account has of an email: SHA-256 of it in lower case, without space around it. What is to be compared with
// a staged account goes through the same. The zero digest stands for an empty value.
func EmailDigest(email string) [sha256.Size]byte { return digest("email", strings.ToLower(email)) }

// NameDigest is EmailDigest for a name, whose case counts.
func NameDigest(name string) [sha256.Size]byte { return digest("name", name) }

// ExtensionDigest is EmailDigest for a phone extension.
func ExtensionDigest(extension string) [sha256.Size]byte { return digest("extension", extension) }

// digest keeps values of two kinds apart, so that a name that reads like an extension is not found as one.
func digest(kind, value string) (sum [sha256.Size]byte) {
	if value = strings.TrimSpace(value); value == "" {
		return sum
	}
	return sha256.Sum256([]byte(kind + "\x00" + value))
}

// digestOf is the column's value: null for none.
func digestOf(sum [sha256.Size]byte) []byte {
	if sum == ([sha256.Size]byte{}) {
		return nil
	}
	return sum[:]
}

// DeletePlatformRosters deletes all that was staged for runs that began before a time, but for keepLast of them, the newest. It returns
// the runs that are gone.
func (s *Store) DeletePlatformRosters(ctx context.Context, before time.Time, keepLast int) (gone []string, err error) {
	rows, err := s.pool.Query(ctx, `
		delete from platform_rosters where started_at < $1
		and run_id not in (select run_id from platform_rosters order by started_at desc, run_id desc limit $2) returning run_id`, before, max(0, keepLast))
	if err == nil {
		gone, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return nil, fmt.Errorf("delete old rosters: %w", err)
	}
	slices.Sort(gone)
	return gone, nil
}
