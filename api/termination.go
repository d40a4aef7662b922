package api

import "time"

// Lever is what legal and operators can do about a leaver.
type Lever string

// The levers, as they stand in paths and on musterctl's command line.
const (
	LeverReverse        Lever = "reverse"
	LeverExpedite       Lever = "expedite"
	LeverReschedule     Lever = "reschedule"
	LeverResume         Lever = "resume"
	LeverErase          Lever = "erase"
	LeverRestoreDeleted Lever = "restore-deleted"
	LeverHold           Lever = "hold"
	LeverReleaseHold    Lever = "release-hold"
)

// TerminationLevers are the levers that are pulled under /v1/agents/{id}/termination/; the two about holds have paths of their own.
func TerminationLevers() []Lever {
	return []Lever{LeverReverse, LeverExpedite, LeverReschedule, LeverResume, LeverErase, LeverRestoreDeleted}
}

// LeverRoles are the roles that may pull a lever, the best suited first: legal's are all of them, and an operator may resume.
func LeverRoles(lever Lever) []Role {
	if lever == LeverResume {
		return []Role{RoleOperator, RoleLegal}
	}
	return []Role{RoleLegal}
}

// LeverRequest is the body that pulls a lever. Who pulls is never in it: that is the token's name.
type LeverRequest struct {
	Reason string `json:"reason" maxLength:"2000" doc:"Why; mandatory, and shown to legal and auditors only" example:"settled out of court"`
	// Until is for reschedule alone.
	Until *time.Time `json:"until,omitempty" doc:"The new deadline, for reschedule only: later than the present one, at most 365 days after the deactivation"`
}

// LeverResult says what came of pulling a lever.
type LeverResult string

// The results.
const (
	// LeverDone: it is on record, and the account follows.
	LeverDone LeverResult = "done"
	// LeverAsked: nothing is done before a second person approves.
	LeverAsked LeverResult = "approval_asked"
	// LeverAlready: it was so before.
	LeverAlready LeverResult = "already"
)

// LeverOutcome answers a lever that was not refused. It is given after its row is committed.
type LeverOutcome struct {
	PersonID       string      `json:"person_id"`
	Lever          Lever       `json:"lever" example:"reverse"`
	Result         LeverResult `json:"result" enum:"done,approval_asked,already"`
	ApprovalID     string      `json:"approval_id,omitempty" doc:"The approval that is needed first" example:"apr_01hzx3"`
	Approvers      string      `json:"approvers,omitempty" doc:"Who can give it" example:"role legal, other than lex and the person"`
	LifecycleState string      `json:"lifecycle_state,omitempty" doc:"Where the person stands now; what the lever set off comes after"`
	Deadline       *time.Time  `json:"deadline,omitempty" doc:"When the account is deleted, unless something stops it"`
	HoldID         string      `json:"hold_id,omitempty" example:"hld_01hzx3"`
}

// Termination is where a leaver stands, and what can be done about it. What the reader's role may not know is left out.
type Termination struct {
	PersonID       string `json:"person_id"`
	LifecycleState string `json:"lifecycle_state"`
	// Standing is how the levers see the person. A termination that is still confidential counts as none outside role legal.
	Standing string `json:"standing" enum:"not leaving,before isolation,draining,in grace,held,suspended,deleting,deleted,erased"`
	Grace    *Grace `json:"grace,omitempty" doc:"The newest grace; absent when none has begun"`
	Held     bool   `json:"held" doc:"Whether a hold stops the deletion"`
	// Holds are those in force; legal and auditors alone see them.
	Holds []Hold `json:"holds,omitempty" doc:"The holds in force; for roles legal and auditor"`
	// Override is legal's reversal that HR has not agreed to yet.
	Override *Override `json:"override,omitempty" doc:"A reversal that HR has not agreed to yet"`
	Archive  *Archive  `json:"archive,omitempty" doc:"What was kept of the account"`
	// EventID and MappingVersion are what decided that the person leaves, and how.
	EventID        string `json:"event_id,omitempty" doc:"HR's event that ends the employment"`
	MappingVersion int    `json:"mapping_version,omitempty" doc:"Of the last plan that was carried out"`
	// Levers are all levers the reader may know of.
	Levers []LeverChoice `json:"levers" nullable:"false" doc:"What can be done now, by whom and how"`
}

// Grace is the time between a leaver's verified deactivation and the deletion of the account.
type Grace struct {
	Generation   int64      `json:"generation" doc:"Of the termination it follows"`
	StartedAt    time.Time  `json:"started_at" doc:"When the account was read back inactive"`
	Deadline     time.Time  `json:"deadline"`
	Phase        string     `json:"phase" enum:"waiting,suspended,expedited,deleting,deleted,ended,erasing,erased"`
	EndedBecause string     `json:"ended_because,omitempty"`
	DeletedAt    *time.Time `json:"deleted_at,omitempty"`
	Notices      []Notice   `json:"notices" nullable:"false" doc:"What legal was told of the deadline"`
}

// Notice is on record that legal was told of a deadline.
type Notice struct {
	Kind       string    `json:"kind" enum:"start,seven_days,one_day"`
	Deadline   time.Time `json:"deadline"`
	RecordedAt time.Time `json:"recorded_at"`
}

// Override is legal's reversal of a termination that HR still tells of.
type Override struct {
	ID       string     `json:"id" example:"ovr_01hzx3"`
	MadeAt   time.Time  `json:"made_at"`
	RemindAt *time.Time `json:"remind_at,omitempty" doc:"When somebody is told next that HR has not agreed yet"`
	MadeBy   string     `json:"made_by"`
	Reason   string     `json:"reason,omitempty" doc:"For roles legal and auditor"`
	EventIDs []string   `json:"event_ids,omitempty" doc:"HR's events without a say; for roles legal and auditor"`
}

// Archive is what was kept of a leaver's account before it may be deleted.
type Archive struct {
	ID         string     `json:"id" example:"arc_01hzx3"`
	Generation int64      `json:"generation"`
	SHA256     string     `json:"sha256"`
	Size       int64      `json:"size" doc:"Bytes"`
	WrittenAt  time.Time  `json:"written_at"`
	VerifiedAt *time.Time `json:"verified_at,omitempty" doc:"When it was read back; nothing is deleted before"`
	ErasedAt   *time.Time `json:"erased_at,omitempty"`
}

// LeverChoice says whether a lever can be pulled now, and how.
type LeverChoice struct {
	Lever     Lever  `json:"lever"`
	Available bool   `json:"available"`
	Why       string `json:"why,omitempty" doc:"Why not, when it cannot be"`
	Who       string `json:"who,omitempty" example:"role legal, other than the person; another one approves"`
	Command   string `json:"command,omitempty" doc:"A complete musterctl command line"`
}
