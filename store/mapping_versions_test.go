package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/mapping"
	"muster/store"
	"muster/testenv"
)

// rules are the example's with another skill code, so that they are other rules.
func rules(code string) []byte {
	return []byte(strings.ReplaceAll(string(mapping.Example()), "SVC_BILLING", code))
}

func submit(t testing.TB, s *store.Store, yaml []byte, author string) store.MappingVersion {
	t.Helper()
	submitted, _, err := s.SubmitMapping(t.Context(), store.Submission{YAML: yaml, Digest: mapping.Digest(yaml), Author: author, Reason: "for a test"})
	require.NoError(t, err)
	return submitted
}

func word(actor string, logins ...string) store.Decision {
	return store.Decision{Actor: actor, Logins: logins, Reason: "for a test"}
}

func publication(t testing.TB, version store.MappingVersion, from time.Time) store.Publication {
	t.Helper()
	registry, err := version.Registry()
	require.NoError(t, err)
	p, err := store.NewPublication(registry, nil, from, word("ana"))
	require.NoError(t, err)
	return p
}

func stateOf(t testing.TB, s *store.Store, version int) store.MappingState {
	t.Helper()
	found, err := s.MappingVersion(t.Context(), version)
	require.NoError(t, err)
	return found.State
}

// refusedStep is why a step was not taken.
func refusedStep(t testing.TB, err error) string {
	t.Helper()
	var refusal *store.MappingRefusal
	require.ErrorAs(t, err, &refusal)
	return refusal.Why
}

func TestAVersionGoesFromSubmissionToForce(t *testing.T) {
	s, _ := open(t)
	_, err := s.MappingInForce(t.Context(), time.Now())
	require.ErrorIs(t, err, store.ErrNotFound)

	one := submit(t, s, rules("A"), "ana")
	require.Equal(t, 1, one.Version)
	require.Equal(t, store.MappingSubmitted, one.State)
	one, err = s.ApproveMapping(t.Context(), 1, word("ben"))
	require.NoError(t, err)
	require.Equal(t, store.MappingApproved, one.State)
	_, err = s.MappingInForce(t.Context(), time.Now())
	require.ErrorIs(t, err, store.ErrNotFound, "what is approved is not in force")
	one, err = s.PublishMapping(t.Context(), publication(t, one, time.Time{}))
	require.NoError(t, err)
	require.Equal(t, store.MappingPublished, one.State)

	inForce, err := s.MappingInForce(t.Context(), time.Now())
	require.NoError(t, err)
	require.Equal(t, 1, inForce.Version)
	require.Equal(t, string(rules("A")), string(inForce.YAML))
	steps, err := s.MappingSteps(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []string{"submitted ana", "approved ben", "published ana"},
		[]string{steps[0].Step + " " + steps[0].Actor, steps[1].Step + " " + steps[1].Actor, steps[2].Step + " " + steps[2].Actor})

	testenv.Publish(t, s, rules("B"))
	require.Equal(t, store.MappingSuperseded, stateOf(t, s, 1))
	require.Equal(t, store.MappingPublished, stateOf(t, s, 2))
}

func TestTheNumberOfTheVersionInForceIsThatOfTheVersion(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	inForce := func(at time.Time) (number int, err error) {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
			number, err = p.MappingVersionInForce(at)
			if version, inForceErr := p.MappingInForce(at); inForceErr == nil {
				require.Equal(t, version.Version, number)
			}
			return nil
		})
		return number, err
	}
	_, err := inForce(time.Now())
	require.ErrorIs(t, err, store.ErrNotFound)
	testenv.Publish(t, s, rules("A"))
	testenv.PublishAt(t, s, rules("B"), time.Now().Add(time.Hour))
	for at, want := range map[time.Duration]int{-time.Hour: 1, 0: 1, 2 * time.Hour: 2} {
		number, err := inForce(time.Now().Add(at))
		require.NoError(t, err)
		require.Equal(t, want, number, at)
	}
}

func TestEveryStepIsAuditedWithIt(t *testing.T) {
	s, conn := open(t)
	testenv.Publish(t, s, rules("A"))
	var actions []string
	facts, _, err := s.AuditTrail(t.Context(), store.AuditFilter{}, "", 0)
	require.NoError(t, err)
	for _, fact := range facts {
		actions = append(actions, fact.Action+" "+fact.Actor)
	}
	require.Equal(t, []string{"mapping.submitted ana", "mapping.approved ben", "mapping.published ana"}, actions)

	_, err = conn.Exec(t.Context(), "revoke insert on audit from muster_app")
	require.NoError(t, err)
	_, _, err = s.SubmitMapping(t.Context(), store.Submission{YAML: rules("B"), Digest: mapping.Digest(rules("B")), Author: "ana"})
	require.Error(t, err)
	require.Equal(t, 1, count(t, conn, "mapping_versions"), "no version without its fact")
}

func TestTheSameRulesAgainAreTheSameVersion(t *testing.T) {
	s, conn := open(t)
	require.Equal(t, 1, testenv.Publish(t, s, rules("A")))
	require.Equal(t, 1, testenv.Publish(t, s, append(rules("A"), "\n# a comment\n"...)))
	require.Equal(t, 2, submit(t, s, rules("B"), "ana").Version)
	require.Equal(t, 2, submit(t, s, rules("B"), "cleo").Version, "one that waits is not submitted twice")
	require.Equal(t, 2, count(t, conn, "mapping_versions"))

	require.Equal(t, 3, testenv.Publish(t, s, rules("C")))
	require.Equal(t, 4, testenv.Publish(t, s, rules("A")), "going back is a new version")
}

func TestNobodyApprovesWhatTheyWrote(t *testing.T) {
	s, _ := open(t)
	submit(t, s, rules("A"), "ana")
	for name, by := range map[string]store.Decision{
		"the author": word("ana"), "written otherwise": word("ANA"), "by another login": word("ana.admin", "ana.admin", "ana"),
	} {
		_, err := s.ApproveMapping(t.Context(), 1, by)
		var second *store.SecondPersonError
		require.ErrorAs(t, err, &second, name)
		require.Equal(t, store.MappingSubmitted, stateOf(t, s, 1), name)
	}
}

func TestNothingIsPublishedThatWasNotApproved(t *testing.T) {
	s, _ := open(t)
	submitted := submit(t, s, rules("A"), "ana")
	_, err := s.PublishMapping(t.Context(), publication(t, submitted, time.Time{}))
	require.Contains(t, refusedStep(t, err), "only an approved version")

	_, err = s.RejectMapping(t.Context(), 1, word("ben"))
	require.NoError(t, err)
	_, err = s.ApproveMapping(t.Context(), 1, word("ben"))
	require.Contains(t, refusedStep(t, err), "only a submitted version")
	_, err = s.PublishMapping(t.Context(), publication(t, submitted, time.Time{}))
	require.Contains(t, refusedStep(t, err), "only an approved version")
}

func TestAVersionWhoseBaseIsGoneIsSubmittedAnew(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	slow := submit(t, s, rules("B"), "ana")
	late := submit(t, s, rules("C"), "ana")
	_, err := s.ApproveMapping(t.Context(), late.Version, word("ben"))
	require.NoError(t, err)
	testenv.Publish(t, s, rules("D"))

	_, err = s.ApproveMapping(t.Context(), slow.Version, word("ben"))
	require.Contains(t, refusedStep(t, err), "version 4 was published since")
	_, err = s.PublishMapping(t.Context(), publication(t, late, time.Time{}))
	require.Contains(t, refusedStep(t, err), "version 4 was published since")
	again := submit(t, s, rules("B"), "ana")
	require.Equal(t, 5, again.Version)
	require.Equal(t, 4, again.BaseVersion)
}

func TestADatedVersionIsInForceFromItsInstantOn(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	from := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Microsecond)
	testenv.PublishAt(t, s, rules("B"), from)
	require.Equal(t, store.MappingScheduled, stateOf(t, s, 2))
	require.Equal(t, store.MappingPublished, stateOf(t, s, 1))
	for _, instant := range []struct {
		at   time.Time
		want int
	}{{from.Add(-time.Microsecond), 1}, {from, 2}, {from.Add(time.Hour), 2}} {
		inForce, err := s.MappingInForce(t.Context(), instant.at)
		require.NoError(t, err)
		require.Equal(t, instant.want, inForce.Version, instant.at)
	}
	newest, err := s.NewestPublication(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, newest.Version, "what comes next is written on top of what is scheduled")
}

func TestPublicationsTakeEffectInTheirOrder(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	from := time.Now().Add(24 * time.Hour)
	testenv.PublishAt(t, s, rules("B"), from)
	hotfix := submit(t, s, rules("C"), "ana")
	_, err := s.ApproveMapping(t.Context(), hotfix.Version, word("ben"))
	require.NoError(t, err)
	_, err = s.PublishMapping(t.Context(), publication(t, hotfix, time.Time{}))
	require.Contains(t, refusedStep(t, err), "version 2 takes effect at")
	_, err = s.PublishMapping(t.Context(), publication(t, hotfix, time.Now().Add(-time.Hour)))
	require.Contains(t, refusedStep(t, err), "in the past")

	_, err = s.WithdrawMapping(t.Context(), 2, word("ana"))
	require.NoError(t, err)
	require.Equal(t, 4, testenv.Publish(t, s, rules("D")), "with the scheduled one out of the way a hotfix is published at once")
	inForce, err := s.MappingInForce(t.Context(), from.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 4, inForce.Version, "a withdrawn version never takes effect")
}

func TestWhatIsInForceCannotBeWithdrawn(t *testing.T) {
	s, _ := open(t)
	testenv.Publish(t, s, rules("A"))
	_, err := s.WithdrawMapping(t.Context(), 1, word("ana"))
	require.Contains(t, refusedStep(t, err), "go back by submitting a former version's text")
	testenv.PublishAt(t, s, rules("B"), time.Now().Add(time.Hour))
	testenv.PublishAt(t, s, rules("C"), time.Now().Add(2*time.Hour))
	_, err = s.WithdrawMapping(t.Context(), 2, word("ana"))
	require.Contains(t, refusedStep(t, err), "version 3 was published on top of it")
	_, err = s.MappingVersion(t.Context(), 9)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAVersionCannotBeWithdrawnInTheLastMinute(t *testing.T) {
	s, _ := open(t)
	testenv.PublishAt(t, s, rules("A"), time.Now().Add(30*time.Second))
	_, err := s.WithdrawMapping(t.Context(), 1, word("ana"))
	require.Contains(t, refusedStep(t, err), "within the minute")
}

func TestNobodyChangesAVersionOrItsSteps(t *testing.T) {
	s, conn := open(t)
	testenv.Publish(t, s, rules("A"))
	for _, statement := range []string{
		"update mapping_versions set yaml = 'x'", "delete from mapping_versions", "update mapping_steps set actor = 'x'", "delete from mapping_steps",
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.ErrorContains(t, err, "never changed", statement)
	}
}

func TestVersionsSubmittedAtOnceGetDifferentNumbers(t *testing.T) {
	s, _ := open(t)
	var editors sync.WaitGroup
	for i := range 10 {
		editors.Go(func() {
			yaml := rules("CODE" + number(i))
			_, _, _ = s.SubmitMapping(t.Context(), store.Submission{YAML: yaml, Digest: mapping.Digest(yaml), Author: "ana"})
		})
	}
	editors.Wait()
	versions, err := s.MappingVersions(t.Context())
	require.NoError(t, err)
	require.Len(t, versions, 10)
	require.Equal(t, 10, versions[0].Version)
}

func TestOfTwoWhoPublishAtOnceOneIsRefused(t *testing.T) {
	s, _ := open(t)
	var versions []store.MappingVersion
	for _, code := range []string{"A", "B", "C", "D"} {
		v := submit(t, s, rules(code), "ana")
		_, err := s.ApproveMapping(t.Context(), v.Version, word("ben"))
		require.NoError(t, err)
		versions = append(versions, v)
	}
	refusals := make([]error, len(versions))
	var publishers sync.WaitGroup
	for i, v := range versions {
		p := publication(t, v, time.Time{})
		publishers.Go(func() { _, refusals[i] = s.PublishMapping(t.Context(), p) })
	}
	publishers.Wait()
	published := 0
	for _, err := range refusals {
		if err == nil {
			published++
			continue
		}
		require.Contains(t, refusedStep(t, err), "was published since")
	}
	require.Equal(t, 1, published)
}

func TestTheFirstVersionOfAnEmptyRegistryNeedsNobodysApproval(t *testing.T) {
	s, _ := open(t)
	registry, err := mapping.Parse(1, "first.yaml", rules("A"))
	require.NoError(t, err)
	first, err := store.NewPublication(registry, nil, time.Time{}, word("setup"))
	require.NoError(t, err)
	begin := func(code string) bool {
		begun, err := s.BeginMapping(t.Context(), store.Submission{YAML: rules(code), Digest: mapping.Digest(rules(code)), Author: "setup"}, first)
		require.NoError(t, err)
		return begun
	}
	require.True(t, begin("A"))
	require.Equal(t, store.MappingPublished, stateOf(t, s, 1))
	require.False(t, begin("B"), "a registry that has begun is changed by approval only")
	inForce, err := s.MappingInForce(t.Context(), time.Now())
	require.NoError(t, err)
	require.Equal(t, string(rules("A")), string(inForce.YAML))
}

func TestVersionsFromBeforeAreInForceSinceTheyWereAdded(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	require.NoError(t, store.MigrateTo(t.Context(), url, 11))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for version, code := range map[int]string{1: "A", 2: "B"} {
		_, err = conn.Exec(t.Context(), `insert into mapping_versions (version, yaml, digest, author, reason, created_at)
			values ($1, $2, $3, 'ana', 'from before', now() - make_interval(days => 10 - $1))`, version, rules(code), mapping.Digest(rules(code)))
		require.NoError(t, err)
	}
	require.NoError(t, store.Migrate(t.Context(), url))
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	defer s.Close()
	inForce, err := s.MappingInForce(t.Context(), time.Now())
	require.NoError(t, err)
	require.Equal(t, 2, inForce.Version)
	registry, err := inForce.Registry()
	require.NoError(t, err)
	require.NotEmpty(t, registry.Managed().Queues)
	require.Equal(t, store.MappingSuperseded, stateOf(t, s, 1))
}

func TestAVersionManagesWhatFormerOnesManaged(t *testing.T) {
	s, _ := open(t)
	former := strings.Replace(string(rules("A")), "{skill: Billing_Support, proficiency: 3, weight: 10}", "{skill: Old_Skill, proficiency: 3}", 1)
	testenv.Publish(t, s, []byte(former))
	testenv.Publish(t, s, rules("A"))
	inForce, err := s.MappingInForce(t.Context(), time.Now())
	require.NoError(t, err)
	registry, err := inForce.Registry()
	require.NoError(t, err)
	require.True(t, registry.Managed().Skills["Old_Skill"], "what a former rule gave is taken away by a version without the rule")
}

func TestASubmittedVersionIsInTheInboxUntilSomebodyDecides(t *testing.T) {
	s, _ := open(t)
	inbox := func() int {
		alerts, _, err := s.Alerts(t.Context(), store.AlertFilter{State: store.AlertOpen})
		require.NoError(t, err)
		return len(alerts)
	}
	submit(t, s, rules("A"), "ana")
	require.Equal(t, 1, inbox())
	_, err := s.ApproveMapping(t.Context(), 1, word("ben"))
	require.NoError(t, err)
	require.Zero(t, inbox())
}

func TestOnlyItsAuthorChangesADraftAndNobodyOnceItIsSubmitted(t *testing.T) {
	s, _ := open(t)
	draft, err := s.AddDraft(t.Context(), store.Submission{YAML: []byte("half a text"), Author: "ana", Reason: "first thoughts"})
	require.NoError(t, err)
	var another *store.NotTheAuthorError
	_, err = s.ChangeDraft(t.Context(), draft.ID, store.Submission{YAML: rules("A")}, word("ben"))
	require.ErrorAs(t, err, &another)
	require.ErrorAs(t, s.DiscardDraft(t.Context(), draft.ID, word("ben")), &another)
	changed, err := s.ChangeDraft(t.Context(), draft.ID, store.Submission{YAML: rules("A"), Reason: "whole"}, word("ana"))
	require.NoError(t, err)
	require.Equal(t, string(rules("A")), string(changed.YAML))

	var since *store.DraftChangedError
	_, _, err = s.SubmitDraft(t.Context(), draft.ID, rules("B"), mapping.Digest(rules("B")), word("ana"))
	require.ErrorAs(t, err, &since, "what is submitted is the text that was judged")
	version, added, err := s.SubmitDraft(t.Context(), draft.ID, rules("A"), mapping.Digest(rules("A")), word("ana"))
	require.NoError(t, err)
	require.True(t, added)
	require.Equal(t, "whole", version.Reason)
	var submitted *store.DraftSubmittedError
	_, err = s.ChangeDraft(t.Context(), draft.ID, store.Submission{YAML: rules("B")}, word("ana"))
	require.ErrorAs(t, err, &submitted)
	require.ErrorAs(t, s.DiscardDraft(t.Context(), draft.ID, word("ana")), &submitted)
	drafts, err := s.Drafts(t.Context())
	require.NoError(t, err)
	require.Empty(t, drafts)

	other, err := s.AddDraft(t.Context(), store.Submission{YAML: []byte("x"), Author: "ana"})
	require.NoError(t, err)
	require.NoError(t, s.DiscardDraft(t.Context(), other.ID, word("ana")))
	_, err = s.Draft(t.Context(), other.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}
