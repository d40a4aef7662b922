package simulate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/mapping"
	"muster/mapping/simulate"
)

const header = "kind,old_code,new_code,effective_date\n"

func TestChangesAreReadFromEitherForm(t *testing.T) {
	want := []simulate.HRChange{
		{Kind: "skill", Old: "EN", New: "", Effective: hr.Date{Year: 2027, Month: 1, Day: 31}, Line: 3},
		{Kind: "department", Old: "SUPPORT", New: "CARE", Effective: hr.Date{Year: 2027, Month: 2, Day: 1}, Line: 2},
	}
	for name, test := range map[string]struct{ format, text string }{
		"csv":                     {"csv", header + "department,SUPPORT,CARE,2027-02-01\nskill,EN,,2027-01-31\n"},
		"csv of a spreadsheet":    {"csv", "\uFEFF" + header + "department,SUPPORT,CARE,2027-02-01\r\nskill,\"EN\",,2027-01-31\r\n"},
		"csv with another order":  {"csv", "effective_date,new_code,old_code,kind\n2027-02-01,CARE,SUPPORT,department\n2027-01-31,,EN,skill\n"},
		"yaml, each on one line":  {"yaml", "# next year\n- {kind: department, old_code: SUPPORT, new_code: CARE, effective_date: 2027-02-01}\n- {kind: skill, old_code: EN, effective_date: 2027-01-31}\n"},
		"yaml with a null for it": {"yaml", "\n- {kind: department, old_code: SUPPORT, new_code: CARE, effective_date: '2027-02-01'}\n- {kind: skill, old_code: EN, new_code: null, effective_date: 2027-01-31}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			changes, err := simulate.ParseChanges("next.csv", test.format, []byte(test.text))
			require.NoError(t, err)
			require.Equal(t, want, changes, "in the order of the dates")
		})
	}
}

func TestEveryMistakeInAFileOfChangesIsNamedWithItsLine(t *testing.T) {
	for name, test := range map[string]struct {
		format, text string
		want         []string
	}{
		"several at once": {"csv", header + "team,A,B,2027-01-01\ndepartment,,B,2027-01-01\ndepartment,A,,2027-13-01\nskill,A,A,2027-01-01\n", []string{
			`next:2: kind: found "team", expected one of department, job_title, location, skill`,
			"next:3: old_code: found nothing, expected a code of 1 to 128 printable characters without spaces around it",
			"next:4: new_code: found nothing, expected a code of 1 to 128 printable characters without spaces around it",
			`next:4: effective_date: found "2027-13-01", expected a date YYYY-MM-DD`,
			"next:5: new_code: found the old code, expected another code",
		}},
		"a second change of a code":  {"csv", header + "skill,A,B,2027-01-01\nskill,A,C,2027-01-01\n", []string{`next:3: old_code: found a second change of "A" on 2027-01-01, beside line 2, expected one change of a code on a date`}},
		"a code with spaces":         {"csv", header + "skill, A,B,2027-01-01\n", []string{`next:2: old_code: found " A", expected a code of 1 to 128 printable characters without spaces around it`}},
		"an unknown column":          {"csv", "kind,old_code,new_code,date\nskill,A,B,2027-01-01\n", []string{`next:1: header: found "kind,old_code,new_code,date", expected each once: kind,old_code,new_code,effective_date`}},
		"a record too short":         {"csv", header + "skill,A\nskill,A,B,2027-01-01\n", []string{"next:2: record: found 2 fields, expected 4, as the header has"}},
		"a quote that does not end":  {"csv", header + "skill,\"A,B,2027-01-01\n", []string{`next:2: file: found extraneous or missing " in quoted-field, expected comma-separated values`}},
		"an empty file":              {"csv", "", []string{"next:1: file: found nothing, expected a header: kind,old_code,new_code,effective_date"}},
		"a header alone":             {"csv", header, []string{"next:1: file: found no change, expected at least one"}},
		"an empty list":              {"yaml", "[]", []string{"next:1: file: found no change, expected at least one"}},
		"no list":                    {"yaml", "kind: skill\n", []string{"next:1: file: found something else, expected a list of changes, each with kind, old_code, new_code and effective_date"}},
		"an unknown field":           {"yaml", "- {kind: skill, old_code: A, new_code: B, effective_date: 2027-01-01, why: x}\n", []string{`next:1: "why": found an unknown field, expected one of kind, old_code, new_code, effective_date`}},
		"a field twice":              {"yaml", "- kind: skill\n  old_code: A\n  old_code: B\n", []string{"next:3: old_code: found the field twice, expected it once"}},
		"an item that is no mapping": {"yaml", "- skill\n", []string{"next:1: change: found something else, expected named fields: kind, old_code, new_code, effective_date"}},
		"another format":             {"xml", "<a/>", []string{`next:0: format: found "xml", expected csv or yaml`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := simulate.ParseChanges("next", test.format, []byte(test.text))
			var parse *mapping.ParseError
			require.ErrorAs(t, err, &parse)
			require.Equal(t, test.want, strings.Split(err.Error(), "\n"))
		})
	}
}
