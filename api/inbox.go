package api

import "time"

// Alert is what a person has to look at now. It holds ids and fixed words only, since it is also the body of the webhooks that
// tell of alerts.
type Alert struct {
	ID        string     `json:"id" example:"alt_01hzx3"`
	Kind      string     `json:"kind" example:"review_opened"`
	Severity  string     `json:"severity" enum:"info,warning,critical"`
	At        time.Time  `json:"at" doc:"When it was raised"`
	State     string     `json:"state" enum:"open,closed"`
	PersonID  string     `json:"person_id,omitempty"`
	SubjectID string     `json:"subject_id,omitempty" doc:"The review, approval, event, source, address or endpoint it is about"`
	Text      string     `json:"text"`
	Path      string     `json:"path" doc:"Where this API says more" example:"/v1/agents/WD-EMP-99284/explain"`
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
	ClosedWhy string     `json:"closed_why,omitempty"`
}

// InboxItem is an alert with what settles it.
type InboxItem struct {
	Alert
	// Settle says who can settle it and how; absent once it is closed.
	Settle *Block `json:"settle,omitempty" doc:"What it waits for, who can settle it and how"`
}
