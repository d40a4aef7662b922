package genesys

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"muster/ccaas"
)

// maxQueuesPerCall is how many memberships one call joins or unjoins.
const maxQueuesPerCall = 100

// AddToQueue makes the user a member of a queue. The platform joins new members at once.
func (w *writer) AddToQueue(ctx context.Context, id, queueID string) error {
	return w.setMember(ctx, id, queueID, "queues.add", "false")
}

// RemoveFromQueue ends the membership. A queue that is gone has no members.
func (w *writer) RemoveFromQueue(ctx context.Context, id, queueID string) error {
	return withoutMissing(w.setMember(ctx, id, queueID, "queues.remove", "true"))
}

func (w *writer) setMember(ctx context.Context, id, queueID, verb, remove string) error {
	write := ccaas.Write{Verb: verb, AccountID: id, Detail: map[string]any{"queue_id": queueID}}
	return w.change(ctx, write, request{
		method: http.MethodPost, path: []string{"routing", "queues", queueID, "members"},
		query: url.Values{"delete": {remove}}, body: []entity{{ID: id}},
	}, nil, nil)
}

// SetJoined joins or unjoins all queueIDs: one call per 100. The platform does it later and passes over queues the user
// is not a member of without saying so: read back.
func (w *writer) SetJoined(ctx context.Context, id string, queueIDs []string, joined bool) error {
	type membership struct {
		ID     string `json:"id"`
		Joined bool   `json:"joined"`
	}
	verb := "queues.unjoin"
	if joined {
		verb = "queues.join"
	}
	for part := range slices.Chunk(queueIDs, maxQueuesPerCall) {
		body := make([]membership, 0, len(part))
		for _, queueID := range part {
			body = append(body, membership{ID: queueID, Joined: joined})
		}
		write := ccaas.Write{Verb: verb, AccountID: id, Detail: map[string]any{"queue_ids": part}}
		r := request{method: http.MethodPatch, path: []string{"users", id, "queues"}, body: body}
		if err := w.change(ctx, write, r, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// Offline sets the presence to Offline, which ends new offers while a running conversation goes on, and the routing
// status to off queue. The second call is belt and braces: the platform sets that status by itself and refuses
// transitions it does not like (400).
func (w *writer) Offline(ctx context.Context, id string) error {
	offline, err := w.platform.offlinePresence(ctx)
	if err != nil {
		return err
	}
	presence := ccaas.Write{Verb: "presence.offline", AccountID: id, Detail: map[string]any{"presence_id": offline}}
	err = w.change(ctx, presence, request{
		method: http.MethodPatch, path: []string{"users", id, "presences", "purecloud"},
		body: map[string]any{"presenceDefinition": entity{ID: offline}},
	}, nil, nil)
	if err != nil {
		return err
	}
	routing := ccaas.Write{Verb: "routing.off_queue", AccountID: id}
	err = w.change(ctx, routing, request{
		method: http.MethodPut, path: []string{"users", id, "routingstatus"}, body: routingStatus{Status: "OFF_QUEUE"},
	}, nil, nil)
	if failure := asError(err); failure != nil && failure.Status == http.StatusBadRequest {
		return nil
	}
	return err
}
