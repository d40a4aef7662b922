package activities

import (
	"slices"

	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// readBack is what an operation has proved about the account: what became of each construct that a reconciliation found to differ.
type readBack struct {
	// repairs are the resolutions that the operation carries out.
	repairs []reconcile.Resolution
	// differs says of a construct that the account still has it otherwise; written that the operation wrote it and read it back.
	differs, written func(reconcile.Difference) bool
}

// repaired records, in the transaction of the proof, which deltas the operation has repaired, and counts what it put back (RULES 16): what
// it really wrote and read back, once however many reconciliations asked for it.
func (ph *phase) repaired(p *store.PersonTx, proof readBack) error {
	rows, err := p.RemediesUnderWay(ph.plan.Settles)
	if err != nil {
		return err
	}
	counted := map[reconcile.Construct]bool{}
	for _, row := range rows {
		delta, err := reconcile.DeltaOf(row)
		if err != nil {
			return err
		}
		if !slices.Contains(proof.repairs, delta.ResolutionAction) {
			continue
		}
		back := delta.PutBackRows(func(d reconcile.Difference) bool {
			c := reconcile.Construct{Part: d.Part, ID: d.ID}
			is := !counted[c] && !proof.differs(d) && proof.written(d)
			counted[c] = counted[c] || is
			return is
		})
		if err := p.AddPutBacks(back); err != nil {
			return err
		}
		if slices.ContainsFunc(delta.Differences, proof.differs) {
			continue
		}
		if err := p.Repaired(row, ph.workflowID()); err != nil {
			return err
		}
	}
	return nil
}

// among says whether a construct is in a list, whatever its difference was.
func among(list []reconcile.Difference) func(reconcile.Difference) bool {
	return func(d reconcile.Difference) bool {
		return slices.ContainsFunc(list, func(in reconcile.Difference) bool { return in.Part == d.Part && in.ID == d.ID })
	}
}

func always(reconcile.Difference) bool { return true }

func never(reconcile.Difference) bool { return false }

// repaired is what a change has proved. What it was not to touch (excepted, kept by the guard, not approved, held up) differs still. An
// attempt that ended early may have written what this one found done.
func (c *changing) repaired(p *store.PersonTx) error {
	names := reconcile.NamesOf(c.catalogue)
	written := among(reconcile.Differences(c.allowed.on(c.target, c.actual), c.managed, c.actual, names))
	if c.attempt > 1 {
		written = always
	}
	return c.phase.repaired(p, readBack{
		repairs: []reconcile.Resolution{reconcile.Transfer, reconcile.AskRoleApproval, reconcile.ReemitUpdate, reconcile.ReemitHire},
		differs: among(reconcile.Differences(c.planned, c.plannedManaged, c.found, names)), written: written,
	})
}

// repairedHire is what a Hire has proved: the account is at work and as planned. It put the account back where it brought one back itself;
// what somebody else had made active again meanwhile was only found.
func (ph *phase) repairedHire(p *store.PersonTx) error {
	written := never
	brought, err := p.Told(ph.workflowID(), "account."+string(lifecycle.ClaimRestore), "account."+string(lifecycle.ClaimCreate))
	if err != nil {
		return err
	}
	if brought {
		written = always
	}
	return ph.repaired(p, readBack{
		repairs: []reconcile.Resolution{reconcile.ReemitHire, reconcile.ReemitUpdate}, differs: never, written: written,
	})
}

// repaired is what a deactivation has proved: the access that nobody should have had is gone.
func (l leaving) repaired(p *store.PersonTx) error {
	return l.phase.repaired(p, readBack{
		repairs: []reconcile.Resolution{reconcile.IsolateAndAsk, reconcile.ReemitTermination}, differs: never, written: never,
	})
}
