package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"google.golang.org/protobuf/types/known/durationpb"

	"muster/setup/searchattributes"
)

// retention is how long Temporal keeps the histories of closed workflows when the namespace is made here. PostgreSQL is the
// record, so a month, that of a grace period, is for operators who look back.
const retention = 30 * 24 * time.Hour

// prepareTemporal makes the namespace and its search attributes, where they are missing.
func prepareTemporal(ctx context.Context, read configuration, out io.Writer) error {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return fmt.Errorf("read Temporal's client configuration: %w", err)
	}
	options.Logger = silent{}
	namespace := options.Namespace
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	var temporal client.Client
	if err := read.waitFor(ctx, "Temporal", temporalStarts, func(ctx context.Context) error {
		temporal, err = client.DialContext(ctx, options)
		return err
	}); err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	defer temporal.Close()

	created, err := ensureNamespace(ctx, temporal.WorkflowService(), namespace)
	if err != nil {
		return err
	}
	if created {
		fmt.Fprintf(out, "temporal: namespace %s created, histories kept %d days\n", namespace, int(retention.Hours()/24))
	}
	var added []string
	// A namespace that was made a moment ago is not known to every part of the cluster yet.
	if err := read.waitFor(ctx, "the namespace", namespaceAppears, func(ctx context.Context) error {
		added, err = searchattributes.Register(ctx, temporal.OperatorService(), namespace)
		return err
	}); err != nil {
		return err
	}
	if len(added) == 0 {
		fmt.Fprintf(out, "temporal: namespace %s has every search attribute already\n", namespace)
		return nil
	}
	fmt.Fprintf(out, "temporal: search attributes added to namespace %s: %s\n", namespace, strings.Join(added, ", "))
	return nil
}

// ensureNamespace registers the namespace unless it is there.
func ensureNamespace(ctx context.Context, temporal workflowservice.WorkflowServiceClient, namespace string) (created bool, err error) {
	_, err = temporal.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	var absent *serviceerror.NamespaceNotFound
	if err == nil {
		return false, nil
	}
	if !errors.As(err, &absent) {
		return false, fmt.Errorf("describe namespace %s: %w", namespace, err)
	}
	_, err = temporal.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		Description:                      "Muster: contact-centre agents in step with HR",
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists // another set-up ran at the same time
	if err != nil && !errors.As(err, &exists) {
		return false, fmt.Errorf("register namespace %s: %w", namespace, err)
	}
	return err == nil, nil
}

// temporalStarts says whether waiting may help; a refused certificate, key or permission is final.
func temporalStarts(err error) bool {
	var denied *serviceerror.PermissionDenied
	return !errors.As(err, &denied)
}

// namespaceAppears says whether the error is that of a namespace not known everywhere yet.
func namespaceAppears(err error) bool {
	var absent *serviceerror.NamespaceNotFound
	return errors.As(err, &absent)
}

// silent is the client's logger: what it would warn of while the server starts is expected.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
