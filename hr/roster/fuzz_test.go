package roster_test

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/hr/roster"
)

// requireTold holds lines to what everything behind a decoder relies on: each tells about a person, in a form that reads back, or
// why it does not; they are in order and none is longer than the text has lines.
func requireTold(t *testing.T, text []byte, lines []roster.Line, err error) {
	t.Helper()
	if err != nil {
		require.ErrorIs(t, err, roster.ErrCut)
	}
	last := int64(0)
	for _, line := range lines {
		require.Greater(t, line.Number, last)
		last = line.Number
		for _, p := range line.Problems {
			require.NotEmpty(t, p.Field)
			require.NotEmpty(t, p.Found)
			require.NotEmpty(t, p.Expected)
			require.True(t, utf8.ValidString(p.String()))
		}
		if line.Refused() {
			require.Zero(t, line.Person)
			require.True(t, line.ExternalUserID == "" || hr.ValidIdentifier(line.ExternalUserID))
			continue
		}
		require.True(t, hr.ValidIdentifier(line.ExternalUserID))
		require.True(t, line.Person.Status.Present)
		again, err := hr.FromCanonicalRecord(hr.CanonicalRecord(line.Person))
		require.NoError(t, err)
		require.Equal(t, line.Person, again)
	}
	require.LessOrEqual(t, last, int64(bytes.Count(text, []byte("\n"))+1))
}

func FuzzJSONLines(f *testing.F) {
	for _, seed := range []string{
		person("1") + "\n" + person("2"), "\ufeff" + person("1") + "\r\n\r\n", "{", "\x00", `{"external_user_id":"1","status":"ACTIVE","status":null}` + "\n",
		`{"external_user_id":"1","status":"TERMINATED","skill_codes":["a",null],"termination":{"last_day":"2024-01-01"},"last_name":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := readAll(roster.NewJSONLines(bytes.NewReader(text), hr.Zones{}))
		requireTold(t, text, lines, err)
	})
}

func FuzzCSV(f *testing.F) {
	const header = "external_user_id,status,last_name,skill_codes,hire_date,termination.last_day\n"
	for _, seed := range []string{
		header + "1,ACTIVE,Doe,A|B,2020-01-01,\n2,TERMINATED,\"R\"\"oe\",,,2026-01-01\r\n", header + "1,ACTIVE,\"x\ny\",,,\n\"\n2,A\n",
		header, "", "\ufeff" + header + ",,,,,", header + "\"\"\"\n\"\n\"", "external_user_id,status\n1,\xff\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, columns := range []roster.Columns{{}, exportColumns()} {
			reader, err := roster.NewCSV(bytes.NewReader(text), columns, hr.Zones{})
			var header *roster.HeaderError
			if errors.As(err, &header) {
				require.NotEmpty(t, header.Problems)
				require.True(t, utf8.ValidString(err.Error()))
				continue
			}
			if err != nil {
				continue
			}
			lines, err := readAll(reader)
			requireTold(t, text, lines, err)
		}
	})
}
