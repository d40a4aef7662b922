package genesystest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Truth is an account as it really is now, names instead of ids, whatever the platform's own reads show or hide.
type Truth struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Version    int    `json:"version"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	Division   string `json:"division"`
	Department string `json:"department"`
	Title      string `json:"title"`
	Extension  string `json:"extension"`
	// Numbers are phone numbers by kind (WORK, MOBILE, …), each with its own extension, if any, after an x.
	Numbers    map[string]string `json:"numbers"`
	EmployeeID string            `json:"employee_id"`
	ManagerID  string            `json:"manager_id"`
	// Locations, Roles and Groups are names, sorted. Roles are those granted directly; Grants say in which division.
	Locations      []string           `json:"locations"`
	Roles          []string           `json:"roles"`
	Grants         []RoleGrant        `json:"grants"`
	Skills         map[string]float64 `json:"skills"`    // name → proficiency
	Languages      map[string]float64 `json:"languages"` // name → proficiency
	Groups         []string           `json:"groups"`
	Queues         map[string]bool    `json:"queues"` // name → joined
	ManagementUnit string             `json:"management_unit"`
	WorkPlan       string             `json:"work_plan"`
	ExternalIDs    []ExternalID       `json:"external_ids"`
	Presence       string             `json:"presence"` // system presence as definitions write it, e.g. OnQueue
	RoutingStatus  string             `json:"routing_status"`
	// Live counts conversations, after-call work included and callbacks for later not; Sessions the logins that still hold tokens.
	Live     int `json:"live"`
	Sessions int `json:"sessions"`
	// Station is the phone in use, DefaultStation the one that is used when none is.
	Station        string `json:"station"`
	DefaultStation string `json:"default_station"`
}

// RoleGrant is a role in a division, by name.
type RoleGrant struct {
	Role     string `json:"role"`
	Division string `json:"division"`
}

func (s *Server) truth(u *user) Truth {
	t := Truth{
		ID: u.ID, State: u.State, Version: u.Version, Name: u.Name, Email: u.Email, Department: u.Department, Title: u.Title,
		Numbers: u.numbers(), Division: s.world.nameOf(KindDivision, u.DivisionID), ManagerID: u.ManagerID,
		Locations: []string{}, Roles: []string{}, Grants: []RoleGrant{}, Groups: []string{},
		Skills: s.names(KindSkill, u.Skills), Languages: s.names(KindLanguage, u.Languages), Queues: map[string]bool{},
		ExternalIDs: append([]ExternalID{}, u.ExternalIDs...), Presence: u.Presence, RoutingStatus: u.Routing,
		Live: s.liveCount(u), Sessions: u.Sessions, Station: u.Station, DefaultStation: u.DefaultStation,
	}
	for _, c := range u.Addresses {
		if c.internal() && t.Extension == "" {
			t.Extension = c.Extension
		}
	}
	if u.Employer != nil {
		t.EmployeeID = u.Employer.EmployeeID
	}
	for _, l := range u.Locations {
		t.Locations = append(t.Locations, s.world.nameOf(KindLocation, l.ID))
	}
	for _, g := range u.Grants {
		given := RoleGrant{s.world.nameOf(KindRole, g.RoleID), s.world.nameOf(KindDivision, g.DivisionID)}
		t.Grants = append(t.Grants, given)
		if !slices.Contains(t.Roles, given.Role) {
			t.Roles = append(t.Roles, given.Role)
		}
	}
	for _, id := range u.Groups {
		t.Groups = append(t.Groups, s.world.nameOf(KindGroup, id))
	}
	for id, m := range u.Queues {
		t.Queues[s.world.nameOf(KindQueue, id)] = m.Joined
	}
	if u.UnitID != "" {
		t.ManagementUnit = s.world.nameOf(KindManagementUnit, u.UnitID)
	}
	if u.PlanID != "" {
		t.WorkPlan = s.world.nameOf(KindWorkPlan, u.PlanID)
	}
	slices.Sort(t.Locations)
	slices.Sort(t.Roles)
	slices.Sort(t.Groups)
	return t
}

func (s *Server) names(kind string, ratings []rated) map[string]float64 {
	named := map[string]float64{}
	for _, r := range ratings {
		named[s.world.nameOf(kind, r.ID)] = r.Proficiency
	}
	return named
}

// TruthFilter selects accounts; empty fields select everything.
type TruthFilter struct {
	State       string
	Email       string // exact, in any case
	ExternalKey string // under any authority
}

func (s *Server) truths(filter TruthFilter) []Truth {
	found := []Truth{}
	for _, u := range s.world.Users {
		if filter.State != "" && u.State != filter.State || filter.Email != "" && !strings.EqualFold(u.Email, filter.Email) ||
			filter.ExternalKey != "" && !slices.ContainsFunc(u.ExternalIDs, func(e ExternalID) bool { return e.Key == filter.ExternalKey }) {
			continue
		}
		found = append(found, s.truth(u))
	}
	return found
}

// Plant describes an account to put on the platform, or to change behind everybody's back. Fields that are nil are left alone
// (at creation: empty, active, in the Home division, without the platform's default role). Names are the catalogue's.
type Plant struct {
	State          *string            `json:"state,omitempty"`
	Name           *string            `json:"name,omitempty"`
	Email          *string            `json:"email,omitempty"`
	Division       *string            `json:"division,omitempty"`
	Department     *string            `json:"department,omitempty"`
	Title          *string            `json:"title,omitempty"`
	Extension      *string            `json:"extension,omitempty"`
	Numbers        map[string]string  `json:"numbers,omitempty"` // as in Truth
	EmployeeID     *string            `json:"employee_id,omitempty"`
	ManagerID      *string            `json:"manager_id,omitempty"`
	Locations      []string           `json:"locations,omitempty"`
	Roles          []string           `json:"roles,omitempty"` // in the account's division
	Skills         map[string]float64 `json:"skills,omitempty"`
	Languages      map[string]float64 `json:"languages,omitempty"`
	Groups         []string           `json:"groups,omitempty"`
	Queues         map[string]bool    `json:"queues,omitempty"` // name → joined
	ManagementUnit *string            `json:"management_unit,omitempty"`
	WorkPlan       *string            `json:"work_plan,omitempty"`
	ExternalIDs    []ExternalID       `json:"external_ids,omitempty"`
	Presence       *string            `json:"presence,omitempty"` // system presence, e.g. OnQueue, Training
	Sessions       *int               `json:"sessions,omitempty"`
	Station        *string            `json:"station,omitempty"`
	DefaultStation *string            `json:"default_station,omitempty"`
}

// plant creates an account the search index knows at once, as if it had been there for long.
func (s *Server) plant(p Plant) (Truth, error) {
	if p.Name == nil || p.Email == nil {
		return Truth{}, unknown("name or email", "", "both, to plant an account")
	}
	if err := s.checkPlant(nil, p); err != nil {
		return Truth{}, err
	}
	return s.truth(s.put(p)), nil
}

// put creates an account that has been checked.
func (s *Server) put(p Plant) *user {
	u := s.newUser(*p.Name, *p.Email, s.world.byName(KindDivision, homeDivision).ID)
	u.MadeAt = time.Time{}
	s.applyPlant(u, p)
	s.world.index.put(*u)
	return u
}

// replant changes an account as someone else would: the version grows and the search index lags.
func (s *Server) replant(id string, p Plant) (Truth, error) {
	u := s.world.byID[id]
	if u == nil {
		return Truth{}, unknown("user", id, "an account of the platform")
	}
	if err := s.checkPlant(u, p); err != nil {
		return Truth{}, err
	}
	s.applyPlant(u, p)
	s.bump(u)
	return s.truth(u), nil
}

func (s *Server) checkPlant(u *user, p Plant) error {
	for kind, names := range map[string][]string{
		KindDivision: one(p.Division), KindManagementUnit: one(p.ManagementUnit), KindWorkPlan: one(p.WorkPlan), KindLocation: p.Locations,
		KindRole: p.Roles, KindGroup: p.Groups, KindSkill: slices.Collect(maps.Keys(p.Skills)), KindPresence: one(p.Presence),
		KindLanguage: slices.Collect(maps.Keys(p.Languages)), KindQueue: slices.Collect(maps.Keys(p.Queues)),
	} {
		for _, name := range names {
			if s.world.byName(kind, name) == nil {
				return unknown(kind, name, "a name of the catalogue")
			}
		}
	}
	switch {
	case p.State != nil && !slices.Contains([]string{stateActive, stateInactive, stateDeleted}, *p.State):
		return unknown("state", *p.State, "active, inactive or deleted")
	case p.Email != nil && s.emailHeldByOther(*p.Email, u):
		return unknown("email", "taken", "one no account has")
	case p.ManagerID != nil && *p.ManagerID != "" && s.world.byID[*p.ManagerID] == nil:
		return unknown("manager_id", *p.ManagerID, "an account of the platform")
	}
	for kind, number := range p.Numbers {
		if c := numbered(kind, number); c.Address == "" || c.check(map[string]bool{}) != nil {
			return unknown("numbers", kind+" "+number, "a kind of contact and an E.164 number")
		}
	}
	if p.Numbers["WORK"] != "" && p.Extension != nil && *p.Extension != "" {
		return unknown("extension", *p.Extension, "none beside a WORK number")
	}
	if p.Extension != nil && *p.Extension != "" {
		if holder := s.world.byExtension[*p.Extension]; holder != nil && holder != u {
			return unknown("extension", "taken", "one no account has")
		}
	}
	for _, id := range p.ExternalIDs {
		if holder := s.world.byExternal[id]; holder != nil && holder != u {
			return unknown("external_ids", "taken", "ids no account has")
		}
	}
	return nil
}

// one is the name to look up, where one is given that is not empty.
func one(name *string) []string {
	if name == nil || *name == "" {
		return nil
	}
	return []string{*name}
}

func (s *Server) applyPlant(u *user, p Plant) {
	set(&u.Name, p.Name)
	set(&u.Department, p.Department)
	set(&u.Title, p.Title)
	set(&u.ManagerID, p.ManagerID)
	set(&u.Sessions, p.Sessions)
	set(&u.Station, p.Station)
	set(&u.DefaultStation, p.DefaultStation)
	if p.Email != nil {
		s.world.setEmail(u, *p.Email)
	}
	if p.State != nil && *p.State != u.State {
		u.State, u.StateChanged = *p.State, s.now()
	}
	if p.Division != nil && *p.Division != "" {
		u.DivisionID = ID(KindDivision, *p.Division)
	}
	s.plantProfile(u, p)
	s.plantEntitlements(u, p)
	if p.Presence != nil && *p.Presence != "" {
		s.setPresence(u, *p.Presence)
	}
}

func (s *Server) plantProfile(u *user, p Plant) {
	if p.Extension != nil {
		s.dropExtensions(u)
		if *p.Extension != "" {
			s.world.setAddresses(u, append(slices.Clone(u.Addresses), contact{MediaType: "PHONE", Type: "WORK", Extension: *p.Extension}))
		}
	}
	if p.Numbers != nil {
		s.plantNumbers(u, p.Numbers)
	}
	if p.EmployeeID != nil {
		u.Employer = &employerInfo{EmployeeID: *p.EmployeeID}
	}
	if p.Locations != nil {
		u.Locations = nil
		for _, name := range p.Locations {
			u.Locations = append(u.Locations, userLocation{ID: ID(KindLocation, name)})
		}
	}
	if p.ExternalIDs != nil {
		for _, id := range u.ExternalIDs {
			s.dropExternalID(u, id)
		}
		for _, id := range p.ExternalIDs {
			s.giveExternalID(u, id)
		}
	}
}

func (s *Server) plantEntitlements(u *user, p Plant) {
	if p.Roles != nil {
		u.Grants = nil
		for _, name := range p.Roles {
			u.Grants = append(u.Grants, grant{ID(KindRole, name), u.DivisionID, s.now()})
		}
	}
	if p.Skills != nil {
		u.Skills = identified(KindSkill, p.Skills)
	}
	if p.Languages != nil {
		u.Languages = identified(KindLanguage, p.Languages)
	}
	if p.Groups != nil {
		u.Groups = nil
		for _, name := range p.Groups {
			u.Groups = append(u.Groups, ID(KindGroup, name))
		}
	}
	if p.Queues != nil {
		u.Queues = map[string]*membership{}
		for name, joined := range p.Queues {
			u.Queues[ID(KindQueue, name)] = &membership{Joined: joined}
		}
	}
	if p.ManagementUnit != nil {
		u.UnitID, u.PlanID = "", ""
		if *p.ManagementUnit != "" {
			u.UnitID = ID(KindManagementUnit, *p.ManagementUnit)
		}
	}
	if p.WorkPlan != nil {
		u.PlanID = ""
		if *p.WorkPlan != "" {
			u.PlanID = ID(KindWorkPlan, *p.WorkPlan)
			u.UnitID = s.world.constructs[u.PlanID].Parent
		}
	}
}

func identified(kind string, named map[string]float64) []rated {
	var ratings []rated
	for _, name := range slices.Sorted(maps.Keys(named)) {
		ratings = append(ratings, rated{ID(kind, name), named[name]})
	}
	return ratings
}
