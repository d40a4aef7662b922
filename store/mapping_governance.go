package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// MappingRefusal says why a step cannot be taken with a version as it stands.
type MappingRefusal struct {
	Version int
	State   MappingState
	Why     string
}

func (r *MappingRefusal) Error() string {
	return fmt.Sprintf("mapping version %d is %s: %s", r.Version, r.State, r.Why)
}

// Submission is a text that asks to become a version.
type Submission struct {
	YAML   []byte
	Digest string
	// Author is who wrote the text.
	Author string
	Reason string
}

// SubmitMapping gives a text its number; it waits for somebody else's approval then. Rules equal to the newest publication's, or to those
// of a version that waits already, are that version: nothing is added, and added is false.
func (s *Store) SubmitMapping(ctx context.Context, in Submission) (submitted MappingVersion, added bool, err error) {
	err = s.withMapping(ctx, "submit a mapping version", func(tx pgx.Tx) (err error) {
		submitted, added, err = submitMapping(ctx, tx, in)
		return err
	})
	return submitted, added, err
}

func submitMapping(ctx context.Context, tx pgx.Tx, in Submission) (MappingVersion, bool, error) {
	base, err := newestPublished(ctx, tx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return MappingVersion{}, false, err
	}
	if base.Version > 0 && base.Digest == in.Digest {
		return base, false, nil
	}
	waiting, err := one[MappingVersion](ctx, tx, "an equal version that waits", `
		select * from (select `+mappingColumns("v.yaml")+`) w
		where digest = $1 and base_version = $2 and state in ('submitted', 'approved') order by version desc limit 1`, in.Digest, base.Version)
	if err == nil {
		return waiting, false, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return MappingVersion{}, false, err
	}
	version, err := addMappingText(ctx, tx, in, base.Version)
	if err != nil {
		return MappingVersion{}, false, err
	}
	if err := takeMappingStep(ctx, tx, mappingStep{
		version: version, step: "submitted", actor: in.Author, reason: in.Reason,
		detail: map[string]any{"digest": in.Digest, "base_version": base.Version},
	}); err != nil {
		return MappingVersion{}, false, err
	}
	submitted, err := mappingVersion(ctx, tx, version)
	if err != nil {
		return MappingVersion{}, false, err
	}
	return submitted, true, raiseAlert(ctx, tx, Alert{
		Kind: AlertMappingSubmitted, Severity: SeverityInfo, SubjectID: MappingSubject(version),
		Text: fmt.Sprintf("Mapping version %d waits for the approval of somebody other than its author.", version),
	})
}

// MappingSubject is a version as an alert's subject.
func MappingSubject(version int) string { return fmt.Sprintf("version %d", version) }

func addMappingText(ctx context.Context, tx pgx.Tx, in Submission, base int) (version int, err error) {
	err = tx.QueryRow(ctx, `
		insert into mapping_versions (version, yaml, digest, author, reason, base_version)
		select coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5 from mapping_versions returning version`,
		in.YAML, in.Digest, in.Author, in.Reason, base).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("keep the text: %w", err)
	}
	return version, nil
}

// mappingStep is a step to be taken.
type mappingStep struct {
	version       int
	step          string
	actor, reason string
	effectiveAt   *time.Time
	managed       json.RawMessage
	detail        map[string]any
}

// takeMappingStep records a step, for the audit trail too, in the transaction that it belongs to.
func takeMappingStep(ctx context.Context, tx pgx.Tx, s mappingStep) error {
	_, err := tx.Exec(ctx, `
		insert into mapping_steps (version, step, actor, reason, effective_at, managed) values ($1, $2, $3, $4, $5, $6)`,
		s.version, s.step, s.actor, s.reason, s.effectiveAt, s.managed)
	if err != nil {
		return fmt.Errorf("record that version %d is %s: %w", s.version, s.step, err)
	}
	if s.step != "submitted" {
		if err := closeAlerts(ctx, tx, "the version is "+s.step, AlertKey(AlertMappingSubmitted, MappingSubject(s.version))); err != nil {
			return err
		}
	}
	detail := map[string]any{"version": s.version, "reason": s.reason}
	for name, value := range s.detail {
		detail[name] = value
	}
	raw, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("describe the step for the audit trail: %w", err)
	}
	return addAudit(ctx, tx, AuditFact{Actor: s.actor, ActorVerified: true, Action: "mapping." + s.step, Detail: raw})
}

// ApproveMapping approves a submitted version. The author is refused, under whatever name (*SecondPersonError); so is one that another
// version was published after (*MappingRefusal): what its author and its approver saw changed is not what would change.
func (s *Store) ApproveMapping(ctx context.Context, version int, d Decision) (MappingVersion, error) {
	return s.stepMapping(ctx, version, func(tx pgx.Tx, v MappingVersion) error {
		if v.State != MappingSubmitted {
			return &MappingRefusal{v.Version, v.State, "only a submitted version can be approved"}
		}
		if d.by(v.Author) {
			return &SecondPersonError{Why: "whoever wrote a version cannot approve it"}
		}
		if err := sameBase(ctx, tx, v); err != nil {
			return err
		}
		return takeMappingStep(ctx, tx, mappingStep{version: version, step: "approved", actor: d.Actor, reason: d.Reason})
	})
}

// RejectMapping refuses a submitted version for good; the author may submit another one.
func (s *Store) RejectMapping(ctx context.Context, version int, d Decision) (MappingVersion, error) {
	return s.stepMapping(ctx, version, func(tx pgx.Tx, v MappingVersion) error {
		if v.State != MappingSubmitted {
			return &MappingRefusal{v.Version, v.State, "only a submitted version can be rejected"}
		}
		return takeMappingStep(ctx, tx, mappingStep{version: version, step: "rejected", actor: d.Actor, reason: d.Reason})
	})
}

// tooLateToWithdraw is how long before it takes effect a version can no longer be withdrawn.
const tooLateToWithdraw = time.Minute

// WithdrawMapping takes a version back that is not in force yet, and never was.
func (s *Store) WithdrawMapping(ctx context.Context, version int, d Decision) (MappingVersion, error) {
	return s.stepMapping(ctx, version, func(tx pgx.Tx, v MappingVersion) error {
		switch v.State {
		case MappingSubmitted, MappingApproved:
		case MappingScheduled:
			if time.Until(*v.EffectiveAt) < tooLateToWithdraw {
				return &MappingRefusal{v.Version, v.State, "it takes effect within the minute, and a worker whose clock is ahead may have used it: go back by a version"}
			}
			if err := noneOnTop(ctx, tx, v); err != nil {
				return err
			}
			if err := endRolloutsOf(ctx, tx, version); err != nil {
				return err
			}
		case MappingPublished, MappingSuperseded, MappingRejected, MappingWithdrawn:
			return &MappingRefusal{v.Version, v.State, "only a version that is not in force yet can be withdrawn; go back by submitting a former version's text"}
		}
		return takeMappingStep(ctx, tx, mappingStep{version: version, step: "withdrawn", actor: d.Actor, reason: d.Reason})
	})
}

// noneOnTop refuses to take a publication away from under a later one, whose author built on it.
func noneOnTop(ctx context.Context, tx pgx.Tx, v MappingVersion) error {
	newest, err := newestPublished(ctx, tx)
	if err != nil {
		return err
	}
	if newest.Version != v.Version {
		return &MappingRefusal{v.Version, v.State, fmt.Sprintf("version %d was published on top of it: withdraw that one first", newest.Version)}
	}
	return nil
}

// Publication puts an approved version in force.
type Publication struct {
	Version int
	// EffectiveAt is from when on; zero means at once.
	EffectiveAt time.Time
	// Managed is the JSON of every construct that Muster manages from then on.
	Managed json.RawMessage
	// Dates are the instants after EffectiveAt on which a rule of the version begins or ends.
	Dates []RolloutDate
	By    Decision
}

// RolloutDate is an instant on which the answers of a version change, with the rules that begin or end.
type RolloutDate struct {
	At    time.Time
	About []string
}

// PublishMapping puts an approved version in force, at once or from an instant on, and schedules the rollouts by which it reaches people:
// one when it takes effect, one for each date in it. *MappingRefusal when it is not approved, when another version was published since it
// was submitted, or when it would take effect before one that is published already.
func (s *Store) PublishMapping(ctx context.Context, p Publication) (MappingVersion, error) {
	return s.stepMapping(ctx, p.Version, func(tx pgx.Tx, v MappingVersion) error {
		if v.State != MappingApproved {
			return &MappingRefusal{v.Version, v.State, "only an approved version can be published"}
		}
		if err := sameBase(ctx, tx, v); err != nil {
			return err
		}
		effective, err := effectiveAt(ctx, tx, v, p.EffectiveAt)
		if err != nil {
			return err
		}
		if err := publish(ctx, tx, p, effective); err != nil {
			return err
		}
		return scheduleRollout(ctx, tx, p.Version, RolloutPublication, RolloutDate{At: effective})
	})
}

func publish(ctx context.Context, tx pgx.Tx, p Publication, effective time.Time) error {
	if err := takeMappingStep(ctx, tx, mappingStep{
		version: p.Version, step: "published", actor: p.By.Actor, reason: p.By.Reason, effectiveAt: &effective, managed: object(p.Managed),
		detail: map[string]any{"effective_at": effective},
	}); err != nil {
		return err
	}
	return scheduleDates(ctx, tx, p, effective)
}

// scheduleDates schedules a rollout for every date of a version after it took effect.
func scheduleDates(ctx context.Context, tx pgx.Tx, p Publication, effective time.Time) error {
	for _, date := range p.Dates {
		if !date.At.After(effective) {
			continue
		}
		if err := scheduleRollout(ctx, tx, p.Version, RolloutByDate, date); err != nil {
			return err
		}
	}
	return nil
}

// sameBase refuses a version that another one was published after.
func sameBase(ctx context.Context, tx pgx.Tx, v MappingVersion) error {
	newest, err := newestPublished(ctx, tx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if newest.Version != v.BaseVersion {
		return &MappingRefusal{v.Version, v.State, fmt.Sprintf(
			"it was written on top of version %d, and version %d was published since: submit it again, so that what changes is seen anew",
			v.BaseVersion, newest.Version)}
	}
	return nil
}

// effectiveAt is from when on a version is in force. Publications take effect in the order in which they were made: otherwise a later day
// would bring back what a hotfix had replaced.
func effectiveAt(ctx context.Context, tx pgx.Tx, v MappingVersion, wanted time.Time) (time.Time, error) {
	var now time.Time
	if err := tx.QueryRow(ctx, `select clock_timestamp()`).Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("ask for the time: %w", err)
	}
	if wanted.IsZero() {
		wanted = now
	} else if wanted.Before(now) {
		return time.Time{}, &MappingRefusal{v.Version, v.State, fmt.Sprintf(
			"it cannot take effect in the past (%s): name a later instant, or none for at once", wanted.UTC().Format(time.RFC3339))}
	}
	base, err := newestPublished(ctx, tx)
	if errors.Is(err, ErrNotFound) {
		return wanted, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	if !wanted.After(*base.EffectiveAt) {
		return time.Time{}, &MappingRefusal{v.Version, v.State, fmt.Sprintf(
			"version %d takes effect at %s and would then undo it: publish this one from later on, or withdraw that one and submit this text again",
			base.Version, base.EffectiveAt.UTC().Format(time.RFC3339))}
	}
	return wanted, nil
}

// stepMapping takes a step with a version while nobody else does, and returns the version as it stands then.
func (s *Store) stepMapping(ctx context.Context, version int, step func(tx pgx.Tx, v MappingVersion) error) (after MappingVersion, err error) {
	err = s.withMapping(ctx, fmt.Sprintf("change mapping version %d", version), func(tx pgx.Tx) error {
		before, err := mappingVersion(ctx, tx, version)
		if err != nil {
			return err
		}
		if err := step(tx, before); err != nil {
			return err
		}
		after, err = mappingVersion(ctx, tx, version)
		return err
	})
	var refusal *MappingRefusal
	if errors.As(err, &refusal) {
		err = refusal // said to people as it is
	}
	return after, err
}

// BeginMapping makes a text the first version of an empty registry, in force at once: there is nobody yet who could approve it. A registry
// that has a version stays as it is, and begun is false.
func (s *Store) BeginMapping(ctx context.Context, in Submission, p Publication) (begun bool, err error) {
	err = s.withMapping(ctx, "begin the mapping registry", func(tx pgx.Tx) error {
		var versions int
		if err := tx.QueryRow(ctx, `select count(*) from mapping_versions`).Scan(&versions); err != nil {
			return fmt.Errorf("count the versions: %w", err)
		}
		if versions > 0 {
			return nil
		}
		number, err := addMappingText(ctx, tx, in, 0)
		if err != nil {
			return err
		}
		if err := takeMappingStep(ctx, tx, mappingStep{version: number, step: "submitted", actor: in.Author, reason: in.Reason}); err != nil {
			return err
		}
		var now time.Time
		if err := tx.QueryRow(ctx, `select clock_timestamp()`).Scan(&now); err != nil {
			return fmt.Errorf("ask for the time: %w", err)
		}
		p.Version, p.By.Reason = number, "the first version, which nobody is there to approve"
		begun = true
		return publish(ctx, tx, p, now)
	})
	return begun && err == nil, err
}
