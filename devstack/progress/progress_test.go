package progress_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"muster/devstack/progress"
)

func TestASlowBuildIsMentionedAfterTenSecondsAndThenEveryThirty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("out of memory")
		finished := make(chan error, 1)
		time.AfterFunc(75*time.Second, func() { finished <- failure })
		var out bytes.Buffer
		require.ErrorIs(t, progress.Await(&out, "temporal", finished), failure)
		require.Equal(t, "temporal   still building, 10 s\ntemporal   still building, 40 s\ntemporal   still building, 70 s\n", out.String())
	})
}

func TestAFastBuildIsNotMentioned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished := make(chan error, 1)
		time.AfterFunc(9*time.Second, func() { finished <- nil })
		var out bytes.Buffer
		require.NoError(t, progress.Await(&out, "build", finished))
		require.Empty(t, out.String())
	})
}
