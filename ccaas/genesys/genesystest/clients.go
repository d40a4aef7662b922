package genesystest

import (
	"slices"
	"strings"
)

// Client is an OAuth client with the client-credentials grant. Its rights come from a role of its own, in all divisions.
type Client struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
	// Permissions are what its role allows, e.g. "directory:user:view". An asterisk stands for every domain, entity or action:
	// "*:*:*" allows everything.
	Permissions []string `json:"permissions"`
}

// everything is what the default client may do.
const everything = "*:*:*"

// may says whether the client has a permission.
func (c *Client) may(permission string) bool {
	wanted := strings.Split(permission, ":")
	return slices.ContainsFunc(c.Permissions, func(granted string) bool {
		if granted == permission {
			return true
		}
		for i, part := range strings.Split(granted, ":") {
			if part != "*" && (i >= len(wanted) || part != wanted[i]) {
				return false
			}
		}
		return len(strings.Split(granted, ":")) == 3
	})
}

// role is the role that gives the client its permissions.
func (c *Client) role() construct {
	name := "OAuth client " + c.ID
	return construct{Kind: KindRole, ID: ID(KindRole, name), Name: name, Version: 1, Permissions: c.Permissions}
}

// putClient lets a client in, or replaces the one of that id. Tokens it has already work on, with the new permissions.
func (s *Server) putClient(c Client) error {
	for field, value := range map[string]string{"id": c.ID, "secret": c.Secret} {
		if value == "" {
			return unknown(field, value, "one that is not empty")
		}
	}
	if strings.Contains(c.ID, ":") {
		return unknown("id", c.ID, "one without a colon, which ends it in Basic credentials")
	}
	for _, permission := range c.Permissions {
		if len(strings.Split(permission, ":")) != 3 {
			return unknown("permissions", permission, "domain:entity:action")
		}
	}
	if known := s.clients[c.ID]; known != nil {
		*known = c
		return nil
	}
	if s.clients == nil {
		s.clients = map[string]*Client{}
	}
	s.clients[c.ID] = &c
	return nil
}

// renderClient is the client as its own token shows it [API: OrgOAuthClient].
func (s *Server) renderClient(c *Client, organization object) object {
	body := object{
		"id": c.ID, "name": c.ID, "authorizedGrantType": "CLIENT-CREDENTIALS", "state": stateActive, "organization": organization,
	}
	if !s.settings.TokenHidesRoles {
		body["roleDivisions"] = []object{{"roleId": c.role().ID, "divisionId": "*"}}
	}
	return body
}

// renderRole is a role of the catalogue or of an OAuth client [API: DomainOrganizationRole].
func renderRole(c construct) object {
	policies := []object{}
	for _, permission := range c.Permissions {
		parts := strings.Split(permission, ":")
		policies = append(policies, object{
			"domain": parts[0], "entityName": parts[1], "actionSet": []string{parts[2]}, "allowConditions": false,
		})
	}
	return object{
		"id": c.ID, "name": c.Name, "description": "", "permissions": []string{}, "permissionPolicies": policies,
		"base": c.Name == "employee", "default": c.Name == "employee", "selfUri": "/api/v2/authorization/roles/" + c.ID,
	}
}

// clientRoles are the roles of all OAuth clients, by client id.
func (s *Server) clientRoles() []construct {
	var roles []construct
	for _, c := range s.clients {
		roles = append(roles, c.role())
	}
	slices.SortFunc(roles, func(a, b construct) int { return strings.Compare(a.Name, b.Name) })
	return roles
}
