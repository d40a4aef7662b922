package schedule_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"muster/devstack/temporal"
	"muster/names"
	"muster/testenv"
	"muster/worker/schedule"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func server(t *testing.T) client.Client {
	t.Helper()
	running, err := temporal.Start(t.Context(), temporal.Options{
		Dir: t.TempDir(), Binaries: filepath.Join("..", "..", ".muster", "bin"), InMemory: true, AnyPorts: true, Log: os.Stderr,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	connected, err := client.Dial(client.Options{HostPort: running.Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(connected.Close)
	return connected
}

func TestTheScheduleFollowsTheHighestVersionAndStaysPaused(t *testing.T) {
	ctx, records, temporal := t.Context(), testenv.Store(t), server(t)
	handle := temporal.ScheduleClient().GetHandle(ctx, names.ScheduleReconcile)
	hour := func() int {
		described, err := handle.Describe(ctx)
		require.NoError(t, err)
		require.NotEmpty(t, described.Info.NextActionTimes)
		return described.Info.NextActionTimes[0].UTC().Hour()
	}
	converge := func(version int, cron string) {
		keeper := schedule.New(records, temporal, schedule.Spec{Cron: cron, TimeZone: "UTC", Version: version}, schedule.DefaultPace(), slog.New(slog.DiscardHandler))
		require.NoError(t, keeper.Converge(ctx))
		require.NoError(t, keeper.Note(ctx))
	}

	converge(2, "0 2 * * *")
	require.Equal(t, 2, hour())
	converge(1, "0 5 * * *")
	require.Equal(t, 2, hour(), "an older worker changes nothing")
	require.NoError(t, handle.Pause(ctx, client.SchedulePauseOptions{Note: "HR migrates"}))
	converge(3, "0 4 * * *")
	require.Equal(t, 4, hour())
	described, err := handle.Describe(ctx)
	require.NoError(t, err)
	require.True(t, described.Schedule.State.Paused, "what an operator paused stays paused")
	require.Equal(t, "HR migrates", described.Schedule.State.Note)
	converge(3, "0 6 * * *")
	require.Equal(t, 4, hour(), "the same version never means two things")
	require.Equal(t, 10*time.Minute, described.Schedule.Policy.CatchupWindow)
}
