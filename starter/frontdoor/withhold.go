package frontdoor

import (
	"context"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

// withheldText stands in for a text that names what the reader must not recognise.
const withheldText = "withheld: only role legal may see it"

// unspeakable are the ids of all events and approvals that must not be named to the reader.
func (s secrecy) unspeakable() map[string]bool {
	ids := s.hiddenIDs()
	maps.Copy(ids, s.approvals)
	return ids
}

// names says whether a text names what the reader must not recognise.
func (s secrecy) names(text string) bool { return mentions(text, s.unspeakable()) }

// mentions says whether a text holds one of the ids as a word of its own.
func mentions(text string, ids map[string]bool) bool {
	for id := range ids {
		if id != "" && holdsWord(text, id) {
			return true
		}
	}
	return false
}

func holdsWord(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		begin := from + at
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		after, _ := utf8.DecodeRuneInString(text[begin+len(word):])
		if !partOfWord(before) && !partOfWord(after) {
			return true
		}
		from = begin + 1 // ids are ASCII, so this is where a character begins
	}
}

func partOfWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// holds is mentions for a JSON document, where an escape may stand right before an id.
func holds(document []byte, ids map[string]bool) bool {
	for id := range ids {
		if id != "" && strings.Contains(string(document), id) {
			return true
		}
	}
	return false
}

// review says whether a review is about, or names, what the reader must not recognise.
func (s secrecy) review(review store.Review) (hidden bool) {
	ids := s.unspeakable()
	return ids[review.EventID] || mentions(review.Question, ids) || holds(review.Detail, ids)
}

// Approvals of a rehire or a reversal exist only after a dismissal, so they tell of one; those of the other levers carry legal's
// reasons. All of them are for legal, who decide them, and for auditors; a reversal of what is not in effect yet is for legal alone.

// private says whether approvals of a kind are for legal and auditors.
func private(kind lifecycle.ApprovalKind) bool {
	return kind == lifecycle.ApprovalRehire || lifecycle.LeverOf(kind) != ""
}

// hidesApproval says whether the reader must not know that an approval of this person exists.
func (s secrecy) hidesApproval(approval store.Approval) bool {
	switch {
	case s.legal || !private(approval.Kind):
		return false
	case !s.auditor:
		return true
	}
	return approval.Kind == lifecycle.ApprovalReversal && !s.hadLeft(approval.OpenedAt)
}

// hidesApproval says whether the caller must not know that an approval exists.
func (d *Door) hidesApproval(ctx context.Context, approval store.Approval) (bool, error) {
	reader := actorOf(ctx)
	switch {
	case reader.Has(api.RoleLegal) || !private(approval.Kind):
		return false, nil
	case !mayKnowMatters(reader):
		return true, nil
	}
	known, err := d.eventSecrecy(ctx, approval.PersonID)
	return known.hidesApproval(approval), err
}

// hiddenApprovals are the ids of a person's approvals that the caller must not know of.
func (d *Door) hiddenApprovals(ctx context.Context, personID string, known secrecy) (map[string]bool, error) {
	hidden := map[string]bool{}
	if known.legal {
		return hidden, nil
	}
	for cursor := ""; ; {
		approvals, next, err := d.Store.Approvals(ctx, store.QuestionFilter{PersonID: personID, Cursor: cursor, Limit: openLimit})
		if err != nil {
			return nil, err
		}
		for _, approval := range approvals {
			if known.hidesApproval(approval) {
				hidden[approval.ID] = true
			}
		}
		if next == "" {
			return hidden, nil
		}
		cursor = next
	}
}

// hidesLever says whether a line of the timeline tells of a hold, or of a lever that was pulled about a termination that was not in
// effect then, to a reader who must not know.
func (s secrecy) hidesLever(entry store.TimelineEntry, reader Actor) bool {
	switch entry.Kind {
	case store.TimelineHoldPlaced, store.TimelineHoldReleased, leverKind + string(lifecycle.LeverHold), leverKind + string(lifecycle.LeverReleaseHold):
		return !mayKnowMatters(reader)
	}
	pulled := strings.HasPrefix(entry.Kind, leverKind) && entry.WorkflowID == ""
	return pulled && !s.legal && !s.hadLeft(entry.At)
}

// leverKind begins the kinds of lines about levers.
const leverKind = "termination."

// clean leaves out of an explanation what names something that the reader must not recognise. What goes into it is clean of
// what is known to be secret; this is for the texts that others wrote.
func clean(explanation api.Explanation, hidden map[string]bool) api.Explanation {
	for i, sentence := range explanation.Sentences {
		if mentions(sentence, hidden) {
			explanation.Sentences[i] = "A sentence is " + withheldText + "."
		}
	}
	for i, block := range explanation.Blocks {
		if mentions(block.What, hidden) {
			explanation.Blocks[i].What = withheldText
		}
	}
	if explanation.Plan == nil {
		return explanation
	}
	plan := *explanation.Plan
	plan.Rules, plan.Warnings = without(plan.Rules, hidden), without(plan.Warnings, hidden)
	plan.EventIDs = without(plan.EventIDs, hidden)
	explanation.Plan = &plan
	return explanation
}

// without leaves out the texts that name a hidden id.
func without(texts []string, hidden map[string]bool) []string {
	if texts == nil {
		return nil
	}
	kept := []string{}
	for _, text := range texts {
		if !mentions(text, hidden) {
			kept = append(kept, text)
		}
	}
	return kept
}
