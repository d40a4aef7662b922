package demo

import (
	"errors"

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

// promotion moves somebody and gives more rights: the one is applied, the other waits for an approver.
func (s *story) promotion() {
	account, err := s.platform.account(s.ctx, omarEmail)
	s.check("Omar Haddad works in billing, with the rights of an agent", errors.Join(err,
		sameMap("queues", account.Queues, map[string]bool{"Billing_Queue": true}), holds(!hasAll(account.Roles, "Knowledge Base Editor"), "roles: %v", account.Roles)))
	event := s.event("HR moves him to second level support, as a Senior Technical Support", "USER_UPDATE", nil, fields{
		"external_user_id": omarID, "department_code": "SUPP_L2", "job_title_code": "SR_TECH_SUPPORT", "skill_codes": []string{"SVC_TECH"},
	})
	approval := s.asked("an approval is asked for the role that gives more rights", s.operator, omarID, "role_escalation")
	s.eventually("the rest of the change does not wait: queues and skills are those of the new work", func() error {
		account, err := s.platform.account(s.ctx, omarEmail)
		return errors.Join(err,
			sameMap("queues", account.Queues, map[string]bool{"Tier_2_Escalation": true, "Priority_Support_Queue": true}),
			sameMap("skills", account.Skills, map[string]float64{"Technical_Support": 4, "Network_Troubleshooting": 5}))
	})
	account, err = s.platform.account(s.ctx, omarEmail)
	s.check("the role is not given yet", errors.Join(err, holds(!hasAll(account.Roles, "Knowledge Base Editor"), "roles: %v", account.Roles)))
	approver := s.as("approver")
	_, err = approver.Approve(s.ctx, approval.ID, "checked with the team")
	s.check("an approver grants it", err)
	s.outcome("the event comes out as applied", event, "applied")
	account, err = s.platform.account(s.ctx, omarEmail)
	s.check("now the account has the role", errors.Join(err, holds(hasAll(account.Roles, "Agent", "Knowledge Base Editor"), "roles: %v", account.Roles)))
}

// asked waits for the one open approval about a person, of a kind.
func (s *story) asked(claim string, reader api.Client, personID, kind string) (approval api.Approval) {
	s.eventually(claim, func() error {
		page, err := reader.Approvals(s.ctx, api.DecisionQuery{State: "open", PersonID: personID})
		if err != nil || len(page.Items) != 1 {
			return errors.Join(err, holds(false, "%d open approvals", len(page.Items)))
		}
		approval = page.Items[0]
		return equal("kind", approval.Kind, kind)
	})
	return approval
}
