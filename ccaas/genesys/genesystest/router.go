package genesystest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// route is one operation of the platform.
type route struct {
	method  string
	path    string // template with {parameters}
	query   string // names of the query parameters it takes, separated by blanks
	maxPage int    // largest pageSize; 0: the operation does not page
	handle  func(*Server, *request) answer

	segments []string
}

type router struct{ routes []*route }

func newRouter(all []route) *router {
	r := new(router)
	for _, each := range all {
		each.segments = strings.Split(each.path, "/")
		r.routes = append(r.routes, &each)
	}
	// Literal segments win over parameters, from the left: /users/search before /users/{userId}.
	slices.SortStableFunc(r.routes, func(a, b *route) int { return slices.CompareFunc(a.segments, b.segments, compareSegments) })
	return r
}

func compareSegments(a, b string) int {
	parameterA, parameterB := strings.HasPrefix(a, "{"), strings.HasPrefix(b, "{")
	switch {
	case parameterA == parameterB:
		return 0
	case parameterA:
		return 1
	default:
		return -1
	}
}

// find returns the operation for a method and an escaped path, with the unescaped path parameters; the third result is the
// platform's refusal when there is none.
func (r *router) find(method, path string) (*route, map[string]string, *answer) {
	segments := strings.Split(path, "/")
	known := false
	for _, candidate := range r.routes {
		params, matches := candidate.match(segments)
		if !matches {
			continue
		}
		if candidate.method == method {
			return candidate, params, nil
		}
		known = true
	}
	refused := fail(http.StatusNotFound, codeNotFound, "HTTP 404 Not Found: %s is not a path of the API", path)
	if known {
		refused = fail(http.StatusMethodNotAllowed, "method.not.allowed", "HTTP 405 Method Not Allowed: %s", method)
	}
	return nil, nil, &refused
}

func (r *route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	var params map[string]string
	for i, template := range r.segments {
		value, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		if !strings.HasPrefix(template, "{") {
			if template != value {
				return nil, false
			}
			continue
		}
		if value == "" {
			return nil, false
		}
		if params == nil {
			params = map[string]string{}
		}
		params[strings.Trim(template, "{}")] = value
	}
	return params, true
}

// check refuses query parameters the operation does not have and pages beyond its limit.
func (r *route) check(request *request) *answer {
	allowed := strings.Fields(r.query)
	if r.maxPage > 0 {
		allowed = append(allowed, "pageSize", "pageNumber")
	}
	for name := range request.query {
		if !slices.Contains(allowed, name) {
			refused := badField(name, "%s %s has no query parameter %s", r.method, r.path, name)
			return &refused
		}
	}
	if r.maxPage == 0 {
		return nil
	}
	size, err := positive(request.query.Get("pageSize"), 25)
	if err != nil || size > r.maxPage {
		refused := badField("pageSize", "pageSize is %q: expected 1 to %d", request.query.Get("pageSize"), r.maxPage)
		return &refused
	}
	if _, err := positive(request.query.Get("pageNumber"), 1); err != nil {
		refused := badField("pageNumber", "pageNumber is %q: expected 1 or more", request.query.Get("pageNumber"))
		return &refused
	}
	return nil
}

var errNotPositive = errors.New("not a positive number")

func positive(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return 0, errNotPositive
	}
	return number, nil
}

// page returns the page asked for; the route has checked both.
func (r *request) page() (size, number int) {
	size, _ = positive(r.query.Get("pageSize"), 25)
	number, _ = positive(r.query.Get("pageNumber"), 1)
	return size, number
}

// flag reads a boolean query parameter.
func (r *request) flag(name string, otherwise bool) (bool, *answer) {
	text := r.query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		refused := badField(name, "%s is %q: expected true or false", name, text)
		return false, &refused
	}
	return value, nil
}

// list reads a query parameter that may be repeated or hold a comma-separated list.
func (r *request) list(name string) []string {
	var values []string
	for _, each := range r.query[name] {
		for value := range strings.SplitSeq(each, ",") {
			if value = strings.TrimSpace(value); value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}

// decode reads the JSON body into a value, strictly: other media types, unknown fields and trailing data are refused.
func (r *request) decode(into any) *answer {
	if mediaType(r.Request) != "application/json" {
		refused := fail(http.StatusUnsupportedMediaType, "unsupported.media.type",
			"Unsupported Media Type - the Content-Type is %q, expected application/json", r.Header.Get("Content-Type"))
		return &refused
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		refused := badRequest("The request could not be understood by the server due to malformed syntax. %v", err)
		return &refused
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		refused := badRequest("The request could not be understood by the server due to malformed syntax. Data after the JSON value")
		return &refused
	}
	return nil
}
