package genesys_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

// everyExtensionAnswer are the ways in which organisations show an extension.
var everyExtensionAnswer = []string{
	genesystest.ExtensionsPooled, genesystest.ExtensionsPooledWithAddress, genesystest.ExtensionsUnpooled,
}

func (o *org) setExtension(id, extension string) {
	o.t.Helper()
	require.NoError(o.t, o.writer().SetProfile(o.t.Context(), id, ccaas.ProfileChange{Extension: &extension}))
}

func TestExtensionIsReadBackHoweverTheOrganisationShowsIt(t *testing.T) {
	for _, answers := range everyExtensionAnswer {
		t.Run(answers, func(t *testing.T) {
			o := newOrg(t, func(s *genesystest.Settings) { s.ExtensionAnswers = answers })
			id := o.hired().ID
			require.Equal(t, "4452", o.read(id).Extension)
			o.setExtension(id, "4453")
			require.Equal(t, "4453", o.read(id).Extension)
			before := o.changing()
			o.setExtension(id, "4453")
			require.Equal(t, before, o.changing(), "it is as wanted")
			o.setExtension(id, "")
			require.Empty(t, o.read(id).Extension)
		})
	}
}

func TestNumbersOfAnAdoptedAgentSurviveItsExtension(t *testing.T) {
	for _, answers := range everyExtensionAnswer {
		t.Run(answers, func(t *testing.T) {
			o := newOrg(t, func(s *genesystest.Settings) { s.ExtensionAnswers = answers })
			numbers := map[string]string{"WORK": "+13174269078", "WORK2": "+13174269079x12", "MOBILE": "+13174269080"}
			id := o.plant(genesystest.Plant{Name: new("Jane Doe"), Email: new("jane.doe@example.com"), Numbers: numbers}).ID
			for _, extension := range []string{"4452", "4453", ""} {
				o.setExtension(id, extension)
				require.Equal(t, extension, o.read(id).Extension)
				require.Equal(t, extension, o.truth(id).Extension)
				require.Equal(t, numbers, o.truth(id).Numbers)
			}
		})
	}
}
