package genesys

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"muster/ccaas"
)

// Error codes of 2018 that say "not in this state". Calls of today may answer others; then the error stays what its status
// makes it.
var wrongState = []string{"transfer.not.connected", "no.active.conversations", "cannot.disconnect.call"}

// unattended is the transfer in which the agent who hands over does not wait for who takes over.
const unattended = "Unattended"

// HandOverToQueue replaces the leg by the queue, unattended: one POST.
func (w *writer) HandOverToQueue(ctx context.Context, accountID string, work ccaas.LiveWork, queueID string) error {
	write := legWrite("conversations.to_queue", accountID, work)
	write.Detail["to_queue_id"] = queueID
	return w.changeLeg(ctx, write, work, request{
		method: http.MethodPost, path: append(legPath(work), "replace", "queue"),
		body: map[string]string{"queueId": queueID, "transferType": unattended},
	})
}

// HandOverToAgent replaces the leg by another user, unattended: one POST.
func (w *writer) HandOverToAgent(ctx context.Context, accountID string, work ccaas.LiveWork, agentID string) error {
	write := legWrite("conversations.to_agent", accountID, work)
	write.Detail["to_account_id"] = agentID
	return w.changeLeg(ctx, write, work, request{
		method: http.MethodPost, path: append(legPath(work), "replace", "agent"),
		body: map[string]string{"userId": agentID, "transferType": unattended},
	})
}

// Disconnect ends the leg and skips its wrap-up: one PATCH. Ending the conversation itself (POST …/disconnect) would cut
// the customer off, too.
func (w *writer) Disconnect(ctx context.Context, accountID string, work ccaas.LiveWork) error {
	return w.changeLeg(ctx, legWrite("conversations.disconnect", accountID, work), work, request{
		method: http.MethodPatch, path: legPath(work), body: map[string]any{"state": "disconnected", "wrapupSkipped": true},
	})
}

// ClearStation clears both stations: two DELETEs, of which the second does not depend on the first.
func (w *writer) ClearStation(ctx context.Context, accountID string) error {
	var failures []error
	for _, station := range []string{"associatedstation", "defaultstation"} {
		write := ccaas.Write{Verb: "station.clear", AccountID: accountID, Detail: map[string]any{"station": station}}
		r := request{method: http.MethodDelete, path: []string{"users", accountID, "station", station}}
		failures = append(failures, withoutMissing(w.change(ctx, write, r, nil, nil)))
	}
	return errors.Join(failures...)
}

func legPath(work ccaas.LiveWork) []string {
	return []string{"conversations", work.ConversationID, "participants", work.ParticipantID}
}

func legWrite(verb, accountID string, work ccaas.LiveWork) ccaas.Write {
	return ccaas.Write{Verb: verb, AccountID: accountID, Detail: map[string]any{
		"conversation_id": work.ConversationID, "participant_id": work.ParticipantID,
		"media": work.Media, "state": work.State, "from_queue_id": work.QueueID,
	}}
}

// changeLeg makes a call on a leg. These calls have no repeatable form and no documented answer for a leg that is over, so a
// refusal is looked into: where the user no longer has the leg, what was wanted has happened.
func (w *writer) changeLeg(ctx context.Context, write ccaas.Write, work ccaas.LiveWork, r request) error {
	err := w.change(ctx, write, r, nil, nil)
	failure := asError(err)
	if failure == nil || !slices.Contains([]ccaas.Kind{ccaas.KindNotFound, ccaas.KindConflict, ccaas.KindInvalid}, failure.Kind) {
		return err
	}
	found, lookErr := w.platform.conversation(ctx, work.ConversationID)
	if ccaas.IsKind(lookErr, ccaas.KindNotFound) {
		return nil
	}
	if lookErr != nil {
		return lookErr
	}
	switch state := found.stateOf(write.AccountID, work.ParticipantID); {
	case state == "":
		return nil
	case state == ccaas.WorkAfterCall && work.State != ccaas.WorkAfterCall && r.method == http.MethodPost:
		return nil // handed over by an earlier attempt; the after-call work that follows is not
	}
	if slices.ContainsFunc(wrongState, func(code string) bool { return strings.HasSuffix(failure.Code, code) }) {
		passing := *failure
		passing.Kind = ccaas.KindConflict
		return &passing
	}
	return err
}

// stateOf is the state of the user's leg; empty when the user does not have it any more.
func (c conversation) stateOf(userID, participantID string) string {
	for _, leg := range c.Participants {
		if leg.ID == participantID && leg.UserID == userID {
			_, state := leg.liveState()
			return state
		}
	}
	return ""
}
