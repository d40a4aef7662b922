package store_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/store"
)

func rosterAccount(id string) ccaas.RosterAccount {
	return ccaas.RosterAccount{
		Account: ccaas.Account{
			ID: id, State: ccaas.Active, Name: "Jane Doe", Email: "Jane.Doe@example.com", Extension: "4452", Title: "Agent", Department: "SUPP_L2",
			ManagerID: "m", DivisionID: "d", EmployeeID: "WD-1", LocationIDs: []string{"l"}, GroupIDs: []string{},
			Skills: []ccaas.Rated{{ID: "s", Proficiency: 3.5}},
		},
		RoleIDs: []string{"r1", "r2"},
	}
}

// staged reads all that is staged of a run.
func staged(t testing.TB, s *store.Store, from string) []store.StagedAccount {
	t.Helper()
	accounts := []store.StagedAccount{}
	for account, err := range s.StreamStagedAccounts(t.Context(), "rec_1", from) {
		require.NoError(t, err)
		accounts = append(accounts, account)
	}
	return accounts
}

func TestAStagedAccountIsWhatTheRosterSaidWithDigestsForWhatIsPersonal(t *testing.T) {
	s, conn := open(t)
	ctx := t.Context()
	begun, err := s.BeginPlatformRoster(ctx, "rec_1", "genesys")
	require.NoError(t, err)
	require.Equal(t, []any{"", 0}, []any{begun.Cursor, begun.Pages})
	full, bare := rosterAccount("b"), ccaas.RosterAccount{Account: ccaas.Account{ID: "a", State: ccaas.Deleted}}
	require.NoError(t, s.StageRosterPage(ctx, "rec_1", "", ccaas.RosterPage{Accounts: []ccaas.RosterAccount{full, bare}, Next: "2"}))
	require.NoError(t, s.StageRosterPage(ctx, "rec_1", "2", ccaas.RosterPage{
		Members:    []ccaas.QueueMember{{AccountID: "b", QueueID: "q2"}, {AccountID: "b", QueueID: "q1", Joined: true}},
		Incomplete: []ccaas.Incomplete{{What: "accounts", Missing: 3, Why: "capped"}},
	}))

	accounts := staged(t, s, "")

	require.Equal(t, []store.StagedAccount{
		{AccountID: "a", State: ccaas.Deleted, Queues: []ccaas.Membership{}},
		{
			AccountID: "b", State: ccaas.Active, EmailDigest: store.EmailDigest(" jane.doe@EXAMPLE.com "), NameDigest: store.NameDigest("Jane Doe"),
			ExtensionDigest: store.ExtensionDigest("4452"), Title: "Agent", Department: "SUPP_L2", ManagerID: "m", DivisionID: "d", EmployeeID: "WD-1",
			LocationIDs: []string{"l"}, RoleIDs: []string{"r1", "r2"}, GroupIDs: []string{}, Skills: full.Skills,
			Queues: []ccaas.Membership{{QueueID: "q1", Joined: true}, {QueueID: "q2"}},
		},
	}, accounts)
	require.NotEqual(t, store.NameDigest("jane doe"), accounts[1].NameDigest)
	require.Equal(t, accounts[1:], staged(t, s, "a"), "the read goes on after an account")
	for _, personal := range []string{"Jane", "jane", "example.com", "4452"} {
		require.Empty(t, places(t, conn, personal))
	}
	roster, err := s.PlatformRoster(ctx, "rec_1")
	require.NoError(t, err)
	require.NotNil(t, roster.CompletedAt)
	require.Equal(t, []ccaas.Incomplete{{What: "accounts", Missing: 3, Why: "capped"}}, roster.Incomplete)
	counts, err := s.PlatformRosterCounts(ctx, "rec_1")
	require.NoError(t, err)
	require.Equal(t, store.RosterCounts{Pages: 2, Active: 1, Deleted: 1, Memberships: 2}, counts)
	require.Equal(t, 2, counts.Accounts())
}

func TestAPageIsStagedOnlyWhereTheRunStands(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	_, err := s.BeginPlatformRoster(ctx, "rec_1", "genesys")
	require.NoError(t, err)
	first := ccaas.RosterPage{Accounts: []ccaas.RosterAccount{rosterAccount("a")}, Next: "2"}
	require.NoError(t, s.StageRosterPage(ctx, "rec_1", "", first))

	require.ErrorIs(t, s.StageRosterPage(ctx, "rec_1", "", first), store.ErrRosterMoved, "another reader was faster")
	require.ErrorIs(t, s.StageRosterPage(ctx, "rec_2", "", first), store.ErrRosterMoved)
	begun, err := s.BeginPlatformRoster(ctx, "rec_1", "genesys")
	require.NoError(t, err)
	require.Equal(t, []any{"2", 1}, []any{begun.Cursor, begun.Pages}, "a run that has begun goes on")
	require.NoError(t, s.StageRosterPage(ctx, "rec_1", "2", ccaas.RosterPage{}))
	require.ErrorIs(t, s.StageRosterPage(ctx, "rec_1", "", first), store.ErrRosterMoved, "it has ended")
	_, err = s.BeginPlatformRoster(ctx, "rec_1", "cxone")
	require.Error(t, err)
	_, err = s.PlatformRoster(ctx, "rec_2")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAPageThatCannotBeStagedLeavesNothingBehind(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	_, err := s.BeginPlatformRoster(ctx, "rec_1", "genesys")
	require.NoError(t, err)
	bad := rosterAccount("b\x00")

	require.Error(t, s.StageRosterPage(ctx, "rec_1", "", ccaas.RosterPage{Accounts: []ccaas.RosterAccount{rosterAccount("a"), bad}, Next: "2"}))

	roster, err := s.PlatformRoster(ctx, "rec_1")
	require.NoError(t, err)
	require.Equal(t, []any{"", 0}, []any{roster.Cursor, roster.Pages})
	require.Empty(t, staged(t, s, ""))
}

func TestATextThatPostgreSQLCannotKeepHoldsNoPageUp(t *testing.T) {
	s, _ := open(t)
	_, err := s.BeginPlatformRoster(t.Context(), "rec_1", "genesys")
	require.NoError(t, err)
	odd := rosterAccount("a")
	odd.Title, odd.Department, odd.EmployeeID, odd.Name = "A\x00gent", "\x00", "\x00", "J\x00"

	require.NoError(t, s.StageRosterPage(t.Context(), "rec_1", "", ccaas.RosterPage{Accounts: []ccaas.RosterAccount{odd}}))

	require.Equal(t, "A\uFFFDgent", staged(t, s, "")[0].Title)
}

func TestWhoIsErasedHasNoStagedAccount(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	person := newcomer(t, s, "WD-1")
	withPerson(t, s, person, func(p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{Platform: new("genesys"), PlatformUserID: new("a")})
	})
	_, err := s.BeginPlatformRoster(ctx, "rec_1", "genesys")
	require.NoError(t, err)
	require.NoError(t, s.StageRosterPage(ctx, "rec_1", "", ccaas.RosterPage{Accounts: []ccaas.RosterAccount{rosterAccount("a"), rosterAccount("b")}}))
	require.Len(t, staged(t, s, ""), 2)

	shred(t, s, person)

	require.Equal(t, "b", staged(t, s, "")[0].AccountID)
}

// Whatever comes in whatever pages, and more than once: each account and membership is there once, as it came last, in the order of its
// id's bytes.
func TestStagedAccountsAreTheLastOfEachInTheOrderOfTheirIDs(t *testing.T) {
	s, _ := open(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		runID := fmt.Sprintf("rec_p%d", run)
		_, err := s.BeginPlatformRoster(t.Context(), runID, "genesys")
		require.NoError(rt, err)
		titles, joined := map[string]string{}, map[string]map[string]bool{}
		ids := rapid.SampledFrom([]string{"a", "A", "b", "B", "-", "é", "a-b", "ab", "Z", "10", "9"})
		pages := rapid.IntRange(1, 6).Draw(rt, "pages")
		cursor := ""
		for number := range pages {
			var page ccaas.RosterPage
			for i := range rapid.IntRange(0, 6).Draw(rt, "accounts") {
				account := ccaas.RosterAccount{Account: ccaas.Account{ID: ids.Draw(rt, "id"), State: ccaas.Active, Title: fmt.Sprint(number, i)}}
				page.Accounts = append(page.Accounts, account)
				titles[account.ID] = account.Title
			}
			for range rapid.IntRange(0, 6).Draw(rt, "members") {
				member := ccaas.QueueMember{
					AccountID: ids.Draw(rt, "member"), QueueID: rapid.SampledFrom([]string{"q", "Q"}).Draw(rt, "queue"), Joined: rapid.Bool().Draw(rt, "joined"),
				}
				page.Members = append(page.Members, member)
				if joined[member.AccountID] == nil {
					joined[member.AccountID] = map[string]bool{}
				}
				joined[member.AccountID][member.QueueID] = member.Joined
			}
			if number+1 < pages {
				page.Next = fmt.Sprint(number + 1)
			}
			require.NoError(rt, s.StageRosterPage(t.Context(), runID, cursor, page))
			cursor = page.Next
		}

		var found []string
		for account, err := range s.StreamStagedAccounts(t.Context(), runID, "") {
			require.NoError(rt, err)
			found = append(found, account.AccountID)
			require.Equal(rt, titles[account.AccountID], account.Title)
			queues := map[string]bool{}
			for _, membership := range account.Queues {
				queues[membership.QueueID] = membership.Joined
			}
			require.Len(rt, account.Queues, len(queues))
			require.True(rt, maps.Equal(queues, joined[account.AccountID]), account.AccountID)
		}
		require.Equal(rt, slices.Sorted(maps.Keys(titles)), found)
	})
}

// The programs that merge the stream with another one compare ids byte by byte; a database's own order need not.
func TestTheOrderOfStagedAccountsIsNotTheDatabasesOwn(t *testing.T) {
	_, conn := open(t)
	require.Equal(t, 3, count(t, conn, `information_schema.columns
		where table_name like 'platform_roster_%' and column_name in ('account_id', 'queue_id') and collation_name = 'C'`))
}

func TestAStreamGoesThroughMoreThanOneBatchAndStopsWhereItIsTold(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	_, err := s.BeginPlatformRoster(ctx, "rec_1", "genesys")
	require.NoError(t, err)
	var page ccaas.RosterPage
	for i := range 2500 {
		page.Accounts = append(page.Accounts, ccaas.RosterAccount{Account: ccaas.Account{ID: number(i), State: ccaas.Active}})
	}
	require.NoError(t, s.StageRosterPage(ctx, "rec_1", "", page))

	accounts := staged(t, s, "")
	require.Len(t, accounts, 2500)
	require.True(t, slices.IsSortedFunc(accounts, func(a, b store.StagedAccount) int { return strings.Compare(a.AccountID, b.AccountID) }))
	require.Len(t, staged(t, s, number(1999)), 500)
	taken := 0
	for range s.StreamStagedAccounts(ctx, "rec_1", "") {
		if taken++; taken == 3 {
			break
		}
	}
	require.Equal(t, 3, taken)
}

func TestOldRostersGoAndTheNewestStay(t *testing.T) {
	s, conn := open(t)
	ctx := t.Context()
	for i := range 4 {
		runID := fmt.Sprintf("rec_%d", i)
		_, err := s.BeginPlatformRoster(ctx, runID, "genesys")
		require.NoError(t, err)
		require.NoError(t, s.StageRosterPage(ctx, runID, "", ccaas.RosterPage{
			Accounts: []ccaas.RosterAccount{rosterAccount("a")}, Members: []ccaas.QueueMember{{AccountID: "a", QueueID: "q"}},
		}))
		_, err = conn.Exec(ctx, "update platform_rosters set started_at = $2 where run_id = $1", runID, time.Now().AddDate(0, 0, i-10))
		require.NoError(t, err)
	}

	gone, err := s.DeletePlatformRosters(ctx, time.Now().AddDate(0, 0, -3), 2)

	require.NoError(t, err)
	require.Equal(t, []string{"rec_0", "rec_1"}, gone, "three and two are old as well and the last ones")
	require.Equal(t, []int{2, 2}, []int{count(t, conn, "platform_roster_accounts"), count(t, conn, "platform_roster_members")})
	gone, err = s.DeletePlatformRosters(ctx, time.Now().AddDate(0, 0, -9), 0)
	require.NoError(t, err)
	require.Empty(t, gone, "nothing else is that old")
}
