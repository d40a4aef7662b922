package genesys_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
)

// roster is everything that pages gave, the later page winning.
type roster struct {
	accounts   map[string]ccaas.RosterAccount
	joined     map[string]bool // "queue/account"
	incomplete []ccaas.Incomplete
	pages      int
}

// readRoster reads to the end; each page may be read by a process of its own.
func readRoster(t require.TestingT, next func() ccaas.RosterReader, between func(page int)) roster {
	read := roster{accounts: map[string]ccaas.RosterAccount{}, joined: map[string]bool{}}
	for cursor := ""; ; {
		page, err := next().RosterPage(context.Background(), cursor)
		require.NoError(t, err)
		for _, account := range page.Accounts {
			read.accounts[account.ID] = account
		}
		for _, member := range page.Members {
			read.joined[member.QueueID+"/"+member.AccountID] = member.Joined
		}
		read.incomplete = append(read.incomplete, page.Incomplete...)
		if read.pages++; page.Next == "" {
			return read
		}
		require.Less(t, read.pages, 1000)
		cursor = page.Next
		if between != nil {
			between(read.pages)
		}
	}
}

func (o *org) readRoster() roster {
	o.t.Helper()
	reader := o.Roster(nil)
	return readRoster(o.t, func() ccaas.RosterReader { return reader }, nil)
}

func (o *org) crowd(n int, state string, like genesystest.Plant) []string {
	o.t.Helper()
	like.Name, like.Email, like.State = new("Person {n}"), new(state+"-{n}@example.com"), &state
	ids, err := o.sim.Populate(genesystest.Crowd{Count: n, Like: like})
	require.NoError(o.t, err)
	return ids
}

func TestTheRosterTellsWhatAReadByIdTellsButForGrantsExternalIDsAndWorkforce(t *testing.T) {
	o := newOrg(t)
	manager := o.plant(genesystest.Plant{Name: new("Max"), Email: new("max@example.com")})
	planted := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane@example.com"), Division: new("Customer Care"), Department: new("SUPP_L2"), Title: new("Agent"),
		Extension: new("4452"), EmployeeID: new("WD-1"), ManagerID: &manager.ID, Locations: []string{"Austin"}, Roles: []string{"Supervisor", "Agent"},
		Skills: map[string]float64{"Billing_Support": 3}, Languages: map[string]float64{"Spanish": 4}, Groups: []string{"Support Team"},
		Queues: map[string]bool{"General_Support": true, "Billing_Queue": false}, WorkPlan: new("Support Full Time"),
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-1"}}, Presence: new("OnQueue"),
	})
	gone := o.plant(genesystest.Plant{Name: new("Gone"), Email: new("gone@example.com"), State: new("deleted")})
	idle := o.plant(genesystest.Plant{Name: new("Idle"), Email: new("idle@example.com"), State: new("inactive")})

	read := o.readRoster()

	require.Len(t, read.accounts, 4)
	require.Equal(t, ccaas.Deleted, read.accounts[gone.ID].State)
	require.Equal(t, ccaas.Inactive, read.accounts[idle.ID].State)
	byID := o.read(planted.ID)
	require.Len(t, byID.Roles, 2)
	byID.Roles, byID.ExternalIDs, byID.Queues, byID.ManagementUnitID, byID.WorkPlanID = nil, nil, nil, "", ""
	byID.Presence, byID.RoutingStatus, byID.Live = "", "", -1
	require.Equal(t, ccaas.RosterAccount{Account: byID, RoleIDs: sorted(role("Agent"), role("Supervisor"))}, read.accounts[planted.ID])
	require.Equal(t, map[string]bool{queue("General_Support") + "/" + planted.ID: true, queue("Billing_Queue") + "/" + planted.ID: false}, read.joined)
	require.Empty(t, read.incomplete)
}

func TestPartsThePlatformLeavesOutAreUnknownAndNotEmpty(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.OmitExpands = []string{"skills", "authorization"} })
	planted := o.plant(genesystest.Plant{Name: new("Jane"), Email: new("jane@example.com"), Skills: map[string]float64{"Billing_Support": 3}})

	account := o.readRoster().accounts[planted.ID]

	require.Nil(t, account.Skills)
	require.Nil(t, account.RoleIDs)
	require.NotNil(t, account.Languages)
}

func TestTheRosterGoesBeyondTenThousandInactiveAccountsInTheFewestPages(t *testing.T) {
	o := newOrg(t)
	o.crowd(10_600, "inactive", genesystest.Plant{})
	o.crowd(400, "active", genesystest.Plant{Queues: map[string]bool{"General_Support": true}})

	read := o.readRoster()

	require.Len(t, read.accounts, 11_000)
	require.Len(t, read.joined, 400)
	require.Empty(t, read.incomplete)
	// 22 pages of users and the total; the queues; four full pages of members whose last names no next, and five empty queues.
	require.Equal(t, 22+1+1+4+1+5, o.calls())
}

func TestWhoIsErasedWhileTheRosterIsReadIsNotMissing(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.ErasureLagMS = 0 })
	ids := o.crowd(1200, "active", genesystest.Plant{})
	reader := o.Roster(nil)

	read := readRoster(t, func() ccaas.RosterReader { return reader }, func(page int) {
		if page == 1 { // the last one goes before its page
			_, err := o.writer().Erase(t.Context(), ids[1199])
			require.NoError(t, err)
		}
	})

	require.Len(t, read.accounts, 1199)
	require.Empty(t, read.incomplete)
}

// Every page may be read by another process, while accounts and memberships come and go: whoever was there before and after is
// read, once and as it is or was.
func TestAnyCutAndAnyChangeLeavesWhoStaysReadOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := newOrg(t)
		n := rapid.SampledFrom([]int{0, 3, 101, 499, 500, 501, 1001}).Draw(rt, "accounts")
		var stay []string
		if n > 0 {
			stay = o.crowd(n, "active", genesystest.Plant{Queues: map[string]bool{"General_Support": false}})
		}
		reader := ccaas.RosterReader(o.Roster(nil))
		created := 0

		read := readRoster(rt, func() ccaas.RosterReader {
			if rapid.Bool().Draw(rt, "another process") {
				reader = o.Roster(nil)
			}
			return reader
		}, func(int) {
			switch rapid.IntRange(0, 3).Draw(rt, "meanwhile") {
			case 0:
				created++
				o.plant(genesystest.Plant{Name: new("A newcomer"), Email: new(fmt.Sprintf("new-%d@example.com", created))})
			case 1:
				if n > 0 {
					_, err := o.sim.Change(stay[rapid.IntRange(0, n-1).Draw(rt, "who")], genesystest.Plant{State: new("inactive")})
					require.NoError(rt, err)
				}
			}
		})

		for _, id := range stay {
			require.Contains(rt, read.accounts, id)
			require.Contains(rt, read.joined, queue("General_Support")+"/"+id)
		}
		require.Empty(rt, read.incomplete)
		require.LessOrEqual(rt, len(read.accounts), n+created)
	})
}

func TestAQueueThatGoesWhileTheRosterIsReadIsPassedOver(t *testing.T) {
	o := newOrg(t)
	names := []string{"General_Support", "Billing_Queue", "Retention_Queue", "Sales_Inbound"}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(queue(a), queue(b)) })
	gone, requests := names[2], 0
	o.crowd(150, "active", genesystest.Plant{Queues: map[string]bool{names[0]: true, names[1]: true, gone: true, names[3]: false}})
	reader := o.Roster(func(context.Context) error {
		if requests++; requests == 4 { // after the total, the users and the list of queues
			require.NoError(t, o.sim.ChangeCatalogue(genesystest.CatalogueChange{
				Remove: []genesystest.Construct{{Kind: genesystest.KindQueue, Name: gone}},
			}))
		}
		return nil
	})

	read := readRoster(t, func() ccaas.RosterReader { return reader }, nil)

	members := map[string]int{}
	for key := range read.joined {
		members[strings.Split(key, "/")[0]]++
	}
	require.Equal(t, map[string]int{queue(names[0]): 150, queue(names[1]): 150, queue(names[3]): 150}, members)
	require.Len(t, o.sim.Journal(genesystest.JournalFilter{Path: "/api/v2/routing/queues/" + queue(gone) + "/members"}), 1)
}

func TestACursorThePlatformForgotBeginsTheListingAgain(t *testing.T) {
	at := time.Now()
	settings := genesystest.DefaultSettings()
	settings.CursorMS = 60_000
	o := newOrgOf(t, genesystest.Options{Settings: &settings, Now: func() time.Time { return at }})
	o.crowd(700, "active", genesystest.Plant{})
	reader := o.Roster(nil)

	read := readRoster(t, func() ccaas.RosterReader { return reader }, func(page int) {
		if page == 1 {
			at = at.Add(2 * time.Minute)
		}
	})

	require.Len(t, read.accounts, 700)
	require.Empty(t, read.incomplete)

	at = at.Add(time.Hour)
	cursor, err := reader.RosterPage(t.Context(), "")
	require.NoError(t, err)
	for range 3 { // one that never holds for a page is an error in the end
		at = at.Add(time.Hour)
		cursor, err = reader.RosterPage(t.Context(), cursor.Next)
		require.NoError(t, err)
		require.Empty(t, cursor.Accounts)
		cursor, err = reader.RosterPage(t.Context(), cursor.Next)
		require.NoError(t, err)
		require.Len(t, cursor.Accounts, 500)
	}
	at = at.Add(time.Hour)
	_, err = reader.RosterPage(t.Context(), cursor.Next)
	requireKind(t, err, ccaas.KindInvalid)
}

func TestTheReaderPausesBeforeEachRequestAndARefusedPauseEndsIt(t *testing.T) {
	o := newOrg(t)
	o.crowd(600, "active", genesystest.Plant{})
	pauses := 0
	reader := o.Roster(func(context.Context) error { pauses++; return nil })
	readRoster(t, func() ccaas.RosterReader { return reader }, nil)
	require.Equal(t, o.calls(), pauses)

	full := errors.New("terminations have all of the budget")
	calls := o.calls()
	_, err := o.Roster(func(context.Context) error { return full }).RosterPage(t.Context(), "")
	require.ErrorIs(t, err, full)
	require.Equal(t, calls, o.calls())
}

func TestARateLimitSaysWhenToGoOnAndTheSameCursorDoes(t *testing.T) {
	o := newOrg(t)
	o.crowd(600, "active", genesystest.Plant{})
	reader := o.Roster(nil)
	first, err := reader.RosterPage(t.Context(), "")
	require.NoError(t, err)
	o.fault(genesystest.Fault{Kind: genesystest.FaultTooMany, RetryAfterSeconds: 40})

	_, err = reader.RosterPage(t.Context(), first.Next)

	requireKind(t, err, ccaas.KindRateLimited)
	var refused *ccaas.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 40*time.Second, refused.RetryAfter)
	second, err := reader.RosterPage(t.Context(), first.Next)
	require.NoError(t, err)
	require.Len(t, second.Accounts, 100)
}

func TestACursorOfAnotherMakeIsRefused(t *testing.T) {
	_, err := newOrg(t).Roster(nil).RosterPage(t.Context(), "page 2")
	requireKind(t, err, ccaas.KindInvalid)
}

func TestTheRosterIsReadWithTheListedPermissionsAlone(t *testing.T) {
	o := newOrg(t)
	o.plant(genesystest.Plant{Name: new("Jane"), Email: new("jane@example.com"), Queues: map[string]bool{"General_Support": true}})
	reader := o.client(genesys.RosterPermissions()...)

	require.NoError(t, reader.RequireReadOnly(t.Context()))
	roster := reader.Roster(nil)
	read := readRoster(t, func() ccaas.RosterReader { return roster }, nil)

	require.Len(t, read.accounts, 1)
	require.Len(t, read.joined, 1)
	_, err := o.client("routing:queue:view").Roster(nil).RosterPage(t.Context(), "")
	requireKind(t, err, ccaas.KindForbidden)
}

func sorted(list ...string) []string {
	slices.Sort(list)
	return list
}

// client is the platform as another OAuth client sees it.
func (o *org) client(permissions ...string) *genesys.Platform {
	o.t.Helper()
	client := genesystest.Client{ID: strings.ReplaceAll(strings.Join(permissions, "+"), ":", "."), Secret: "secret", Permissions: permissions}
	require.NoError(o.t, o.sim.PutClient(client))
	platform, err := genesys.New(genesys.Config{
		LoginURL: o.sim.LoginURL(), APIURL: o.sim.URL(), ClientID: client.ID, ClientSecret: client.Secret,
	})
	require.NoError(o.t, err)
	return platform
}
