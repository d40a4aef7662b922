package genesys_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

func TestCreationWhoseAnswerIsLostIsFoundByASecondLook(t *testing.T) {
	o := newOrg(t)
	o.fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: "POST", Path: "/api/v2/users"})
	_, err := o.writer().Create(t.Context(), ccaas.NewAccount{
		Name: "Jane Doe", Email: "jane.doe@example.com", DivisionID: division("Home"),
	})
	requireKind(t, err, ccaas.KindUnavailable)
	require.Len(t, o.sim.Users(genesystest.TruthFilter{}), 1)

	eventually(t, func() bool {
		accounts, err := o.AccountsByEmail(t.Context(), "jane.doe@example.com")
		require.NoError(t, err)
		return len(accounts) == 1 && accounts[0].State == ccaas.Active
	})
}

func TestCreationWhoseRequestIsLostLeavesNothing(t *testing.T) {
	o := newOrg(t)
	o.fault(genesystest.Fault{Kind: genesystest.FaultCutBefore, Method: "POST", Path: "/api/v2/users"})
	_, err := o.writer().Create(t.Context(), ccaas.NewAccount{Name: "A", Email: "a@example.com", DivisionID: division("Home")})
	requireKind(t, err, ccaas.KindUnavailable)
	require.Empty(t, o.sim.Users(genesystest.TruthFilter{}))
}

func TestEmailHeldByADeletedAccountIsTakenWhileTheIndexDoesNotKnowYet(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.SearchLagMS = 60_000 })
	id := o.hired().ID
	accounts, err := o.AccountsByEmail(t.Context(), "jane.doe@example.com")
	require.NoError(t, err)
	require.Empty(t, accounts, "the index lags")
	_, err = o.writer().Create(t.Context(), ccaas.NewAccount{Name: "B", Email: "Jane.Doe@example.com", DivisionID: division("Home")})
	requireKind(t, err, ccaas.KindEmailTaken)
	require.Len(t, o.sim.Users(genesystest.TruthFilter{}), 1)
	require.Equal(t, "active", o.truth(id).State)
}

func TestIndexThatStillShowsAnOldEmailIsNotBelieved(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	require.NoError(t, o.sim.ChangeSettings(func(s *genesystest.Settings) { s.SearchLagMS = 60_000 }))
	email := "jane.roe@example.com"
	require.NoError(t, o.writer().SetProfile(t.Context(), id, ccaas.ProfileChange{Email: &email}))
	accounts, err := o.AccountsByEmail(t.Context(), "jane.doe@example.com")
	require.NoError(t, err)
	require.Empty(t, accounts)
}

func TestTakenExtensionIsAKindOfItsOwnAndNotATakenEmail(t *testing.T) {
	o := newOrg(t)
	o.hired()
	_, err := o.writer().Create(t.Context(), ccaas.NewAccount{
		Name: "B", Email: "b@example.com", DivisionID: division("Home"), Extension: "4452",
	})
	requireKind(t, err, ccaas.KindExtensionTaken)
	other, err := o.writer().Create(t.Context(), ccaas.NewAccount{Name: "B", Email: "b@example.com", DivisionID: division("Home")})
	require.NoError(t, err)
	extension, email := "4452", "b2@example.com"
	err = o.writer().SetProfile(t.Context(), other.ID, ccaas.ProfileChange{Extension: &extension, Email: &email})
	requireKind(t, err, ccaas.KindExtensionTaken)
	err = o.writer().SetProfile(t.Context(), other.ID, ccaas.ProfileChange{Extension: &extension})
	requireKind(t, err, ccaas.KindExtensionTaken)
}

func TestNewEmailOfSomeoneElseIsTaken(t *testing.T) {
	o := newOrg(t)
	o.hired()
	other, err := o.writer().Create(t.Context(), ccaas.NewAccount{Name: "B", Email: "b@example.com", DivisionID: division("Home")})
	require.NoError(t, err)
	email := "jane.doe@example.com"
	err = o.writer().SetProfile(t.Context(), other.ID, ccaas.ProfileChange{Email: &email})
	requireKind(t, err, ccaas.KindEmailTaken)
}

func TestSomeoneElsesChangeInBetweenIsReadAndTheWriteRepeated(t *testing.T) {
	o := newOrg(t)
	w := o.writer()
	account, err := w.Create(t.Context(), ccaas.NewAccount{Name: "A", Email: "a@example.com", DivisionID: division("Home")})
	require.NoError(t, err)
	_, err = o.sim.Change(account.ID, genesystest.Plant{Department: new("Sales")})
	require.NoError(t, err)
	title := "Agent"
	require.NoError(t, w.SetProfile(t.Context(), account.ID, ccaas.ProfileChange{Title: &title}))
	truth := o.truth(account.ID)
	require.Equal(t, "Agent", truth.Title)
	require.Equal(t, "Sales", truth.Department, "what the other one wrote stays")
	require.Len(t, o.writes, o.changing())
}

func TestWriteWhoseAnswerIsLostIsSafeToRepeat(t *testing.T) {
	title := "Senior Agent"
	for path, write := range map[string]func(context.Context, ccaas.Writer, string) error{
		"/api/v2/users/*/externalid": func(ctx context.Context, w ccaas.Writer, id string) error {
			return w.LinkExternalID(ctx, id, "WD-EMP-1")
		},
		"/api/v2/users/*": func(ctx context.Context, w ccaas.Writer, id string) error {
			return w.SetProfile(ctx, id, ccaas.ProfileChange{Title: &title})
		},
		"/api/v2/users/*/routingskills/bulk": func(ctx context.Context, w ccaas.Writer, id string) error {
			return w.SetSkills(ctx, id, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 4}})
		},
		"/api/v2/authorization/subjects/*/bulkreplace": func(ctx context.Context, w ccaas.Writer, id string) error {
			return w.SetRoles(ctx, id, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Home")}})
		},
		"/api/v2/routing/queues/*/members": func(ctx context.Context, w ccaas.Writer, id string) error {
			return w.AddToQueue(ctx, id, queue("General_Support"))
		},
		"/api/v2/workforcemanagement/agents": func(ctx context.Context, w ccaas.Writer, id string) error {
			return w.SetWorkforce(ctx, id, unit("Support MU"), plan("Support Full Time"))
		},
	} {
		t.Run(path, func(t *testing.T) {
			o := newOrg(t)
			id := o.hired().ID
			w := o.writer()
			for _, method := range []string{"POST", "PUT", "PATCH"} {
				o.fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: method, Path: path})
			}
			requireKind(t, write(t.Context(), w, id), ccaas.KindUnavailable)
			o.sim.ClearFaults()
			require.NoError(t, write(t.Context(), w, id))
		})
	}
}

func TestRevokedTokenIsReplacedWithinTheCall(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.sim.RevokeTokens()
	require.NoError(t, o.writer().SetSkills(t.Context(), id, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 1}}))
	require.Equal(t, map[string]float64{"Technical_Support": 1}, o.truth(id).Skills)
	require.Len(t, o.writes, 2, "the creation and the skills")
}

func TestTokenThatRunsOutIsReplaced(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.TokenSeconds = 1 })
	id := o.hired().ID
	begun := time.Now()
	eventually(t, func() bool {
		_, err := o.Account(t.Context(), id, ccaas.Want{})
		require.NoError(t, err)
		return time.Since(begun) > 1500*time.Millisecond
	})
	tokens := len(o.sim.Journal(genesystest.JournalFilter{Path: "/oauth/token"}))
	require.GreaterOrEqual(t, tokens, 2)
	require.LessOrEqual(t, tokens, 6)
}

func TestManyCallersShareOneTokenAndStayWithinTheirSlots(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.LatencyMS = 2 })
	id := o.hired().ID
	var callers sync.WaitGroup
	for range 40 {
		callers.Go(func() {
			_, err := o.Account(t.Context(), id, ccaas.Everything)
			require.NoError(t, err)
		})
	}
	callers.Wait()
	require.Len(t, o.sim.Journal(genesystest.JournalFilter{Path: "/oauth/token"}), 1)
	require.LessOrEqual(t, mostAtOnce(o.sim.Journal(genesystest.JournalFilter{Path: "/api/v2/**"})), 10)
}

// mostAtOnce is the largest number of requests that were under way together.
func mostAtOnce(entries []genesystest.Entry) int {
	most := 0
	for _, a := range entries {
		together := 0
		for _, b := range entries {
			if !b.Time.After(a.Time) && b.Ended.After(a.Time) {
				together++
			}
		}
		most = max(most, together)
	}
	return most
}

func TestGrantOfWhatIsNewSucceedsOnceTheAuthorizationServiceKnowsIt(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.AuthorizationLagMS = 60_000 })
	newcomer := o.hired().ID
	old := o.plant(genesystest.Plant{Name: new("B"), Email: new("b@example.com")}).ID
	require.NoError(t, o.sim.ChangeCatalogue(genesystest.CatalogueChange{
		Add: []genesystest.Construct{{Kind: genesystest.KindRole, Name: "Coach"}},
	}))
	grant := func(id, name string) error {
		return o.writer().AddRoles(t.Context(), id, []ccaas.Grant{{RoleID: role(name), DivisionID: division("Home")}})
	}
	requireKind(t, grant(newcomer, "Agent"), ccaas.KindUnavailable)
	requireKind(t, grant(old, "Coach"), ccaas.KindUnavailable)
	require.NoError(t, grant(old, "Agent"))
	require.NoError(t, o.sim.ChangeSettings(func(s *genesystest.Settings) { s.AuthorizationLagMS = 0 }))
	require.NoError(t, grant(newcomer, "Agent"))
	require.NoError(t, grant(old, "Coach"))
}

func TestBudgetThatIsUsedUpIsTheCallersToWaitFor(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultTooMany, Times: -1, RetryAfterSeconds: 17})
	err := o.writer().SetSkills(t.Context(), id, nil)
	requireKind(t, err, ccaas.KindRateLimited)
	var failure *ccaas.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 17*time.Second, failure.RetryAfter)
	require.NotEmpty(t, failure.CorrelationID)
}

func TestLimitsOfTheTokenAreKnown(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.RequestsPerMinute = 300 })
	o.hired()
	limits := o.Limits()
	require.Equal(t, 300, limits.Allowed)
	require.Equal(t, 1, limits.Used)
	require.True(t, limits.ResetAt.After(time.Now()))
}

func TestMoveThatTheUnitRefusesIsAnError(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	require.NoError(t, o.sim.AnswerMoves(genesystest.MoveResult{Result: "DestinationManagementUnitAgentLimitExceeded"}))
	requireKind(t, o.writer().SetWorkforce(t.Context(), id, unit("Support MU"), ""), ccaas.KindInvalid)
	require.NoError(t, o.sim.AnswerMoves(genesystest.MoveResult{Result: "MovingToDifferentManagementUnit"}))
	requireKind(t, o.writer().SetWorkforce(t.Context(), id, unit("Support MU"), ""), ccaas.KindUnavailable)
}

func TestExpandsThatThePlatformLeavesOutAreReadOrUnknown(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) {
		s.OmitExpands = []string{"skills", "languages", "groups", "presence", "routingStatus", "conversationSummary"}
	})
	agent := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane.doe@example.com"), Skills: map[string]float64{"Technical_Support": 3},
		Languages: map[string]float64{"English": 5}, Groups: []string{"Support Team"}, Presence: new("OnQueue"),
	})
	account := o.read(agent.ID)
	require.Equal(t, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 3}}, account.Skills)
	require.Equal(t, []ccaas.Rated{{ID: language("English"), Proficiency: 5}}, account.Languages)
	require.Nil(t, account.GroupIDs)
	require.Equal(t, -1, account.Live)
	require.Empty(t, account.Presence)
}

func TestExternalIDOfSomeoneElseIsAConflict(t *testing.T) {
	o := newOrg(t)
	o.plant(genesystest.Plant{
		Name: new("B"), Email: new("b@example.com"),
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-EMP-1"}},
	})
	id := o.hired().ID
	requireKind(t, o.writer().LinkExternalID(t.Context(), id, "WD-EMP-1"), ccaas.KindConflict)
}
