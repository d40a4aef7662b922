package reconcile_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/reconcile"
	"muster/store"
	"muster/testenv"
)

// BenchmarkReadPlatform reads rosters of growing size from a simulator in a process of its own, with the platform's limit lifted, into
// PostgreSQL, and streams them back. Every account is in two queues. It reports people per second, platform calls in relation to the fewest
// pages possible, and the largest heap that was in use, sampled.
func BenchmarkReadPlatform(b *testing.B) {
	program := filepath.Join(b.TempDir(), "simulator")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", program, "muster/ccaas/genesys/genesystest/cmd/genesys-simulator")
	output, err := build.CombinedOutput()
	require.NoError(b, err, string(output))
	for _, people := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) { benchmarkReading(b, program, people) })
	}
}

func benchmarkReading(b *testing.B, program string, people int) {
	b.Helper()
	sim := startProgram(b, program)
	queues := []string{"General_Support", "Billing_Queue", "Retention_Queue", "Sales_Inbound"}
	each := people / len(queues)
	for i := range queues {
		sim.post(b, "crowds", genesystest.Crowd{Count: each, From: i * each, Like: genesystest.Plant{
			Name: new("Person {n}"), Email: new("person-{n}@example.com"), EmployeeID: new("WD-{n}"), Department: new("SUPP_L2"), Title: new("Agent"),
			Queues:    map[string]bool{queues[i]: true, queues[(i+1)%len(queues)]: false},
			Skills:    map[string]float64{"Billing_Support": 3, "Technical_Support": 4, "Sales_Closing": 2},
			Languages: map[string]float64{"English": 5, "Spanish": 3}, Roles: []string{"Agent"}, Groups: []string{"Support Team"}, Locations: []string{"Austin"},
		}})
	}
	s := testenv.Store(b)
	platform, err := genesys.New(genesys.Config{LoginURL: sim.URL, APIURL: sim.URL, ClientID: sim.ClientID, ClientSecret: sim.ClientSecret})
	require.NoError(b, err)
	heap := watchHeap(b)
	calls, run, streamed, streaming := 0, 0, 0, time.Duration(0)
	for b.Loop() {
		run++
		runID := fmt.Sprintf("rec_%d", run)
		roster := platform.Roster(func(context.Context) error { calls++; return nil })
		counts, err := reconcile.NewPlatformReading(roster, s).ReadPlatform(b.Context(), runID, nil)
		require.NoError(b, err)
		require.Equal(b, store.RosterCounts{Pages: counts.Pages, Active: people, Memberships: 2 * people}, counts)
		begun := time.Now()
		for _, err := range s.StreamStagedAccounts(b.Context(), runID, "") {
			require.NoError(b, err)
			streamed++
		}
		streaming += time.Since(begun)
	}
	least := (people+499)/500 + len(queues)*((2*people/len(queues)+99)/100)
	b.ReportMetric(float64(people*run)/b.Elapsed().Seconds(), "people/s")
	b.ReportMetric(float64(streamed)/streaming.Seconds(), "streamed/s")
	b.ReportMetric(float64(calls)/float64(run), "calls")
	b.ReportMetric(float64(calls)/float64(run)/float64(least), "calls/least")
	b.ReportMetric(float64(heap())/(1<<20), "MiB-heap")
}

// watchHeap samples the heap in use until the returned function is called, which returns the largest.
func watchHeap(b *testing.B) func() uint64 {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	var (
		sampler sync.WaitGroup
		largest uint64
	)
	sampler.Go(func() {
		ticks := time.NewTicker(20 * time.Millisecond)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				largest = max(largest, memory.HeapInuse)
			}
		}
	})
	return func() uint64 {
		stop()
		sampler.Wait()
		return largest
	}
}

// simulator is one in a process of its own.
type simulator struct {
	URL          string `json:"url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

func startProgram(b *testing.B, path string) simulator {
	b.Helper()
	command := exec.Command(path, "-requests-per-minute", "0")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, command.Start())
	b.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	var ready simulator
	require.NoError(b, json.Unmarshal([]byte(strings.TrimSpace(line)), &ready))
	return ready
}

func (s simulator) post(b *testing.B, path string, body any) {
	b.Helper()
	content, err := json.Marshal(body)
	require.NoError(b, err)
	answer, err := http.Post(s.URL+"/_sim/"+path, "application/json", bytes.NewReader(content))
	require.NoError(b, err)
	defer answer.Body.Close()
	require.Equal(b, http.StatusOK, answer.StatusCode)
}
