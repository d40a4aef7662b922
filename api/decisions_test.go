package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
)

func TestApproversDecideActivationsAndLegalAllElse(t *testing.T) {
	for kind, want := range map[string]api.Role{
		"activation": api.RoleApprover, "rehire": api.RoleLegal, "erase": api.RoleLegal, "": api.RoleLegal,
	} {
		require.Equal(t, want, api.ApproverOf(kind), kind)
	}
}
