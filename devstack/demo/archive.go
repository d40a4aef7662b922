package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muster/api"
	"muster/archive"
)

// checkArchive reads the archive of a leaver from the bucket itself, past everything Muster believes of it.
func (s *story) checkArchive(recorded api.Archive, personID string) {
	content, err := s.archived(archive.Key(personID, recorded.Generation))
	s.check("the archive is in the bucket", err)
	if err != nil {
		return
	}
	sum := sha256.Sum256(content)
	s.check("its SHA-256 is the one on record", errors.Join(
		equal("SHA-256", hex.EncodeToString(sum[:]), recorded.SHA256), equal("size", int64(len(content)), recorded.Size)))
	var document archive.Document
	if err := json.Unmarshal(content, &document); err != nil {
		s.check("it can be read", err)
		return
	}
	names := slices.Collect(maps.Values(document.Snapshot.Names))
	s.check("it names the queues, skills, languages and roles that the account had", errors.Join(
		holds(len(document.Snapshot.Queues) == 1 && len(document.Snapshot.Skills) == 1, "snapshot: %+v", document.Snapshot),
		holds(hasAll(names, "General_Support", "Technical_Support", "English", "Agent"), "names: %v", names)))
	s.check("and neither the person's name nor their email address", holds(
		!strings.Contains(string(content), "Winter") && !strings.Contains(string(content), paulEmail), "they are in it"))
}

// archived is the content of a file in the demo's bucket, which is a folder.
func (s *story) archived(key string) ([]byte, error) {
	bucket, err := url.Parse(s.stack.ArchiveURL)
	if err != nil || bucket.Scheme != "file" {
		return nil, fmt.Errorf("the bucket %q is not a folder", s.stack.ArchiveURL)
	}
	content, err := os.ReadFile(filepath.Join(bucket.Path, filepath.FromSlash(key)))
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	return content, nil
}
