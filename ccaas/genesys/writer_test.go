package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

const (
	patchCall  = "PATCH /api/v2/users/u1"
	createCall = "POST /api/v2/users"
	conflict   = `{"code":"general.conflict","message":"The version supplied does not match the current version of the user"}`
	taken      = `{"code":"general.conflict","message":"A user with that email already exists"}`
	takenPhone = `{"code":"general.conflict","message":"in use",
		"details":[{"fieldName":"addresses.extension","errorCode":"general.conflict"}]}`
)

func userAt(version int, state, title string) http.HandlerFunc {
	return answering(http.StatusOK, fmt.Sprintf(`{"id":"u1","version":%d,"state":%q,"title":%q,"email":"a@example.com",
		"addresses":[],"locations":[]}`, version, state, title))
}

func setTitle(s *scripted, title string) (*recorder, error) {
	r := &recorder{}
	return r, s.platform().Writer(r.guard).SetProfile(context.Background(), "u1", ccaas.ProfileChange{Title: &title})
}

func TestRefusingGuardMeansNoChangingRequest(t *testing.T) {
	refused := errors.New("fenced")
	for verb, write := range everyWrite {
		t.Run(verb, func(t *testing.T) {
			s := newScripted(t)
			s.on(readCall, userAt(3, "inactive", ""))
			s.on("GET /api/v2/gdpr/requests", answering(200, `{"entities":[]}`))
			s.on("GET /api/v2/presence/definitions",
				answering(200, `{"entities":[{"id":"p1","systemPresence":"Offline","type":"System"}]}`))
			if verb == "account.deactivate" {
				s.on(readCall, userAt(3, "active", ""))
			}
			asked := 0
			guard := func(context.Context, ccaas.Write, func(context.Context) (ccaas.Receipt, error)) error {
				asked++
				return refused
			}
			err := write(t.Context(), s.platform().Writer(guard))
			require.ErrorIs(t, err, refused)
			require.Equal(t, 1, asked)
			for _, r := range s.received {
				require.True(t, strings.HasPrefix(r.call, "GET ") || r.call == tokenCall, "%s was sent", r.call)
			}
		})
	}
}

// everyWrite is each method of the port once, by the verb of its first write.
var everyWrite = map[string]func(context.Context, ccaas.Writer) error{
	"account.create": func(ctx context.Context, w ccaas.Writer) error {
		_, err := w.Create(ctx, ccaas.NewAccount{Name: "A", Email: "a@example.com", DivisionID: "d1"})
		return err
	},
	"account.restore": func(ctx context.Context, w ccaas.Writer) error {
		_, err := w.Restore(ctx, "u1")
		return err
	},
	"account.deactivate": func(ctx context.Context, w ccaas.Writer) error { return w.Deactivate(ctx, "u1") },
	"account.delete":     func(ctx context.Context, w ccaas.Writer) error { return w.Delete(ctx, "u1") },
	"account.erase": func(ctx context.Context, w ccaas.Writer) error {
		_, err := w.Erase(ctx, "u1")
		return err
	},
	"external_id.link": func(ctx context.Context, w ccaas.Writer) error { return w.LinkExternalID(ctx, "u1", "WD-1") },
	"profile.set": func(ctx context.Context, w ccaas.Writer) error {
		title := "Agent"
		return w.SetProfile(ctx, "u1", ccaas.ProfileChange{Title: &title})
	},
	"division.set": func(ctx context.Context, w ccaas.Writer) error { return w.SetDivision(ctx, "u1", "d1") },
	"roles.replace": func(ctx context.Context, w ccaas.Writer) error {
		return w.SetRoles(ctx, "u1", []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}})
	},
	"skills.replace": func(ctx context.Context, w ccaas.Writer) error { return w.SetSkills(ctx, "u1", nil) },
	"languages.put": func(ctx context.Context, w ccaas.Writer) error {
		return w.PutLanguages(ctx, "u1", []ccaas.Rated{{ID: "l1", Proficiency: 5}})
	},
	"languages.remove": func(ctx context.Context, w ccaas.Writer) error { return w.RemoveLanguage(ctx, "u1", "l1") },
	"groups.add":       func(ctx context.Context, w ccaas.Writer) error { return w.AddToGroup(ctx, "u1", "g1") },
	"groups.remove":    func(ctx context.Context, w ccaas.Writer) error { return w.RemoveFromGroup(ctx, "u1", "g1") },
	"queues.add":       func(ctx context.Context, w ccaas.Writer) error { return w.AddToQueue(ctx, "u1", "q1") },
	"queues.remove":    func(ctx context.Context, w ccaas.Writer) error { return w.RemoveFromQueue(ctx, "u1", "q1") },
	"queues.join":      func(ctx context.Context, w ccaas.Writer) error { return w.SetJoined(ctx, "u1", []string{"q1"}, true) },
	"queues.unjoin":    func(ctx context.Context, w ccaas.Writer) error { return w.SetJoined(ctx, "u1", []string{"q1"}, false) },
	"workforce.move":   func(ctx context.Context, w ccaas.Writer) error { return w.SetWorkforce(ctx, "u1", "m1", "") },
	"presence.offline": func(ctx context.Context, w ccaas.Writer) error { return w.Offline(ctx, "u1") },
	"sessions.revoke":  func(ctx context.Context, w ccaas.Writer) error { return w.RevokeSessions(ctx, "u1") },
}

func TestWriterWithoutAGuardWritesNothing(t *testing.T) {
	s := newScripted(t)
	require.ErrorIs(t, s.platform().Writer(nil).SetSkills(t.Context(), "u1", nil), errNoGuard)
	require.Empty(t, s.received)
}

func TestLostAnswerOfACreationSurfacesAndIsNotRepeated(t *testing.T) {
	s := newScripted(t)
	s.on(createCall, cut)
	r := &recorder{}
	err := everyWrite["account.create"](t.Context(), s.platform().Writer(r.guard))
	requireKind(t, err, ccaas.KindUnavailable)
	require.Len(t, s.calls(createCall), 1)
	require.Empty(t, r.writes[0].receipt.AccountID)
}

func TestCreationNamesTheStateAndReturnsTheAccount(t *testing.T) {
	s := newScripted(t)
	s.on(createCall, userAt(1, "active", "Agent"))
	r := &recorder{}
	account, err := s.platform().Writer(r.guard).Create(t.Context(), ccaas.NewAccount{
		Name: "Jane", Email: "jane@example.com", DivisionID: "d1", Title: "Agent", Extension: "4452",
	})
	require.NoError(t, err)
	require.Equal(t, "u1", account.ID)
	require.Equal(t, "u1", r.writes[0].receipt.AccountID)
	require.Equal(t, http.StatusOK, r.writes[0].receipt.Status)
	require.Equal(t, "correlation-1", r.writes[0].receipt.CorrelationID)
	require.Equal(t, map[string]any{
		"name": "Jane", "email": "jane@example.com", "divisionId": "d1", "title": "Agent", "state": "active",
		"addresses": []any{map[string]any{"mediaType": "PHONE", "type": "WORK", "extension": "4452"}},
	}, decoded(t, s.calls(createCall)[0].body))
}

func TestConflictOfACreationIsATakenEmailUnlessItNamesTheExtension(t *testing.T) {
	for body, kind := range map[string]ccaas.Kind{taken: ccaas.KindEmailTaken, takenPhone: ccaas.KindExtensionTaken} {
		s := newScripted(t)
		s.on(createCall, answering(http.StatusConflict, body))
		r := &recorder{}
		requireKind(t, everyWrite["account.create"](t.Context(), s.platform().Writer(r.guard)), kind)
		requireKind(t, r.writes[0].err, kind)
	}
}

func TestProfileIsSetAtTheVersionThatWasReadAndOnlyWhereItDiffers(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, userAt(7, "active", "Trainee"))
	s.on(patchCall, userAt(8, "active", "Agent"))
	r, err := setTitle(s, "Agent")
	require.NoError(t, err)
	require.Equal(t, map[string]any{"title": "Agent", "version": 7.0}, decoded(t, s.calls(patchCall)[0].body))
	require.Equal(t, map[string]any{"fields": []string{"title"}, "version": 7}, r.writes[0].Detail)
}

func TestProfileThatIsAsWantedMakesNoWrite(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, userAt(7, "active", "Agent"))
	r, err := setTitle(s, "Agent")
	require.NoError(t, err)
	require.Empty(t, r.writes)
}

func TestProfileOfAUserJustCreatedNeedsNoRead(t *testing.T) {
	s := newScripted(t)
	s.on(createCall, userAt(1, "active", ""))
	s.on(patchCall, userAt(2, "active", "Agent"))
	s.on("POST /api/v2/users/u1/externalid", answering(http.StatusOK, "{}"))
	r := &recorder{}
	w := s.platform().Writer(r.guard)
	require.NoError(t, everyWrite["account.create"](t.Context(), w))
	require.NoError(t, everyWrite["external_id.link"](t.Context(), w))
	require.NoError(t, everyWrite["profile.set"](t.Context(), w))
	require.Empty(t, s.calls(readCall))
	require.Equal(t, []string{"account.create", "external_id.link", "profile.set"}, r.verbs())
}

func TestProfileAfterAChangeThatMayHaveMovedTheVersionIsReadFirst(t *testing.T) {
	s := newScripted(t)
	s.on(createCall, userAt(1, "active", ""))
	s.on(writeCall, answering(http.StatusOK, "{}"))
	s.on(readCall, userAt(2, "active", ""))
	s.on(patchCall, userAt(3, "active", "Agent"))
	r := &recorder{}
	w := s.platform().Writer(r.guard)
	require.NoError(t, everyWrite["account.create"](t.Context(), w))
	require.NoError(t, w.SetSkills(t.Context(), "u1", nil))
	require.NoError(t, everyWrite["profile.set"](t.Context(), w))
	require.Len(t, s.calls(patchCall), 1)
	require.InDelta(t, 2, decoded(t, s.calls(patchCall)[0].body)["version"], 0)
}

func TestEmailThatDiffersInCaseOnlyIsAsWanted(t *testing.T) {
	email := "A@Example.com"
	require.Empty(t, profilePatch(user{Email: "a@example.com"}, ccaas.ProfileChange{Email: &email}))
}

func TestVersionConflictIsReadAgainAndEachTryIsItsOwnWrite(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"409": answering(http.StatusConflict, conflict),
		"400": answering(http.StatusBadRequest, `{"message":"Version 7 does not match the current version 8"}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t)
			s.on(readCall, userAt(7, "active", "Trainee"), userAt(8, "active", "Trainee"))
			s.on(patchCall, answer, userAt(9, "active", "Agent"))
			r, err := setTitle(s, "Agent")
			require.NoError(t, err)
			require.Equal(t, []string{"profile.set", "profile.set"}, r.verbs())
			require.InDelta(t, 8, decoded(t, s.calls(patchCall)[1].body)["version"], 0)
		})
	}
}

func TestVersionConflictWhoseReReadShowsTheWishIsDone(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, userAt(7, "active", "Trainee"), userAt(8, "active", "Agent"))
	s.on(patchCall, answering(http.StatusConflict, conflict))
	r, err := setTitle(s, "Agent")
	require.NoError(t, err)
	require.Len(t, r.writes, 1)
}

func TestVersionConflictThatDoesNotEndIsAConflict(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, userAt(7, "active", "Trainee"))
	s.on(patchCall, answering(http.StatusConflict, conflict))
	r, err := setTitle(s, "Agent")
	requireKind(t, err, ccaas.KindConflict)
	require.Len(t, r.writes, maxVersionTries)
}

func TestConflictOverANewEmailIsATakenEmail(t *testing.T) {
	for body, kind := range map[string]ccaas.Kind{taken: ccaas.KindEmailTaken, takenPhone: ccaas.KindExtensionTaken} {
		s := newScripted(t)
		s.on(readCall, userAt(7, "active", ""))
		s.on(patchCall, answering(http.StatusConflict, body))
		r := &recorder{}
		email, extension := "other@example.com", "4452"
		err := s.platform().Writer(r.guard).SetProfile(t.Context(), "u1", ccaas.ProfileChange{Email: &email, Extension: &extension})
		requireKind(t, err, kind)
		require.Len(t, r.writes, 1)
	}
}

func TestProfilePatchKeepsWhatItDoesNotName(t *testing.T) {
	u := user{
		Addresses: []contact{
			{MediaType: "PHONE", Type: "WORK", Extension: "1"},
			{MediaType: "PHONE", Type: "MOBILE", Address: "+15550100"},
		},
		EmployerInfo: &employerInfo{OfficialName: "Jane", EmployeeID: "1", EmployeeType: "Full-time"},
		Locations:    []userLocation{{ID: "x", Notes: "desk 4", Definition: &entity{ID: "austin"}}},
		Manager:      &entity{ID: "m1"},
	}
	extension, employee, none, locations := "2", "9", "", []string{"madrid", "austin"}
	body := profilePatch(u, ccaas.ProfileChange{
		Extension: &extension, EmployeeID: &employee, LocationIDs: &locations, ManagerID: &none,
	})
	require.Equal(t, map[string]any{
		"addresses": []contact{
			{MediaType: "PHONE", Type: "MOBILE", Address: "+15550100"},
			{MediaType: "PHONE", Type: "WORK", Extension: "2"},
		},
		"employerInfo": employerInfo{OfficialName: "Jane", EmployeeID: "9", EmployeeType: "Full-time"},
		"locations":    []userLocation{{ID: "madrid"}, {ID: "austin", Notes: "desk 4"}},
		"manager":      "",
	}, body)
	cleared := profilePatch(u, ccaas.ProfileChange{Extension: &none})
	require.Equal(t, map[string]any{"addresses": []contact{{MediaType: "PHONE", Type: "MOBILE", Address: "+15550100"}}}, cleared)
}

func TestStateIsChangedAloneAndOnlyOnce(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, userAt(7, "active", ""), userAt(8, "active", ""), userAt(9, "inactive", ""))
	s.on(patchCall, answering(http.StatusConflict, conflict))
	r := &recorder{}
	require.NoError(t, s.platform().Writer(r.guard).Deactivate(t.Context(), "u1"))
	require.Equal(t, []string{"account.deactivate", "account.deactivate"}, r.verbs(), "the third look saw it done")
	require.Equal(t, map[string]any{"state": "inactive", "version": 7.0}, decoded(t, s.calls(patchCall)[0].body))
	require.Equal(t, map[string]any{"state": "inactive", "version": 8.0}, decoded(t, s.calls(patchCall)[1].body))
}

func TestRestoringAnAccountThatIsActiveMakesNoWrite(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody))
	r := &recorder{}
	account, err := s.platform().Writer(r.guard).Restore(t.Context(), "u1")
	require.NoError(t, err)
	require.Equal(t, ccaas.Active, account.State)
	require.Empty(t, r.writes)
}

func TestExternalIDThatIsOnThisUserAlreadyIsLinked(t *testing.T) {
	for holder, want := range map[string]ccaas.Kind{`{"id":"u1"}`: "", `{"id":"u2"}`: ccaas.KindConflict} {
		s := newScripted(t)
		s.on("POST /api/v2/users/u1/externalid", answering(http.StatusConflict, `{"code":"general.conflict"}`))
		s.on("GET /api/v2/users/externalid/muster-hris/WD-1", answering(http.StatusOK, holder))
		r := &recorder{}
		err := s.platform().Writer(r.guard).LinkExternalID(t.Context(), "u1", "WD-1")
		if want == "" {
			require.NoError(t, err)
			continue
		}
		requireKind(t, err, want)
	}
}

func TestSkillsBeyondFiftyAreAddedToTheReplacedSet(t *testing.T) {
	s := newScripted(t)
	path := "/api/v2/users/u1/routingskills/bulk"
	s.on("PUT "+path, answering(http.StatusOK, "{}"))
	s.on("PATCH "+path, answering(http.StatusOK, "{}"))
	skills := make([]ccaas.Rated, 120)
	for i := range skills {
		skills[i] = ccaas.Rated{ID: fmt.Sprintf("k%d", i), Proficiency: 1}
	}
	r := &recorder{}
	require.NoError(t, s.platform().Writer(r.guard).SetSkills(t.Context(), "u1", skills))
	require.Len(t, s.calls("PUT "+path), 1)
	require.Len(t, s.calls("PATCH "+path), 2)
	require.Equal(t, []string{"skills.replace", "skills.replace", "skills.replace"}, r.verbs())
	sizes := []int{}
	for _, w := range r.writes {
		part, _ := w.Detail["skills"].([]ccaas.Rated)
		sizes = append(sizes, len(part))
	}
	require.Equal(t, []int{50, 50, 20}, sizes)
}

func TestNoSkillsClearTheSetAndNoLanguagesMakeNoCall(t *testing.T) {
	s := newScripted(t)
	s.on(writeCall, answering(http.StatusOK, "{}"))
	r := &recorder{}
	w := s.platform().Writer(r.guard)
	require.NoError(t, w.SetSkills(t.Context(), "u1", nil))
	require.Equal(t, "[]", s.calls(writeCall)[0].body)
	require.NoError(t, w.PutLanguages(t.Context(), "u1", nil))
	require.NoError(t, w.SetJoined(t.Context(), "u1", nil, true))
	require.Equal(t, []string{"skills.replace"}, r.verbs())
}

func TestVersionConflictOfSkillsIsTriedAgainAsItsOwnWrite(t *testing.T) {
	s := newScripted(t)
	s.on(writeCall, answering(http.StatusConflict, conflict), answering(http.StatusOK, "{}"))
	record, err := writeSkills(t.Context(), s.platform())
	require.NoError(t, err)
	require.Len(t, record.writes, 2)
	requireKind(t, record.writes[0].err, ccaas.KindConflict)
}

func TestJoiningManyQueuesTakesOneCallPerHundred(t *testing.T) {
	s := newScripted(t)
	call := "PATCH /api/v2/users/u1/queues"
	s.on(call, answering(http.StatusOK, "{}"))
	r := &recorder{}
	require.NoError(t, s.platform().Writer(r.guard).SetJoined(t.Context(), "u1", make([]string, 101), true))
	require.Len(t, s.calls(call), 2)
	require.Equal(t, []string{"queues.join", "queues.join"}, r.verbs())
}

func TestRemovingWhatIsGoneIsDone(t *testing.T) {
	for _, verb := range []string{"languages.remove", "groups.remove", "queues.remove", "sessions.revoke"} {
		s := newScripted(t) // answers 404 to everything
		r := &recorder{}
		require.NoError(t, everyWrite[verb](t.Context(), s.platform().Writer(r.guard)), verb)
		requireKind(t, r.writes[0].err, ccaas.KindNotFound)
	}
	for _, verb := range []string{"groups.add", "queues.add", "division.set"} {
		s := newScripted(t)
		r := &recorder{}
		requireKind(t, everyWrite[verb](t.Context(), s.platform().Writer(r.guard)), ccaas.KindNotFound)
	}
}

func TestGrantThatIsNotFoundMayBeTriedLater(t *testing.T) {
	s := newScripted(t) // answers 404 to everything
	r := &recorder{}
	w := s.platform().Writer(r.guard)
	grants := []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}}
	for _, err := range []error{w.SetRoles(t.Context(), "u1", grants), w.AddRoles(t.Context(), "u1", grants)} {
		failure := requireKind(t, err, ccaas.KindUnavailable)
		require.Equal(t, http.StatusNotFound, failure.Status)
	}
	requireKind(t, r.writes[0].err, ccaas.KindNotFound)
}

func TestMoveOfAnAgentIsJudgedByItsOwnResult(t *testing.T) {
	for result, kind := range map[string]ccaas.Kind{
		"MoveSuccessful": "", "AlreadyMoved": "", "NothingToDo": "",
		"MovingToDifferentManagementUnit":           ccaas.KindUnavailable,
		"DestinationManagementUnitDoesNotExist":     ccaas.KindInvalid,
		"DestinationBusinessUnitAgentLimitExceeded": ccaas.KindInvalid,
		"SourceManagementUnitNotAuthorized":         ccaas.KindInvalid,
	} {
		s := newScripted(t)
		s.on("POST /api/v2/workforcemanagement/agents",
			answering(http.StatusAccepted, fmt.Sprintf(`{"results":[{"user":{"id":"u1"},"result":%q}]}`, result)))
		r := &recorder{}
		err := s.platform().Writer(r.guard).SetWorkforce(t.Context(), "u1", "m1", "")
		if kind == "" {
			require.NoError(t, err, result)
			continue
		}
		failure := requireKind(t, err, kind)
		require.Equal(t, result, failure.Code)
		require.Equal(t, http.StatusAccepted, failure.Status)
		require.Equal(t, "workforce.move", failure.Op)
		requireKind(t, r.writes[0].err, kind)
	}
}

func TestMoveWithoutAResultForTheAgentIsNotASuccess(t *testing.T) {
	s := newScripted(t)
	s.on("POST /api/v2/workforcemanagement/agents", answering(http.StatusAccepted, `{"results":[]}`))
	r := &recorder{}
	requireKind(t, s.platform().Writer(r.guard).SetWorkforce(t.Context(), "u1", "m1", ""), ccaas.KindUnavailable)
}

func TestLeavingWorkforceManagementNamesNoUnit(t *testing.T) {
	s := newScripted(t)
	call := "POST /api/v2/workforcemanagement/agents"
	s.on(call, answering(http.StatusAccepted, `{"results":[{"user":{"id":"u1"},"result":"MoveSuccessful"}]}`))
	r := &recorder{}
	w := s.platform().Writer(r.guard)
	require.NoError(t, w.SetWorkforce(t.Context(), "u1", "", ""))
	require.JSONEq(t, `{"userIds":["u1"],"destinationManagementUnitId":null}`, s.calls(call)[0].body)
	requireKind(t, w.SetWorkforce(t.Context(), "u1", "", "plan"), ccaas.KindInvalid)
	require.Len(t, s.calls(call), 1)
}

func TestWorkPlanIsJudgedByItsFailures(t *testing.T) {
	for reason, kind := range map[string]ccaas.Kind{
		"AgentNotInManagementUnit": ccaas.KindUnavailable, "WorkPlanNotFound": ccaas.KindInvalid,
	} {
		s := newScripted(t)
		s.on("POST /api/v2/workforcemanagement/agents",
			answering(http.StatusAccepted, `{"results":[{"user":{"id":"u1"},"result":"MoveSuccessful"}]}`))
		s.on("PATCH /api/v2/workforcemanagement/managementunits/m1/agents/workplans/bulk",
			answering(http.StatusOK, fmt.Sprintf(`{"failures":[{"user":{"id":"u1"},"failure":%q}]}`, reason)))
		r := &recorder{}
		requireKind(t, s.platform().Writer(r.guard).SetWorkforce(t.Context(), "u1", "m1", "p1"), kind)
		require.Equal(t, []string{"workforce.move", "workforce.plan"}, r.verbs())
	}
}

func TestRefusedRoutingStatusDoesNotSpoilGoingOffline(t *testing.T) {
	s := newScripted(t)
	s.on("GET /api/v2/presence/definitions", answering(200, `{"entities":[
		{"id":"p0","systemPresence":"Offline","type":"User"},{"id":"p1","systemPresence":"OFFLINE","type":"System"}]}`))
	s.on("PATCH /api/v2/users/u1/presences/purecloud", answering(200, "{}"))
	s.on("PUT /api/v2/users/u1/routingstatus", answering(400, `{"message":"An invalid routing status transition was attempted."}`))
	platform := s.platform()
	r := &recorder{}
	require.NoError(t, platform.Writer(r.guard).Offline(t.Context(), "u1"))
	require.NoError(t, platform.Writer(r.guard).Offline(t.Context(), "u1"))
	require.Equal(t, []string{"presence.offline", "routing.off_queue", "presence.offline", "routing.off_queue"}, r.verbs())
	require.JSONEq(t, `{"presenceDefinition":{"id":"p1"}}`, s.calls("PATCH /api/v2/users/u1/presences/purecloud")[0].body)
	require.Len(t, s.calls("GET /api/v2/presence/definitions"), 1, "definitions are kept")
}

func TestWritesCarryNoPersonalData(t *testing.T) {
	s := newScripted(t)
	s.on(createCall, userAt(1, "active", ""))
	s.on(readCall, userAt(1, "active", ""))
	s.on(patchCall, userAt(2, "active", ""))
	r := &recorder{}
	w := s.platform().Writer(r.guard)
	_, err := w.Create(t.Context(), ccaas.NewAccount{
		Name: "Jane Doe", Email: "jane.doe@example.com", DivisionID: "d1", Extension: "4452",
	})
	require.NoError(t, err)
	name, email := "Janet Doe", "janet.doe@example.com"
	require.NoError(t, w.SetProfile(t.Context(), "u1", ccaas.ProfileChange{Name: &name, Email: &email}))
	for _, write := range r.writes {
		recorded := fmt.Sprintf("%+v", write.Write)
		for _, personal := range []string{"Jan", "Doe", "doe", "4452"} {
			require.NotContains(t, recorded, personal)
		}
	}
}
