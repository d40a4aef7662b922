package source_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr/roster"
	"muster/reconcile/source"
)

// drop is a folder that HR drops files in.
type drop struct {
	folder string
	now    time.Time
	source.BucketSettings
}

func newDrop(t testing.TB, pattern string) *drop {
	t.Helper()
	name, ok := source.ParseName(pattern)
	require.True(t, ok)
	folder := t.TempDir()
	return &drop{folder: folder, now: night, BucketSettings: source.BucketSettings{
		URL: (&url.URL{Scheme: "file", Path: folder}).String(), Name: name, Settle: time.Minute, ChecksumRequired: true,
	}}
}

func (d *drop) place() source.Place {
	return source.InBucket(d.BucketSettings, func() time.Time { return d.now })
}

// put writes a file, as if at a time.
func (d *drop) put(t testing.TB, name, text string, at time.Time) {
	t.Helper()
	path := writeFile(t, d.folder, name, text)
	require.NoError(t, os.Chtimes(path, at, at))
}

// sum puts the checksum of a text beside a file.
func (d *drop) sum(t testing.TB, name, text string) {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	d.put(t, name+".sha256", hex.EncodeToString(sum[:])+"  "+filepath.Base(name)+"\n", d.now)
}

func (d *drop) complete(t testing.TB, name, text string) {
	t.Helper()
	d.put(t, name, text, d.now)
	d.sum(t, name, text)
}

func TestTheNewestCompleteFileIsRead(t *testing.T) {
	d := newDrop(t, "in/roster-{date}.jsonl")
	d.complete(t, "in/roster-20260512.jsonl", present("WD-1"))
	d.complete(t, "in/roster-20260513.jsonl", present("WD-1")+present("WD-2"))
	d.put(t, "in/roster-20260514.jsonl", present("WD-1"), d.now.Add(-24*time.Hour)) // its checksum is still to come
	d.complete(t, "in/other-20260515.jsonl", present("WD-1"))
	d.complete(t, "roster-20260516.jsonl", present("WD-1"))

	found, pages, digest, err := readPlace(t, d.place())

	require.NoError(t, err)
	require.Equal(t, "in/roster-20260513.jsonl", found.Key)
	require.Equal(t, time.Date(2026, 5, 13, 0, 0, 0, 0, time.UTC), found.AsOf)
	require.Len(t, pages[0].Lines, 2)
	require.Equal(t, digest, found.SHA256)

	d.sum(t, "in/roster-20260514.jsonl", present("WD-1"))
	found, _, _, err = readPlace(t, d.place())
	require.NoError(t, err)
	require.Equal(t, "in/roster-20260514.jsonl", found.Key)
}

func TestAFileWithoutAChecksumIsTakenOnceItRests(t *testing.T) {
	d := newDrop(t, "*.jsonl")
	d.ChecksumRequired = false
	old := night.Add(-2 * time.Hour)
	d.put(t, "a.jsonl", present("WD-1"), old)
	d.put(t, "b.jsonl", present("WD-1"), night.Add(-59*time.Second))
	found, _, _, err := readPlace(t, d.place())
	require.NoError(t, err)
	require.Equal(t, "a.jsonl", found.Key)
	require.True(t, old.Equal(found.AsOf))
	d.now = night.Add(time.Second)
	found, _, _, err = readPlace(t, d.place())
	require.NoError(t, err)
	require.Equal(t, "b.jsonl", found.Key)
	// One that has a checksum is held to it, at once.
	d.complete(t, "c.jsonl", present("WD-1"))
	found, _, _, err = readPlace(t, d.place())
	require.NoError(t, err)
	require.Equal(t, "c.jsonl", found.Key)
}

func TestAChecksumThatIsNotYetOneIsWaitedFor(t *testing.T) {
	for _, text := range []string{"", "abc", strings.Repeat("0", 63), strings.Repeat("0", 64) + "  other.jsonl"} {
		d := newDrop(t, "*.jsonl")
		d.put(t, "a.jsonl", present("WD-1"), d.now.Add(-time.Hour))
		d.put(t, "a.jsonl.sha256", text, d.now)
		_, _, _, err := readPlace(t, d.place())
		requireFault(t, err, roster.Unreadable, "1 files, none of them complete, expected a complete file *.jsonl with its checksum")
		d.ChecksumRequired = false
		_, _, _, err = readPlace(t, d.place())
		requireFault(t, err, roster.Unreadable, "none of them complete")
	}
}

func TestAFileIsHeldToItsChecksum(t *testing.T) {
	d := newDrop(t, "*.jsonl")
	d.put(t, "a.jsonl", present("WD-1"), d.now)
	d.sum(t, "a.jsonl", present("WD-1")+present("WD-2"))
	_, pages, _, err := readPlace(t, d.place())
	require.Len(t, pages, 1)
	requireFault(t, err, roster.Truncated, "SHA-256")

	d.complete(t, "a.jsonl", present("WD-1")[:30])
	_, _, _, err = readPlace(t, d.place())
	requireFault(t, err, roster.Truncated, "the file to break off in the middle of a line")
}

func TestAFileThatChangesMeanwhileIsNotBelieved(t *testing.T) {
	d := newDrop(t, "*.jsonl")
	d.complete(t, "a.jsonl", many(6000))
	found, err := d.place().Find(t.Context())
	require.NoError(t, err)
	reading, err := d.place().Open(t.Context(), found, noZones(), nil)
	require.NoError(t, err)
	_, _, err = reading.Next(t.Context())
	require.NoError(t, err)
	d.put(t, "a.jsonl", many(6000), d.now.Add(time.Second))
	_, _, err = reading.Next(t.Context())
	require.NoError(t, err)
	_, _, err = reading.Next(t.Context())
	requireFault(t, err, roster.Truncated, "the file changed")
	require.NoError(t, reading.Close())

	_, err = d.place().Open(t.Context(), found, noZones(), nil)
	requireFault(t, err, roster.Truncated, "the file changed")
	require.NoError(t, os.Remove(filepath.Join(d.folder, "a.jsonl")))
	_, err = d.place().Open(t.Context(), found, noZones(), nil)
	requireFault(t, err, roster.Truncated, "the file gone")
}

// many are people from WD-1 on.
func many(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(present(fmt.Sprintf("WD-%d", i+1)))
	}
	return text.String()
}

func TestReadingAFileGoesOnAfterThePagesThatAreHere(t *testing.T) {
	d := newDrop(t, "*.jsonl")
	d.complete(t, "a.jsonl", many(10_500))
	_, pages, digest, err := readPlace(t, d.place())
	require.NoError(t, err)
	require.Len(t, pages, 3)
	require.Len(t, pages[2].Lines, 500)

	_, rest, same, err := readPlace(t, d.place(), pages[0].RosterPage, pages[1].RosterPage)
	require.NoError(t, err)
	require.Equal(t, pages[2:], rest)
	require.Equal(t, digest, same)
}

func TestATableWithoutItsColumnsIsUnreadable(t *testing.T) {
	d := newDrop(t, "*.csv")
	d.CSV = &roster.Columns{}
	d.complete(t, "a.csv", "id;status\n1;ACTIVE\n")
	_, _, _, err := readPlace(t, d.place())
	requireFault(t, err, roster.Unreadable, `header "id;status": found an unknown column`)
	d.complete(t, "a.csv", "")
	_, pages, _, err := readPlace(t, d.place())
	require.NoError(t, err, "it is the whole of nothing")
	require.Empty(t, pages)
}

func TestTheDocumentedTablesAreRead(t *testing.T) {
	config, err := configOf(t, example(t, "yaml", 0))
	require.NoError(t, err)
	for n, columns := range []*roster.Columns{{}, config.Sources[1].Bucket.CSV} {
		d := newDrop(t, "*.csv")
		d.CSV = columns
		d.complete(t, "a.csv", example(t, "csv", n))
		_, pages, _, err := readPlace(t, d.place())
		require.NoError(t, err)
		require.Len(t, pages[0].Lines, 2)
		for _, line := range pages[0].Lines {
			require.Empty(t, line.Problems)
		}
		leaver := pages[0].Lines[1].Person
		require.NotNil(t, leaver.Termination.LastDay)
		require.Nil(t, pages[0].Lines[0].Person.Termination)
	}
	sum := example(t, "text", 0)
	d := newDrop(t, "*.csv")
	d.put(t, "workday-20260514.csv", "external_user_id,status\n", d.now)
	d.put(t, "workday-20260514.csv.sha256", sum, d.now)
	_, err = d.place().Find(t.Context())
	require.NoError(t, err, "the documented checksum has the form of one")
}
