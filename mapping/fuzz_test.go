package mapping_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

// FuzzParse holds Parse to its word for any text: it refuses with positions, or gives a registry that answers.
func FuzzParse(f *testing.F) {
	f.Add(mapping.Example())
	f.Add([]byte(everything(f)))
	f.Add([]byte(rules))
	f.Add([]byte(twoPlatforms))
	f.Add([]byte(sound))
	f.Add([]byte(head + "skills:\n  - {code: S, gives: [{skill: X, proficiency: 9}], effective_date: 2026-01-01, sunset_date: 2026-01-01}\n"))
	f.Add([]byte("a: &a [*a, *a]\n<<: *a\n"))
	f.Add([]byte("! :"))
	f.Fuzz(func(t *testing.T, text []byte) {
		registry, err := mapping.Parse(1, "fuzz.yaml", text)
		if err != nil {
			var parseError *mapping.ParseError
			require.ErrorAs(t, err, &parseError)
			require.NotEmpty(t, parseError.Mistakes)
			for _, mistake := range parseError.Mistakes {
				require.NotEmpty(t, mistake.Field)
				require.NotEmpty(t, mistake.Found)
				require.NotEmpty(t, mistake.Expected)
				require.GreaterOrEqual(t, mistake.Line, 0)
			}
			require.Len(t, mapping.Digest(text), 64)
			return
		}
		require.Equal(t, registry.Digest(), mapping.Digest(text))
		state := hr.State{DepartmentCode: "SUPP_L2", JobTitleCode: "SR_TECH_SUPPORT", LocationCode: "AUS", SkillCodes: []string{"SVC_TECH", "S"}}
		require.Equal(t, registry.Resolve(state, noon), registry.Resolve(state, noon))
		require.Empty(t, mapping.Diff(registry, registry))
		require.Equal(t, registry.Digest() == exampleRegistry(t).Digest(), len(mapping.Diff(exampleRegistry(t), registry)) == 0)
		for _, mistake := range registry.Check(installation(), nil, noon) {
			require.Positive(t, mistake.Line)
			require.NotEmpty(t, mistake.Field)
			require.NotEmpty(t, mistake.Found)
			require.NotEmpty(t, mistake.Expected)
		}
		for _, notice := range registry.Notices(noon) {
			require.Positive(t, notice.Line)
		}
		for _, boundary := range registry.Boundaries(noon) {
			require.True(t, boundary.At.After(noon))
			require.NotEmpty(t, len(boundary.Begins)+len(boundary.Ends))
		}
		written, err := json.Marshal(registry.Managed())
		require.NoError(t, err)
		var read mapping.Managed
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, registry.Managed(), read)
	})
}
