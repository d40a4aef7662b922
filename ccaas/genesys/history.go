package genesys

import (
	"context"
	"iter"
	"net/http"
	"slices"
	"time"

	"muster/ccaas"
)

// opConversations is the verb of reads of past conversations in errors.
const opConversations = "conversations.read"

// longestInterval is what one analytics query covers at most: 31 days.
const longestInterval = 31 * 24 * time.Hour

// Conversations asks analytics for the conversations that the user had a part in: one call per 100, at least one per 31 days.
// Analytics answers for whole days, so each interval keeps what began in it and leaves the rest to its neighbours.
func (p *Platform) Conversations(ctx context.Context, accountID string, from, to time.Time) iter.Seq2[ccaas.Conversation, error] {
	return func(yield func(ccaas.Conversation, error) bool) {
		if accountID == "" {
			yield(ccaas.Conversation{}, invalid(opConversations, "accountID: found an empty one, want the id of an account"))
			return
		}
		// Intervals are whole seconds, which is what the API documents; what they cover beyond from and to is left out.
		wanted := func(c pastConversation) bool { return !c.Start.Before(from) && c.Start.Before(to) }
		last := to.UTC().Add(time.Second - 1).Truncate(time.Second)
		for begin := from.UTC().Truncate(time.Second); begin.Before(last) && from.Before(to); begin = begin.Add(longestInterval) {
			end := begin.Add(longestInterval)
			if end.After(last) {
				end = last
			}
			if !p.conversationsOf(ctx, accountID, begin, end, wanted, yield) {
				return
			}
		}
	}
}

// conversationsOf yields what began in one interval, page by page; false means that nobody wants more. Pages shift to the right
// when analytics catches up while they are read, so that a conversation may be on two.
func (p *Platform) conversationsOf(ctx context.Context, accountID string, from, to time.Time,
	wanted func(pastConversation) bool, yield func(ccaas.Conversation, error) bool,
) bool {
	seen := map[string]bool{}
	for number := 1; number <= maxPages; number++ {
		listed, err := p.conversationsPage(ctx, accountID, from, to, number)
		if err != nil {
			yield(ccaas.Conversation{}, err)
			return false
		}
		for _, each := range listed {
			if each.Start.Before(from) || !each.Start.Before(to) || !wanted(each) || seen[each.ID] {
				continue
			}
			seen[each.ID] = true
			if !yield(each.partOf(accountID), nil) {
				return false
			}
		}
		if len(listed) < pageOfConversations {
			return true
		}
	}
	yield(ccaas.Conversation{}, invalid(opConversations, "an interval of 31 days has more conversations than can be listed"))
	return false
}

func (p *Platform) conversationsPage(ctx context.Context, accountID string, from, to time.Time, number int) ([]pastConversation, error) {
	var got struct {
		Conversations []pastConversation `json:"conversations"`
	}
	_, err := p.calls.do(ctx, request{
		op: opConversations, method: http.MethodPost, path: []string{"analytics", "conversations", "details", "query"},
		body: map[string]any{
			"interval": from.Format(time.RFC3339) + "/" + to.Format(time.RFC3339), "order": "asc", "orderBy": "conversationStart",
			"segmentFilters": []map[string]any{{
				"type":       "and",
				"predicates": []map[string]string{{"dimension": "userId", "operator": "matches", "value": accountID}},
			}},
			"paging": map[string]int{"pageSize": pageOfConversations, "pageNumber": number},
		},
		repeatable: true,
	}, &got)
	return got.Conversations, err
}

// pastConversation is definition AnalyticsConversationWithoutAttributes, as far as an archive keeps it.
type pastConversation struct {
	ID           string    `json:"conversationId"`
	Start        time.Time `json:"conversationStart"`
	End          time.Time `json:"conversationEnd"`
	Participants []struct {
		UserID          string `json:"userId"`
		ScreenRecording bool   `json:"screenRecording"`
		Sessions        []struct {
			Media     string `json:"mediaType"`
			Recording bool   `json:"recording"`
			Segments  []struct {
				QueueID string `json:"queueId"`
			} `json:"segments"`
		} `json:"sessions"`
	} `json:"participants"`
}

// partOf is the conversation with the user's part in it. Sound is recorded on whichever leg, so every session counts there.
func (c pastConversation) partOf(userID string) ccaas.Conversation {
	part := ccaas.Conversation{ID: c.ID, StartedAt: c.Start.UTC(), EndedAt: c.End.UTC(), Media: []string{}}
	for _, participant := range c.Participants {
		part.Recorded = part.Recorded || participant.ScreenRecording
		for _, session := range participant.Sessions {
			part.Recorded = part.Recorded || session.Recording
			if participant.UserID != userID {
				continue
			}
			part.Media = append(part.Media, portMedia(session.Media))
			for _, segment := range session.Segments {
				if segment.QueueID != "" {
					part.QueueIDs = append(part.QueueIDs, segment.QueueID)
				}
			}
		}
	}
	slices.Sort(part.Media)
	slices.Sort(part.QueueIDs)
	part.Media, part.QueueIDs = slices.Compact(part.Media), slices.Compact(part.QueueIDs)
	return part
}

// portMedia is the port's name of a medium of analytics: it says voice where conversations say call.
func portMedia(found string) string {
	if found == "voice" {
		return "call"
	}
	return found
}
