// Package simulate answers what-if questions about the registry, without touching anybody: what another version would change for the
// people there are (Simulation), which codes no rule answers and which rules nobody uses (Coverage), and what a reorganisation at HR
// would break (Drill).
//
// Everything here is a decision over values: who the people are and what HR says of them comes in, a report goes out. The order in
// which people come changes nothing.
//
// It counts those whom HR employs now, on leave or not. Employment is taken as it is now even where rules are asked for a later
// instant: a termination that is planned must not show before its last day, in a number either.
package simulate

import (
	"slices"
	"strings"
	"time"

	"muster/hr"
)

// Person is somebody as a simulation sees them.
type Person struct {
	ID string
	// State is what HR says of the person now.
	State hr.State
	// Events are those to be replayed; none unless a replay is wanted.
	Events []Event
}

// Event is an event that took effect, and the state of its person at the instant when it did.
type Event struct {
	ID    string
	At    time.Time
	State hr.State
}

// employed says whether a person counts.
func employed(state hr.State) bool { return state.Employment == hr.Employed }

// away says whether an employed person works in no queue for the time being.
func away(state hr.State) bool {
	return state.Status == hr.StatusOnLeave || state.Status == hr.StatusSuspended
}

// codes are all that the registry reads of a state.
type codes struct {
	department, jobTitle, location string
	skills                         []string // sorted, without repeats
}

func codesOf(state hr.State) codes {
	return codes{
		department: state.DepartmentCode, jobTitle: state.JobTitleCode, location: state.LocationCode, skills: set(state.SkillCodes),
	}
}

// set is the same codes sorted and without repeats, as a fold gives them already.
func set(skills []string) []string {
	for i := 1; i < len(skills); i++ {
		if skills[i-1] >= skills[i] {
			return slices.Compact(slices.Sorted(slices.Values(skills)))
		}
	}
	return skills
}

// state is the question that the registry is asked about these codes.
func (c codes) state() hr.State {
	return hr.State{
		Employment: hr.Employed, Status: hr.StatusActive,
		DepartmentCode: c.department, JobTitleCode: c.jobTitle, LocationCode: c.location, SkillCodes: c.skills,
	}
}

// key is the same for the same codes. Codes hold no control characters, so a NUL keeps them apart.
func (c codes) key() string {
	return c.department + "\x00" + c.jobTitle + "\x00" + c.location + "\x00" + strings.Join(c.skills, "\x00")
}
