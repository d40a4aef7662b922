// Package ccaas is the port to a contact-centre platform in neutral terms. An adapter (ccaas/genesys) stands behind it.
//
// Reads are free of effects. Every write is one idempotent platform change, safe to repeat after a lost response, and goes
// through a Guard, so that the fence and the audit record stand around each single call.
package ccaas

import (
	"context"
	"iter"
	"time"
)

// Platform is one account (organisation) on a contact-centre platform.
type Platform interface {
	Reader
	// Writer returns the writing half for one operation on one person; each write asks guard first.
	Writer(guard Guard) Writer
}

// Reader reads what is. All methods return *Error for whatever the platform answered.
type Reader interface {
	// Name is the platform's name in records and search attributes, e.g. "genesys".
	Name() string
	// Catalogue returns the platform's constructs by name. It is cached; fresh forces a reload.
	Catalogue(ctx context.Context, fresh bool) (*Catalogue, error)
	// AccountByExternalID finds the account that carries Muster's external id, in whatever state the platform shows it.
	// It returns nil, nil when there is none.
	AccountByExternalID(ctx context.Context, externalID string) (*Account, error)
	// AccountsByEmail finds accounts by exact email in every state (active, inactive, deleted). It reads a search index that
	// lags: an empty answer is not proof. Each hit has been confirmed by id; entitlements are not filled in, ExternalIDs are.
	AccountsByEmail(ctx context.Context, email string) ([]Account, error)
	// Account reads the account by id with everything Muster manages: profile, external ids, roles, skills, languages, groups,
	// queues with their joined flag, management unit, work plan, presence. It finds deleted accounts too.
	// A missing account is an *Error of KindNotFound.
	Account(ctx context.Context, id string, want Want) (Account, error)
	// QueueIDs returns the queues the account is a member of and joined to (or, with joined false, not joined to). It is half of
	// what Want.Queues reads, in half the calls: enough to see a join or an unjoin take effect.
	QueueIDs(ctx context.Context, id string, joined bool) ([]string, error)
	// LiveWork lists what the agent has in hands right now, each conversation confirmed by its own read; what has ended or gone
	// to somebody else meanwhile is not in it. Which ones to confirm comes from an index that lags, so the list may lack the
	// newest; but it is never wrongly empty: when nothing was found and the platform still counts live conversations, or does
	// not say how many, that is an *Error of KindUnavailable: ask again later. Scheduled callbacks are listed and not counted.
	LiveWork(ctx context.Context, accountID string) ([]LiveWork, error)
	// Standings reads where many agents stand right now in as few calls as the platform allows: live counts, state, presence.
	// It is what one process needs to watch everybody who drains; joined flags cost a call per account (QueueIDs). An account
	// that the platform does not know is absent from the map. No ids make no call; an empty id is an *Error of KindInvalid.
	Standings(ctx context.Context, ids []string) (map[string]Standing, error)
	// Conversations yields the conversations that began from from until before to and in which the account had a part, the
	// earliest first, each once. They come from the platform's history, which lags: the last minutes may be missing. An error is
	// the last that is yielded; what came before it is true and not all. A deleted account's history stays readable.
	Conversations(ctx context.Context, accountID string, from, to time.Time) iter.Seq2[Conversation, error]
	// Erasure reads how far the erasure that Erase returned has come. An unknown request is an *Error of KindNotFound.
	Erasure(ctx context.Context, requestID string) (ErasureState, error)
}

// Want says which costly parts of an account a read needs; the profile and what comes with it in one call is always read.
type Want struct {
	ExternalIDs bool
	Grants      bool // roles granted directly, with their divisions
	Queues      bool // memberships with joined and not joined ones
	Workforce   bool // management unit and work plan
	// ManagementUnitID is where the caller expects to find the account. A right guess saves a call, a wrong one costs one; the
	// answer is the same. It matters only with Workforce.
	ManagementUnitID string
}

// Everything is the Want of a full read.
var Everything = Want{ExternalIDs: true, Grants: true, Queues: true, Workforce: true}

// Writer changes one account. Each method is at most a handful of HTTP requests, of which each changing one passes the Guard.
type Writer interface {
	// Create creates an active account that is a member of nothing and returns it. A taken email is an *Error of KindEmailTaken.
	// Whether an earlier, lost attempt created it is for the caller to find out first (AccountByExternalID, AccountsByEmail).
	Create(ctx context.Context, n NewAccount) (Account, error)
	// Restore brings a deleted or inactive account back to active and changes nothing else. The account is read again after.
	Restore(ctx context.Context, id string) (Account, error)
	// LinkExternalID records Muster's external id on the account. Taken by another account: *Error of KindConflict.
	LinkExternalID(ctx context.Context, id, externalID string) error
	// SetProfile changes the profile fields that are set in p.
	SetProfile(ctx context.Context, id string, p ProfileChange) error
	// SetDivision moves the account to a division.
	SetDivision(ctx context.Context, id, divisionID string) error
	// SetRoles makes grants the exact set of directly granted roles.
	SetRoles(ctx context.Context, id string, grants []Grant) error
	// AddRoles grants roles beside those that are there: for an account whose roles nobody has read, such as a new one with the
	// platform's default role.
	AddRoles(ctx context.Context, id string, grants []Grant) error
	// SetSkills makes skills the exact set.
	SetSkills(ctx context.Context, id string, skills []Rated) error
	// PutLanguages adds languages or changes their proficiency; RemoveLanguage removes one.
	PutLanguages(ctx context.Context, id string, languages []Rated) error
	RemoveLanguage(ctx context.Context, id, languageID string) error
	AddToGroup(ctx context.Context, id, groupID string) error
	RemoveFromGroup(ctx context.Context, id, groupID string) error
	// AddToQueue makes the account a member. Platforms join new members at once: SetJoined(false) follows immediately for whom
	// work may not reach yet.
	AddToQueue(ctx context.Context, id, queueID string) error
	RemoveFromQueue(ctx context.Context, id, queueID string) error
	// SetJoined joins (work may be routed) or unjoins the given queues. It is asynchronous on the platform: read back.
	SetJoined(ctx context.Context, id string, queueIDs []string, joined bool) error
	// SetWorkforce moves the account to a management unit (empty: out of any) and, if workPlanID is set, gives it that plan.
	SetWorkforce(ctx context.Context, id, managementUnitID, workPlanID string) error
	// Offline sets presence to offline and takes the account off queue. A running conversation goes on.
	Offline(ctx context.Context, id string) error
	// Deactivate makes the account inactive: no login, no work. The platform drops its directly granted roles.
	Deactivate(ctx context.Context, id string) error
	// Delete deletes the account softly: its record stays, Account finds it in state Deleted and Restore brings it back, without
	// roles and extension. An account that is deleted already, or gone for good, is success: read back with Account.
	Delete(ctx context.Context, id string) error
	// Erase has the platform erase the account and what it holds of the person, for good: nothing brings it back. It returns the id
	// of the platform's request, which runs on by itself (Erasure). A request for the same account that is under way or done is
	// returned instead of making another one; after a failed one another is made. Whether there is one is looked up first, so two
	// at the same time may make two: only one operation on a person writes at a time.
	Erase(ctx context.Context, id string) (requestID string, err error)
	// RevokeSessions ends every login session and token of the account.
	RevokeSessions(ctx context.Context, id string) error

	// The next three take live work out of the agent's hands. They are asynchronous on the platform: read back with LiveWork.
	// Work that is gone or no longer on this leg is success. Work that cannot be handed over in its present state (alerting,
	// after-call work) is an *Error of KindConflict: ask again, or Disconnect.

	// HandOverToQueue puts the conversation into a queue; the customer stays in it and waits for another agent.
	HandOverToQueue(ctx context.Context, accountID string, w LiveWork, queueID string) error
	// HandOverToAgent offers the conversation to another agent (by account id), whom it alerts.
	HandOverToAgent(ctx context.Context, accountID string, w LiveWork, agentID string) error
	// Disconnect ends this agent's leg and its after-call work, and no other leg. An offer that is declined this way goes back to
	// its queue; a caller who is left alone stays on the line, so hand over calls first.
	Disconnect(ctx context.Context, accountID string, w LiveWork) error
	// ClearStation takes the account off its phone, the one in use and the default one. Having none is success. Each of both is
	// tried whatever becomes of the other.
	ClearStation(ctx context.Context, accountID string) error
}

// Write names one changing call for the record, before it is made. It carries ids and codes only, no personal data.
type Write struct {
	// Verb is what the call means, e.g. "skills.replace", "account.create", "queues.join". A verb that joins queues ends in ".join".
	Verb string
	// AccountID is the platform's id of the account, empty for a creation.
	AccountID string
	// Detail holds the ids involved (queue ids, skill ids and proficiencies, …).
	Detail map[string]any
}

// Receipt is what the platform answered to a write, for the record.
type Receipt struct {
	Status        int    // HTTP status
	CorrelationID string // the platform's own id of the request
	AccountID     string // set by a creation
}

// Guard stands around each changing call. It may refuse (then call is not made and the error is returned as it is); otherwise
// it makes the call with a context that is bounded, records intent and result, and returns the call's error as it is.
type Guard func(ctx context.Context, w Write, call func(context.Context) (Receipt, error)) error
