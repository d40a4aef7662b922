package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	// The buckets that a URL may name.
	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"

	"muster/hr"
	"muster/hr/roster"
	"muster/store"
)

// BucketSettings say which files of a bucket are rosters.
type BucketSettings struct {
	// URL is file:///folder, s3://, gs:// or azblob://, with the query parameters of the Go CDK. Nothing is written there.
	URL string
	// Name of the files. Where it has a date, that is the moment a roster tells of, and the latest one is read; else the time when the
	// file was written is.
	Name Name
	// ChecksumRequired takes a file only once NAME.sha256 is beside it; else that is compared where it is there.
	ChecksumRequired bool
	// Settle is how long a file without a checksum must not have changed to count as complete.
	Settle time.Duration
	// CSV says how its tables are read; nil: the files are JSON lines.
	CSV *roster.Columns
}

// checksumSuffix makes a file's name that of its checksum, in the form of sha256sum.
const checksumSuffix = ".sha256"

// bucketPageLines is how many lines of a file are recorded at once.
const bucketPageLines = 5_000

type bucket struct {
	settings BucketSettings
	now      func() time.Time
}

// InBucket is a folder or bucket in which HR drops files: docs/roster.md is its contract.
func InBucket(settings BucketSettings, now func() time.Time) Place {
	return &bucket{settings: settings, now: now}
}

func (b *bucket) String() string {
	shown, _, _ := strings.Cut(b.settings.URL, "?")
	return strings.TrimSuffix(shown, "/") + "/" + b.settings.Name.String()
}

func (b *bucket) open(ctx context.Context) (*blob.Bucket, error) {
	objects, err := blob.OpenBucket(ctx, b.settings.URL)
	if err != nil {
		return nil, fmt.Errorf("open the bucket of %s: %w", b, err)
	}
	return objects, nil
}

// candidate is a file whose name is that of a roster.
type candidate struct {
	object *blob.ListObject
	asOf   time.Time
}

// Find returns the newest complete file. One that is still being written is passed over for the one before it.
func (b *bucket) Find(ctx context.Context) (found Found, err error) {
	objects, err := b.open(ctx)
	if err != nil {
		return Found{}, err
	}
	defer func() { err = errors.Join(err, objects.Close()) }()
	candidates, checksums, err := b.list(ctx, objects)
	if err != nil {
		return Found{}, err
	}
	for _, c := range candidates {
		key := c.object.Key
		sum := ""
		if checksums[key+checksumSuffix] {
			if sum, err = readChecksum(ctx, objects, key); err != nil {
				return Found{}, err
			}
		}
		// A file without a checksum is complete once it rests; one that has a checksum is when that is.
		rests := b.now().Sub(c.object.ModTime) >= b.settings.Settle
		if sum == "" && (b.settings.ChecksumRequired || checksums[key+checksumSuffix] || !rests) {
			continue
		}
		etag, err := version(ctx, objects, key)
		if gcerrors.Code(err) == gcerrors.NotFound {
			continue // taken away meanwhile
		}
		if err != nil {
			return Found{}, err
		}
		return Found{Key: key, ETag: etag, SHA256: sum, AsOf: c.asOf}, nil
	}
	expected := "a complete file " + b.settings.Name.String()
	if b.settings.ChecksumRequired {
		expected += " with its checksum beside it"
	}
	if len(candidates) == 0 {
		return Found{}, unreadable("no file of that name", expected)
	}
	return Found{}, unreadable(fmt.Sprintf("%d files, none of them complete", len(candidates)), expected)
}

// list returns the files that may be rosters, the newest first, and the names of all checksums.
func (b *bucket) list(ctx context.Context, objects *blob.Bucket) (candidates []candidate, checksums map[string]bool, err error) {
	checksums = map[string]bool{}
	files := objects.List(&blob.ListOptions{Prefix: b.settings.Name.prefix()})
	for {
		object, err := files.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("list %s: %w", b, err)
		}
		if strings.HasSuffix(object.Key, checksumSuffix) {
			checksums[object.Key] = true
			continue
		}
		if asOf, ok := b.settings.Name.matches(object.Key); ok && !object.IsDir {
			if !b.settings.Name.hasDate {
				asOf = object.ModTime
			}
			candidates = append(candidates, candidate{object: object, asOf: asOf.UTC().Truncate(time.Microsecond)})
		}
	}
	slices.SortFunc(candidates, func(x, y candidate) int {
		return cmp.Or(y.asOf.Compare(x.asOf), y.object.ModTime.Compare(x.object.ModTime), cmp.Compare(y.object.Key, x.object.Key))
	})
	return candidates, checksums, nil
}

// version tells one state of a file from another.
func version(ctx context.Context, objects *blob.Bucket, key string) (string, error) {
	attributes, err := objects.Attributes(ctx, key)
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", key, err)
	}
	return cmp.Or(attributes.ETag, fmt.Sprintf("%d-%d", attributes.ModTime.UnixNano(), attributes.Size)), nil
}

// checksumForm is a line of sha256sum, or the digest alone.
var checksumForm = regexp.MustCompile(`^([0-9a-fA-F]{64})(?:[ \t]+\*?(\S.*?))?\s*$`)

// maxChecksum is the size of the largest checksum file, in bytes: a digest and a name.
const maxChecksum = 4096

// readChecksum returns the digest that the file's checksum says, in small letters; empty while it says none of this file.
func readChecksum(ctx context.Context, objects *blob.Bucket, key string) (string, error) {
	reader, err := objects.NewReader(ctx, key+checksumSuffix, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the checksum of %s: %w", key, err)
	}
	defer reader.Close()
	text, err := io.ReadAll(io.LimitReader(reader, maxChecksum))
	if err != nil {
		return "", fmt.Errorf("read the checksum of %s: %w", key, err)
	}
	parts := checksumForm.FindStringSubmatch(string(text))
	if parts == nil || parts[2] != "" && path.Base(parts[2]) != path.Base(key) {
		return "", nil
	}
	return strings.ToLower(parts[1]), nil
}

// Open reads the file from its beginning, and passes over the pages that are here.
func (b *bucket) Open(ctx context.Context, found Found, zones hr.Zones, here []store.RosterPage) (Pages, error) {
	objects, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	pages := &filePages{objects: objects, found: found, sum: sha256.New(), here: here, required: b.settings.ChecksumRequired}
	if err := pages.begin(ctx, b.settings.CSV, zones); err != nil {
		return nil, errors.Join(err, pages.Close())
	}
	return pages, nil
}

// decoder is a roster being read line by line.
type decoder interface {
	Next() (roster.Line, error)
}

// filePages are the pages of a file.
type filePages struct {
	objects  *blob.Bucket
	found    Found
	file     *blob.Reader
	lines    decoder // nil: the file has none
	sum      hash.Hash
	read     counter
	here     []store.RosterPage
	required bool
	number   int
	ended    bool
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (p *filePages) begin(ctx context.Context, columns *roster.Columns, zones hr.Zones) (err error) {
	if err := p.unchanged(ctx); err != nil {
		return err
	}
	if p.file, err = p.objects.NewReader(ctx, p.found.Key, nil); err != nil {
		return fmt.Errorf("read %s: %w", p.found.Key, err)
	}
	text := io.TeeReader(p.file, io.MultiWriter(p.sum, &p.read))
	if columns == nil {
		p.lines = roster.NewJSONLines(text, zones)
		return nil
	}
	table, err := roster.NewCSV(text, *columns, zones)
	var header *roster.HeaderError
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &header):
		return unreadable(header.Error(), "a table with its columns")
	case err != nil:
		return fmt.Errorf("read %s: %w", p.found.Key, err)
	}
	p.lines = table
	return nil
}

// unchanged is a fault where the file is not what was found.
func (p *filePages) unchanged(ctx context.Context) error {
	etag, err := version(ctx, p.objects, p.found.Key)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return truncated("the file gone", "it to stay while it is read")
	case err != nil:
		return err
	case etag != p.found.ETag:
		return truncated("the file changed", "it to stay what it is while it is read")
	default:
		return nil
	}
}

// Next returns a page that is not here yet. The last one comes before the whole is known to be whole.
func (p *filePages) Next(ctx context.Context) (page Page, more bool, err error) {
	for !p.ended {
		page, err := p.take()
		if err != nil {
			return Page{}, false, err
		}
		if p.number <= len(p.here) {
			if p.here[p.number-1].Lines != page.RosterPage.Lines {
				return Page{}, false, truncated("another page than before", "the file to stay what it is while it is read")
			}
			continue
		}
		if len(page.Lines) > 0 {
			return page, true, nil
		}
	}
	return Page{}, false, p.whole(ctx)
}

// take reads the next lines.
func (p *filePages) take() (Page, error) {
	p.number++
	page := Page{RosterPage: store.RosterPage{Page: p.number}}
	for len(page.Lines) < bucketPageLines {
		if p.lines == nil {
			p.ended = true
			break
		}
		line, err := p.lines.Next()
		if errors.Is(err, io.EOF) {
			p.ended = true
			break
		}
		if errors.Is(err, roster.ErrCut) {
			return Page{}, truncated("the file to break off in the middle of a line", "whole lines")
		}
		if err != nil {
			return Page{}, fmt.Errorf("read %s: %w", p.found.Key, err)
		}
		page.Lines = append(page.Lines, line)
	}
	page.RosterPage.Lines = int64(len(page.Lines))
	return page, nil
}

// whole is a fault where the file is not what it should be, now that all of it was read.
func (p *filePages) whole(ctx context.Context) error {
	if int64(p.read) < p.file.Size() {
		return truncated(fmt.Sprintf("%d bytes", p.read), fmt.Sprintf("the %d of the file", p.file.Size()))
	}
	if err := p.unchanged(ctx); err != nil {
		return err
	}
	sum, err := readChecksum(ctx, p.objects, p.found.Key)
	if err != nil {
		return err
	}
	if sum == "" && p.required {
		return truncated("no checksum any more", "the file "+p.found.Key+checksumSuffix)
	}
	if sum != "" && sum != p.SHA256() {
		return truncated("SHA-256 "+p.SHA256(), sum+" of "+p.found.Key+checksumSuffix)
	}
	return nil
}

func (p *filePages) SHA256() string { return hex.EncodeToString(p.sum.Sum(nil)) }

func (p *filePages) Close() error {
	var err error
	if p.file != nil {
		err = p.file.Close()
	}
	return errors.Join(err, p.objects.Close())
}

// checkBucketURL is empty for one that can be used, else what is expected.
func checkBucketURL(text string) string {
	location, err := url.Parse(text)
	if err != nil {
		return "a URL"
	}
	switch location.Scheme {
	case "file", "s3", "gs", "azblob":
		return ""
	default:
		return "a URL with scheme file, s3, gs or azblob"
	}
}
