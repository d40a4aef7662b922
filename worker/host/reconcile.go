package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/names"
	"muster/reconcile"
	"muster/reconcile/carryout"
	"muster/reconcile/remedy"
	"muster/reconcile/source"
	"muster/store"
)

// newCarryout makes what carries reconciliations out, as far as it is configured.
func newCarryout(
	config Config, database *store.Store, platform *genesys.Platform, temporal client.Client, logger *slog.Logger,
) (*carryout.Carryout, error) {
	options := carryout.Options{
		Store: database, Platform: platform, Temporal: openOperations{openWorkflows{temporal}}, Log: logger, Now: time.Now,
	}
	sources, err := source.ReadConfig(config.HRSourcesFile)
	if err != nil {
		return nil, fmt.Errorf("MUSTER_HR_SOURCES_FILE: %w", err)
	}
	options.Sources = sources.Sources
	options.Remedy = remedies{remedy.New(database, severalNamespaces(sources)), database}
	if config.HRSourcesFile == "" {
		logger.Warn("no source of HR's roster is configured (MUSTER_HR_SOURCES_FILE): reconciliations compare with HR's events alone")
	}
	if config.GenesysReaderClientID == "" {
		logger.Warn("no client that lists the platform is configured (MUSTER_GENESYS_READER_CLIENT_ID): reconciliations of everybody are refused")
		return carryout.New(options), nil
	}
	lister, err := genesys.New(genesys.Config{
		LoginURL: config.GenesysLoginURL, APIURL: config.GenesysAPIURL,
		ClientID: config.GenesysReaderClientID, ClientSecret: config.GenesysReaderClientSecret,
		ExternalIDAuthority: config.GenesysAuthority, Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("configuring the client that lists Genesys Cloud: %w", err)
	}
	options.Roster = roster{platform: lister, mayWrite: config.GenesysReaderMayWrite}
	return carryout.New(options), nil
}

// severalNamespaces says whether HR's ids are told apart by namespaces.
func severalNamespaces(config source.Config) bool {
	distinct := map[string]bool{}
	for _, s := range config.Sources {
		distinct[s.Namespace] = true
	}
	return len(distinct) > 1
}

// remedies answers carryout.Remedy.
type remedies struct {
	remedies *remedy.Remedies
	store    *store.Store
}

func (r remedies) Carry(
	ctx context.Context, reconciliationID string, d reconcile.Delta, mode store.ReconciliationMode,
) (carryout.Remedied, error) {
	outcome, err := r.remedies.Carry(ctx, reconciliationID, d, mode)
	return carryout.Remedied{Outcome: outcome.Outcome, RingWorkflow: outcome.RingWorkflow, Text: outcome.Text}, err
}

func (r remedies) Completed(ctx context.Context, reconciliationID string) error {
	return r.store.CloseSettledDeltas(ctx, reconciliationID)
}

// roster answers carryout.Roster from Genesys Cloud.
type roster struct {
	platform *genesys.Platform
	mayWrite bool
}

func (r roster) Check(ctx context.Context) error {
	if r.mayWrite {
		return nil
	}
	err := r.platform.RequireReadOnly(ctx)
	var writes *genesys.NotReadOnlyError
	if errors.As(err, &writes) {
		return fmt.Errorf("%w: %w (MUSTER_GENESYS_READER_MAY_WRITE allows it)", carryout.ErrCanWrite, writes)
	}
	return err
}

func (r roster) Reader(pause func(context.Context) error) ccaas.RosterReader {
	return r.platform.Roster(pause)
}

// openOperations answers carryout.Temporal.
type openOperations struct{ openWorkflows }

// Ring tells a workflow to look at the record.
func (o openOperations) Ring(ctx context.Context, workflowID string) error {
	err := o.client.SignalWorkflow(ctx, workflowID, "", names.SignalRing, nil)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

// operationsQuery lists the operations of people that are open.
var operationsQuery = fmt.Sprintf("ExecutionStatus = 'Running' and WorkflowType in ('%s', '%s', '%s', '%s')",
	names.WorkflowHire, names.WorkflowTransfer, names.WorkflowTermination, names.WorkflowErasure)

func (o openOperations) OpenOperations(ctx context.Context) (ids []string, err error) {
	var next []byte
	for {
		page, err := o.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: operationsQuery, PageSize: 1000, NextPageToken: next,
		})
		if err != nil {
			return nil, err
		}
		for _, execution := range page.GetExecutions() {
			ids = append(ids, execution.GetExecution().GetWorkflowId())
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return ids, nil
		}
	}
}
