package genesystest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
)

// outsideTheSubset are paths that the official contract has elsewhere, with the reason why they are not in our part of it.
var outsideTheSubset = map[string]string{
	"/oauth/token":      "the login host's, not part of the platform API's contract",
	"/api/v2/locations": "a real operation of the platform that the subset was cut without",
}

// contract is the official description of the platform, ready to judge requests and answers.
type contract struct {
	document *openapi3.T
	find     func(method, escapedPath string) (string, map[string]string, bool)
}

// loadContract reads the official subset from $MUSTER_GENESYS_SPEC or from beside the repository; nil when it is not there.
func loadContract(t *testing.T) *contract {
	t.Helper()
	path := cmp.Or(os.Getenv("MUSTER_GENESYS_SPEC"), filepath.Join("..", "..", "..", "..", "shared", "genesys", "openapi-subset.json"))
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("no contract at %s: nothing to compare with", path)
		return nil
	}
	require.NoError(t, err)
	var swagger openapi2.T
	require.NoError(t, json.Unmarshal(content, &swagger))
	document, err := openapi2conv.ToV3(&swagger)
	require.NoError(t, err)
	for _, schema := range document.Components.Schemas {
		closeSchema(schema.Value)
	}
	// The description of this field says that null takes agents out of their unit; its type does not.
	move := document.Components.Schemas["MoveAgentsRequest"].Value.Properties["destinationManagementUnitId"]
	move.Value.Type = &openapi3.Types{openapi3.TypeString}
	move.Value.Nullable = true
	// This property is read-only, so that no request has it, which gets lost beside the reference that is its type.
	request := document.Components.Schemas["GDPRRequest"].Value
	request.Required = slices.DeleteFunc(request.Required, func(name string) bool { return name == "createdBy" })

	templates := map[string][]string{}
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			templates[path] = append(templates[path], method)
		}
	}
	return &contract{document: document, find: genesystest.TemplateFinder(templates)}
}

// closeSchema refuses properties the definition does not have, which plain validation would let pass.
func closeSchema(schema *openapi3.Schema) {
	if len(schema.Properties) > 0 && schema.AdditionalProperties.Schema == nil && schema.AdditionalProperties.Has == nil {
		schema.AdditionalProperties.Has = new(bool)
	}
}

func (c *contract) check(t *testing.T, entry genesystest.Entry) {
	t.Helper()
	if _, known := outsideTheSubset[entry.Path]; known {
		return
	}
	path, params, found := c.find(entry.Method, entry.Path)
	require.True(t, found, "%s %s is not in the contract", entry.Method, entry.Path)
	request, err := http.NewRequestWithContext(t.Context(), entry.Method, "http://platform"+entry.Path+"?"+entry.Query, bytes.NewReader(entry.Body))
	require.NoError(t, err)
	if len(entry.Body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	item := c.document.Paths.Value(path)
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params,
		Route: &routers.Route{Spec: c.document, Path: path, PathItem: item, Method: entry.Method, Operation: item.GetOperation(entry.Method)},
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
		},
	}
	label := fmt.Sprintf("%s %s?%s %s → %d %s", entry.Method, entry.Path, entry.Query, entry.Body, entry.Status, entry.Answer)
	if entry.Status < http.StatusBadRequest { // what was refused on purpose need not be valid
		for name := range request.URL.Query() {
			require.NotNil(t, input.Route.Operation.Parameters.GetByInAndName("query", name), "query parameter %s of %s", name, label)
		}
		require.NoError(t, openapi3filter.ValidateRequest(t.Context(), input), label)
	}
	if entry.Status >= http.StatusBadRequest && input.Route.Operation.Responses.Status(entry.Status) == nil {
		// The subset knows few errors of operations born after 2018; any of the platform's twelve may come from any call.
		c.checkError(t, entry, label)
		return
	}
	header := http.Header{}
	if len(entry.Answer) > 0 {
		header.Set("Content-Type", "application/json")
	}
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: entry.Status, Header: header, Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	output.SetBodyBytes(entry.Answer)
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), output), label)
}

func (c *contract) checkError(t *testing.T, entry genesystest.Entry, label string) {
	t.Helper()
	require.Contains(t, []int{400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503, 504}, entry.Status, label)
	var body any
	require.NoError(t, json.Unmarshal(entry.Answer, &body), label)
	require.NoError(t, c.document.Components.Schemas["ErrorBody"].Value.VisitJSON(body, openapi3.VisitAsResponse()), label)
}

func TestEveryOperationOfTheSimulatorIsInTheContract(t *testing.T) {
	contract := loadContract(t)
	if contract == nil {
		return
	}
	for _, template := range genesystest.RouteTemplates() {
		method, path, _ := strings.Cut(template, " ")
		if _, known := outsideTheSubset[path]; known {
			continue
		}
		item := contract.document.Paths.Value(path)
		require.NotNil(t, item, template)
		require.NotNil(t, item.GetOperation(method), template)
	}
}

func TestEveryOperationOfTheSimulatorAsksForThePermissionsOfTheContract(t *testing.T) {
	contract := loadContract(t)
	if contract == nil {
		return
	}
	for _, template := range genesystest.RouteTemplates() {
		method, path, _ := strings.Cut(template, " ")
		if _, known := outsideTheSubset[path]; known {
			continue
		}
		stated, err := json.Marshal(contract.document.Paths.Value(path).GetOperation(method).Extensions["x-inin-requires-permissions"])
		require.NoError(t, err)
		var wanted struct {
			Type        string
			Permissions []string
		}
		require.NoError(t, json.Unmarshal(stated, &wanted), template)
		all, permissions := genesystest.PermissionsOf(template)
		require.ElementsMatch(t, wanted.Permissions, permissions, template)
		if len(wanted.Permissions) > 1 {
			require.Equal(t, wanted.Type == "ALL", all, template)
		}
	}
}

func TestRequestsOfTheAdapterAndAnswersMatchTheContract(t *testing.T) {
	server, _ := startRecorded(t)
	exerciseAdapter(t, server)
	contract := loadContract(t)
	if contract == nil {
		return
	}
	checked := 0
	for _, entry := range server.Journal(genesystest.JournalFilter{Path: "/api/v2/**"}) {
		contract.check(t, entry)
		checked++
	}
	require.Greater(t, checked, 40)
}

func TestAnswersOfEveryOperationMatchTheContract(t *testing.T) {
	server, c := startRecorded(t)
	exerciseEverything(t, server, c)
	entries := server.Journal(genesystest.JournalFilter{Path: "/api/v2/**"})
	requireAllExercised(t, entries)
	contract := loadContract(t)
	if contract == nil {
		return
	}
	for _, entry := range entries {
		contract.check(t, entry)
	}
}

func startRecorded(t *testing.T) (*genesystest.Server, *client) {
	t.Helper()
	return start(t, func(s *genesystest.Settings) { s.KeepAnswers, s.NewUserRole = true, "employee" })
}

// requireAllExercised makes sure that no operation escapes the comparison.
func requireAllExercised(t *testing.T, entries []genesystest.Entry) {
	t.Helper()
	templates, missing := map[string][]string{}, genesystest.RouteTemplates()
	for _, template := range missing {
		method, path, _ := strings.Cut(template, " ")
		templates[path] = append(templates[path], method)
	}
	find := genesystest.TemplateFinder(templates)
	for _, entry := range entries {
		if path, _, found := find(entry.Method, entry.Path); found && entry.Status < 300 {
			missing = slices.DeleteFunc(missing, func(template string) bool { return template == entry.Method+" "+path })
		}
	}
	require.Empty(t, missing, "operations never exercised")
}

// exerciseAdapter takes one account through everything the port can do, so that the journal holds each request the adapter makes.
func exerciseAdapter(t *testing.T, server *genesystest.Server) {
	t.Helper()
	ctx := t.Context()
	platform, err := genesys.New(genesys.Config{
		LoginURL: server.LoginURL(), APIURL: server.URL(), ClientID: server.ClientID(), ClientSecret: server.ClientSecret(),
	})
	require.NoError(t, err)
	writer := platform.Writer(func(ctx context.Context, _ ccaas.Write, call func(context.Context) (ccaas.Receipt, error)) error {
		_, err := call(ctx)
		return err
	})
	catalogue, err := platform.Catalogue(ctx, true)
	require.NoError(t, err)
	found, err := platform.AccountByExternalID(ctx, "WD-EMP-1")
	require.NoError(t, err)
	require.Nil(t, found)

	manager := connect(t, server).create("manager@example.com")
	created, err := writer.Create(ctx, ccaas.NewAccount{
		Name: "Jane Doe", Email: "jane@example.com", DivisionID: catalogue.HomeDivisionID, Department: "Support", Title: "Agent", Extension: "4452",
	})
	require.NoError(t, err)
	id := created.ID
	unitID := catalogue.ManagementUnits["Support MU"].ID
	queues := []string{catalogue.Queues["Priority_Support_Queue"], catalogue.Queues["Tier_2_Escalation"]}
	skills := []ccaas.Rated{{ID: catalogue.Skills["Network_Troubleshooting"], Proficiency: 5}}
	for _, step := range []error{
		writer.LinkExternalID(ctx, id, "WD-EMP-1"),
		writer.SetProfile(ctx, id, ccaas.ProfileChange{
			Title: to("Senior Technical Support"), Department: to(""), ManagerID: &manager, EmployeeID: to("WD-EMP-1"),
			LocationIDs: &[]string{catalogue.Locations["Austin"]}, Email: to("jane.doe@example.com"), Name: to("Jane D."), Extension: to("4453"),
		}),
		writer.SetDivision(ctx, id, catalogue.Divisions["Customer Care"]),
		writer.SetRoles(ctx, id, []ccaas.Grant{{RoleID: catalogue.Roles["Agent"], DivisionID: catalogue.Divisions["Customer Care"]}}),
		writer.SetSkills(ctx, id, skills),
		writer.PutLanguages(ctx, id, []ccaas.Rated{{ID: catalogue.Languages["Spanish"], Proficiency: 4}}),
		writer.RemoveLanguage(ctx, id, catalogue.Languages["Spanish"]),
		writer.AddToGroup(ctx, id, catalogue.Groups["Support Team"]),
		writer.RemoveFromGroup(ctx, id, catalogue.Groups["Support Team"]),
		writer.AddToQueue(ctx, id, queues[0]),
		writer.AddToQueue(ctx, id, queues[1]),
		writer.SetJoined(ctx, id, queues, false),
		writer.SetJoined(ctx, id, queues, true),
		writer.RemoveFromQueue(ctx, id, queues[1]),
		writer.SetWorkforce(ctx, id, unitID, catalogue.WorkPlans[unitID]["Support Full Time"]),
	} {
		require.NoError(t, step)
	}
	account, err := platform.Account(ctx, id, ccaas.Everything)
	require.NoError(t, err)
	require.Equal(t, skills, account.Skills)
	require.Equal(t, []ccaas.Membership{{QueueID: queues[0], Joined: true}}, account.Queues)
	require.Equal(t, []string{"WD-EMP-1"}, account.ExternalIDs)
	require.Equal(t, catalogue.WorkPlans[unitID]["Support Full Time"], account.WorkPlanID)
	require.Len(t, account.Roles, 1)

	exerciseLiveWork(t, server, platform, writer, id, manager, queues[0])
	for _, step := range []error{
		writer.Offline(ctx, id), writer.ClearStation(ctx, id), writer.Deactivate(ctx, id), writer.RevokeSessions(ctx, id), writer.SetWorkforce(ctx, id, "", ""),
	} {
		require.NoError(t, step)
	}
	restored, err := writer.Restore(ctx, id)
	require.NoError(t, err)
	require.Equal(t, ccaas.Active, restored.State)
	standings, err := platform.Standings(ctx, []string{id, manager})
	require.NoError(t, err)
	require.Len(t, standings, 2)
	for _, err := range platform.Conversations(ctx, id, time.Now().Add(-90*24*time.Hour), time.Now()) {
		require.NoError(t, err)
	}
	require.NoError(t, writer.Delete(ctx, id))
	hits, err := platform.AccountsByEmail(ctx, "jane.doe@example.com")
	require.NoError(t, err)
	require.Len(t, hits, 1)
	require.Equal(t, ccaas.Deleted, hits[0].State)
	restored, err = writer.Restore(ctx, id)
	require.NoError(t, err)
	require.Equal(t, ccaas.Active, restored.State)
	exerciseRoster(t, platform)
	requestID, err := writer.Erase(ctx, id)
	require.NoError(t, err)
	_, err = writer.Erase(ctx, id)
	require.NoError(t, err)
	_, err = platform.Erasure(ctx, requestID)
	require.NoError(t, err)
}

// exerciseRoster reads everybody, and what the client may do.
func exerciseRoster(t *testing.T, platform *genesys.Platform) {
	t.Helper()
	roster, cursor := platform.Roster(nil), ""
	for {
		page, err := roster.RosterPage(t.Context(), cursor)
		require.NoError(t, err)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	writes, err := platform.CheckReadOnly(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, writes)
}

// exerciseLiveWork lets an agent with work in every medium hand over, decline and finish all of it.
func exerciseLiveWork(t *testing.T, server *genesystest.Server, platform *genesys.Platform, writer ccaas.Writer, id, other, queueID string) {
	t.Helper()
	ctx := t.Context()
	for _, start := range []genesystest.StartConversation{
		{Queue: "General_Support", AfterCallMS: 60_000},
		{Media: "callback", AgentOwned: true, Queue: "General_Support"},
		{Media: "email", Queue: "Billing_Queue", State: "alerting"},
		{Media: "chat", State: "held"},
		{Media: "message"},
		{Media: "video"},
		{Media: "socialExpression"},
	} {
		_, err := server.StartConversation(id, start)
		require.NoError(t, err)
	}
	work, err := platform.LiveWork(ctx, id)
	require.NoError(t, err)
	require.Len(t, work, 7)
	for i, each := range work {
		switch {
		case each.State == ccaas.WorkAlerting:
			err = writer.Disconnect(ctx, id, each)
		case i%2 == 0:
			err = writer.HandOverToQueue(ctx, id, each, queueID)
		default:
			err = writer.HandOverToAgent(ctx, id, each, other)
		}
		require.NoError(t, err)
	}
	work, err = platform.LiveWork(ctx, id)
	require.NoError(t, err)
	require.Len(t, work, 1)
	require.Equal(t, ccaas.WorkAfterCall, work[0].State)
	require.NoError(t, writer.Disconnect(ctx, id, work[0]))
	work, err = platform.LiveWork(ctx, id)
	require.NoError(t, err)
	require.Empty(t, work)
}
