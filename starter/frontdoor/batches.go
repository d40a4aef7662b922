package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

type batchInput struct {
	Body api.BatchRequest
}

type batchPath struct {
	ID string `path:"id" maxLength:"100"`
}

func (d *Door) addBatches() {
	announcers := []api.Role{api.RoleApprover, api.RoleLegal}
	const kinds = "A layoff names people whose leaving is confidential until their last day: it is for role legal, and auditors read it. An intake is for role approver, " +
		"and shown to all readers."
	add(d, route{
		method: http.MethodPost, path: "/v1/batches", id: "announce-batch", tag: tagBatch, status: http.StatusAccepted,
		summary:     "Announce a planned layoff or a seasonal intake, so that the mass-change guard lets exactly these people pass on these days",
		description: "It exempts nobody before somebody else confirms it. Whoever passes by it does not count against the limit. " + kinds,
		roles:       announcers,
	}, d.announceBatch)
	add(d, route{
		method: http.MethodPost, path: "/v1/batches/{id}/confirm", id: "confirm-batch", tag: tagBatch,
		summary:     "Confirm a batch that somebody else announced; it counts from the answer on",
		description: "Whoever of its people the guard holds already passes then. Confirming it again changes nothing. " + kinds,
		roles:       announcers, refusals: []int{http.StatusNotFound},
	}, d.confirmBatch)
	add(d, route{
		method: http.MethodGet, path: "/v1/batches", id: "list-batches", tag: tagBatch, summary: "Batches, the oldest first",
		description: kinds, roles: readers(),
	}, d.listBatches)
	add(d, route{
		method: http.MethodGet, path: "/v1/batches/{id}", id: "get-batch", tag: tagBatch, summary: "A batch with its people",
		description: kinds, roles: readers(), refusals: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *batchPath) (*document[api.Batch], error) {
		batch, err := d.visibleBatch(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		shown := batchOf(batch)
		if shown.ExternalIDs, err = d.Store.BatchPeople(ctx, batch.ID); err != nil {
			return nil, err
		}
		return &document[api.Batch]{Body: shown}, d.noteRead(ctx, "batch "+batch.ID)
	})
}

// readsBatches are the kinds that somebody may know of.
func readsBatches(reader Actor) []lifecycle.BatchKind {
	if reader.Has(api.RoleLegal, api.RoleAuditor) {
		return []lifecycle.BatchKind{lifecycle.BatchIntake, lifecycle.BatchLayoff}
	}
	return []lifecycle.BatchKind{lifecycle.BatchIntake}
}

// notForBatch says why somebody may neither announce nor confirm a kind of batch; empty when they may.
func notForBatch(actor Actor, kind lifecycle.BatchKind) string {
	role := api.RoleApprover
	if kind == lifecycle.BatchLayoff {
		role = api.RoleLegal
	}
	if actor.Has(role) {
		return ""
	}
	return fmt.Sprintf("a batch of kind %s is for role %s", kind, role)
}

func (d *Door) visibleBatch(ctx context.Context, id string) (store.Batch, error) {
	batch, err := d.Store.Batch(ctx, id)
	if err == nil && !slices.Contains(readsBatches(actorOf(ctx)), batch.Kind) {
		return store.Batch{}, store.ErrNotFound
	}
	return batch, err
}

func (d *Door) announceBatch(ctx context.Context, in *batchInput) (*document[api.Batch], error) {
	batch, err := batchFrom(in.Body)
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	if why := notForBatch(actor, batch.Kind); why != "" {
		return nil, d.refuseBatch(ctx, "/v1/batches", why)
	}
	for _, id := range in.Body.ExternalIDs {
		if strings.TrimSpace(id) != id || id == "" || !storable(id) {
			return nil, invalid("body.external_ids", "an empty or unreadable id", "HR's id of a person")
		}
	}
	if batch.Namespace, err = d.namespaceOfBatch(in.Body.Namespace); err != nil {
		return nil, err
	}
	batch.RequestedBy = actor.Name
	announced, err := d.Store.AnnounceBatch(ctx, batch, in.Body.ExternalIDs)
	if err != nil {
		return nil, err
	}
	return &document[api.Batch]{Body: batchOf(announced)}, nil
}

// namespaceOfBatch is the namespace that a batch's ids belong to: the one there is, or the one it names.
func (d *Door) namespaceOfBatch(named string) (string, error) {
	known := d.namespaces()
	if named == "" && len(known) == 1 {
		return known[0], nil
	}
	if !slices.Contains(known, named) {
		return "", invalid("body.namespace", shortened(named), "one of "+strings.Join(known, ", "))
	}
	return named, nil
}

// batchFrom reads a request: its days become the instants they begin and end at. It is pure.
func batchFrom(request api.BatchRequest) (batch store.Batch, err error) {
	batch.Kind, batch.Zone = lifecycle.BatchKind(request.Kind), request.Timezone
	if batch.Reason, err = neededReason(request.Reason); err != nil {
		return batch, err
	}
	if batch.Zone == "" {
		batch.Zone = "UTC"
	}
	zone, err := hr.LoadZone(batch.Zone)
	if err != nil {
		return batch, invalid("body.timezone", shortened(request.Timezone), "an IANA name such as America/New_York")
	}
	if batch.FirstDay, err = time.Parse(time.DateOnly, request.FirstDay); err != nil {
		return batch, invalid("body.first_day", shortened(request.FirstDay), "a date such as 2026-12-01")
	}
	batch.LastDay = batch.FirstDay
	if request.LastDay != "" {
		if batch.LastDay, err = time.Parse(time.DateOnly, request.LastDay); err != nil {
			return batch, invalid("body.last_day", shortened(request.LastDay), "a date such as 2026-12-01")
		}
	}
	if batch.LastDay.Before(batch.FirstDay) {
		return batch, invalid("body.last_day", request.LastDay, "the first day or a later one")
	}
	midnight := func(day time.Time) time.Time { return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone) }
	batch.StartsAt, batch.EndsAt = midnight(batch.FirstDay), midnight(batch.LastDay.AddDate(0, 0, 1))
	return batch, nil
}

func (d *Door) confirmBatch(ctx context.Context, in *batchPath) (*document[api.Batch], error) {
	batch, err := d.visibleBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	logins, err := d.loginsOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	if why := notForBatch(actor, batch.Kind); why != "" {
		return nil, d.refuseBatch(ctx, "/v1/batches/{id}/confirm", batch.ID+": "+why)
	}
	confirmed, err := d.Store.ConfirmBatch(ctx, batch.ID, store.Decision{Actor: actor.Name, Logins: logins})
	var second *store.SecondPersonError
	if errors.As(err, &second) {
		return nil, d.refuseBatch(ctx, "/v1/batches/{id}/confirm", batch.ID+": "+second.Why)
	}
	if err != nil {
		return nil, err
	}
	return &document[api.Batch]{Body: batchOf(confirmed)}, nil
}

func (d *Door) refuseBatch(ctx context.Context, route, why string) error {
	d.refusals.note(ctx, refused{route: route, status: http.StatusForbidden, actor: actorOf(ctx).Name, why: why})
	return api.NewProblem(http.StatusForbidden, why)
}

func (d *Door) listBatches(ctx context.Context, query *PageQuery) (*listed[api.Batch], error) {
	batches, next, err := d.Store.Batches(ctx, readsBatches(actorOf(ctx)), query.Cursor, query.Limit)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Batch]{Body: api.Page[api.Batch]{Items: make([]api.Batch, len(batches)), NextCursor: next}}
	for i, batch := range batches {
		answer.Body.Items[i] = batchOf(batch)
	}
	return answer, nil
}

func batchOf(b store.Batch) api.Batch {
	return api.Batch{
		ID: b.ID, Kind: string(b.Kind), Namespace: b.Namespace, FirstDay: b.FirstDay.Format(time.DateOnly), LastDay: b.LastDay.Format(time.DateOnly), Timezone: b.Zone,
		Reason: b.Reason, RequestedBy: b.RequestedBy, RequestedAt: b.RequestedAt, ConfirmedBy: b.ConfirmedBy, ConfirmedAt: b.ConfirmedAt, People: b.People,
	}
}
