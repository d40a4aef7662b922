package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
)

func TestApproversDecideWhatTeamsNeedAndLegalAllElse(t *testing.T) {
	for kind, want := range map[string]api.Role{
		"activation": api.RoleApprover, "role_escalation": api.RoleApprover, "link": api.RoleApprover,
		"rehire": api.RoleLegal, "reversal": api.RoleLegal, "expedite": api.RoleLegal, "erase": api.RoleLegal,
		"restore_deleted": api.RoleLegal, "": api.RoleLegal,
	} {
		require.Equal(t, want, api.ApproverOf(kind), kind)
	}
}
