// Package remedy carries out what a reconciliation decided about a delta: by an event in HR's name, by what it puts on a person's record
// before it has the mailbox rung, or by a question to a person. It writes nothing on the platform: that is the mailbox's.
package remedy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// ErrNotRepair says that nothing is done about a delta in any other mode than repair.
var ErrNotRepair = errors.New("the mode is not repair: nothing is done about the delta")

// Remedies carries out deltas.
type Remedies struct {
	store *store.Store
	// severalNamespaces: HR systems have namespaces of their own, so that a new person's id is written with its namespace.
	severalNamespaces bool
}

// New wires the remedies. severalNamespaces is as the front door has it (store.Ingest).
func New(s *store.Store, severalNamespaces bool) *Remedies {
	return &Remedies{store: s, severalNamespaces: severalNamespaces}
}

// Outcome is what was done about a delta. It holds ids and fixed words.
type Outcome struct {
	// Outcome is one of the store's words, such as store.DeltaRung; empty: nothing is to be done.
	Outcome string `json:"outcome,omitempty"`
	// Reference is the event, review, approval or workflow.
	Reference string `json:"reference,omitempty"`
	Text      string `json:"text,omitempty"`
	// RingWorkflow is a workflow that has to be rung (names.SignalRing) so that it sees that its time is over; empty: none has to. It is
	// never ended from outside.
	RingWorkflow string `json:"ring_workflow,omitempty"`
	// Again: it was carried out before; nothing was done now.
	Again bool `json:"again,omitempty"`
}

// Carry carries out what the delta of a reconciliation resolves to, once for a reconciliation, person and type however often it is called:
// what was done is recorded in the transaction that does it. The delta has to be recorded (store.AddDeltas); ErrNotFound if it is not.
// ErrNotRepair in any other mode than repair. What cannot be done is an outcome (store.DeltaFailed) and no error: another run looks again.
// An error may be tried again.
func (r *Remedies) Carry(ctx context.Context, reconciliationID string, d reconcile.Delta, mode store.ReconciliationMode) (Outcome, error) {
	if mode != store.ModeRepair {
		return Outcome{}, fmt.Errorf("%s of %s in mode %s: %w", d.DeltaType, d.Subject(), mode, ErrNotRepair)
	}
	row, err := r.store.DeltaOf(ctx, reconciliationID, string(d.DeltaType), d.Subject())
	if err != nil {
		return Outcome{}, err
	}
	if before, done := carried(row.Outcomes); done {
		before.RingWorkflow = ringAgain(d)
		return before, nil
	}
	c := carrying{Remedies: r, row: row, delta: d}
	done, err := c.carry(ctx)
	if err != nil {
		return Outcome{}, fmt.Errorf("carry out %s of %s: %w", d.ResolutionAction, d.Subject(), err)
	}
	return done, nil
}

// carried is what Muster itself did about a delta before.
func carried(outcomes []store.DeltaOutcome) (Outcome, bool) {
	i := slices.IndexFunc(outcomes, func(o store.DeltaOutcome) bool { return o.Actor == store.ActorMuster })
	if i < 0 {
		return Outcome{}, false
	}
	o := outcomes[i]
	return Outcome{Outcome: o.Outcome, Reference: o.Reference, Text: o.Text, Again: true}, true
}

// ringAgain: whoever crashed between the record and the ring rings again; a ring too many does nothing.
func ringAgain(d reconcile.Delta) string {
	if d.ResolutionAction == reconcile.EndWorkflow {
		return d.WorkflowID
	}
	return ""
}

// carrying is one delta on its way.
type carrying struct {
	*Remedies
	row   store.Delta
	delta reconcile.Delta
}

func (c carrying) carry(ctx context.Context) (Outcome, error) {
	switch c.delta.ResolutionAction {
	case reconcile.ReemitHire:
		return c.reemitHire(ctx)
	case reconcile.ReemitUpdate:
		return c.reemitUpdate(ctx)
	case reconcile.ReemitTermination:
		return c.reemitTermination(ctx)
	case reconcile.IsolateAndAsk:
		return c.isolate(ctx)
	case reconcile.Transfer, reconcile.AskRoleApproval:
		return c.onRecord(ctx, c.transfer)
	case reconcile.AskThirdPutBack:
		return c.onRecord(ctx, c.askAboutPutBacks)
	case reconcile.ReviewMissingFromHR:
		return c.onRecord(ctx, c.askWhetherLeft)
	case reconcile.RestartWorkflow:
		return c.onRecord(ctx, restart(c.delta.WorkflowID))
	case reconcile.ReviewOutstanding:
		return c.outstanding(ctx)
	case reconcile.EndWorkflow:
		done := Outcome{Outcome: store.DeltaRestarted, Reference: c.delta.WorkflowID, Text: "rung, so that it sees that its time is over"}
		done.RingWorkflow = c.delta.WorkflowID
		return done, c.note(ctx, done)
	case reconcile.NoneReportOnly:
	}
	return Outcome{}, nil
}

// note records an outcome that changes nothing else.
func (c carrying) note(ctx context.Context, o Outcome) error {
	return c.store.AddDeltaOutcome(ctx, c.outcome(o))
}

func (c carrying) outcome(o Outcome) store.DeltaOutcome {
	return store.DeltaOutcome{DeltaID: c.row.ID, Outcome: o.Outcome, Reference: o.Reference, Text: o.Text}
}

// step does what a delta asks for on the person's record.
type step func(p *store.PersonTx, person store.Person) (Outcome, error)

// onRecord takes a step in the transaction that records it: either both are there afterwards or neither. A step without an outcome is only
// the first of two, and is taken again when the second did not come to pass.
func (c carrying) onRecord(ctx context.Context, do step) (done Outcome, err error) {
	err = c.store.WithPerson(ctx, c.delta.PersonID, func(_ context.Context, p *store.PersonTx) error {
		outcomes, err := p.DeltaOutcomes(c.row.ID)
		if err != nil {
			return err
		}
		var before bool
		if done, before = carried(outcomes); before {
			return nil
		}
		person, err := p.Load()
		if err != nil {
			return err
		}
		if done, err = do(p, person); err != nil || done.Outcome == "" {
			return err
		}
		if done.Outcome == store.DeltaFailed {
			if err := c.raise(p); err != nil {
				return err
			}
		}
		return p.AddDeltaOutcome(c.outcome(done))
	})
	return done, err
}

// raise says that somebody has to look at a delta that could not be carried out.
func (c carrying) raise(p *store.PersonTx) error {
	return p.RaiseAlert(store.Alert{
		Kind: store.AlertDeltaOpen, Severity: store.SeverityWarning, SubjectID: string(c.delta.DeltaType),
		DedupeKey: openKey(c.delta.DeltaType, c.delta.Subject()), Text: "What a reconciliation found could not be repaired by itself.",
	})
}

func openKey(kind reconcile.DeltaType, subject string) string {
	return store.DeltaOpenKey(string(kind), subject)
}

func failed(format string, args ...any) Outcome {
	return Outcome{Outcome: store.DeltaFailed, Text: fmt.Sprintf(format, args...)}
}

// transfer has the mailbox run a Transfer under the plan that stands, as if the plan made last had not been carried out. One that has
// begun since the comparison and runs reads the account anew: it puts back what this is about, too. That something was put back is for it
// to say, once it has read it back.
func (c carrying) transfer(p *store.PersonTx, person store.Person) (Outcome, error) {
	if person.Agent.State != lifecycle.Active {
		return failed("the person is %s by now", person.Agent.State), nil
	}
	since, err := p.TakenOverSince(c.delta.TimestampUTC)
	if err != nil {
		return Outcome{}, err
	}
	if !since || person.Agent.Operation == lifecycle.None {
		if err := errors.Join(p.UpdateAgent(store.AgentChange{PlanDigest: new("")}), p.Ring()); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{Outcome: store.DeltaRung, Reference: names.AgentWorkflowID(person.PersonID), Text: "a transfer puts the account back"}, nil
}

// restart has the mailbox look: it sees that what the record says is running does not run, and begins it anew.
func restart(workflowID string) step {
	return func(p *store.PersonTx, _ store.Person) (Outcome, error) {
		return Outcome{Outcome: store.DeltaRestarted, Reference: workflowID, Text: "the mailbox starts it again"}, p.Ring()
	}
}

// registry is the mapping registry in force.
func (c carrying) registry(ctx context.Context) (*mapping.Registry, error) {
	version, err := c.store.MappingInForce(ctx, c.delta.TimestampUTC)
	if err != nil {
		return nil, err
	}
	return version.Registry()
}
