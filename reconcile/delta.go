package reconcile

import (
	"strings"
	"time"
)

// DeltaType is in what way HR, Muster's record and the platform disagree. The list is closed.
type DeltaType string

// The types of deltas.
const (
	// HRActiveCCaaSMissing: HR wants the person at work and there is no working account that Muster keeps for them: none at all, an
	// inactive or deleted one, or one that Muster was never told to keep.
	HRActiveCCaaSMissing DeltaType = "HR_ACTIVE_CCAAS_MISSING"
	// HRTerminatedCCaaSActive: HR has ended the employment and the account is active.
	HRTerminatedCCaaSActive DeltaType = "HR_TERMINATED_CCAAS_ACTIVE"
	// SkillMismatch: skills or languages differ, which HR gives as skill codes.
	SkillMismatch DeltaType = "SKILL_MISMATCH"
	// QueueMismatch: memberships of queues differ.
	QueueMismatch DeltaType = "QUEUE_MISMATCH"
	// RoleMismatch: roles, or the divisions they are granted in, differ.
	RoleMismatch DeltaType = "ROLE_MISMATCH"
	// AttributeMismatch: anything else about the person differs: profile, division, groups, work plan, or that an account is active which
	// nobody is to work with meanwhile; or HR's roster says something else than HR's events.
	AttributeMismatch DeltaType = "ATTRIBUTE_MISMATCH"
	// PlatformOnly: an active account that is nobody's, or a second one of somebody.
	PlatformOnly DeltaType = "PLATFORM_ONLY"
	// MissingFromHR: HR's events employ the person and HR's roster does not have them at all.
	MissingFromHR DeltaType = "MISSING_FROM_HR"
	// WorkflowMissing: the record and the open workflows disagree.
	WorkflowMissing DeltaType = "WORKFLOW_MISSING"
)

// DeltaTypes are all of them, in the order of reports.
func DeltaTypes() []DeltaType {
	return []DeltaType{
		HRTerminatedCCaaSActive, HRActiveCCaaSMissing, SkillMismatch, QueueMismatch, RoleMismatch, AttributeMismatch, PlatformOnly,
		MissingFromHR, WorkflowMissing,
	}
}

// Resolution is what is to be done about a delta where its type is repaired. The list is closed.
type Resolution string

// The resolutions. A re-emission is a new event, in the name of the reconciliation, that names the original (Delta.OriginalEventID).
const (
	// ReemitHire sends a USER_CREATE with what HR's roster says, or else with what the original hire said.
	ReemitHire Resolution = "REEMIT_HIRE"
	// ReemitUpdate sends a USER_UPDATE, and a SKILL_ASSIGN that replaces where skills differ, with what HR's roster says. The transfer that
	// follows brings the whole account to its target.
	ReemitUpdate Resolution = "REEMIT_UPDATE"
	// ReemitTermination sends a USER_TERMINATE for somebody whose account has no access already.
	ReemitTermination Resolution = "REEMIT_TERMINATION"
	// IsolateAndAsk isolates at once, through a USER_TERMINATE where HR has ended the employment; the deactivation waits for an approver
	// (RULES 10, "reconciliation: terminate").
	IsolateAndAsk Resolution = "ISOLATE_AND_ASK"
	// Transfer has the person's mailbox run a Transfer under the plan that stands: the account is put back. Each construct that was put
	// back goes into the history that RULES 16 counts.
	Transfer Resolution = "TRANSFER"
	// AskRoleApproval is Transfer where roles are missing that nobody gets without an approval.
	AskRoleApproval Resolution = "ASK_ROLE_APPROVAL"
	// AskThirdPutBack opens a review: the same construct was put back three times already (RULES 16).
	AskThirdPutBack Resolution = "ASK_THIRD_PUT_BACK"
	// ReviewOutstanding shows a platform-only account until a person settles it: adopt, ignore, terminate. It is never touched.
	ReviewOutstanding Resolution = "REVIEW_OUTSTANDING"
	// ReviewMissingFromHR asks whether somebody has left whom two healthy rosters in a row did not have; never automatic.
	ReviewMissingFromHR Resolution = "REVIEW_MISSING_FROM_HR"
	// RestartWorkflow starts the operation that the record says is running, or the workflow of a grace: with deadline max(deadline, now +
	// 72 h) and NeedsAttention.
	RestartWorkflow Resolution = "RESTART_WORKFLOW"
	// EndWorkflow asks a workflow to end that the record does not know. It can write nothing: the fence refuses it.
	EndWorkflow Resolution = "END_WORKFLOW"
	// NoneReportOnly: it is shown, and waits for the next run or a person.
	NoneReportOnly Resolution = "NONE_REPORT_ONLY"
)

// Resolutions are all of them.
func Resolutions() []Resolution {
	return []Resolution{
		IsolateAndAsk, ReemitHire, ReemitUpdate, ReemitTermination, Transfer, AskRoleApproval, AskThirdPutBack, ReviewOutstanding,
		ReviewMissingFromHR, RestartWorkflow, EndWorkflow, NoneReportOnly,
	}
}

// Delta is one disagreement. It holds ids, codes and names of constructs; never a name, an address or a number of a person.
type Delta struct {
	ReconciliationID string    `json:"reconciliation_id"`
	DeltaType        DeltaType `json:"delta_type"`
	// ExternalUserID is HR's id of the primary employment; empty for an account that is nobody's.
	ExternalUserID string `json:"external_user_id"`
	PersonID       string `json:"person_id,omitempty"`
	// Namespace is whose id that is, where HR's roster alone knows the person: two HR systems may have the same.
	Namespace string `json:"namespace,omitempty"`
	// AccountID is the platform's id of the account; empty when there is none.
	AccountID string `json:"account_id,omitempty"`
	// ExpectedSkills and ActualSkills are HR's codes, the names beside them are the platform's with the proficiency, such as "Billing 3".
	// They are set for SKILL_MISMATCH. An account says HR's code only where that is not ambiguous.
	ExpectedSkills     []string `json:"expected_skills"`
	ActualSkills       []string `json:"actual_skills"`
	ExpectedSkillNames []string `json:"expected_skill_names,omitempty"`
	ActualSkillNames   []string `json:"actual_skill_names,omitempty"`
	// Differences are what differs, in a fixed order.
	Differences      []Difference `json:"differences,omitempty"`
	ResolutionAction Resolution   `json:"resolution_action"`
	// OriginalEventID is HR's event that a re-emission names; empty when there was none.
	OriginalEventID string `json:"original_event_id,omitempty"`
	// WorkflowID is the workflow that is missing, or that nobody knows.
	WorkflowID string `json:"workflow_id,omitempty"`
	// WasAtWork: the account that is missing was Muster's and was read back as active before somebody else took it away. Bringing it back
	// counts as a put-back (RULES 16).
	WasAtWork bool `json:"was_at_work,omitempty"`
	// Adoption is what the hire would do about the account; set for REEMIT_HIRE.
	Adoption *Adoption `json:"adoption,omitempty"`
	// Because is one sentence for people.
	Because      string    `json:"because"`
	TimestampUTC time.Time `json:"timestamp_utc"`
}

// Subject is what a delta is about and what, with its type, makes it unique in a run: the person, the account that is nobody's, or the id
// that HR's roster alone knows.
func (d Delta) Subject() string {
	switch {
	case d.DeltaType != PlatformOnly && d.PersonID != "":
		return d.PersonID
	case d.DeltaType != PlatformOnly && d.ExternalUserID != "", d.AccountID == "":
		// Somebody whom HR's roster alone knows; one account may be found for two of them.
		return "hr:" + d.Namespace + ":" + d.ExternalUserID
	}
	return "account:" + d.AccountID
}

// Part is a part of an account, or of what is known about a person, that is compared by itself.
type Part string

// The parts. PartProfile's constructs are the fields' names.
const (
	PartAccount  Part = "account" // whether there is one, and its state
	PartSkill    Part = "skill"
	PartLanguage Part = "language"
	PartQueue    Part = "queue"
	PartRole     Part = "role"
	PartGroup    Part = "group"
	PartDivision Part = "division"
	PartWorkPlan Part = "work_plan"
	PartProfile  Part = "profile"
	PartHR       Part = "hr" // HR's roster beside HR's events; its constructs are names of payload fields
	PartWorkflow Part = "workflow"
)

// How is in what way a construct differs.
type How string

// The ways.
const (
	Lacking   How = "lacking"   // it should be there
	Extra     How = "extra"     // it should not be there
	Different How = "different" // it is there and says something else
)

// Difference is one construct that differs.
type Difference struct {
	Part Part `json:"part"`
	// ID is the platform's id of the construct, or a field's name; Name is what people call it.
	ID   string `json:"id"`
	Name string `json:"name"`
	How  How    `json:"how"`
}

func (d Difference) String() string { return string(d.Part) + " " + d.Name + " " + string(d.How) }

// describe lists differences for a sentence.
func describe(differences []Difference) string {
	var words []string
	for _, d := range differences {
		words = append(words, d.String())
	}
	return strings.Join(words, ", ")
}
