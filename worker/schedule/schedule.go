// Package schedule keeps the Schedule that starts the nightly reconciliation as it is configured, and keeps in the record when it begins
// next, so that a reconciliation that did not begin is noticed without Temporal.
package schedule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"muster/names"
	"muster/store"
)

// Spec is how the Schedule is to be. It is compared by its hash, so whatever changes its meaning changes that.
type Spec struct {
	// Cron is five fields: minute, hour, day of the month, month, day of the week; in TimeZone, an IANA name.
	Cron     string
	TimeZone string
	// Version is that of the configuration: a lower one than that of the Schedule changes nothing.
	Version int
}

// shape is the form of what is scheduled; another one is another hash.
const shape = 1

// Hash identifies the spec, without its version.
func (s Spec) Hash() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s", shape, s.Cron, s.TimeZone))
	return hex.EncodeToString(sum[:8])
}

// standing is what the Schedule says about itself.
type standing struct {
	hash    string
	version int
}

// replaces says whether the spec takes the place of what stands. It is pure.
func (s Spec) replaces(there standing) bool {
	return s.Hash() != there.hash && s.Version > there.version || there.hash == ""
}

// The memo of the workflows that the Schedule starts, which, unlike its own, can be changed and is not overwritten by who pauses it.
const (
	memoHash    = "spec_hash"
	memoVersion = "configuration_version"
)

// catchUp is how long after its time a reconciliation still begins: after a longer stop the next night is soon enough.
const catchUp = 10 * time.Minute

// Pace says how often the keeper looks.
type Pace struct{ Every, Retry time.Duration }

// DefaultPace is that of a production worker.
func DefaultPace() Pace { return Pace{Every: time.Minute, Retry: 5 * time.Second} }

// Keeper keeps the Schedule.
type Keeper struct {
	store    *store.Store
	temporal client.Client
	spec     Spec
	pace     Pace
	log      *slog.Logger
}

// New makes a keeper; Run starts it.
func New(records *store.Store, temporal client.Client, spec Spec, pace Pace, log *slog.Logger) *Keeper {
	return &Keeper{store: records, temporal: temporal, spec: spec, pace: pace, log: log}
}

// Run brings the Schedule to its spec once, then keeps in the record when it begins next, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	converged := false
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		pause := k.pace.Every
		if err := k.round(ctx, &converged); err != nil && ctx.Err() == nil {
			k.log.WarnContext(ctx, "the schedule of reconciliations could not be kept; it is tried again", "pause", k.pace.Retry, "error", err)
			pause = k.pace.Retry
		}
		timer.Reset(pause)
	}
}

func (k *Keeper) round(ctx context.Context, converged *bool) error {
	if !*converged {
		if err := k.Converge(ctx); err != nil {
			return err
		}
		*converged = true
	}
	return k.Note(ctx)
}

// Converge makes the Schedule, or changes it to the spec where that is of a higher version. That somebody has paused it stays.
func (k *Keeper) Converge(ctx context.Context) error {
	handle := k.temporal.ScheduleClient().GetHandle(ctx, names.ScheduleReconcile)
	described, err := handle.Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return k.create(ctx)
	}
	if err != nil {
		return fmt.Errorf("look at the schedule: %w", err)
	}
	there, err := standingOf(*described)
	if err != nil {
		return err
	}
	if !k.spec.replaces(there) {
		if there.hash != k.spec.Hash() {
			k.log.WarnContext(ctx, "the schedule of reconciliations stays as it is: its configuration is no older (MUSTER_RECONCILE_VERSION)",
				"there", there.version, "here", k.spec.Version)
		}
		return nil
	}
	return k.replace(ctx, handle)
}

func (k *Keeper) create(ctx context.Context) error {
	_, err := k.temporal.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: names.ScheduleReconcile, Spec: *k.spec.times(), Action: k.action(), Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: catchUp,
		Note:          "Compares HR, the record and the platform, as the workers' configuration says.",
	})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) { // another worker was faster
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the schedule: %w", err)
	}
	return nil
}

// replace changes times and action, and nothing else: whether it is paused stays. What is decided on is what stands at that moment.
func (k *Keeper) replace(ctx context.Context, handle client.ScheduleHandle) error {
	err := handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		there, err := standingOf(in.Description)
		if err != nil {
			return nil, err
		}
		if !k.spec.replaces(there) {
			return nil, temporal.ErrSkipScheduleUpdate
		}
		changed := in.Description.Schedule
		changed.Spec, changed.Action = k.spec.times(), k.action()
		return &client.ScheduleUpdate{Schedule: &changed}, nil
	}})
	if err != nil {
		return fmt.Errorf("change the schedule: %w", err)
	}
	return nil
}

func (s Spec) times() *client.ScheduleSpec {
	return &client.ScheduleSpec{CronExpressions: []string{s.Cron}, TimeZoneName: s.TimeZone}
}

func (k *Keeper) action() *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID: names.ScheduleReconcile, Workflow: names.WorkflowReconcileNightly, TaskQueue: names.QueueMuster,
		Memo: map[string]any{memoHash: k.spec.Hash(), memoVersion: k.spec.Version},
	}
}

func standingOf(described client.ScheduleDescription) (there standing, err error) {
	action, is := described.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !is {
		return standing{}, nil
	}
	for name, into := range map[string]any{memoHash: &there.hash, memoVersion: &there.version} {
		payload, said := action.Memo[name].(*commonpb.Payload)
		if !said {
			continue
		}
		if err := converter.GetDefaultDataConverter().FromPayload(payload, into); err != nil {
			return standing{}, fmt.Errorf("read %s of the schedule: %w", name, err)
		}
	}
	return there, nil
}

// Note keeps in the record when the Schedule begins next.
func (k *Keeper) Note(ctx context.Context) error {
	described, err := k.temporal.ScheduleClient().GetHandle(ctx, names.ScheduleReconcile).Describe(ctx)
	if err != nil {
		return fmt.Errorf("look when the schedule begins next: %w", err)
	}
	there, err := standingOf(*described)
	if err != nil {
		return err
	}
	var next time.Time
	if len(described.Info.NextActionTimes) > 0 {
		next = described.Info.NextActionTimes[0]
	}
	return k.store.NoteSchedule(ctx, names.ScheduleReconcile, there.hash, next, described.Schedule.State != nil && described.Schedule.State.Paused)
}
