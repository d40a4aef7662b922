package genesys

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/ccaas"
)

// opLiveWork is the verb of reads of conversations in errors.
const opLiveWork = "live_work.read"

const (
	// How far back conversations are looked for, and how far ahead of our clock. The analytics query takes 31 days at most;
	// the official sample asks for these.
	liveWorkBack  = 30 * 24 * time.Hour
	liveWorkAhead = time.Hour
	// pageOfConversations is the largest page of the query.
	pageOfConversations = 100
)

// LiveWork asks analytics which conversations the user may have (1 call per 100), reads each of them, and believes the
// second: nothing else on the platform lists another user's conversations, and analytics lags. Where nothing is left, the
// count on the user decides whether that is true (1 call).
func (p *Platform) LiveWork(ctx context.Context, accountID string) ([]ccaas.LiveWork, error) {
	listed, err := p.openConversations(ctx, accountID)
	if err != nil {
		return nil, err
	}
	work, listening := []ccaas.LiveWork{}, false
	for _, hint := range listed {
		found, err := p.conversation(ctx, hint.ID)
		if ccaas.IsKind(err, ccaas.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		inHands, listensIn := found.workOf(accountID, hint.agentOwned(accountID))
		work, listening = append(work, inHands...), listening || listensIn
	}
	if len(work) == 0 && !listening {
		if err := p.provenIdle(ctx, accountID); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(work, func(a, b ccaas.LiveWork) int {
		return cmp.Or(strings.Compare(a.ConversationID, b.ConversationID), strings.Compare(a.ParticipantID, b.ParticipantID))
	})
	return work, nil
}

// provenIdle is nil when the platform counts no live conversation of the user. A deleted user has none.
func (p *Platform) provenIdle(ctx context.Context, accountID string) error {
	found, err := p.userInAnyState(ctx, accountID, []string{"conversationSummary"})
	if err != nil {
		return err
	}
	if found.State == string(ccaas.Deleted) {
		return nil
	}
	switch live := found.ConversationSummary.live(); {
	case live == 0:
		return nil
	case live < 0:
		return &ccaas.Error{Kind: ccaas.KindUnavailable, Op: opLiveWork, Message: "the platform does not say how many conversations are live"}
	default:
		return &ccaas.Error{
			Kind: ccaas.KindUnavailable, Op: opLiveWork,
			Message: fmt.Sprintf("the platform counts %d live conversations and lists none of them yet", live),
		}
	}
}

// openConversations are those of the last 30 days in which something of the user has not ended. The official sample asks
// for segments of the type interact in conversations that have not ended; that finds neither what is held, alerting or
// scheduled nor after-call work, so any open segment counts here.
func (p *Platform) openConversations(ctx context.Context, accountID string) ([]listedConversation, error) {
	type predicate struct {
		Dimension string `json:"dimension"`
		Operator  string `json:"operator"`
		Value     string `json:"value,omitempty"`
	}
	now := p.now().UTC()
	interval := now.Add(-liveWorkBack).Format(time.RFC3339) + "/" + now.Add(liveWorkAhead).Format(time.RFC3339)
	var listed []listedConversation
	for number := 1; number <= maxPages; number++ {
		body := map[string]any{
			"interval": interval, "order": "desc", "orderBy": "conversationStart",
			"segmentFilters": []map[string]any{{
				"type": "and", "predicates": []predicate{
					{Dimension: "userId", Operator: "matches", Value: accountID}, {Dimension: "segmentEnd", Operator: "notExists"},
				},
			}},
			"paging": map[string]int{"pageSize": pageOfConversations, "pageNumber": number},
		}
		var got struct {
			Conversations []listedConversation `json:"conversations"`
		}
		_, err := p.calls.do(ctx, request{
			op: opLiveWork, method: http.MethodPost, path: []string{"analytics", "conversations", "details", "query"},
			body: body, repeatable: true,
		}, &got)
		if err != nil {
			return nil, err
		}
		listed = append(listed, got.Conversations...)
		if len(got.Conversations) < pageOfConversations {
			break
		}
	}
	// Pages shift while they are read, so that one conversation may be on two.
	slices.SortFunc(listed, func(a, b listedConversation) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(listed, func(a, b listedConversation) bool { return a.ID == b.ID }), nil
}

// conversation reads what a conversation is now.
func (p *Platform) conversation(ctx context.Context, id string) (conversation, error) {
	var found conversation
	_, err := p.calls.do(ctx, request{op: opLiveWork, method: http.MethodGet, path: []string{"conversations", id}}, &found)
	return found, err
}
