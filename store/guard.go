package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

const tripPrefix = "grd_"

// Kinds of timeline lines about the mass-change guard.
const (
	TimelineGuardHolds  = "guard.holds"
	TimelineGuardPassed = "guard.passed"
)

// sharesFor is how long a count of active people, or of a queue's members, is used again.
const sharesFor = time.Minute

// GuardRequest asks whether an operation may do to the person what the mass-change guard counts.
type GuardRequest struct {
	Platform string
	Kind     lifecycle.GuardKind
	// Subject is what is counted apart: a queue's or a skill's id with its kind, or a source.
	Subject    string
	Generation int64
	Limits     lifecycle.GuardLimits
	// MappingVersion is the one that set the limits.
	MappingVersion int
	// Queue or Skill is the name of what is taken away.
	Queue, Skill string
	// Question asks for the release; why it is asked is put behind it.
	Question   string
	WorkflowID string
	// Now is the workflow's time: the deadline counts from it.
	Now time.Time
	// Refused is the approval whose refusal somebody wants looked at again.
	Refused string
	// Anyway: it passes whatever the count says, and counts.
	Anyway bool
	// NothingNew: HR has said nothing that asks for it. What was refused last under the same version stays refused, unless somebody has
	// decided since that what was kept is put back.
	NothingNew bool
}

// guardStanding is what is known when the question is decided.
type guardStanding struct {
	Passed     bool   // this generation has
	Before     bool   // an earlier generation has, within the window
	ApprovalID string // empty: the guard has not held this generation
	Counted    int
	Batch      string // that announces the person now; empty: none does
	ShareOf    *int   // nil: it has to be counted
}

// AskGuard is the guard's answer; nil: the operation goes on. Whoever has passed has passed, however often the same generation asks.
// Everybody whom it holds waits in an approval of kind guard_release. The count is exact however many ask at once: they take turns for
// as long as their transactions last, each limit by itself.
func (p *PersonTx) AskGuard(r GuardRequest) (*lifecycle.Guarded, error) {
	standing, err := p.guardStanding(r)
	if err != nil || standing.Passed {
		return nil, err
	}
	switch {
	case standing.Batch != "" || standing.Before:
		return nil, p.passGuard(r, standing, guardPass{batch: standing.Batch})
	case r.Anyway:
		return nil, p.passGuard(r, standing, guardPass{counts: true})
	case standing.ApprovalID != "":
		return p.guardDecided(r, standing)
	}
	if r.NothingNew {
		if refused, err := p.refusedBefore(r); err != nil || refused != nil {
			return refused, err
		}
	}
	return p.countGuard(r, standing)
}

// refusedBefore is the refusal of the same under an earlier generation; nil when there is none that still stands.
func (p *PersonTx) refusedBefore(r GuardRequest) (*lifecycle.Guarded, error) {
	before, err := one[struct{ ApprovalID string }](p.ctx, p.tx, "what was refused before", `
		select a.id as approval_id from (
			select approval_id, trip_id from guard_ledger
			where person_id = $1 and kind = $2 and subject = $3 and generation < $4 order by generation desc limit 1
		) l join approvals a on a.id = l.approval_id join guard_trips t on t.id = l.trip_id
		where a.state = 'rejected' and t.mapping_version = $5
		  and not exists (select from put_backs b where b.person_id = $1 and b.decided and b.at > a.decided_at)`,
		p.personID, r.Kind, r.Subject, r.Generation, r.MappingVersion)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	approval, err := p.Approval(before.ApprovalID)
	return &lifecycle.Guarded{Asked: askedOf(approval), Refused: true}, err
}

// guardStanding takes the lock of the limit and reads. What it reads is read after the lock came, so nothing that was committed by
// whoever had it before is missed.
func (p *PersonTx) guardStanding(r GuardRequest) (standing guardStanding, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, fmt.Sprintf("guard %s %s %s", r.Platform, r.Kind, r.Subject))
	batch.Queue(`
		with recent as materialized (
			select person_id, counts, passed_at from guard_ledger
			where platform = $3 and kind = $4 and subject = $5 and passed_at > clock_timestamp() - make_interval(secs => $6)
		)
		select
			coalesce((select passed_at is not null from guard_ledger
				where person_id = $1 and generation = $2 and kind = $4 and subject = $5), false) as passed,
			exists (select from recent where person_id = $1)
				or ($4 = 'deletion' and exists (select from guard_ledger
					where person_id = $1 and generation = $2 and kind = 'deactivation' and batch_id is not null)) as before,
			coalesce((select approval_id from guard_ledger
				where person_id = $1 and generation = $2 and kind = $4 and subject = $5), '') as approval_id,
			(select count(distinct person_id) from recent where counts and passed_at > coalesce(
				(select max(lifted_at) from guard_trips where platform = $3 and kind = $4 and subject = $5 and lifted_at is not null), '-infinity')) as counted,
			coalesce((select b.id from person_ids i join guard_batch_people m using (external_id) join guard_batches b on b.id = m.batch_id and b.namespace = i.namespace
				where i.person_id = $1 and b.kind = $7 and b.confirmed_at is not null
				  and clock_timestamp() >= b.starts_at and clock_timestamp() < b.ends_at limit 1), '') as batch,
			(select share_of from guard_shares where platform = $3 and kind = $4 and subject = $5
				and counted_at > clock_timestamp() - make_interval(secs => $8)) as share_of`,
		p.personID, r.Generation, r.Platform, r.Kind, r.Subject, r.Limits.WindowOf(r.Kind).Seconds(), lifecycle.Announced(r.Kind), sharesFor.Seconds()).
		Query(func(rows pgx.Rows) (err error) {
			standing, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[guardStanding])
			return err
		})
	if err := p.tx.SendBatch(p.ctx, batch).Close(); err != nil {
		return guardStanding{}, fmt.Errorf("ask the guard about a %s: %w", r.Kind, err)
	}
	return standing, nil
}

// guardPass is how somebody passes.
type guardPass struct {
	counts bool
	batch  string
}

func (p *PersonTx) passGuard(r GuardRequest, standing guardStanding, pass guardPass) error {
	if _, err := p.tx.Exec(p.ctx, `
		insert into guard_ledger (person_id, generation, kind, subject, platform, passed_at, counts, batch_id)
		values ($1, $2, $3, $4, $5, clock_timestamp(), $6, nullif($7, ''))
		on conflict (person_id, generation, kind, subject)
		do update set passed_at = excluded.passed_at, counts = excluded.counts, batch_id = excluded.batch_id`,
		p.personID, r.Generation, r.Kind, r.Subject, r.Platform, pass.counts, pass.batch); err != nil {
		return fmt.Errorf("pass the guard: %w", err)
	}
	if standing.ApprovalID == "" {
		return nil
	}
	if err := p.WithdrawApproval(standing.ApprovalID, "nobody has to release it any more"); err != nil {
		return err
	}
	return p.TakeUpApproval(standing.ApprovalID)
}

// guardDecided is the answer to somebody whom the guard holds already: nobody passes because time has.
func (p *PersonTx) guardDecided(r GuardRequest, standing guardStanding) (*lifecycle.Guarded, error) {
	approval, err := p.Approval(standing.ApprovalID)
	if err != nil {
		return nil, err
	}
	switch approval.State {
	case ApprovalApproved:
		if err := p.passGuard(r, standing, guardPass{}); err != nil {
			return nil, err
		}
		return nil, p.AddTimeline(TimelineEntry{
			Kind: TimelineGuardPassed, Text: fmt.Sprintf("released from the guard (%s) by approval %s", r.Kind, approval.ID), WorkflowID: r.WorkflowID,
		})
	case ApprovalOpen:
		return &lifecycle.Guarded{Asked: askedOf(approval)}, nil
	case ApprovalRejected:
		if r.Refused != approval.ID {
			return &lifecycle.Guarded{Asked: askedOf(approval), Refused: true}, p.TakeUpApproval(approval.ID)
		}
		return p.holdByGuard(r, nil)
	}
	return p.countGuard(r, standing) // withdrawn: it was not needed for a while
}

func askedOf(a Approval) lifecycle.Asked {
	asked := lifecycle.Asked{ApprovalID: a.ID, Kind: a.Kind, Question: a.Question}
	if a.Deadline != nil {
		asked.Deadline = *a.Deadline
	}
	return asked
}

func (p *PersonTx) countGuard(r GuardRequest, standing guardStanding) (*lifecycle.Guarded, error) {
	count := lifecycle.GuardCount{Kind: r.Kind, Passed: standing.Counted, Queue: r.Queue}
	if standing.ShareOf != nil {
		count.Of = *standing.ShareOf
	} else {
		var err error
		if count.Of, err = p.countShare(r); err != nil {
			return nil, err
		}
	}
	if r.Kind == lifecycle.GuardDeactivation {
		var err error
		if count.Coming, err = p.leaving(r); err != nil {
			return nil, err
		}
	}
	if r.Limits.QueueMinimum[r.Queue] > 0 {
		gone, err := p.removed(r)
		if err != nil {
			return nil, err
		}
		count.Left = count.Of - gone - 1
	}
	verdict := lifecycle.Guard(r.Limits, count)
	if !verdict.Over {
		return nil, p.passGuard(r, guardStanding{}, guardPass{counts: true})
	}
	return p.holdByGuard(r, &GuardTrip{
		Platform: r.Platform, Kind: r.Kind, Subject: r.Subject, Passed: count.Passed, Allowed: verdict.Limit, ShareOf: count.Of,
		Because: verdict.Because, MappingVersion: r.MappingVersion,
	})
}

// leaving are the others whose deactivation is about to be asked for: a termination has them, or HR has told of an end that is not known to
// lie ahead. Whoever has passed, was announced, or was decided about is none of them.
func (p *PersonTx) leaving(r GuardRequest) (coming int, err error) {
	err = p.tx.QueryRow(p.ctx, `
		with leaving as (
			select person_id from agents where operation = 'termination'
			union select person_id from hr_events where event_type = 'USER_TERMINATE' and outcome is null and (waiting_until is null or waiting_until <= clock_timestamp())
		)
		select count(*) from leaving join agents a using (person_id)
		where a.person_id <> $1 and a.platform = $2 and a.lifecycle_state = any($3)
		  and not exists (select from guard_ledger l left join approvals asked on asked.id = l.approval_id
			where l.person_id = a.person_id and l.kind = $4
			  and (l.passed_at > clock_timestamp() - make_interval(secs => $5) or l.generation = a.generation and asked.state in ('approved', 'rejected')))
		  and not exists (select from person_ids i join guard_batch_people m using (external_id) join guard_batches b on b.id = m.batch_id and b.namespace = i.namespace
			where i.person_id = a.person_id and b.kind = $6 and b.confirmed_at is not null
			  and clock_timestamp() >= b.starts_at and clock_timestamp() < b.ends_at)`,
		p.personID, r.Platform, working(), r.Kind, r.Limits.Window.Seconds(), lifecycle.Announced(r.Kind)).Scan(&coming)
	if err != nil {
		return 0, fmt.Errorf("count who else leaves: %w", err)
	}
	return coming, nil
}

// removed are those who have passed within the window, by whomever's word.
func (p *PersonTx) removed(r GuardRequest) (gone int, err error) {
	err = p.tx.QueryRow(p.ctx, `
		select count(distinct person_id) from guard_ledger
		where platform = $1 and kind = $2 and subject = $3 and passed_at > clock_timestamp() - make_interval(secs => $4)`,
		r.Platform, r.Kind, r.Subject, r.Limits.Window.Seconds()).Scan(&gone)
	if err != nil {
		return 0, fmt.Errorf("count who has left %s: %w", r.Subject, err)
	}
	return gone, nil
}

// The numbers that limits are shares of. Each is as it was when the window began, as far as the ledger tells: a limit does not shrink
// because it is being used up, nor grow because of the hires that it is to bound.
const (
	inState = `coalesce(platform, $1) = $1 and lifecycle_state = any($3)`
	lately  = `(select person_id from guard_ledger where platform = $1 and passed_at > clock_timestamp() - make_interval(secs => $2) and kind = `

	countActive = `select count(*) from agents where ` + inState + ` or coalesce(platform, $1) = $1 and person_id in ` + lately + `'deactivation')`
	countHired  = `select count(*) from agents where ` + inState + ` and person_id not in ` + lately + `'creation')`
	// Members by the plan that stands, whether it has been carried out or is to be once more, and by the one that stood when the window began:
	// whoever was planned out since has not lost it before they ask.
	countMembers = `
		select count(*) from (
			select a.person_id from agents a cross join lateral (
				(select body from plans where person_id = a.person_id and a.plan_digest in (digest, '') order by generation desc, created_at desc limit 1)
				union all
				(select body from plans where person_id = a.person_id and created_at <= clock_timestamp() - make_interval(secs => $2)
				order by generation desc, created_at desc limit 1)
			) planned
			where ` + inState + ` and planned.body #> $4 @> jsonb_build_array(jsonb_build_object('name', $5::text))
			union select person_id from guard_ledger
			where platform = $1 and kind = 'removal' and subject = $6 and asked_at > clock_timestamp() - make_interval(secs => $2)
			union select $7::text
		) members`
)

// working are the states of those who have an account that is not inactive yet.
func working() []lifecycle.State {
	return []lifecycle.State{lifecycle.Active, lifecycle.Isolating, lifecycle.Draining}
}

// countShare counts what the limit is a share of, and keeps it for a minute.
func (p *PersonTx) countShare(r GuardRequest) (of int, err error) {
	sql, args := countActive, []any{r.Platform, r.Limits.Window.Seconds(), working()}
	switch {
	case r.Kind == lifecycle.GuardCreation:
		sql = countHired
	case r.Kind == lifecycle.GuardRemoval && r.Queue != "":
		sql, args = countMembers, append(args, []string{"desired", "queues"}, r.Queue, r.Subject, p.personID)
	case r.Kind == lifecycle.GuardRemoval:
		sql, args = countMembers, append(args, []string{"desired", "skills"}, r.Skill, r.Subject, p.personID)
	}
	if err := p.tx.QueryRow(p.ctx, sql, args...).Scan(&of); err != nil {
		return 0, fmt.Errorf("count what a limit of %ss is a share of: %w", r.Kind, err)
	}
	_, err = p.tx.Exec(p.ctx, `
		insert into guard_shares (platform, kind, subject, share_of, counted_at) values ($1, $2, $3, $4, clock_timestamp())
		on conflict (platform, kind, subject) do update set share_of = excluded.share_of, counted_at = excluded.counted_at`,
		r.Platform, r.Kind, r.Subject, of)
	if err != nil {
		return 0, fmt.Errorf("keep what a limit of %ss is a share of: %w", r.Kind, err)
	}
	return of, nil
}

// holdByGuard asks for the release, under the limit's open trip or a new one; now is how the limit stands, nil where somebody only asks
// again.
func (p *PersonTx) holdByGuard(r GuardRequest, now *GuardTrip) (*lifecycle.Guarded, error) {
	trip, err := p.openTrip(r, now)
	if err != nil {
		return nil, err
	}
	deadline := r.Now.Add(r.Limits.Answer(r.Kind))
	approval, err := p.OpenApproval(Approval{
		Kind: lifecycle.ApprovalGuardRelease, PlanDigest: guardBinds(r.Kind, r.Subject), Generation: r.Generation, WorkflowID: r.WorkflowID,
		RequestedBy: ActorMuster, Deadline: &deadline, Question: fmt.Sprintf("%s The guard holds it (%s): %s.", r.Question, trip.ID, trip.Because),
	})
	if err != nil {
		return nil, err
	}
	if _, err := p.tx.Exec(p.ctx, `
		insert into guard_ledger (person_id, generation, kind, subject, platform, trip_id, approval_id) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (person_id, generation, kind, subject) do update set trip_id = excluded.trip_id, approval_id = excluded.approval_id`,
		p.personID, r.Generation, r.Kind, r.Subject, r.Platform, trip.ID, approval.ID); err != nil {
		return nil, fmt.Errorf("hold by the guard: %w", err)
	}
	return &lifecycle.Guarded{Asked: askedOf(approval)}, p.AddTimeline(TimelineEntry{
		Kind: TimelineGuardHolds, WorkflowID: r.WorkflowID,
		Text: fmt.Sprintf("the guard holds the %s (trip %s) until approval %s is granted", r.Kind, trip.ID, approval.ID),
	})
}

// guardBinds is what a release is bound to.
func guardBinds(kind lifecycle.GuardKind, subject string) string {
	if subject == "" {
		return string(kind)
	}
	return string(kind) + " " + subject
}

// openTrip is the limit's open trip. Whoever opens one tells of it; that of the hard stop is what pages.
func (p *PersonTx) openTrip(r GuardRequest, now *GuardTrip) (GuardTrip, error) {
	trip, err := one[GuardTrip](p.ctx, p.tx, "the open trip", `
		select `+tripColumns+` from guard_trips where platform = $1 and kind = $2 and subject = $3 and closed_at is null`, r.Platform, r.Kind, r.Subject)
	if !errors.Is(err, ErrNotFound) {
		return trip, err
	}
	if now == nil {
		// The trip that held the person is over; the release is asked for again under one of its own.
		last, err := one[GuardTrip](p.ctx, p.tx, "the last trip", `
			select `+tripColumns+` from guard_trips where platform = $1 and kind = $2 and subject = $3
			order by opened_at desc limit 1`, r.Platform, r.Kind, r.Subject)
		if err != nil {
			return GuardTrip{}, err
		}
		now = &last
	}
	trip, err = one[GuardTrip](p.ctx, p.tx, "the opened trip", `
		insert into guard_trips (id, platform, kind, subject, passed, allowed, share_of, because, mapping_version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning `+tripColumns,
		newID(tripPrefix), now.Platform, now.Kind, now.Subject, now.Passed, now.Allowed, now.ShareOf, now.Because, now.MappingVersion)
	if err != nil {
		return GuardTrip{}, err
	}
	return trip, raiseAlert(p.ctx, p.tx, trip.alert())
}

func (t GuardTrip) alert() Alert {
	if t.Kind == lifecycle.GuardIsolation {
		return Alert{
			Kind: AlertHardStop, Severity: SeverityCritical, SubjectID: t.ID,
			Text: "The hard stop: more accesses were cut within a quarter of an hour than may be. The rest waits, dismissals aside, until somebody lifts it.",
		}
	}
	return Alert{
		Kind: AlertGuardTripped, Severity: SeverityWarning, SubjectID: t.ID,
		Text: "The mass-change guard holds people: a limit is reached. What cannot be undone waits until somebody releases it.",
	}
}

// WithdrawReleases closes what the guard has asked about operations up to a generation: nothing waits for it any more.
func (p *PersonTx) WithdrawReleases(upTo int64, reason string) error {
	return p.closeQuestions(upTo, reason, func(a Approval) bool { return !ofGuard(a) }, func(r Review) bool { return r.Kind != lifecycle.ReviewGuardRefused })
}

// DoesNotCount takes back that somebody counts who has passed in this generation: it was not done after all.
func (p *PersonTx) DoesNotCount(kind lifecycle.GuardKind, generation int64) error {
	_, err := p.tx.Exec(p.ctx, `
		update guard_ledger set counts = false where person_id = $1 and generation = $2 and kind = $3 and passed_at is not null`, p.personID, generation, kind)
	if err != nil {
		return fmt.Errorf("take back that a %s counts: %w", kind, err)
	}
	return nil
}
