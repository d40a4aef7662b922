// Package hr holds the canonical HR event: its shape, its strict decoding and validation, its keys, the instant it takes
// effect, and the fold that turns a person's events into the state HR wants the person to be in.
//
// Everything here is a pure function over values.
package hr

import "time"

// Type of an event.
type Type string

// The types of event.
const (
	UserCreate    Type = "USER_CREATE"
	UserUpdate    Type = "USER_UPDATE"
	SkillAssign   Type = "SKILL_ASSIGN"
	UserTerminate Type = "USER_TERMINATE"
	EventRescind  Type = "EVENT_RESCIND"
)

// Status of a person at HR.
type Status string

// The statuses. An update to StatusTerminated is a UserTerminate.
const (
	StatusActive     Status = "ACTIVE"
	StatusOnLeave    Status = "ON_LEAVE"
	StatusSuspended  Status = "SUSPENDED"
	StatusTerminated Status = "TERMINATED"
)

// SkillMode says what a SkillAssign does with its codes.
type SkillMode string

// The skill modes; absent means SkillAdd.
const (
	SkillAdd     SkillMode = "ADD"
	SkillRemove  SkillMode = "REMOVE"
	SkillReplace SkillMode = "REPLACE"
)

// TerminationReason is HR's reason. It is shown to role legal and to auditors only.
type TerminationReason string

// The reasons; absent means Voluntary.
const (
	Voluntary     TerminationReason = "VOLUNTARY"
	Involuntary   TerminationReason = "INVOLUNTARY"
	EndOfContract TerminationReason = "END_OF_CONTRACT"
)

// Event is one canonical HR event. Decode makes it.
type Event struct {
	EventID      string
	EventType    Type
	SourceSystem string
	TimestampUTC time.Time
	// EffectiveAt is when HR says it takes effect; nil leaves it to the type (see EffectiveInstant).
	EffectiveAt *Moment
	// ReplacesEventID names an earlier event that this one stands in for (a re-dating, a correction).
	ReplacesEventID string
	// RescindsEventID names the event that an EventRescind takes back.
	RescindsEventID string
	Payload         Payload
}

// Payload is the person as the event tells it. An Optional that is not present leaves the field alone, null clears it.
type Payload struct {
	ExternalUserID    string
	Email             Optional[string]
	FirstName         Optional[string]
	LastName          Optional[string]
	PhoneExtension    Optional[string]
	DepartmentCode    Optional[string]
	JobTitleCode      Optional[string]
	LocationCode      Optional[string]
	ManagerExternalID Optional[string]
	Timezone          Optional[string]   // IANA name, or a legacy name the registry translates
	SkillCodes        Optional[[]string] // a set: sorted, without repeats
	SkillMode         SkillMode          // empty unless a SKILL_ASSIGN says it
	Status            Optional[Status]
	HireDate          Optional[Date]
	LeaveUntil        Optional[Date]
	Termination       *Termination
}

// Termination is the end of an employment. LastWorkingDay wins over LastDay for the end of access.
type Termination struct {
	Reason         TerminationReason
	LastDay        *Date
	LastWorkingDay *Date
}

// Optional tells apart a field that was absent (zero value), null (Present, Null) and given (Present).
type Optional[T any] struct {
	Present bool
	Null    bool
	Value   T
}

// Date is a calendar date without a zone, written YYYY-MM-DD.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Moment is an instant, or a calendar date whose instant depends on a zone.
type Moment struct {
	Instant time.Time // set unless Date is
	Date    *Date
}

// Accepted is an event in the store, as the fold takes it.
type Accepted struct {
	Event Event
	// Namespace the external id belongs to (one per source by default).
	Namespace     string
	ProcessingKey string
	ReceivedAt    time.Time
	// AlsoSentAs are other event ids under which the same content was sent. Who rescinds or replaces the event may name any of them.
	AlsoSentAs []string
}

// Zones answers which time zone a date is read in. It is a value of the mapping registry.
type Zones struct {
	// Organisation is the IANA zone used when nothing else says one; empty means UTC.
	Organisation string
	// ByLocation and ByDepartment map HR codes to IANA zones.
	ByLocation   map[string]string
	ByDepartment map[string]string
	// Legacy maps what HR systems call zones ("EST", "UTC-5") to IANA names. A zone in it is accepted by Decode.
	Legacy map[string]string
	// NightShiftGrace is added by department to the end of access on the last day, at most 12 h.
	NightShiftGrace map[string]time.Duration
}

// Employment says where a person stands with the employer.
type Employment string

// Employment states of a folded person.
const (
	NeverEmployed Employment = ""         // no event that employs has taken effect
	Employed      Employment = "employed" // an active employment
	Left          Employment = "left"     // terminated
)

// State is the person's desired HR state at an instant. Empty strings mean "HR has not said, or cleared it". While somebody has
// Left, the fields are HR's latest record of them, for a reversal, and Status is StatusTerminated.
type State struct {
	Employment        Employment
	Status            Status // StatusActive unless HR said otherwise
	ExternalUserID    string // of the primary employment
	Namespace         string
	Email             string
	FirstName         string
	LastName          string
	PhoneExtension    string
	DepartmentCode    string
	JobTitleCode      string
	LocationCode      string
	ManagerExternalID string
	Timezone          string   // IANA, translated
	SkillCodes        []string // sorted; nil when there are none
	LeaveUntil        *Date
	// HiredAt is the instant the employment began to count, LeftAt the instant access ends or ended; zero if not said.
	HiredAt time.Time
	LeftAt  time.Time
	// Reason of the termination, when Left; empty when the person counts as having left because a hire was taken back.
	Reason TerminationReason
	// Cleared names the payload's text fields that HR set to null last, sorted: cleared is not the same as never said.
	Cleared []string
}

// Standing is how one event stands in the fold at an instant.
type Standing string

// The standings.
const (
	// Contributes: at least one of its fields is part of the state (of its own employment), or it had none to lose. A rescind
	// contributes as soon as its target is there.
	Contributes Standing = "contributes"
	// Future: takes effect later.
	Future Standing = "future"
	// Superseded: none of its fields survive, or another hire or termination decides instead. It may be so before its time.
	Superseded Standing = "superseded"
	// Rescinded: taken back by an EVENT_RESCIND.
	Rescinded Standing = "rescinded"
	// Unmatched: an EVENT_RESCIND that takes nothing back, since what it refers to has not come, or is about somebody else
	// (another external id). It contributes as soon as what it refers to arrives.
	Unmatched Standing = "unmatched"
)

// EventStanding is one event's place in the fold.
type EventStanding struct {
	EventID   string
	Type      Type
	Standing  Standing
	Effective time.Time
	// By names the event that superseded or rescinded it, if one alone did.
	By string
}

// Picture is the result of a fold at an instant.
type Picture struct {
	At    time.Time
	State State
	// Events has one entry for each distinct accepted event, in the order in which they were applied, future ones last.
	Events []EventStanding
	// Next is the earliest effective instant after At; zero when nothing is pending.
	Next time.Time
	// Ahead is the state at Next, so that a decision can say what is coming; zero State when Next is zero.
	Ahead State
	// CreateSeen is false when the person is employed by an update although no USER_CREATE ever came (rescinded ones do not
	// count).
	CreateSeen bool
}
