package bell

import (
	"context"
	"fmt"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"muster/names"
)

// Server answers readiness questions about the Temporal server.
type Server struct {
	temporal  client.Client
	namespace string
}

// NewServer asks about a namespace through a client.
func NewServer(temporal client.Client, namespace string) Server {
	return Server{temporal: temporal, namespace: namespace}
}

// Reachable fails when the server does not answer its health check.
func (s Server) Reachable(ctx context.Context) error {
	if _, err := s.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("check Temporal's health: %w", err)
	}
	return nil
}

// MissingSearchAttributes names those of Muster's search attributes that the namespace does not have. Upserting one that is
// missing would fail a workflow's task over and over.
func (s Server) MissingSearchAttributes(ctx context.Context) ([]string, error) {
	registered, err := s.temporal.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{
		Namespace: s.namespace,
	})
	if err != nil {
		return nil, fmt.Errorf("list Temporal's search attributes: %w", err)
	}
	var missing []string
	for _, wanted := range []string{
		names.AttributeExternalUserID, names.AttributeLifecycleState, names.AttributeNeedsAttention, names.AttributePurgeAt, names.AttributePlatform,
	} {
		if _, found := registered.GetCustomAttributes()[wanted]; !found {
			missing = append(missing, wanted)
		}
	}
	return missing, nil
}
