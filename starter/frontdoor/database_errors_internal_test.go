package frontdoor

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestARefusalOfPostgreSQLIsToldByItsCode(t *testing.T) {
	for code, want := range map[string]struct{ unavailable, unstorable bool }{
		"57P01": {unavailable: true}, "57P05": {unavailable: true}, "53100": {unavailable: true}, "53200": {unavailable: true},
		"53300": {unavailable: true}, "08006": {unavailable: true},
		"22021": {unstorable: true}, "22P05": {unstorable: true}, "22P02": {unstorable: true},
		"23505": {}, "42501": {},
	} {
		err := fmt.Errorf("store: %w", &pgconn.PgError{Code: code})
		require.Equal(t, want.unavailable, databaseUnavailable(err), code)
		require.Equal(t, want.unstorable, unstorableText(err), code)
	}
	require.False(t, unstorableText(errors.New("something else")))
}
