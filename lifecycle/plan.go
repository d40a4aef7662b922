package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"muster/hr"
	"muster/mapping"
)

// Plan is what an operation is to bring about. It holds codes and names of platform constructs; names, emails and numbers of
// the person come from the events listed, folded at the same instant.
type Plan struct {
	PersonID   string    `json:"person_id"`
	Operation  Operation `json:"operation"`
	Generation int64     `json:"generation"`
	// At is the instant the events were folded at.
	At time.Time `json:"at"`
	// EventIDs are all events known then: one that takes effect later may already stand in for another. Settles are those that
	// reach their outcome with this plan.
	EventIDs []string `json:"event_ids"`
	Settles  []string `json:"settles"`
	// Resting is the state a Termination ends in: deactivated, on_leave or out_of_scope. Ended: HR has ended the employment, so that
	// the account is a leaver's and is deleted after its grace.
	Resting        State              `json:"resting,omitempty"`
	Ended          bool               `json:"ended,omitempty"`
	MappingVersion int                `json:"mapping_version"`
	Desired        mapping.Desired    `json:"desired"`
	Policies       mapping.Policies   `json:"policies"`
	Unmapped       []mapping.Unmapped `json:"unmapped,omitempty"`
	Rules          []string           `json:"rules,omitempty"`
	Warnings       []string           `json:"warnings,omitempty"`
	// RestoresGeneration is the termination that was reversed, while HR has not agreed yet: what its snapshot holds and no rule
	// manages is given back (RULES 6). 0: nothing is. It is no part of the digest: an override that ends takes nothing away.
	RestoresGeneration int64 `json:"restores_generation,omitempty"`
	// Digest identifies what the plan brings about: equal digests, equal effect. An approval binds to it.
	Digest string `json:"digest"`
}

// NewPlan builds the plan for a picture and what the registry said to it. open are the events without an outcome.
func NewPlan(personID string, op Operation, generation int64, picture hr.Picture, r mapping.Resolution, open map[string]bool) Plan {
	p := Plan{
		PersonID: personID, Operation: op, Generation: generation, At: picture.At,
		MappingVersion: r.Version, Desired: r.Desired, Policies: r.Policies,
		Unmapped: r.Unmapped, Rules: r.Rules, Warnings: r.Warnings,
	}
	if op == Termination {
		p.Resting = RestingState(picture.State, r.InScope)
		p.Ended = picture.State.Employment == hr.Left
	}
	for _, e := range picture.Events {
		p.EventIDs = append(p.EventIDs, e.EventID)
		if e.Standing == hr.Contributes && open[e.EventID] {
			p.Settles = append(p.Settles, e.EventID)
		}
	}
	p.Digest = p.digest(picture.State)
	return p
}

// Continue makes a termination keep the mapping version and the policies that it began under, where the plan made last was of the same
// leaving: however often it is interrupted and planned anew, what was promised for it holds.
func (p *Plan) Continue(last Plan) {
	if p.Operation == Termination && last.Operation == Termination && last.Resting == p.Resting && last.Ended == p.Ended {
		p.MappingVersion, p.Policies = last.MappingVersion, last.Policies
	}
}

// digest covers what the operation brings about: the constructs and the person's own fields, but not which event said them, nor
// whether a Hire or a Transfer does it.
func (p Plan) digest(state hr.State) string {
	state.HiredAt, state.LeftAt = time.Time{}, time.Time{}
	state.SkillCodes = nil // they count through the constructs they stand for
	content, err := json.Marshal(struct {
		Resting State
		Desired mapping.Desired
		State   hr.State
	}{p.Resting, p.Desired, state})
	if err != nil {
		panic("a plan of plain values always marshals: " + err.Error())
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Partial says that codes which decide about queues and roles have no rule: the plan then says what to add, but its silence
// about anything is no reason to take it away.
func (p Plan) Partial() bool {
	for _, u := range p.Unmapped {
		if u.Kind != mapping.KindSkill {
			return true
		}
	}
	return false
}

// OutcomeOf is the outcome that an event of a type gets when the plan has been carried out with an outcome: a hire or a change that
// was still open when the employment ended was not carried out.
func (p Plan) OutcomeOf(event hr.Type, o Outcome, reason string) (Outcome, string) {
	ends := event == hr.UserTerminate || event == hr.EventRescind
	if p.Operation != Termination || p.Resting != Deactivated || ends || o == Dismissed {
		return o, reason
	}
	return Superseded, "the employment ended before it was carried out"
}
