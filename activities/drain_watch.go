package activities

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/ccaas"
)

// drainWatch looks at the accounts of all the people who drain in this process together: one read for how much live work they all
// have, and one each for the queues of those who are still to be waited for. A drain asks for one look at a time; all that were
// asked for since the last round are taken together, and nobody waits for another's look or loses one by another's error.
type drainWatch struct {
	platform drainReader
	// every is the time from one round to the next; gather is how long a look that is wanted at once waits for company.
	every, gather time.Duration

	mu      sync.Mutex
	waiting []drainAsk
	// next is when the round comes that is scheduled; zero: none is.
	next  time.Time
	timer *time.Timer
}

// drainReader is what the watch reads of a platform.
type drainReader interface {
	Standings(ctx context.Context, ids []string) (map[string]ccaas.Standing, error)
	Account(ctx context.Context, id string, want ccaas.Want) (ccaas.Account, error)
	QueueIDs(ctx context.Context, id string, joined bool) ([]string, error)
}

const (
	// drainPoll is how often the live work of leavers is looked at.
	drainPoll = 5 * time.Second
	// drainGather is how long somebody who begins to drain waits for others who begin in the same moment.
	drainGather = 20 * time.Millisecond
	// drainRound bounds a round, whatever the platform does.
	drainRound = 20 * time.Second
	// drainReads is how many reads a round has in flight: half of what the platform allows a process, since the isolation of whoever
	// leaves meanwhile must not wait for those who have left already.
	drainReads = 5
)

func newDrainWatch(platform drainReader) *drainWatch {
	return &drainWatch{platform: platform, every: drainPoll, gather: drainGather}
}

// drainLook is what a look at a draining person shows.
type drainLook struct {
	// Active: the account can still have live work. One that somebody has deactivated or deleted meanwhile has none.
	Active bool
	// Live counts live conversations; -1: the platform does not say.
	Live int
	// Presence is the system presence; empty when the platform does not say.
	Presence string
	// Joined are the queues the person has joined again.
	Joined []string
}

// over says that there is nothing left to wait for: no live work, of which a training is part.
func (l drainLook) over() bool { return !l.Active || l.Live == 0 && !inTraining(l.Presence) }

// inTraining says that a system presence is one of training. It is all that the platform tells of one.
func inTraining(presence string) bool { return strings.EqualFold(presence, "Training") }

// drainAsk is one person's wish for a look.
type drainAsk struct {
	accountID string
	answer    chan drainAnswer
	// gone ends when nobody waits for the answer any more.
	gone <-chan struct{}
}

type drainAnswer struct {
	look drainLook
	err  error
}

// look returns what the next round shows of an account; with soon, a round is made for it at once. It fails when ctx ends first. A look
// that comes with an error may know how much work there is, and then is Active.
func (w *drainWatch) look(ctx context.Context, accountID string, soon bool) (drainLook, error) {
	ask := drainAsk{accountID: accountID, answer: make(chan drainAnswer, 1), gone: ctx.Done()}
	w.ask(ask, soon)
	select {
	case <-ctx.Done():
		return drainLook{}, ctx.Err()
	case answer := <-ask.answer:
		return answer.look, answer.err
	}
}

func (w *drainWatch) ask(ask drainAsk, soon bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, ask)
	now := time.Now()
	// Everybody's ordinary looks fall on the same instants, which is what brings them together.
	at := now.Truncate(w.every).Add(w.every)
	if soon {
		at = now.Add(w.gather)
	}
	if !w.next.IsZero() && !at.Before(w.next) {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.next = at
	w.timer = time.AfterFunc(at.Sub(now), w.round)
}

// round answers everybody who waits for a look.
func (w *drainWatch) round() {
	asks := w.take()
	if len(asks) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainRound)
	defer cancel()
	standings, err := w.standings(ctx, asks)
	var looks errgroup.Group
	looks.SetLimit(drainReads)
	for _, ask := range asks {
		looks.Go(func() error {
			look, lookErr := drainLook{}, err
			if err == nil {
				look, lookErr = w.lookAt(ctx, ask.accountID, standings)
			}
			ask.answer <- drainAnswer{look, lookErr}
			return nil
		})
	}
	_ = looks.Wait() // the looks answer for themselves
}

// take returns the wishes that somebody still waits for; the next one makes a new round.
func (w *drainWatch) take() []drainAsk {
	w.mu.Lock()
	defer w.mu.Unlock()
	asks := slices.DeleteFunc(w.waiting, func(ask drainAsk) bool {
		select {
		case <-ask.gone:
			return true
		default:
			return false
		}
	})
	w.waiting, w.next, w.timer = nil, time.Time{}, nil
	return asks
}

// standings reads all accounts of a round at once. A refusal may be about one of them only: then nobody's is known, and each is read
// by itself.
func (w *drainWatch) standings(ctx context.Context, asks []drainAsk) (map[string]ccaas.Standing, error) {
	ids := make([]string, 0, len(asks))
	for _, ask := range asks {
		ids = append(ids, ask.accountID)
	}
	standings, err := w.platform.Standings(ctx, ids)
	if final(err) {
		return nil, nil
	}
	return standings, err
}

func (w *drainWatch) lookAt(ctx context.Context, accountID string, standings map[string]ccaas.Standing) (drainLook, error) {
	standing, known := standings[accountID]
	look := drainLook{Active: standing.State == ccaas.Active, Live: standing.Live, Presence: standing.Presence}
	if !known {
		account, err := w.platform.Account(ctx, accountID, ccaas.Want{})
		if err != nil {
			return drainLook{}, err
		}
		look = drainLook{Active: account.State == ccaas.Active, Live: account.Live, Presence: account.Presence}
	}
	if !look.Active {
		return look, nil
	}
	// Where the queues cannot be read, how much work there is still counts.
	var err error
	look.Joined, err = w.platform.QueueIDs(ctx, accountID, true)
	return look, err
}
