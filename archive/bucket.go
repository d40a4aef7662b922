package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	// The stores that a URL may name.
	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"
)

// MaxSize is the largest document that is written, in bytes. Writing holds it in memory twice for a moment; reading back holds
// none of it.
const MaxSize = 50 << 20

const contentType = "application/json"

// Errors that callers tell apart. Any other error is the store's, and passes or does not: ask again.
var (
	// ErrMissing: there is no object under the key.
	ErrMissing = errors.New("archive is missing")
	// ErrMismatch: what is under the key is not what was written.
	ErrMismatch = errors.New("archive is not what was written")
	// ErrTooLarge: the document is larger than MaxSize.
	ErrTooLarge = errors.New("document is too large for the archive")
)

// Bucket is where archives are kept.
type Bucket struct{ objects *blob.Bucket }

// Written names an archive and what was written to it. Its JSON is the form in which it is recorded.
type Written struct {
	Key    string `json:"key"`
	SHA256 string `json:"sha256"` // of the object's bytes, hexadecimal
	Size   int64  `json:"size"`   // in bytes
}

// Open opens the bucket of a URL: file:///folder (created when it is not there), s3://, gs:// or azblob://, with the query
// parameters of the Go CDK (gocloud.dev/blob). Credentials come from where each cloud's own clients look for them. The bucket
// itself is not asked before its first use.
func Open(ctx context.Context, bucketURL string) (*Bucket, error) {
	location, err := url.Parse(bucketURL)
	if err != nil {
		return nil, fmt.Errorf("archive URL: %w", err)
	}
	switch location.Scheme {
	case "file":
		location.RawQuery = inPlace(location.Query()).Encode()
	case "s3", "gs", "azblob":
	default:
		return nil, fmt.Errorf("archive URL: found scheme %q, expected file, s3, gs or azblob", location.Scheme)
	}
	objects, err := blob.OpenBucket(ctx, location.String())
	if err != nil {
		return nil, fmt.Errorf("open archive bucket %s://%s%s: %w", location.Scheme, location.Host, location.Path, err)
	}
	return &Bucket{objects: objects}, nil
}

// inPlace makes a folder of files create itself, for its owner only, and write beside the files it replaces: a rename out of the
// system's temporary folder fails where that is another file system.
func inPlace(query url.Values) url.Values {
	for name, value := range map[string]string{"create_dir": "true", "dir_file_mode": "448", "no_tmp_dir": "true"} { // 448 is 0700
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	return query
}

// Close lets go of the bucket.
func (b *Bucket) Close() error { return b.objects.Close() }

// Write puts document under key as canonical JSON (RFC 8785), reads it back and compares. What was there is replaced, so that a
// lost answer may be followed by another attempt. Errors: ErrTooLarge, ErrMissing, ErrMismatch, and the store's.
func (b *Bucket) Write(ctx context.Context, key string, document any) (Written, error) {
	if err := checkKey(key); err != nil {
		return Written{}, err
	}
	content, err := canonical(document)
	if err != nil {
		return Written{}, fmt.Errorf("encode archive %s: %w", key, err)
	}
	digest := sha256.Sum256(content)
	written := Written{Key: key, SHA256: hex.EncodeToString(digest[:]), Size: int64(len(content))}
	if err := b.objects.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: contentType}); err != nil {
		return Written{}, fmt.Errorf("write archive %s: %w", key, err)
	}
	if err := b.Verify(ctx, written); err != nil {
		return Written{}, err
	}
	return written, nil
}

// Verify reads what is under the key and compares it with what was written. Errors: ErrMissing, ErrMismatch, and the store's.
func (b *Bucket) Verify(ctx context.Context, written Written) error {
	if err := checkKey(written.Key); err != nil {
		return err
	}
	reader, err := b.objects.NewReader(ctx, written.Key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return fmt.Errorf("read archive %s: %w", written.Key, ErrMissing)
	}
	if err != nil {
		return fmt.Errorf("read archive %s: %w", written.Key, err)
	}
	defer reader.Close()
	digest := sha256.New()
	// One byte more than expected is enough to know that it is another object.
	size, err := io.Copy(digest, io.LimitReader(reader, written.Size+1))
	if err != nil {
		return fmt.Errorf("read archive %s: %w", written.Key, err)
	}
	if found := hex.EncodeToString(digest.Sum(nil)); size != written.Size || found != written.SHA256 {
		return fmt.Errorf("archive %s: found SHA-256 %s over %d bytes (of %d), expected %s over %d: %w",
			written.Key, found, size, reader.Size(), written.SHA256, written.Size, ErrMismatch)
	}
	return nil
}

// Delete removes what is under key; nothing there is success. A bucket that keeps versions keeps this one too: its rules have to
// let old versions expire where an erasure is to reach them.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := b.objects.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("delete archive %s: %w", key, err)
	}
	return nil
}

// canonical is the one form in which a document is written, so that equal documents have equal digests.
func canonical(document any) ([]byte, error) {
	content, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	if len(content) > MaxSize {
		return nil, fmt.Errorf("found %d bytes, expected %d at most: %w", len(content), MaxSize, ErrTooLarge)
	}
	value := jsontext.Value(content)
	if err := value.Canonicalize(); err != nil {
		return nil, err
	}
	return value, nil
}

// checkKey refuses keys that name no object or, in a folder of files, one outside.
func checkKey(key string) error {
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Errorf("archive key: found %q, expected names separated by slashes", key)
		}
	}
	return nil
}
