package workflows

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// ear hears the signals about a leaver that somebody sends by hand from the Temporal UI, at any time of a termination: whoever has no
// other way in must be able to place a hold while the drain goes on. What is heard goes to the record, which accepts or refuses it.
type ear struct {
	in       lifecycle.OperationInput
	channels []leverChannel
	// hearing: a signal is on its way to the record. heard gets an element for each that has arrived there; failed is what stopped it.
	hearing bool
	heard   workflow.Channel
	failed  error
}

type leverChannel struct {
	lever   lifecycle.Lever
	signals workflow.ReceiveChannel
}

// listenForLevers begins to listen.
func listenForLevers(ctx workflow.Context, in lifecycle.OperationInput) *ear {
	e := &ear{in: in, heard: workflow.NewBufferedChannel(ctx, 1)}
	for _, l := range []struct {
		lever  lifecycle.Lever
		signal string
	}{
		{lifecycle.LeverReverse, names.SignalReverse},
		{lifecycle.LeverHold, names.SignalHold},
		{lifecycle.LeverReleaseHold, names.SignalReleaseHold},
		{lifecycle.LeverExpedite, names.SignalExpedite},
		{lifecycle.LeverReschedule, names.SignalReschedule},
		{lifecycle.LeverResume, names.SignalResume},
	} {
		e.channels = append(e.channels, leverChannel{l.lever, workflow.GetSignalChannel(ctx, l.signal)})
	}
	workflow.GoNamed(ctx, "levers", e.listen)
	return e
}

func (e *ear) listen(ctx workflow.Context) {
	for e.failed == nil {
		selector := workflow.NewSelector(ctx)
		for _, c := range e.channels {
			selector.AddReceive(c.signals, func(signals workflow.ReceiveChannel, _ bool) {
				var raw converter.RawValue
				signals.Receive(ctx, &raw)
				e.hearing = true
				e.failed = e.hear(ctx, c.lever, raw)
				e.hearing = false
			})
		}
		selector.Select(ctx)
		e.heard.SendAsync(nil)
	}
}

func (e *ear) hear(ctx workflow.Context, lever lifecycle.Lever, raw converter.RawValue) error {
	in := lifecycle.LeverSignalInput{OperationInput: e.in, Lever: lever, Now: workflow.Now(ctx)}
	in.Readable = converter.GetDefaultDataConverter().FromPayload(cleaned(raw), &in.Signal) == nil
	return takeLeverSignal(ctx, in)
}

// busy says that something was sent that the record does not have yet.
func (e *ear) busy() bool {
	for _, c := range e.channels {
		if c.signals.Len() > 0 {
			return true
		}
	}
	return e.hearing
}

// finish waits until everything that was sent is on record: a signal that nobody reads is lost with the workflow's end.
func (e *ear) finish(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return !e.busy() || e.failed != nil }); err != nil {
		return err
	}
	return e.failed
}
