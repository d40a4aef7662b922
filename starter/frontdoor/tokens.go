package frontdoor

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"muster/api"
)

// Actor is who calls: a name for the record, and what it may do.
type Actor struct {
	Name  string
	Roles []api.Role
	// PersonID is the actor's own person id or external id, where HR knows them: nobody decides about themselves, whatever their name
	// is. Empty: told by the name alone.
	PersonID string
}

// Has says whether the actor has at least one of the roles.
func (a Actor) Has(roles ...api.Role) bool {
	return slices.ContainsFunc(roles, func(role api.Role) bool { return slices.Contains(a.Roles, role) })
}

// minTokenLength is the shortest bearer token taken: 16 characters of base64 are 96 bits.
const minTokenLength = 16

// Tokens knows the actors by their bearer tokens. It keeps digests only, so that finding one takes the same time whatever
// part of a token is right.
type Tokens struct {
	actors map[[sha256.Size]byte]Actor
}

// NewTokens takes actors by bearer token. Short tokens, actors without a name, unknown roles are refused.
func NewTokens(actors map[string]Actor) (Tokens, error) {
	tokens := Tokens{actors: make(map[[sha256.Size]byte]Actor, len(actors))}
	var problems []error
	for token, actor := range actors {
		if actor.Name == "" {
			problems = append(problems, errors.New("a token has no name: want the name of who uses it"))
			continue
		}
		if len(token) < minTokenLength {
			problems = append(problems, fmt.Errorf("the token of %s has %d characters: want at least %d", actor.Name, len(token), minTokenLength))
		}
		for _, role := range actor.Roles {
			if !slices.Contains(api.Roles(), role) {
				problems = append(problems, fmt.Errorf("the token of %s has role %q: want one of %v", actor.Name, role, api.Roles()))
			}
		}
		tokens.actors[sha256.Sum256([]byte(token))] = actor
	}
	return tokens, errors.Join(problems...)
}

// ReadTokens reads a JSON file of the shape {"token": {"name": "…", "roles": ["viewer", …], "person_id": "…"}}; person_id is for who is
// also a person that HR knows.
func ReadTokens(path string) (Tokens, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Tokens{}, fmt.Errorf("read the tokens: %w", err)
	}
	var file map[string]struct {
		Name     string     `json:"name"`
		Roles    []api.Role `json:"roles"`
		PersonID string     `json:"person_id"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return Tokens{}, fmt.Errorf("read the tokens of %s: want {token: {name, roles}}: %w", path, err)
	}
	actors := make(map[string]Actor, len(file))
	for token, entry := range file {
		actors[token] = Actor{Name: entry.Name, Roles: entry.Roles, PersonID: entry.PersonID}
	}
	tokens, err := NewTokens(actors)
	if err != nil {
		return Tokens{}, fmt.Errorf("read the tokens of %s: %w", path, err)
	}
	return tokens, nil
}

// Find returns the actor whose token it is.
func (t Tokens) Find(token string) (Actor, bool) {
	actor, found := t.actors[sha256.Sum256([]byte(token))]
	return actor, found
}

// others are the actors of all other names than that of an actor.
func (t Tokens) others(actor Actor) (others []Actor) {
	for _, other := range t.actors {
		if !strings.EqualFold(other.Name, actor.Name) {
			others = append(others, other)
		}
	}
	return others
}

// bearerToken takes the token out of an Authorization header; false when the header has another form.
func bearerToken(authorization string) (string, bool) {
	scheme, token, found := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	if !found || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", false
	}
	return token, true
}
