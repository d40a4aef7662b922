package genesys_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

func TestJoiningWithoutAFreeSeatIsAKindOfItsOwnUntilALeaverGivesOneBack(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.Seats = 1 })
	queues := []string{queue("General_Support")}
	leaver := o.plant(genesystest.Plant{Name: new("A"), Email: new("a@example.com"), Queues: map[string]bool{"General_Support": true}})
	joiner := o.plant(genesystest.Plant{Name: new("B"), Email: new("b@example.com"), Queues: map[string]bool{"General_Support": false}})
	requireKind(t, o.writer().SetJoined(t.Context(), joiner.ID, queues, true), ccaas.KindNoSeat)
	require.NoError(t, o.writer().SetJoined(t.Context(), leaver.ID, queues, false))
	require.NoError(t, o.writer().SetJoined(t.Context(), joiner.ID, queues, true))
	joined, err := o.QueueIDs(t.Context(), joiner.ID, true)
	require.NoError(t, err)
	require.Equal(t, queues, joined)
}

func TestFieldsThatAreNotRefusedAreSetWithoutTheOnesThatAre(t *testing.T) {
	o := newOrg(t)
	o.hired() // has the email and the extension
	other := o.plant(genesystest.Plant{Name: new("B"), Email: new("b@example.com")})
	change := ccaas.ProfileChange{Title: new("Senior Agent"), Email: new("jane.doe@example.com"), Extension: new("4452")}
	requireKind(t, o.writer().SetProfile(t.Context(), other.ID, change), ccaas.KindEmailTaken)
	require.Empty(t, o.truth(other.ID).Title, "all of it is refused")
	change = change.Without(ccaas.FieldEmail)
	requireKind(t, o.writer().SetProfile(t.Context(), other.ID, change), ccaas.KindExtensionTaken)
	require.NoError(t, o.writer().SetProfile(t.Context(), other.ID, change.Without(ccaas.FieldExtension)))
	truth := o.truth(other.ID)
	require.Equal(t, "Senior Agent", truth.Title)
	require.Equal(t, "b@example.com", truth.Email)
	require.Empty(t, truth.Extension)
}
