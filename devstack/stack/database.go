package stack

import (
	"fmt"
	"net/url"
)

// WithDatabase returns the URL of another database of the same server.
func WithDatabase(serverURL, name string) (string, error) {
	parsed, err := url.Parse(serverURL)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") {
		return "", fmt.Errorf("database URL: want postgres://user:password@host:port/name") // not shown: it holds a password
	}
	parsed.Path = "/" + name
	return parsed.String(), nil
}
