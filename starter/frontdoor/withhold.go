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

// An approval of kind rehire exists only after a dismissal, so it tells of one: it is for legal, who decide it, and auditors.

// mayKnowOfRehires says whether the reader may see approvals of kind rehire.
func mayKnowOfRehires(reader Actor) bool { return reader.Has(api.RoleLegal, api.RoleAuditor) }

// hidesApproval says whether the caller must not know that an approval exists.
func hidesApproval(ctx context.Context, approval store.Approval) bool {
	return approval.Kind == lifecycle.ApprovalRehire && !mayKnowOfRehires(actorOf(ctx))
}

// hiddenApprovals are the ids of a person's approvals that the caller must not know of.
func (d *Door) hiddenApprovals(ctx context.Context, personID string) (map[string]bool, error) {
	hidden := map[string]bool{}
	if mayKnowOfRehires(actorOf(ctx)) {
		return hidden, nil
	}
	for cursor := ""; ; {
		approvals, next, err := d.Store.Approvals(ctx, store.QuestionFilter{
			PersonID: personID, Kind: string(lifecycle.ApprovalRehire), Cursor: cursor, Limit: openLimit,
		})
		if err != nil {
			return nil, err
		}
		for _, approval := range approvals {
			hidden[approval.ID] = true
		}
		if next == "" {
			return hidden, nil
		}
		cursor = next
	}
}

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
