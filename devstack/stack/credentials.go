package stack

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
)

// Token is who holds a bearer token, as the starter's tokens file says it.
type Token struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// holders are the local tokens: one per role, each with this role alone, and a second person of those roles where one alone may not
// do it: whoever asked for something may not approve it, whoever placed a hold may not release it, and a termination's review is
// dismissed by two.
var holders = map[string][]string{
	"ingest":          {"ingest"},
	"viewer":          {"viewer"},
	"operator":        {"operator"},
	"shift-lead":      {"operator"},
	"approver":        {"approver"},
	"team-lead":       {"approver"},
	"legal":           {"legal"},
	"counsel":         {"legal"},
	"auditor":         {"auditor"},
	"registry-editor": {"registry-editor"},
}

// sources are the HR systems a development stack listens to.
var sources = []string{"WORKDAY", "SUCCESSFACTORS"}

// AddCredentials gives the stack a random token for every holder and a random secret for every source that has none yet, so
// that those already handed out stay valid over a restart.
func (s *Stack) AddCredentials() {
	s.Tokens, s.WebhookSecrets = clone(s.Tokens), clone(s.WebhookSecrets)
	for holder := range holders {
		if s.Tokens[holder] == "" {
			s.Tokens[holder] = "muster_" + base64.RawURLEncoding.EncodeToString(random(24))
		}
	}
	for _, source := range sources {
		if s.WebhookSecrets[source] == "" {
			s.WebhookSecrets[source] = NewWebhookSecret()
		}
	}
}

// NewWebhookSecret returns a random Standard Webhooks secret: "whsec_" and 32 bytes in base64.
func NewWebhookSecret() string {
	return "whsec_" + base64.StdEncoding.EncodeToString(random(32))
}

// TokensFile is the content of the starter's tokens file: who holds each token.
func (s Stack) TokensFile() map[string]Token {
	file := map[string]Token{}
	for holder, roles := range holders {
		file[s.Tokens[holder]] = Token{Name: holder, Roles: slices.Clone(roles)}
	}
	return file
}

// WebhookSecretsFile is the content of the starter's secrets file: each source's secrets, of which two are valid while one
// replaces the other.
func (s Stack) WebhookSecretsFile() map[string][]string {
	file := map[string][]string{}
	for source, secret := range s.WebhookSecrets {
		file[source] = []string{secret}
	}
	return file
}

func clone(of map[string]string) map[string]string {
	if of == nil {
		return map[string]string{}
	}
	return maps.Clone(of)
}

func random(count int) []byte {
	bytes := make([]byte, count)
	_, _ = rand.Read(bytes) // never fails: crypto/rand ends the program instead
	return bytes
}
