package genesys

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"muster/ccaas"
)

// maxRatedPerCall is how many skills or languages one bulk call takes.
const maxRatedPerCall = 50

// SetDivision moves the user to a division: one call (PATCH /users has no division).
func (w *writer) SetDivision(ctx context.Context, id, divisionID string) error {
	write := ccaas.Write{Verb: "division.set", AccountID: id, Detail: map[string]any{"division_id": divisionID}}
	return w.changeUntilAgreed(ctx, write, request{
		method: http.MethodPost, path: []string{"authorization", "divisions", divisionID, "objects", "USER"}, body: []string{id},
	})
}

// SetRoles makes grants the exact set of direct grants: one call, which leaves what groups give alone. A user, role or
// division that the authorization service does not know is of KindUnavailable: a new one is not in its cache yet.
func (w *writer) SetRoles(ctx context.Context, id string, grants []ccaas.Grant) error {
	return w.grant(ctx, id, "roles.replace", "bulkreplace", grants)
}

// AddRoles grants roles beside those the user has: one call, with the errors of SetRoles.
func (w *writer) AddRoles(ctx context.Context, id string, grants []ccaas.Grant) error {
	return w.grant(ctx, id, "roles.add", "bulkadd", grants)
}

func (w *writer) grant(ctx context.Context, id, verb, operation string, grants []ccaas.Grant) error {
	type pair struct {
		RoleID     string `json:"roleId"`
		DivisionID string `json:"divisionId"`
	}
	pairs := make([]pair, 0, len(grants))
	for _, grant := range grants {
		pairs = append(pairs, pair(grant))
	}
	write := ccaas.Write{Verb: verb, AccountID: id, Detail: map[string]any{"grants": grants}}
	err := w.changeUntilAgreed(ctx, write, request{
		method: http.MethodPost, path: []string{"authorization", "subjects", id, operation},
		query: url.Values{"subjectType": {"PC_USER"}}, body: map[string]any{"grants": pairs},
	})
	if failure := asError(err); failure != nil && failure.Kind == ccaas.KindNotFound {
		later := *failure // the guard has recorded the answer as it was
		later.Kind = ccaas.KindUnavailable
		return &later
	}
	return err
}

// SetSkills makes skills the exact set: one PUT for up to 50; what is beyond is added by a PATCH per 50.
func (w *writer) SetSkills(ctx context.Context, id string, skills []ccaas.Rated) error {
	path := []string{"users", id, "routingskills", "bulk"}
	first, rest := skills[:min(len(skills), maxRatedPerCall)], skills[min(len(skills), maxRatedPerCall):]
	if err := w.putRated(ctx, id, "skills.replace", "skills", http.MethodPut, path, first); err != nil {
		return err
	}
	for part := range slices.Chunk(rest, maxRatedPerCall) {
		if err := w.putRated(ctx, id, "skills.replace", "skills", http.MethodPatch, path, part); err != nil {
			return err
		}
	}
	return nil
}

// PutLanguages adds languages or changes their proficiency: one call per 50, none for none.
func (w *writer) PutLanguages(ctx context.Context, id string, languages []ccaas.Rated) error {
	path := []string{"users", id, "routinglanguages", "bulk"}
	for part := range slices.Chunk(languages, maxRatedPerCall) {
		if err := w.putRated(ctx, id, "languages.put", "languages", http.MethodPatch, path, part); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putRated(ctx context.Context, id, verb, kind, method string, path []string, list []ccaas.Rated) error {
	body := make([]rated, 0, len(list))
	for _, r := range list {
		body = append(body, rated{ID: r.ID, Proficiency: r.Proficiency})
	}
	write := ccaas.Write{Verb: verb, AccountID: id, Detail: map[string]any{kind: list}}
	return w.changeUntilAgreed(ctx, write, request{method: method, path: path, body: body})
}

// RemoveLanguage takes one language away: there is no replacing form.
func (w *writer) RemoveLanguage(ctx context.Context, id, languageID string) error {
	write := ccaas.Write{Verb: "languages.remove", AccountID: id, Detail: map[string]any{"language_id": languageID}}
	return withoutMissing(w.changeUntilAgreed(ctx, write, request{
		method: http.MethodDelete, path: []string{"users", id, "routinglanguages", languageID},
	}))
}

// AddToGroup makes the user a member of a group. The platform accepts it (202) and does it later: read back.
func (w *writer) AddToGroup(ctx context.Context, id, groupID string) error {
	write := ccaas.Write{Verb: "groups.add", AccountID: id, Detail: map[string]any{"group_id": groupID}}
	return w.changeUntilAgreed(ctx, write, request{
		method: http.MethodPost, path: []string{"groups", groupID, "members"}, body: map[string]any{"memberIds": []string{id}},
	})
}

// RemoveFromGroup ends the membership, later as AddToGroup. A group that is gone has no members.
func (w *writer) RemoveFromGroup(ctx context.Context, id, groupID string) error {
	write := ccaas.Write{Verb: "groups.remove", AccountID: id, Detail: map[string]any{"group_id": groupID}}
	return withoutMissing(w.changeUntilAgreed(ctx, write, request{
		method: http.MethodDelete, path: []string{"groups", groupID, "members"}, query: url.Values{"ids": {id}},
	}))
}
