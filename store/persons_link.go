package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
	"muster/names"
)

// Kinds of timeline lines about persons who turned out to be one: on the line of the one who is kept, and of the one who is not.
const (
	TimelineJoined     = "person.joined"
	TimelineJoinedInto = "person.joined_into"
)

// oneWith is the condition that a person id is the one in a parameter ("$1") or of somebody who was joined into them: what is
// only ever added to keeps the id it was written under.
func oneWith(param string) string {
	return `= any (array(select p.person_id from persons p where p.person_id = ` + param + ` or p.joined_into = ` + param + `))`
}

// samePerson are the ids of everybody who is one with a person, that person's among them.
func samePerson(ctx context.Context, db database, personID string) ([]string, error) {
	found, err := list[struct{ PersonID string }](ctx, db, "who is one with "+personID, `
		select person_id from persons
		where (select coalesce(joined_into, person_id) from persons where person_id = $1) in (person_id, joined_into)`, personID)
	ids := []string{personID} // it may be nobody's
	for _, f := range found {
		ids = append(ids, f.PersonID)
	}
	return distinctSorted(ids...), err
}

// LinkRequest asks whether two persons are one.
type LinkRequest struct {
	// KeptID is the person id that stays, JoinedID the one that ends up in it.
	KeptID, JoinedID string
	RequestedBy      string // authenticated
	Reason           string
	At               time.Time
}

// RequestLink opens the approval that joins two persons once somebody else grants it (DecideApproval). The one that is open for the same
// two is returned as it is, with its own requester. *lifecycle.LinkRefusal when they cannot be joined now, ErrNotFound when there is no
// such person.
func (s *Store) RequestLink(ctx context.Context, r LinkRequest) (opened Approval, err error) {
	err = s.withTwo(ctx, r.KeptID, r.JoinedID, func(l *pair) error {
		if err := l.load(); err != nil {
			return err
		}
		if err := l.judge(""); err != nil {
			return err
		}
		deadline := lifecycle.RuleFor(lifecycle.ApprovalLink).Deadline(r.At)
		opened, err = l.kept.OpenApproval(Approval{
			Kind: lifecycle.ApprovalLink, PlanDigest: r.JoinedID, RequestedBy: r.RequestedBy, Deadline: &deadline,
			Question: fmt.Sprintf("%s asks to join %s into %s for good, as one person: its ids, events and account become those of %s. Reason: %s",
				r.RequestedBy, r.JoinedID, r.KeptID, r.KeptID, r.Reason),
		})
		if err != nil {
			return err
		}
		detail, err := json.Marshal(map[string]string{"approval_id": opened.ID, "joined": r.JoinedID})
		if err != nil {
			return fmt.Errorf("describe the request: %w", err)
		}
		return l.kept.Audit(AuditFact{Actor: r.RequestedBy, ActorVerified: true, Action: "person.link_requested", Detail: detail})
	})
	return opened, refusalAlone(err)
}

// approveLink decides and joins in one transaction: the approval stays open when the two cannot be joined now.
func (s *Store) approveLink(ctx context.Context, asked Approval, d Decision) (decided Approval, err error) {
	err = s.withTwo(ctx, asked.PersonID, asked.PlanDigest, func(l *pair) (err error) {
		if err := l.waitForIngest(); err != nil {
			return err
		}
		if err := l.load(); err != nil {
			return err
		}
		if err := approvalQuestion().decide(ctx, l.kept.tx, asked.ID, d, true); err != nil {
			return err
		}
		if err := l.judge(asked.ID); err != nil {
			return err
		}
		if err := l.kept.TakeUpApproval(asked.ID); err != nil {
			return err
		}
		if decided, err = readApproval(ctx, l.kept.tx, asked.ID); err != nil {
			return err
		}
		return l.join(decided)
	})
	if errors.Is(err, ErrAlreadyDecided) {
		standing, readErr := s.Approval(ctx, asked.ID)
		return standing, errors.Join(err, readErr)
	}
	return decided, refusalAlone(err)
}

// refusalAlone is the refusal without what was being done: it is said to people as it is.
func refusalAlone(err error) error {
	var refusal *lifecycle.LinkRefusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return err
}

// pair is two persons in one transaction that holds both.
type pair struct {
	kept, joined             *PersonTx
	keptPerson, joinedPerson Person
	keptInto, joinedInto     string // whom they were joined into before
}

// withTwo runs fn while it holds both persons, as WithPerson holds one. They are locked in the order of their ids, so that two that
// want the same two cannot block each other.
func (s *Store) withTwo(ctx context.Context, kept, joined string, fn func(*pair) error) error {
	return s.transact(ctx, "persons "+kept+" and "+joined, func(tx pgx.Tx) error {
		for _, personID := range distinctSorted(kept, joined) {
			if err := lockPerson(ctx, tx, personID); err != nil {
				return err
			}
		}
		return fn(&pair{
			kept:   &PersonTx{ctx: ctx, tx: tx, personID: kept},
			joined: &PersonTx{ctx: ctx, tx: tx, personID: joined},
		})
	})
}

func distinctSorted(ids ...string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (l *pair) load() (err error) {
	if l.keptPerson, l.keptInto, err = l.kept.loadForLink(); err != nil {
		return err
	}
	l.joinedPerson, l.joinedInto, err = l.joined.loadForLink()
	return err
}

func (p *PersonTx) loadForLink() (person Person, into string, err error) {
	if person, err = p.Load(); err != nil {
		return Person{}, "", err
	}
	into, err = joinedInto(p.ctx, p.tx, p.personID)
	return person, into, err
}

// joinedInto is whom a person was joined into; empty for nobody.
func joinedInto(ctx context.Context, db database, personID string) (into string, err error) {
	err = db.QueryRow(ctx, `select coalesce((select joined_into from persons where person_id = $1), '')`, personID).Scan(&into)
	if err != nil {
		return "", fmt.Errorf("look whom %s was joined into: %w", personID, err)
	}
	return into, nil
}

// judge refuses what must not be joined; except is the approval that is being granted.
func (l *pair) judge(except string) error {
	return lifecycle.JudgeLink(linkSide(l.keptPerson, l.keptInto, except), linkSide(l.joinedPerson, l.joinedInto, except))
}

func linkSide(person Person, into, except string) lifecycle.LinkSide {
	agent := person.Agent
	side := lifecycle.LinkSide{
		PersonID: person.PersonID, JoinedInto: into, Operation: agent.Operation, Platform: agent.Platform,
		AccountID: agent.PlatformUserID, State: agent.State, Held: lifecycle.UnderHold(person.Holds), Erased: agent.ErasedAt != nil,
		AccountDeleted: agent.PlatformUserID != "" && person.Grace != nil && person.Grace.Phase == lifecycle.GraceDeleted,
		GraceOpen:      person.Grace != nil && (person.Grace.Open() || person.Grace.Phase == lifecycle.GraceErasing),
	}
	for _, r := range person.Reviews {
		// Those of the operation that has the person; others hold nothing up, and may be confidential.
		if r.State == ReviewOpen && r.WorkflowID != "" && r.Generation == agent.Generation {
			side.OpenReviews = append(side.OpenReviews, r.ID)
		}
	}
	for _, a := range person.Approvals {
		if a.State != ApprovalOpen && a.ID != except {
			side.Undelivered = true
		}
	}
	return side
}

// waitForIngest waits until whatever is being received for either of the two is committed, and holds what comes up. Ingest holds the
// ids from its first statement on, and so does this: one order of locks for both.
func (l *pair) waitForIngest() error {
	_, err := l.kept.tx.Exec(l.kept.ctx, `
		select from person_ids where person_id in ($1, $2) order by namespace, external_id for update`, l.kept.personID, l.joined.personID)
	if err != nil {
		return fmt.Errorf("wait for events being received: %w", err)
	}
	return nil
}

// join makes the two one.
func (l *pair) join(approved Approval) error {
	if err := l.closeQuestions(); err != nil {
		return err
	}
	for _, step := range joining() {
		if _, err := l.kept.tx.Exec(l.kept.ctx, step.sql, l.kept.personID, l.joined.personID); err != nil {
			return fmt.Errorf("join %s into %s: %s: %w", l.joined.personID, l.kept.personID, step.what, err)
		}
	}
	generation, err := l.joinAgents()
	if err != nil {
		return err
	}
	if err := l.joinOverrides(approved.DecidedAt); err != nil {
		return err
	}
	if err := l.record(approved, generation); err != nil {
		return err
	}
	if _, err := l.joined.tx.Exec(l.joined.ctx, `delete from rings where person_id = $1`, l.joined.personID); err != nil {
		return fmt.Errorf("take the ring of %s away: %w", l.joined.personID, err)
	}
	return l.kept.Ring()
}

type joinStep struct{ what, sql string }

// joining are the steps that move rows; $1 is who is kept, $2 who is joined. What is only ever added to (timeline, audit), and what
// belongs to a generation (plans, graces, snapshots, archives), stays where it is: see oneWith.
func joining() []joinStep {
	return []joinStep{
		// Locked in the order of ingest: persons, agents, events; the rings come last.
		{"hold the rows of both", `select from persons where person_id in ($1, $2) order by person_id for no key update`},
		{"wait for platform writes in flight", `select from agents where person_id in ($1, $2) order by person_id for update`},
		{"keep waiting for a manager", `
			update agents k set awaits_manager = coalesce(k.awaits_manager, j.awaits_manager)
			from agents j where k.person_id = $1 and j.person_id = $2`},
		{"move the ids", `update person_ids set person_id = $1 where person_id = $2`},
		{"keep what HR told last", `
			update persons k set
				email         = case when j.email_at > coalesce(k.email_at, '-infinity') then j.email else k.email end,
				email_at      = greatest(k.email_at, j.email_at),
				first_name    = case when j.first_name_at > coalesce(k.first_name_at, '-infinity') then j.first_name else k.first_name end,
				first_name_at = greatest(k.first_name_at, j.first_name_at),
				last_name     = case when j.last_name_at > coalesce(k.last_name_at, '-infinity') then j.last_name else k.last_name end,
				last_name_at  = greatest(k.last_name_at, j.last_name_at)
			from persons j where k.person_id = $1 and j.person_id = $2`},
		{"say whom they are one with", `
			update persons set joined_into = $1, joined_at = coalesce(joined_at, clock_timestamp()),
				email = null, first_name = null, last_name = null, email_at = null, first_name_at = null, last_name_at = null
			where person_id = $2 or joined_into = $2`},
		{"move the events", `update hr_events set person_id = $1 where person_id = $2`},
		{"move the reviews", `update reviews set person_id = $1 where person_id = $2`},
		{"move the approvals", `update approvals set person_id = $1 where person_id = $2`},
		{"move the holds", `update holds set person_id = $1 where person_id = $2`},
		{"move what rosters say", `update roster_records set person_id = $1 where person_id = $2`},
		{"move the refused lines of rosters", `update roster_defects set person_id = $1 where person_id = $2`},
		// One that is about the person as such is raised anew about the one who is kept, if there still is cause for it.
		{"close the alerts", `
			update alerts set closed_at = clock_timestamp(), closed_why = 'the person was joined into ' || $1::text
			where person_id = $2 and closed_at is null and subject_id = ''`},
		{"move the alerts", `update alerts set person_id = $1 where person_id = $2`},
	}
}

// closeQuestions closes what the joined person was asked about that has no meaning any more: approvals, which bind to somebody who is
// somebody else from now on; reviews that ask the same as one of the kept person's, or whether the two are two.
func (l *pair) closeQuestions() error {
	const reason = "the person was joined into another: ask again where it is still wanted"
	for _, a := range l.joinedPerson.Approvals {
		if a.State == ApprovalOpen {
			if err := l.joined.WithdrawApproval(a.ID, reason); err != nil {
				return err
			}
		}
	}
	if err := l.withdrawLinksOfJoined(reason); err != nil {
		return err
	}
	type question struct {
		kind lifecycle.ReviewKind
		key  string
	}
	asked := map[question]bool{}
	for _, side := range []struct {
		tx      *PersonTx
		reviews []Review
	}{{l.kept, l.keptPerson.Reviews}, {l.joined, l.joinedPerson.Reviews}} {
		for _, r := range side.reviews {
			same := question{r.Kind, r.DedupeKey}
			if r.State == ReviewOpen && (asked[same] || l.asksWhetherTheyAreTwo(r)) {
				if err := side.tx.ResolveReview(r.ID, ActorMuster, "the two persons are one"); err != nil {
					return err
				}
				continue
			}
			asked[same] = asked[same] || r.State == ReviewOpen
		}
	}
	return nil
}

// withdrawLinksOfJoined closes what was asked about joining the joined person into somebody else.
func (l *pair) withdrawLinksOfJoined(reason string) error {
	type elsewhere struct{ ID, PersonID string }
	open, err := list[elsewhere](l.joined.ctx, l.joined.tx, "other links of the person", `
		select id, person_id from approvals where kind = $1 and plan_digest = $2 and state = 'open'`, lifecycle.ApprovalLink, l.joined.personID)
	if err != nil {
		return err
	}
	for _, a := range open {
		other := &PersonTx{ctx: l.joined.ctx, tx: l.joined.tx, personID: a.PersonID}
		if err := other.WithdrawApproval(a.ID, reason); err != nil {
			return err
		}
	}
	return nil
}

// asksWhetherTheyAreTwo: an id of the one differs from an id of the other in case only.
func (l *pair) asksWhetherTheyAreTwo(r Review) bool {
	if r.Kind != lifecycle.ReviewAmbiguousID {
		return false
	}
	var about struct {
		PersonID      string `json:"person_id"`
		KnownPersonID string `json:"known_person_id"`
	}
	if json.Unmarshal(r.Detail, &about) != nil {
		return false // it names nobody
	}
	both := distinctSorted(l.kept.personID, l.joined.personID)
	return slices.Equal(both, distinctSorted(about.PersonID, about.KnownPersonID))
}

// joinAgents makes one agent of two, under a generation newer than any of theirs: nothing that either's operations still want to write
// passes the fence. The joined one goes back to where nothing was ever done; of the kept one it is not known any more that the account is
// as planned, so that the mailbox looks at what both sets of events want now.
func (l *pair) joinAgents() (generation int64, err error) {
	kept, joined := l.keptPerson.Agent, l.joinedPerson.Agent
	generation = max(kept.Generation, joined.Generation) + 1
	_, err = l.joined.tx.Exec(l.joined.ctx, `
		update agents set generation = $2, platform = null, platform_user_id = null, lifecycle_state = $3, needs_attention = false,
			mapping_version = null, plan_digest = null, activated_at = null, dismissed_at = null, awaits_manager = null,
			updated_at = clock_timestamp()
		where person_id = $1`, joined.PersonID, generation, lifecycle.Unknown)
	if err != nil {
		return 0, fmt.Errorf("take the account from %s: %w", joined.PersonID, err)
	}
	one := oneAgent(kept, joined)
	_, err = l.kept.tx.Exec(l.kept.ctx, `
		update agents set generation = $2, platform = nullif($3, ''), platform_user_id = nullif($4, ''), lifecycle_state = $5,
			mapping_version = nullif($6, 0), plan_digest = null, activated_at = $7, dismissed_at = $8,
			needs_attention = exists (select from reviews where person_id = $1 and state = 'open'), updated_at = clock_timestamp()
		where person_id = $1`,
		kept.PersonID, generation, one.Platform, one.PlatformUserID, one.State, one.MappingVersion, one.ActivatedAt, one.DismissedAt)
	if err != nil {
		return 0, fmt.Errorf("give the account to %s: %w", kept.PersonID, err)
	}
	return generation, nil
}

// oneAgent is where two agents stand as one: where the one stands that has the account, or of whom something is known at all. A
// dismissal of either is one of both, so that nobody gets around legal by being joined. It is pure.
func oneAgent(kept, joined Agent) Agent {
	one, other := kept, joined
	if joined.PlatformUserID != "" || kept.PlatformUserID == "" && kept.State == lifecycle.Unknown {
		one, other = joined, kept
	}
	if one.DismissedAt == nil || other.DismissedAt != nil && other.DismissedAt.After(*one.DismissedAt) {
		one.DismissedAt = other.DismissedAt
	}
	return one
}

// joinOverrides keeps legal's reversals in force: where both persons have one, that of the kept person takes the other's events.
func (l *pair) joinOverrides(at *time.Time) error {
	theirs := l.joinedPerson.Override
	if own := l.keptPerson.Override; own != nil && theirs != nil {
		if err := l.kept.OverrideEvents(own.ID, theirs.EventIDs); err != nil {
			return err
		}
		if err := l.joined.CloseOverride(theirs.ID, "the person was joined into another, whose reversal goes on", *at); err != nil {
			return err
		}
	}
	_, err := l.joined.tx.Exec(l.joined.ctx, `update overrides set person_id = $1 where person_id = $2`, l.kept.personID, l.joined.personID)
	if err != nil {
		return fmt.Errorf("move the reversals: %w", err)
	}
	return nil
}

// record says on both sides what was done, by whose word.
func (l *pair) record(approved Approval, generation int64) error {
	said := func(kind, text string) TimelineEntry {
		return TimelineEntry{Kind: kind, Actor: approved.DecidedBy, ActorVerified: approved.ActorVerified, Text: text}
	}
	detail, err := json.Marshal(map[string]any{
		"kept": l.kept.personID, "joined": l.joined.personID, "approval_id": approved.ID, "requested_by": approved.RequestedBy,
		"generation": generation, "external_ids": l.joinedPerson.ExternalIDs,
	})
	if err != nil {
		return fmt.Errorf("describe the joining: %w", err)
	}
	text := fmt.Sprintf("%s was joined into this person, asked for by %s, approval %s; generation %d",
		l.joined.personID, approved.RequestedBy, approved.ID, generation)
	if err := l.kept.AddTimeline(said(TimelineJoined, text)); err != nil {
		return err
	}
	into := said(TimelineJoinedInto, "this person is one with "+l.kept.personID+" from now on")
	if err := l.joined.AddTimeline(into); err != nil {
		return err
	}
	for _, p := range []*PersonTx{l.kept, l.joined} {
		err := p.Audit(AuditFact{Actor: approved.DecidedBy, ActorVerified: approved.ActorVerified, Action: "person.join", Detail: detail})
		if err != nil {
			return err
		}
	}
	return nil
}

// grantsLink says whether a decision grants a link, which is carried out along with it.
func grantsLink(a Approval, d Decision) bool {
	return a.Kind == lifecycle.ApprovalLink && d.Decision == names.DecisionApprove
}
