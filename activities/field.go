package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// heldUp is a field that cannot be applied while the rest can (RULES 14).
type heldUp struct {
	field lifecycle.Field
	// question is what a person has to settle.
	question string
	refusal  *ccaas.Error
	// unjoined are the queues that could not be joined for it.
	unjoined []string
}

// saying are those events the plan settles that say something about a field.
func saying(field lifecycle.Field, plan lifecycle.Plan, person store.Person) (ids []string) {
	for _, e := range person.Events {
		if slices.Contains(plan.Settles, e.Event.EventID) && field.SaidBy(e.Event.Payload) {
			ids = append(ids, e.Event.EventID)
		}
	}
	return ids
}

// fieldKey tells the question about one field from that about another, and from that about another value of it: a decision about a field
// holds as long as the same event says it.
func (ph *phase) fieldKey(field lifecycle.Field) string {
	source := field.Source(plannedEvents(ph.person, ph.plan), ph.hr)
	if source == "" {
		source = fmt.Sprintf("generation %d", ph.in.Generation)
	}
	return string(field) + ":" + source
}

// givenUp asks which of the fields a person has decided to leave as they are.
func (ph *phase) givenUp(ctx context.Context, fields ...lifecycle.Field) (given []lifecycle.Field, err error) {
	keys, err := ph.a.store.GivenUp(ctx, ph.in.PersonID, lifecycle.ReviewConflict)
	for _, field := range fields {
		if keys[ph.fieldKey(field)] {
			given = append(given, field)
		}
	}
	return given, err
}

// leaveAlone is the target without a say about fields of the profile.
func leaveAlone(t reconcile.Target, fields ...lifecycle.Field) reconcile.Target {
	for _, field := range fields {
		switch field {
		case lifecycle.FieldEmail:
			t.Email = ""
		case lifecycle.FieldExtension:
			t.Extension, t.ClearExtension = "", false
		case lifecycle.FieldWork:
		}
	}
	return t
}

// profileFields are the fields of the profile that may be held up and would be changed.
func profileFields(p ccaas.ProfileChange) (fields []lifecycle.Field) {
	if p.Email != nil {
		fields = append(fields, lifecycle.FieldEmail)
	}
	if p.Extension != nil {
		fields = append(fields, lifecycle.FieldExtension)
	}
	return fields
}

// profile changes the person's own fields, after everything that decides about work. A taken email or extension holds up only itself:
// the platform refuses the whole call, so the rest is asked for without it.
func (ph *phase) profile(ctx context.Context, accountID string, change ccaas.ProfileChange) (held []heldUp, err error) {
	for {
		if change.Empty() {
			return held, nil
		}
		err := ph.writer.SetProfile(ctx, accountID, change)
		switch {
		case ccaas.IsKind(err, ccaas.KindEmailTaken) && change.Email != nil:
			change.Email = nil
			held = append(held, holdUp(lifecycle.FieldEmail, err, "The email that HR gives is taken by another account of the platform, perhaps a deleted one. "+
				"Everything else is applied. Free it there and retry, or dismiss: then the account keeps the one it has."))
		case ccaas.IsKind(err, ccaas.KindExtensionTaken) && change.Extension != nil:
			change.Extension = nil
			held = append(held, holdUp(lifecycle.FieldExtension, err, "The phone extension that HR gives belongs to somebody else on the platform. "+
				"Everything else is applied. Free it there and retry, or dismiss: then the account keeps the one it has."))
		default:
			return held, err
		}
	}
}

func noSeat(err error) heldUp {
	return holdUp(lifecycle.FieldWork, err, "No seat is left on the platform: the account is prepared and not joined. Free or buy one and retry, or dismiss: then it stays unjoined.")
}

func holdUp(field lifecycle.Field, err error, question string) heldUp {
	held := heldUp{field: field, question: question}
	errors.As(err, &held.refusal)
	return held
}

func fieldsOf(held []heldUp) (fields []lifecycle.Field) {
	for _, h := range held {
		fields = append(fields, h.field)
	}
	return fields
}

// detail is what the review of a field that is held up keeps of the platform's answer, without the value that it may repeat.
func (h heldUp) detail(value string) map[string]string {
	detail := map[string]string{"field": string(h.field)}
	detail = store.WithUnjoined(detail, h.unjoined)
	if h.refusal != nil {
		detail["operation"], detail["code"] = h.refusal.Op, h.refusal.Code
		detail["message"], detail["correlation_id"] = h.refusal.Message, h.refusal.CorrelationID
		if value != "" {
			detail["message"] = strings.ReplaceAll(h.refusal.Message, value, "["+string(h.field)+"]")
		}
	}
	return detail
}

// parkField opens the review about a field that is held up, and makes the events that say it wait for it.
func (ph *phase) parkField(p *store.PersonTx, h heldUp) (lifecycle.Parked, error) {
	key, value := ph.fieldKey(h.field), map[lifecycle.Field]string{
		lifecycle.FieldEmail: ph.hr.Email, lifecycle.FieldExtension: ph.hr.PhoneExtension,
	}[h.field]
	opened, err := p.OpenReview(store.Review{
		Kind: lifecycle.ReviewConflict, DedupeKey: key, Question: h.question, Detail: object(h.detail(value)),
		Generation: ph.in.Generation, WorkflowID: ph.workflowID(),
	})
	if err != nil {
		return lifecycle.Parked{}, err
	}
	wait := store.Wait{For: "operator", What: "review " + opened.ID + ": " + string(h.field), WorkflowID: ph.workflowID()}
	for _, id := range saying(h.field, ph.plan, ph.person) {
		if err := p.SetWaiting(id, wait); err != nil {
			return lifecycle.Parked{}, err
		}
	}
	return lifecycle.Parked{ReviewID: opened.ID, Kind: opened.Kind, Question: opened.Question}, nil
}

// giveUpField settles the events that waited for a field which somebody has decided to leave as it is.
func giveUpField(p *store.PersonTx, plan lifecycle.Plan, person store.Person, r store.Review) error {
	field, _, _ := strings.Cut(r.DedupeKey, ":")
	for _, id := range saying(lifecycle.Field(field), plan, person) {
		reason := "somebody decided to leave the " + field + " as it is; the rest is applied"
		if err := p.Settle(id, lifecycle.Dismissed, reason, r.WorkflowID); err != nil {
			return err
		}
	}
	return nil
}
