package demo

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"muster/api"
)

const (
	irisID    = "WD-EMP-81002"
	irisEmail = "iris.holm@enterprise.com"
	noraID    = "WD-EMP-81003"
	noraEmail = "nora.lund@enterprise.com"
	matter    = "2026/117"
)

// reversal: legal turns a termination back while the account is kept, and holds on to it until HR agrees.
func (s *story) reversal() {
	s.event("HR hires Iris Holm", "USER_CREATE", nil, fields{
		"external_user_id": irisID, "email": irisEmail, "first_name": "Iris", "last_name": "Holm", "department_code": "SUPP_L1",
		"skill_codes": []string{"SVC_TECH", "LANG_EN"}, "timezone": "America/New_York",
	})
	s.becomes("she works", irisID, "active")
	before, err := s.platform.account(s.ctx, irisEmail)
	s.check("her account is there", err)
	leaving := fields{"external_user_id": irisID, "termination": fields{"reason": "VOLUNTARY"}}
	first := s.event("HR terminates her employment", "USER_TERMINATE", nil, leaving)
	s.outcome("the event comes out as applied", first, "applied")
	account, err := s.platform.account(s.ctx, irisEmail)
	s.check("her account is inactive, to be deleted in 30 days", errors.Join(err, equal("state", account.State, "inactive"), s.graceLasts(irisID, 30*24*time.Hour)))

	legal := s.as("legal")
	_, err = legal.PullLever(s.ctx, irisID, api.LeverReverse, "she never resigned", time.Time{})
	s.check("legal reverses the termination", err)
	s.becomes("she is back", irisID, "active")
	account, err = s.platform.account(s.ctx, irisEmail)
	s.check("on the same account, active and joined again", errors.Join(err, equal("account", account.ID, before.ID), equal("state", account.State, "active"),
		sameMap("queues", account.Queues, map[string]bool{"General_Support": true}), sameMap("skills", account.Skills, before.Skills)))
	s.check("explain says that HR has not agreed yet", s.explanationSays(irisID, "HR has not agreed yet"))

	again := s.event("HR sends the same termination once more", "USER_TERMINATE", nil, leaving)
	review := s.reviewed("that is for a person to decide, not to carry out", irisID, "reposted")
	account, err = s.platform.account(s.ctx, irisEmail)
	s.check("meanwhile she goes on working", errors.Join(err, equal("state", account.State, "active")))
	_, err = s.operator.Dismiss(s.ctx, review.ID, "not mine to say")
	s.check("an operator cannot decide it: it undoes legal's word", refused(err, http.StatusForbidden, ""))
	asked, err := legal.Dismiss(s.ctx, review.ID, "the reversal stands")
	s.check("legal wants it dismissed, which is not enough from one person", errors.Join(err, equal("state", asked.State, "open")))
	second := s.as("counsel")
	_, err = second.Dismiss(s.ctx, review.ID, "HR was asked")
	s.check("a second person of legal agrees", err)
	s.outcome("the repeated event comes out as dismissed", again, "dismissed")

	for _, terminated := range []string{first, again} {
		s.event("HR takes back "+map[string]string{first: "the first", again: "the second"}[terminated], "EVENT_RESCIND",
			fields{"rescinds_event_id": terminated}, fields{"external_user_id": irisID})
	}
	s.eventually("HR agrees now: the reversal is closed", func() error {
		termination, err := legal.Termination(s.ctx, irisID)
		return errors.Join(err, holds(termination.Override == nil, "it is open: %+v", termination.Override))
	})
	account, err = s.platform.account(s.ctx, irisEmail)
	s.check("and she works as before", errors.Join(err, equal("state", account.State, "active"), sameMap("queues", account.Queues, map[string]bool{"General_Support": true})))
}

func (s *story) explanationSays(personID, text string) error {
	explanation, err := s.operator.Explain(s.ctx, personID)
	if err != nil {
		return err
	}
	return holds(strings.Contains(strings.Join(explanation.Sentences, "\n"), text), "no sentence says %q: %q", text, explanation.Sentences)
}

// reviewed waits for the one open review about a person, of a kind.
func (s *story) reviewed(claim, personID, kind string) (review api.Review) {
	s.eventually(claim, func() error {
		page, err := s.operator.Reviews(s.ctx, api.DecisionQuery{State: "open", PersonID: personID})
		if err != nil || len(page.Items) != 1 {
			return errors.Join(err, holds(false, "%d open reviews", len(page.Items)))
		}
		review = page.Items[0]
		return equal("kind", review.Kind, kind)
	})
	return review
}

// hold: what legal holds is not deleted, whatever the deadline. It goes on in release, when the deadline has passed.
func (s *story) hold() {
	legal := s.as("legal")
	s.event("HR hires Nora Lund into the short-lived department", "USER_CREATE", nil, fields{
		"external_user_id": noraID, "email": noraEmail, "first_name": "Nora", "last_name": "Lund", "department_code": shortDepartment,
		"skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York",
	})
	s.becomes("she works", noraID, "active")
	_, err := legal.PlaceHold(s.ctx, noraID, matter, "preserve for litigation")
	s.check("legal places a hold on her, before anybody thinks of a termination", err)
	s.say("grace %s instead of 30 days", shortGrace)
	event := s.event("HR terminates her employment", "USER_TERMINATE", nil, fields{"external_user_id": noraID, "termination": fields{"reason": "VOLUNTARY"}})
	s.outcome("the access ends all the same: the event comes out as applied", event, "applied")
	account, err := s.platform.account(s.ctx, noraEmail)
	s.check("her account is inactive", errors.Join(err, equal("state", account.State, "inactive")))
}

// release: it gives time again, and not to wait for that takes a second person.
func (s *story) release() {
	legal, counsel := s.as("legal"), s.as("counsel")
	var deadline time.Time
	s.eventually("the deadline passes, and the account is still there, inactive and held", func() error {
		termination, err := legal.Termination(s.ctx, noraID)
		if err != nil || termination.Grace == nil {
			return errors.Join(err, errors.New("there is no grace"))
		}
		deadline = termination.Grace.Deadline
		account, err := s.platform.account(s.ctx, noraEmail)
		return errors.Join(err, equal("state", account.State, "inactive"), equal("standing", termination.Standing, "held"),
			holds(time.Since(deadline) > time.Second, "the deadline is %s", deadline))
	})
	_, err := legal.ReleaseHold(s.ctx, noraID, matter, "settled")
	s.check("whoever placed the hold cannot release it", refused(err, http.StatusConflict, "whoever placed a hold cannot release it"))
	_, err = counsel.ReleaseHold(s.ctx, noraID, matter, "settled")
	s.check("another person of legal releases it", err)
	s.check("nothing is deleted at once: the deadline has moved, seven days from now", s.graceLasts(noraID, 7*24*time.Hour))
	asked, err := legal.PullLever(s.ctx, noraID, api.LeverExpedite, "the court wants it gone", time.Time{})
	s.check("legal asks not to wait for it", errors.Join(err, holds(asked.ApprovalID != "", "no approval was asked for: %+v", asked)))
	_, err = legal.Approve(s.ctx, asked.ApprovalID, "myself")
	s.check("the one who asks cannot approve it", refused(err, http.StatusForbidden, ""))
	_, err = counsel.Approve(s.ctx, asked.ApprovalID, "checked the order")
	s.check("another person of legal approves", err)
	s.eventually("then the account is deleted", func() error {
		account, err := s.platform.account(s.ctx, noraEmail)
		return errors.Join(err, equal("state", account.State, "deleted"))
	})
	s.becomes("and the record says so", noraID, "deleted")
}

// refused says whether an error is a refusal with a status and words in its explanation.
func refused(err error, status int, words string) error {
	var problem *api.Problem
	if !errors.As(err, &problem) {
		return errors.Join(errors.New("not refused"), err)
	}
	return errors.Join(equal("status", problem.Status, status), holds(strings.Contains(problem.Detail, words), "detail: %s", problem.Detail))
}

// restoration brings a deleted account back, which the platform allows until it is erased.
func (s *story) restoration() {
	legal, counsel := s.as("legal"), s.as("counsel")
	before, err := s.platform.account(s.ctx, paulEmail)
	s.check("Paul's account is deleted", errors.Join(err, equal("state", before.State, "deleted")))
	_, err = legal.PullLever(s.ctx, paulID, api.LeverReverse, "deleted by mistake", time.Time{})
	s.check("a reversal comes too late, and says what to do instead", refused(err, http.StatusConflict, "restore-deleted"))
	asked, err := legal.PullLever(s.ctx, paulID, api.LeverRestoreDeleted, "the contract was prolonged", time.Time{})
	s.check("legal asks to restore the account", errors.Join(err, holds(asked.ApprovalID != "", "no approval was asked for: %+v", asked)))
	_, err = counsel.Approve(s.ctx, asked.ApprovalID, "seen the contract")
	s.check("another person of legal approves", err)
	s.becomes("he is back", paulID, "active")
	account, err := s.platform.account(s.ctx, paulEmail)
	s.check("on the same account, set up anew and joined", errors.Join(err, equal("account", account.ID, before.ID), equal("state", account.State, "active"),
		sameMap("queues", account.Queues, map[string]bool{"General_Support": true}), sameMap("skills", account.Skills, map[string]float64{"Technical_Support": 4})))
	s.check("explain says that HR has not agreed yet", s.explanationSays(paulID, "HR has not agreed yet"))
}
