package reconcile

import (
	"fmt"
	"slices"

	"muster/lifecycle"
	"muster/names"
)

// OpenWorkflows are the operations that Temporal has open, by person.
type OpenWorkflows map[string][]string

// NewOpenWorkflows sorts workflow IDs by person; IDs that are no operation's (mailboxes, reconciliations) are left out: a mailbox may be
// open or closed at any time.
func NewOpenWorkflows(ids []string) OpenWorkflows {
	open := OpenWorkflows{}
	for _, id := range ids {
		if _, personID, _, ok := names.ParseOperationWorkflowID(id); ok {
			open[personID] = append(open[personID], id)
		}
	}
	return open
}

// workflows are the ones that the record says are open.
func (e Expected) workflows() (ids []string) {
	r := e.Record
	switch r.Operation {
	case lifecycle.Hire:
		ids = append(ids, names.HireWorkflowID(e.PersonID, r.Generation))
	case lifecycle.Transfer:
		ids = append(ids, names.TransferWorkflowID(e.PersonID, r.Generation))
	case lifecycle.Termination:
		ids = append(ids, names.TerminationWorkflowID(e.PersonID, r.Generation))
	case lifecycle.Erasure:
		ids = append(ids, names.ErasureWorkflowID(e.PersonID, r.Generation))
	case lifecycle.None:
	}
	if r.inGrace() {
		if id := names.TerminationWorkflowID(e.PersonID, r.Grace.Generation); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// RecordedWorkflows are the workflows that the record says are open: of the person's operation, and of their grace.
func (e Expected) RecordedWorkflows() []string { return e.workflows() }

// ownState compares the record with the open workflows of the person. A lost workflow comes before one too many: the delta of a person
// names one of them, and the next run the next.
func (r Run) ownState(e Expected, open []string) (d Delta, wrong bool) {
	recorded := e.workflows()
	for _, id := range recorded {
		if slices.Contains(open, id) {
			continue
		}
		d = r.delta(e, WorkflowMissing, RestartWorkflow, "the record says that "+id+" runs, and no such workflow is open")
		if e.Record.Operation == lifecycle.None {
			d.Because = "the grace has lost its workflow " + id + ": without it nothing is deleted, nor is legal told"
		}
		d.WorkflowID = id
		d.Differences = []Difference{{Part: PartWorkflow, ID: id, Name: id, How: Lacking}}
		return d, true
	}
	for _, id := range slices.Sorted(slices.Values(open)) {
		if !slices.Contains(recorded, id) {
			return r.unknownWorkflow(e, id), true
		}
	}
	return Delta{}, false
}

// unknownWorkflow is about a workflow that the record does not know. One of a generation that is still to come can only be of a record
// that was lost since: nobody ends that without looking.
func (r Run) unknownWorkflow(e Expected, id string) Delta {
	_, _, generation, _ := names.ParseOperationWorkflowID(id)
	d := r.delta(e, WorkflowMissing, EndWorkflow, fmt.Sprintf("%s is open and the record does not know it: the fence refuses all it would write", id))
	if generation > e.Record.Generation {
		d.ResolutionAction = NoneReportOnly
		d.Because = fmt.Sprintf("%s is open and the record is at generation %d: the record is older than the workflow", id, e.Record.Generation)
	}
	d.WorkflowID = id
	d.Differences = []Difference{{Part: PartWorkflow, ID: id, Name: id, How: Extra}}
	return d
}
