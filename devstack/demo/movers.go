package demo

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"muster/api"
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
	event := s.event("HR terminates Jane's employment as of now", "USER_TERMINATE", nil, fields{
		"external_user_id": janeID, "termination": fields{"reason": "VOLUNTARY"},
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err := s.platform.account(s.ctx, janeEmail)
	s.check("no work can reach her, and the account is inactive", errors.Join(err,
		sameMap("queues", account.Queues, map[string]bool{"Tier_2_Escalation": false}), equal("state", account.State, "inactive")))
	s.check("the timeline holds the proof", s.timelineSays(janeID, "read back unroutable"))
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
