package bell

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRingsInVainAreReportedOnceAtTheLimitAndForgottenWhenSettled(t *testing.T) {
	v := newVain(3, 20*time.Second)
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ring := func(after time.Duration, people ...string) []string {
		now = now.Add(after)
		reached, _ := v.rung(people, now)
		return reached
	}

	require.Empty(t, ring(0, "A", "B"))
	require.Empty(t, ring(10*time.Second, "A"))
	require.Equal(t, []string{"A"}, ring(10*time.Second, "A"), "the third ring in a row")
	require.Empty(t, ring(10*time.Second, "A"), "reported once")
	require.Equal(t, 1, v.count())

	require.Empty(t, ring(time.Minute), "nobody due: all settled")
	require.Zero(t, v.count())
	require.Empty(t, ring(time.Second, "A"), "a new streak begins at one")
}
