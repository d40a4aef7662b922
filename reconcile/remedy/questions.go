package remedy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// askAboutPutBacks asks instead of writing a fourth time what somebody else writes too (RULES 16). What is decided is carried out by the
// mailbox.
func (c carrying) askAboutPutBacks(p *store.PersonTx, _ store.Person) (Outcome, error) {
	var fought []string
	for _, d := range c.delta.Differences {
		fought = append(fought, string(d.Part)+" "+d.Name)
	}
	detail, err := json.Marshal(c.delta.Fought())
	if err != nil {
		return Outcome{}, fmt.Errorf("write the review's detail: %w", err)
	}
	who := "Somebody else keeps changing the account"
	if c.delta.Fought().Account() {
		who = "Somebody else keeps making the account inactive, or deletes it, although HR wants the person at work"
	}
	review, err := p.OpenReview(store.Review{
		Kind: lifecycle.ReviewPutBack, DedupeKey: string(c.delta.DeltaType), Detail: detail,
		Question: fmt.Sprintf("%s: %s. It was put back three times. Retry puts it back and counts anew; "+
			"dismiss leaves it as it is for %d days.", who, strings.Join(fought, ", "), int(reconcile.ExceptedAfterDismissal.Hours()/24)),
	})
	return Outcome{Outcome: store.DeltaAsked, Reference: review.ID, Text: "somebody decides instead of a fourth write"}, err
}

// askWhetherLeft asks about somebody whom two healthy rosters in a row did not have. Nothing follows from the answer by itself: whoever has
// left, HR says so.
func (c carrying) askWhetherLeft(p *store.PersonTx, _ store.Person) (Outcome, error) {
	review, err := p.OpenReview(store.Review{
		Kind: lifecycle.ReviewMissingFromHR, DedupeKey: string(c.delta.DeltaType),
		Question: "HR's events employ the person and two of HR's rosters in a row did not have them. Has the person left? Then HR has to send a " +
			"termination. Retry or dismiss closes this; the next run asks again as long as it is so.",
	})
	return Outcome{Outcome: store.DeltaAsked, Reference: review.ID, Text: "somebody finds out at HR"}, err
}

// outstanding shows an account that is nobody's until somebody settles it. It is never touched.
func (c carrying) outstanding(ctx context.Context) (Outcome, error) {
	err := c.store.RaiseAlert(ctx, store.Alert{
		Kind: store.AlertDeltaOpen, Severity: store.SeverityWarning, SubjectID: c.delta.AccountID,
		DedupeKey: store.OutstandingKey(c.delta.AccountID), Text: "An active account is nobody's. It is not touched until somebody settles it.",
	})
	if err != nil {
		return Outcome{}, err
	}
	done := Outcome{Outcome: store.DeltaAsked, Reference: c.delta.AccountID, Text: "outstanding until somebody settles it"}
	return done, c.note(ctx, done)
}
