package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"muster/hr"
	"muster/hr/roster"
	"muster/store"
)

// HTTPSettings say how a server is asked for its roster.
type HTTPSettings struct {
	// URL of the first page.
	URL *url.URL
	// TokenFile holds the bearer token; it is read for every request, so that it may be replaced. Empty: none is sent.
	TokenFile string
	// Timeout of one request, its answer included.
	Timeout time.Duration
	// Attempts at one page.
	Attempts int
	// MaxPageBytes is the largest page.
	MaxPageBytes int64
	// Backoff is the longest wait before the second attempt; it doubles from there on.
	Backoff time.Duration
}

// Headers of the contract, beside Link (RFC 8288) and Repr-Digest (RFC 9530).
const (
	headerAsOf  = "Roster-As-Of"
	headerTotal = "Roster-Total"
)

// mediaTypes are those of JSON lines.
func mediaTypes() []string {
	return []string{"application/x-ndjson", "application/ndjson", "application/jsonl"}
}

// maxPages bounds a server that never comes to an end.
const maxPages = 100_000

type server struct {
	settings HTTPSettings
	client   *http.Client
}

// OverHTTP is a server that gives its roster page by page as JSON lines: docs/roster.md is its contract.
func OverHTTP(settings HTTPSettings) Place {
	return &server{settings: settings, client: &http.Client{
		Timeout: settings.Timeout,
		// The token is for this server alone.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (s *server) String() string {
	shown := *s.settings.URL
	shown.RawQuery, shown.User, shown.Fragment = "", nil, ""
	return shown.String()
}

// Find asks for the first page and looks at its headers.
func (s *server) Find(ctx context.Context) (Found, error) {
	first, err := s.page(ctx, s.settings.URL)
	if err != nil {
		return Found{}, err
	}
	return Found{Key: s.String(), AsOf: first.asOf, Declared: first.total}, nil
}

// Open begins with the first page that is not here.
func (s *server) Open(_ context.Context, found Found, zones hr.Zones, here []store.RosterPage) (Pages, error) {
	pages := &httpPages{server: s, found: found, zones: zones, next: s.settings.URL, places: map[string]bool{}, digests: map[string]bool{}, sum: sha256.New()}
	for _, page := range here {
		pages.number, pages.lines = page.Page, pages.lines+page.Lines
		pages.places[page.Place] = true
		pages.note(page.SHA256)
		next, err := s.follow(s.settings.URL, page.Next)
		if err != nil {
			return nil, err
		}
		pages.next = next
	}
	return pages, nil
}

// httpPages are the pages of a server.
type httpPages struct {
	server *server
	found  Found
	zones  hr.Zones
	next   *url.URL // nil: there is none
	number int
	lines  int64
	// What was seen: places to find a server that leads in a circle, contents for one that gives the same under another name.
	places, digests map[string]bool
	sum             hash.Hash
}

func (p *httpPages) note(digest string) {
	p.digests[digest] = true
	_, _ = io.WriteString(p.sum, digest+"\n") // a hash has no error
}

// Next gets a page.
func (p *httpPages) Next(ctx context.Context) (page Page, more bool, err error) {
	if p.next == nil {
		return Page{}, false, nil
	}
	place := p.next.String()
	if p.places[place] {
		return Page{}, false, truncated(fmt.Sprintf("a link of page %d back to a page before", p.number), "a link onwards, or none")
	}
	if p.number == maxPages {
		return Page{}, false, truncated("still a page to come", fmt.Sprintf("at most %d", maxPages))
	}
	got, err := p.server.page(ctx, p.next)
	if err != nil {
		return Page{}, false, err
	}
	if fault := p.misfit(got); fault != nil {
		return Page{}, false, fault
	}
	lines, err := p.read(got.body)
	if err != nil {
		return Page{}, false, err
	}
	if len(lines) == 0 && got.next != nil {
		return Page{}, false, truncated(fmt.Sprintf("nothing on page %d and a link to another", p.number+1), "only a last page to be empty")
	}
	p.places[place] = true
	p.note(got.sha256)
	p.number, p.lines, p.next = p.number+1, p.lines+int64(len(lines)), got.next
	page = Page{Lines: lines, RosterPage: store.RosterPage{Page: p.number, SHA256: got.sha256, Lines: int64(len(lines)), Place: place}}
	if got.next != nil {
		page.Next = got.next.String()
	}
	return page, true, nil
}

// misfit is what speaks against a page being the next one of the same roster.
func (p *httpPages) misfit(got *httpPage) *Fault {
	number := p.number + 1
	switch {
	case !got.asOf.Truncate(time.Microsecond).Equal(p.found.AsOf.Truncate(time.Microsecond)): // as the record keeps it
		return truncated(fmt.Sprintf("page %d as of %s", number, got.asOf.Format(time.RFC3339Nano)),
			"all pages as of "+p.found.AsOf.UTC().Format(time.RFC3339Nano))
	case (got.total == nil) != (p.found.Declared == nil) || got.total != nil && *got.total != *p.found.Declared:
		return truncated(fmt.Sprintf("another %s on page %d than on the first", headerTotal, number), "the same on all pages")
	case len(got.body) > 0 && p.digests[got.sha256]:
		return truncated(fmt.Sprintf("page %d the same as a page before", number), "each page once")
	default:
		return nil
	}
}

// read reads the lines of a page; they are numbered over all pages.
func (p *httpPages) read(body []byte) (lines []roster.Line, err error) {
	decoder := roster.NewJSONLines(bytes.NewReader(body), p.zones)
	for {
		line, err := decoder.Next()
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, truncated(fmt.Sprintf("page %d to break off in the middle of a line", p.number+1), "whole lines")
		case len(lines) == maxPageLines:
			return nil, truncated(fmt.Sprintf("a longer page %d", p.number+1), fmt.Sprintf("at most %d lines a page", maxPageLines))
		}
		line.Number += p.lines
		lines = append(lines, line)
	}
}

// SHA256 is over the digests of the pages in their order, each in hexadecimal with a line feed.
func (p *httpPages) SHA256() string { return hex.EncodeToString(p.sum.Sum(nil)) }

// Close has nothing to let go of.
func (p *httpPages) Close() error { return nil }

// httpPage is an answer.
type httpPage struct {
	body   []byte
	sha256 string
	asOf   time.Time
	total  *int64
	next   *url.URL
}

// cutError is an answer that did not come whole.
type cutError struct{ cause error }

func (e *cutError) Error() string { return "the answer was cut off: " + e.cause.Error() }
func (e *cutError) Unwrap() error { return e.cause }

// page gets one page, in several attempts.
func (s *server) page(ctx context.Context, place *url.URL) (*httpPage, error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = s.settings.Backoff, time.Minute
	got, err := backoff.Retry(ctx, func() (*httpPage, error) {
		got, err := s.attempt(ctx, place)
		var fault *Fault
		if errors.As(err, &fault) {
			err = backoff.Permanent(err)
		}
		return got, err
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(uint(s.settings.Attempts)), backoff.WithMaxElapsedTime(0))
	var cut *cutError
	if errors.As(err, &cut) && ctx.Err() == nil {
		return nil, truncated(fmt.Sprintf("an answer that was cut off, %d times", s.settings.Attempts), "a whole page")
	}
	return got, err
}

func (s *server) attempt(ctx context.Context, place *url.URL) (*httpPage, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place.String(), http.NoBody)
	if err != nil {
		return nil, unreadable("no usable address", "one")
	}
	request.Header.Set("Accept", strings.Join(mediaTypes(), ", "))
	if s.settings.TokenFile != "" {
		token, err := os.ReadFile(s.settings.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("read the token: %w", err)
		}
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, withoutQuery(err)
	}
	defer response.Body.Close()
	if err := refusedStatus(response); err != nil {
		return nil, err
	}
	body, err := s.body(response)
	if err != nil {
		return nil, err
	}
	return s.understand(place, response.Header, body)
}

// withoutQuery takes the address out of the client's error: a cursor may say more than a log should.
func withoutQuery(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return fmt.Errorf("ask for a page: %w", failed.Err)
	}
	return err
}

// refusedStatus is nil for 200, an error that passes for what passes, a fault for the rest.
func refusedStatus(response *http.Response) error {
	status := response.StatusCode
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status == http.StatusTooEarly || status >= 500:
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			return fmt.Errorf("HTTP status %d: %w", status, backoff.RetryAfter(min(seconds, maxRetryAfter)))
		}
		return fmt.Errorf("HTTP status %d", status)
	default:
		return unreadable("HTTP status "+strconv.Itoa(status), "200")
	}
}

// maxRetryAfter bounds what a server may make us wait, in seconds.
const maxRetryAfter = 300

// body reads an answer to an end that can be told from a cut.
func (s *server) body(response *http.Response) ([]byte, error) {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if !slices.Contains(mediaTypes(), media) {
		return nil, unreadable("Content-Type "+strconv.Quote(shortened(media)), "one of "+strings.Join(mediaTypes(), ", "))
	}
	digest := response.Header.Get("Repr-Digest")
	// Of HTTP/1, an answer without a length and not in chunks ends where the connection does, whyever it does.
	endless := response.ProtoMajor < 2 && response.ContentLength < 0 && len(response.TransferEncoding) == 0 && !response.Uncompressed
	if endless && digest == "" {
		return nil, truncated("an answer whose end cannot be told", "Content-Length, chunks or Repr-Digest")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, s.settings.MaxPageBytes+1))
	if err != nil {
		return nil, &cutError{cause: err}
	}
	if int64(len(body)) > s.settings.MaxPageBytes {
		return nil, truncated("a larger page", fmt.Sprintf("at most %d bytes", s.settings.MaxPageBytes))
	}
	return body, checkDigest(digest, body)
}

// checkDigest compares with Repr-Digest, if it has a SHA-256.
func checkDigest(header string, body []byte) error {
	for part := range strings.SplitSeq(header, ",") {
		algorithm, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if algorithm != "sha-256" {
			continue
		}
		sum := sha256.Sum256(body)
		if value != ":"+base64.StdEncoding.EncodeToString(sum[:])+":" {
			return &cutError{cause: errors.New("not what Repr-Digest says")}
		}
	}
	return nil
}

// understand reads what the headers say.
func (s *server) understand(place *url.URL, header http.Header, body []byte) (*httpPage, error) {
	sum := sha256.Sum256(body)
	got := &httpPage{body: body, sha256: hex.EncodeToString(sum[:])}
	asOf, err := time.Parse(time.RFC3339Nano, header.Get(headerAsOf))
	if err != nil {
		return nil, unreadable(headerAsOf+" "+strconv.Quote(shortened(header.Get(headerAsOf))), "an instant such as 2026-05-14T02:00:00Z")
	}
	got.asOf = asOf.UTC()
	if text := header.Get(headerTotal); text != "" {
		total, err := strconv.ParseInt(text, 10, 64)
		if err != nil || total < 0 {
			return nil, unreadable(headerTotal+" "+strconv.Quote(shortened(text)), "a number of people")
		}
		got.total = &total
	}
	got.next, err = s.follow(place, nextLink(header))
	return got, err
}

// follow resolves a link; empty: there is none. Only this server may be asked: the token goes with the question.
func (s *server) follow(from *url.URL, link string) (*url.URL, error) {
	if link == "" {
		return nil, nil
	}
	next, err := from.Parse(link)
	if err != nil || next.Scheme != s.settings.URL.Scheme || next.Host != s.settings.URL.Host || next.User != nil {
		return nil, truncated("a link to somewhere else", "one to "+s.settings.URL.Scheme+"://"+s.settings.URL.Host)
	}
	next.Fragment = ""
	return next, nil
}

// links are the targets of a Link header with their parameters.
var links = regexp.MustCompile(`<([^<>]*)>([^<]*)`)

var nextRelation = regexp.MustCompile(`(?i);\s*rel\s*=\s*("([^"]*\s)?next(\s[^"]*)?"|next\s*([;,]|$))`)

// nextLink is the target of rel="next"; empty: there is none.
func nextLink(header http.Header) string {
	for _, line := range header.Values("Link") {
		for _, link := range links.FindAllStringSubmatch(line, -1) {
			if nextRelation.MatchString(link[2]) {
				return link[1]
			}
		}
	}
	return ""
}

func shortened(text string) string {
	const longest = 48
	runes := []rune(strings.ToValidUTF8(text, "�"))
	if len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(runes)
}
