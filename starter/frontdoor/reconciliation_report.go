package frontdoor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/reconcile/report"
	"muster/store"
)

type reportInput struct {
	ReconciliationPath
	Format string `query:"format" enum:"html,csv,json" doc:"Else by the Accept header; a page if that does not say"`
	Accept string `header:"Accept"`
}

func (d *Door) addReconciliationReport() {
	add(d, route{
		method: http.MethodGet, path: reconciliationsPath + "/{id}/report", id: "get-reconciliation-report", tag: tagReconciliation,
		summary: "The report of one: a page that needs nothing beside itself, or CSV, or JSON", roles: readers(), refusals: []int{http.StatusNotFound},
		change: func(operation *huma.Operation) {
			content := map[string]*huma.MediaType{}
			for _, kind := range reportFormats() {
				content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
			}
			operation.Responses["200"] = &huma.Response{Description: "The report", Content: content}
		},
	}, d.reconciliationReport)
}

// reconciliationReport streams the report: it may be of many deltas. Whom it is about is on record before a line of it is shown.
func (d *Door) reconciliationReport(ctx context.Context, in *reportInput) (*huma.StreamResponse, error) {
	loaded, err := report.Load(ctx, d.Store, in.ID)
	if err != nil {
		return nil, err
	}
	people := map[string]bool{}
	for row, err := range loaded.Rows {
		if err != nil {
			return nil, err
		}
		if row.PersonID != "" {
			people[row.PersonID] = true
		}
	}
	var ids []string
	for id := range people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if err := d.noteRead(ctx, "reconciliation_report", ids...); err != nil {
		return nil, err
	}
	loaded.Rows = d.withheldRows(ctx, loaded)
	format := formatOf(in.Format, in.Accept)
	return &huma.StreamResponse{Body: func(answer huma.Context) {
		answer.SetHeader("Content-Type", reportFormats()[format])
		answer.SetHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
		answer.SetHeader("X-Content-Type-Options", "nosniff")
		answer.SetHeader("Content-Disposition", fmt.Sprintf("inline; filename=%q", loaded.Name(format)))
		write := map[string]func(io.Writer) error{"html": loaded.WriteHTML, "csv": loaded.WriteCSV, "json": loaded.WriteJSON}[format]
		if err := write(answer.BodyWriter()); err != nil && ctx.Err() == nil {
			// The status is sent; a connection that breaks off is how the reader learns that this is not all.
			d.Log.ErrorContext(ctx, "a report broke off", "reconciliation", in.ID, "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// withheldRows are a report's deltas without the ids that the caller must not recognise.
func (d *Door) withheldRows(ctx context.Context, loaded report.Report) func(yield func(report.Row, error) bool) {
	if actorOf(ctx).Has(api.RoleLegal) {
		return loaded.Rows
	}
	reader := d.newDeltaReader()
	return func(yield func(report.Row, error) bool) {
		for row, err := range loaded.Rows {
			if err == nil {
				err = reader.withhold(ctx, &row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (r deltaReader) withhold(ctx context.Context, row *report.Row) error {
	if row.PersonID == "" || (row.OriginalEventID == "" && len(row.Outcomes) == 0) {
		return nil
	}
	hidden, err := r.hidden(ctx, row.PersonID)
	if err != nil {
		return err
	}
	if hidden[row.OriginalEventID] {
		row.OriginalEventID = ""
	}
	if mentions(row.Because, hidden) {
		row.Because = withheldText
	}
	outcomes := slices.Clone(row.Outcomes)
	for i := range outcomes {
		if hidden[outcomes[i].Reference] || mentions(outcomes[i].Text, hidden) {
			outcomes[i] = store.DeltaOutcome{DeltaID: outcomes[i].DeltaID, At: outcomes[i].At, Outcome: outcomes[i].Outcome, Actor: outcomes[i].Actor, Text: withheldText}
		}
	}
	row.Outcomes = outcomes
	return nil
}
