package genesystest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	// maximumAnalyticsPage and maximumInterval are what the platform documents for the details query.
	maximumAnalyticsPage = 100
	maximumInterval      = 31 * 24 * time.Hour
)

// analyticsPredicate, -Clause and -Filter are the parts of a filter [API: SegmentDetailQueryFilter and its kin].
type analyticsPredicate struct {
	Type      string `json:"type"`
	Dimension string `json:"dimension"`
	Operator  string `json:"operator"`
	Value     string `json:"value"`
}

type analyticsClause struct {
	Type       string               `json:"type"`
	Predicates []analyticsPredicate `json:"predicates"`
}

type analyticsFilter struct {
	Type       string               `json:"type"`
	Clauses    []analyticsClause    `json:"clauses"`
	Predicates []analyticsPredicate `json:"predicates"`
}

type analyticsBody struct {
	Interval            string            `json:"interval"`
	Order               string            `json:"order"`
	OrderBy             string            `json:"orderBy"`
	ConversationFilters []analyticsFilter `json:"conversationFilters"`
	SegmentFilters      []analyticsFilter `json:"segmentFilters"`
	Paging              struct {
		PageSize   *int `json:"pageSize"`
		PageNumber *int `json:"pageNumber"`
	} `json:"paging"`
}

// dimensions are the values of a conversation or a segment that filters name; an empty value does not exist.
type dimensions map[string]string

var (
	conversationDimensions = []string{"conversationId", "conversationStart", "conversationEnd"}
	segmentDimensions      = []string{"userId", "queueId", "purpose", "mediaType", "segmentType", "segmentEnd", "agentOwned"}
)

// queryConversations is POST /analytics/conversations/details/query. It sees conversations as they were analytics_lag_ms ago
// and finds those with one segment that meets all segment filters. An answer without hits has no list.
func (s *Server) queryConversations(r *request) answer {
	var body analyticsBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	size, number := 25, 1
	set(&size, body.Paging.PageSize)
	set(&number, body.Paging.PageNumber)
	from, to, refused := body.check(size, number)
	if refused != nil {
		return *refused
	}
	var hits []conversation
	for _, c := range s.world.analytics {
		if c.Began.Before(from) || c.Began.After(to) || !meets(body.ConversationFilters, c.dimensions()) {
			continue
		}
		if slices.ContainsFunc(c.segments(), func(d dimensions) bool { return meets(body.SegmentFilters, d) }) {
			hits = append(hits, c)
		}
	}
	slices.SortFunc(hits, func(a, b conversation) int { return cmp.Or(a.Began.Compare(b.Began), strings.Compare(a.ID, b.ID)) })
	if body.Order == "desc" {
		slices.Reverse(hits)
	}
	found := object{"totalHits": len(hits)}
	if page := pageOf(hits, size, number); len(page) > 0 {
		found["conversations"] = renderAll(page, conversation.renderAnalytics)
	}
	return ok(found)
}

// check refuses what the platform refuses and what is not modelled, and returns the days the interval touches.
func (b analyticsBody) check(size, number int) (from, to time.Time, refused *answer) {
	refuse := func(field, format string, arguments ...any) (time.Time, time.Time, *answer) {
		a := badField(field, format, arguments...)
		return time.Time{}, time.Time{}, &a
	}
	begin, end, _ := strings.Cut(b.Interval, "/")
	from, beginErr := time.Parse(time.RFC3339, begin)
	to, endErr := time.Parse(time.RFC3339, end)
	switch {
	case beginErr != nil || endErr != nil || !to.After(from):
		return refuse("interval", "interval is %q: expected two times, YYYY-MM-DDThh:mm:ssZ/YYYY-MM-DDThh:mm:ssZ", b.Interval)
	case to.Sub(from) > maximumInterval:
		return refuse("interval", "interval is longer than 31 days")
	case size < 1 || size > maximumAnalyticsPage:
		return refuse("paging.pageSize", "pageSize is %d: expected 1 to %d", size, maximumAnalyticsPage)
	case number < 1:
		return refuse("paging.pageNumber", "pageNumber is %d: expected 1 or more", number)
	case (b.Paging.PageSize == nil) != (b.Paging.PageNumber == nil):
		return refuse("paging", "paging takes pageSize and pageNumber")
	case !slices.Contains([]string{"", "asc", "desc"}, b.Order):
		return refuse("order", "Value [%s] is not an order this simulator models: asc, desc", b.Order)
	case b.OrderBy != "" && b.OrderBy != "conversationStart":
		return refuse("orderBy", "Value [%s] is not an order this simulator models: conversationStart", b.OrderBy)
	}
	for _, filters := range []struct {
		name  string
		all   []analyticsFilter
		known []string
	}{{"conversationFilters", b.ConversationFilters, conversationDimensions}, {"segmentFilters", b.SegmentFilters, segmentDimensions}} {
		for _, f := range filters.all {
			if reason := f.problem(filters.known); reason != "" {
				return refuse(filters.name, "%s", reason)
			}
		}
	}
	const day = 24 * time.Hour
	return from.UTC().Truncate(day), to.UTC().Truncate(day).Add(day - 1), nil
}

// problem says what is wrong with a filter; empty for nothing.
func (f analyticsFilter) problem(known []string) string {
	clauses := append([]analyticsClause{{f.Type, f.Predicates}}, f.Clauses...)
	for i, c := range clauses {
		if c.Type != "and" && c.Type != "or" || i > 0 && len(c.Predicates) == 0 {
			return "a filter and a clause take the type and or or, a clause predicates, too"
		}
		for _, p := range c.Predicates {
			needsValue := p.Operator == "" || p.Operator == "matches"
			switch {
			case p.Type != "" && p.Type != "dimension":
				return p.Type + " is not a type of predicate this simulator models: dimension"
			case !slices.Contains(known, p.Dimension):
				return p.Dimension + " is not a dimension this simulator models: " + strings.Join(known, ", ")
			case !needsValue && p.Operator != "exists" && p.Operator != "notExists":
				return p.Operator + " is not an operator"
			case needsValue == (p.Value == ""):
				return "matches takes a value, exists and notExists take none"
			}
		}
	}
	return ""
}

func meets(filters []analyticsFilter, d dimensions) bool {
	for _, f := range filters {
		results := []bool{}
		for _, p := range f.Predicates {
			results = append(results, p.holds(d))
		}
		for _, c := range f.Clauses {
			parts := []bool{}
			for _, p := range c.Predicates {
				parts = append(parts, p.holds(d))
			}
			results = append(results, combine(c.Type, parts))
		}
		if !combine(f.Type, results) {
			return false
		}
	}
	return true
}

func combine(operation string, results []bool) bool {
	if operation == "or" {
		return slices.Contains(results, true)
	}
	return !slices.Contains(results, false)
}

func (p analyticsPredicate) holds(d dimensions) bool {
	switch p.Operator {
	case "exists":
		return d[p.Dimension] != ""
	case "notExists":
		return d[p.Dimension] == ""
	default:
		return strings.EqualFold(d[p.Dimension], p.Value)
	}
}

func (c conversation) dimensions() dimensions {
	d := dimensions{"conversationId": c.ID, "conversationStart": stamp(c.Began)}
	if !c.Ended.IsZero() {
		d["conversationEnd"] = stamp(c.Ended)
	}
	return d
}

// segments are the parts of all legs' time as filters see them.
func (c conversation) segments() []dimensions {
	var all []dimensions
	for _, l := range c.Legs {
		for _, segment := range l.segments() {
			d := dimensions{
				"userId": l.UserID, "queueId": l.QueueID, "purpose": l.Purpose, "mediaType": c.analyticsMedia(),
				"segmentType": segment.kind,
			}
			if !segment.to.IsZero() {
				d["segmentEnd"] = stamp(segment.to)
			}
			if c.owned(l) {
				d["agentOwned"] = "true"
			}
			all = append(all, d)
		}
	}
	return all
}

// segment is a part of a leg's time; one that goes on has no end.
type segment struct {
	kind     string
	from, to time.Time
}

// segments are what the leg is now and the after-call work; how it came to that is not kept.
func (l leg) segments() []segment {
	kinds := map[string]string{legAlerting: "alert", legScheduled: "scheduled"}
	kind := cmp.Or(kinds[l.State], "interact")
	if l.Held {
		kind = "hold"
	}
	all := []segment{{kind, l.Began, l.Ended}}
	if l.WrapUp != "" {
		all = append(all, segment{"wrapup", l.WrapFrom, l.WrapTo})
	}
	return all
}

func (c conversation) owned(l leg) bool { return c.AgentOwned && l.UserID != "" }

// analyticsMedia is how analytics calls a medium [API: AnalyticsSession.mediaType].
func (c conversation) analyticsMedia() string {
	switch c.Media {
	case mediaCall:
		return "voice"
	case "socialExpression":
		return "unknown"
	default:
		return c.Media
	}
}

func (c conversation) renderAnalytics() object {
	body := object{
		"conversationId": c.ID, "conversationStart": stamp(c.Began), "originatingDirection": "inbound",
		"participants": renderAll(c.Legs, func(l leg) object {
			session := object{"sessionId": ID("communication", l.ID), "mediaType": c.analyticsMedia(), "segments": renderAll(l.segments(),
				func(s segment) object { return s.render(l.QueueID) })}
			if c.owned(l) {
				session["agentOwned"] = true
			}
			if c.Recorded && l.UserID != "" {
				session["recording"] = true
			}
			participant := object{"participantId": l.ID, "purpose": l.Purpose, "sessions": []object{session}}
			if l.UserID != "" {
				participant["userId"] = l.UserID
			}
			return participant
		}),
	}
	if !c.Ended.IsZero() {
		body["conversationEnd"] = stamp(c.Ended)
	}
	return body
}

func (s segment) render(queueID string) object {
	body := object{"segmentType": s.kind, "segmentStart": stamp(s.from), "conference": false}
	if !s.to.IsZero() {
		body["segmentEnd"] = stamp(s.to)
	}
	if queueID != "" {
		body["queueId"] = queueID
	}
	return body
}
