package explain

import (
	"fmt"
	"strings"

	"muster/api"
	"muster/lifecycle"
)

// leaverSentences say what happens to a leaver's account, when, and what can be done about it.
func leaverSentences(t *api.Termination) []string {
	if t == nil {
		return nil
	}
	standing := lifecycle.LeaverStanding(t.Standing)
	sentences := standingSentences(t, standing)
	for _, hold := range t.Holds {
		sentences = append(sentences, fmt.Sprintf("Hold %s for the matter %s was placed by %s at %s: %s.",
			hold.ID, hold.Matter, actor(hold.PlacedBy, hold.PlacedVerified), moment(hold.PlacedAt), strings.TrimSuffix(hold.Reason, ".")))
	}
	if t.Override != nil {
		sentences = append(sentences, overrideSentence(*t.Override))
	}
	if standing != lifecycle.NotLeaving && t.EventID != "" {
		decided := fmt.Sprintf("That the person leaves was decided by event %s", t.EventID)
		if t.MappingVersion != 0 {
			decided += fmt.Sprintf(", and how by mapping version %d", t.MappingVersion)
		}
		sentences = append(sentences, decided+".")
	}
	for _, choice := range t.Levers {
		// Of somebody who does not leave, what can be said is which hold can be released.
		if choice.Available && (standing != lifecycle.NotLeaving || choice.Lever == api.LeverReleaseHold) {
			sentences = append(sentences, fmt.Sprintf("Can be done now: %s, by %s: %s", choice.Lever, choice.Who, choice.Command))
		}
	}
	return sentences
}

func actor(name string, verified bool) string {
	if verified {
		return name
	}
	return name + " (unverified)"
}

func standingSentences(t *api.Termination, standing lifecycle.LeaverStanding) []string {
	switch standing {
	case lifecycle.NotLeaving:
		if t.Held {
			return []string{"A hold is in force: were the person to leave, nothing would be deleted before it is released."}
		}
		return nil
	case lifecycle.BeforeIsolation:
		return []string{"HR ends the employment; the access has not begun to be taken away."}
	case lifecycle.LeaverDraining:
		return []string{"Its access is being taken away."}
	case lifecycle.LeaverInGrace, lifecycle.LeaverHeld, lifecycle.LeaverSuspended, lifecycle.LeaverDeleting, lifecycle.LeaverDeleted,
		lifecycle.LeaverErased:
	}
	if t.Grace == nil {
		return nil
	}
	return graceSentences(t, *t.Grace, standing)
}

func graceSentences(t *api.Termination, grace api.Grace, standing lifecycle.LeaverStanding) []string {
	since, deadline := "The account is inactive since "+moment(grace.StartedAt), moment(grace.Deadline)
	switch {
	case standing == lifecycle.LeaverErased:
		return []string{"What was left of the account is erased for good, or is being erased; nothing brings it back."}
	case standing == lifecycle.LeaverDeleted:
		return deletedSentences(t, grace)
	case standing == lifecycle.LeaverDeleting:
		return []string{since + "; it is being deleted, and nothing stops that any more."}
	case standing == lifecycle.LeaverHeld:
		return []string{since + "; it is under legal hold: nothing is deleted until every hold is released, then not before " + deadline +
			" and not before seven more days have passed."}
	case standing == lifecycle.LeaverSuspended:
		return []string{since + "; its deletion, due " + deadline + ", is suspended: nothing is deleted until somebody resumes it, and then not " +
			"before 72 more hours have passed."}
	case lifecycle.GracePhase(grace.Phase) == lifecycle.GraceExpedited:
		return append([]string{since + "; legal approved that it is deleted without waiting for " + deadline + "."}, archiveSentences(t)...)
	}
	sentences := append([]string{since + "; it will be deleted on " + deadline + " unless legal reverses the termination, moves the deadline or " +
		"places a hold."}, archiveSentences(t)...)
	if len(grace.Notices) == 0 {
		return append(sentences, "Legal was not told of the deadline yet; nothing is deleted before.")
	}
	return append(sentences, "Legal was told of the deadline at "+moment(grace.Notices[len(grace.Notices)-1].RecordedAt)+".")
}

func archiveSentences(t *api.Termination) []string {
	if t.Archive != nil && t.Archive.VerifiedAt != nil {
		return []string{fmt.Sprintf("Archive %s was read back at %s.", t.Archive.ID, moment(*t.Archive.VerifiedAt))}
	}
	return []string{"No archive was read back yet; nothing is deleted before."}
}

func deletedSentences(t *api.Termination, grace api.Grace) []string {
	sentence := "The account was deleted"
	if grace.DeletedAt != nil {
		sentence += " at " + moment(*grace.DeletedAt)
	}
	switch {
	case lifecycle.GracePhase(grace.Phase) == lifecycle.GraceErased:
		sentence += "; what is left of it is being erased, and nothing stops that any more."
	case lifecycle.GracePhase(grace.Phase) == lifecycle.GraceErasing && t.Held:
		sentence += "; legal approved to erase what is left of it, and a hold stops that until it is released."
	case lifecycle.GracePhase(grace.Phase) == lifecycle.GraceErasing:
		sentence += "; legal approved to erase what is left of it."
	case t.Held:
		sentence += "; restore-deleted brings it back, and a hold keeps it from being erased."
	default:
		sentence += "; restore-deleted brings it back until it is erased."
	}
	return []string{sentence}
}

func overrideSentence(o api.Override) string {
	sentence := fmt.Sprintf("%s reversed a termination at %s, and HR has not agreed yet", o.MadeBy, moment(o.MadeAt))
	if len(o.EventIDs) > 0 {
		sentence += ": until it does, " + strings.Join(o.EventIDs, ", ") + " has no say"
	}
	if o.RemindAt != nil {
		sentence += "; somebody is reminded at " + moment(*o.RemindAt)
	}
	sentence += "."
	if o.Reason != "" {
		sentence += " Why: " + strings.TrimSuffix(o.Reason, ".") + "."
	}
	return sentence
}
