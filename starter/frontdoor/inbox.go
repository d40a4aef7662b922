package frontdoor

import (
	"context"
	"errors"
	"net/http"

	"muster/api"
	"muster/starter/alerting"
	"muster/starter/explain"
	"muster/store"
)

type inboxQuery struct {
	PageQuery
	State    string `query:"state" enum:"open,closed" default:"open" doc:"Only those in this state"`
	PersonID string `query:"person_id" doc:"Only about this person"`
}

func (d *Door) addInbox() {
	add(d, route{
		method: http.MethodGet, path: "/v1/inbox", id: "list-inbox", tag: tagAlert,
		summary:     "What needs a person now, the critical first, then the newest",
		description: "An alert about a review or an approval that the caller may not see is left out.",
		roles:       readers(),
	}, d.listInbox)
}

func (d *Door) listInbox(ctx context.Context, query *inboxQuery) (*listed[api.InboxItem], error) {
	reader := inboxReader{door: d, secrecies: map[string]secrecy{}}
	items := map[string]api.InboxItem{}
	alerts, next, err := visible(query.PageQuery, func(cursor string, limit int) ([]store.Alert, string, error) {
		return d.Store.Alerts(ctx, store.AlertFilter{State: query.State, PersonID: query.PersonID, Cursor: cursor, Limit: limit})
	}, func(alert store.Alert) (hidden bool, err error) {
		items[alert.ID], hidden, err = reader.item(ctx, alert)
		return hidden, err
	})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.InboxItem]{Body: api.Page[api.InboxItem]{Items: make([]api.InboxItem, len(alerts)), NextCursor: next}}
	var people []string
	for i, alert := range alerts {
		answer.Body.Items[i] = items[alert.ID]
		if alert.PersonID != "" {
			people = append(people, alert.PersonID)
		}
	}
	return answer, d.noteRead(ctx, "inbox", distinct(people)...)
}

// inboxReader shows alerts to one caller. It looks at each person once, however many alerts are about them.
type inboxReader struct {
	door      *Door
	secrecies map[string]secrecy
}

// item is an alert as the caller may see it; hidden when the caller must not know of it.
func (r inboxReader) item(ctx context.Context, alert store.Alert) (item api.InboxItem, hidden bool, err error) {
	item = api.InboxItem{Alert: alerting.Document(alert)}
	known, err := r.secrecyOf(ctx, alert.PersonID)
	if err != nil {
		return item, false, err
	}
	settle, hidden, err := r.settle(ctx, alert, item.Alert, known)
	if hidden || err != nil {
		return item, hidden, err
	}
	if known.unspeakable()[alert.SubjectID] || known.names(alert.Text) {
		return item, true, nil
	}
	if alert.ClosedAt == nil {
		if known.names(settle.What) {
			settle.What = withheldText
		}
		item.Settle = settle
	}
	return item, false, nil
}

// settle says what settles an alert, and whether the caller may know of what it is about.
func (r inboxReader) settle(ctx context.Context, alert store.Alert, shown api.Alert, known secrecy) (settle *api.Block, hidden bool, err error) {
	settle = explain.Alert(shown)
	switch {
	case alert.Kind == store.AlertReversalAwaitsHR:
		// What was reversed may not have been in effect yet.
		hidden = !actorOf(ctx).Has(api.RoleLegal)
	case alert.AboutReview():
		var review store.Review
		if review, err = r.door.Store.Review(ctx, alert.SubjectID); err == nil {
			var shown []api.Review
			if shown, err = r.door.reviewsOf(ctx, []store.Review{review}); err == nil {
				settle, hidden = explain.Review(shown[0]), known.review(review)
			}
		}
	case alert.AboutApproval():
		var approval store.Approval
		if approval, err = r.door.Store.Approval(ctx, alert.SubjectID); err == nil {
			if approval.State == store.ApprovalOpen {
				settle = explain.Approval(approvalOf(approval))
			}
			hidden, err = r.door.hidesApproval(ctx, approval)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return settle, hidden, err
}

// secrecyOf is what the caller must not recognise about a person; nothing where an alert is nobody's.
func (r inboxReader) secrecyOf(ctx context.Context, personID string) (secrecy, error) {
	if personID == "" {
		return secrecy{}, nil
	}
	if known, found := r.secrecies[personID]; found {
		return known, nil
	}
	known, err := r.door.secrecyFor(ctx, personID)
	if err == nil {
		r.secrecies[personID] = known
	}
	return known, err
}
