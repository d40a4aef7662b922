package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"muster/api"
	"muster/store"
)

// Document is an alert as it goes over the wire.
func Document(alert store.Alert) api.Alert {
	path := "/v1/inbox"
	if alert.PersonID != "" {
		path = "/v1/agents/" + url.PathEscape(alert.PersonID) + "/explain"
	}
	return api.Alert{
		ID: alert.ID, Kind: string(alert.Kind), Severity: string(alert.Severity), At: alert.At, State: alert.State(),
		PersonID: alert.PersonID, SubjectID: alert.SubjectID, Text: alert.Text, Path: path, ClosedAt: alert.ClosedAt, ClosedWhy: alert.ClosedWhy,
	}
}

// newClient is a client for receivers. A redirect is no delivery: it would take the signed message to where nobody meant it to go.
func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// enough of an answer is read for its connection to be used again.
const enough = 64 << 10

// post tells an endpoint of an alert, once. Every attempt to tell the same has the same webhook-id. Any 2xx is a delivery.
//
// See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
func post(ctx context.Context, client *http.Client, endpoint Endpoint, alert store.Alert) error {
	body, err := json.Marshal(Document(alert))
	if err != nil {
		return fmt.Errorf("write the alert: %w", err)
	}
	header, err := api.Sign(endpoint.Secret, alert.ID+"_"+alert.State(), time.Now(), body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the endpoint's URL cannot be called") // not shown: it may hold a secret
	}
	request.Header = header
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "muster")
	response, err := client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, enough) // the status has said it
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("the endpoint answered %d", response.StatusCode)
	}
	return nil
}

// withoutURL is what went wrong with a request, without its URL.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
