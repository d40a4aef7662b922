package api

import "time"

// Exception lets one construct of a person's account be as it is until a time, whatever the registry says.
type Exception struct {
	ID             string     `json:"id" example:"exc_01hzx3"`
	PersonID       string     `json:"person_id"`
	Part           string     `json:"part" example:"skill"`
	Construct      string     `json:"construct" example:"Billing_Support"`
	Until          time.Time  `json:"until" doc:"The first instant at which it no longer holds"`
	Reason         string     `json:"reason"`
	MadeBy         string     `json:"made_by"`
	MadeByVerified bool       `json:"made_by_verified"`
	MadeAt         time.Time  `json:"made_at"`
	EndedAt        *time.Time `json:"ended_at,omitempty" doc:"Absent while nobody has ended it; it ends by itself all the same"`
	EndedBy        string     `json:"ended_by,omitempty"`
}

// ExceptionRequest is the body that makes an exception.
type ExceptionRequest struct {
	Part      string    `json:"part" enum:"skill,language,queue,role,group,division,work_plan,profile" doc:"The kind of construct"`
	Construct string    `json:"construct" minLength:"1" maxLength:"300" doc:"The platform's id or name of it; of a profile, the field's name" example:"Billing_Support"`
	Until     time.Time `json:"until" doc:"When it ends; mandatory" example:"2026-04-01T00:00:00Z"`
	Reason    string    `json:"reason" maxLength:"2000" doc:"Why; mandatory"`
}

// Exceptions are a person's, the newest first.
type Exceptions struct {
	Items []Exception `json:"items" nullable:"false"`
}

// Outstanding is an active account of the platform that is nobody's. It is never touched before somebody settles it.
type Outstanding struct {
	AccountID        string    `json:"account_id"`
	Platform         string    `json:"platform"`
	PersonID         string    `json:"person_id,omitempty" doc:"Whose second account it seems to be; absent where it is nobody's"`
	Because          string    `json:"because"`
	ReconciliationID string    `json:"reconciliation_id"`
	FoundAt          time.Time `json:"found_at"`
}

// SettleRequest is the body that settles an outstanding account.
type SettleRequest struct {
	PersonID string `json:"person_id,omitempty" maxLength:"200" doc:"Whose it is, by any id; adopt alone needs it"`
	Reason   string `json:"reason" maxLength:"2000" doc:"Why; mandatory"`
}

// IgnoredAccount is an account that somebody decided to leave alone.
type IgnoredAccount struct {
	AccountID string    `json:"account_id"`
	Platform  string    `json:"platform"`
	DecidedBy string    `json:"decided_by"`
	DecidedAt time.Time `json:"decided_at"`
	Reason    string    `json:"reason"`
}

// Settled says what came of an outstanding account.
type Settled struct {
	AccountID string `json:"account_id"`
	Result    string `json:"result" enum:"adopted,ignored,noticed,asked,terminating,kept"`
	PersonID  string `json:"person_id,omitempty" doc:"Whose it is; of a termination, the record whose timeline tells of it"`
}

// AccountTermination is somebody's wish that an account which is nobody's be made inactive.
type AccountTermination struct {
	AccountID   string    `json:"account_id"`
	Platform    string    `json:"platform"`
	RequestedBy string    `json:"requested_by"`
	RequestedAt time.Time `json:"requested_at"`
	Reason      string    `json:"reason"`
	Deadline    time.Time `json:"deadline" doc:"Until then an approver who is somebody else may agree"`
}
