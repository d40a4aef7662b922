package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/store"
)

func TestADatabaseURLIsShownWithoutItsPassword(t *testing.T) {
	require.Equal(t, "postgres://muster:xxxxx@db/muster", store.RedactedURL("postgres://muster:secret@db/muster"))
	require.Equal(t, "postgres://db/muster?password=xxxxx&user=muster", store.RedactedURL("postgres://db/muster?user=muster&password=secret"))
	require.NotContains(t, store.RedactedURL("host=db password=secret"), "secret")
}
