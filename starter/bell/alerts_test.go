package bell

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/store"
)

func TestAFewMailboxesThatDoNotAnswerAreAnAlertEachAndManyAreOne(t *testing.T) {
	require.Empty(t, inVain(nil, 3), "nobody was rung just now")

	few := inVain([]string{"P-1", "P-2"}, 2)
	require.Len(t, few, 2)
	require.Equal(t, "P-2", few[1].PersonID)
	require.Equal(t, store.SeverityCritical, few[1].Severity)

	var people []string
	for i := range aloneUpTo + 1 {
		people = append(people, strconv.Itoa(i))
	}
	many := inVain(people[:3], len(people))
	require.Len(t, many, 1)
	require.Empty(t, many[0].PersonID)
	require.Equal(t, allMailboxes, many[0].SubjectID)
}

func TestTemporalMayBeAwayForAsLongAsAnybodyIsWaitedFor(t *testing.T) {
	away := outage{patience: time.Minute}
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	require.Empty(t, away.failed(now))
	require.Empty(t, away.failed(now.Add(59*time.Second)))
	require.Len(t, away.failed(now.Add(time.Minute)), 1)
	away.ended()
	require.Empty(t, away.failed(now.Add(2*time.Minute)))
}
