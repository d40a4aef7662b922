package genesystest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// createUserBody is the whole of a creation [API: CreateUser]; it has no roles, groups, skills or phone numbers.
type createUserBody struct {
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	DivisionID string    `json:"divisionId"`
	Department string    `json:"department"`
	Title      string    `json:"title"`
	Addresses  []contact `json:"addresses"`
	Password   string    `json:"password"`
	State      string    `json:"state"`
}

// createUser is POST /users. Without a state the account is inactive, since no invitation is sent. The email must not belong
// to any account, deleted ones included.
func (s *Server) createUser(r *request) answer {
	var body createUserBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	for field, value := range map[string]string{"name": body.Name, "email": body.Email, "divisionId": body.DivisionID} {
		if value == "" {
			return badField(field, "%s is required", field)
		}
	}
	switch {
	case !strings.Contains(body.Email, "@"):
		return badField("email", "Value [%s] is not valid for field type [email]", body.Email)
	case s.world.construct(KindDivision, body.DivisionID) == nil:
		return badField("divisionId", "divisionId %s is not a division", body.DivisionID)
	case body.State != "" && body.State != stateActive && body.State != stateInactive:
		return badField("state", "Value [%s] is not valid for field type [state]. Allowable values are: active, inactive", body.State)
	}
	if holder := s.world.byEmail[strings.ToLower(body.Email)]; holder != nil {
		return conflict("A user with that email already exists")
	}
	if refused := s.checkContacts(body.Addresses, nil); refused != nil {
		return *refused
	}
	u := s.newUser(body.Name, body.Email, body.DivisionID)
	u.Department, u.Title = body.Department, body.Title
	u.State = stateInactive
	if body.State != "" {
		u.State = body.State
	}
	s.world.setAddresses(u, stored(body.Addresses))
	if role := s.world.byName(KindRole, s.settings.NewUserRole); role != nil {
		u.Grants = []grant{{role.ID, u.DivisionID, s.now()}}
	}
	s.reindex(u)
	r.about(u)
	return ok(s.renderUser(u, nil))
}

func (s *Server) newUser(name, email, divisionID string) *user {
	now := s.now()
	u := &user{
		ID: s.world.newID("user"), Version: 1, Name: name, Email: email, DivisionID: divisionID, State: stateActive,
		StateChanged: now, MadeAt: now, Presence: "Offline", PresenceAt: now, Routing: routingOffQueue, RoutingAt: now,
		Queues: map[string]*membership{},
	}
	u.Number = s.world.Counter
	s.world.add(u)
	return u
}

// updateUserBody is a change of an account [API: UpdateUser]. What the simulator keeps no account of is refused rather than
// lost; read-only fields are accepted and ignored, as the platform does.
type updateUserBody struct {
	Version        *int            `json:"version"`
	State          *string         `json:"state"`
	Name           *string         `json:"name"`
	Email          *string         `json:"email"`
	Department     *string         `json:"department"`
	Title          *string         `json:"title"`
	PreferredName  *string         `json:"preferredName"`
	Manager        *string         `json:"manager"`
	Addresses      *[]contact      `json:"addresses"`
	Locations      *[]userLocation `json:"locations"`
	EmployerInfo   *employerInfo   `json:"employerInfo"`
	AcdAutoAnswer  *bool           `json:"acdAutoAnswer"`
	Certifications *[]string       `json:"certifications"`
	ProfileSkills  *[]string       `json:"profileSkills"`

	ID                 json.RawMessage `json:"id"`
	PrimaryContactInfo json.RawMessage `json:"primaryContactInfo"`
	SelfURI            json.RawMessage `json:"selfUri"`
}

// patchUser is PATCH /users/{id}: the version is required and must be current; a state change goes alone. A deleted account
// takes nothing but the state change that restores it.
func (s *Server) patchUser(r *request) answer {
	var body updateUserBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	u := s.world.byID[r.params["userId"]]
	if u == nil || u.State == stateDeleted && body.State == nil {
		return missing("user", r.params["userId"])
	}
	if body.Version == nil {
		return badField("version", "version is required")
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &named); err != nil {
		return badRequest("%v", err)
	}
	if body.State != nil && len(named) > 2 {
		return badField("state", "If state is changed, no other fields may be changed")
	}
	if *body.Version != u.Version {
		return versionConflict()
	}
	r.about(u)
	if body.State != nil {
		if refused := s.setState(u, *body.State, ""); refused != nil {
			return *refused
		}
		return ok(s.renderUser(u, nil))
	}
	if refused := s.checkUpdate(u, body); refused != nil {
		return *refused
	}
	s.update(u, body)
	s.bump(u)
	return ok(s.renderUser(u, nil))
}

func versionConflict() answer {
	return conflict("The version supplied does not match the current version of the user")
}

func (s *Server) checkUpdate(u *user, body updateUserBody) *answer {
	var refused answer
	switch {
	case body.Name != nil && *body.Name == "":
		refused = badField("name", "name cannot be empty")
	case body.Email != nil && !strings.Contains(*body.Email, "@"):
		refused = badField("email", "Value [%s] is not valid for field type [email]", *body.Email)
	case body.Email != nil && s.emailHeldByOther(*body.Email, u):
		refused = conflict("A user with that email already exists")
	case body.Manager != nil && *body.Manager != "" && s.world.living(*body.Manager) == nil:
		refused = badField("manager", "manager %s is not a user", *body.Manager)
	case body.Manager != nil && *body.Manager == u.ID:
		refused = badField("manager", "a user cannot be their own manager")
	default:
		if body.Locations != nil {
			for _, location := range *body.Locations {
				if s.world.construct(KindLocation, location.ID) == nil {
					refused = badField("locations", "%s is not a location", location.ID)
					return &refused
				}
			}
		}
		if body.Addresses != nil {
			return s.checkContacts(*body.Addresses, u)
		}
		return nil
	}
	return &refused
}

func (s *Server) emailHeldByOther(email string, u *user) bool {
	holder := s.world.byEmail[strings.ToLower(email)]
	return holder != nil && holder != u
}

func (s *Server) update(u *user, body updateUserBody) {
	set(&u.Name, body.Name)
	set(&u.Department, body.Department)
	set(&u.Title, body.Title)
	set(&u.Preferred, body.PreferredName)
	set(&u.ManagerID, body.Manager)
	set(&u.AutoAnswer, body.AcdAutoAnswer)
	set(&u.Certificates, body.Certifications)
	set(&u.ProfileSkill, body.ProfileSkills)
	set(&u.Locations, body.Locations)
	if body.Email != nil {
		s.world.setEmail(u, *body.Email)
	}
	if body.Addresses != nil {
		s.world.setAddresses(u, stored(*body.Addresses))
	}
	if body.EmployerInfo != nil {
		u.Employer = body.EmployerInfo
	}
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// getUser is GET /users/{id}: deleted accounts answer only to state=deleted, the others only without it.
func (s *Server) getUser(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	u := s.world.byID[r.params["userId"]]
	switch wanted := r.query.Get("state"); {
	case wanted != "" && wanted != stateActive && wanted != stateDeleted:
		return badField("state", "Value [%s] is not valid for field type [state]. Allowable values are: active, deleted", wanted)
	case u == nil || (u.State == stateDeleted) != (wanted == stateDeleted):
		return missing("user", r.params["userId"])
	}
	r.about(u)
	return ok(s.renderUser(u, expand))
}

// expand reads the expand parameter.
func (r *request) expand() ([]string, *answer) {
	values := r.list("expand")
	for _, value := range values {
		if !slices.Contains(userExpands, value) {
			refused := badField("expand", "Value [%s] is not valid for field type [expand]. Allowable values are: %s",
				value, strings.Join(userExpands, ", "))
			return nil, &refused
		}
	}
	return values, nil
}

// deleteUser is DELETE /users/{id}, a soft delete.
func (s *Server) deleteUser(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return fail(http.StatusNotFound, "user.not.found.on.delete", "Unable to find a user with that userId")
	}
	r.about(u)
	if refused := s.setState(u, stateDeleted, ""); refused != nil {
		return *refused
	}
	return ok(object{})
}
