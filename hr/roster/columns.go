package roster

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/hr"
)

// The fields of a record in a table: those of the payload, and of its termination as paths.
var fields = []string{
	"external_user_id", "status", "email", "first_name", "last_name", "phone_extension", "department_code", "job_title_code",
	"location_code", "manager_external_id", "timezone", skillField, "hire_date", "leave_until",
	terminationPrefix + "reason", terminationPrefix + "last_day", terminationPrefix + "last_working_day",
}

const (
	skillField        = "skill_codes"
	terminationPrefix = "termination."
	// defaultSeparator stands between the codes of a list unless the column says otherwise.
	defaultSeparator = "|"
)

func dateField(field string) bool {
	return field == "hire_date" || field == "leave_until" || strings.HasSuffix(field, "_day")
}

// Columns say how a CSV is read: which column is which field.
type Columns struct {
	// Delimiter stands between cells; 0 means a comma.
	Delimiter rune
	// Null is what a cell says that clears its field; empty: no cell clears one.
	Null string
	// Fields are the columns by the name of the field. Columns of the file that none of them names are left unread. Without any,
	// the header has the names of the fields and nothing else.
	Fields map[string]Column
}

// Column says where one field comes from. A cell that is empty says nothing, like a field that is absent.
type Column struct {
	// Names of the columns in the header. The first one whose cell says something is used; of skill_codes, all of them.
	Names []string
	// Constant is the value of every row, instead of Names.
	Constant string
	// Separator stands between the codes of skill_codes; empty: "|". Spaces around a code are not part of it.
	Separator string
	// Values translates what a cell says; of skill_codes, each code. What it does not name stays as it is.
	Values map[string]string
	// Format of a date, of YYYY, MM and DD and what stands between them; empty: YYYY-MM-DD.
	Format string
	// Absent are cells that say nothing, as the empty one, such as 4712-12-31 for "no end".
	Absent []string
}

// Check returns what is wrong with the columns, by field; nothing: they can be used.
func (c Columns) Check() (found []hr.Problem) {
	wrong := func(field, value, expected string) {
		found = append(found, hr.Problem{Field: field, Found: value, Expected: expected})
	}
	switch c.Delimiter {
	case '"', '\r', '\n', utf8.RuneError:
		wrong("delimiter", quoted(string(c.Delimiter)), `one character that is neither a quote nor the end of a line`)
	}
	if len(c.Fields) == 0 {
		return found
	}
	for _, required := range []string{"external_user_id", "status"} {
		if _, given := c.Fields[required]; !given {
			wrong("columns."+required, "nothing", "the column's name")
		}
	}
	for _, field := range sortedKeys(c.Fields) {
		if !slices.Contains(fields, field) {
			wrong("columns."+quotedUnlessPlain(field), "an unknown field", "one of "+strings.Join(fields, ", "))
			continue
		}
		c.Fields[field].check(field, wrong)
	}
	return found
}

func (c Column) check(field string, wrong func(field, found, expected string)) {
	at := "columns." + field
	switch {
	case len(c.Names) == 0 && c.Constant == "":
		wrong(at, "neither a column nor a constant", "one of the two")
	case len(c.Names) > 0 && c.Constant != "":
		wrong(at, "a column and a constant", "one of the two")
	case field == "external_user_id" && c.Constant != "":
		wrong(at, "a constant", "a column: everybody has an id of their own")
	}
	if slices.Contains(c.Names, "") {
		wrong(at, "a column without a name", "its name in the header")
	}
	if c.Separator != "" && field != skillField {
		wrong(at+".separator", quoted(c.Separator), "no separator: the field is no list")
	}
	if c.Format == "" {
		return
	}
	if !dateField(field) {
		wrong(at+".format", quoted(c.Format), "no format: the field is no date")
	} else if _, ok := layoutOf(c.Format); !ok {
		wrong(at+".format", quoted(c.Format), "a form of YYYY, MM and DD, each once, such as DD/MM/YYYY")
	}
}

// layoutOf turns a form of YYYY, MM and DD into the layout of package time.
func layoutOf(form string) (layout string, ok bool) {
	rest := form
	for token, part := range map[string]string{"YYYY": "2006", "MM": "01", "DD": "02"} {
		if strings.Count(form, token) != 1 {
			return "", false
		}
		rest = strings.Replace(rest, token, "", 1)
		form = strings.Replace(form, token, part, 1)
	}
	// Letters and digits would mean something to package time.
	return form, !strings.ContainsFunc(rest, func(r rune) bool {
		return r == '_' || r > '~' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	})
}

// asDate rewrites a cell as hr reads dates; false where it is none of the form.
func asDate(cell, form string) (string, bool) {
	layout, ok := layoutOf(form)
	if !ok {
		return "", false
	}
	day, err := time.Parse(layout, cell)
	if err != nil {
		return "", false
	}
	return day.Format(time.DateOnly), true
}
