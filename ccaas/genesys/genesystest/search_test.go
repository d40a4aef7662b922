package genesystest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

var everyState = []string{"active", "inactive", "deleted"}

func TestSearchFindsEveryStateAskedFor(t *testing.T) {
	_, c := start(t, nil)
	active, inactive, deleted := c.create("active@example.com"), c.create("inactive@example.com"), c.create("deleted@example.com")
	c.setState(inactive, "inactive")
	c.want(200, "DELETE", "/api/v2/users/"+deleted, nil)
	require.Equal(t, []string{active}, c.search("ACTIVE@example.com", everyState...))
	require.Equal(t, []string{inactive}, c.search("inactive@example.com", everyState...))
	require.Equal(t, []string{deleted}, c.search("deleted@example.com", everyState...))
	require.Empty(t, c.search("deleted@example.com", "active", "inactive"))
	require.Empty(t, c.search("deleted@example.com"))
}

func TestSearchLagsBehindReadsById(t *testing.T) {
	server, c := start(t, func(s *genesystest.Settings) { s.SearchLagMS = 60_000 })
	id := c.create("jane@example.com")
	c.want(200, "GET", "/api/v2/users/"+id, nil)
	require.Empty(t, c.search("jane@example.com", everyState...))
	require.NoError(t, server.ChangeSettings(func(s *genesystest.Settings) { s.SearchLagMS = 30 }))
	c.want(200, "PATCH", "/api/v2/users/"+id, fields{"title": "Agent", "version": 1})
	eventually(t, func() bool { return len(c.search("jane@example.com", everyState...)) == 1 })
}

func TestSearchShowsTheOldStateUntilTheIndexCatchesUp(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	require.NoError(t, server.ChangeSettings(func(s *genesystest.Settings) { s.SearchLagMS = 60_000 }))
	c.want(200, "DELETE", "/api/v2/users/"+id, nil)
	require.Equal(t, []string{id}, c.search("jane@example.com", "active"))
}

func TestSearchPagesAndReplaysPages(t *testing.T) {
	server, c := start(t, nil)
	for i := range 5 {
		_, err := server.Plant(genesystest.Plant{Name: to("Jane"), Email: to(fmt.Sprintf("jane%d@example.com", i))})
		require.NoError(t, err)
	}
	answer := c.want(200, "POST", "/api/v2/users/search", fields{
		"pageSize": 2, "query": []fields{{"type": "STARTS_WITH", "fields": []string{"email"}, "value": "jane"}},
	})
	require.EqualValues(t, 5, answer.field(t, "total"))
	require.EqualValues(t, 3, answer.field(t, "pageCount"))
	second := c.want(200, "GET", answer.text(t, "nextPage"), nil)
	require.Equal(t, "jane2@example.com", second.text(t, "results", 0, "email"))
	third := c.want(200, "GET", second.text(t, "nextPage"), nil)
	require.Equal(t, 1, third.length(t, "results"))
	require.Nil(t, third.field(t, "nextPage"))
}

func TestSearchRefusesWhatItDoesNotKnow(t *testing.T) {
	_, c := start(t, nil)
	criterion := fields{"type": "EXACT", "fields": []string{"email"}, "value": "a@example.com"}
	for name, body := range map[string]fields{
		"no criterion":   {"query": []fields{}},
		"no type":        {"query": []fields{{"fields": []string{"email"}, "value": "a"}}},
		"unknown field":  {"query": []fields{{"type": "EXACT", "fields": []string{"shoe"}, "value": "a"}}},
		"no value":       {"query": []fields{{"type": "EXACT", "fields": []string{"email"}}}},
		"page too large": {"query": []fields{criterion}, "pageSize": 101},
		"sort order":     {"query": []fields{criterion}, "sortOrder": "ascending"},
		"filter":         {"query": []fields{criterion}, "filter": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.on(t)
			c.want(400, "POST", "/api/v2/users/search", body)
		})
	}
}

func TestSearchCombinesCriteria(t *testing.T) {
	server, c := start(t, nil)
	for _, name := range []string{"Ann", "Bob"} {
		_, err := server.Plant(genesystest.Plant{
			Name: to(name), Email: to(strings.ToLower(name) + "@example.com"), EmployeeID: to("E-" + name), Title: to("Agent"),
		})
		require.NoError(t, err)
	}
	either := c.want(200, "POST", "/api/v2/users/search", fields{"query": []fields{
		{"type": "EXACT", "fields": []string{"name"}, "value": "ann"},
		{"type": "EXACT", "fields": []string{"hr.employeeId"}, "value": "E-Bob", "operator": "OR"},
	}})
	require.EqualValues(t, 2, either.field(t, "total"))
	not := c.want(200, "POST", "/api/v2/users/search", fields{"query": []fields{
		{"type": "CONTAINS", "fields": []string{"title"}, "value": "gen"},
		{"type": "EXACT", "fields": []string{"name"}, "value": "ann", "operator": "NOT"},
	}})
	require.EqualValues(t, 1, not.field(t, "total"))
	require.Equal(t, "Bob", not.text(t, "results", 0, "name"))
}

func TestRosterPagesByState(t *testing.T) {
	server, c := start(t, nil)
	for i := range 3 {
		_, err := server.Plant(genesystest.Plant{Name: to("A"), Email: to(fmt.Sprintf("a%d@example.com", i))})
		require.NoError(t, err)
	}
	_, err := server.Plant(genesystest.Plant{Name: to("D"), Email: to("d@example.com"), State: to("deleted")})
	require.NoError(t, err)
	first := c.want(200, "GET", "/api/v2/users?pageSize=2", nil)
	require.EqualValues(t, 3, first.field(t, "total"))
	require.Equal(t, 2, first.length(t, "entities"))
	require.Equal(t, 1, c.want(200, "GET", first.text(t, "nextUri"), nil).length(t, "entities"))
	require.Equal(t, 4, c.want(200, "GET", "/api/v2/users?state=any", nil).length(t, "entities"))
	require.Equal(t, 1, c.want(200, "GET", "/api/v2/users?state=deleted", nil).length(t, "entities"))
	c.refused(400, "invalid.value", "GET", "/api/v2/users?state=gone", nil)
}

func TestInactiveRosterEndsAtTenThousand(t *testing.T) {
	_, c := start(t, nil)
	c.want(200, "GET", "/api/v2/users?state=inactive&pageSize=500&pageNumber=20", nil)
	c.refused(400, "invalid.value", "GET", "/api/v2/users?state=inactive&pageSize=500&pageNumber=21", nil)
	c.want(200, "GET", "/api/v2/users?pageSize=500&pageNumber=21", nil)
}

func TestQueryWalksTheRosterByCursor(t *testing.T) {
	server, c := start(t, nil)
	for i := range 5 {
		_, err := server.Plant(genesystest.Plant{Name: to("A"), Email: to(fmt.Sprintf("a%d@example.com", i))})
		require.NoError(t, err)
	}
	seen, path := 0, "/api/v2/users/query?pageSize=2"
	for path != "" {
		answer := c.want(200, "GET", path, nil)
		seen += answer.length(t, "entities")
		path, _ = answer.field(t, "nextUri").(string)
	}
	require.Equal(t, 5, seen)
	c.refused(400, "invalid.value", "GET", "/api/v2/users/query?cursor=nonsense", nil)
}
