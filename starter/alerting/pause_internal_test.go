package alerting

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPausesDoubleUpToTheLongestAndAreSpread(t *testing.T) {
	pace := DefaultPace()
	for attempts, want := range map[int]time.Duration{
		1: 5 * time.Second, 2: 10 * time.Second, 3: 20 * time.Second, 6: 160 * time.Second, 7: 5 * time.Minute, 8: 5 * time.Minute, 1000: 5 * time.Minute,
	} {
		require.Equal(t, want, pauseAfter(attempts, pace, 0.5), "after %d attempts", attempts)
	}
	require.Equal(t, 4*time.Second, pauseAfter(1, pace, 0))
	require.Equal(t, 6*time.Second, pauseAfter(1, pace, 1))
}
