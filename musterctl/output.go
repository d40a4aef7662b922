package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"muster/api"
)

const (
	outputTable = "table"
	outputJSON  = "json"
)

// show prints a document: as JSON for programs, else the way people read it.
func (c *control) show(document any, forPeople func() error) error {
	if c.output == outputTable {
		return forPeople()
	}
	encoder := json.NewEncoder(c.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// showPage prints one page of a list, a row for each item.
func showPage[T any](c *control, page api.Page[T], header table.Row, row func(T) table.Row) error {
	return c.show(page, func() error {
		if len(page.Items) == 0 {
			fmt.Fprintln(c.stdout, "none")
			return nil
		}
		rows := make([]table.Row, len(page.Items))
		for i, item := range page.Items {
			rows[i] = row(item)
		}
		c.table(header, rows...)
		if page.NextCursor != "" {
			fmt.Fprintln(c.stderr, "more: --cursor", page.NextCursor)
		}
		return nil
	})
}

func (c *control) table(header table.Row, rows ...table.Row) {
	writer := table.NewWriter()
	writer.SetOutputMirror(c.stdout)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	writer.SetStyle(style)
	writer.AppendHeader(header)
	writer.AppendRows(rows)
	writer.Render()
}

// fields prints one document as name and value, leaving out what is empty.
func (c *control) fields(pairs ...[2]string) {
	writer := table.NewWriter()
	writer.SetOutputMirror(c.stdout)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	writer.SetStyle(style)
	for _, pair := range pairs {
		if pair[1] != "" {
			writer.AppendRow(table.Row{pair[0], pair[1]})
		}
	}
	writer.Render()
}

// instant writes a time for people; empty when there is none.
func instant(at *time.Time) string {
	if at == nil || at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

func yes(value bool) string {
	if value {
		return "yes"
	}
	return ""
}

func number(value int64) string {
	if value == 0 {
		return ""
	}
	return fmt.Sprint(value)
}
