package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
)

func TestTheRulesAboutCodesAreListedWithTheirTerm(t *testing.T) {
	registry, err := mapping.Parse(1, "rules", []byte(`
registry: {platform: genesys, time_zone: Europe/Madrid}
scope: {default: include}
skills:
  - {code: B, effective_date: 2027-03-01, gives: [{skill: Two, proficiency: 2, weight: 1}]}
  - {code: B, sunset_date: 2027-03-01, gives: [{skill: One, proficiency: 1, weight: 1}]}
departments:
  - {code: A, department: Support, queues: [{name: Support}]}
`))
	require.NoError(t, err)
	codes := registry.Codes()

	require.Equal(t, []string{"department A", "skill B", "skill B"},
		[]string{codes[0].Kind + " " + codes[0].Code, codes[1].Kind + " " + codes[1].Code, codes[2].Kind + " " + codes[2].Code})
	require.Equal(t, []int{8, 6, 5}, []int{codes[0].Line, codes[1].Line, codes[2].Line})
	begins := registry.DayBegins(hr.Date{Year: 2027, Month: 3, Day: 1})
	require.Equal(t, time.Date(2027, 2, 28, 23, 0, 0, 0, time.UTC), begins.UTC())
	for _, test := range []struct {
		at   time.Time
		want []bool
	}{{begins.Add(-1), []bool{true, true, false}}, {begins, []bool{true, false, true}}} {
		require.Equal(t, test.want, []bool{codes[0].Holds(test.at), codes[1].Holds(test.at), codes[2].Holds(test.at)})
	}
	*codes[1].Sunset = hr.Date{}
	require.Equal(t, "2027-03-01", registry.Codes()[1].Sunset.String(), "the caller's copy is the caller's")
}
