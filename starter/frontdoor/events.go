package frontdoor

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/hr"
	"muster/store"
)

const (
	maxBatch   = hr.MaxBatch
	eventsPath = "/v1/events"
)

// eventsInput is a delivery of events: the body as it came, since the signature is over its bytes.
type eventsInput struct {
	RawBody       []byte `contentType:"application/json"`
	Authorization string `header:"Authorization"  doc:"Bearer token of role ingest, in place of a signature"`
	WebhookID     string `header:"webhook-id" doc:"Id of the delivery"`
	Timestamp     string `header:"webhook-timestamp" doc:"Seconds since 1970, within five minutes of now"`
	Signature     string `header:"webhook-signature" doc:"v1,base64 of HMAC-SHA-256 over id.timestamp.body; several separated by spaces"`
	remote        string // where it comes from, host:port
}

// header gives the signature's headers back in the form the verification takes.
func (in *eventsInput) header() http.Header {
	header := make(http.Header, 3)
	header.Set("webhook-id", in.WebhookID)
	header.Set("webhook-timestamp", in.Timestamp)
	header.Set("webhook-signature", in.Signature)
	return header
}

type eventPath struct {
	EventID string `path:"event_id" maxLength:"200" doc:"The event's own id"`
}

func (d *Door) addEvents() {
	add(d, route{
		method: http.MethodPost, path: eventsPath, id: "post-events", tag: tagEvent, status: http.StatusAccepted,
		summary: "Hand in one HR event, or a batch of up to 1,000",
		description: "Answers 202 once the events are committed; what they lead to happens after. A single event that is refused " +
			"answers 422, one whose event_id is known with other content 409; in a batch each event has its own receipt and a bad one " +
			"never blocks the others. The body is at most 1 MiB, signed by Standard Webhooks with the source's secret.\n\n" +
			"Roles, when a bearer token stands in for the signature: " + string(api.RoleIngest) + ".",
		refusals: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusRequestEntityTooLarge,
		},
		change: func(operation *huma.Operation) {
			operation.Security = []map[string][]string{{webhookScheme: {}}, {bearerScheme: {}}}
			// The router calls a body that fills the limit too large; ours may be exactly MaxBody.
			operation.MaxBodyBytes = hr.MaxBody + 1
			// The decoder judges the body, and says more than a schema could.
			operation.SkipValidateBody = true
		},
	}, d.receiveEvents)
	operation := d.api.OpenAPI().Paths[eventsPath].Post
	operation.RequestBody.Required = true
	operation.RequestBody.Content["application/json"].Schema = eventsRequest(d.api)
	operation.Responses[strconv.Itoa(http.StatusAccepted)].Content["application/json"].Schema = eventsAnswer(d.api)

	add(d, route{
		method: http.MethodGet, path: "/v1/events/{event_id}", id: "get-event", tag: tagEvent,
		summary:  "What became of an HR event",
		roles:    append(readers(), api.RoleIngest),
		refusals: []int{http.StatusNotFound},
	}, d.showEvent)
}

// sender is where a delivery comes from.
type sender struct {
	// source is the system whose secret signed it; empty when a token stands in for a signature.
	source string
}

// identify finds the sender by token or signature. A refusal is logged and audited, and nothing of the body is kept.
func (d *Door) identify(ctx context.Context, in *eventsInput) (sender, error) {
	// A proxy may add credentials of another scheme: those say nothing about who sent the events.
	if scheme, _, _ := strings.Cut(in.Authorization, " "); strings.EqualFold(scheme, "Bearer") {
		if _, problem := d.admit(ctx, eventsPath, in.Authorization, []api.Role{api.RoleIngest}); problem != nil {
			return sender{}, problem
		}
		return sender{}, nil
	}
	source, err := d.Secrets.Verify(in.RawBody, in.header())
	if err != nil {
		d.figures.events.WithLabelValues("unknown", "unsigned").Inc()
		d.refusals.note(ctx, refused{route: eventsPath, status: http.StatusUnauthorized, why: err.Error()})
		d.noteUnsigned(ctx, in.remote)
		return sender{}, api.NewProblem(http.StatusUnauthorized,
			"the delivery is not signed by a source known here: want Standard Webhooks headers made with the source's secret, not older than five minutes",
			api.FieldProblem{Field: "header.webhook-signature", Found: err.Error(), Expected: "a signature by a configured source"})
	}
	return sender{source: source}, nil
}

// receiveEvents stores a delivery in one transaction, and only then rings and answers.
func (d *Door) receiveEvents(ctx context.Context, in *eventsInput) (*document[any], error) {
	from, err := d.identify(ctx, in)
	if err != nil {
		return nil, err
	}
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return nil, err
	}
	delivered := d.read(in.RawBody, from, zones)
	verdicts, err := d.Store.Ingest(ctx, delivered.items, d.multiNamespace())
	if err != nil {
		return nil, err
	}
	d.Bell.Ring(toRing(verdicts)...)
	d.count(delivered.items, verdicts)
	receipts := delivered.receipts(verdicts)
	switch {
	case delivered.batch && delivered.refusal == nil:
		return &document[any]{Body: api.EventReceipts{Events: receipts}}, nil
	case receipts[0].Problem != nil:
		return nil, receipts[0].Problem
	default:
		return &document[any]{Body: receipts[0]}, nil
	}
}

func (d *Door) showEvent(ctx context.Context, path *eventPath) (*document[api.Event], error) {
	stored, err := d.Store.Event(ctx, path.EventID)
	if err != nil {
		return nil, err
	}
	if stored.PersonID == "" {
		// A refused event is nobody's; it is confidential unless it can be told to be no termination.
		if err := d.noteReadOfRefused(ctx, stored); err != nil {
			return nil, err
		}
		refused := secrecyOf(nil, d.Now(), hr.Zones{}, actorOf(ctx))
		return &document[api.Event]{Body: refused.event(stored)}, nil
	}
	if err := d.noteRead(ctx, "event", stored.PersonID); err != nil {
		return nil, err
	}
	secrecy, err := d.secrecyFor(ctx, stored.PersonID)
	if err != nil {
		return nil, err
	}
	return &document[api.Event]{Body: secrecy.event(stored)}, nil
}

// noteReadOfRefused audits the read of a refused event that names somebody: the person whose id it is, or who would have it.
func (d *Door) noteReadOfRefused(ctx context.Context, stored store.StoredEvent) error {
	named := stored.Event.Payload.ExternalUserID
	if named == "" {
		return nil
	}
	personID, err := d.Store.PersonID(ctx, stored.Namespace+":"+named)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) {
		personID, err = named, nil
	}
	if err != nil {
		return err
	}
	return d.noteRead(ctx, "event", personID)
}
