package reconcile

// Reason is why a difference is as it should be. The list is closed.
type Reason string

// The reasons.
const (
	InGrace            Reason = "IN_GRACE"             // a leaver's account waits for its deletion
	OnHold             Reason = "HELD"                 // it does, under a legal hold
	ReversedAwaitingHR Reason = "REVERSED_AWAITING_HR" // legal reversed what HR still tells of (RULES 6)
	OnLeave            Reason = "ON_LEAVE"             // on leave or suspended: inactive and kept (RULES 13)
	FutureStart        Reason = "FUTURE_START"         // HR's hire has yet to take effect
	Parked             Reason = "PARKED"               // a person has to decide first, or the registry cannot answer
	OperationRunning   Reason = "OPERATION_RUNNING"    // an operation is on its way, or due at any moment
	UnmanagedConstruct Reason = "UNMANAGED"            // no rule names it: reported, left alone (RULES 2)
	NotAnAgent         Reason = "OUT_OF_SCOPE"         // the registry's scope rule says: not an agent (RULES 1)
	DatedException     Reason = "DATED_EXCEPTION"      // somebody excepted it until a day
	SeatMissing        Reason = "SEAT_MISSING"         // it waits for a seat of the platform (RULES 14)
	FallbackInUse      Reason = "FALLBACK_QUEUE"       // the queue is gone from the platform and its fallback stands in
	NotJoined          Reason = "NOT_JOINED"           // a member who gets no work from the queue: agents turn that off and on themselves
	OwnedElsewhere     Reason = "OWNED_ELSEWHERE"      // somebody else writes it, and Muster does not fight over it (RULES 16)
	IgnoredAccount     Reason = "IGNORED"              // a platform-only account that a person decided to leave alone
	OtherPlatform      Reason = "OTHER_PLATFORM"       // the person's account is on another platform now (RULES 17)
	RosterOlder        Reason = "ROSTER_OLDER"         // HR has sent an event since the roster was made
	IndexLag           Reason = "INDEX_LAG"            // the roster of the platform showed it, reading the account by its id did not
)

// Reasons are all of them, in the order of reports.
func Reasons() []Reason {
	return []Reason{
		InGrace, OnHold, ReversedAwaitingHR, OnLeave, FutureStart, Parked, OperationRunning, NotAnAgent, DatedException, SeatMissing,
		FallbackInUse, NotJoined, OwnedElsewhere, IgnoredAccount, OtherPlatform, RosterOlder, IndexLag, UnmanagedConstruct,
	}
}

// ExpectedDifference is a difference that is no delta.
type ExpectedDifference struct {
	Reason Reason
	// Difference says what differs; its Part is empty where the person as a whole is meant.
	Difference Difference
	// Detail is an id, a code or a date for people: the review, the exception's end.
	Detail string
}

// Unevaluated is what could not be compared, and why.
type Unevaluated struct {
	// Part is empty where nothing of the person could be compared.
	Part Part
	Why  string
}
