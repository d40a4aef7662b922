package archive

import (
	"time"

	"muster/ccaas"
	"muster/lifecycle"
)

// SchemaVersion is the version of Document's JSON form. A reader that finds a higher one does not know all of it.
const SchemaVersion = 1

// Document is what is kept of a leaver before the account may be deleted: what the account was, whom it belonged to, and who
// decided. It holds ids and codes only. Names, email addresses, phone numbers and the reason of a termination stay with the HR
// events, which have readers and an end of their own.
type Document struct {
	SchemaVersion int    `json:"schema_version"` // SchemaVersion
	PersonID      string `json:"person_id"`
	// ExternalIDs are all of the person's ids in HR systems.
	ExternalIDs []string `json:"external_ids"`
	Platform    string   `json:"platform"` // e.g. "genesys"
	AccountID   string   `json:"account_id"`
	// Generation is the termination's.
	Generation     int64     `json:"generation"`
	MappingVersion int       `json:"mapping_version"` // of the registry when the termination was planned
	WorkflowID     string    `json:"workflow_id"`     // of the termination
	ArchivedAt     time.Time `json:"archived_at"`     // UTC
	HR             HRState   `json:"hr"`
	// Snapshot is the account before the first write of the termination.
	Snapshot lifecycle.Snapshot `json:"snapshot"`
	// Conversations are those that began in the half-open time from ConversationsFrom to ConversationsTo, the earliest first.
	ConversationsFrom time.Time            `json:"conversations_from"`
	ConversationsTo   time.Time            `json:"conversations_to"`
	Conversations     []ccaas.Conversation `json:"conversations"`
	// ConversationsCut says why the list is not all of them; empty when it is.
	ConversationsCut string `json:"conversations_cut,omitempty"`
}

// HRState is what HR said of the person when the termination was planned, in HR's codes.
type HRState struct {
	Employment        string    `json:"employment"`
	Status            string    `json:"status"`
	Namespace         string    `json:"namespace,omitempty"` // of the primary employment's id
	DepartmentCode    string    `json:"department_code,omitempty"`
	JobTitleCode      string    `json:"job_title_code,omitempty"`
	LocationCode      string    `json:"location_code,omitempty"`
	ManagerExternalID string    `json:"manager_external_id,omitempty"`
	Timezone          string    `json:"timezone,omitempty"` // IANA
	SkillCodes        []string  `json:"skill_codes,omitempty"`
	HiredAt           time.Time `json:"hired_at,omitzero"`
	LeftAt            time.Time `json:"left_at,omitzero"` // when access ended
	// EventIDs are the HR events that the termination carried out.
	EventIDs []string `json:"event_ids,omitempty"`
}
