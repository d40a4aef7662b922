package frontdoor_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/mapping"
	"muster/starter/frontdoor"
	"muster/store"
	"muster/testenv"
)

// populate seeds people in the event store as ingest would have left them: each hired, every other one with a change after it, in
// the departments, job titles, places and skills of the example. The sets of codes vary as they do in a company of that size.
func populate(b *testing.B, url string, people int) {
	b.Helper()
	connection, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = connection.Close(b.Context()) }()
	for _, statement := range []string{
		`
		insert into persons (person_id, origin_namespace, origin_external_id, email)
		select 'P-' || lpad(n::text, 7, '0'), 'default', 'P-' || lpad(n::text, 7, '0'), 'p' || n || '@example.test' from generate_series(1, $1::int) n`, `
		insert into person_ids (namespace, external_id, person_id)
		select 'default', 'P-' || lpad(n::text, 7, '0'), 'P-' || lpad(n::text, 7, '0') from generate_series(1, $1::int) n`, `
		insert into agents (person_id, lifecycle_state, generation)
		select 'P-' || lpad(n::text, 7, '0'), 'active', 1 from generate_series(1, $1::int) n`, `
		insert into hr_events (event_id, source_system, namespace, external_user_id, person_id, event_type, timestamp_utc, canonical,
			digest, processing_key, received_at, admission, outcome, outcome_at)
		select 'evt_create_' || n, 'WORKDAY', 'default', id, id, 'USER_CREATE', at, jsonb_build_object(
				'event_id', 'evt_create_' || n, 'event_type', 'USER_CREATE', 'source_system', 'WORKDAY',
				'timestamp_utc', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
				'payload', jsonb_build_object('external_user_id', id, 'email', 'p' || n || '@example.test',
					'first_name', 'Given', 'last_name', 'Family', 'status', 'ACTIVE', 'timezone', 'America/New_York',
					'department_code', (array['SUPP_L1', 'SUPP_L2', 'BILLING', 'SALES', 'RETAIL_7'])[1 + n % 5],
					'job_title_code', (array['SR_TECH_SUPPORT', 'SALES_REP'])[1 + n / 5 % 2],
					'location_code', (array['AUS', 'MAD'])[1 + n / 10 % 2],
					'skill_codes', to_jsonb(array_remove(array[
						case when n % 3 > 0 then 'SVC_TECH' end, case when n % 7 > 2 then 'SVC_BILLING' end, case when n % 11 > 5 then 'LANG_EN' end,
						case when n % 13 > 6 then 'LANG_ES' end, case when n % 17 > 8 then 'LANG_FR' end,
						case when n % 19 > 9 then 'SVC_RETENTION' end, case when n % 1000 = 0 then 'RARE_' || n % 37 end], null)))),
			'digest_c_' || n, 'key_c_' || n, at, 'accepted', 'applied', at
		from (select n, 'P-' || lpad(n::text, 7, '0') as id, now() - interval '200 days' + n * interval '1 second' as at
		      from generate_series(1, $1::int) n) as hires`, `
		insert into hr_events (event_id, source_system, namespace, external_user_id, person_id, event_type, timestamp_utc, canonical,
			digest, processing_key, received_at, admission, outcome, outcome_at)
		select 'evt_update_' || n, 'WORKDAY', 'default', id, id, 'USER_UPDATE', at, jsonb_build_object(
				'event_id', 'evt_update_' || n, 'event_type', 'USER_UPDATE', 'source_system', 'WORKDAY',
				'timestamp_utc', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
				'payload', jsonb_build_object('external_user_id', id, 'department_code', (array['SUPP_L1', 'SUPP_L2', 'BILLING'])[1 + n / 2 % 3])),
			'digest_u_' || n, 'key_u_' || n, at, 'accepted', 'applied', at
		from (select n, 'P-' || lpad(n::text, 7, '0') as id, now() - interval '60 days' + n * interval '10 seconds' as at
		      from generate_series(2, $1::int, 2) n) as changes`,
	} {
		_, err := connection.Exec(b.Context(), statement, people)
		require.NoError(b, err)
	}
	_, err = connection.Exec(b.Context(), `analyze persons, person_ids, agents, hr_events`)
	require.NoError(b, err)
}

// BenchmarkSimulate100k is a question about 100,000 people, from the HTTP request to the answer: everybody read, folded, resolved twice.
func BenchmarkSimulate100k(b *testing.B) {
	url := testenv.Database(b)
	populate(b, url, 100_000)
	records, err := store.Open(b.Context(), url)
	require.NoError(b, err)
	defer records.Close()
	testenv.Publish(b, records, mapping.Example())
	client := serve(b, url)
	draft := strings.NewReplacer("proficiency: 4, weight: 10", "proficiency: 5, weight: 10", "Billing_Queue", "Billing_2").Replace(string(mapping.Example()))

	b.Run("roster", func(b *testing.B) {
		defer processorTime(b)()
		for b.Loop() {
			found, err := client.Simulate(b.Context(), api.SimulateRequest{YAML: draft})
			require.NoError(b, err)
			require.Equal(b, 100_000, found.People)
			require.Positive(b, found.Changed)
		}
	})
	b.Run("roster_listed_and_replay_of_90_days", func(b *testing.B) {
		defer processorTime(b)()
		for b.Loop() {
			found, err := client.Simulate(b.Context(), api.SimulateRequest{
				YAML: draft, Days: 90, PeopleLimit: api.PeopleLimit{People: new(100_000)},
			})
			require.NoError(b, err)
			require.Equal(b, 50_000, found.Replay.Events)
			require.Len(b, found.Changes, found.Changed)
		}
	})
	b.Run("coverage", func(b *testing.B) {
		for b.Loop() {
			found, err := client.Coverage(b.Context(), api.CoverageQuery{})
			require.NoError(b, err)
			require.NotEmpty(b, found.Missing)
		}
	})
	b.Run("drill_of_three_dates", func(b *testing.B) {
		changes := "kind,old_code,new_code,effective_date\ndepartment,SUPP_L2,SUPPORT,2027-01-01\n" +
			"skill,LANG_EN,,2027-02-01\ndepartment,BILLING,SUPP_L1,2027-03-01\n"
		for b.Loop() {
			found, err := client.Drill(b.Context(), api.DrillRequest{Changes: changes, Format: "csv"})
			require.NoError(b, err)
			require.True(b, found.Broken)
		}
	})
}

// processorTime reports what one round takes of the processors, without PostgreSQL's part: on a machine that does other things as well
// the time on the clock says little.
func processorTime(b *testing.B) (report func()) {
	b.Helper()
	spent := func() time.Duration {
		var usage syscall.Rusage
		require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	before := spent()
	return func() { b.ReportMetric((spent()-before).Seconds()/float64(b.N), "cpu-s/op") }
}

// serve is a client of a front door on a database, with the token of somebody who edits the registry.
func serve(b *testing.B, url string) *api.Client {
	b.Helper()
	records, err := store.Open(b.Context(), url)
	require.NoError(b, err)
	b.Cleanup(records.Close)
	known, err := frontdoor.NewTokens(map[string]frontdoor.Actor{editorToken: {Name: "edda", Roles: []api.Role{api.RoleRegistryEditor}}})
	require.NoError(b, err)
	door, err := frontdoor.New(frontdoor.Options{
		Store: records, Bell: &rememberingBell{}, Temporal: &standInServer{}, Tokens: known,
		Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(b, err)
	server := httptest.NewServer(door)
	b.Cleanup(server.Close)
	return &api.Client{BaseURL: server.URL, Token: editorToken}
}
