package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

func takeOver(t testing.TB, s *store.Store, personID string, op lifecycle.Operation) (generation int64) {
	t.Helper()
	withPerson(t, s, personID, func(p *store.PersonTx) (err error) {
		generation, err = p.TakeOver(op, "test")
		return err
	})
	return generation
}

func joinQueues(call func(context.Context) (ccaas.Receipt, error)) (context.Context, ccaas.Write, func(context.Context) (ccaas.Receipt, error)) {
	return context.Background(), ccaas.Write{Verb: "queues.join", AccountID: "user-1", Detail: map[string]any{"queue_ids": []string{"q1"}}}, call
}

type auditResult struct {
	Result        string `json:"result"`
	Status        int    `json:"status"`
	CorrelationID string `json:"correlation_id"`
	ErrorKind     string `json:"error_kind"`
}

// trail returns the audit rows of guarded writes.
func trail(t testing.TB, s *store.Store) []store.AuditRow {
	t.Helper()
	rows, _, err := s.AuditTrail(t.Context(), store.AuditFilter{Action: "queues."}, "", 0)
	require.NoError(t, err)
	return rows
}

func resultOf(t testing.TB, row store.AuditRow) (r auditResult) {
	t.Helper()
	require.Equal(t, store.AuditResult, row.Phase)
	require.NoError(t, json.Unmarshal(row.Detail, &r))
	return r
}

func TestAGuardedWriteLeavesItsIntentAndItsResult(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire), WorkflowID: "hire/WD-1/1", RunID: "run"})

	err := guard(joinQueues(func(context.Context) (ccaas.Receipt, error) {
		require.Len(t, trail(t, s), 1, "the intent is committed before the call")
		return ccaas.Receipt{Status: 202, CorrelationID: "c-1"}, nil
	}))

	require.NoError(t, err)
	rows := trail(t, s)
	require.Len(t, rows, 2)
	require.Equal(t, store.AuditIntent, rows[0].Phase)
	require.Equal(t, "hire/WD-1/1", rows[0].WorkflowID)
	require.Equal(t, rows[0].ID, *rows[1].IntentID)
	require.Equal(t, auditResult{Result: "done", Status: 202, CorrelationID: "c-1"}, resultOf(t, rows[1]))
}

func TestAnOlderGenerationIsFencedAndItsCallNotMade(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	takeOver(t, s, "WD-1", lifecycle.Termination)

	err := guard(joinQueues(func(context.Context) (ccaas.Receipt, error) {
		t.Error("the call was made")
		return ccaas.Receipt{}, nil
	}))

	require.ErrorIs(t, err, store.ErrFenced)
	var fenced *store.FencedError
	require.ErrorAs(t, err, &fenced)
	require.Equal(t, int64(2), fenced.Current)
	require.Equal(t, "fenced", resultOf(t, trail(t, s)[1]).Result)
}

func TestATakeOverWaitsForTheCallInFlight(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	calling, answer := make(chan struct{}), make(chan struct{})
	written, taken := make(chan error, 1), make(chan error, 1)
	go func() {
		written <- guard(joinQueues(func(context.Context) (ccaas.Receipt, error) {
			close(calling)
			<-answer
			return ccaas.Receipt{Status: 200}, nil
		}))
	}()
	<-calling

	go func() {
		taken <- s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
			_, err := p.TakeOver(lifecycle.Termination, "test")
			return err
		})
	}()

	select {
	case <-taken:
		t.Fatal("the take-over did not wait for the call in flight")
	case <-time.After(200 * time.Millisecond):
	}
	close(answer)
	require.NoError(t, <-written)
	require.NoError(t, <-taken)
}

func TestAnOrdinaryChangeDoesNotWaitForTheCallInFlight(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	state := lifecycle.Preparing

	err := guard(joinQueues(func(ctx context.Context) (ccaas.Receipt, error) {
		return ccaas.Receipt{}, s.WithPerson(ctx, "WD-1", func(_ context.Context, p *store.PersonTx) error {
			return p.UpdateAgent(store.AgentChange{State: &state})
		})
	}))

	require.NoError(t, err)
}

func TestSeveralCallsOfOneOperationMayBeInFlight(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})

	err := guard(joinQueues(func(context.Context) (ccaas.Receipt, error) {
		return ccaas.Receipt{}, guard(joinQueues(func(context.Context) (ccaas.Receipt, error) { return ccaas.Receipt{}, nil }))
	}))

	require.NoError(t, err)
}

func TestTheCallsErrorComesBackAsItIs(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	refusal := &ccaas.Error{
		Kind: ccaas.KindInvalid, Op: "queues.join", Status: 400, Code: "bad.request", Message: "jane.doe@enterprise.test is no", CorrelationID: "c-9",
	}

	err := guard(joinQueues(func(context.Context) (ccaas.Receipt, error) { return ccaas.Receipt{}, refusal }))

	require.Same(t, refusal, err)
	result := trail(t, s)[1]
	require.Equal(t, auditResult{Result: "failed", Status: 400, CorrelationID: "c-9", ErrorKind: "invalid"}, resultOf(t, result))
	require.NotContains(t, string(result.Detail), "jane.doe", "a platform's message may hold personal data")
}

func TestACallIsBounded(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire), Timeout: 50 * time.Millisecond})

	err := guard(joinQueues(func(ctx context.Context) (ccaas.Receipt, error) {
		<-ctx.Done()
		return ccaas.Receipt{}, ctx.Err()
	}))

	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTheResultIsRecordedWhenTheCallerGaveUpMeanwhile(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	ctx, cancel := context.WithCancel(t.Context())

	err := guard(ctx, ccaas.Write{Verb: "queues.join"}, func(ctx context.Context) (ccaas.Receipt, error) {
		cancel()
		return ccaas.Receipt{}, ctx.Err()
	})

	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "failed", resultOf(t, trail(t, s)[1]).Result)
}

func TestAFencedPersonWhoIsNotThereIsAnError(t *testing.T) {
	s, _ := open(t)
	err := s.Guard(store.Fence{PersonID: "nobody", Generation: 1})(joinQueues(func(context.Context) (ccaas.Receipt, error) {
		t.Error("the call was made")
		return ccaas.Receipt{}, nil
	}))

	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, "not_made", resultOf(t, trail(t, s)[1]).Result)
}

// A take-over that is stuck behind a call must not let new calls of the old operation overtake it once it has committed.
func TestNoCallIsMadeAfterTheTakeOverHasCommitted(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	guard := s.Guard(store.Fence{PersonID: "WD-1", Generation: takeOver(t, s, "WD-1", lifecycle.Hire)})
	committed := make(chan struct{})
	results := make(chan error, 20)
	for range 20 {
		go func() {
			for {
				err := guard(joinQueues(func(context.Context) (ccaas.Receipt, error) {
					select {
					case <-committed:
						return ccaas.Receipt{}, errors.New("called after the take-over")
					default:
						return ccaas.Receipt{}, nil
					}
				}))
				if err != nil {
					results <- err
					return
				}
			}
		}()
	}

	takeOver(t, s, "WD-1", lifecycle.Termination)
	close(committed)

	for range 20 {
		require.ErrorIs(t, <-results, store.ErrFenced)
	}
}
