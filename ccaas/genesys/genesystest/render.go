package genesystest

import (
	"slices"
)

// userExpands are the values of the expand parameter [API].
var userExpands = []string{
	"routingStatus", "presence", "integrationPresence", "conversationSummary", "outOfOffice", "geolocation", "station",
	"authorization", "lasttokenissued", "authorization.unusedRoles", "team", "workPlanBidRanks", "externalContactsSettings",
	"groups", "customAttributes", "profileSkills", "certifications", "locations", "skills", "languages", "languagePreference",
	"employerInfo", "biography", "dateLastLogin", "dateWelcomeSent",
}

// renderUser is the account as the platform shows it [API: User], with the blocks asked for as far as they are modelled.
func (s *Server) renderUser(u *user, expand []string) object {
	body := object{
		"id": u.ID, "name": u.Name, "email": u.Email, "username": u.Email, "state": u.State, "version": u.Version,
		"division":      s.renderReference(KindDivision, u.DivisionID, "/api/v2/authorization/divisions/"),
		"chat":          object{"jabberId": u.ID + "@muster.orgspan.com"},
		"acdAutoAnswer": u.AutoAnswer,
		"addresses":     renderAll(u.Addresses, s.renderContact),
		"primaryContactInfo": []object{{
			"mediaType": "EMAIL", "type": "PRIMARY", "address": u.Email, "display": u.Email,
		}},
		"selfUri": "/api/v2/users/" + u.ID,
	}
	for name, value := range map[string]string{"department": u.Department, "title": u.Title, "preferredName": u.Preferred} {
		if value != "" {
			body[name] = value
		}
	}
	if manager := s.world.byID[u.ManagerID]; manager != nil {
		body["manager"] = object{"id": manager.ID, "version": manager.Version, "selfUri": "/api/v2/users/" + manager.ID}
	}
	for _, block := range expand {
		if slices.Contains(s.settings.OmitExpands, block) {
			continue
		}
		if name, value := s.renderBlock(u, block); value != nil {
			body[name] = value
		}
	}
	return body
}

func (s *Server) renderBlock(u *user, block string) (string, any) {
	switch block {
	case "skills":
		return block, renderAll(u.Skills, s.renderUserSkill)
	case "languages":
		return block, renderAll(u.Languages, s.renderUserLanguage)
	case "groups":
		return block, renderAll(u.Groups, func(id string) object {
			if group := s.world.construct(KindGroup, id); group != nil {
				return renderGroup(*group)
			}
			return object{"id": id, "name": id, "type": "official", "rulesVisible": true, "visibility": "public"}
		})
	case "authorization", "authorization.unusedRoles":
		return "authorization", s.renderAuthorization(u)
	case "locations":
		return block, renderAll(u.Locations, s.renderUserLocation)
	case "employerInfo":
		if u.Employer != nil {
			return block, u.Employer
		}
	case "routingStatus":
		return block, u.renderRouting()
	case "presence":
		return block, u.renderPresence()
	case "conversationSummary":
		return block, s.renderConversationSummary(u)
	case "station":
		return block, u.renderStation()
	case "profileSkills":
		return block, append([]string{}, u.ProfileSkill...)
	case "certifications":
		return block, append([]string{}, u.Certificates...)
	}
	return "", nil
}

// renderReference is the platform's {id, name, selfUri}.
func (s *Server) renderReference(kind, id, path string) object {
	return object{"id": id, "name": s.world.nameOf(kind, id), "selfUri": path + id}
}

func (s *Server) renderUserLocation(l userLocation) object {
	body := object{
		"id":                 l.ID,
		"locationDefinition": s.renderReference(KindLocation, l.ID, "/api/v2/locations/"),
	}
	if l.Notes != "" {
		body["notes"] = l.Notes
	}
	return body
}
