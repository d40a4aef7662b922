package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
)

// theGuardHoldsPeople: eleven of eleven are told to leave at once, so ten are isolated and wait, and the eleventh waits for the hard stop.
func theGuardHoldsPeople(t *testing.T, r *reader) {
	t.Helper()
	r.stack = runbookStack(t)
	people := r.agentsOf(t, "SUPP_L2", 11)
	r.sql(t, `delete from guard_shares`)
	r.postAll(t, people, "USER_TERMINATE", func(p *person) fields { return fields{"external_user_id": p.id} })
	eventually(t, "ten are held after the isolation, one before", func() error {
		trips := r.trips(t)
		stop, rest := trips["isolation"], trips["deactivation"]
		if len(stop.Waiting) != 1 || len(rest.Waiting) != 10 {
			return fmt.Errorf("%d and %d are held", len(stop.Waiting), len(rest.Waiting))
		}
		r.values["grd_stop…"], r.values["grd_…"] = stop.ID, rest.ID
		for _, p := range people {
			if p.id == stop.Waiting[0].PersonID {
				r.person = p
			}
		}
		return nil
	})
}

// theGuardHoldsThePerson waits until whom the hard stop held is isolated, and waits again.
func theGuardHoldsThePerson(t *testing.T, r *reader) {
	t.Helper()
	eventually(t, r.person.id+" is held after the isolation", func() error {
		for _, held := range r.trips(t)["deactivation"].Waiting {
			if held.PersonID == r.person.id {
				return nil
			}
		}
		return errNotYet
	})
	r.person.becomes(t, "draining")
}

// trips are the open trips by kind.
func (s *stack) trips(t *testing.T) map[string]api.GuardTrip {
	t.Helper()
	client := s.as("approver")
	page, err := client.Guards(t.Context(), api.GuardQuery{})
	require.NoError(t, err)
	trips := map[string]api.GuardTrip{}
	for _, trip := range page.Items {
		trips[trip.Kind] = trip
	}
	return trips
}

func aLayoffIsPlanned(t *testing.T, r *reader) {
	t.Helper()
	anAgent(t, r, "SUPP_L2")
	content := "# the site closes\n" + r.person.id + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, "leavers.txt"), []byte(content), 0o600))
}

// theBatchIsKnown: its id is what the command before has printed.
func theBatchIsKnown(t *testing.T, r *reader) {
	t.Helper()
	client := r.as("legal")
	page, err := client.Batches(t.Context(), api.PageQuery{})
	require.NoError(t, err)
	if len(page.Items) == 0 {
		err = errors.New("no batch was announced")
	}
	require.NoError(t, err)
	r.values["bat_…"] = page.Items[len(page.Items)-1].ID
}
