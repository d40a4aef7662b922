package schedule

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyAHigherVersionReplacesTheSchedule(t *testing.T) {
	night := Spec{Cron: "0 2 * * *", TimeZone: "UTC", Version: 2}
	noon := Spec{Cron: "0 12 * * *", TimeZone: "UTC", Version: 2}
	for name, c := range map[string]struct {
		there standing
		want  bool
	}{
		"the same":                           {standing{night.Hash(), 2}, false},
		"the same, of an older version":      {standing{night.Hash(), 1}, false},
		"another one, of an older version":   {standing{noon.Hash(), 1}, true},
		"another one, of the same version":   {standing{noon.Hash(), 2}, false},
		"another one, of a newer version":    {standing{noon.Hash(), 3}, false},
		"one that says nothing about itself": {standing{}, true},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, night.replaces(c.there)) })
	}
}
