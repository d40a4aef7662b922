package demo

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"muster/api"
)

// publish brings rules in force as any version comes: the editor submits them, an approver agrees, the editor publishes.
func (s *story) publish(rules []byte, reason string) (api.MappingVersion, error) {
	submitted, err := s.editor.SubmitMapping(s.ctx, rules, reason)
	if err != nil {
		return submitted, err
	}
	approver := s.as("approver")
	if _, err := approver.ApproveMapping(s.ctx, submitted.Version, "as agreed"); err != nil {
		return submitted, err
	}
	return s.editor.PublishMapping(s.ctx, submitted.Version, api.PublishRequest{Reason: reason})
}

const (
	omarID    = "WD-EMP-31002"
	omarEmail = "omar.haddad@enterprise.com"
)

func (s *story) unmapped() {
	event := s.event("HR hires Omar Haddad with the skill SVC_VIP", "USER_CREATE", nil, fields{
		"external_user_id": omarID, "email": omarEmail, "first_name": "Omar", "last_name": "Haddad", "department_code": "BILLING",
		"skill_codes": []string{"SVC_BILLING", "SVC_VIP"}, "timezone": "America/New_York",
	})
	s.eventually("a review names the code", func() error {
		page, err := s.operator.Reviews(s.ctx, api.DecisionQuery{State: "open", PersonID: omarID})
		return errors.Join(err, holds(len(page.Items) == 1 && strings.Contains(page.Items[0].Question, "SVC_VIP"), "reviews: %+v", page.Items))
	})
	accounts, err := s.platform.accounts(s.ctx, omarEmail)
	s.check("a hire parks whole: no account yet", errors.Join(err, equal("accounts", len(accounts), 0)))

	s.planned(withVIP(s.registry))
	version := s.governed(withVIP(s.registry))
	s.outcome("the hire goes on by itself", event, "applied")
	account, err := s.platform.account(s.ctx, omarEmail)
	s.check("with the skill", errors.Join(err, sameMap("skills", account.Skills, map[string]float64{"Billing_Support": 3, "Customer_Retention": 5})))
	s.eventually("the rollout of the version told whom it concerns, and has ended", func() error {
		page, err := s.editor.Rollouts(s.ctx)
		for _, rollout := range page.Items {
			if rollout.Version == version {
				return errors.Join(err, holds(rollout.State == "done" && rollout.Concerned == 1 && rollout.Done == 1, "rollout: %+v", rollout))
			}
		}
		return errors.Join(err, fmt.Errorf("no rollout of version %d", version))
	})
	s.registry = withVIP(s.registry)
}

// planned is what an editor sees before anything is submitted: a mistake with its line, then what would change.
func (s *story) planned(rules []byte) {
	wrong := bytes.Replace(rules, []byte("{skill: Customer_Retention, proficiency: 5, weight: 20}"),
		[]byte("{skill: Custumer_Retention, proficiency: 5, weight: 20}"), 1)
	line := 1 + bytes.Count(wrong[:bytes.Index(wrong, []byte("Custumer_Retention"))], []byte("\n"))
	plan, err := s.editor.PlanMapping(s.ctx, wrong)
	s.check(fmt.Sprintf("plan refuses a skill that the platform does not have, and names line %d", line), errors.Join(err, holds(
		len(plan.Mistakes) == 1 && plan.Mistakes[0].Line == line && strings.Contains(plan.Mistakes[0].Found, "Custumer_Retention"), "mistakes: %+v", plan.Mistakes)))
	_, err = s.editor.SubmitMapping(s.ctx, wrong, "SVC_VIP is a retention skill")
	s.check("and what has a mistake cannot be submitted", refusedWith(err, http.StatusUnprocessableEntity))

	plan, err = s.editor.PlanMapping(s.ctx, rules)
	s.check("corrected, nothing is wrong, and one rule differs", errors.Join(err, holds(
		len(plan.Mistakes) == 0 && len(plan.Differences) == 1 && len(plan.Unchecked) == 0, "plan: %+v", plan)))
	for _, difference := range plan.Differences {
		s.say("%s", difference.Text)
	}
}

// governed is the way of the corrected rules into force; it returns the version's number.
func (s *story) governed(rules []byte) int {
	submitted, err := s.editor.SubmitMapping(s.ctx, rules, "SVC_VIP is a retention skill")
	s.check(fmt.Sprintf("version %d is submitted", submitted.Version), errors.Join(err, equal("state", submitted.State, "submitted")))
	s.simulated(submitted.Version)
	_, err = s.editor.ApproveMapping(s.ctx, submitted.Version, "it is mine")
	s.check("its author cannot approve it", refusedWith(err, http.StatusForbidden))
	_, err = s.editor.PublishMapping(s.ctx, submitted.Version, api.PublishRequest{Reason: "at once"})
	s.check("what nobody has approved cannot be published", refusedWith(err, http.StatusConflict))
	approver := s.as("approver")
	_, err = approver.ApproveMapping(s.ctx, submitted.Version, "simulated: only Omar changes")
	s.check("somebody else approves it", err)
	published, err := s.editor.PublishMapping(s.ctx, submitted.Version, api.PublishRequest{Reason: "the line opens today"})
	s.check("published, it is in force", errors.Join(err, equal("state", published.State, "published")))
	return published.Version
}

// simulated is what the approver looks at: what the version would do to everybody who is there.
func (s *story) simulated(version int) {
	viewer := s.as("viewer")
	found, err := viewer.Simulate(s.ctx, api.SimulateRequest{Version: version})
	s.check("simulated against everybody who is there, it changes nobody but Omar", errors.Join(err, holds(
		found.Changed == 1 && len(found.Changes) == 1 && found.Changes[0].PersonID == omarID, "simulation: %+v", found)))
	for _, change := range found.Changes {
		for _, what := range change.Changes {
			s.say("%s: %s", change.PersonID, what.Text)
		}
	}
	for _, code := range found.Unmapped {
		s.check(fmt.Sprintf("people whose code %s has no rule: %d before, %d after", code.Code, code.Before, code.After), equal("after", code.After, 0))
	}
}

func refusedWith(err error, status int) error {
	var problem *api.Problem
	if !errors.As(err, &problem) {
		return errors.Join(errors.New("not refused"), err)
	}
	return equal("status", problem.Status, status)
}

// withVIP is the registry with a rule for SVC_VIP.
func withVIP(yaml []byte) []byte {
	return bytes.Replace(yaml, []byte("\nskills:\n"), []byte("\nskills:\n"+
		"  - code: SVC_VIP\n    gives:\n      - {skill: Customer_Retention, proficiency: 5, weight: 20}\n"), 1)
}
