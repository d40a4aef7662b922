package archive_test

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"pgregory.net/rapid"

	"muster/archive"
	"muster/ccaas"
	"muster/lifecycle"
)

// folder is a bucket of files that does not exist yet.
func folder(t *testing.T) (*archive.Bucket, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "not", "there yet")
	bucket, err := archive.Open(t.Context(), (&url.URL{Scheme: "file", Path: path}).String())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bucket.Close()) })
	return bucket, path
}

func document() archive.Document {
	at := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	return archive.Document{
		SchemaVersion: archive.SchemaVersion, PersonID: "WD-EMP-1", ExternalIDs: []string{"WD-EMP-1"}, Platform: "genesys",
		AccountID: "u1", Generation: 4, MappingVersion: 7, WorkflowID: "termination/WD-EMP-1/4", ArchivedAt: at,
		HR: archive.HRState{Employment: "left", Status: "TERMINATED", SkillCodes: []string{"SVC_TECH"}, LeftAt: at},
		Snapshot: lifecycle.Snapshot{
			Platform: "genesys", AccountID: "u1", State: ccaas.Active, TakenAt: at,
			Queues: []ccaas.Membership{{QueueID: "q1", Joined: true}}, Roles: []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}},
		},
		ConversationsFrom: at.AddDate(0, 0, -90), ConversationsTo: at,
		Conversations: []ccaas.Conversation{{ID: "c1", StartedAt: at, Media: []string{"call"}, QueueIDs: []string{"q1"}}},
	}
}

func write(t *testing.T, bucket *archive.Bucket) archive.Written {
	t.Helper()
	written, err := bucket.Write(t.Context(), archive.Key("WD-EMP-1", 4), document())
	require.NoError(t, err)
	return written
}

func TestADocumentIsWrittenAndReadsBack(t *testing.T) {
	bucket, path := folder(t)
	written := write(t, bucket)
	require.Equal(t, "leavers/WD-EMP-1/4.json", written.Key)
	require.NoError(t, bucket.Verify(t.Context(), written))

	content, err := os.ReadFile(filepath.Join(path, written.Key))
	require.NoError(t, err)
	require.Equal(t, written.Size, int64(len(content)))
	var kept archive.Document
	require.NoError(t, json.Unmarshal(content, &kept))
	require.Equal(t, document(), kept)
}

func TestEqualDocumentsHaveEqualDigestsWhateverTheOrderOfTheirFields(t *testing.T) {
	bucket, path := folder(t)
	first, err := bucket.Write(t.Context(), "a.json", json.RawMessage(`{"b": 1.0, "a": "é"}`))
	require.NoError(t, err)
	second, err := bucket.Write(t.Context(), "b.json", map[string]any{"a": "é", "b": 1})
	require.NoError(t, err)
	require.Equal(t, first.SHA256, second.SHA256)
	content, err := os.ReadFile(filepath.Join(path, "a.json"))
	require.NoError(t, err)
	wanted := []byte("{\"a\":\"é\",\"b\":1}")
	require.Equal(t, wanted, content)
}

func TestWritingAgainReplaces(t *testing.T) {
	bucket, _ := folder(t)
	first := write(t, bucket)
	later := document()
	later.ArchivedAt = later.ArchivedAt.Add(time.Hour)
	second, err := bucket.Write(t.Context(), first.Key, later)
	require.NoError(t, err)
	require.NoError(t, bucket.Verify(t.Context(), second))
	require.ErrorIs(t, bucket.Verify(t.Context(), first), archive.ErrMismatch)
}

func TestAnArchiveThatWasTamperedWithDoesNotVerify(t *testing.T) {
	for name, tamper := range map[string]func(content []byte) []byte{
		"another byte":    func(c []byte) []byte { c[len(c)/2] ^= 1; return c },
		"a byte more":     func(c []byte) []byte { return append(c, ' ') },
		"a byte less":     func(c []byte) []byte { return c[:len(c)-1] },
		"nothing left":    func([]byte) []byte { return nil },
		"much more of it": func(c []byte) []byte { return append(c, make([]byte, 1<<20)...) },
	} {
		t.Run(name, func(t *testing.T) {
			bucket, path := folder(t)
			written := write(t, bucket)
			file := filepath.Join(path, written.Key)
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(file, tamper(content), 0o600))
			require.ErrorIs(t, bucket.Verify(t.Context(), written), archive.ErrMismatch)
		})
	}
}

func TestAnArchiveThatIsGoneIsMissing(t *testing.T) {
	bucket, path := folder(t)
	written := write(t, bucket)
	require.NoError(t, os.Remove(filepath.Join(path, written.Key)))
	err := bucket.Verify(t.Context(), written)
	require.ErrorIs(t, err, archive.ErrMissing)
	require.NotErrorIs(t, err, archive.ErrMismatch)
}

func TestAStoreThatCannotBeReadIsNeitherMissingNorMismatched(t *testing.T) {
	bucket, path := folder(t)
	written := write(t, bucket)
	person := filepath.Join(path, filepath.Dir(written.Key))
	require.NoError(t, os.RemoveAll(person))
	require.NoError(t, os.WriteFile(person, nil, 0o600)) // a file where a folder belongs
	err := bucket.Verify(t.Context(), written)
	require.Error(t, err)
	require.NotErrorIs(t, err, archive.ErrMissing)
	require.NotErrorIs(t, err, archive.ErrMismatch)
}

func TestAnArchiveIsDeletedAndDeletingItAgainIsNoFailure(t *testing.T) {
	bucket, path := folder(t)
	written := write(t, bucket)
	require.NoError(t, bucket.Delete(t.Context(), written.Key))
	require.ErrorIs(t, bucket.Verify(t.Context(), written), archive.ErrMissing)
	require.NoError(t, bucket.Delete(t.Context(), written.Key))
	require.NoError(t, filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		require.True(t, entry.IsDir(), "%s is left", path)
		return nil
	}))
}

func TestADocumentBeyondTheBoundIsRefusedAndNothingIsWritten(t *testing.T) {
	bucket, _ := folder(t)
	key := archive.Key("WD-EMP-1", 1)
	_, err := bucket.Write(t.Context(), key, strings.Repeat("x", archive.MaxSize))
	require.ErrorIs(t, err, archive.ErrTooLarge)
	require.ErrorIs(t, bucket.Verify(t.Context(), archive.Written{Key: key}), archive.ErrMissing)
}

func TestKeysThatNameNoObjectAreRefused(t *testing.T) {
	bucket, _ := folder(t)
	for _, key := range []string{"", "/", "a/", "/a", "a//b", "../a", "a/./b", "a/.."} {
		_, err := bucket.Write(t.Context(), key, document())
		require.ErrorContains(t, err, "archive key", key)
		require.ErrorContains(t, bucket.Delete(t.Context(), key), "archive key", key)
		require.ErrorContains(t, bucket.Verify(t.Context(), archive.Written{Key: key}), "archive key", key)
	}
}

func TestOnlyKnownKindsOfBucketOpen(t *testing.T) {
	for _, bad := range []string{"", "/var/archive", "mem://", "ftp://host/x", "%"} {
		_, err := archive.Open(t.Context(), bad)
		require.ErrorContains(t, err, "archive URL", bad)
	}
}

func TestTheDriversOfEveryKindOfBucketAreLinkedIn(t *testing.T) {
	for _, scheme := range []string{"file", "s3", "gs", "azblob"} {
		require.True(t, blob.DefaultURLMux().ValidBucketScheme(scheme), scheme)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
	t.Setenv("AZURE_STORAGE_ACCOUNT", "account")
	t.Setenv("AZURE_STORAGE_KEY", "a2V5")
	for _, location := range []string{"s3://bucket?region=eu-central-1", "azblob://container"} {
		bucket, err := archive.Open(t.Context(), location)
		require.NoError(t, err, location)
		require.NoError(t, bucket.Close())
	}
}

func TestAFolderOfArchivesIsItsOwnersAlone(t *testing.T) {
	_, path := folder(t)
	found, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), found.Mode().Perm())
}

func TestEveryPersonHasAKeyThatStaysInItsFolder(t *testing.T) {
	keys := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		person := rapid.StringMatching(`[A-Za-z0-9._:=/%-]{1,20}`).Draw(t, "person")
		generation := rapid.Int64Range(0, 9).Draw(t, "generation")
		key := archive.Key(person, generation)
		parts := strings.Split(key, "/")
		require.Len(t, parts, 3)
		require.Equal(t, "leavers", parts[0])
		require.Regexp(t, `^[A-Za-z0-9_=-]+$`, parts[1])
		require.Regexp(t, `^[0-9]\.json$`, parts[2])
		if other, taken := keys[parts[1]]; taken {
			require.Equal(t, other, person, "two persons share %s", parts[1])
		}
		keys[parts[1]] = person
	})
	require.Equal(t, "leavers/WORKDAY=3AWD=2EEMP/1.json", archive.Key("WORKDAY:WD.EMP", 1))
}
