package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// minWebhookKey is the shortest key taken, in bytes. Standard Webhooks asks for 24 to 64 bytes of randomness.
const minWebhookKey = 24

// WebhookKey is the key of a Standard Webhooks secret (base64, with or without the prefix whsec_). Its errors do not repeat the
// secret: they get into logs.
func WebhookKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	switch {
	case err != nil:
		return nil, errors.New("want base64 after an optional whsec_")
	case len(key) < minWebhookKey:
		return nil, fmt.Errorf("the key has %d bytes: want at least %d", len(key), minWebhookKey)
	default:
		return key, nil
	}
}

// Sign makes the three headers of a Standard Webhooks signature (webhook-id, webhook-timestamp, webhook-signature) over a
// body. The secret is base64, with or without the prefix whsec_. The server takes the timestamp for valid within five
// minutes of its own clock.
//
// See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
func Sign(secret, id string, at time.Time, body []byte) (http.Header, error) {
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, fmt.Errorf("read the webhook secret: want base64 after an optional whsec_: %w", err)
	}
	signature, err := webhook.Sign(id, at, body)
	if err != nil {
		return nil, fmt.Errorf("sign webhook %s: %w", id, err)
	}
	header := make(http.Header, 3)
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return header, nil
}
