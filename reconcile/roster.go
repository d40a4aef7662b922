package reconcile

import (
	"cmp"
	"slices"
	"time"

	"muster/hr"
)

// heard is what HR says about a person: its events (the fold) and its rosters together, and in what they contradict each other.
//
// The events are what Muster acts on; a roster shows which events were lost. What a roster says that was made before HR's newest event about
// the person contradicts nothing. Where both hold, the roster wins and the event is sent again:
//
//	events \ roster | employed               | ended                 | yet to begin          | not there
//	employed        | codes differ: update   | the termination       | no access before then | review, after two healthy runs
//	left            | the hire               | –                     | –                     | –
//	never employed  | the hire               | –                     | –                     | –
//
// An employment that is yet to begin gives nobody access before it does (RULES 4), whatever came before it.
// A person with several ids is employed as long as one of them is (RULES 3). What legal has reversed is what HR is expected to say
// otherwise (RULES 6).
type heard struct {
	unevaluated string
	// word is what the account is compared with.
	word Word
	// lostHire, lostLeave: the roster employs, or has ended, what the events say otherwise. ended: of several employments, the primary one.
	lostHire, lostLeave, ended bool
	// notYet: the roster has the employment that the events tell of begin on a day to come.
	notYet bool
	// missing: no roster has the person.
	missing bool
	// fields are the payload's fields that differ; line is what the roster says about the primary employment.
	fields []string
	skills bool
	line   Line
	// older: the roster is older than HR's newest event, and contradicts it. reversed: it still tells of what legal has reversed.
	older    bool
	reversed bool
	// startsAt is when an employment begins that has not; zero when none is known.
	startsAt time.Time
}

func (r Run) hear(e Expected) heard {
	h := heard{word: e.Fold, startsAt: e.StartsAt}
	everywhere := len(e.Namespaces) > 0 // every id's namespace has a roster
	var asOf time.Time
	for _, namespace := range distinct(e.Namespaces) {
		source, there := r.Sources[namespace]
		switch {
		case !there:
			everywhere = false
		case !source.Healthy:
			h.unevaluated = "the roster of " + namespace + " is not to be trusted: " + source.Why
			return h
		case asOf.IsZero() || source.AsOf.Before(asOf):
			asOf = source.AsOf
		}
	}
	for _, line := range e.Roster {
		if line.Refused != "" {
			h.unevaluated = "HR's line about the person could not be read: " + line.Refused
			return h
		}
	}
	lines := sortLines(e.Roster, r.At)
	if len(lines.future) > 0 && h.startsAt.IsZero() {
		h.startsAt = lines.future[0].StartsAt
	}
	contradicted := h.contradict(e, lines, everywhere)
	if contradicted && (e.Record.Reversed && (h.lostLeave || h.notYet || h.missing || h.ended)) {
		return heard{word: e.Fold, startsAt: h.startsAt, reversed: true}
	}
	if contradicted && e.Heard.After(asOf) {
		return heard{word: e.Fold, startsAt: h.startsAt, older: true}
	}
	return h
}

// contradict finds in what the roster differs from the events.
func (h *heard) contradict(e Expected, lines sortedLines, everywhere bool) bool {
	switch e.Fold.Employment {
	case hr.Employed:
		return h.contradictEmployed(e, lines, everywhere)
	case hr.Left, hr.NeverEmployed:
		if len(lines.employed) > 0 && e.StartsAt.IsZero() {
			h.lostHire, h.line, h.word = true, lines.employed[0], lines.employed[0].Word
			return true
		}
		if e.Fold.Employment == hr.NeverEmployed && len(lines.employed) == 0 && len(lines.future) == 0 && len(lines.left) > 0 {
			h.word = lines.left[0].Word // nothing is lost that could be missed: what counts is whether an account is there
		}
	}
	return false
}

func (h *heard) contradictEmployed(e Expected, lines sortedLines, everywhere bool) bool {
	primary := func(l Line) bool {
		return l.Namespace == e.Fold.Namespace && l.ExternalUserID == e.Fold.ExternalUserID
	}
	ended, ahead := slices.IndexFunc(lines.left, primary), slices.IndexFunc(lines.future, primary)
	switch {
	case len(lines.employed) == 0 && ended >= 0:
		h.lostLeave, h.line, h.word = true, lines.left[ended], lines.left[ended].Word
		return true
	case len(lines.employed) == 0 && ahead >= 0 && slices.Contains(e.HireDates, lines.future[ahead].HireDate):
		return h.compare(e, lines.future[ahead]) // HR gave access before the day of hire
	case len(lines.employed) == 0 && ahead >= 0:
		h.notYet, h.line, h.word = true, lines.future[ahead], lines.future[ahead].Word
		h.word.Employment, h.startsAt = hr.NeverEmployed, h.line.StartsAt
		return true
	case len(lines.employed) == 0:
		h.missing = everywhere
		return everywhere
	case ended >= 0:
		h.ended, h.line = true, lines.left[ended]
		return true
	}
	i := slices.IndexFunc(lines.employed, primary)
	if i < 0 {
		return false
	}
	return h.compare(e, lines.employed[i])
}

// compare compares what both say of an employment that goes on.
func (h *heard) compare(e Expected, line Line) bool {
	h.line = line
	h.fields = differingFields(e.Fold, h.line.Word)
	h.skills = h.line.SaysSkills && e.Fold.SaysSkills && !slices.Equal(distinct(h.line.Skills), distinct(e.Fold.Skills))
	return len(h.fields) > 0 || h.skills
}

// differingFields are the names of the fields that both say and say differently, sorted.
func differingFields(events, roster Word) (fields []string) {
	for field, said := range roster.Fields {
		if known, says := events.Fields[field]; says && known != said {
			fields = append(fields, field)
		}
	}
	if roster.Status != "" && roster.Status != events.Status {
		fields = append(fields, "status")
	}
	slices.Sort(fields)
	return fields
}

// sortedLines are a roster's lines about a person by what they say at an instant, each in the order of their ids.
type sortedLines struct{ employed, future, left []Line }

func sortLines(roster []Line, at time.Time) (s sortedLines) {
	ordered := slices.Clone(roster)
	slices.SortStableFunc(ordered, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.ExternalUserID, b.ExternalUserID))
	})
	for _, line := range ordered {
		switch {
		case line.left():
			s.left = append(s.left, line)
		case line.StartsAt.After(at):
			s.future = append(s.future, line)
		case line.Employment == hr.Employed:
			s.employed = append(s.employed, line)
		}
	}
	return s
}

// hr reports in what HR's roster contradicts HR's events. Whether somebody has an account that they must not have, or lacks one, is for
// the account to say.
func (j *judging) hr() {
	h := j.heard
	switch {
	case h.reversed:
		j.expect(ReversedAwaitingHR, Difference{Part: PartHR, ID: "status", Name: "status", How: Different}, "")
	case h.older:
		j.expect(RosterOlder, Difference{Part: PartHR}, "")
	case h.missing:
		d := j.run.delta(j.e, MissingFromHR, NoneReportOnly, "HR's roster does not have the person; a second healthy run in a row makes it a review")
		if j.run.MissingBefore != nil && j.run.MissingBefore(j.e.PersonID) {
			d.ResolutionAction, d.Because = ReviewMissingFromHR, "two healthy runs in a row did not find the person in HR's roster"
		}
		j.report(d)
	case h.ended || h.lostLeave && !j.active():
		d := j.run.delta(j.e, AttributeMismatch, ReemitTermination, "HR's roster has ended an employment that HR's events have not")
		d.Differences = []Difference{{Part: PartHR, ID: "employment", Name: "employment", How: Different}}
		d.OriginalEventID, d.ExternalUserID = j.e.LeaveEventID, h.line.ExternalUserID
		j.report(d)
	}
	if len(h.fields) > 0 {
		d := j.run.delta(j.e, AttributeMismatch, ReemitUpdate, "HR's roster says something else than HR's events: an event was lost")
		for _, field := range h.fields {
			d.Differences = append(d.Differences, Difference{Part: PartHR, ID: field, Name: field, How: Different})
		}
		d.OriginalEventID = j.original(j.e.ChangeEventID)
		j.report(d)
	}
	if h.skills {
		d := j.run.delta(j.e, SkillMismatch, ReemitUpdate, "HR's roster has other skill codes than HR's events: an event was lost")
		d.ExpectedSkills = distinct(h.line.Skills)
		d.Differences = skillCodeDifferences(h.line.Skills, j.e.Fold.Skills)
		d.OriginalEventID = j.original(j.e.ChangeEventID)
		if j.mine != nil {
			d.ActualSkills = j.run.Codes.Codes(d.ExpectedSkills, j.mine.Account.Skills, j.mine.Account.Languages)
			d.ActualSkillNames = ratedNames(j.run.Names, j.mine.Account.Skills, j.mine.Account.Languages)
		}
		j.report(d)
	}
}

// original is the event that a re-emission names: the one of its own kind, else the hire.
func (j *judging) original(eventID string) string {
	if eventID != "" {
		return eventID
	}
	return j.e.HireEventID
}

func skillCodeDifferences(roster, events []string) (out []Difference) {
	for _, code := range distinct(append(slices.Clone(roster), events...)) {
		d := Difference{Part: PartHR, ID: code, Name: "skill code " + code}
		switch {
		case !slices.Contains(events, code):
			d.How = Lacking
		case !slices.Contains(roster, code):
			d.How = Extra
		default:
			continue
		}
		out = append(out, d)
	}
	return out
}
