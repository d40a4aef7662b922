package genesys

import (
	"net/http"
	"testing"

	"muster/ccaas"
)

func TestARoleThatIsNotListedWithItsPermissionsIsNoProofOfAnything(t *testing.T) {
	for name, each := range map[string]struct{ token, roles string }{
		"no client":              {`{}`, `{"entities":[]}`},
		"no roles":               {`{"OAuthClient":{"id":"c","roleDivisions":[]}}`, `{"entities":[]}`},
		"a role that is unknown": {`{"OAuthClient":{"roleDivisions":[{"roleId":"r"}]}}`, `{"entities":[],"pageCount":1}`},
		"a role without permissions": {
			`{"OAuthClient":{"roleDivisions":[{"roleId":"r"}]}}`, `{"entities":[{"id":"r","name":"Reader"}],"pageCount":1}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t)
			s.on("GET /api/v2/tokens/me", answering(http.StatusOK, each.token))
			s.on("GET /api/v2/authorization/roles", answering(http.StatusOK, each.roles))

			_, err := s.platform().CheckReadOnly(t.Context())

			requireKind(t, err, ccaas.KindInvalid)
		})
	}
}
