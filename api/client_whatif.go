package api

import (
	"context"
	"net/url"
	"strconv"
)

// Simulate asks what another version of the registry would change. It may take seconds; ending the context ends it on the server.
func (c *Client) Simulate(ctx context.Context, question SimulateRequest) (Simulation, error) {
	return ask[Simulation](ctx, c, "/v1/mapping/simulate", question)
}

// Drill asks what a reorganisation at HR would break; see Simulate.
func (c *Client) Drill(ctx context.Context, question DrillRequest) (Drill, error) {
	return ask[Drill](ctx, c, "/v1/mapping/drill", question)
}

// Coverage asks where a version's rules and HR's codes do not meet; see Simulate.
func (c *Client) Coverage(ctx context.Context, query CoverageQuery) (Coverage, error) {
	values := url.Values{}
	if query.Days > 0 {
		values.Set("days", strconv.Itoa(query.Days))
	}
	if query.Version > 0 {
		values.Set("version", strconv.Itoa(query.Version))
	}
	setUnlessEmpty(values, "at", query.At)
	var coverage Coverage
	err := c.call(ctx, get("/v1/mapping/coverage", values), &coverage)
	return coverage, err
}

// ask posts a question that changes nothing.
func ask[T any](ctx context.Context, c *Client, path string, question any) (T, error) {
	var found T
	outgoing, err := post(path, question)
	if err != nil {
		return found, err
	}
	err = c.call(ctx, outgoing, &found)
	return found, err
}
