package source_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/hr/roster"
	"muster/reconcile/source"
	"muster/store"
)

//nolint:gochecknoglobals // a moment is a constant
var night = time.Date(2026, 5, 14, 3, 0, 0, 0, time.UTC)

func present(id string) string { return `{"external_user_id":"` + id + `","status":"ACTIVE"}` + "\n" }

// hris is a server of a roster. A test changes what it answers.
type hris struct {
	*httptest.Server
	mu     sync.Mutex
	pages  map[string]string // by cursor; each is followed by the one of links
	links  map[string]string
	total  string
	asOf   string
	asked  []string
	before func(w http.ResponseWriter, r *http.Request) (answered bool)
}

// newHRIS serves two pages of three people.
func newHRIS(t testing.TB) *hris {
	t.Helper()
	h := &hris{
		pages: map[string]string{"": present("WD-1") + present("WD-2"), "2": present("WD-3")}, links: map[string]string{"": "?cursor=2"},
		total: "3", asOf: "2026-05-14T02:00:00.123456789Z",
	}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *hris) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	cursor := r.URL.Query().Get("cursor")
	h.asked = append(h.asked, cursor)
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.Header().Set("Roster-As-Of", h.asOf)
	if h.total != "" {
		w.Header().Set("Roster-Total", h.total)
	}
	if link := h.links[cursor]; link != "" {
		w.Header().Set("Link", `</docs>; rel="help", <`+link+`>; rel="next"`)
	}
	if h.before != nil && h.before(w, r) {
		return
	}
	_, _ = io.WriteString(w, h.pages[cursor])
}

func (h *hris) settings(t testing.TB) source.HTTPSettings {
	t.Helper()
	location, err := url.Parse(h.URL + "/roster")
	require.NoError(t, err)
	return source.HTTPSettings{URL: location, Timeout: 10 * time.Second, Attempts: 3, MaxPageBytes: 1 << 20, Backoff: time.Millisecond}
}

// readPlace reads all of a place, as the reader does.
func readPlace(t testing.TB, place source.Place, here ...store.RosterPage) (found source.Found, pages []source.Page, digest string, err error) {
	t.Helper()
	if found, err = place.Find(t.Context()); err != nil {
		return found, nil, "", err
	}
	reading, err := place.Open(t.Context(), found, hr.Zones{}, here)
	if err != nil {
		return found, nil, "", err
	}
	defer func() { require.NoError(t, reading.Close()) }()
	for {
		page, more, err := reading.Next(t.Context())
		if err != nil {
			return found, pages, "", err
		}
		if !more {
			return found, pages, reading.SHA256(), nil
		}
		pages = append(pages, page)
	}
}

func requireFault(t testing.TB, err error, reason roster.Reason, text string) {
	t.Helper()
	var fault *source.Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, reason, fault.Reason, fault.Error())
	require.Contains(t, fault.Error(), text)
}

func TestAServersPagesAreReadOneAfterTheOther(t *testing.T) {
	h := newHRIS(t)
	found, pages, digest, err := readPlace(t, source.OverHTTP(h.settings(t)))
	require.NoError(t, err)
	require.Equal(t, h.URL+"/roster", found.Key)
	require.Equal(t, "2026-05-14T02:00:00.123456789Z", found.AsOf.Format(time.RFC3339Nano))
	require.Equal(t, int64(3), *found.Declared)
	require.Len(t, pages, 2)
	require.Equal(t, []int64{1, 2}, []int64{pages[0].Lines[0].Number, pages[0].Lines[1].Number})
	require.Equal(t, int64(3), pages[1].Lines[0].Number, "lines are counted over all pages")
	require.Len(t, digest, 64)

	// Whoever goes on after the first page ends the same, and asks for no page again.
	h.asked = nil
	_, rest, same, err := readPlace(t, source.OverHTTP(h.settings(t)), pages[0].RosterPage)
	require.NoError(t, err)
	require.Equal(t, pages[1:], rest)
	require.Equal(t, digest, same)
	require.Equal(t, []string{"", "2"}, h.asked, "the first is asked for what there is, the second read")
	_, none, same, err := readPlace(t, source.OverHTTP(h.settings(t)), pages[0].RosterPage, pages[1].RosterPage)
	require.NoError(t, err)
	require.Empty(t, none)
	require.Equal(t, digest, same)
}

func TestTheTokenOfTheFileIsSentAndReadAnew(t *testing.T) {
	h := newHRIS(t)
	settings := h.settings(t)
	settings.TokenFile = filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(settings.TokenFile, []byte("one\n"), 0o600))
	var sent []string
	h.before = func(_ http.ResponseWriter, r *http.Request) bool {
		sent = append(sent, r.Header.Get("Authorization"))
		assert.NoError(t, os.WriteFile(settings.TokenFile, []byte("two\n"), 0o600))
		return false
	}
	_, _, _, err := readPlace(t, source.OverHTTP(settings))
	require.NoError(t, err)
	require.Equal(t, []string{"Bearer one", "Bearer two", "Bearer two"}, sent)

	require.NoError(t, os.Remove(settings.TokenFile))
	_, _, _, err = readPlace(t, source.OverHTTP(settings))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	h := newHRIS(t)
	for _, status := range []int{429, 500, 503, 408} {
		failures := 2
		h.before = func(w http.ResponseWriter, _ *http.Request) bool {
			if failures--; failures < 0 {
				return false
			}
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return true
		}
		_, pages, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
		require.NoError(t, err)
		require.Len(t, pages, 2)
	}
	h.before = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	_, _, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
	require.ErrorContains(t, err, "HTTP status 503")
	var fault *source.Fault
	require.NotErrorAs(t, err, &fault, "it says nothing about the roster")
}

// cut answers with less than it promised, times times, for one page.
func cut(times int, cursor string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("cursor") != cursor || times == 0 {
			return false
		}
		times--
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, present("WD-3"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestAConnectionThatIsCutIsNeverASmallerRoster(t *testing.T) {
	h := newHRIS(t)
	h.total = ""
	h.before = cut(2, "2")
	_, pages, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
	require.NoError(t, err, "it is asked again")
	require.Len(t, pages, 2)

	h.before = cut(100, "2")
	_, pages, _, err = readPlace(t, source.OverHTTP(h.settings(t)))
	require.Len(t, pages, 1)
	requireFault(t, err, roster.Truncated, "an answer that was cut off, 3 times")

	// In chunks, too.
	h.before = func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.WriteString(w, present("WD-3"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _, _, err = readPlace(t, source.OverHTTP(h.settings(t)))
	requireFault(t, err, roster.Truncated, "cut off")

	// Before anything of the answer came it says nothing about the roster; least of all that it is at its end.
	h.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("cursor") == "2" {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	_, pages, _, err = readPlace(t, source.OverHTTP(h.settings(t)))
	require.Len(t, pages, 1)
	require.ErrorIs(t, err, io.EOF)
	var fault *source.Fault
	require.NotErrorAs(t, err, &fault)

	// And where the protocol would not tell.
	h.before = func(w http.ResponseWriter, r *http.Request) bool {
		connection, _, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return true
		}
		defer connection.Close()
		_, _ = fmt.Fprintf(connection, "HTTP/1.0 200 OK\r\nContent-Type: application/x-ndjson\r\nRoster-As-Of: %s\r\n\r\n%s", h.asOf, present("WD-3"))
		return true
	}
	_, _, _, err = readPlace(t, source.OverHTTP(h.settings(t)))
	requireFault(t, err, roster.Truncated, "an answer whose end cannot be told")
}

func TestAPageIsHeldToItsDigest(t *testing.T) {
	h := newHRIS(t)
	right := func(w http.ResponseWriter, body string) {
		sum := sha256.Sum256([]byte(body))
		w.Header().Set("Repr-Digest", "md5=:x:, sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	}
	h.before = func(w http.ResponseWriter, r *http.Request) bool {
		right(w, h.pages[r.URL.Query().Get("cursor")])
		return false
	}
	_, _, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
	require.NoError(t, err)
	h.before = func(w http.ResponseWriter, r *http.Request) bool {
		right(w, "another page")
		return false
	}
	_, _, _, err = readPlace(t, source.OverHTTP(h.settings(t)))
	requireFault(t, err, roster.Truncated, "cut off")
}

func TestAServerThatBreaksTheContractIsNotBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *hris)
		reason roster.Reason
		text   string
	}{
		"a circle":                  {func(h *hris) { h.links["2"] = "/roster" }, roster.Truncated, "a link of page 2 back to a page before"},
		"a page that links itself":  {func(h *hris) { h.links["2"] = "?cursor=2" }, roster.Truncated, "a link of page 2 back"},
		"a page twice":              {func(h *hris) { h.links["2"], h.pages["3"] = "?cursor=3", h.pages[""] }, roster.Truncated, "page 3 the same as a page before"},
		"an empty page in between":  {func(h *hris) { h.links["2"], h.links["3"] = "?cursor=3", "?cursor=4" }, roster.Truncated, "nothing on page 3"},
		"another server":            {func(h *hris) { h.links[""] = "http://elsewhere.example/roster" }, roster.Truncated, "a link to somewhere else"},
		"a login page":              {func(h *hris) { h.before = login }, roster.Unreadable, `Content-Type "text/html"`},
		"a status":                  {func(h *hris) { h.before = status(403, "") }, roster.Unreadable, "HTTP status 403"},
		"a redirect":                {func(h *hris) { h.before = status(302, "") }, roster.Unreadable, "HTTP status 302"},
		"a cursor that ran out":     {func(h *hris) { h.before = status(410, "2") }, roster.Unreadable, "HTTP status 410"},
		"no moment":                 {func(h *hris) { h.asOf = "yesterday" }, roster.Unreadable, `Roster-As-Of "yesterday"`},
		"a total that is no number": {func(h *hris) { h.total = "-1" }, roster.Unreadable, `Roster-Total "-1"`},
		"a page too large":          {func(h *hris) { h.pages["2"] = strings.Repeat(present("WD-9"), 30_000) }, roster.Truncated, "a larger page"},
		"a page too long":           {func(h *hris) { h.pages["2"] = strings.Repeat("{}\n", 10_001) }, roster.Truncated, "a longer page 2"},
		"half a line":               {func(h *hris) { h.pages["2"] = present("WD-3")[:20] }, roster.Truncated, "page 2 to break off in the middle of a line"},
		"a moment that moves": {func(h *hris) {
			h.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("cursor") == "2" {
					w.Header().Set("Roster-As-Of", "2026-05-14T02:00:01Z")
				}
				return false
			}
		}, roster.Truncated, "page 2 as of 2026-05-14T02:00:01Z"},
		"a total that moves": {func(h *hris) {
			h.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("cursor") == "2" {
					w.Header().Set("Roster-Total", "4")
				}
				return false
			}
		}, roster.Truncated, "another Roster-Total on page 2"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHRIS(t)
			c.change(h)
			_, _, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
			requireFault(t, err, c.reason, c.text)
		})
	}
}

func login(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Type", "text/html")
	return false
}

func status(code int, cursor string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("cursor") != cursor {
			return false
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		return true
	}
}

func TestAnEmptyLastPageIsNoFault(t *testing.T) {
	h := newHRIS(t)
	h.links["2"] = "?cursor=3"
	_, pages, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
	require.NoError(t, err)
	require.Len(t, pages, 3)
}

func TestTheDocumentedPageIsRead(t *testing.T) {
	h := newHRIS(t)
	h.links, h.pages[""] = nil, example(t, "jsonl", 0)
	headers := example(t, "http", 0)
	for _, header := range []string{"Roster-As-Of: ", "Roster-Total: 3\n", "Content-Type: application/x-ndjson\n", `>; rel="next"`} {
		require.Contains(t, headers, header)
	}
	_, pages, _, err := readPlace(t, source.OverHTTP(h.settings(t)))
	require.NoError(t, err)
	require.Len(t, pages[0].Lines, 3)
	for _, line := range pages[0].Lines {
		require.Empty(t, line.Problems)
	}
	require.Equal(t, hr.EndOfContract, pages[0].Lines[2].Person.Termination.Reason)
}
