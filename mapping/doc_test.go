package mapping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

func TestTheExampleInTheReferenceIsARegistry(t *testing.T) {
	reference, err := os.ReadFile(filepath.Join("..", "docs", "mapping.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(reference), "```yaml\n")
	require.True(t, found)
	text, _, found := strings.Cut(rest, "```\n")
	require.True(t, found)

	registry, err := mapping.Parse(1, "docs/mapping.md", []byte(text))
	require.NoError(t, err)
	got := registry.Resolve(hr.State{
		DepartmentCode: "CARE_L2", JobTitleCode: "SR_TECH_SUPPORT", LocationCode: "MAD", SkillCodes: []string{"SVC_TECH", "LANG_ES"},
	}, noon)
	require.True(t, got.InScope)
	require.Empty(t, got.Unmapped)
	require.True(t, got.Policies.ActivationApproval)
	require.Len(t, got.Desired.Skills, 2)
	require.Len(t, got.Warnings, 1)
}
