package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"muster/reconcile"
	"muster/store"
)

//go:embed page.html
var pageText string

// What a page shows at most: JSON and CSV have everything.
const (
	mostRows      = 1000
	mostDecisions = 200
)

// page is what the template shows.
type page struct {
	Report
	Took        string
	Finished    bool
	Mode        string // of all types where it is one, else empty
	Parts       []share
	Types       []typeLine
	DeltaCount  int
	Reasons     []counted
	Unevaluated []counted
	Groups      []group
	Chart       chart
	Levels      []level
	Rows        []pageRow
	MoreRows    int
	Decisions   []decision
}

// share is a class's part of everybody.
type share struct {
	Class, Name, Count, Percent string
	Width                       float64 // in percent
}

type typeLine struct {
	Type        reconcile.DeltaType
	Words, Mode string
	Count       int
	Width       float64
	Class       string
}

type counted struct {
	What, Words string
	Count       int
}

type level struct{ Type, Events, P50, P95, P99 string }

type pageRow struct {
	Row
	Class string
}

// decision is what a person decided about a delta, or was asked.
type decision struct {
	store.DeltaOutcome
	Type    reconcile.DeltaType
	Subject string
}

// WriteHTML writes a page that needs nothing beside itself: no script, no font, no picture from elsewhere.
func (r Report) WriteHTML(to io.Writer) error {
	p, err := r.page()
	if err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"count": count, "stamp": stamp, "list": list, "upper": strings.ToUpper,
	}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	if err := t.Execute(to, p); err != nil {
		return fmt.Errorf("write report %s as a page: %w", r.ID, err)
	}
	return nil
}

func (r Report) page() (page, error) {
	p := page{Report: r, Groups: groups(), Chart: chartOf(r.Trend, r.ID), DeltaCount: total(r.Counts.Deltas)}
	if p.Finished = r.EndedAt != nil; p.Finished {
		p.Took = took(r.EndedAt.Sub(r.StartedAt))
	}
	p.Mode = oneMode(r.Modes)
	p.Parts = shares(r.Counts)
	p.Types = r.types()
	for _, reason := range reconcile.Reasons() {
		if n := r.Counts.Expected[reason]; n > 0 {
			p.Reasons = append(p.Reasons, counted{string(reason), reasonInWords(reason), n})
		}
	}
	for why, n := range r.Counts.Unevaluated {
		p.Unevaluated = append(p.Unevaluated, counted{What: why, Count: n})
	}
	slices.SortFunc(p.Unevaluated, func(a, b counted) int { return strings.Compare(a.What, b.What) })
	for _, l := range r.ServiceLevels {
		p.Levels = append(p.Levels, level{l.EventType, count(l.Events), took(l.P50), took(l.P95), took(l.P99)})
	}
	return p, p.read(r)
}

// read takes the rows that the page has room for, those that matter most first.
func (p *page) read(r Report) error {
	for row, err := range r.Rows {
		if err != nil {
			return fmt.Errorf("read the deltas of report %s: %w", r.ID, err)
		}
		for _, o := range row.Outcomes {
			byPerson := o.Outcome == store.DeltaDecided || o.Outcome == store.DeltaAsked
			if byPerson && len(p.Decisions) < mostDecisions {
				p.Decisions = append(p.Decisions, decision{o, row.DeltaType, row.Subject()})
			}
		}
		if len(p.Rows) < mostRows {
			p.Rows = append(p.Rows, pageRow{row, classOf(row.DeltaType)})
		} else {
			p.MoreRows++
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b pageRow) int {
		return slices.Index(reconcile.DeltaTypes(), a.DeltaType) - slices.Index(reconcile.DeltaTypes(), b.DeltaType)
	})
	return nil
}

func oneMode(modes map[string]store.ReconciliationMode) (mode string) {
	for _, t := range reconcile.DeltaTypes() {
		m := string(modeOf(modes, t))
		if mode != "" && mode != m {
			return ""
		}
		mode = m
	}
	return mode
}

// modeOf is a type's mode; one that nobody set is reported.
func modeOf(modes map[string]store.ReconciliationMode, t reconcile.DeltaType) store.ReconciliationMode {
	if m, set := modes[string(t)]; set {
		return m
	}
	return store.ModeReport
}

func shares(t reconcile.Tally) (parts []share) {
	whole := t.People + t.Accounts
	for _, c := range []struct {
		class reconcile.Class
		name  string
	}{
		{reconcile.Equal, "as they must be"},
		{reconcile.ExpectedToDiffer, "differ as expected"},
		{reconcile.HasDelta, "with a delta"},
		{reconcile.NotEvaluated, "not evaluated"},
	} {
		n := t.Classes[c.class]
		one := share{Class: string(c.class), Name: c.name, Count: count(n), Percent: percent(n, whole)}
		if whole > 0 {
			one.Width = 100 * float64(n) / float64(whole)
		}
		parts = append(parts, one)
	}
	return parts
}

func (r Report) types() (lines []typeLine) {
	most := 1
	for _, n := range r.Counts.Deltas {
		most = max(most, n)
	}
	for _, t := range reconcile.DeltaTypes() {
		n := r.Counts.Deltas[t]
		lines = append(lines, typeLine{
			Type: t, Words: inWords(t), Mode: string(modeOf(r.Modes, t)), Count: n, Width: 100 * float64(n) / float64(most), Class: classOf(t),
		})
	}
	return lines
}

func classOf(t reconcile.DeltaType) string {
	for _, g := range groups() {
		if slices.Contains(g.Types, t) {
			return g.Class
		}
	}
	return ""
}

// Name is the file's name that a report is saved under, with an extension: "rec_20260302_0200.csv".
func (r Report) Name(extension string) string { return r.ID + "." + extension }

// Age is how old a source was when the run began.
func (p page) Age(v store.SourceVerdict) string {
	if v.AsOf.IsZero() {
		return ""
	}
	return took(max(p.StartedAt.Sub(v.AsOf), 0).Truncate(time.Second))
}
