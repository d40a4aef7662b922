package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
)

// columns are the CSV's, in their order; the first ones are those of the guides.
func columns() []string {
	return []string{
		"reconciliation_id", "delta_type", "external_user_id", "expected_skills", "actual_skills", "resolution_action", "timestamp_utc",
		"person_id", "account_id", "expected_skill_names", "actual_skill_names", "differences", "original_event_id", "workflow_id", "because",
		"outcome", "outcome_at", "outcome_by",
	}
}

// WriteCSV writes the deltas, a line each, with a header; lists are separated by semicolons, and of what became of a delta there is the last.
func (r Report) WriteCSV(to io.Writer) error {
	out := csv.NewWriter(to)
	if err := out.Write(columns()); err != nil {
		return fmt.Errorf("write report %s as CSV: %w", r.ID, err)
	}
	for row, err := range r.Rows {
		if err != nil {
			return fmt.Errorf("read the deltas of report %s: %w", r.ID, err)
		}
		var differences []string
		for _, d := range row.Differences {
			differences = append(differences, d.String())
		}
		line := []string{
			row.ReconciliationID, string(row.DeltaType), row.ExternalUserID, joined(row.ExpectedSkills), joined(row.ActualSkills),
			string(row.ResolutionAction), row.TimestampUTC.UTC().Format(time.RFC3339), row.PersonID, row.AccountID,
			joined(row.ExpectedSkillNames), joined(row.ActualSkillNames), joined(differences), row.OriginalEventID, row.WorkflowID, row.Because,
			"", "", "",
		}
		if n := len(row.Outcomes); n > 0 {
			last := row.Outcomes[n-1]
			copy(line[len(line)-3:], []string{last.Outcome, last.At.UTC().Format(time.RFC3339), last.Actor})
		}
		for i := range line {
			line[i] = noFormula(line[i])
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("write report %s as CSV: %w", r.ID, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write report %s as CSV: %w", r.ID, err)
	}
	return nil
}

func joined(list []string) string { return strings.Join(list, ";") }

// noFormula keeps a spreadsheet from calculating a cell: ids come from outside, and a name of a construct may begin with anything.
// https://owasp.org/www-community/attacks/CSV_Injection
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
