package hr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

func split(t *testing.T, body string) []string {
	t.Helper()
	items, _, err := hr.SplitBatch([]byte(body))
	require.NoError(t, err)
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = string(item)
	}
	return texts
}

func TestASingleEventIsItsOnlyItem(t *testing.T) {
	items, batch, err := hr.SplitBatch([]byte(sample))
	require.NoError(t, err)
	require.False(t, batch)
	require.Equal(t, [][]byte{[]byte(sample)}, items)
}

func TestABatchIsCutIntoItsEvents(t *testing.T) {
	items, batch, err := hr.SplitBatch([]byte(` { "events" : [ {"a":1} , 2, "three" ] } `))
	require.NoError(t, err)
	require.True(t, batch)
	require.Equal(t, [][]byte{[]byte(`{"a":1}`), []byte(`2`), []byte(`"three"`)}, items)
}

func TestAnItemsFaultsStayWithTheItem(t *testing.T) {
	require.Equal(t, []string{`{"a":1,"a":2}`, "\"\xff\"", sample}, split(t, `{"events":[{"a":1,"a":2},`+"\"\xff\","+sample+`]}`))
}

func TestWhatIsNoBatchIsLeftToDecode(t *testing.T) {
	for _, body := range []string{``, `not json`, `[1]`, `"events"`, leaver + `}`, leaver[:40], atTop(leaver, `"events":[]`)} {
		items, batch, err := hr.SplitBatch([]byte(body))
		require.NoError(t, err, body)
		require.False(t, batch, body)
		require.Equal(t, [][]byte{[]byte(body)}, items)
	}
}

func TestRefusedBatches(t *testing.T) {
	thousand := strings.Repeat("0,", hr.MaxBatch-1) + "0"
	require.Len(t, split(t, `{"events":[`+thousand+`]}`), hr.MaxBatch)
	tests := []struct{ name, body, field string }{
		{"one too many", `{"events":[` + thousand + `,0]}`, "events"},
		{"none", `{"events":[]}`, "events"},
		{"no array", `{"events":{}}`, "events"},
		{"twice", `{"events":[0],"events":[0]}`, "events"},
		{"something else beside them", `{"events":[0],"source":"x"}`, "source"},
		{"cut off", `{"events":[0,`, "body"},
		{"trailing data", `{"events":[0]}]`, "body"},
		{"too large", `{"events":["` + strings.Repeat("x", hr.MaxBody) + `"]}`, "body"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := hr.SplitBatch([]byte(test.body))
			var refusal *hr.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, []string{test.field}, fields(refusal.Problems))
		})
	}
}
