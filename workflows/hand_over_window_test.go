package workflows_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
)

func TestTheHandOverHasTheDepartmentsWindow(t *testing.T) {
	dismissal := map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}}
	for name, c := range map[string]struct {
		policy string
		more   map[string]any
		want   time.Duration
	}{
		"a minute when nobody says":         {"", nil, time.Minute},
		"the department's":                  {"hand_over_window: 40s", nil, 40 * time.Second},
		"at most 15 seconds at a dismissal": {"hand_over_window: 40s", dismissal, 15 * time.Second},
		"a shorter one at a dismissal too":  {"hand_over_window: 5s", dismissal, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			const before = "    work_plan: Support Full Time\n"
			s.publish(bytes.Replace(mapping.Example(), []byte(before), []byte(before+"    policies: {"+c.policy+"}\n"), 1))
			s.post(hr.UserCreate, nil, nil)
			s.run()
			s.again()
			var asked lifecycle.HandOverInput
			s.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, args converter.EncodedValues) {
				if info.ActivityType.Name == names.ActivityHandOver {
					require.NoError(t, args.Get(&asked))
				}
			})
			s.post(hr.UserTerminate, nil, c.more)
			s.terminate()
			require.Equal(t, c.want, asked.Window)
		})
	}
}
