package demo

import (
	"errors"
	"fmt"
	"time"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

func (s *story) leaver() {
	account, err := s.platform.account(s.ctx, janeEmail)
	s.check("Jane's account is there", err)
	call, err := s.platform.talk(s.ctx, account.ID, genesystest.StartConversation{Queue: "Tier_2_Escalation", EndsAfterMS: 4000})
	s.check("she is on a call with a customer", err)
	event := s.event("HR terminates Jane's employment as of now", "USER_TERMINATE", nil, fields{
		"external_user_id": janeID, "termination": fields{"reason": "VOLUNTARY"},
	})
	s.eventually("at once no work can reach her, and the call goes on", func() error {
		account, err := s.platform.account(s.ctx, janeEmail)
		if err != nil {
			return err
		}
		running, err := s.platform.conversation(s.ctx, call)
		return errors.Join(err, sameMap("queues", account.Queues, map[string]bool{"Tier_2_Escalation": false}),
			equal("state of the call", running.State, "connected"), equal("who has it", running.AgentID, account.ID))
	})
	s.outcome("the call ends by itself, and then the event comes out as applied", event, "applied")
	account, err = s.platform.account(s.ctx, janeEmail)
	s.check("the account is inactive, its sessions ended", errors.Join(err, equal("state", account.State, "inactive"), equal("sessions", account.Sessions, 0)))
	s.check("the timeline holds the proof", s.timelineSays(janeID, "read back unroutable"))
	s.check("nobody had to take the call over", s.timelineSays(janeID, "live work: 0 to queues, 0 to the manager, 0 ended, 0 left"))
}

func (s *story) dismissal() {
	account, err := s.platform.account(s.ctx, leaEmail)
	s.check("Lea Marchetti works", err)
	call, err := s.platform.talk(s.ctx, account.ID, genesystest.StartConversation{Queue: "General_Support"})
	s.check("she is on a call with a customer", err)
	event := s.event("HR dismisses her: no drain", "USER_TERMINATE", nil, fields{
		"external_user_id": leaID, "termination": fields{"reason": "INVOLUNTARY"},
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err = s.platform.account(s.ctx, leaEmail)
	s.check("the account is inactive", errors.Join(err, equal("state", account.State, "inactive")))
	handed, err := s.platform.conversation(s.ctx, call)
	s.check("the customer was not cut off: the call is back in its queue", errors.Join(err,
		equal("state of the call", handed.State, "queued"), equal("queue", handed.Queue, "General_Support")))

	again := s.event("HR hires her anew", "USER_CREATE", nil, fields{
		"external_user_id": leaID, "email": leaEmail, "first_name": "Lea", "last_name": "Marchetti", "department_code": "SUPP_L1",
		"skill_codes": []string{"SVC_TECH"}, "timezone": "Europe/Madrid",
	})
	legal := s.as("legal")
	approval := s.asked("after a dismissal that is for legal to approve", legal, leaID, "rehire")
	account, err = s.platform.account(s.ctx, leaEmail)
	s.check("until then nothing is touched", errors.Join(err, equal("state", account.State, "inactive")))
	_, err = legal.Approve(s.ctx, approval.ID, "the dismissal was settled")
	s.check("legal approves", err)
	s.outcome("the hire is carried out", again, "applied")
	account, err = s.platform.account(s.ctx, leaEmail)
	s.check("on the account she had", errors.Join(err, equal("state", account.State, "active"), sameMap("queues", account.Queues, map[string]bool{"General_Support": true})))
}

// rehire: whoever is hired again while the account is kept gets it back.
func (s *story) rehire() {
	before, err := s.platform.account(s.ctx, janeEmail)
	s.check("Jane's account is inactive, kept for 30 days", errors.Join(err, equal("state", before.State, "inactive"), s.graceLasts(janeID, 30*24*time.Hour)))
	event := s.event("HR hires her again", "USER_CREATE", nil, fields{
		"external_user_id": janeID, "email": janeEmail, "first_name": "Jane", "last_name": "Doe", "phone_extension": "4452",
		"department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH", "LANG_ES"}, "timezone": "America/New_York",
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err := s.platform.account(s.ctx, janeEmail)
	s.check("it is the account she had, active and joined", errors.Join(err, equal("account", account.ID, before.ID), equal("state", account.State, "active"),
		sameMap("queues", account.Queues, map[string]bool{"Tier_2_Escalation": true})))
	s.check("its deletion is off", s.graceIs(janeID, "ended"))
}

// graceLasts says whether a person's grace waits and ends about so long from now.
func (s *story) graceLasts(personID string, expected time.Duration) error {
	termination, err := s.operator.Termination(s.ctx, personID)
	if err != nil {
		return err
	}
	if termination.Grace == nil {
		return errors.New("there is no grace")
	}
	left := time.Until(termination.Grace.Deadline)
	return holds(left > expected-time.Hour && left <= expected, "phase %s, %s left, expected about %s", termination.Grace.Phase, left.Round(time.Second), expected)
}

func (s *story) graceIs(personID, phase string) error {
	termination, err := s.operator.Termination(s.ctx, personID)
	if err != nil {
		return err
	}
	if termination.Grace == nil {
		return errors.New("there is no grace")
	}
	return equal("phase of the grace", termination.Grace.Phase, phase)
}

const (
	paulID    = "WD-EMP-81001"
	paulEmail = "paul.winter@enterprise.com"
)

// windowEnds: a conversation that does not end by itself is handed over when the drain window is over.
func (s *story) windowEnds() {
	s.event("HR hires Paul Winter into the short-lived department", "USER_CREATE", nil, fields{
		"external_user_id": paulID, "email": paulEmail, "first_name": "Paul", "last_name": "Winter", "department_code": shortDepartment,
		"skill_codes": []string{"SVC_TECH", "LANG_EN"}, "timezone": "America/New_York",
	})
	s.becomes("he works", paulID, "active")
	account, err := s.platform.account(s.ctx, paulEmail)
	s.check("his account is there", err)
	call, err := s.platform.talk(s.ctx, account.ID, genesystest.StartConversation{Queue: "General_Support"})
	s.check("he is on a call that nobody ends", err)
	s.say("drain window %s instead of 300 s", shortDrain)
	event := s.event("HR terminates his employment as of now", "USER_TERMINATE", nil, fields{
		"external_user_id": paulID, "termination": fields{"reason": "END_OF_CONTRACT"},
	})
	s.eventually("at once no work can reach him, and he still has the call", func() error {
		account, err := s.platform.account(s.ctx, paulEmail)
		if err != nil {
			return err
		}
		running, err := s.platform.conversation(s.ctx, call)
		return errors.Join(err, sameMap("queues", account.Queues, map[string]bool{"General_Support": false}), equal("who has the call", running.AgentID, account.ID))
	})
	s.outcome("the window ends, and then the event comes out as applied", event, "applied")
	handed, err := s.platform.conversation(s.ctx, call)
	s.check("the customer was not cut off: the call is back in its queue", errors.Join(err,
		equal("state of the call", handed.State, "queued"), equal("queue", handed.Queue, "General_Support")))
	s.check("the timeline says so", s.timelineSays(paulID, "live work: 1 to queues"))
}

// deletion follows the same person to the end: archive, deadline, deletion.
func (s *story) deletion() {
	s.say("grace %s instead of 30 days", shortGrace)
	account, err := s.platform.account(s.ctx, paulEmail)
	s.check("Paul's account is inactive and still there", errors.Join(err, equal("state", account.State, "inactive")))
	var told api.Termination
	s.eventually("legal is told of the deadline, and what the account was is archived before", func() error {
		told, err = s.operator.Termination(s.ctx, paulID)
		return errors.Join(err, holds(told.Grace != nil && len(told.Grace.Notices) > 0, "grace: %+v", told.Grace),
			holds(told.Archive != nil && told.Archive.VerifiedAt != nil, "archive: %+v", told.Archive))
	})
	if told.Archive == nil || told.Grace == nil {
		return
	}
	s.eventually("when the deadline has passed the account is deleted", func() error {
		account, err := s.platform.account(s.ctx, paulEmail)
		return errors.Join(err, equal("state", account.State, "deleted"))
	})
	s.becomes("the record says so", paulID, "deleted")
	now, err := s.operator.Termination(s.ctx, paulID)
	s.check("it was not deleted before its deadline", errors.Join(err,
		holds(err == nil && now.Grace != nil && now.Grace.DeletedAt != nil && now.Grace.DeletedAt.After(told.Grace.Deadline), "grace: %+v", now.Grace)))
	s.checkArchive(*told.Archive, paulID)
}

// say tells on the output what is not as it would be outside a demonstration.
func (s *story) say(format string, values ...any) {
	fmt.Fprintf(s.out, "  demo: "+format+"\n", values...)
}

// becomes waits for a person's lifecycle state.
func (s *story) becomes(claim, personID, state string) {
	s.eventually(claim, func() error {
		agent, err := s.operator.Agent(s.ctx, personID)
		return errors.Join(err, equal("state", agent.LifecycleState, state))
	})
}
