package activities

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// boundary is where errors of the platform and of PostgreSQL become what a workflow can act on: a type, whether to try again,
// and when. It must be the last thing to touch an error: an ApplicationError that is wrapped again loses both.
func boundary(err error) error {
	var app *temporal.ApplicationError
	var platform *ccaas.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &app):
		return app
	case errors.Is(err, store.ErrFenced):
		return temporal.NewApplicationErrorWithOptions("a newer operation has taken the person over", names.ErrorFenced,
			temporal.ApplicationErrorOptions{NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign})
	case errors.Is(err, store.ErrLinked):
		return refuse(lifecycle.Refusal{Kind: lifecycle.ReviewIdentity, Question: "The account is linked to another person. Are they the same, or is one of the links wrong?"})
	case errors.As(err, &platform):
		return platformBoundary(platform)
	default:
		return temporal.NewApplicationErrorWithOptions(err.Error(), names.ErrorStore, temporal.ApplicationErrorOptions{})
	}
}

func platformBoundary(e *ccaas.Error) error {
	switch e.Kind {
	case ccaas.KindRateLimited, ccaas.KindUnavailable, ccaas.KindUnauthorized, ccaas.KindConflict:
		return temporal.NewApplicationErrorWithOptions(e.Error(), names.ErrorPlatform,
			temporal.ApplicationErrorOptions{NextRetryDelay: e.RetryAfter})
	case ccaas.KindNotFound, ccaas.KindEmailTaken, ccaas.KindExtensionTaken, ccaas.KindNoSeat, ccaas.KindInvalid, ccaas.KindForbidden:
		return refuse(lifecycle.Refusal{
			Kind:     lifecycle.ReviewPlatformRefusal,
			Question: fmt.Sprintf("The platform refuses %s: %s (HTTP %d %s).", e.Op, e.Message, e.Status, e.Code),
			Detail:   map[string]string{"operation": e.Op, "code": e.Code, "message": e.Message, "correlation_id": e.CorrelationID},
		})
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), names.ErrorPlatform, temporal.ApplicationErrorOptions{})
}

// refuse is the error for what a person has to decide. It is never retried; the workflow parks.
func refuse(r lifecycle.Refusal) error {
	return temporal.NewApplicationErrorWithOptions(r.Question, names.ErrorNeedsReview,
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{r}, Category: temporal.ApplicationErrorCategoryBenign})
}

// notYet is the error for a change that the platform accepted and does not show: look again soon.
func notYet(what string, again time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(what, names.ErrorNotYet,
		temporal.ApplicationErrorOptions{NextRetryDelay: again, Category: temporal.ApplicationErrorCategoryBenign})
}
