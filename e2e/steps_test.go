package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// step is a request of a leaver's way out at which something is done to the worker or to the workflow.
type step struct {
	name    string
	request genesystest.Fault // without a kind
}

// of is the step as one leaver makes it.
func (s step) of(l *leaver) genesystest.Fault {
	request := s.request
	request.Contains = l.account
	if strings.HasPrefix(request.Path, "/api/v2/conversations/") {
		request.Contains = l.conversation
	}
	return request
}

// The requests of a leaver's way out, in their order: every write, and two reads, for the snapshot before the first write and for the
// archive.
func stepsOfALeaver() (steps []step) {
	for _, s := range [][2]string{
		{"GET", "/api/v2/users/*"},
		{"PATCH", "/api/v2/users/*/queues"},
		{"PATCH", "/api/v2/users/*/presences/purecloud"},
		{"PUT", "/api/v2/users/*/routingstatus"},
		{"POST", "/api/v2/conversations/*/participants/*/replace/queue"},
		{"PATCH", "/api/v2/users/*"},
		{"DELETE", "/api/v2/tokens/*"},
		{"DELETE", "/api/v2/users/*/station/associatedstation"},
		{"DELETE", "/api/v2/users/*/station/defaultstation"},
		{"POST", "/api/v2/analytics/conversations/details/query"},
		{"DELETE", "/api/v2/users/*"},
	} {
		steps = append(steps, step{s[0] + " " + s[1], genesystest.Fault{Method: s[0], Path: s[1]}})
	}
	return steps
}

// everyWriteIsAStep checks that the list is whole.
func (l *leaver) everyWriteIsAStep(t *testing.T) {
	t.Helper()
	steps := map[string]bool{}
	for _, at := range stepsOfALeaver() {
		steps[at.name] = true
	}
	for _, about := range []string{l.account, l.conversation} {
		for _, entry := range changes(l.s.platform.Journal(genesystest.JournalFilter{After: l.since, Contains: about})) {
			require.Contains(t, steps, entry.Method+" "+uuidInPath.ReplaceAllString(entry.Path, "*"))
		}
	}
}

// leaver is somebody who has a call that does not end, a phone, and an open session.
type leaver struct {
	*person
	account, conversation string
	// since is the platform's latest request before.
	since int64
}

// leavers are people of a department who are about to leave.
func (s *stack) leavers(t *testing.T, department string, count int) (leavers []*leaver) {
	t.Helper()
	for _, p := range s.agentsOf(t, department, count) {
		l := &leaver{person: p, account: p.account(t).ID}
		_, err := s.platform.Change(l.account, genesystest.Plant{Station: new("desk " + p.id), Sessions: new(1)})
		require.NoError(t, err)
		l.conversation, err = s.platform.StartConversation(l.account, genesystest.StartConversation{Queue: "General_Support"})
		require.NoError(t, err)
		l.since = s.sequence()
		leavers = append(leavers, l)
	}
	return leavers
}

// held has the platform hold a leaver's next request of a step for so long, in milliseconds, before it does it or after.
func (l *leaver) held(t *testing.T, kind genesystest.FaultKind, at step, delay int) {
	t.Helper()
	request := at.of(l)
	request.Kind, request.DelayMS = kind, delay
	l.s.goesWrong(t, request)
}

// isToBeHeld says whether the platform has not yet met the request of a step that it is to hold.
func (l *leaver) isToBeHeld(at step) bool {
	request := at.of(l)
	return slices.ContainsFunc(l.s.platform.Faults(), func(f genesystest.Fault) bool {
		return f.Contains == request.Contains && f.Path == request.Path && f.Method == request.Method
	})
}

// isHeldAt waits until the platform holds the request of a step.
func (l *leaver) isHeldAt(t *testing.T, at step) {
	t.Helper()
	eventually(t, l.id+" is held at "+at.name, func() error {
		if l.isToBeHeld(at) {
			return errNotYet
		}
		return nil
	})
}
