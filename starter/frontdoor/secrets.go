package frontdoor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"muster/api"
)

// Secrets knows the sources by the secrets they sign with, in the order of their names. A source may have two while one replaces
// the other.
type Secrets struct {
	signers []signer
}

type signer struct {
	source  string
	webhook *standardwebhooks.Webhook
}

// NewSecrets takes secrets (base64, with or without whsec_) by source. A short key, and one that two sources share in whatever
// spelling, are refused: the signature says who sent an event.
func NewSecrets(bySource map[string][]string) (Secrets, error) {
	var secrets Secrets
	var problems []error
	owner := map[string]string{}
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		for position, value := range bySource[source] {
			key, err := api.WebhookKey(value)
			if err != nil {
				problems = append(problems, fmt.Errorf("secret %d of source %s: %w", position+1, source, err))
				continue
			}
			if other, taken := owner[string(key)]; taken && other != source {
				problems = append(problems, fmt.Errorf("sources %s and %s share a secret: want one of its own for each", other, source))
			}
			owner[string(key)] = source
			webhook, err := standardwebhooks.NewWebhookRaw(key)
			if err != nil {
				problems = append(problems, fmt.Errorf("secret %d of source %s: %w", position+1, source, err))
				continue
			}
			secrets.signers = append(secrets.signers, signer{source: source, webhook: webhook})
		}
	}
	return secrets, errors.Join(problems...)
}

// ReadSecrets reads a JSON file of the shape {"SOURCE": "whsec_…"} or {"SOURCE": ["whsec_…", "whsec_…"]}.
func ReadSecrets(path string) (Secrets, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Secrets{}, fmt.Errorf("read the webhook secrets: %w", err)
	}
	var file map[string]oneOrMany
	if err := json.Unmarshal(content, &file); err != nil {
		return Secrets{}, fmt.Errorf("read the webhook secrets of %s: want {source: secret or list of secrets}", path)
	}
	bySource := make(map[string][]string, len(file))
	for source, values := range file {
		bySource[source] = values
	}
	secrets, err := NewSecrets(bySource)
	if err != nil {
		return Secrets{}, fmt.Errorf("read the webhook secrets of %s: %w", path, err)
	}
	return secrets, nil
}

// oneOrMany is a string or a list of strings in JSON.
type oneOrMany []string

// UnmarshalJSON reads either form.
func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*o = oneOrMany{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return errors.New("want a string or a list of strings")
	}
	*o = many
	return nil
}

// Sources are the names of all sources that have a secret, sorted.
func (s Secrets) Sources() []string {
	sources := make([]string, 0, len(s.signers))
	for _, signer := range s.signers {
		sources = append(sources, signer.source)
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

// errUnsigned and its kin say in the log what was wrong with a signature; the caller only learns that it was refused.
var (
	errUnsigned       = errors.New("no webhook-id, webhook-timestamp or webhook-signature header")
	errStaleSignature = errors.New("the webhook-timestamp is more than five minutes off")
	errNoSecretFits   = errors.New("no configured secret fits the signature")
)

// Verify returns the source whose secret made the signature over the body. The time in the headers must be within five
// minutes of now.
func (s Secrets) Verify(body []byte, header http.Header) (source string, err error) {
	for _, name := range []string{
		standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature,
	} {
		if header.Get(name) == "" {
			return "", errUnsigned
		}
	}
	for _, signer := range s.signers {
		err := signer.webhook.Verify(body, header)
		switch {
		case err == nil:
			return signer.source, nil
		case errors.Is(err, standardwebhooks.ErrMessageTooOld), errors.Is(err, standardwebhooks.ErrMessageTooNew):
			return "", errStaleSignature
		}
	}
	return "", errNoSecretFits
}
