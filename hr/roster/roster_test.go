package roster_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/hr/roster"
)

type decoder interface {
	Next() (roster.Line, error)
}

// readAll returns the lines, and the error that ended them unless it was the end.
func readAll(d decoder) (lines []roster.Line, err error) {
	for {
		line, err := d.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
}

func table(t testing.TB, text string, columns roster.Columns) []roster.Line {
	t.Helper()
	reader, err := roster.NewCSV(strings.NewReader(text), columns, hr.Zones{})
	require.NoError(t, err)
	lines, err := readAll(reader)
	require.NoError(t, err)
	return lines
}

// told is a line in short: its number, and who it is about or what is wrong.
func told(lines []roster.Line) (short []string) {
	for _, line := range lines {
		text := fmt.Sprintf("%d %s", line.Number, line.ExternalUserID)
		for _, p := range line.Problems {
			text += "; " + p.Field + ": " + p.Found
		}
		short = append(short, text)
	}
	return short
}

func person(id string) string { return `{"external_user_id":"` + id + `","status":"ACTIVE"}` }

func TestABadLineNeverKeepsTheOthersFromBeingRead(t *testing.T) {
	text := strings.Join([]string{
		"\ufeff" + person("1"), `{"external_user_id":"2"`, "", person("3") + "\r", `{"external_user_id":"4","status":"ACTIVE","x":1}`,
		`{"external_user_id":"` + strings.Repeat("5", roster.MaxLine) + `"}`, "\xff\xfe", person("7"), "",
	}, "\n")
	lines, err := readAll(roster.NewJSONLines(strings.NewReader(text), hr.Zones{}))
	require.NoError(t, err)
	require.Equal(t, []string{
		"1 1", "2 2; body: malformed JSON at byte 23", "3 ; body: the end of the data at byte 0", "4 3",
		"5 4; x: an unknown field", "6 ; body: a longer line", "7 ; body: malformed JSON at byte 0", "8 7",
	}, told(lines))
}

func TestATextThatBreaksOffIsNoShorterRoster(t *testing.T) {
	whole := person("1") + "\n" + person("2")
	for _, text := range []string{whole[:len(whole)-1], whole[:len(whole)-20], whole[:len(person("1"))+2]} {
		_, err := readAll(roster.NewJSONLines(strings.NewReader(text), hr.Zones{}))
		require.ErrorIs(t, err, roster.ErrCut, text)
	}
	lines, err := readAll(roster.NewJSONLines(strings.NewReader(whole), hr.Zones{}))
	require.NoError(t, err, "a last line may be without its end")
	require.Len(t, lines, 2)

	for _, text := range []string{"external_user_id,status\n1,ACTIVE\n2", "external_user_id,status\n1,ACTIVE\n2,\"ACT", "external_user_id,status\n1,ACTIVE\n\"2"} {
		reader, err := roster.NewCSV(strings.NewReader(text), roster.Columns{}, hr.Zones{})
		require.NoError(t, err)
		_, err = readAll(reader)
		require.ErrorIs(t, err, roster.ErrCut, text)
	}
}

func TestWhatTheTextItselfSaysIsPassedOn(t *testing.T) {
	broken := errors.New("broken")
	_, err := readAll(roster.NewJSONLines(io.MultiReader(strings.NewReader(person("1")+"\n"), iotest.ErrReader(broken)), hr.Zones{}))
	require.ErrorIs(t, err, broken)
	_, err = readAll(roster.NewJSONLines(io.MultiReader(strings.NewReader(person("1")+"\n"), iotest.ErrReader(fmt.Errorf("connection: %w", io.EOF))), hr.Zones{}))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a connection that breaks off is no end")
	reader, err := roster.NewCSV(io.MultiReader(strings.NewReader("external_user_id,status\n1,"), iotest.ErrReader(broken)), roster.Columns{}, hr.Zones{})
	require.NoError(t, err)
	_, err = readAll(reader)
	require.ErrorIs(t, err, broken)
}

func TestATableIsHeldToTheRulesOfEvents(t *testing.T) {
	lines := table(t, "\ufeffexternal_user_id,status,email,skill_codes,termination.last_day\r\n"+
		"1,ACTIVE,jane@example.com,B|A,\r\n"+
		"2,GONE,nobody,,\r\n"+
		"3,TERMINATED,,,2026-02-30\r\n"+
		"4,ACTIVE\r\n"+
		"\r\n"+
		"6,ACTIVE,\"x\ny@example.com\",,\r\n"+ // a line end within a cell is a cell's, though no email has one
		"8,TERMINATED,,,2026-02-28\r\n"+
		",ACTIVE,,,\r\n"+
		"10,\xff,,,\r\n", roster.Columns{})
	require.Equal(t, []string{
		"2 1", `3 2; email: a text of 6 characters; status: "GONE"`, `4 3; termination.last_day: "2026-02-30"`, "5 ; body: 2 cells", "6 ; body: 1 cells",
		"7 6; email: a text of 15 characters", "8 ; body: a quote that is not closed", "9 8", "10 ; external_user_id: nothing", "11 10; status: a text that is not valid UTF-8",
	}, told(lines))
	require.Equal(t, []string{"A", "B"}, lines[0].Person.SkillCodes.Value)
	require.Nil(t, lines[0].Person.Termination)
	require.Equal(t, "2026-02-28", lines[7].Person.Termination.LastDay.String())
}

func TestAQuoteThatIsNotClosedSpoilsItsOwnLineAlone(t *testing.T) {
	const header = "external_user_id,status,last_name\n"
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"no other quote":                     {"1,ACTIVE,\"Doe\n2,ACTIVE,Roe\n3,ACTIVE,Poe\n", []string{"2 ; body: a quote that is not closed", "3 2", "4 3"}},
		"another one later":                  {"1,ACTIVE,\"Doe\n2,ACTIVE,Roe\n3,ACTIVE,\"Poe\n4,ACTIVE,Moe\n", []string{"2 ; body: a quote that is not closed", "3 2", "4 ; body: a quote that is not closed", "5 4"}},
		"within a cell":                      {"1,ACTIVE,5\" screen\n2,ACTIVE,Roe\n", []string{"2 ; body: a quote that is not closed", "3 2"}},
		"two of them in a cell":              {"1,ACTIVE,5\" screen\"\n2,ACTIVE,Roe\n", []string{"2 ; body: a quote within a cell without quotes", "3 2"}},
		"after a cell in quotes":             {"1,ACTIVE,\"Doe\"x\n2,ACTIVE,Roe\n", []string{"2 ; body: something after a closing quote", "3 2"}},
		"another one that seems to close it": {"1,ACTIVE,\"Doe\n2,ACTIVE,Roe\"\n3,ACTIVE,Poe\n", []string{"2 1; last_name: a text of 16 characters", "3 ; body: a quote that is not closed", "4 3"}},
		"doubled, as it should":              {"1,ACTIVE,\"D\"\"o\"\"e\"\n2,ACTIVE,\"R,oe\"\n", []string{"2 1", "3 2"}},
		"far more lines than a row may have": {
			"1,ACTIVE,\"Doe\n" + strings.Repeat("2,ACTIVE,Roe\n", 40),
			append([]string{"2 ; body: a quote that is not closed"}, slices.Collect(func(yield func(string) bool) {
				for n := 3; n < 43; n++ {
					if !yield(fmt.Sprintf("%d 2", n)) {
						return
					}
				}
			})...),
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, told(table(t, header+c.rows, roster.Columns{}))) })
	}
}

func TestACellThatNobodyReadsMayHoldLineEnds(t *testing.T) {
	columns := roster.Columns{Fields: map[string]roster.Column{"external_user_id": {Names: []string{"id"}}, "status": {Names: []string{"status"}}}}
	lines := table(t, "id,\"post\naddress\",status\n1,\"Main Street 1\nMadrid\",ACTIVE\n2,,ACTIVE\n", columns)
	require.Equal(t, []string{"3 1", "5 2"}, told(lines))
}

func exportColumns() roster.Columns {
	return roster.Columns{Delimiter: ';', Null: "-", Fields: map[string]roster.Column{
		"external_user_id": {Names: []string{"Nr"}},
		"status":           {Names: []string{"St"}, Values: map[string]string{"A": "ACTIVE", "U": "ON_LEAVE", "T": "TERMINATED"}},
		"first_name":       {Names: []string{"Preferred", "First"}},
		"phone_extension":  {Names: []string{"Ext"}},
		"skill_codes":      {Names: []string{"Skills", "Languages"}, Separator: "+", Values: map[string]string{"es": "LANG_ES"}},
		"timezone":         {Constant: "Europe/Madrid"},
		"hire_date":        {Names: []string{"Hired"}, Format: "DD.MM.YYYY"},
		"termination.last_day": {
			Names: []string{"End"}, Format: "MM/DD/YYYY", Absent: []string{"12/31/4712"},
		},
	}}
}

func TestAnExportIsReadAsItsColumnsAreMapped(t *testing.T) {
	lines := table(t, "Salary;Nr;St;Preferred;First;Ext;Skills;Languages;Hired;End\n"+
		"90000;1;A;;Jane;-;SVC + TECH;es;29.02.2024;12/31/4712\n"+
		";2;T;Jo;Joanna;;-;;;11/27/2026\n"+
		";3;X;;;;;;2024-02-29;\n", exportColumns())
	require.Len(t, lines, 3)
	one, two := lines[0].Person, lines[1].Person
	require.Equal(t, hr.StatusActive, one.Status.Value)
	require.Equal(t, "Jane", one.FirstName.Value)
	require.Equal(t, hr.Optional[string]{Present: true, Null: true}, one.PhoneExtension)
	require.Equal(t, []string{"LANG_ES", "SVC", "TECH"}, one.SkillCodes.Value)
	require.Equal(t, "Europe/Madrid", one.Timezone.Value)
	require.Equal(t, "2024-02-29", one.HireDate.Value.String())
	require.Nil(t, one.Termination)
	require.Equal(t, "Jo", two.FirstName.Value)
	require.False(t, two.PhoneExtension.Present, "an empty cell says nothing")
	require.True(t, two.SkillCodes.Null)
	require.Equal(t, "2026-11-27", two.Termination.LastDay.String())
	require.Equal(t, `4 3; hire_date: "2024-02-29"; status: "X"`, told(lines)[2])
}

func TestAHeaderThatDoesNotFitRefusesTheWhole(t *testing.T) {
	for header, want := range map[string]string{
		"external_user_id,status,salary":        `header "salary": found an unknown column`,
		"external_user_id,status,email,email":   `header "email": found the column more than once`,
		"external_user_id":                      `header "status": found nothing`,
		"external_user_id,sta\"tus":             "header: found a quote that is not closed",
		"\xff\xfee\x00x\x00t\x00":               "header",
		strings.Repeat("x", roster.MaxLine+100): "header: found a longer line",
	} {
		_, err := roster.NewCSV(strings.NewReader(header+"\n1,ACTIVE\n"), roster.Columns{}, hr.Zones{})
		var refused *roster.HeaderError
		require.ErrorAs(t, err, &refused, header)
		require.ErrorContains(t, err, want)
	}
	_, err := roster.NewCSV(strings.NewReader("Nr;St;First;Ext;Skills;Languages;Hired;End\n"), exportColumns(), hr.Zones{})
	require.ErrorContains(t, err, `header "Preferred": found no such column, expected the column of first_name`)
	_, err = roster.NewCSV(strings.NewReader(""), roster.Columns{}, hr.Zones{})
	require.ErrorIs(t, err, io.EOF)
}

func TestColumnsThatCannotBeUsedAreNamed(t *testing.T) {
	for want, columns := range map[string]roster.Columns{
		"columns.external_user_id":                {Fields: map[string]roster.Column{"status": {Names: []string{"s"}}}},
		"columns.nick: found an unknown":          {Fields: map[string]roster.Column{"nick": {Names: []string{"n"}}}},
		"columns.email: found neither":            {Fields: map[string]roster.Column{"email": {}}},
		"columns.email: found a column and":       {Fields: map[string]roster.Column{"email": {Names: []string{"n"}, Constant: "c"}}},
		"columns.external_user_id: found a const": {Fields: map[string]roster.Column{"external_user_id": {Constant: "c"}}},
		"columns.hire_date.format":                {Fields: map[string]roster.Column{"hire_date": {Names: []string{"n"}, Format: "DD-DD-YYYY"}}},
		"columns.email.format":                    {Fields: map[string]roster.Column{"email": {Names: []string{"n"}, Format: "DD-MM-YYYY"}}},
		"columns.email.separator":                 {Fields: map[string]roster.Column{"email": {Names: []string{"n"}, Separator: "+"}}},
		"delimiter":                               {Delimiter: '"'},
	} {
		var found []string
		for _, problem := range columns.Check() {
			found = append(found, problem.String())
		}
		require.Contains(t, strings.Join(found, "\n"), want)
	}
	require.Empty(t, exportColumns().Check())
}

// anyone draws a record as HR may say it.
func anyone(t *rapid.T) hr.Payload {
	text := func(name, form string, cannotClear bool) hr.Optional[string] {
		switch rapid.IntRange(0, 2).Draw(t, name+" said") {
		case 0:
			return hr.Optional[string]{}
		case 1:
			if !cannotClear {
				return hr.Optional[string]{Present: true, Null: true}
			}
		}
		return hr.Optional[string]{Present: true, Value: rapid.StringMatching(form).Draw(t, name)}
	}
	date := func(name string) *hr.Date {
		if !rapid.Bool().Draw(t, name+" said") {
			return nil
		}
		return &hr.Date{Year: rapid.IntRange(1990, 2050).Draw(t, name+" year"), Month: 5, Day: rapid.IntRange(1, 31).Draw(t, name+" day")}
	}
	p := hr.Payload{
		ExternalUserID:    rapid.StringMatching(`WD-[A-Za-z0-9._:-]{1,20}`).Draw(t, "id"),
		Status:            hr.Optional[hr.Status]{Present: true, Value: rapid.SampledFrom([]hr.Status{hr.StatusActive, hr.StatusOnLeave, hr.StatusSuspended, hr.StatusTerminated}).Draw(t, "status")},
		Email:             text("email", `[a-z]{1,8}@example\.com`, true),
		FirstName:         text("first name", `[A-Zéß",;' 世-]{0,8}[A-Z]`, true),
		LastName:          text("last name", `[A-Z"]{0,4}O`, true),
		PhoneExtension:    text("extension", `[0-9*#]{1,8}`, false),
		DepartmentCode:    text("department", `[A-Z_",]{0,7}X`, false),
		ManagerExternalID: text("manager", `WD-[0-9]{1,5}`, false),
	}
	if rapid.Bool().Draw(t, "skills said") {
		codes := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z_,"]{1,6}`), 0, 4, rapid.ID[string]).Draw(t, "skills")
		slices.Sort(codes)
		p.SkillCodes = hr.Optional[[]string]{Present: true, Value: codes, Null: len(codes) == 0}
		if len(codes) == 0 {
			p.SkillCodes.Value = nil
		}
	}
	if day := date("hired"); day != nil {
		p.HireDate = hr.Optional[hr.Date]{Present: true, Value: *day}
	}
	if day := date("last day"); day != nil {
		p.Termination = &hr.Termination{LastDay: day}
	}
	return p
}

func TestARecordSurvivesAnyWayOfWritingIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfN(rapid.Custom(anyone), 1, 5).Draw(t, "people")
		ending := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		var text bytes.Buffer
		for _, p := range people {
			text.Write(hr.CanonicalRecord(p))
			text.WriteString(ending)
		}
		lines, err := readAll(roster.NewJSONLines(&text, hr.Zones{}))
		require.NoError(t, err)
		require.Equal(t, people, persons(t, lines))

		lines, err = readAll(tableOf(t, people, ending))
		require.NoError(t, err)
		require.Equal(t, people, persons(t, lines))
	})
}

func persons(t *rapid.T, lines []roster.Line) (people []hr.Payload) {
	for i, line := range lines {
		require.Empty(t, line.Problems, "line %d", i)
		require.Equal(t, line.Person.ExternalUserID, line.ExternalUserID)
		people = append(people, line.Person)
	}
	return people
}

// tableOf writes people as a table with another program's writer.
func tableOf(t *rapid.T, people []hr.Payload, ending string) decoder {
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	writer.UseCRLF = ending == "\r\n"
	writer.Comma = ';'
	require.NoError(t, writer.Write([]string{"id", "status", "email", "first", "last", "ext", "dep", "boss", "skills", "hired", "end"}))
	cell := func(o hr.Optional[string]) string {
		if o.Null {
			return "(none)"
		}
		return o.Value
	}
	for _, p := range people {
		skills, hired, end := strings.Join(p.SkillCodes.Value, "/"), "", ""
		if p.SkillCodes.Null {
			skills = "(none)"
		}
		if p.HireDate.Present {
			hired = fmt.Sprintf("%02d/%02d/%d", p.HireDate.Value.Day, p.HireDate.Value.Month, p.HireDate.Value.Year)
		}
		if p.Termination != nil {
			end = p.Termination.LastDay.String()
		}
		require.NoError(t, writer.Write([]string{
			p.ExternalUserID, string(p.Status.Value), cell(p.Email), cell(p.FirstName), cell(p.LastName), cell(p.PhoneExtension), cell(p.DepartmentCode),
			cell(p.ManagerExternalID), skills, hired, end,
		}))
	}
	writer.Flush()
	column := func(name string) roster.Column { return roster.Column{Names: []string{name}} }
	reader, err := roster.NewCSV(&text, roster.Columns{Delimiter: ';', Null: "(none)", Fields: map[string]roster.Column{
		"external_user_id": column("id"), "status": column("status"), "email": column("email"), "first_name": column("first"),
		"last_name": column("last"), "phone_extension": column("ext"), "department_code": column("dep"), "manager_external_id": column("boss"),
		"skill_codes": {Names: []string{"skills"}, Separator: "/"}, "hire_date": {Names: []string{"hired"}, Format: "DD/MM/YYYY"},
		"termination.last_day": column("end"),
	}}, hr.Zones{})
	require.NoError(t, err)
	return reader
}

// A million lines are read without holding them: the reader gets each only when it is asked for.
func TestNoMoreIsReadThanIsAskedFor(t *testing.T) {
	endless := &repeating{line: []byte(person("1") + "\n")}
	reader := roster.NewJSONLines(endless, hr.Zones{})
	for range 1000 {
		_, err := reader.Next()
		require.NoError(t, err)
	}
	require.Less(t, endless.given, 1000*len(endless.line)+2*roster.MaxLine)
}

type repeating struct {
	line  []byte
	given int
}

func (r *repeating) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.line[(r.given+i)%len(r.line)]
	}
	r.given += len(p)
	return len(p), nil
}
