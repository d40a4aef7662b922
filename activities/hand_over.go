package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// HandOver takes what is left of a leaver's live work out of their hands, at most for the window, and lists what nobody could take. It
// holds up no cut-off: what fails is put on record and the workflow goes on.
func (a *Activities) HandOver(ctx context.Context, in lifecycle.HandOverInput) (lifecycle.HandOverResult, error) {
	var result lifecycle.HandOverResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in.PhaseInput)
		if err != nil {
			return err
		}
		h, err := newHandOver(ctx, ph)
		if err != nil {
			return err
		}
		result, err = h.run(ctx, time.Now().Add(in.Window))
		return err
	})
	return result, boundary(err)
}

// handOver is one leaver's hand-over.
type handOver struct {
	leaving
	accountID string
	queues    []string
	managerID string
	// used are the steps that brought nothing, by conversation leg; accepted is the step that the platform took last, which gets one
	// more look before it counts as used.
	used     map[string]map[lifecycle.Step]bool
	accepted map[string]lifecycle.Step
	result   lifecycle.HandOverResult
}

func newHandOver(ctx context.Context, ph *phase) (*handOver, error) {
	h := &handOver{
		leaving: leaving{ph}, accountID: ph.person.Agent.PlatformUserID,
		used: map[string]map[lifecycle.Step]bool{}, accepted: map[string]lifecycle.Step{},
	}
	// A registry or platform that cannot say where the department's work goes leaves the queue the work came through.
	if target, _, err := ph.target(ctx); err == nil {
		h.queues = target.QueueIDs
	}
	var err error
	h.managerID, err = ph.managerAtWork(ctx)
	return h, err
}

// managerAtWork is the platform id of a manager who is active with us and not leaving; empty if there is none.
func (ph *phase) managerAtWork(ctx context.Context) (string, error) {
	if ph.hr.ManagerExternalID == "" {
		return "", nil
	}
	manager, err := ph.a.store.Agent(ctx, ph.hr.ManagerExternalID)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) || err == nil && (manager.State != lifecycle.Active || manager.Operation == lifecycle.Termination) {
		return "", nil
	}
	return manager.PlatformUserID, err
}

// handOverPause is how long the platform gets to carry out what it accepted.
const handOverPause = time.Second

func (h *handOver) run(ctx context.Context, deadline time.Time) (lifecycle.HandOverResult, error) {
	for {
		left, err := h.round(ctx)
		if ctx.Err() != nil {
			return h.result, ctx.Err()
		}
		if err == nil && len(left) == 0 || final(err) || !time.Now().Before(deadline) {
			return h.result, h.conclude(ctx, left, err)
		}
		select {
		case <-ctx.Done():
			return h.result, ctx.Err()
		case <-time.After(handOverPause):
		}
	}
}

// round looks at what is left and takes the next step for each; an agent who has joined again would only be given it back.
func (h *handOver) round(ctx context.Context) ([]ccaas.LiveWork, error) {
	left, err := h.a.platform.LiveWork(ctx, h.accountID)
	if err != nil {
		return nil, err
	}
	h.result.Left = len(left)
	if len(left) > 0 {
		if err := h.cutIfJoined(ctx, h.accountID); err != nil {
			return left, err
		}
	}
	for _, w := range left {
		if err := h.handle(ctx, w); err != nil {
			return left, err
		}
	}
	return left, nil
}

// handle takes the next step for a piece of work. What fails in a way that passes is tried again; what is refused for good, or was
// accepted and brought nothing, is used up.
func (h *handOver) handle(ctx context.Context, w ccaas.LiveWork) error {
	leg := w.ConversationID + "/" + w.ParticipantID
	if h.used[leg] == nil {
		h.used[leg] = map[lifecycle.Step]bool{}
	}
	if step, looking := h.accepted[leg]; looking {
		delete(h.accepted, leg)
		h.used[leg][step] = true
		return nil
	}
	for _, step := range lifecycle.HandOver(w, h.queues, h.managerID) {
		if h.used[leg][step] {
			continue
		}
		err := h.take(ctx, w, step)
		var refused *ccaas.Error
		switch {
		case err == nil:
			h.accepted[leg] = step
		case final(err):
			h.used[leg][step] = true
		case !errors.As(err, &refused):
			return err
		}
		return nil
	}
	return nil
}

func (h *handOver) take(ctx context.Context, w ccaas.LiveWork, step lifecycle.Step) error {
	var err error
	count := &h.result.WrappedUp
	switch step.Handling {
	case lifecycle.ToQueue:
		count, err = &h.result.ToQueue, h.writer.HandOverToQueue(ctx, h.accountID, w, step.TargetID)
	case lifecycle.ToAgent:
		count, err = &h.result.ToAgent, h.writer.HandOverToAgent(ctx, h.accountID, w, step.TargetID)
	case lifecycle.EndLeg:
		err = h.writer.Disconnect(ctx, h.accountID, w)
	}
	if err == nil {
		*count++
	}
	return err
}

// conclude puts the outcome on record; what stayed with the leaver is a review of its own, which outlives the operation.
func (h *handOver) conclude(ctx context.Context, left []ccaas.LiveWork, cause error) error {
	text := fmt.Sprintf("live work: %d to queues, %d to the manager, %d ended, %d left", h.result.ToQueue, h.result.ToAgent, h.result.WrappedUp, len(left))
	if cause != nil {
		text = "live work could not be read: " + string(kindOf(cause))
	}
	return h.record(ctx, func(p *store.PersonTx) error {
		if err := h.note(p, "account.handed_over", text); err != nil || len(left) == 0 && cause == nil {
			return err
		}
		detail := map[string]string{}
		for i, w := range left {
			detail[fmt.Sprintf("conversation_%d", i+1)] = fmt.Sprintf("%s (%s, %s)", w.ConversationID, w.Media, w.State)
		}
		_, err := p.OpenReview(store.Review{
			Kind: lifecycle.ReviewLiveWork, Detail: object(detail), DedupeKey: h.workflowID(),
			Question: fmt.Sprintf("When the access of a leaver was cut, %s. Look after the customers, then settle this.", text),
		})
		return err
	})
}

// final says that asking again would bring the same answer.
func final(err error) bool {
	switch kindOf(err) {
	case ccaas.KindForbidden, ccaas.KindInvalid, ccaas.KindNotFound:
		return true
	case ccaas.KindConflict, ccaas.KindEmailTaken, ccaas.KindExtensionTaken, ccaas.KindNoSeat, ccaas.KindRateLimited, ccaas.KindUnauthorized, ccaas.KindUnavailable:
	}
	return false
}

func kindOf(err error) ccaas.Kind {
	var e *ccaas.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
