package store

import "net/url"

// RedactedURL shows a database URL without its password, wherever it stands in it. A connection string in another form is not shown
// at all.
func RedactedURL(raw string) string {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Scheme == "" {
		return "not a URL: withheld"
	}
	query := parsed.Query()
	if query.Has("password") {
		query.Set("password", "xxxxx")
		parsed.RawQuery = query.Encode()
	}
	return parsed.Redacted()
}
