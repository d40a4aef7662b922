package demo

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

func (s *story) skills() {
	event := s.event("HR says: billing no longer, French instead of Spanish", "USER_UPDATE", nil, fields{
		"external_user_id": janeID, "skill_codes": []string{"SVC_TECH", "LANG_FR"},
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err := s.platform.account(s.ctx, janeEmail)
	s.check("skills and languages are what HR says now", errors.Join(err,
		sameMap("skills", account.Skills, map[string]float64{"Technical_Support": 4}),
		sameMap("languages", account.Languages, map[string]float64{"French": 4})))
	s.check("she stayed joined to her queue", sameMap("queues", account.Queues, map[string]bool{"Tier_2_Escalation": true}))
}

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
	const id, email = "WD-EMP-44871", "lea.marchetti@enterprise.com"
	account, err := s.platform.account(s.ctx, email)
	s.check("Lea Marchetti works", err)
	call, err := s.platform.talk(s.ctx, account.ID, genesystest.StartConversation{Queue: "General_Support"})
	s.check("she is on a call with a customer", err)
	event := s.event("HR dismisses her: no drain", "USER_TERMINATE", nil, fields{
		"external_user_id": id, "termination": fields{"reason": "INVOLUNTARY"},
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err = s.platform.account(s.ctx, email)
	s.check("the account is inactive", errors.Join(err, equal("state", account.State, "inactive")))
	handed, err := s.platform.conversation(s.ctx, call)
	s.check("the customer was not cut off: the call is back in its queue", errors.Join(err,
		equal("state of the call", handed.State, "queued"), equal("queue", handed.Queue, "General_Support")))

	again := s.event("HR hires her anew", "USER_CREATE", nil, fields{
		"external_user_id": id, "email": email, "first_name": "Lea", "last_name": "Marchetti", "department_code": "SUPP_L1",
		"skill_codes": []string{"SVC_TECH"}, "timezone": "Europe/Madrid",
	})
	legal := api.Client{BaseURL: s.stack.StarterURL, Token: s.stack.Tokens["legal"]}
	var approval api.Approval
	s.eventually("after a dismissal that is for legal to approve", func() error {
		page, err := legal.Approvals(s.ctx, api.DecisionQuery{State: "open", PersonID: id})
		if err == nil && len(page.Items) == 1 {
			approval = page.Items[0]
			return equal("kind", approval.Kind, "rehire")
		}
		return errors.Join(err, holds(false, "%d open approvals", len(page.Items)))
	})
	account, err = s.platform.account(s.ctx, email)
	s.check("until then nothing is touched", errors.Join(err, equal("state", account.State, "inactive")))
	_, err = legal.Approve(s.ctx, approval.ID, "the dismissal was settled")
	s.check("legal approves", err)
	s.outcome("the hire is carried out", again, "applied")
	account, err = s.platform.account(s.ctx, email)
	s.check("on the account she had", errors.Join(err, equal("state", account.State, "active"), sameMap("queues", account.Queues, map[string]bool{"General_Support": true})))
}

func (s *story) refusals() {
	unsigned, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.stack.StarterURL+"/v1/events", bytes.NewReader(guidesEventBytes))
	if err != nil {
		s.check("an unsigned event is sent", err)
		return
	}
	unsigned.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(unsigned)
	if err != nil {
		s.check("an unsigned event is sent", err)
		return
	}
	_ = response.Body.Close()
	s.check("an unsigned event is answered with 401", equal("status", response.StatusCode, http.StatusUnauthorized))

	wrong := bytes.Replace(guidesEventBytes, []byte("America/New_York"), []byte("UTC-7"), 1)
	_, err = s.send(bytes.Replace(wrong, []byte(janeEvent), []byte("evt_wrong_zone"), 1))
	var problem *api.Problem
	if !errors.As(err, &problem) {
		s.check("an offset in place of a time zone is refused", errors.Join(errors.New("no problem document"), err))
		return
	}
	s.check("an offset in place of a time zone is answered with 422, naming field, found and expected", errors.Join(
		equal("status", problem.Status, http.StatusUnprocessableEntity),
		holds(len(problem.Errors) == 1 && strings.HasSuffix(problem.Errors[0].Field, "payload.timezone") && strings.Contains(problem.Errors[0].Found, "UTC-7"), "problem: %+v", problem.Errors)))
	refused, err := s.operator.Event(s.ctx, "evt_wrong_zone")
	s.check("and what was refused is kept", errors.Join(err, equal("outcome", refused.Outcome, "rejected")))
}

func (s *story) record() {
	s.eventually("the audit chain verifies, with nothing left unsealed", func() error {
		verdict, err := s.auditor.VerifyAudit(s.ctx)
		return errors.Join(err, holds(verdict.Intact && verdict.Unsealed == 0, "verdict: %+v", verdict))
	})
}
