package report

import (
	"fmt"
	"math"

	"muster/reconcile"
	"muster/store"
)

// group is a family of types that one colour stands for: nine colours nobody tells apart.
type group struct {
	Class string // of the style sheet
	Name  string
	Types []reconcile.DeltaType
}

func groups() []group {
	return []group{
		{"access", "access", []reconcile.DeltaType{reconcile.HRTerminatedCCaaSActive, reconcile.HRActiveCCaaSMissing}},
		{"rights", "skills, queues, roles, attributes", []reconcile.DeltaType{
			reconcile.SkillMismatch, reconcile.QueueMismatch, reconcile.RoleMismatch, reconcile.AttributeMismatch,
		}},
		{"outstanding", "platform only, missing from HR", []reconcile.DeltaType{reconcile.PlatformOnly, reconcile.MissingFromHR}},
		{"own", "workflows", []reconcile.DeltaType{reconcile.WorkflowMissing}},
	}
}

// The chart's measures, in units of its view box.
const (
	chartWidth, chartHeight        = 760.0, 230.0
	chartLeft, chartRight          = 44.0, 8.0
	chartTop, chartBottom          = 14.0, 42.0
	widestColumn, smallestVisible  = 44.0, 1.5
	gridLines                      = 4
	plotHeight                     = chartHeight - chartTop - chartBottom
	plotWidth                      = chartWidth - chartLeft - chartRight
	baseline                       = chartHeight - chartBottom
	columnShare                    = 0.62 // of the room for one run
	labelBelow, secondLabelBelow   = 16.0, 30.0
	notComparedHeight              = 22.0
	roomForNumber                  = 5.0
	gridLabelLeft, gridLabelRaised = 8.0, 4.0
)

// chart is the trend's geometry.
type chart struct {
	Width, Height, Left, Right, Baseline float64
	Grid                                 []gridLine
	Columns                              []column
}

type gridLine struct {
	Y, LabelX, LabelY float64
	Label             string
}

type column struct {
	X, Width, Middle float64
	Blocks           []block
	// Total is written above; Day and Time below. This is the run that the report is about.
	Total            string
	TotalY           float64
	Day, Time        string
	DayY, TimeY      float64
	This             bool
	Status           string // empty: completed
	StatusY, StatusH float64
	Title            string
}

type block struct {
	Class     string
	Y, Height float64
}

// chartOf lays the trend out: a column for each run, the deltas of each group on top of each other.
func chartOf(points []Point, this string) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight, Baseline: baseline}
	most := 0
	for _, p := range points {
		most = max(most, total(p.Deltas))
	}
	top := niceTop(most)
	y := func(n int) float64 { return baseline - plotHeight*float64(n)/float64(top) }
	for i := range gridLines + 1 {
		n := top * i / gridLines
		c.Grid = append(c.Grid, gridLine{Y: y(n), LabelX: chartLeft - gridLabelLeft, LabelY: y(n) + gridLabelRaised, Label: count(n)})
	}
	room := plotWidth / float64(max(len(points), 1))
	width := min(room*columnShare, widestColumn)
	for i, p := range points {
		middle := chartLeft + room*(float64(i)+0.5)
		one := column{
			X: middle - width/2, Width: width, Middle: middle, This: p.ID == this, Day: p.StartedAt.UTC().Format("2 Jan"),
			Time: p.StartedAt.UTC().Format("15:04"), DayY: baseline + labelBelow, TimeY: baseline + secondLabelBelow,
			Title: fmt.Sprintf("%s: %s deltas among %s people", p.ID, count(total(p.Deltas)), count(p.People)),
		}
		if p.Status != store.ReconciliationCompleted {
			one.Status, one.StatusY, one.StatusH = string(p.Status), baseline-notComparedHeight, notComparedHeight
			one.Title = p.ID + ": " + string(p.Status)
			c.Columns = append(c.Columns, one)
			continue
		}
		at := 0
		for _, g := range groups() {
			n := 0
			for _, t := range g.Types {
				n += p.Deltas[t]
			}
			if n == 0 {
				continue
			}
			height := max(y(at)-y(at+n), smallestVisible)
			one.Blocks = append(one.Blocks, block{Class: g.Class, Y: y(at) - height, Height: height})
			at += n
		}
		one.Total, one.TotalY = count(at), y(at)-roomForNumber
		c.Columns = append(c.Columns, one)
	}
	return c
}

func total(deltas map[reconcile.DeltaType]int) (n int) {
	for _, of := range deltas {
		n += of
	}
	return n
}

// niceTop is the least of 4, 8, 20, 40, 80, … that is not below most: its quarters are whole.
func niceTop(most int) int {
	for scale := 1; scale < math.MaxInt/100; scale *= 10 {
		for _, top := range []int{4, 8, 20} {
			if top*scale >= most {
				return top * scale
			}
		}
	}
	return most
}
