package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) report() *cobra.Command {
	return group("report", "Reports for auditors and legal", c.reportLeavers())
}

func (c *control) reportLeavers() *cobra.Command {
	var from, to string
	var asCSV, asJSON bool
	command := &cobra.Command{
		Use: "leavers", Short: "What became of each termination, and how fast the access was cut", Args: cobra.NoArgs,
		Long: `For each termination whose access ended, or is to end, from --from to --to: HR's time and event, its receipt, when the access
had to end, when the person was read back unroutable, the sessions were taken away, the account was read back inactive and deleted,
by whose word, and where it stands. Where there is no time it says why. "secs" is from when it was due to unroutable.

A date counts from 00:00 UTC, and --to up to the end of that day. Terminations that are not in effect are in legal's report only:
musterctl --as legal report leavers.`,
		Example: "  musterctl report leavers --from 2026-03-01 --to 2026-03-31 --csv > march.csv",
		RunE: func(command *cobra.Command, _ []string) error {
			query, err := leaverQuery(from, to)
			if err == nil && asCSV && (asJSON || c.output == outputJSON) {
				err = errors.New("leavers: --csv or --json, not both")
			}
			if err != nil {
				return usageError{err}
			}
			client, err := c.client(api.RoleAuditor, api.RoleLegal)
			if err != nil {
				return err
			}
			leavers, err := allLeavers(command.Context(), client, query)
			if err != nil {
				return err
			}
			if asJSON {
				c.output = outputJSON
			}
			if asCSV {
				return c.leaversCSV(leavers)
			}
			return showPage(c, api.Page[api.Leaver]{Items: leavers}, leaverHeader(), leaverRow)
		},
	}
	flags := command.Flags()
	flags.StringVar(&from, "from", "", "a date, or an instant such as 2026-03-01T00:00:00Z; mandatory")
	flags.StringVar(&to, "to", "", "a date, which is included, or an instant, which is not (default: no end)")
	flags.BoolVar(&asCSV, "csv", false, "comma-separated values, with every column")
	flags.BoolVar(&asJSON, "json", false, "the same as --output json")
	return command
}

func leaverQuery(from, to string) (query api.LeaverQuery, err error) {
	if from == "" {
		return query, errors.New("leavers: --from is mandatory")
	}
	if query.From, err = dayOrInstant("--from", from, 0); err != nil {
		return query, err
	}
	if to == "" {
		return query, nil
	}
	query.To, err = dayOrInstant("--to", to, 1)
	if err == nil && !query.From.Before(query.To) {
		err = fmt.Errorf("leavers: --to %s is not after --from %s", to, from)
	}
	return query, err
}

// dayOrInstant reads a date, so many days later, or an instant.
func dayOrInstant(flag, text string, days int) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, days), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("leavers: %s %q: want a date such as 2026-03-01, or an instant such as 2026-03-01T09:00:00Z", flag, text)
	}
	return at.UTC(), nil
}

// allLeavers reads every page: a report that stops halfway is none.
func allLeavers(ctx context.Context, client *api.Client, query api.LeaverQuery) ([]api.Leaver, error) {
	leavers := []api.Leaver{}
	query.Limit = 500
	for {
		page, err := client.Leavers(ctx, query)
		if err != nil {
			return nil, err
		}
		leavers = append(leavers, page.Items...)
		if query.Cursor = page.NextCursor; query.Cursor == "" {
			return leavers, nil
		}
	}
}

func leaverHeader() table.Row {
	return table.Row{"person", "event", "due", "unroutable", "secs", "revoked", "inactive", "deleted", "standing", "by"}
}

func leaverRow(l api.Leaver) table.Row {
	by := l.Source
	if l.ReversedBy != "" {
		by += ", reversed by " + l.ReversedBy
	}
	if l.Deleted.At != nil && l.Deleted.By != "" {
		by += ", deleted by " + l.Deleted.By
	}
	return table.Row{
		l.PersonID, l.EventID, instant(&l.DueAt), stepText(l.Unroutable), seconds(l), stepText(l.Revoked), stepText(l.Inactive),
		stepText(l.Deleted), l.Standing, by,
	}
}

// stepText is when a step was reached, or why it was not.
func stepText(step api.LeaverStep) string { return cmp.Or(instant(step.At), step.Why) }

func seconds(l api.Leaver) string {
	if l.SecondsToUnroutable == nil {
		return ""
	}
	return strconv.FormatFloat(*l.SecondsToUnroutable, 'f', 1, 64)
}

// leaversCSV writes every column. Times are RFC 3339 with fractions, so that a sheet computes with them as they are.
func (c *control) leaversCSV(leavers []api.Leaver) error {
	writer := csv.NewWriter(c.stdout)
	header := []string{
		"person_id", "external_user_id", "event_id", "source", "reason", "issued_at", "received_at", "effective_at", "due_at", "outcome",
		"workflow_id", "seconds_to_unroutable",
	}
	for _, step := range []string{"unroutable", "revoked", "inactive", "deleted"} {
		header = append(header, step+"_at", step+"_by", step+"_why")
	}
	rows := [][]string{append(header, "standing", "reversed_by", "reversed_at")}
	for _, l := range leavers {
		row := []string{
			l.PersonID, l.ExternalUserID, l.EventID, l.Source, l.Reason, exact(&l.IssuedAt), exact(&l.ReceivedAt), exact(&l.EffectiveAt),
			exact(&l.DueAt), l.Outcome, l.WorkflowID, seconds(l),
		}
		for _, step := range []api.LeaverStep{l.Unroutable, l.Revoked, l.Inactive, l.Deleted} {
			row = append(row, exact(step.At), step.By, step.Why)
		}
		rows = append(rows, append(row, l.Standing, l.ReversedBy, exact(l.ReversedAt)))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	if err := writer.WriteAll(rows); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// harmless keeps a spreadsheet from taking a text that somebody else chose for a formula (OWASP, CSV injection).
func harmless(text string) string {
	if text != "" && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@' || text[0] == '\t' || text[0] == '\r') {
		return "'" + text
	}
	return text
}

func exact(at *time.Time) string {
	if at == nil || at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
