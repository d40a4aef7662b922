package roster

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Limits are what a source's rosters are held to. Shares are of one: 0.1 is a tenth.
type Limits struct {
	// MaxAge is how old a roster may be.
	MaxAge time.Duration
	// MaxRefused is the share of the lines that may be refused.
	MaxRefused float64
	// MaxShrink is by what share of the last good one a roster may be smaller.
	MaxShrink float64
	// MaxGone is what share of the people who were there may be missing, or terminated, all at once.
	MaxGone float64
	// AtLeast is the number of people up to which MaxShrink and MaxGone refuse nothing: in a small company one leaver is a large share.
	AtLeast int64
}

// DefaultLimits hold where a source has no others.
func DefaultLimits() Limits {
	return Limits{MaxAge: 26 * time.Hour, MaxRefused: 0.01, MaxShrink: 0.1, MaxGone: 0.1, AtLeast: 3}
}

// Figures are what is known of a roster once it has been read.
type Figures struct {
	// AsOf is the moment that the roster tells of.
	AsOf time.Time `json:"as_of"`
	// Cut says why the reading ended before the roster did, in words; empty: it was read to its end.
	Cut string `json:"cut,omitempty"`
	// Unreadable says why none of it could be read, in words.
	Unreadable string `json:"unreadable,omitempty"`
	// Declared is how many people the source says there are; nil: it does not say.
	Declared *int64 `json:"declared,omitempty"`
	// Records and Refused are the lines that tell of a person, and those that tell nothing that may be used.
	Records int64 `json:"records"`
	Refused int64 `json:"refused"`
	// Present are the records of people who have not left: all but status TERMINATED, and but those whose last day has passed.
	Present int64 `json:"present"`
	// Gone are the people who were present in the last good roster and are terminated in this one, or nowhere in it; in a source's first
	// one, of those whom the record has at work (AtWork).
	Gone int64 `json:"gone"`
	// AtWork are the people whom the record has at work under ids of the roster's namespace alone: what the first roster of a source is
	// compared with. 0 where there is a last good one.
	AtWork int64 `json:"at_work,omitempty"`
}

// Reason a roster is not believed.
type Reason string

// The reasons.
const (
	Unreadable Reason = "unreadable" // not a roster: no header, another format
	Truncated  Reason = "truncated"  // not whole
	Faulty     Reason = "faulty"     // too many refused lines
	Empty      Reason = "empty"
	Stale      Reason = "stale"
	Shrunk     Reason = "shrunk"   // suddenly smaller
	Vanished   Reason = "vanished" // too many people gone at once
)

// Refusal is one reason why a roster is not believed, with what was found and what would have been right; Expected is empty where Found says
// both.
type Refusal struct {
	Reason   Reason `json:"reason"`
	Found    string `json:"found"`
	Expected string `json:"expected"`
}

func (r Refusal) String() string {
	if r.Expected == "" {
		return fmt.Sprintf("the roster is %s: found %s", r.Reason, r.Found)
	}
	return fmt.Sprintf("the roster is %s: found %s, expected %s", r.Reason, r.Found, r.Expected)
}

// Verdict says whether a roster may be compared with anything. The refusals have one for each reason; none: it is healthy.
type Verdict struct {
	Refusals []Refusal `json:"refusals"`
}

// Healthy says that the roster may be believed.
func (v Verdict) Healthy() bool { return len(v.Refusals) == 0 }

// Has says whether the roster was refused for a reason.
func (v Verdict) Has(reason Reason) bool {
	for _, r := range v.Refusals {
		if r.Reason == reason {
			return true
		}
	}
	return false
}

// String is the verdict in words.
func (v Verdict) String() string {
	if v.Healthy() {
		return "healthy"
	}
	texts := make([]string, len(v.Refusals))
	for i, refusal := range v.Refusals {
		texts[i] = refusal.String()
	}
	return strings.Join(texts, "; ")
}

// Judge decides about a roster from its figures, those of the source's last good one (nil: there is none yet, and the people whom the
// record has at work stand in for it), and the time now.
func Judge(previous *Figures, current Figures, limits Limits, now time.Time) Verdict {
	var v Verdict
	refuse := func(reason Reason, found, expected string) {
		v.Refusals = append(v.Refusals, Refusal{Reason: reason, Found: found, Expected: expected})
	}
	lines := current.Records + current.Refused
	switch {
	case current.Unreadable != "":
		refuse(Unreadable, current.Unreadable, "")
		return v // there is nothing that more could be said about
	case current.Cut != "":
		refuse(Truncated, current.Cut, "")
	case current.Declared != nil && *current.Declared != lines:
		refuse(Truncated, people(lines), "the "+people(*current.Declared)+" that the source declares")
	}
	if exceeds(current.Refused, lines, limits.MaxRefused) {
		refuse(Faulty, fmt.Sprintf("%d of %d lines refused", current.Refused, lines), "at most "+percent(limits.MaxRefused))
	}
	if current.Records == 0 && current.Cut == "" {
		refuse(Empty, "no people", "some")
	}
	if age := now.Sub(current.AsOf); age > limits.MaxAge && !current.AsOf.IsZero() {
		refuse(Stale, "one of "+current.AsOf.UTC().Format(time.RFC3339)+", "+age.Truncate(time.Minute).String()+" old",
			"one that is at most "+limits.MaxAge.String()+" old")
	}
	if previous == nil {
		if current.Gone > limits.AtLeast && exceeds(current.Gone, current.AtWork, limits.MaxGone) {
			refuse(Vanished, fmt.Sprintf("%d of the %d whom the record has at work missing or terminated", current.Gone, current.AtWork),
				"at most "+percent(limits.MaxGone)+" of them in the first roster of a source")
		}
		return v
	}
	if smaller := previous.Records - current.Records; smaller > limits.AtLeast && exceeds(smaller, previous.Records, limits.MaxShrink) {
		refuse(Shrunk, people(current.Records), fmt.Sprintf("at most %s fewer than the %d of the last good one", percent(limits.MaxShrink), previous.Records))
	}
	if current.Gone > limits.AtLeast && exceeds(current.Gone, previous.Present, limits.MaxGone) {
		refuse(Vanished, fmt.Sprintf("%d of the %d who were present missing or terminated", current.Gone, previous.Present),
			"at most "+percent(limits.MaxGone)+" at once")
	}
	return v
}

// exceeds says whether part is more than the share of whole.
func exceeds(part, whole int64, share float64) bool {
	return float64(part) > share*float64(whole)+rounding
}

// rounding keeps 10 of 100 from being more than a tenth.
const rounding = 1e-9

func percent(share float64) string {
	return fmt.Sprintf("%g %%", math.Round(share*1e4)/1e2)
}

func people(n int64) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// Rejudge is a verdict on a roster that was judged before, at a later time: it may have become too old since.
func Rejudge(before Verdict, figures Figures, limits Limits, now time.Time) Verdict {
	var v Verdict
	for _, refusal := range before.Refusals {
		if refusal.Reason != Stale {
			v.Refusals = append(v.Refusals, refusal)
		}
	}
	for _, refusal := range Judge(nil, figures, limits, now).Refusals {
		if refusal.Reason == Stale {
			v.Refusals = append(v.Refusals, refusal)
		}
	}
	return v
}
