package api

import (
	"fmt"
	"net/http"
	"strings"
)

// Problem is an RFC 9457 problem document: every answer of the API that is not a success has one as its body, under the
// media type application/problem+json. As an error it is what the Client's calls return when the server refused.
type Problem struct { //nolint:errname // the standard's own word for it
	// Type is a URI that names the kind of problem; "about:blank" says that the status code alone does.
	Type string `json:"type" format:"uri-reference" doc:"Kind of problem; about:blank when the status says it all" example:"about:blank"`
	// Title is the status code in words, the same for every occurrence of the kind.
	Title string `json:"title" doc:"The status in words" example:"Unprocessable Entity"`
	// Status is the HTTP status code, repeated for readers who only have the body.
	Status int `json:"status" doc:"HTTP status code" example:"422"`
	// Detail says what was wrong this time and what can be done about it.
	Detail string `json:"detail,omitempty" doc:"What was wrong this time, and what to do about it"`
	// Instance is the path of the request.
	Instance string `json:"instance,omitempty" doc:"Path of the request"`
	// Errors names every field that was wrong.
	Errors []FieldProblem `json:"errors,omitempty" doc:"Every field that was wrong"`
}

// FieldProblem says what is wrong with one field of a request.
type FieldProblem struct {
	Field    string `json:"field" doc:"Dotted path of the field, or line of a file" example:"payload.timezone"`
	Found    string `json:"found" doc:"What stood there, shortened" example:"UTC-5"`
	Expected string `json:"expected" doc:"What may stand there" example:"an IANA time zone such as America/New_York"`
}

// NewProblem makes a problem document of kind about:blank, whose title is the status in words.
func NewProblem(status int, detail string, fields ...FieldProblem) *Problem {
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Errors: fields,
	}
}

// Error puts the whole problem into one text: status, detail and one line for each field.
func (p *Problem) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s", p.Status, p.Title)
	if p.Detail != "" {
		text.WriteString(": " + p.Detail)
	}
	for _, field := range p.Errors {
		fmt.Fprintf(&text, "\n  %s: found %s, expected %s", field.Field, field.Found, field.Expected)
	}
	return text.String()
}

// GetStatus is the HTTP status code, for the server's router.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of problem documents (RFC 9457 section 3), for the server's router.
func (p *Problem) ContentType(string) string { return ProblemMediaType }

// ProblemMediaType is the media type of problem documents.
const ProblemMediaType = "application/problem+json"
