package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// HandOver takes what is left of a leaver's live work out of their hands, at most for the window, and lists what nobody could take. It
// holds up no cut-off: what fails is put on record and the workflow goes on.
func (a *Activities) HandOver(ctx context.Context, in lifecycle.HandOverInput) (lifecycle.HandOverResult, error) {
	// The window begins with the first attempt, and a second one goes on with it.
	deadline := time.Now().Add(in.Window)
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &deadline); err != nil {
			return lifecycle.HandOverResult{}, boundary(fmt.Errorf("reading the hand-over's deadline: %w", err))
		}
	}
	var result lifecycle.HandOverResult
	err := beatingWith(ctx, deadline, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in.PhaseInput)
		if err != nil {
			return err
		}
		h := newHandOver(ph)
		err = h.run(ctx, deadline)
		result = h.result
		return err
	})
	return result, boundary(err)
}

// handOver is one leaver's hand-over.
type handOver struct {
	leaving
	accountID string
	takers    *takers
	// used are the steps that brought nothing, by conversation leg; accepted is the step that the platform took last, which gets one
	// more look before it counts as used.
	used     map[string]map[lifecycle.Step]bool
	accepted map[string]lifecycle.Step
	// left is what the last look showed; read says that there was one.
	left   []ccaas.LiveWork
	read   bool
	result lifecycle.HandOverResult
}

func newHandOver(ph *phase) *handOver {
	return &handOver{
		leaving: leaving{ph}, accountID: ph.person.Agent.PlatformUserID, takers: newTakers(ph),
		used: map[string]map[lifecycle.Step]bool{}, accepted: map[string]lifecycle.Step{},
	}
}

// handOverPause is how long the platform gets to carry out what it accepted.
const handOverPause = time.Second

// errWindowOver is why live work may not have been read at all: the platform did not answer within the window.
var errWindowOver = &ccaas.Error{Kind: ccaas.KindUnavailable, Op: "live_work.read", Message: "no answer within the window"}

// run makes rounds until nothing is left or left to try, a refusal for good, or the deadline, which also ends a round in the middle: the
// access is cut then, whatever the platform still owes an answer to.
func (h *handOver) run(ctx context.Context, deadline time.Time) error {
	window, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	for {
		more, err := h.round(window)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrFenced):
			return err
		case window.Err() != nil && !h.read:
			return h.conclude(ctx, errWindowOver)
		case window.Err() != nil:
			return h.conclude(ctx, nil)
		case final(err) || err == nil && !more:
			return h.conclude(ctx, err)
		}
		waitAtMost(window, max(handOverPause, retryAfter(err)))
	}
}

// round looks at what is left and takes the next step for each, and reports whether another round may bring more; an agent who has
// joined again would only be given it back.
func (h *handOver) round(ctx context.Context) (more bool, err error) {
	left, err := h.a.platform.LiveWork(ctx, h.accountID)
	if err != nil {
		return true, err
	}
	h.left, h.read = left, true
	h.result.Left = len(left)
	if len(left) > 0 {
		// A refusal is no reason not to hand over; the deactivation cuts what this could not.
		if err := h.cutIfJoined(ctx, h.accountID); err != nil && !final(err) {
			return true, err
		}
	}
	for _, w := range left {
		open, err := h.handle(ctx, w)
		if err != nil {
			return true, err
		}
		more = more || open
	}
	return more, nil
}

// handle takes the next step for a piece of work and reports whether it is worth another look. What fails in a way that passes is tried
// again; what is refused for good, or was accepted and brought nothing, is used up.
func (h *handOver) handle(ctx context.Context, w ccaas.LiveWork) (open bool, err error) {
	leg := w.ConversationID + "/" + w.ParticipantID
	if h.used[leg] == nil {
		h.used[leg] = map[lifecycle.Step]bool{}
	}
	if step, looking := h.accepted[leg]; looking {
		delete(h.accepted, leg)
		h.used[leg][step] = true
		return true, nil
	}
	step, found, err := h.next(ctx, w, h.used[leg])
	if err == nil && !found {
		// What alerts is answered or ends, and then is another thing.
		return !lifecycle.Transferable(w), nil
	}
	if err == nil {
		switch err = h.take(ctx, w, step); {
		case err == nil:
			h.accepted[leg] = step
		case final(err):
			h.used[leg][step] = true
			return true, nil
		}
	}
	var passing *ccaas.Error
	if errors.As(err, &passing) {
		return true, nil
	}
	return true, err
}

// next is the first step that has not been used up. Who else could take it is found out only when no queue known by then could.
func (h *handOver) next(ctx context.Context, w ccaas.LiveWork, used map[lifecycle.Step]bool) (step lifecycle.Step, found bool, err error) {
	var known lifecycle.Takers
	first := func() bool {
		steps := lifecycle.HandOver(w, known)
		i := slices.IndexFunc(steps, func(s lifecycle.Step) bool { return !used[s] })
		if found = i >= 0; found {
			step = steps[i]
		}
		return found && step.Handling == lifecycle.ToQueue || !lifecycle.Transferable(w)
	}
	if first() {
		return step, found, nil
	}
	if known.Queues, err = h.takers.departmentQueues(ctx); err != nil || first() {
		return step, found, err
	}
	if known.ManagerID, err = h.takers.manager(ctx); err != nil {
		return step, found, err
	}
	if known.Supervisors, err = h.takers.supervisorsOf(ctx, w.QueueID); err != nil {
		return step, found, err
	}
	first()
	return step, found, nil
}

func (h *handOver) take(ctx context.Context, w ccaas.LiveWork, step lifecycle.Step) error {
	var err error
	count := &h.result.WrappedUp
	switch step.Handling {
	case lifecycle.ToQueue:
		count, err = &h.result.ToQueue, h.writer.HandOverToQueue(ctx, h.accountID, w, step.TargetID)
	case lifecycle.ToAgent:
		count, err = &h.result.ToAgent, h.writer.HandOverToAgent(ctx, h.accountID, w, step.TargetID)
	case lifecycle.ToSupervisor:
		count, err = &h.result.ToSupervisor, h.writer.HandOverToAgent(ctx, h.accountID, w, step.TargetID)
	case lifecycle.EndLeg:
		err = h.writer.Disconnect(ctx, h.accountID, w)
	}
	if err == nil {
		*count++
	}
	return err
}

// conclude puts the outcome on record; what stayed with the leaver is a review of its own, which outlives the operation.
func (h *handOver) conclude(ctx context.Context, cause error) error {
	text := h.outcome()
	if cause != nil {
		text = "live work could not be read: " + string(kindOf(cause))
	}
	return h.record(ctx, func(p *store.PersonTx) error {
		if err := h.note(p, "account.handed_over", text); err != nil || len(h.left) == 0 && cause == nil {
			return err
		}
		detail := map[string]string{}
		for i, w := range h.left {
			detail[fmt.Sprintf("conversation_%d", i+1)] = fmt.Sprintf("%s (%s, %s)", w.ConversationID, w.Media, w.State)
		}
		_, err := p.OpenReview(store.Review{
			Kind: lifecycle.ReviewLiveWork, Detail: object(detail), DedupeKey: h.workflowID(),
			Question: fmt.Sprintf("When the access of a leaver was cut, %s. Look after the customers, then settle this.", text),
		})
		return err
	})
}

func (h *handOver) outcome() string {
	text := fmt.Sprintf("live work: %d to queues, %d to the manager, ", h.result.ToQueue, h.result.ToAgent)
	if h.result.ToSupervisor > 0 {
		text += fmt.Sprintf("%d to other supervisors, ", h.result.ToSupervisor)
	}
	return text + fmt.Sprintf("%d ended, %d left", h.result.WrappedUp, len(h.left))
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
