package lifecycle

import (
	"time"

	"muster/ccaas"
)

// Snapshot is what an account had before the first write of a termination: by the platform's ids, without a name, an email or a
// number of the person. The archive keeps it, and a reversal gives back from it what no rule of the registry manages (RULES 6).
// Its JSON is the form it is stored in.
type Snapshot struct {
	Platform  string      `json:"platform"`
	AccountID string      `json:"account_id"`
	State     ccaas.State `json:"state"`
	TakenAt   time.Time   `json:"taken_at"`

	DivisionID       string             `json:"division_id,omitempty"`
	LocationIDs      []string           `json:"location_ids,omitempty"`
	Roles            []ccaas.Grant      `json:"roles,omitempty"` // granted directly, not through groups
	Skills           []ccaas.Rated      `json:"skills,omitempty"`
	Languages        []ccaas.Rated      `json:"languages,omitempty"`
	GroupIDs         []string           `json:"group_ids,omitempty"`
	Queues           []ccaas.Membership `json:"queues,omitempty"`
	ManagementUnitID string             `json:"management_unit_id,omitempty"`
	WorkPlanID       string             `json:"work_plan_id,omitempty"`

	// Presence is the system presence then: the isolation puts it out of sight, and a training is not cut short (RULES 12).
	Presence string `json:"presence,omitempty"`

	// Names are the names that the constructs above had then, by id: an archive is read when they may be gone. An id that the
	// catalogue did not list has none.
	Names map[string]string `json:"names,omitempty"`
}

// SnapshotOf is the snapshot of an account that was read with ccaas.Everything. catalogue gives the names; nil: none are kept.
func SnapshotOf(platform string, a ccaas.Account, takenAt time.Time, catalogue *ccaas.Catalogue) Snapshot {
	s := Snapshot{
		Platform: platform, AccountID: a.ID, State: a.State, TakenAt: takenAt,
		DivisionID: a.DivisionID, LocationIDs: a.LocationIDs, Roles: a.Roles, Skills: a.Skills, Languages: a.Languages,
		GroupIDs: a.GroupIDs, Queues: a.Queues, ManagementUnitID: a.ManagementUnitID, WorkPlanID: a.WorkPlanID,
		Presence: a.Presence,
	}
	if catalogue != nil {
		s.nameAll(catalogue)
	}
	return s
}

func (s *Snapshot) nameAll(c *ccaas.Catalogue) {
	held := map[string]bool{s.DivisionID: true, s.ManagementUnitID: true, s.WorkPlanID: true}
	for _, id := range s.LocationIDs {
		held[id] = true
	}
	for _, id := range s.GroupIDs {
		held[id] = true
	}
	for _, g := range s.Roles {
		held[g.RoleID], held[g.DivisionID] = true, true
	}
	for _, r := range s.Skills {
		held[r.ID] = true
	}
	for _, r := range s.Languages {
		held[r.ID] = true
	}
	for _, q := range s.Queues {
		held[q.QueueID] = true
	}
	units := map[string]string{}
	for name, unit := range c.ManagementUnits {
		units[name] = unit.ID
	}
	s.Names = map[string]string{}
	for _, kind := range []map[string]string{
		c.Divisions, c.Roles, c.Skills, c.Languages, c.Queues, c.Groups, c.Locations, units, c.WorkPlans[s.ManagementUnitID],
	} {
		for name, id := range kind {
			if id != "" && held[id] {
				s.Names[id] = name
			}
		}
	}
}
