package e2e

import (
	"testing"

	"muster/ccaas/genesys/genesystest"
)

// A worker that is killed takes nothing with it: whatever it was doing for whomever, the next one brings it to its end.
func TestALeaverWhoseWorkerIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	for kind, when := range map[genesystest.FaultKind]string{
		genesystest.FaultSlow: "before each of its steps was done", genesystest.FaultSlowAfter: "after each of its steps was done, before anybody knew",
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			s := startWith(t, hurried(t))
			// Of the ten requests that a worker may have in flight, one is left for those who are not held.
			steps, deletion := stepsOfALeaver()[1:10], stepsOfALeaver()[10]
			leavers := s.leavers(t, graceOfSeconds, len(steps))
			for i, l := range leavers {
				l.held(t, kind, steps[i], 60_000)
				l.leaves()
			}
			for i, l := range leavers {
				l.isHeldAt(t, steps[i])
			}
			drains := s.leavers(t, graceOfSeconds, 1)[0]
			drains.leaves()
			drains.has(t, "drain.began")
			s.replaceWorker()

			waits, deleted := s.leavers(t, graceOfSeconds, 1)[0], s.leavers(t, graceOfSeconds, 1)[0]
			deleted.held(t, kind, deletion, 60_000)
			deleted.leaves()
			deleted.isArchived(t)
			waits.leaves()
			deleted.isHeldAt(t, deletion)
			waits.isArchived(t)
			s.replaceWorker()
			for _, l := range append(leavers, drains, waits, deleted) {
				l.isGone(t)
				l.everyWriteIsAStep(t)
			}
			s.invariantsHold(t)
		})
	}
}
