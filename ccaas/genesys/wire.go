package genesys

import (
	"slices"
	"strings"

	"muster/ccaas"
)

// The parts of the API's models that Muster reads or sends. A slice or pointer that is nil was not in the answer:
// expanded blocks are "best effort and not guaranteed to be returned" (GET /users/{userId}), so nil means unknown and
// never none.

// entity is any object of which only identity matters.
type entity struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	State string `json:"state,omitempty"`
}

// user is definition User.
type user struct {
	ID                  string         `json:"id"`
	Version             int            `json:"version"`
	State               string         `json:"state"`
	Name                string         `json:"name"`
	Email               string         `json:"email"`
	Department          string         `json:"department"`
	Title               string         `json:"title"`
	Division            *entity        `json:"division"`
	Manager             *entity        `json:"manager"`
	Addresses           []contact      `json:"addresses"`
	EmployerInfo        *employerInfo  `json:"employerInfo"`
	Locations           []userLocation `json:"locations"`
	Groups              []entity       `json:"groups"`
	Skills              []rated        `json:"skills"`
	Languages           []rated        `json:"languages"`
	Presence            *presence      `json:"presence"`
	RoutingStatus       *routingStatus `json:"routingStatus"`
	ConversationSummary conversations  `json:"conversationSummary"`
}

// employerInfo is definition EmployerInfo. It is replaced as a whole, so all of it is carried along.
type employerInfo struct {
	OfficialName string `json:"officialName,omitempty"`
	EmployeeID   string `json:"employeeId"` // sent when empty too: that clears it
	EmployeeType string `json:"employeeType,omitempty"`
	DateHire     string `json:"dateHire,omitempty"`
}

// userLocation is definition Location. A write names the location object by id; a read has it in the definition.
type userLocation struct {
	ID         string  `json:"id,omitempty"`
	Notes      string  `json:"notes,omitempty"`
	Definition *entity `json:"locationDefinition,omitempty"`
}

func (l userLocation) locationID() string {
	if l.Definition != nil && l.Definition.ID != "" {
		return l.Definition.ID
	}
	return l.ID
}

// rated is definition UserRoutingSkill, UserRoutingLanguage and, with id and proficiency only, what their writes take.
type rated struct {
	ID          string  `json:"id"`
	Proficiency float64 `json:"proficiency"`
	State       string  `json:"state,omitempty"`
}

// presence is definition UserPresence.
type presence struct {
	Definition presenceDefinition `json:"presenceDefinition"`
}

// presenceDefinition is definition PresenceDefinition and OrganizationPresenceDefinition.
type presenceDefinition struct {
	ID             string `json:"id"`
	SystemPresence string `json:"systemPresence,omitempty"`
	Type           string `json:"type,omitempty"` // System or User
	Deactivated    bool   `json:"deactivated,omitempty"`
}

// routingStatus is definition RoutingStatus.
type routingStatus struct {
	Status string `json:"status"`
}

// conversations is definition UserConversationSummary: a block per medium beside the user's id, of which the media are
// kept.
type conversations map[string]any

// live sums what is active or in after-call work over all media, in and out of the contact centre; -1 when no medium was
// given.
func (c conversations) live() int {
	sum, known := 0, false
	for _, medium := range c {
		sides, isMedium := medium.(map[string]any)
		if !isMedium {
			continue
		}
		for _, side := range []string{"contactCenter", "enterprise"} {
			counts, given := sides[side].(map[string]any)
			if !given {
				continue
			}
			for _, phase := range []string{"active", "acw"} {
				if count, isNumber := counts[phase].(float64); isNumber {
					sum, known = sum+int(count), true
				}
			}
		}
	}
	if !known {
		return -1
	}
	return sum
}

// account translates what the user itself says; what costs further calls is filled in elsewhere.
func (u user) account() ccaas.Account {
	account := ccaas.Account{
		ID:         u.ID,
		State:      ccaas.State(u.State),
		Version:    u.Version,
		Name:       u.Name,
		Email:      u.Email,
		Department: u.Department,
		Title:      u.Title,
		Extension:  extensionOf(u.Addresses),
		Skills:     ratings(u.Skills),
		Languages:  ratings(u.Languages),
		GroupIDs:   ids(u.Groups),
		Live:       u.ConversationSummary.live(),
	}
	if u.Division != nil {
		account.DivisionID = u.Division.ID
	}
	if u.Manager != nil {
		account.ManagerID = u.Manager.ID
	}
	if u.EmployerInfo != nil {
		account.EmployeeID = u.EmployerInfo.EmployeeID
	}
	if u.Locations != nil {
		account.LocationIDs = make([]string, 0, len(u.Locations))
		for _, location := range u.Locations {
			account.LocationIDs = append(account.LocationIDs, location.locationID())
		}
	}
	if u.Presence != nil {
		account.Presence = systemPresence(u.Presence.Definition.SystemPresence)
	}
	if u.RoutingStatus != nil {
		account.RoutingStatus = u.RoutingStatus.Status
	}
	return account
}

// ratings keeps the order of the ids, so that equal sets compare equal; nil stays nil.
func ratings(all []rated) []ccaas.Rated {
	if all == nil {
		return nil
	}
	kept := make([]ccaas.Rated, 0, len(all))
	for _, r := range all {
		if r.State != string(ccaas.Deleted) {
			kept = append(kept, ccaas.Rated{ID: r.ID, Proficiency: r.Proficiency})
		}
	}
	slices.SortFunc(kept, func(a, b ccaas.Rated) int { return strings.Compare(a.ID, b.ID) })
	return kept
}

// ids returns the ids of all, sorted; nil stays nil.
func ids(all []entity) []string {
	if all == nil {
		return nil
	}
	list := make([]string, 0, len(all))
	for _, e := range all {
		list = append(list, e.ID)
	}
	slices.Sort(list)
	return list
}
