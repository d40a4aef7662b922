// Package searchattributes knows the type of each search attribute that Muster's workflows set, and registers them. A
// workflow that sets an unregistered one fails its task for ever, so this comes before any worker.
package searchattributes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"

	"muster/names"
)

// Attribute is a search attribute.
type Attribute struct {
	Name string
	Type enums.IndexedValueType
}

// All returns every attribute there has to be, by name.
func All() []Attribute {
	return []Attribute{
		{names.AttributeExternalUserID, enums.INDEXED_VALUE_TYPE_KEYWORD},
		{names.AttributeLifecycleState, enums.INDEXED_VALUE_TYPE_KEYWORD},
		{names.AttributeNeedsAttention, enums.INDEXED_VALUE_TYPE_BOOL},
		{names.AttributePlatform, enums.INDEXED_VALUE_TYPE_KEYWORD},
		{names.AttributePurgeAt, enums.INDEXED_VALUE_TYPE_DATETIME},
	}
}

// Register adds the attributes that the namespace does not have and returns the names of those it added. An attribute that is
// there under another type is an error, since nothing may set it.
func Register(ctx context.Context, operator operatorservice.OperatorServiceClient, namespace string) ([]string, error) {
	registered, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("list the search attributes of namespace %s: %w", namespace, err)
	}
	missing := map[string]enums.IndexedValueType{}
	var added, wrong []string
	for _, attribute := range All() {
		found, exists := registered.GetCustomAttributes()[attribute.Name]
		switch {
		case !exists:
			missing[attribute.Name] = attribute.Type
			added = append(added, attribute.Name)
		case found != attribute.Type:
			wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", attribute.Name, found, attribute.Type))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("search attributes of namespace %s: %s", namespace, strings.Join(wrong, "; "))
	}
	if len(missing) == 0 {
		return nil, nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists // another set-up ran at the same time
	if err != nil && !errors.As(err, &exists) {
		return nil, fmt.Errorf("add search attributes to namespace %s: %w", namespace, err)
	}
	slices.Sort(added)
	return added, nil
}
