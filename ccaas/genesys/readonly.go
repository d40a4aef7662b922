package genesys

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// opReadOnly is the verb of the look at our own permissions in errors.
const opReadOnly = "client.permissions"

// maxRoleIDs is how many ids one listing of roles takes (error code max.role.ids).
const maxRoleIDs = 100

// readingActions are the actions of a permission that change nothing. What is not among them counts as writing, so an action
// that this list does not know is one too many and never one too few.
var readingActions = []string{"view", "readonly", "search"}

// CheckReadOnly returns the permissions by which our OAuth client could change something, as domain:entity:action and sorted; none
// are a client that can only read. It changes nothing and tries nothing out.
//
// GET /tokens/me names the client's roles (definition OrgOAuthClient, roleDivisions: what client credentials have in the place of
// scopes), GET /authorization/roles their permissions. Each step can leave the question open, and an open question is an
// error: KindForbidden when the client may not read roles (authorization:role:view), KindInvalid when the platform does not name
// the roles, which the contract allows it to, or does not list one of them. Who wants a client that can only read has to take
// an error for one that can write.
func (p *Platform) CheckReadOnly(ctx context.Context) ([]string, error) {
	var token struct {
		OAuthClient *struct {
			RoleDivisions []struct {
				RoleID string `json:"roleId"`
			} `json:"roleDivisions"`
		} `json:"OAuthClient"`
	}
	_, err := p.calls.do(ctx, request{op: opReadOnly, method: http.MethodGet, path: []string{"tokens", "me"}}, &token)
	if err != nil {
		return nil, err
	}
	if token.OAuthClient == nil || len(token.OAuthClient.RoleDivisions) == 0 {
		return nil, invalid(opReadOnly, "the platform does not say which roles the OAuth client has")
	}
	var roleIDs []string
	for _, held := range token.OAuthClient.RoleDivisions {
		roleIDs = append(roleIDs, held.RoleID)
	}
	slices.Sort(roleIDs)
	writes := []string{}
	for part := range slices.Chunk(slices.Compact(roleIDs), maxRoleIDs) {
		found, err := p.writesOf(ctx, part)
		if err != nil {
			return nil, err
		}
		writes = append(writes, found...)
	}
	slices.Sort(writes)
	return slices.Compact(writes), nil
}

// clientRole is what definition DomainOrganizationRole says about permissions: those of before policies by name, the others by
// policy.
type clientRole struct {
	ID          string   `json:"id"`
	Permissions []string `json:"permissions"`
	Policies    []struct {
		Domain    string   `json:"domain"`
		Entity    string   `json:"entityName"`
		ActionSet []string `json:"actionSet"`
	} `json:"permissionPolicies"`
}

func (p *Platform) writesOf(ctx context.Context, roleIDs []string) ([]string, error) {
	roles, err := all[clientRole](ctx, p.calls, opReadOnly, []string{"authorization", "roles"},
		url.Values{"id": roleIDs, "userCount": {"false"}}, maxRoleIDs)
	if err != nil {
		return nil, err
	}
	var writes []string
	listed := map[string]bool{}
	for _, role := range roles {
		listed[role.ID] = role.Permissions != nil || role.Policies != nil
		for _, permission := range role.allowed() {
			if !reads(permission) {
				writes = append(writes, permission)
			}
		}
	}
	for _, id := range roleIDs {
		if !listed[id] {
			return nil, invalid(opReadOnly, fmt.Sprintf("role %s of the OAuth client: want its permissions, found none listed", id))
		}
	}
	return writes, nil
}

func (r clientRole) allowed() []string {
	allowed := slices.Clone(r.Permissions)
	for _, policy := range r.Policies {
		for _, action := range policy.ActionSet {
			allowed = append(allowed, policy.Domain+":"+policy.Entity+":"+action)
		}
	}
	return allowed
}

// reads says whether a permission lets its holder look and no more.
func reads(permission string) bool {
	parts := strings.Split(permission, ":")
	return len(parts) == 3 && slices.Contains(readingActions, parts[2])
}

// NotReadOnlyError says that a client that is to read only can change something.
type NotReadOnlyError struct{ Permissions []string }

func (e *NotReadOnlyError) Error() string {
	return fmt.Sprintf("the OAuth client that reads the roster can write: found %s, want only what ends in %s",
		strings.Join(e.Permissions, ", "), strings.Join(readingActions, ", "))
}

// RequireReadOnly is CheckReadOnly as a verdict: a *NotReadOnlyError for a client that can write, CheckReadOnly's *ccaas.Error
// where that is not known.
func (p *Platform) RequireReadOnly(ctx context.Context) error {
	writes, err := p.CheckReadOnly(ctx)
	if err != nil {
		return err
	}
	if len(writes) > 0 {
		return &NotReadOnlyError{Permissions: writes}
	}
	return nil
}
