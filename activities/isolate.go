package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// Isolate cuts the way of new work to the person: every queue unjoined, presence offline, off queue. A running conversation goes
// on. It reads back that nothing can be routed any more. A person without an account has nothing to isolate. Only the hard stop of the
// mass-change guard comes before it.
func (a *Activities) Isolate(ctx context.Context, in lifecycle.GuardedInput) (lifecycle.IsolateResult, error) {
	var result lifecycle.IsolateResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.beginAfter(ctx, in.PhaseInput, func(ph *phase, p *store.PersonTx) (err error) {
			result.Guard, err = leaving{ph}.askHardStop(p, in)
			return err
		})
		if err != nil || result.Guard != nil {
			return err
		}
		result, err = leaving{ph}.isolate(ctx)
		return err
	})
	return result, boundary(err)
}

// KeepIsolated isolates again whoever has joined again while somebody decides what becomes of the account, and reads it back.
func (a *Activities) KeepIsolated(ctx context.Context, in lifecycle.PhaseInput) error {
	return boundary(beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in)
		if err != nil || ph.person.Agent.PlatformUserID == "" {
			return err
		}
		l, accountID := leaving{ph}, ph.person.Agent.PlatformUserID
		if err := l.cutIfJoined(ctx, accountID); err != nil || l.writes == 0 {
			return err
		}
		_, err = l.unroutable(ctx, accountID)
		return err
	}))
}

// leaving is a phase of taking access away.
type leaving struct{ *phase }

func (l leaving) isolate(ctx context.Context) (lifecycle.IsolateResult, error) {
	accountID, err := l.account(ctx)
	if final(err) {
		// Without the account nothing can be cut: this is tried again, not passed over.
		return lifecycle.IsolateResult{}, refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewIdentity, Question: "The leaver's account cannot be looked up on the platform: " + err.Error(),
		})
	}
	if err != nil || accountID == "" {
		return lifecycle.IsolateResult{NoAccount: err == nil}, err
	}
	if err := l.record(ctx, func(p *store.PersonTx) error {
		platform := l.a.platform.Name()
		change := store.AgentChange{Platform: &platform, PlatformUserID: &accountID, State: new(lifecycle.Isolating)}
		return p.UpdateAgent(change)
	}); err != nil {
		return lifecycle.IsolateResult{}, err
	}
	kept, err := l.keepSnapshot(ctx, accountID)
	if err != nil {
		return lifecycle.IsolateResult{}, err
	}
	before, err := l.cutFrom(ctx, accountID)
	if err != nil {
		if ccaas.IsKind(err, ccaas.KindNotFound) {
			return lifecycle.IsolateResult{NoAccount: true}, l.gone(ctx, accountID)
		}
		return lifecycle.IsolateResult{}, err
	}
	account, err := l.unroutable(ctx, accountID)
	if err != nil {
		return lifecycle.IsolateResult{}, err
	}
	training := inTraining(before.Presence) || account.State == ccaas.Active && inTraining(kept.Presence)
	return lifecycle.IsolateResult{Live: account.Live, Training: training}, l.isolated(ctx, account)
}

// isolated records what was read back. The relay need not ring before the drain must have ended.
func (l leaving) isolated(ctx context.Context, account ccaas.Account) error {
	return l.a.inOperation(ctx, l.in, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		if err := p.UpdateAgent(store.AgentChange{State: new(lifecycle.Draining)}); err != nil {
			return err
		}
		if err := p.RingAt(person.RingSeq, time.Now().Add(ringAgainInDrain(l.plan))); err != nil {
			return err
		}
		return l.note(p, "account.unroutable", fmt.Sprintf("read back unroutable: no queue joined, offline; %d conversations running", max(account.Live, 0)))
	})
}

// keepSnapshot keeps what the account is before the first write, for the archive and for a reversal, and returns what is kept; an attempt
// that finds one leaves it. An account whose access was taken away before, by a leave or by a termination that was interrupted, and not
// given back since is kept as it was before that. It never holds up the cut: what cannot be read now is read when the archive is written.
func (l leaving) keepSnapshot(ctx context.Context, accountID string) (kept lifecycle.Snapshot, err error) {
	body, err := l.keptBefore(ctx, accountID)
	if err != nil {
		return kept, err
	}
	if body == nil {
		account, err := l.a.platform.Account(ctx, accountID, ccaas.Everything)
		if err != nil {
			return kept, nil //nolint:nilerr // the cut says what is wrong with the account, if it is more than a hiccup
		}
		if body, err = json.Marshal(l.snapshotOf(ctx, account)); err != nil {
			return kept, fmt.Errorf("write the snapshot: %w", err)
		}
	}
	if err := l.record(ctx, func(p *store.PersonTx) error { return p.SaveSnapshot(l.in.Generation, body) }); err != nil {
		return kept, err
	}
	if err := json.Unmarshal(body, &kept); err != nil {
		return kept, fmt.Errorf("read the snapshot: %w", err)
	}
	return kept, nil
}

// keptBefore is the snapshot of an earlier attempt, else that of an earlier termination since which nobody has had the account back; nil:
// there is neither.
func (l leaving) keptBefore(ctx context.Context, accountID string) (body json.RawMessage, err error) {
	if l.attempt > 1 {
		if kept, err := l.a.store.Snapshot(ctx, l.in.PersonID, l.in.Generation); !errors.Is(err, store.ErrNotFound) {
			return kept.Body, err
		}
	}
	err = l.record(ctx, func(p *store.PersonTx) error {
		kept, err := p.LastAtWork(accountID, l.in.Generation)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		body = kept.Body
		return err
	})
	return body, err
}

// gone records that a linked account is not on the platform any more, in no state.
func (l leaving) gone(ctx context.Context, accountID string) error {
	return l.record(ctx, func(p *store.PersonTx) error {
		if err := p.UpdateAgent(store.AgentChange{PlatformUserID: new("")}); err != nil {
			return err
		}
		return l.note(p, "account.gone", "account "+accountID+" is not on the platform any more")
	})
}

// account is the person's account: linked, or found and certain. An account that may be someone else's is a question for a
// person, never a guess.
func (l leaving) account(ctx context.Context) (string, error) {
	if linked := l.person.Agent.PlatformUserID; linked != "" {
		return linked, nil
	}
	byExternalID, err := l.findByExternalID(ctx)
	if err != nil {
		return "", err
	}
	var byEmail []ccaas.Account
	if byExternalID == nil && l.hr.Email != "" {
		if byEmail, err = l.a.platform.AccountsByEmail(ctx, l.hr.Email); err != nil {
			return "", err
		}
	}
	d := lifecycle.Identify(l.identity(false), byExternalID, byEmail)
	if d.Claim == lifecycle.ClaimCreate {
		return l.unlinked(ctx)
	}
	return d.AccountID, l.certain(ctx, d)
}

// unlinked is the account that a hire created and could not link any more, since this termination took the person over or the
// answer was lost. While the search may not show it yet, there being none is no answer. Empty: there is none.
func (l leaving) unlinked(ctx context.Context) (string, error) {
	if created, err := l.a.store.CreatedAccount(ctx, l.in.PersonID); err != nil || created != "" {
		return created, err
	}
	tried, err := l.a.store.CreationAttempted(ctx, l.in.PersonID)
	if err != nil || !tried || l.attempt >= indexPatience {
		return "", err
	}
	return "", notYet("the account that a hire asked for may exist and not be found yet", patientPause(l.attempt))
}

// cutIfJoined isolates again whoever has joined again.
func (l leaving) cutIfJoined(ctx context.Context, accountID string) error {
	joined, err := l.a.platform.QueueIDs(ctx, accountID, true)
	if err != nil || len(joined) == 0 {
		return err
	}
	return l.cut(ctx, accountID)
}

// cut unjoins every queue the account is a member of, ours or not, and takes it off queue. It does so too where the account is not
// shown as joined: a join that was answered a moment before this termination took over takes effect later.
func (l leaving) cut(ctx context.Context, accountID string) error {
	_, err := l.cutFrom(ctx, accountID)
	return err
}

// cutFrom is cut; it returns the account as it was before.
func (l leaving) cutFrom(ctx context.Context, accountID string) (ccaas.Account, error) {
	account, err := l.a.platform.Account(ctx, accountID, ccaas.Want{Queues: true})
	if err != nil || account.State != ccaas.Active {
		return account, err
	}
	var member []string
	for _, q := range account.Queues {
		member = append(member, q.QueueID)
	}
	if err := l.unjoin(ctx, accountID, member); err != nil {
		return account, err
	}
	return account, l.writer.Offline(ctx, accountID)
}

// unroutable reads back that no work can reach the account: no queue joined, presence offline, off queue. One that is joined
// again meanwhile is unjoined again.
func (l leaving) unroutable(ctx context.Context, accountID string) (account ccaas.Account, err error) {
	err = l.until(ctx, "the isolation", func(ctx context.Context) (string, error) {
		account, err = l.a.platform.Account(ctx, accountID, ccaas.Want{Queues: true})
		if err != nil {
			return "", err
		}
		if account.State != ccaas.Active {
			return "", nil
		}
		if joined := joinedQueues(account); len(joined) > 0 {
			return fmt.Sprintf("joined to %d queues", len(joined)), l.unjoin(ctx, accountID, joined)
		}
		if account.Presence != "" && !strings.EqualFold(account.Presence, "Offline") {
			return "presence " + account.Presence, nil
		}
		return "", nil
	})
	return account, err
}
