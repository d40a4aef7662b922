package alerting_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/starter/alerting"
)

// fail notes failures from an address, one each step, and returns the subjects of the alerts.
func fail(f *alerting.SignatureFailures, now *time.Time, remote string, times int, step time.Duration) (raised []string) {
	for range times {
		*now = now.Add(step)
		if alert, needed := f.Note(remote, *now); needed {
			raised = append(raised, alert.SubjectID)
		}
	}
	return raised
}

func someDay() *time.Time {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	return &now
}

func TestTenSignatureFailuresFromOneAddressWithinTenMinutesAreAnAlert(t *testing.T) {
	f, now := alerting.NewSignatureFailures(), someDay()
	require.Empty(t, fail(f, now, "192.0.2.7:4001", 9, time.Minute))
	require.Empty(t, fail(f, now, "192.0.2.8:4001", 1, time.Second), "another address")
	require.Equal(t, []string{"192.0.2.7"}, fail(f, now, "192.0.2.7:4002", 1, time.Second), "another port is no other address")
}

func TestSlowSignatureFailuresAreNoAlert(t *testing.T) {
	f, now := alerting.NewSignatureFailures(), someDay()
	require.Empty(t, fail(f, now, "192.0.2.7:4001", 100, 70*time.Second))
}

func TestWhileSignatureFailuresGoOnTheAlertIsRaisedAgainOnceAMinute(t *testing.T) {
	f, now := alerting.NewSignatureFailures(), someDay()
	require.Len(t, fail(f, now, "192.0.2.7:4001", 10+3*60, time.Second), 4)
	alert, needed := f.Note("192.0.2.7:4001", now.Add(time.Minute))
	require.True(t, needed)
	require.Equal(t, now.Add(11*time.Minute), *alert.LapsesAt)
}

func TestTheAddressesOfOneSubscriberCountAsOne(t *testing.T) {
	f, now := alerting.NewSignatureFailures(), someDay()
	require.Empty(t, fail(f, now, "[2001:db8:1:2::1]:80", 9, time.Second))
	require.Equal(t, []string{"2001:db8:1:2::/64"}, fail(f, now, "[2001:db8:1:2:ffff::9]:80", 1, time.Second))
	require.Equal(t, []string{"192.0.2.7"}, fail(f, now, "[::ffff:192.0.2.7]:80", 10, time.Second))
}

func TestAFloodFromManyAddressesIsOneAlert(t *testing.T) {
	f, now := alerting.NewSignatureFailures(), someDay()
	raised := map[string]bool{}
	for range 12 {
		for address := range 3000 {
			for _, subject := range fail(f, now, fmt.Sprintf("10.0.%d.%d:1", address/250, address%250), 1, time.Microsecond) {
				raised[subject] = true
			}
		}
	}
	require.True(t, raised["many addresses"])
	require.LessOrEqual(t, len(raised), 257)

	*now = now.Add(time.Hour)
	require.Equal(t, []string{"10.0.9.9"}, fail(f, now, "10.0.9.9:1", 10, time.Second), "those that were quiet are forgotten")
}
