package reconcile

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
)

// Expected is one person as HR, the registry and Muster's record have them: what the account must be. Expect fills in the registry's
// part.
type Expected struct {
	PersonID string
	// ExternalUserID is HR's id of the primary employment. Namespaces are those of all the person's ids.
	ExternalUserID string
	Namespaces     []string

	// Fold is what HR's events say at the run's instant, with what legal has reversed left out. NeverEmployed when Muster has never heard
	// of the person. StartsAt is when the next hire takes effect; zero when none is pending.
	Fold     Word
	StartsAt time.Time
	// HireDates are the days of hire that HR's events in effect name. Somebody may have been given access before that day, by HR's own word.
	HireDates []hr.Date
	// Heard is when HR's events said something new last: the newest issue, receipt or taking effect of any; zero: never.
	Heard time.Time
	// HireEventID, ChangeEventID and LeaveEventID are the newest of HR's events of each kind: what a re-emission names. Empty: none.
	HireEventID, ChangeEventID, LeaveEventID string
	// Roster are the lines of HR's rosters about any of the person's ids. None: no roster has the person.
	Roster []Line

	// Platform is the one the registry's rule names; empty out of scope. InScope and the rest are its answer for what the Fold says, or for
	// the roster's line where Muster has never heard of the person.
	Platform string
	InScope  bool
	Target   Target
	// Partial: codes that decide about queues and roles have no rule, so that silence is no reason to take anything away.
	Partial bool
	// Unanswered are codes without a rule and constructs the platform does not have, in words: "skill SVC_VIP".
	Unanswered []string
	// Unmapped are those of Unanswered that are codes without a rule.
	Unmapped []string
	// Fallbacks are the queues, by name, that a fallback stands in for.
	Fallbacks []string
	// ApprovedRoleIDs are roles of the target that may be added without asking.
	ApprovedRoleIDs []string

	// Foreign: the person's account is owned elsewhere as a whole (RULES 16).
	Foreign bool

	Record Record
	// Exceptions are the dated exceptions of the person, whatever their dates. PutBacks is the history that RULES 16 counts.
	Exceptions []Exception
	PutBacks   []PutBack
}

// Word is what HR says about one of a person's ids.
type Word struct {
	Namespace      string
	ExternalUserID string
	Employment     hr.Employment
	// Status is hr.StatusActive, on leave or suspended; it means something while Employed. Empty: not said, which counts as active.
	Status hr.Status
	// Skills are HR's codes. SaysSkills: they are all there are; a roster without such a column does not say.
	Skills     []string
	SaysSkills bool
	// Fields are the payload's other fields by name ("department_code", "email"), as values or digests: they are compared and never shown.
	// A field that is absent was not said; "" was, and is empty.
	Fields map[string]string
}

// Line is a line of HR's roster; Source.AsOf says when HR made that. StartsAt is when the employment is to begin, HireDate the day it was
// said as; zero when not said.
type Line struct {
	Word
	StartsAt time.Time
	HireDate hr.Date
	// Refused is why the line could not be read, in words without personal data: the person is in the roster, and nobody knows as what.
	// Empty: it could.
	Refused string
}

// LineOf is what a line of a roster says at an instant. Its dates are days in the person's zone.
func LineOf(namespace string, p hr.Payload, at time.Time, zone *time.Location) Line {
	line := Line{Word: Word{
		Namespace: namespace, ExternalUserID: p.ExternalUserID, Employment: hr.Employed, Fields: map[string]string{},
		SaysSkills: p.SkillCodes.Present, Skills: p.SkillCodes.Value,
	}}
	if p.Status.Present && p.Status.Value != hr.StatusTerminated {
		line.Status = p.Status.Value
	}
	if p.HireDate.Present && !p.HireDate.Null {
		line.StartsAt, line.HireDate = p.HireDate.Value.StartIn(zone), p.HireDate.Value
	}
	if p.Status.Value == hr.StatusTerminated {
		line.Employment = hr.Left
	}
	if t := p.Termination; t != nil {
		if last := cmp.Or(t.LastWorkingDay, t.LastDay); last != nil {
			// Access ends at 24:00 (RULES 4).
			line.Employment = hr.Employed
			if !at.Before(last.Next().StartIn(zone)) {
				line.Employment = hr.Left
			}
		}
	}
	for name, field := range map[string]hr.Optional[string]{
		"email": p.Email, "first_name": p.FirstName, "last_name": p.LastName, "phone_extension": p.PhoneExtension,
		"department_code": p.DepartmentCode, "job_title_code": p.JobTitleCode, "location_code": p.LocationCode,
		"manager_external_id": p.ManagerExternalID, "timezone": p.Timezone,
	} {
		if field.Present {
			line.Fields[name] = field.Value
		}
	}
	return line
}

// WordOf is what a folded state says. A roster's values must be written the same way to be compared; where it has digests, both must be.
func WordOf(s hr.State) Word {
	return Word{
		Namespace: s.Namespace, ExternalUserID: s.ExternalUserID, Employment: s.Employment, Status: s.Status, Skills: s.SkillCodes, SaysSkills: true,
		Fields: map[string]string{
			"email": s.Email, "first_name": s.FirstName, "last_name": s.LastName, "phone_extension": s.PhoneExtension,
			"department_code": s.DepartmentCode, "job_title_code": s.JobTitleCode, "location_code": s.LocationCode,
			"manager_external_id": s.ManagerExternalID, "timezone": s.Timezone,
		},
	}
}

// wants is what the word and the registry's scope want for the person.
func (w Word) wants(inScope bool) lifecycle.Wanted {
	return lifecycle.Want(hr.State{Employment: w.Employment, Status: w.Status}, inScope)
}

// Record is where Muster has a person.
type Record struct {
	State lifecycle.State
	// Platform and AccountID are the link; empty while not linked.
	Platform  string
	AccountID string
	// Generation and Operation are the fence's; lifecycle.None: nothing runs. Pending: an event is due without its outcome, so the mailbox
	// is about to act.
	Generation int64
	Operation  lifecycle.Operation
	Pending    bool
	// ChangedAt is when the record last changed; zero: not known.
	ChangedAt time.Time
	// Grace is the newest grace; nil when there never was one. Held: a legal hold is in force.
	Grace *lifecycle.Grace
	Held  bool
	// Reversed: legal has reversed a termination that HR still tells of.
	Reversed bool
	// Open are the questions about the person that somebody has to decide: reviews and approvals.
	Open []Question
	// Unjoined are the queues, by id, that wait for a seat.
	Unjoined []string
}

// inGrace says that the account waits for its deletion.
func (r Record) inGrace() bool { return r.Grace != nil && r.Grace.Open() }

// Question is an open review or approval and what it holds up.
type Question struct {
	ID string
	// Blocking: nothing is done for the person until it is decided.
	Blocking bool
	// Holds are the parts it holds up; for PartProfile, Fields names which fields. None: it holds up nothing that can be compared.
	Holds  []Part
	Fields []ccaas.ProfileField
}

// QuestionOfReview says what an open review holds up. field is the review's field where its kind is about one; empty otherwise.
func QuestionOfReview(id string, kind lifecycle.ReviewKind, blocking bool, field lifecycle.Field) Question {
	q := Question{ID: id, Blocking: blocking}
	switch kind {
	case lifecycle.ReviewUnmapped, lifecycle.ReviewMissingConstruct:
		q.Holds = entitlements()
	case lifecycle.ReviewPlatformRefusal:
		q.Holds = append(entitlements(), PartAccount, PartProfile)
	case lifecycle.ReviewIdentity, lifecycle.ReviewActivation, lifecycle.ReviewAfterDeletion, lifecycle.ReviewReposted:
		q.Holds = []Part{PartAccount}
	case lifecycle.ReviewRole:
		q.Holds = []Part{PartRole}
	case lifecycle.ReviewGuardRefused:
		q.Holds = []Part{PartAccount, PartQueue, PartSkill}
	case lifecycle.ReviewConflict:
		switch field {
		case lifecycle.FieldEmail:
			q.Holds, q.Fields = []Part{PartProfile}, []ccaas.ProfileField{ccaas.FieldEmail}
		case lifecycle.FieldExtension:
			q.Holds, q.Fields = []Part{PartProfile}, []ccaas.ProfileField{ccaas.FieldExtension}
		case lifecycle.FieldWork:
			q.Holds = []Part{PartQueue, PartRole}
		}
	case lifecycle.ReviewPutBack, lifecycle.ReviewMissingFromHR:
		// What a reconciliation has asked about is found again until somebody has decided: it is asked once all the same.
	case lifecycle.ReviewEventConflict, lifecycle.ReviewAmbiguousID, lifecycle.ReviewEventDefect, lifecycle.ReviewLiveWork, lifecycle.ReviewPurgeStuck,
		lifecycle.ReviewFoundActive: // a termination is running
	case lifecycle.ReviewOwnedElsewhere: // whether the access has been ended where it is owned, the platform says
	}
	return q
}

// QuestionOfApproval says what an open approval holds up.
func QuestionOfApproval(id string, kind lifecycle.ApprovalKind) Question {
	q := Question{ID: id}
	switch kind {
	case lifecycle.ApprovalActivation:
		q.Holds = []Part{PartAccount, PartQueue}
	case lifecycle.ApprovalRole:
		q.Holds = []Part{PartRole}
	case lifecycle.ApprovalGuardRelease: // an account that is not created or not made inactive, or what is not taken away
		q.Holds = []Part{PartAccount, PartQueue, PartSkill}
	case lifecycle.ApprovalRehire, lifecycle.ApprovalReversal, lifecycle.ApprovalRestoreDeleted:
		q.Holds = []Part{PartAccount}
	case lifecycle.ApprovalExpedite, lifecycle.ApprovalErase, lifecycle.ApprovalLink, lifecycle.ApprovalTerminate:
	}
	return q
}

func entitlements() []Part {
	return []Part{PartSkill, PartLanguage, PartQueue, PartRole, PartGroup, PartDivision, PartWorkPlan}
}

// heldUp finds the open question that a difference waits for.
func (r Record) heldUp(d Difference) (Question, bool) {
	for _, q := range r.Open {
		if q.Blocking {
			return q, true
		}
		if !slices.Contains(q.Holds, d.Part) {
			continue
		}
		if d.Part != PartProfile || len(q.Fields) == 0 || slices.Contains(q.Fields, ccaas.ProfileField(d.ID)) {
			return q, true
		}
	}
	return Question{}, false
}

// Expect fills in what the registry says to a state: what the account must be in ids of the platform. managerID is the account of the
// person's manager, empty when not known; needsApproval says of a role's name whether nobody gets it without asking (nil: none does).
func (e Expected) Expect(state hr.State, r mapping.Resolution, managerID string, cat *ccaas.Catalogue, needsApproval func(role string) bool) Expected {
	e.InScope, e.Platform = r.InScope, r.Desired.Platform
	if !r.InScope {
		return e
	}
	target, missing := Bind(r.Desired, state, managerID, cat)
	e.Target = target
	e.Partial, e.Unanswered, e.Unmapped, e.Fallbacks, e.ApprovedRoleIDs = false, nil, nil, nil, nil
	for _, u := range r.Unmapped {
		e.Partial = e.Partial || u.Kind != mapping.KindSkill
		e.Unmapped = append(e.Unmapped, u.Kind+" "+u.Code)
	}
	e.Unanswered = append(e.Unanswered, e.Unmapped...)
	for _, m := range missing {
		e.Unanswered = append(e.Unanswered, m.String())
	}
	for _, q := range r.Desired.Queues {
		if _, there := cat.Queues[q.Name]; !there && cat.Queues[q.Fallback] != "" {
			e.Fallbacks = append(e.Fallbacks, q.Name)
		}
	}
	for _, name := range r.Desired.Roles {
		if id := cat.Roles[name]; id != "" && (needsApproval == nil || !needsApproval(name)) {
			e.ApprovedRoleIDs = append(e.ApprovedRoleIDs, id)
		}
	}
	return e
}

// Names are what people call the platform's constructs, by id.
type Names map[string]string

// NamesOf turns a catalogue round.
func NamesOf(cat *ccaas.Catalogue) Names {
	names := Names{}
	for _, kind := range []map[string]string{cat.Divisions, cat.Roles, cat.Skills, cat.Languages, cat.Queues, cat.Groups, cat.Locations} {
		for _, name := range slices.Sorted(maps.Keys(kind)) {
			names[kind[name]] = name
		}
	}
	for name, unit := range cat.ManagementUnits {
		names[unit.ID] = name
	}
	for _, plans := range cat.WorkPlans {
		for name, id := range plans {
			names[id] = name
		}
	}
	return names
}

func (n Names) of(id string) string {
	if name := n[id]; name != "" {
		return name
	}
	return id
}
