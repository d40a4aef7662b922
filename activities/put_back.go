package activities

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// decidePutBack takes up what somebody decided about constructs that were put back three times: they are put back once more and counted
// anew, or they may be as they are for a time.
func decidePutBack(p *store.PersonTx, v view, now time.Time) (changed bool, err error) {
	for _, review := range v.person.Reviews {
		if review.Kind != lifecycle.ReviewPutBack || review.State == store.ReviewOpen {
			continue
		}
		var fought reconcile.Fought
		if err := json.Unmarshal(review.Detail, &fought); err != nil {
			return false, fmt.Errorf("read the detail of review %s: %w", review.ID, err)
		}
		if fought.Account() && v.person.Agent.Operation != lifecycle.None {
			continue // an operation that runs takes the account for one at work; the answer is heard once it has ended
		}
		if err := settlePutBack(p, v, review, fought, now); err != nil {
			return false, err
		}
		if err := p.TakeUpReview(review.ID); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

func settlePutBack(p *store.PersonTx, v view, review store.Review, fought reconcile.Fought, now time.Time) error {
	var entries []store.PutBack
	for _, c := range fought.Constructs {
		entries = append(entries, store.PutBack{PersonID: v.person.PersonID, Part: string(c.Part), Construct: c.ID, Decided: true, Reference: review.ID})
	}
	if err := p.AddPutBacks(entries); err != nil {
		return err
	}
	if review.State != store.ReviewDismissed {
		if fought.Account() && v.wantsWork() {
			return hireAgain(p, v, review)
		}
		return p.UpdateAgent(store.AgentChange{PlanDigest: new("")})
	}
	for _, c := range fought.Constructs {
		_, err := p.AddException(store.Exception{
			Part: string(c.Part), Construct: c.ID, Until: now.Add(reconcile.ExceptedAfterDismissal), MadeBy: review.DecidedBy,
			MadeByVerified: review.ActorVerified, Reason: "review " + review.ID + " was dismissed",
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hireAgain puts on record that the account is not at work, so that the mailbox brings it back by a Hire: a Transfer changes only what is
// at work.
func hireAgain(p *store.PersonTx, v view, review store.Review) error {
	change := store.AgentChange{PlanDigest: new("")}
	if v.person.Agent.State == lifecycle.Active {
		change.State = new(lifecycle.Deactivated)
	}
	return errors.Join(
		p.UpdateAgent(change),
		p.AddTimeline(store.TimelineEntry{Kind: "account.lost", Text: "review " + review.ID + " was decided: the account is brought back once more"}))
}
