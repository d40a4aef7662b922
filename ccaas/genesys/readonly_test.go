package genesys_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
)

func TestAClientThatCanWriteIsTold(t *testing.T) {
	o := newOrg(t)
	for name, each := range map[string]struct{ permissions, writes []string }{
		"only reads":        {[]string{"directory:user:view", "authorization:role:view", "routing:queue:readonly"}, []string{}},
		"adds users":        {[]string{"authorization:role:view", "directory:user:add", "directory:user:view"}, []string{"directory:user:add"}},
		"every action":      {[]string{"authorization:role:view", "routing:queue:*"}, []string{"routing:queue:*"}},
		"everything":        {[]string{"*:*:*"}, []string{"*:*:*"}},
		"an unknown action": {[]string{"authorization:role:view", "directory:user:reset"}, []string{"directory:user:reset"}},
		"joins queues":      {[]string{"routing:queue:join", "authorization:role:view"}, []string{"routing:queue:join"}},
		"several, each once": {
			[]string{"wfm:agent:edit", "authorization:role:view", "directory:user:edit", "wfm:agent:edit"},
			[]string{"directory:user:edit", "wfm:agent:edit"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := o.client(each.permissions...)

			writes, err := client.CheckReadOnly(t.Context())

			require.NoError(t, err)
			require.Equal(t, each.writes, writes)
			err = client.RequireReadOnly(t.Context())
			if len(each.writes) == 0 {
				require.NoError(t, err)
				return
			}
			var can *genesys.NotReadOnlyError
			require.ErrorAs(t, err, &can)
			require.Equal(t, each.writes, can.Permissions)
		})
	}
	require.Zero(t, o.changing(), "nothing is tried out")
}

func TestWhatAClientMayDoIsUnknownWhereThePlatformDoesNotSay(t *testing.T) {
	o := newOrg(t)
	_, err := o.client("directory:user:view").CheckReadOnly(t.Context())
	requireKind(t, err, ccaas.KindForbidden)

	reader := o.client("directory:user:view", "authorization:role:view")
	require.NoError(t, reader.RequireReadOnly(t.Context()))
	require.NoError(t, o.sim.ChangeSettings(func(s *genesystest.Settings) { s.TokenHidesRoles = true }))
	requireKind(t, reader.RequireReadOnly(t.Context()), ccaas.KindInvalid)
}
