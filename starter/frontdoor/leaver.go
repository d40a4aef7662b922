package frontdoor

import (
	"context"
	"slices"
	"time"

	"muster/api"
	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/starter/explain"
	"muster/store"
)

// Confidentiality of what becomes of a leaver: matters, reasons and who was dismissed are for legal and auditors, and a termination
// that is not in effect is for legal alone, whatever lever was pulled about it.

// mayKnowMatters says whether the reader may see holds, reasons, and approvals that tell of them.
func mayKnowMatters(reader Actor) bool { return reader.Has(api.RoleLegal, api.RoleAuditor) }

// leaver is a person as the levers see them, before anything is left out.
type leaver struct {
	person    store.Person
	picture   hr.Picture
	situation lifecycle.LeverSituation
	notices   []lifecycle.Notice
	archive   *store.Archive
}

// leaver reads where a person stands as a leaver.
func (d *Door) leaver(ctx context.Context, personID string) (leaver, error) {
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return leaver{}, err
	}
	var found leaver
	err = d.Store.LookAtPerson(ctx, personID, func(p *store.PersonTx) (err error) {
		if found.person, err = p.Load(); err != nil || found.person.Grace == nil {
			return err
		}
		found.notices, err = p.Notices(found.person.Grace.Generation)
		return err
	})
	if err != nil {
		return leaver{}, err
	}
	found.picture = levers.Fold(found.person, d.Now(), zones)
	found.situation = levers.Situation(found.person, found.picture)
	if found.person.Grace == nil {
		return found, nil
	}
	archives, err := d.Store.Archives(ctx, personID)
	for _, archive := range archives {
		if archive.Generation == found.person.Grace.Generation {
			found.archive = &archive
		}
	}
	return found, err
}

// secret says that the person is to leave by a termination that is not in effect.
func (l leaver) secret() bool {
	return l.situation.Standing == lifecycle.BeforeIsolation && l.picture.State.Employment != hr.Left
}

// shown is where a leaver stands as the reader may see it.
func (l leaver) shown(reader Actor, known secrecy, now time.Time) api.Termination {
	situation := l.situation
	if l.secret() && !reader.Has(api.RoleLegal) {
		situation = lifecycle.LeverSituation{Standing: lifecycle.NotLeaving, Holds: situation.Holds}
	}
	private := mayKnowMatters(reader)
	var eventID string
	if situation.Standing != lifecycle.NotLeaving {
		eventID = l.endedBy(known)
	}
	answer := api.Termination{
		PersonID: l.person.PersonID, LifecycleState: string(l.person.Agent.State), Standing: string(situation.Standing),
		Grace: graceOf(l.person.Grace, l.notices), Archive: archiveOf(l.archive), MappingVersion: l.person.Agent.MappingVersion,
		EventID:  eventID,
		Override: overrideOf(l.person.Override, reader, known),
		Levers:   explain.Levers(explain.Leaver{PersonID: l.person.PersonID, LeverSituation: situation, Private: private, Now: now}),
	}
	// That somebody who works is under a hold is no more anyone's business than the matter.
	answer.Held = lifecycle.UnderHold(l.person.Holds) && (private || situation.Standing != lifecycle.NotLeaving)
	if private {
		for _, hold := range l.person.Holds {
			answer.Holds = append(answer.Holds, holdOf(hold))
		}
	}
	return answer
}

// endedBy is HR's event that ends the employment, the newest if there are several; empty when the reader may not recognise it.
func (l leaver) endedBy(known secrecy) (eventID string) {
	for _, standing := range slices.Backward(l.picture.Events) {
		for _, event := range l.person.Events {
			ends := event.Event.EventID == standing.EventID && event.Event.EventType == hr.UserTerminate
			if ends && (standing.Standing == hr.Contributes || standing.Standing == hr.Future) && !known.hides(event) {
				return event.Event.EventID
			}
		}
	}
	return ""
}

func graceOf(grace *lifecycle.Grace, notices []lifecycle.Notice) *api.Grace {
	if grace == nil {
		return nil
	}
	shown := &api.Grace{
		Generation: grace.Generation, StartedAt: grace.StartedAt, Deadline: grace.Deadline, Phase: string(grace.Phase),
		EndedBecause: grace.EndedBecause, DeletedAt: grace.DeletedAt, Notices: make([]api.Notice, len(notices)),
	}
	for i, notice := range notices {
		shown.Notices[i] = api.Notice{Kind: string(notice.Kind), Deadline: notice.Deadline, RecordedAt: notice.RecordedAt}
	}
	return shown
}

func archiveOf(archive *store.Archive) *api.Archive {
	if archive == nil {
		return nil
	}
	return &api.Archive{
		ID: archive.ID, Generation: archive.Generation, SHA256: archive.SHA256, Size: archive.Size, WrittenAt: archive.WrittenAt,
		VerifiedAt: archive.VerifiedAt, ErasedAt: archive.ErasedAt,
	}
}

// overrideOf is a reversal as the reader may see it: one of a termination that was not in effect yet is for legal alone.
func overrideOf(override *lifecycle.Override, reader Actor, known secrecy) *api.Override {
	if override == nil || !reader.Has(api.RoleLegal) && !known.hadLeft(override.MadeAt) {
		return nil
	}
	shown := &api.Override{ID: override.ID, MadeAt: override.MadeAt, MadeBy: override.MadeBy}
	if !override.RemindAt.IsZero() {
		shown.RemindAt = &override.RemindAt
	}
	if mayKnowMatters(reader) {
		shown.Reason = override.Reason
		shown.EventIDs = without(override.EventIDs, known.hiddenIDs())
	}
	return shown
}

func holdOf(hold lifecycle.Hold) api.Hold {
	return api.Hold{
		ID: hold.ID, PersonID: hold.PersonID, Matter: hold.Matter, PlacedBy: hold.PlacedBy, PlacedAt: hold.PlacedAt, Reason: hold.Reason,
		PlacedVerified: hold.PlacedVerified, ReleasedBy: hold.ReleasedBy, ReleasedAt: hold.ReleasedAt, ReleaseReason: hold.ReleaseReason,
	}
}
