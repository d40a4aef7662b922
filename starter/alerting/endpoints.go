package alerting

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"

	"muster/api"
)

// Endpoint is where alerts are posted to.
type Endpoint struct {
	// Name is what it is called in logs, figures and the inbox: its URL may hold a secret.
	Name string
	URL  string
	// Secret signs what is posted: base64, with or without whsec_.
	Secret string
}

// endpointName is what may be a label of a metric and part of an id.
var endpointName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// NewEndpoint checks an endpoint. Errors repeat neither the URL nor the secret: they get into logs.
func NewEndpoint(name, address, secret string) (Endpoint, error) {
	if !endpointName.MatchString(name) {
		return Endpoint{}, fmt.Errorf("endpoint %.70q: want a name of 1 to 64 letters, digits, dots, dashes and underscores", name)
	}
	parsed, err := url.Parse(address)
	if err != nil || (parsed.Scheme != "https" && parsed.Scheme != "http") || parsed.Hostname() == "" || parsed.User != nil {
		return Endpoint{}, fmt.Errorf("endpoint %s: url: want http(s)://host/path, without a user", name)
	}
	if _, err := api.WebhookKey(secret); err != nil {
		return Endpoint{}, fmt.Errorf("endpoint %s: secret: %w", name, err)
	}
	return Endpoint{Name: name, URL: address, Secret: secret}, nil
}

// ReadEndpoints reads a JSON file of the shape {"name": {"url": "https://…", "secret": "whsec_…"}}, in the order of the names.
func ReadEndpoints(path string) ([]Endpoint, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the alert endpoints: %w", err)
	}
	var file map[string]struct {
		URL    string `json:"url"`
		Secret string `json:"secret"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("read the alert endpoints of %s: want {name: {url, secret}}", path)
	}
	var (
		endpoints []Endpoint
		problems  []error
	)
	for _, name := range slices.Sorted(maps.Keys(file)) {
		endpoint, err := NewEndpoint(name, file[name].URL, file[name].Secret)
		endpoints, problems = append(endpoints, endpoint), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("read the alert endpoints of %s: %w", path, err)
	}
	return endpoints, nil
}
