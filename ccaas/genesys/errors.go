package genesys

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/ccaas"
)

// correlationHeader carries the platform's own id of a request; its support asks for it.
const correlationHeader = "ININ-Correlation-Id"

// maxMessage bounds what of the platform's message goes into an error, in bytes.
const maxMessage = 600

// errorBody is the platform's error answer (definition ErrorBody of the API).
type errorBody struct {
	Message   string `json:"message"`
	Code      string `json:"code"`
	ContextID string `json:"contextId"`
	Details   []struct {
		ErrorCode string `json:"errorCode"`
		FieldName string `json:"fieldName"`
	} `json:"details"`
	Errors []errorBody `json:"errors"`
	Limit  *struct {
		Namespace string `json:"namespace"`
		Key       string `json:"key"`
	} `json:"limit"`
}

// emailAddress finds email addresses in the platform's messages: they end up in records that hold no personal data.
var emailAddress = regexp.MustCompile(`[^\s"'<>()\[\],;:=]+@[^\s"'<>()\[\],;:=]+`)

// classify turns an answer outside 2xx into the port's error.
func classify(op string, status int, header http.Header, body []byte) *ccaas.Error {
	var parsed errorBody
	if err := json.Unmarshal(body, &parsed); err != nil {
		parsed = errorBody{Message: http.StatusText(status)}
	}
	correlation := header.Get(correlationHeader)
	if correlation == "" {
		correlation = parsed.ContextID
	}
	return &ccaas.Error{
		Kind:          kindOf(op, status, parsed),
		Op:            op,
		Status:        status,
		Code:          parsed.Code,
		Message:       parsed.text(),
		CorrelationID: correlation,
		RetryAfter:    retryAfter(status, header),
	}
}

// kindOf decides the kind by status; only a version conflict that comes as 400 and a missing licence need the body.
func kindOf(op string, status int, body errorBody) ccaas.Kind {
	switch {
	case slices.Contains(seatOps, op) && slices.Contains(seatRefusals, status) && body.namesLicence():
		return ccaas.KindNoSeat
	case status == http.StatusUnauthorized:
		return ccaas.KindUnauthorized
	case status == http.StatusForbidden:
		return ccaas.KindForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return ccaas.KindNotFound
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return ccaas.KindConflict
	case status == http.StatusTooManyRequests:
		return ccaas.KindRateLimited
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return ccaas.KindUnavailable
	case status == http.StatusBadRequest && namesVersion(body.Message):
		return ccaas.KindConflict
	default:
		return ccaas.KindInvalid
	}
}

// namesVersion recognises a version conflict by its message: it comes as 409 and, on some calls, as 400 (the official
// Terraform provider retries both by this text).
func namesVersion(message string) bool {
	return strings.Contains(strings.ToLower(message), "does not match the current version")
}

// A licence is asked for by what a role permits and by joining a queue. How the platform refuses when none is left is not
// documented, so any of the refusals that could mean it counts when its code or text speaks of a licence or seat.
var (
	seatOps      = []string{"queues.join", "queues.add", "roles.replace", "roles.add", "account.restore"}
	seatRefusals = []int{http.StatusBadRequest, http.StatusPaymentRequired, http.StatusForbidden, http.StatusConflict}
	licenceWords = regexp.MustCompile(`(?i)licen[cs]e|\bseats?\b`)
)

// namesLicence recognises a missing licence. A missing permission is none, although some permissions have the word in their name.
func (b errorBody) namesLicence() bool {
	return !strings.HasPrefix(b.Code, "missing.") && (licenceWords.MatchString(b.Code) || licenceWords.MatchString(b.text()))
}

// takenKind tells what a uniqueness conflict is about: email and phone extension both answer 409 with the same code.
func takenKind(message string) ccaas.Kind {
	if strings.Contains(strings.ToLower(message), "extension") {
		return ccaas.KindExtensionTaken
	}
	return ccaas.KindEmailTaken
}

// text is the message with what the nested parts add, without email addresses, bounded.
func (b errorBody) text() string {
	parts := []string{b.Message}
	for _, detail := range b.Details {
		if detail.FieldName != "" {
			parts = append(parts, strings.TrimSpace(detail.FieldName+" "+detail.ErrorCode))
		}
	}
	for _, nested := range b.Errors {
		if nested.Message != "" && nested.Message != b.Message {
			parts = append(parts, nested.Message)
		}
	}
	if b.Limit != nil && b.Limit.Key != "" {
		parts = append(parts, "limit "+b.Limit.Namespace+"/"+b.Limit.Key)
	}
	text := emailAddress.ReplaceAllString(strings.Join(parts, "; "), "[email]")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// unanswered is the error of a request that got no usable answer: a write may or may not have happened.
func unanswered(op string, cause error) *ccaas.Error {
	// *url.Error repeats method and URL in its text; the cause below it says what happened.
	if wrapped, ok := errors.AsType[*url.Error](cause); ok {
		cause = wrapped.Err
	}
	return &ccaas.Error{Kind: ccaas.KindUnavailable, Op: op, Err: cause}
}

// invalid is the error of a request that we refuse to send.
func invalid(op, message string) *ccaas.Error {
	return &ccaas.Error{Kind: ccaas.KindInvalid, Op: op, Message: message}
}

// asError returns the port's error in err; nil when there is none.
func asError(err error) *ccaas.Error {
	failure, _ := errors.AsType[*ccaas.Error](err)
	return failure
}

// retryAfter reads how long the platform asks to wait: Retry-After in whole seconds (or, as the RFC allows, a date), for
// a 429 without it what is left of the rate-limit window.
func retryAfter(status int, header http.Header) time.Duration {
	if wait, found := headerDelay(header.Get("Retry-After")); found {
		return wait
	}
	if status != http.StatusTooManyRequests {
		return 0
	}
	if wait, found := headerDelay(header.Get(limitResetHeader)); found && wait > 0 {
		return wait
	}
	return time.Second
}
