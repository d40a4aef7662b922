package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func addMapping(t testing.TB, s *store.Store, yaml string) int {
	t.Helper()
	version, err := s.AddMappingVersion(t.Context(), store.MappingVersion{YAML: []byte(yaml), Author: "alex", Reason: "first rules"})
	require.NoError(t, err)
	return version
}

func TestMappingVersionsCountFromOne(t *testing.T) {
	s, _ := open(t)
	_, err := s.LatestMapping(t.Context())
	require.ErrorIs(t, err, store.ErrNotFound)

	require.Equal(t, 1, addMapping(t, s, "a: 1"))
	require.Equal(t, 2, addMapping(t, s, "a: 2"))

	latest, err := s.LatestMapping(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, latest.Version)
	require.Equal(t, "a: 2", string(latest.YAML))
	first, err := s.MappingVersion(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "a: 1", string(first.YAML))
	_, err = s.MappingVersion(t.Context(), 3)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestTheSameRulesAgainAreTheSameVersion(t *testing.T) {
	s, _ := open(t)
	addMapping(t, s, "a: 1")
	addMapping(t, s, "a: 2")

	require.Equal(t, 2, addMapping(t, s, "a: 2"))
	require.Equal(t, 3, addMapping(t, s, "a: 1"), "going back is a new version")
}

func TestAMappingVersionIsAuditedWithItOnce(t *testing.T) {
	s, conn := open(t)
	addMapping(t, s, "a: 1")
	addMapping(t, s, "a: 1")

	facts, _, err := s.AuditTrail(t.Context(), store.AuditFilter{Action: "mapping.add"}, "", 0)
	require.NoError(t, err)
	require.Len(t, facts, 1)
	require.Equal(t, "alex", facts[0].Actor)
	require.Contains(t, string(facts[0].Detail), "first rules")

	_, err = conn.Exec(t.Context(), "revoke insert on audit from muster_app")
	require.NoError(t, err)
	_, err = s.AddMappingVersion(t.Context(), store.MappingVersion{YAML: []byte("a: 2"), Author: "alex"})
	require.Error(t, err)
	require.Equal(t, 1, count(t, conn, "mapping_versions"), "no version without its fact")
}

func TestMappingVersionsAddedAtOnceGetDifferentNumbers(t *testing.T) {
	s, _ := open(t)
	var editors sync.WaitGroup
	for i := range 10 {
		editors.Go(func() {
			_, _ = s.AddMappingVersion(t.Context(), store.MappingVersion{YAML: []byte(number(i)), Author: "alex"})
		})
	}
	editors.Wait()

	versions, err := s.MappingVersions(t.Context())
	require.NoError(t, err)
	require.Len(t, versions, 10)
	require.Equal(t, 10, versions[0].Version)
}

func TestANewMappingVersionRingsWhoeverWaitsForOne(t *testing.T) {
	s, conn := open(t)
	addMapping(t, s, "a: 1")
	for _, person := range []string{"WD-1", "WD-2", "WD-3", "WD-4"} {
		newcomer(t, s, person)
	}
	openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	openReview(t, s, "WD-2", lifecycle.ReviewMissingConstruct, "Tier_2")
	openReview(t, s, "WD-3", lifecycle.ReviewPlatformRefusal, "")
	withPerson(t, s, "WD-4", func(p *store.PersonTx) error {
		return p.SetWaiting("evt_create_WD-4", store.Wait{For: "registry", What: "a rule for SVC_Y", ParkedVersion: 1})
	})
	_, err := conn.Exec(t.Context(), "delete from rings")
	require.NoError(t, err)

	addMapping(t, s, "a: 2")

	rows, err := conn.Query(t.Context(), "select person_id from rings order by person_id")
	require.NoError(t, err)
	var rung []string
	for rows.Next() {
		var person string
		require.NoError(t, rows.Scan(&person))
		rung = append(rung, person)
	}
	require.Equal(t, []string{"WD-1", "WD-2", "WD-4"}, rung)
}
