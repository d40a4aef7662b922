package reconcile

import (
	"encoding/json"
	"fmt"

	"muster/store"
)

// Row is the delta as the store keeps it.
func (d Delta) Row() (store.Delta, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return store.Delta{}, fmt.Errorf("write delta %s of %s as JSON: %w", d.DeltaType, d.Subject(), err)
	}
	return store.Delta{
		ReconciliationID: d.ReconciliationID, DeltaType: string(d.DeltaType), Subject: d.Subject(), PersonID: d.PersonID,
		ExternalUserID: d.ExternalUserID, AccountID: d.AccountID, ResolutionAction: string(d.ResolutionAction),
		OriginalEventID: d.OriginalEventID, WorkflowID: d.WorkflowID, Body: body, TimestampUTC: d.TimestampUTC,
	}, nil
}

// DeltaOf is the delta that a row was made of.
func DeltaOf(row store.Delta) (d Delta, err error) {
	if err := json.Unmarshal(row.Body, &d); err != nil {
		return Delta{}, fmt.Errorf("read delta %d's JSON: %w", row.ID, err)
	}
	return d, nil
}

// ExceptionsOf are exceptions as the comparison takes them.
func ExceptionsOf(rows []store.Exception) (out []Exception) {
	for _, x := range rows {
		out = append(out, Exception{ID: x.ID, Part: Part(x.Part), Construct: x.Construct, Until: x.Until})
	}
	return out
}

// PutBacksOf is a history as the comparison takes it.
func PutBacksOf(rows []store.PutBack) (out []PutBack) {
	for _, p := range rows {
		out = append(out, PutBack{Part: Part(p.Part), Construct: p.Construct, At: p.At, Decided: p.Decided})
	}
	return out
}

// PutBackRows are the constructs of a delta that were put back, for the history that RULES 16 counts. written says of a construct whether it
// was written and read back. What HR's own word or a lost workflow is about is not fought over with anybody, nor is an account that Muster
// never had at work.
func (d Delta) PutBackRows(written func(Difference) bool) (rows []store.PutBack) {
	fought := d.ResolutionAction == Transfer || d.ResolutionAction == AskRoleApproval || d.ResolutionAction == ReemitHire && d.WasAtWork
	if !fought {
		return nil
	}
	for _, f := range d.Differences {
		if written(f) {
			rows = append(rows, store.PutBack{PersonID: d.PersonID, Part: string(f.Part), Construct: f.ID, Reference: d.ReconciliationID})
		}
	}
	return rows
}
