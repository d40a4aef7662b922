package frontdoor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/store"
)

// route describes one call of the API: where it is, what it does, who may make it.
type route struct {
	method, path string
	id           string // operationId, for generated clients
	tag          string
	missing      string // what a 404 says there is not; the tag unless set
	summary      string
	description  string
	// roles are those that may call; empty means that the handler itself sees to it, or that anyone may.
	roles []api.Role
	// status is that of a success; 200 unless set.
	status int
	// refusals are the statuses of refusals besides those of every call, and of every protected one.
	refusals []int
	change   func(*huma.Operation)
}

// readers may read where people stand.
func readers() []api.Role {
	return []api.Role{api.RoleViewer, api.RoleOperator, api.RoleApprover, api.RoleLegal, api.RoleAuditor}
}

const bearerScheme = "bearer"

// add registers a route with its access check, its documented refusals, and the one translation of errors into problems.
func add[I, O any](d *Door, r route, handle func(context.Context, *I) (*O, error)) {
	operation := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Tags: []string{r.tag},
		Summary: r.summary, Description: r.description, DefaultStatus: r.status,
		Responses: map[string]*huma.Response{},
	}
	if r.change != nil {
		r.change(&operation)
	}
	// Every call refuses a query parameter it does not know.
	refusals := append([]int{
		http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}, r.refusals...)
	if len(r.roles) > 0 {
		refusals = append(refusals, http.StatusUnauthorized, http.StatusForbidden)
		operation.Security = []map[string][]string{{bearerScheme: {}}}
		operation.Description = strings.TrimSpace(operation.Description + "\n\nRoles: " + roleNames(r.roles) + ".")
		operation.Middlewares = append(operation.Middlewares, d.require(r.roles))
	}
	operation.Middlewares = append(operation.Middlewares, d.requireText)
	for _, status := range refusals {
		operation.Responses[strconv.Itoa(status)] = d.problemResponse(status)
	}
	huma.Register(d.api, operation, func(ctx context.Context, input *I) (*O, error) {
		output, err := handle(ctx, input)
		if err != nil {
			return nil, d.refusal(ctx, r, err)
		}
		return output, nil
	})
}

func (d *Door) problemResponse(status int) *huma.Response {
	return &huma.Response{
		Description: http.StatusText(status),
		Content: map[string]*huma.MediaType{
			api.ProblemMediaType: {Schema: schemaOf[api.Problem](d.api)},
		},
	}
}

func roleNames(roles []api.Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return strings.Join(names, ", ")
}

// retryAfter is what a caller is told to wait while a part is down.
const retryAfter = "5"

// refusal translates an error into the problem document the caller gets. What is not the caller's doing is logged here, and
// only here; its text stays in the log.
func (d *Door) refusal(ctx context.Context, r route, err error) error {
	var problem *api.Problem
	switch {
	case errors.As(err, &problem):
		return err
	case errors.Is(err, store.ErrNotFound):
		return api.NewProblem(http.StatusNotFound, "there is no such "+cmp.Or(r.missing, r.tag))
	case errors.Is(err, store.ErrBadCursor):
		return api.NewProblem(http.StatusUnprocessableEntity, "the cursor is not one of this list's", api.FieldProblem{
			Field: "query.cursor", Found: "a text that is not a cursor", Expected: "next_cursor of the page before",
		})
	case errors.Is(ctx.Err(), context.Canceled):
		// The caller hung up; whatever broke then says nothing about us.
		return api.NewProblem(http.StatusServiceUnavailable, "the request was given up: it may not have been accepted; sending it again is safe")
	case unstorableText(err):
		d.Log.WarnContext(ctx, "a value could not be stored", "route", r.path, "error", err)
		return errUnstorable()
	case databaseUnavailable(err):
		d.Log.WarnContext(ctx, "the database is unavailable", "route", r.path, "error", err)
		return huma.ErrorWithHeaders(
			api.NewProblem(http.StatusServiceUnavailable, "the database is unavailable: the request may not have been accepted; sending it again is safe"),
			http.Header{"Retry-After": {retryAfter}})
	default:
		d.Log.ErrorContext(ctx, "a request failed", "route", r.path, "error", err)
		return api.NewProblem(http.StatusInternalServerError, "the server failed; its log says why")
	}
}

// invalid is the refusal of one field.
func invalid(field, found, expected string) *api.Problem {
	return api.NewProblem(http.StatusUnprocessableEntity,
		fmt.Sprintf("%s: found %s, expected %s", field, found, expected),
		api.FieldProblem{Field: field, Found: found, Expected: expected})
}

// PageQuery is what every list takes. It is exported because the router looks into exported parts only.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Items on a page"`
	Cursor string `query:"cursor" maxLength:"500" doc:"next_cursor of the page before"`
}

// listed is a list's answer.
type listed[T any] struct {
	Body api.Page[T]
}

// document is an answer of one document.
type document[T any] struct {
	Body T
}
