package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// Departments whose leavers do not wait as long as the example's do: 2 s for running conversations instead of 300 s, and for the deletion
// seconds, or as long as no test lasts, instead of 30 days.
const (
	graceOfSeconds = "GRACE_SECONDS"
	graceOfHours   = "GRACE_HOURS"
	// graceGated leaves after seconds too and is joined after an approval only.
	graceGated = "GRACE_GATED"

	shortGrace = 12 * time.Second
	shortDrain = 2 * time.Second
)

// watchful has the starter look every two seconds whether graces are counted down.
const watchful = "MUSTER_GRACE_CHECK=2s"

// hurried gives a stack the departments above.
func hurried(t *testing.T) func(s *stack) {
	t.Helper()
	return func(s *stack) {
		var rules strings.Builder
		for code, more := range map[string]string{
			graceOfSeconds: "grace: " + shortGrace.String(), graceOfHours: "grace: 2h",
			graceGated: "grace: " + shortGrace.String() + "\n      activation_approval: true",
		} {
			fmt.Fprintf(&rules, "  - code: %s\n    department: %s\n    division: Customer Care\n    queues:\n      - {name: General_Support}\n"+
				"    policies:\n      drain_window: %s\n      %s\n", code, code, shortDrain, more)
		}
		example := string(mapping.Example())
		require.Contains(t, example, "\njob_titles:")
		s.mapping = filepath.Join(s.folder, "mapping.yaml")
		hurry := strings.Replace(example, "\njob_titles:", "\n"+rules.String()+"\njob_titles:", 1)
		require.NoError(t, os.WriteFile(s.mapping, []byte(hurry), 0o600))
	}
}

// agentOf is somebody at work in a department.
func (s *stack) agentOf(t *testing.T, department string) *person {
	t.Helper()
	p := s.newPerson()
	s.comesOut(t, p.post("USER_CREATE", nil, p.hire(fields{"department_code": department})), "applied")
	return p
}

// agentsOf are people at work in a department, hired all at once.
func (s *stack) agentsOf(t *testing.T, department string, count int) (people []*person) {
	t.Helper()
	hires := map[string]bool{}
	for range count {
		p := s.newPerson()
		hires[p.post("USER_CREATE", nil, p.hire(fields{"department_code": department}))] = true
		people = append(people, p)
	}
	for hire := range hires {
		s.comesOut(t, hire, "applied")
	}
	return people
}

// leaves posts the end of the employment, today.
func (p *person) leaves() (eventID string) {
	return p.post("USER_TERMINATE", nil, fields{"external_user_id": p.id})
}

// grace is the person's newest grace; false: none has begun.
func (p *person) grace(t *testing.T) (grace lifecycle.Grace, begun bool) {
	t.Helper()
	graces, _, err := p.s.store.Graces(t.Context(), store.GraceFilter{PersonID: p.id, Limit: 50})
	require.NoError(t, err)
	for _, g := range graces {
		if g.Generation >= grace.Generation {
			grace, begun = g, true
		}
	}
	return grace, begun
}

// isArchived waits until the person's account was archived.
func (p *person) isArchived(t *testing.T) {
	t.Helper()
	eventually(t, p.id+" is archived", func() error {
		if g, _ := p.grace(t); g.ArchiveID == "" {
			return errNotYet
		}
		return nil
	})
}

// hasLine says whether the person's timeline has a line of a kind.
func (p *person) hasLine(t *testing.T, kind string) bool {
	t.Helper()
	lines, _, err := p.s.store.Timeline(t.Context(), p.id, "", 500)
	require.NoError(t, err)
	return slices.ContainsFunc(lines, func(line store.TimelineEntry) bool { return line.Kind == kind })
}

// has waits for a line of the person's timeline.
func (p *person) has(t *testing.T, kind string) {
	t.Helper()
	eventually(t, p.id+" has "+kind, func() error {
		if !p.hasLine(t, kind) {
			return errNotYet
		}
		return nil
	})
}

// pull pulls a lever as the holder of a role's token.
func (p *person) pull(t *testing.T, role string, lever api.Lever) (api.LeverOutcome, error) {
	t.Helper()
	client := p.s.as(role)
	return client.PullLever(t.Context(), p.id, lever, "a test", time.Time{})
}

// isGone waits until the account is deleted.
func (p *person) isGone(t *testing.T) {
	t.Helper()
	p.becomes(t, "deleted")
	require.Equal(t, "deleted", p.account(t).State)
}
