package ccaas_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
)

func wholeProfile() ccaas.ProfileChange {
	return ccaas.ProfileChange{
		Name: new("n"), Email: new("e"), Department: new("d"), Title: new("t"), Extension: new("x"), ManagerID: new(""),
		LocationIDs: &[]string{"l"}, EmployeeID: new("i"),
	}
}

func TestAProfileChangeIsTheSumOfItsFields(t *testing.T) {
	whole := wholeProfile()
	require.Len(t, whole.Fields(), 8)
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfDistinct(rapid.SampledFrom(whole.Fields()), rapid.ID).Draw(t, "fields")
		only, without := whole.Only(some...), whole.Without(some...)
		require.ElementsMatch(t, some, only.Fields())
		require.ElementsMatch(t, whole.Fields(), append(only.Fields(), without.Fields()...))
		require.Equal(t, len(some) == 0, only.Empty())
	})
}

func TestTakingFieldsOutLeavesTheOriginalAndTheOtherValues(t *testing.T) {
	whole := wholeProfile()
	rest := whole.Without(ccaas.FieldEmail, ccaas.FieldExtension)
	require.Equal(t, wholeProfile(), whole)
	require.Equal(t, whole.Name, rest.Name)
	require.Equal(t, whole.LocationIDs, rest.LocationIDs)
	require.Nil(t, rest.Email)
	require.Nil(t, rest.Extension)
	require.Equal(t, ccaas.ProfileChange{Email: whole.Email}, whole.Only(ccaas.FieldEmail))
}
