package activities

import (
	"strings"

	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// ownerOf is who owns a person's account on the platform in Muster's place, by any id that the registry may list it by; empty: nobody does.
func (a *Activities) ownerOf(person store.Person, registry *mapping.Registry) string {
	ids := make([]string, 0, len(person.ExternalIDs)+1)
	for _, id := range person.ExternalIDs {
		ids = append(ids, id.OnPlatform())
	}
	if account := person.Agent.PlatformUserID; account != "" {
		ids = append(ids, account)
	}
	return registry.UserElsewhere(a.platform.Name(), ids...)
}

// asksOwner ends what an event waits for whose access somebody has to end where the account is owned.
const asksOwner = ": " + string(lifecycle.ReviewOwnedElsewhere)

// elsewhereOf is what a rollout has to know of a person about whom somebody else's ownership has said something.
func (a *Activities) elsewhereOf(person store.Person, registry *mapping.Registry) (s lifecycle.Elsewhere) {
	s.Now = a.ownerOf(person, registry) != ""
	for _, e := range person.Events {
		s.Before = s.Before || e.Outcome == lifecycle.OutcomeOwnedElsewhere
		s.Asked = s.Asked || strings.HasSuffix(e.Wait.What, asksOwner)
	}
	return s
}

// askOwner asks a person to have an access ended where the account is owned, and has everybody who is told of alerts told. What was asked
// before and is not any more is closed: it was answered, HR takes it back, or the account is Muster's again.
func askOwner(p *store.PersonTx, v view, q *lifecycle.OwnerQuestion) error {
	asked := false
	for _, r := range v.person.Reviews {
		if r.Kind != lifecycle.ReviewOwnedElsewhere {
			continue
		}
		asked = true
		if r.State == store.ReviewOpen && (q == nil || r.DedupeKey != q.Key) {
			if err := p.ResolveReview(r.ID, store.ActorMuster, "it is not so any more"); err != nil {
				return err
			}
		}
	}
	key := store.AlertKey(store.AlertOwnedElsewhere, v.person.PersonID)
	if q == nil {
		if !asked {
			return nil
		}
		if err := p.CloseAlert(key, "nobody is asked about it any more"); err != nil {
			return err
		}
		return attend(p)
	}
	review, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewOwnedElsewhere, DedupeKey: q.Key, EventID: q.EventID, Question: q.Question})
	if err != nil {
		return err
	}
	for _, id := range q.Events {
		if err := p.SetWaiting(id, store.Wait{For: "operator", What: "review " + review.ID + asksOwner}); err != nil {
			return err
		}
	}
	if err := p.RaiseAlert(store.Alert{
		Kind: store.AlertOwnedElsewhere, Severity: store.SeverityCritical,
		Text: "An access has to end on an account that somebody else owns: Muster does not touch it. The review says who has to end it.",
	}); err != nil {
		return err
	}
	return p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)})
}
