package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ErrUnreachable says that no answer came: the server is down, the address wrong, the network gone.
var ErrUnreachable = errors.New("the Muster server cannot be reached")

// Client calls the API. Its zero value but for BaseURL works; a Token is needed for all but health and signed events.
//
// Every call returns a *Problem when the server refused (errors.As), or an error that is ErrUnreachable when there was none to ask.
type Client struct {
	// BaseURL is the server's address, without /v1.
	BaseURL string
	// Token is sent as bearer token unless empty.
	Token string
	// HTTPClient is http.DefaultClient unless set.
	HTTPClient *http.Client
}

// PageQuery asks for one page: at most Limit items (the server's default when 0), from Cursor on.
type PageQuery struct {
	Limit  int
	Cursor string
}

func (q PageQuery) values() url.Values {
	values := url.Values{}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	setUnlessEmpty(values, "cursor", q.Cursor)
	return values
}

func setUnlessEmpty(values url.Values, key, value string) {
	if value != "" {
		values.Set(key, value)
	}
}

// request is one call, before it is sent.
type request struct {
	method      string
	path        string
	query       url.Values
	header      http.Header
	contentType string
	body        []byte
}

func get(path string, query url.Values) request {
	return request{method: http.MethodGet, path: path, query: query}
}

func post(path string, document any) (request, error) {
	body, err := json.Marshal(document)
	if err != nil {
		return request{}, fmt.Errorf("write the request body: %w", err)
	}
	return request{method: http.MethodPost, path: path, contentType: "application/json", body: body}, nil
}

// call sends a request and decodes a successful answer into result, unless that is nil.
func (c *Client) call(ctx context.Context, r request, result any) error {
	answer, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return problemOf(answer)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(answer.body, result); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", r.method, r.path, err)
	}
	return nil
}

// answer is a response whose body has been read.
type answer struct {
	*http.Response
	body []byte
}

// maxAnswer bounds what is read of one answer; the largest page of a list is far below it.
const maxAnswer = 64 << 20

func (c *Client) send(ctx context.Context, r request) (answer, error) {
	address := strings.TrimSuffix(c.BaseURL, "/") + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	outgoing, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, fmt.Errorf("make the request %s %s: %w", r.method, r.path, err)
	}
	for name, values := range r.header {
		outgoing.Header[name] = values
	}
	outgoing.Header.Set("Accept", "application/json")
	if r.contentType != "" {
		outgoing.Header.Set("Content-Type", r.contentType)
	}
	if c.Token != "" {
		outgoing.Header.Set("Authorization", "Bearer "+c.Token)
	}
	httpClient := c.HTTPClient
	if httpClient == nil {
		httpClient = http.DefaultClient
	}
	response, err := httpClient.Do(outgoing)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w: %w", r.method, r.path, ErrUnreachable, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer to %s %s: %w: %w", r.method, r.path, ErrUnreachable, err)
	}
	return answer{Response: response, body: body}, nil
}

// problemOf reads a refusal. What is not a problem document (a proxy's page) becomes one that carries the status.
func problemOf(refusal answer) error {
	mediaType, _, err := mime.ParseMediaType(refusal.Header.Get("Content-Type"))
	if err == nil && mediaType == ProblemMediaType {
		var problem Problem
		if err := json.Unmarshal(refusal.body, &problem); err == nil && problem.Status != 0 {
			return &problem
		}
	}
	return NewProblem(refusal.StatusCode, fmt.Sprintf("the answer was not a problem document but %q", mediaType))
}
