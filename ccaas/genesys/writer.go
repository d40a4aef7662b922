package genesys

import (
	"context"
	"errors"
	"sync"

	"muster/ccaas"
)

// writer changes one account for one operation. What it learns about the user's version saves reads before the next
// change of the user itself.
type writer struct {
	platform *Platform
	guard    ccaas.Guard

	mu   sync.Mutex
	seen map[string]seenUser
}

var _ ccaas.Writer = (*writer)(nil)

// seenUser is the latest answer about a user. Expanded says that it holds what a profile change merges into (locations,
// employer).
type seenUser struct {
	user
	expanded bool
}

// errNoGuard is what a writer without a guard answers.
var errNoGuard = errors.New("genesys: write without a guard")

func refuse(context.Context, ccaas.Write, func(context.Context) (ccaas.Receipt, error)) error {
	return errNoGuard
}

// change makes one changing call through the guard. settle, which may be nil, judges a 2xx answer: for the platform a
// call can succeed and its effect not.
func (w *writer) change(ctx context.Context, write ccaas.Write, r request, out any, settle func() *ccaas.Error) error {
	r.op = write.Verb
	return w.guard(ctx, write, func(ctx context.Context) (ccaas.Receipt, error) {
		got, err := w.platform.calls.do(ctx, r, out)
		receipt := ccaas.Receipt{Status: got.status, CorrelationID: got.correlation}
		if err != nil {
			return receipt, err
		}
		if settle != nil {
			if failure := settle(); failure != nil {
				failure.Op, failure.Status, failure.CorrelationID = r.op, got.status, got.correlation
				return receipt, failure
			}
		}
		return receipt, nil
	})
}

// changeUntilAgreed is change for calls with set semantics on the directory object: skills, languages and groups raise
// version conflicts although they name no version (the official Terraform provider wraps each of them in a version
// retry). Each try passes the guard as its own write. It also forgets the user's version, which such a call may have
// moved.
func (w *writer) changeUntilAgreed(ctx context.Context, write ccaas.Write, r request) error {
	defer w.forget(write.AccountID)
	for try := 1; ; try++ {
		err := w.change(ctx, write, r, nil, nil)
		if !ccaas.IsKind(err, ccaas.KindConflict) || try == maxVersionTries || !w.pause(ctx, try) {
			return err
		}
	}
}

// pause waits a little before a conflicting write is tried again; false when there is no time left for it.
func (w *writer) pause(ctx context.Context, try int) bool {
	return wait(ctx, fullJitter(w.platform.calls.backoff, try))
}

// remember keeps an answer about a user. An answer without a version is of no use for the next change.
func (w *writer) remember(u user, expanded bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u.Version == 0 || u.ID == "" {
		delete(w.seen, u.ID)
		return
	}
	w.seen[u.ID] = seenUser{user: u, expanded: expanded}
}

func (w *writer) recall(id string) (seenUser, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, found := w.seen[id]
	return known, found
}

func (w *writer) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.seen, id)
}

// withoutMissing accepts "not found" for a removal: what is gone needs no removing.
func withoutMissing(err error) error {
	if ccaas.IsKind(err, ccaas.KindNotFound) {
		return nil
	}
	return err
}
