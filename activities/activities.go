// Package activities holds the side effects the workflows ask for: local activities that decide on the person's record in
// PostgreSQL, and one activity for each phase of an operation on the platform. What to do is decided by pure functions of
// lifecycle, hr and mapping; here it is done, read back and recorded.
package activities

import (
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"muster/archive"
	"muster/ccaas"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

// Activities are the side effects, over one platform account and one database.
type Activities struct {
	store     *store.Store
	platform  ccaas.Platform
	registry  *registry
	workflows Workflows
	archive   *archive.Bucket
	drains    *drainWatch
	// rolloutPace is how fast changes of the rules are rolled out.
	rolloutPace lifecycle.RolloutPace
	// guardLimits are the limits that a version of the registry sets.
	guardLimits func(*mapping.Registry) lifecycle.GuardLimits
}

// New wires the activities. workflows tells whether a workflow still runs; leavers are archived in bucket.
func New(s *store.Store, platform ccaas.Platform, workflows Workflows, bucket *archive.Bucket, options ...Option) *Activities {
	a := &Activities{
		store: s, platform: platform, registry: newRegistry(s), workflows: workflows, drains: newDrainWatch(platform), archive: bucket,
		rolloutPace: lifecycle.DefaultRolloutPace(), guardLimits: lifecycle.GuardLimitsOf,
	}
	for _, option := range options {
		option(a)
	}
	return a
}

// RegisterLocal registers the activities that touch PostgreSQL only; they run inside workflow tasks.
func (a *Activities) RegisterLocal(r worker.ActivityRegistry) {
	register(r, map[string]any{
		names.ActivityDecide:       a.Decide,
		names.ActivityMakePlan:     a.MakePlan,
		names.ActivityPark:         a.Park,
		names.ActivityTakeReview:   a.TakeReview,
		names.ActivityOpenApproval: a.OpenApproval,
		names.ActivityTakeApproval: a.TakeApproval,
		names.ActivityAttention:    a.RaiseAttention,
		names.ActivityFinish:       a.Finish,
		names.ActivityGrace:        a.LookAtGrace,
		names.ActivityLeverSignal:  a.TakeLeverSignal,
	})
}

// RegisterPlatform registers the phases of joiners and movers, and what is done with leavers once their access is cut.
func (a *Activities) RegisterPlatform(r worker.ActivityRegistry) {
	register(r, map[string]any{
		names.ActivityIdentity:     a.EstablishIdentity,
		names.ActivityEntitlements: a.PrepareEntitlements,
		names.ActivityJoin:         a.Join,
		names.ActivityChange:       a.Change,
		names.ActivityArchive:      a.Archive,
		names.ActivityDelete:       a.Delete,
		names.ActivityErase:        a.Erase,
	})
}

// RegisterLeaver registers the phases of leavers, who have a worker of their own.
func (a *Activities) RegisterLeaver(r worker.ActivityRegistry) {
	register(r, map[string]any{
		names.ActivityIsolate:      a.Isolate,
		names.ActivityKeepIsolated: a.KeepIsolated,
		names.ActivityHandOver:     a.HandOver,
		names.ActivityDeactivate:   a.Deactivate,
	})
}

// RegisterDrain registers the wait for leavers' running conversations, which has a worker of its own too: it lasts minutes.
func (a *Activities) RegisterDrain(r worker.ActivityRegistry) {
	register(r, map[string]any{names.ActivityDrain: a.Drain})
}

// RegisterRecord registers long work on PostgreSQL alone, which has a worker of its own: nobody's mailbox waits for it.
func (a *Activities) RegisterRecord(r worker.ActivityRegistry) {
	register(r, map[string]any{names.ActivityCarryOutRollout: a.CarryOutRollout})
}

func register(r worker.ActivityRegistry, activities map[string]any) {
	for name, function := range activities {
		r.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: name})
	}
}
