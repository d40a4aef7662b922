package explain

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/api"
	"muster/lifecycle"
)

// Leaver is what the choice of levers is made of.
type Leaver struct {
	PersonID string
	lifecycle.LeverSituation
	// Private: the reader may know of holds, matters and dismissals.
	Private bool
	Now     time.Time
}

// farAhead is a deadline that is only tried: whether a later one would be taken at all.
const farAhead = time.Second

// Levers says of each lever whether it can be pulled now, by whom and how. It asks the rule that also judges the pull itself, so the
// two cannot differ. Levers about holds are for readers who may know of holds.
func Levers(l Leaver) []api.LeverChoice {
	choices := []api.LeverChoice{}
	for _, lever := range []lifecycle.Lever{
		lifecycle.LeverReverse, lifecycle.LeverExpedite, lifecycle.LeverReschedule, lifecycle.LeverResume, lifecycle.LeverErase,
		lifecycle.LeverRestoreDeleted,
	} {
		choices = append(choices, l.choice(lever, lifecycle.Hold{}))
	}
	if !l.Private {
		return choices
	}
	choices = append(choices, l.choice(lifecycle.LeverHold, lifecycle.Hold{}))
	for _, hold := range l.Holds {
		if hold.InForce() {
			choices = append(choices, l.choice(lifecycle.LeverReleaseHold, hold))
		}
	}
	return choices
}

// choice tries a lever. The hold is the one to be released, where the lever is that.
func (l Leaver) choice(lever lifecycle.Lever, hold lifecycle.Hold) api.LeverChoice {
	choice := api.LeverChoice{Lever: api.Lever(lever)}
	pull := lifecycle.Pull{Lever: lever, Reason: "why", Verified: true, At: l.Now, Matter: hold.Matter}
	if lever == lifecycle.LeverHold {
		pull.Matter = "another matter"
	}
	if l.Grace != nil {
		pull.Until = l.Grace.Deadline.Add(farAhead)
	}
	effect, err := lifecycle.Judge(pull, l.LeverSituation)
	if err != nil {
		choice.Why = whyNot(lever, err)
		return choice
	}
	choice.Available = true
	choice.Who = l.who(lever, effect, hold)
	choice.Command = command(lever, l.PersonID, hold.Matter)
	return choice
}

func whyNot(lever lifecycle.Lever, err error) string {
	var refusal *lifecycle.LeverRefusal
	if !errors.As(err, &refusal) {
		return err.Error()
	}
	if lever == lifecycle.LeverReschedule && strings.HasPrefix(refusal.Why, "until: ") {
		return "the deadline is as late as it may be, 365 days after the deactivation"
	}
	return refusal.Why
}

// who says who can pull. That a reversal needs an approval tells of a dismissal, so it is said to readers who may know of one.
func (l Leaver) who(lever lifecycle.Lever, effect lifecycle.LeverEffect, hold lifecycle.Hold) string {
	roles := api.LeverRoles(api.Lever(lever))
	words := make([]string, len(roles))
	for i, role := range roles {
		words[i] = string(role)
	}
	who := "role " + strings.Join(words, " or ") + ", other than the person"
	if hold.PlacedBy != "" {
		who = fmt.Sprintf("role %s, other than %s, who placed it, and the person", strings.Join(words, " or "), hold.PlacedBy)
	}
	if effect.Ask != "" && (l.Private || effect.Ask != lifecycle.ApprovalReversal) {
		who += fmt.Sprintf("; another one with role %s approves", api.ApproverOf(string(effect.Ask)))
	}
	return who
}

// command is the complete command line that pulls a lever. A matter has no quotes in it, an id no blanks.
func command(lever lifecycle.Lever, personID, matter string) string {
	switch lever {
	case lifecycle.LeverHold:
		return fmt.Sprintf("musterctl hold add %s --matter '…' --reason '…'", personID)
	case lifecycle.LeverReleaseHold:
		return fmt.Sprintf("musterctl hold release %s --matter '%s' --reason '…'", personID, matter)
	case lifecycle.LeverReschedule:
		return fmt.Sprintf("musterctl termination reschedule %s --until 2006-01-02T15:04:05Z --reason '…'", personID)
	case lifecycle.LeverReverse, lifecycle.LeverExpedite, lifecycle.LeverResume, lifecycle.LeverErase, lifecycle.LeverRestoreDeleted:
	}
	return fmt.Sprintf("musterctl termination %s %s --reason '…'", lever, personID)
}
