package reconcile_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/reconcile"
)

// However many people there are, one is held at a time.
func TestTheComparisonHoldsNoMoreForManyPeople(t *testing.T) {
	held := func(n int) uint64 {
		r := nightly()
		e, a := jane()
		people := func(yield func(reconcile.Expected, error) bool) {
			for i := range n {
				e.PersonID = fmt.Sprintf("P-%09d", i)
				if !yield(e, nil) {
					return
				}
			}
		}
		accounts := func(yield func(reconcile.Actual, error) bool) {
			for i := range n {
				a.PersonID = fmt.Sprintf("P-%09d", i)
				if !yield(a, nil) {
					return
				}
			}
		}
		var most uint64
		seen := 0
		for v, err := range r.Compare(people, accounts) {
			require.NoError(t, err)
			require.Equal(t, reconcile.Equal, v.Class)
			if seen++; seen%(n/4) == 0 {
				runtime.GC()
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapAlloc)
			}
		}
		require.Equal(t, n, seen)
		return most
	}
	few, many := held(1000), held(50_000)
	require.Less(t, many, few+4<<20, "bytes on the heap with 1,000 people: %d, with 50,000: %d", few, many)
}
