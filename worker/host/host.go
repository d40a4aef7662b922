package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"muster/activities"
	"muster/archive"
	"muster/ccaas/genesys"
	"muster/names"
	"muster/reconcile/carryout"
	"muster/store"
	"muster/worker/catalogue"
	"muster/worker/schedule"
	"muster/workflows"
)

// recordSlots bounds the long works on PostgreSQL that run at once in a process: each walks over everybody.
const recordSlots = 4

// reconcileSlots bounds what reads the platform for reconciliations at once: one of everybody, and some of one person.
const reconcileSlots = 4

// stickyCache is set once per process: the SDK keeps it for all workers together.
var stickyCache sync.Once

// Run hosts the workers until ctx ends, then stops them gracefully. It waits for PostgreSQL and Temporal to come up.
func Run(ctx context.Context, config Config, logger *slog.Logger) error {
	stickyCache.Do(func() { worker.SetStickyWorkflowCacheSize(config.StickyCache) })
	database, err := await(ctx, logger, "PostgreSQL", func(ctx context.Context) (*store.Store, error) {
		return openMigrated(ctx, config.DatabaseURL)
	})
	if err != nil {
		return err
	}
	defer database.Close()
	temporal, err := await(ctx, logger, "Temporal", func(ctx context.Context) (client.Client, error) { return dial(ctx, logger) })
	if err != nil {
		return err
	}
	defer temporal.Close()
	platform, err := genesys.New(genesys.Config{
		LoginURL: config.GenesysLoginURL, APIURL: config.GenesysAPIURL,
		ClientID: config.GenesysClientID, ClientSecret: config.GenesysClientSecret,
		ExternalIDAuthority: config.GenesysAuthority, Logger: logger,
	})
	if err != nil {
		return fmt.Errorf("configuring Genesys Cloud: %w", err)
	}

	bucket, err := archive.Open(ctx, config.ArchiveURL)
	if err != nil {
		return fmt.Errorf("MUSTER_ARCHIVE_URL: %w", err)
	}
	defer func() { _ = bucket.Close() }()

	reconciling, err := newCarryout(config, database, platform, temporal, logger)
	if err != nil {
		return err
	}

	group, ctx := errgroup.WithContext(ctx)
	workers := newWorkers(temporal, config, activities.New(database, platform, openWorkflows{temporal}, bucket), reconciling, group)
	for _, w := range workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("starting a worker: %w", err)
		}
		defer w.Stop()
	}
	group.Go(func() error {
		database.RunSequencer(ctx, logger)
		return nil
	})
	keeper := catalogue.New(database, platform, catalogue.DefaultPace(), logger)
	group.Go(func() error {
		keeper.Run(ctx)
		return nil
	})
	nightly := schedule.New(database, temporal, schedule.Spec{
		Cron: config.ReconcileCron, TimeZone: config.ReconcileTimeZone, Version: config.ReconcileVersion,
	}, schedule.DefaultPace(), logger)
	group.Go(func() error {
		nightly.Run(ctx)
		return nil
	})
	group.Go(func() error { return serveHealth(ctx, config.Listen, database, temporal, platform) })
	logger.Info("worker ready", "listen", config.Listen)
	return group.Wait()
}

func newWorkers(
	temporal client.Client, config Config, a *activities.Activities, reconciling *carryout.Carryout, group *errgroup.Group,
) []worker.Worker {
	options := func() worker.Options {
		return worker.Options{
			WorkerStopTimeout:           config.StopTimeout,
			DisableRegistrationAliasing: true,
			OnFatalError:                func(err error) { group.Go(func() error { return fmt.Errorf("worker: %w", err) }) },
		}
	}
	deciding := options()
	deciding.LocalActivityWorkerOnly = true
	// Each local activity holds one connection to PostgreSQL; more of them than connections would only wait there instead of here.
	deciding.MaxConcurrentLocalActivityExecutionSize = 20
	// Pollers of their own for new workflows: with the SDK's fixed number, a burst can leave every poller with the workflows in the
	// cache, and a person whose mailbox is not among them then waits a whole poll, a minute.
	deciding.WorkflowTaskPollerBehavior = worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{
		MinimumNumberOfPollers: 2, MaximumNumberOfPollers: 20,
	})
	workflowWorker := worker.New(temporal, names.QueueMuster, deciding)
	workflows.Register(workflowWorker)
	a.RegisterLocal(workflowWorker)

	joining := options()
	joining.DisableWorkflowWorker = true
	joining.MaxConcurrentActivityExecutionSize = config.PlatformSlots
	platformWorker := worker.New(temporal, names.QueueGenesys, joining)
	a.RegisterPlatform(platformWorker)

	leaving := options()
	leaving.DisableWorkflowWorker = true
	leaving.MaxConcurrentActivityExecutionSize = config.LeaverSlots
	leaverWorker := worker.New(temporal, names.QueueGenesysLeaver, leaving)
	a.RegisterLeaver(leaverWorker)

	draining := options()
	draining.DisableWorkflowWorker = true
	draining.MaxConcurrentActivityExecutionSize = config.DrainSlots
	drainWorker := worker.New(temporal, names.QueueGenesysDrain, draining)
	a.RegisterDrain(drainWorker)

	recording := options()
	recording.DisableWorkflowWorker = true
	recording.MaxConcurrentActivityExecutionSize = recordSlots
	recordWorker := worker.New(temporal, names.QueueRecord, recording)
	a.RegisterRecord(recordWorker)
	reconciling.RegisterRecord(recordWorker)

	comparing := options()
	comparing.DisableWorkflowWorker = true
	comparing.MaxConcurrentActivityExecutionSize = reconcileSlots
	reconcileWorker := worker.New(temporal, names.QueueReconcile, comparing)
	reconciling.RegisterPlatform(reconcileWorker)
	return []worker.Worker{workflowWorker, platformWorker, leaverWorker, drainWorker, recordWorker, reconcileWorker}
}

func openMigrated(ctx context.Context, url string) (*store.Store, error) {
	database, err := store.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := database.Ping(ctx); err != nil {
		database.Close()
		return nil, err
	}
	return database, nil
}

func dial(ctx context.Context, logger *slog.Logger) (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, fmt.Errorf("reading TEMPORAL_*: %w", err)
	}
	options.Logger = log.NewStructuredLogger(logger)
	return client.DialContext(ctx, options)
}

// openWorkflows answers activities.Workflows from Temporal.
type openWorkflows struct{ client client.Client }

func (o openWorkflows) IsRunning(ctx context.Context, workflowID string) (bool, error) {
	description, err := o.client.DescribeWorkflowExecution(ctx, workflowID, "")
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return description.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}
