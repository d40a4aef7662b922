package genesystest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// Error codes of the platform [README: the codes of the 2018 specification].
const (
	codeBadRequest   = "bad.request"
	codeInvalidValue = "invalid.value"
	codeNotFound     = "not.found"
	codeNoResource   = "general.resource.not.found"
	codeConflict     = "general.conflict"
)

// answer is what a handler wants the client to get. body is marshalled; nil sends none.
type answer struct {
	status int
	body   any
	header map[string]string
}

// object is a JSON object under construction.
type object map[string]any

// errorBody is the platform's error body [API: ErrorBody].
type errorBody struct {
	Message   string            `json:"message"`
	Code      string            `json:"code"`
	Status    int               `json:"status"`
	EntityID  string            `json:"entityId,omitempty"`
	ContextID string            `json:"contextId"`
	Params    map[string]string `json:"messageParams"`
	Details   []errorDetail     `json:"details"`
	Errors    []errorBody       `json:"errors"`
}

type errorDetail struct {
	Code  string `json:"errorCode"`
	Field string `json:"fieldName"`
}

func ok(body any) answer       { return answer{status: http.StatusOK, body: body} }
func accepted(body any) answer { return answer{status: http.StatusAccepted, body: body} }

// done is success without a body, for operations whose success status the contract does not record.
func done() answer { return answer{status: http.StatusNoContent} }

func fail(status int, code, format string, arguments ...any) answer {
	return answer{status: status, body: &errorBody{
		Message: fmt.Sprintf(format, arguments...), Code: code, Status: status,
		Params: map[string]string{}, Details: []errorDetail{}, Errors: []errorBody{},
	}}
}

func badRequest(format string, arguments ...any) answer {
	return fail(http.StatusBadRequest, codeBadRequest, format, arguments...)
}

// badField refuses one field of a request and names it in the error's details, as the platform does.
func badField(field, format string, arguments ...any) answer {
	a := fail(http.StatusBadRequest, codeInvalidValue, format, arguments...)
	a.body.(*errorBody).Details = []errorDetail{{Code: codeInvalidValue, Field: field}}
	return a
}

func conflict(format string, arguments ...any) answer {
	return fail(http.StatusConflict, codeConflict, format, arguments...)
}

// missing is the platform's 404 for an entity.
func missing(kind, id string) answer {
	a := fail(http.StatusNotFound, codeNoResource, "Unable to find a %s with that id", kind)
	a.body.(*errorBody).EntityID = id
	return a
}

// with returns the answer with one more header.
func (a answer) with(name, value string) answer {
	header := maps.Clone(a.header)
	if header == nil {
		header = map[string]string{}
	}
	header[name] = value
	a.header = header
	return a
}

func (a answer) encode(correlationID string) []byte {
	if a.body == nil {
		return nil
	}
	if problem, is := a.body.(*errorBody); is {
		problem.ContextID = correlationID
	}
	content, err := json.Marshal(a.body)
	if err != nil {
		panic(fmt.Sprintf("answer of the simulator cannot be encoded: %v", err)) // a defect of the simulator
	}
	return content
}
