package genesystest

import (
	"time"

	"github.com/google/uuid"
)

// Kinds of catalogue constructs, as control requests name them.
const (
	KindDivision       = "division"
	KindRole           = "role"
	KindSkill          = "skill"
	KindLanguage       = "language"
	KindQueue          = "queue"
	KindGroup          = "group"
	KindLocation       = "location"
	KindBusinessUnit   = "business_unit"
	KindManagementUnit = "management_unit"
	KindWorkPlan       = "work_plan"
	KindPresence       = "presence"
)

// Names of the seed that rules of the simulator itself refer to.
const (
	homeDivision = "Home"
	businessUnit = "Contact Centre"
)

var identifierSpace = uuid.MustParse("6f1d1d0a-6f0e-5b0c-9a53-0c9d2f6f6f0b")

// ID is the id of a catalogue construct: stable, derived from its kind and name, so that tests need not look it up.
func ID(kind, name string) string {
	return uuid.NewSHA1(identifierSpace, []byte(kind+"/"+name)).String()
}

// construct is an entry of the platform's catalogue.
type construct struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Parent   string `json:"parent,omitempty"`    // management unit → business unit id, work plan → management unit id
	TimeZone string `json:"time_zone,omitempty"` // management units
	// RoleIDs are roles that members of a group inherit, in the Home division.
	RoleIDs []string `json:"role_ids,omitempty"`
	// Permissions are what a role allows, as domain:entity:action.
	Permissions []string `json:"permissions,omitempty"`
	Version     int      `json:"version,omitempty"`
	// MadeAt is zero for what has been there for long.
	MadeAt time.Time `json:"made_at,omitzero"`
}

// systemPresences are the platform's system presences [API: OrganizationPresenceDefinition.systemPresence].
var systemPresences = []string{
	"Available", "Away", "Busy", "Offline", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break",
}

func seedCatalogue() []construct {
	var seed []construct
	add := func(kind string, names ...string) {
		for _, name := range names {
			seed = append(seed, construct{Kind: kind, ID: ID(kind, name), Name: name, Version: 1})
		}
	}
	add(KindDivision, homeDivision, "Customer Care", "Sales")
	add(KindRole, "employee", "Agent", "Knowledge Base Editor", "Supervisor")
	add(KindSkill, "Network_Troubleshooting", "Technical_Support", "Billing_Support", "Customer_Retention", "Sales_Closing")
	add(KindLanguage, "English", "Spanish", "French")
	add(KindQueue, "Priority_Support_Queue", "Tier_2_Escalation", "General_Support", "Billing_Queue", "Retention_Queue",
		"Sales_Inbound")
	add(KindGroup, "Support Team", "Austin Site", "Madrid Site")
	add(KindLocation, "Austin", "Madrid")
	add(KindBusinessUnit, businessUnit)
	add(KindPresence, systemPresences...)
	unit := func(name, timeZone, plan string) {
		seed = append(seed,
			construct{
				Kind: KindManagementUnit, ID: ID(KindManagementUnit, name), Name: name, Version: 1,
				Parent: ID(KindBusinessUnit, businessUnit), TimeZone: timeZone,
			},
			construct{
				Kind: KindWorkPlan, ID: ID(KindWorkPlan, plan), Name: plan, Version: 1, Parent: ID(KindManagementUnit, name),
			})
	}
	unit("Support MU", "America/New_York", "Support Full Time")
	unit("Sales MU", "Europe/Madrid", "Sales Full Time")
	return seed
}
