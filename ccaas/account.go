package ccaas

// State of an account.
type State string

// States of an account.
const (
	Active   State = "active"
	Inactive State = "inactive"
	Deleted  State = "deleted"
)

// Account is an account as the platform shows it. IDs are the platform's.
type Account struct {
	ID          string
	State       State
	Version     int
	Name        string
	Email       string
	Department  string
	Title       string
	Extension   string // work phone extension
	ManagerID   string
	DivisionID  string
	LocationIDs []string
	// EmployeeID is the HR number shown in the platform's directory; empty when there is none or the platform did not say.
	EmployeeID string
	// ExternalIDs are the keys under Muster's authority name; nil when not read.
	ExternalIDs []string
	Roles       []Grant // granted directly, not through groups; nil when not read
	Skills      []Rated
	Languages   []Rated
	GroupIDs    []string     // nil when the platform did not say
	Queues      []Membership // nil when not read
	// ManagementUnitID and WorkPlanID are empty when there is none or they were not read.
	ManagementUnitID string
	WorkPlanID       string
	// Presence is the system presence ("Offline", "Available", "On Queue", …), RoutingStatus e.g. "OFF_QUEUE"; empty when the
	// platform did not say.
	Presence      string
	RoutingStatus string
	// Live counts live conversations over all media (connected, alerting, held, after-call work). -1: the platform did not say.
	Live int
}

// Standing is where an agent stands at one moment.
type Standing struct {
	State State
	// Presence and RoutingStatus are spelled as in Account; empty when the platform did not say.
	Presence      string
	RoutingStatus string
	// Live counts live conversations as Account.Live does. -1: the platform did not say, which is not zero.
	Live int
}

// Grant is a role in a division.
type Grant struct {
	RoleID     string `json:"role_id"`
	DivisionID string `json:"division_id"`
}

// Rated is a skill or language with a proficiency from 0 to 5.
type Rated struct {
	ID          string  `json:"id"`
	Proficiency float64 `json:"proficiency"`
}

// Membership of a queue. Joined means the platform may route work.
type Membership struct {
	QueueID string `json:"queue_id"`
	Joined  bool   `json:"joined"`
}

// NewAccount is what a creation takes.
type NewAccount struct {
	Name       string
	Email      string
	DivisionID string
	Department string
	Title      string
	Extension  string
}

// Catalogue is the platform's constructs by name. Names are compared exactly.
type Catalogue struct {
	HomeDivisionID string
	Divisions      map[string]string // name → id
	Roles          map[string]string
	// BaseRoles are the ids of the roles that the platform gives to everybody: having one is no more right than others have.
	BaseRoles map[string]bool
	Skills    map[string]string
	Languages map[string]string
	Queues    map[string]string
	Groups    map[string]string
	Locations map[string]string
	// ManagementUnits by name; WorkPlans by management unit id, then name.
	ManagementUnits map[string]ManagementUnit
	WorkPlans       map[string]map[string]string
}

// ManagementUnit is a workforce-management unit.
type ManagementUnit struct {
	ID       string
	TimeZone string // IANA
}
