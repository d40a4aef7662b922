package frontdoor

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"muster/api"
	"muster/hr"
	"muster/names"
	"muster/store"
)

// delivery is a body taken apart and judged, before it is stored.
type delivery struct {
	items []store.Incoming
	batch bool
	// refusal is set when the whole body was refused; its one item is kept as rejected.
	refusal error
}

// read takes a body apart and judges each event in it. It refuses nothing: what cannot be accepted is marked as rejected,
// and kept.
func (d *Door) read(body []byte, from sender, zones hr.Zones) delivery {
	raws, batch, err := hr.SplitBatch(body)
	if err != nil {
		return delivery{batch: batch, refusal: err, items: []store.Incoming{d.rejected(body, from, err)}}
	}
	items := make([]store.Incoming, len(raws))
	for i, raw := range raws {
		items[i] = d.judge(raw, from, zones)
	}
	return delivery{items: items, batch: batch}
}

// judge decodes one event and holds its source against who sent it.
func (d *Door) judge(raw []byte, from sender, zones hr.Zones) store.Incoming {
	decoded, err := hr.Decode(raw, zones)
	if err != nil {
		return d.rejected(raw, from, err)
	}
	if problem, foreign := d.foreignSource(decoded.Event.SourceSystem, from); foreign {
		if decoded.Event.EventType != hr.UserTerminate || from.source == "" {
			return d.foreign(raw, from, decoded, problem)
		}
		// A signed termination always acts. It is the signer's, whatever it calls itself.
		decoded.Event.SourceSystem = from.source
		decoded.Canonical, decoded.Digest = hr.Canonical(decoded.Event), hr.Digest(decoded.Event)
		decoded.Defects = append(decoded.Defects, problem)
	}
	event := decoded.Event
	namespace := d.namespaceOf(event.SourceSystem)
	return store.Incoming{
		Raw: raw, SourceSystem: event.SourceSystem, Namespace: namespace,
		EventID: event.EventID, ExternalUserID: event.Payload.ExternalUserID,
		Event: &event, Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey(namespace, event),
		Defects: decoded.Defects,
	}
}

// foreign is what is kept of an event whose sender may not speak for the source it names.
func (d *Door) foreign(raw []byte, from sender, decoded hr.Decoded, problem hr.Problem) store.Incoming {
	item := d.rejected(raw, from, &hr.Refusal{
		Problems: []hr.Problem{problem}, EventID: decoded.Event.EventID, ExternalUserID: decoded.Event.Payload.ExternalUserID,
		Type: decoded.Event.EventType,
	})
	item.Event, item.Canonical = &decoded.Event, decoded.Canonical
	item.Rejection.Reason = "the event names a source other than its sender"
	return item
}

// foreignSource says whether an event names a source its sender may not speak for. A signature speaks for its own source, a
// token for all that are configured.
func (d *Door) foreignSource(named string, from sender) (hr.Problem, bool) {
	if from.source != "" {
		return hr.Problem{
			Field: "source_system", Found: shortened(named), Expected: from.source + ", the source whose secret signed the delivery",
		}, named != from.source
	}
	sources := d.sources()
	slices.Sort(sources)
	return hr.Problem{
		Field: "source_system", Found: shortened(named), Expected: "one of the sources configured: " + strings.Join(slices.Compact(sources), ", "),
	}, !slices.Contains(sources, named)
}

// rejected is what is kept of an event, or of a whole body, that is refused: its bytes, the reason, and what could be read.
func (d *Door) rejected(raw []byte, from sender, err error) store.Incoming {
	item := store.Incoming{
		Raw: raw, SourceSystem: from.source, Namespace: d.namespaceOf(from.source),
		Rejection: &store.Rejection{Reason: "the event is not valid"},
	}
	var refusal *hr.Refusal
	if errors.As(err, &refusal) {
		item.EventID, item.ExternalUserID, item.EventType = refusal.EventID, refusal.ExternalUserID, refusal.Type
		item.Rejection.Problems = refusal.Problems
		return item
	}
	item.Rejection.Reason = err.Error()
	return item
}

// toRing are the persons with something new.
func toRing(verdicts []store.Verdict) []string {
	var people []string
	for _, verdict := range verdicts {
		if verdict.Status == store.VerdictAccepted && verdict.PersonID != "" {
			people = append(people, verdict.PersonID)
		}
	}
	slices.Sort(people)
	return slices.Compact(people)
}

func (d *Door) count(items []store.Incoming, verdicts []store.Verdict) {
	for i, verdict := range verdicts {
		source := items[i].SourceSystem
		if source == "" {
			source = "unknown"
		}
		d.figures.events.WithLabelValues(source, string(verdict.Status)).Inc()
	}
}

// receipts tells what became of each event, in the order sent.
func (dl delivery) receipts(verdicts []store.Verdict) []api.EventReceipt {
	receipts := make([]api.EventReceipt, len(verdicts))
	for i, verdict := range verdicts {
		receipt := api.EventReceipt{
			EventID: verdict.EventID, ProcessingKey: verdict.ProcessingKey, Status: api.EventStatus(verdict.Status),
		}
		if verdict.PersonID != "" {
			receipt.WorkflowID = names.AgentWorkflowID(verdict.PersonID)
		}
		if verdict.Status == store.VerdictRejected {
			receipt.Problem = rejectionProblem(dl.items[i], verdict)
		}
		receipts[i] = receipt
	}
	return receipts
}

func rejectionProblem(item store.Incoming, verdict store.Verdict) *api.Problem {
	if verdict.Conflict {
		return api.NewProblem(http.StatusConflict, "another event with this event_id is known; this one was kept as rejected",
			api.FieldProblem{
				Field: "event_id", Found: fmt.Sprintf("%s with other content", verdict.EventID), Expected: "a new id for new content",
			})
	}
	problem := api.NewProblem(http.StatusUnprocessableEntity, verdict.Reason)
	if item.Rejection != nil {
		problem.Detail = item.Rejection.Reason
		problem.Errors = fieldProblems(item.Rejection.Problems)
	}
	return problem
}

func fieldProblems(problems []hr.Problem) []api.FieldProblem {
	fields := make([]api.FieldProblem, len(problems))
	for i, problem := range problems {
		fields[i] = api.FieldProblem{Field: problem.Field, Found: problem.Found, Expected: problem.Expected}
	}
	return fields
}
