package demo

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/mapping"
	"muster/names"
)

// guidesEvent is the guides' own example of an event, byte for byte.
//
//go:embed guide_user_update.json
var guidesEventBytes []byte

const (
	janeID    = "WD-EMP-99284"
	janeEmail = "jane.doe@enterprise.com"
	janeEvent = "evt_8f7a9c2b-4d1e-4a3f-9b8c-7e6d5c4b3a2f"
)

func (s *story) everyPartStands() {
	s.check("the starter reaches PostgreSQL and Temporal", s.answers(s.stack.StarterURL+"/readyz"))
	s.check("the worker polls its task queues", s.answers(s.stack.WorkerURL+"/readyz"))
	s.check("the Temporal UI shows its first page", s.answers(s.stack.TemporalUIURL))
}

// shortDepartment is where times are shortened, and nowhere else.
const (
	shortDepartment = "DEMO_SHORT"
	shortDrain      = "3 s"
	shortGrace      = "8 s"
)

// shortenedTimes publishes a mapping version with a department of the demo's own, so that a window and a grace can be seen to end.
func (s *story) shortenedTimes() {
	s.registry = bytes.Replace(mapping.Example(), []byte("\ndepartments:\n"), []byte("\ndepartments:\n"+
		"  - code: "+shortDepartment+"\n    department: Demonstration\n    division: Customer Care\n    queues:\n      - {name: General_Support}\n"+
		"    time_zone: America/New_York\n    policies:\n      drain_window: 3s\n      grace: 8s\n"), 1)
	version, err := s.publish(s.registry, "a department for the demonstration, where times are short")
	s.say("drain window %s instead of 300 s, grace %s instead of 30 days, in department %s alone", shortDrain, shortGrace, shortDepartment)
	s.check(fmt.Sprintf("mapping version %d has a department for that", version.Version), err)
}

func (s *story) guidesEvent() {
	receipt, err := s.send(guidesEventBytes)
	s.staff.note("USER_UPDATE", fields{
		"external_user_id": janeID, "email": janeEmail, "first_name": "Jane", "last_name": "Doe", "phone_extension": "4452",
		"department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH", "SVC_BILLING", "LANG_ES"}, "timezone": "America/New_York",
	})
	s.check("accepted with 202 and a receipt", errors.Join(err, equal("status", receipt.Status, api.EventAccepted)))
	s.outcome("the event comes out as applied", janeEvent, "applied")
	account, err := s.platform.account(s.ctx, janeEmail)
	s.check("one account on the platform, active", errors.Join(err, equal("state", account.State, "active")))
	s.check("joined to the department's queue: work can reach her", sameMap("queues", account.Queues, map[string]bool{"Tier_2_Escalation": true}))
	s.check("skills and language as mapped", errors.Join(
		sameMap("skills", account.Skills, map[string]float64{"Technical_Support": 4, "Billing_Support": 3}),
		sameMap("languages", account.Languages, map[string]float64{"Spanish": 4})))
	s.check("division, extension and work plan as mapped", errors.Join(
		equal("division", account.Division, "Customer Care"), equal("extension", account.Extension, "4452"), equal("work plan", account.WorkPlan, "Support Full Time")))
	s.check("the account carries HR's id", holds(len(account.ExternalIDs) == 1 && account.ExternalIDs[0].Key == janeID, "external ids: %v", account.ExternalIDs))
	s.check("the timeline says that HR's create never came", s.timelineSays(janeID, "create never came"))
}

func (s *story) timelineSays(personID, text string) error {
	page, err := s.operator.Timeline(s.ctx, personID, api.PageQuery{Limit: 200})
	if err != nil {
		return err
	}
	for _, entry := range page.Items {
		if strings.Contains(entry.Text, text) {
			return nil
		}
	}
	return fmt.Errorf("no line of the timeline says %q", text)
}

func (s *story) duplicate() {
	account, err := s.platform.account(s.ctx, janeEmail)
	s.check("the account is there", err)
	before, err := s.platform.writes(s.ctx, account.ID)
	s.check("the platform's journal is there", err)
	receipt, err := s.send(bytes.Clone(guidesEventBytes))
	s.check("answered as a duplicate", errors.Join(err, equal("status", receipt.Status, api.EventDuplicate)))
	after, err := s.platform.writes(s.ctx, account.ID)
	s.check("nothing was written to the platform", errors.Join(err, equal("writes", len(after), len(before))))
}

const (
	nuriaID    = "WD-EMP-20417"
	nuriaEmail = "nuria.serra@enterprise.com"
	samID      = "WD-EMP-57310"
	samEmail   = "sam.okafor@enterprise.com"
	priyaID    = "WD-EMP-60125"
	priyaEmail = "priya.nair@enterprise.com"
)

func (s *story) activation() {
	const id, email = nuriaID, nuriaEmail
	event := s.event("HR hires Nuria Serra into Sales", "USER_CREATE", nil, fields{
		"external_user_id": id, "email": email, "first_name": "Nuria", "last_name": "Serra", "department_code": "SALES",
		"skill_codes": []string{"LANG_ES"}, "timezone": "Europe/Madrid",
	})
	var approval api.Approval
	s.eventually("an approval is asked for", func() error {
		page, err := s.operator.Approvals(s.ctx, api.DecisionQuery{State: "open", PersonID: id})
		if err == nil && len(page.Items) == 1 {
			approval = page.Items[0]
			return nil
		}
		return errors.Join(err, holds(false, "%d open approvals", len(page.Items)))
	})
	account, err := s.platform.account(s.ctx, email)
	s.check("until then she is prepared and joined to nothing", errors.Join(err, sameMap("queues", account.Queues, map[string]bool{"Sales_Inbound": false})))
	s.check("explain says who can unblock it", s.explains(id, approval.ID))
	err = s.temporal.SignalWorkflow(s.ctx, approval.WorkflowID, "", names.SignalApprovalDecision,
		names.ApprovalDecision{ApprovalID: approval.ID, Decision: names.DecisionApprove, Actor: "team lead", Reason: "training completed"})
	s.check("the team lead sends the signal approval-decision", err)
	s.outcome("the event comes out as applied", event, "applied")
	account, err = s.platform.account(s.ctx, email)
	s.check("now she is joined", errors.Join(err, sameMap("queues", account.Queues, map[string]bool{"Sales_Inbound": true})))
	decided, err := s.operator.Approvals(s.ctx, api.DecisionQuery{State: "approved", PersonID: id})
	s.check("the record says that nobody verified who signalled", errors.Join(err,
		holds(err == nil && len(decided.Items) == 1 && !decided.Items[0].ActorVerified && decided.Items[0].DecidedBy == "team lead", "approvals: %+v", decided.Items)))
}

func (s *story) explains(personID, text string) error {
	explanation, err := s.operator.Explain(s.ctx, personID)
	if err != nil {
		return err
	}
	for _, block := range explanation.Blocks {
		for _, command := range block.Commands {
			if strings.Contains(command, text) {
				return nil
			}
		}
	}
	return fmt.Errorf("no command for %s among %+v", text, explanation.Blocks)
}

const (
	leaID    = "WD-EMP-44871"
	leaEmail = "lea.marchetti@enterprise.com"
)

func (s *story) futureHire() {
	payload := fields{
		"external_user_id": leaID, "email": leaEmail, "first_name": "Lea", "last_name": "Marchetti", "department_code": "SUPP_L1",
		"skill_codes": []string{"SVC_TECH"}, "timezone": "Europe/Madrid",
	}
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	first := s.event("HR hires Lea Marchetti for tomorrow", "USER_CREATE", fields{"effective_at": tomorrow.Format(time.RFC3339)}, payload)
	s.eventually("the event waits until then", func() error {
		event, err := s.operator.Event(s.ctx, first)
		if err != nil {
			return err
		}
		return holds(event.Waiting != nil && event.Waiting.Until != nil && event.Waiting.Until.Equal(tomorrow), "wait: %+v", event.Waiting)
	})
	accounts, err := s.platform.accounts(s.ctx, leaEmail)
	s.check("nothing is on the platform", errors.Join(err, equal("accounts", len(accounts), 0)))
	second := s.event("HR brings the hire forward to today", "USER_CREATE", fields{"replaces_event_id": first}, payload)
	s.outcome("the hire is carried out", second, "applied")
	s.outcome("the first date is superseded", first, "superseded")
	account, err := s.platform.account(s.ctx, leaEmail)
	s.check("she is active", errors.Join(err, equal("state", account.State, "active")))
}

func (s *story) restored() {
	const id, email = samID, samEmail
	planted, err := s.platform.plant(s.ctx, genesystest.Plant{Name: new("Sam Okafor"), Email: new(email), State: new("deleted")})
	s.check("the platform holds Sam Okafor's deleted account", err)
	event := s.event("HR hires Sam Okafor again", "USER_CREATE", nil, fields{
		"external_user_id": id, "email": email, "first_name": "Sam", "last_name": "Okafor", "department_code": "SUPP_L1",
		"job_title_code": "SR_TECH_SUPPORT", "skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York",
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err := s.platform.account(s.ctx, email)
	s.check("it is the same account, restored and not a second one", errors.Join(err, equal("account", account.ID, planted.ID), equal("state", account.State, "active")))
	s.check("roles, queues and skills of a Senior Technical Support", errors.Join(
		holds(hasAll(account.Roles, "Agent", "Knowledge Base Editor"), "roles: %v", account.Roles),
		holds(account.Queues["Priority_Support_Queue"] && account.Queues["Tier_2_Escalation"], "queues: %v", account.Queues),
		equal("Network_Troubleshooting", account.Skills["Network_Troubleshooting"], 5)))
}

func hasAll(list []string, wanted ...string) bool {
	have := map[string]bool{}
	for _, item := range list {
		have[item] = true
	}
	for _, item := range wanted {
		if !have[item] {
			return false
		}
	}
	return true
}

func (s *story) adopted() {
	const id, email = priyaID, priyaEmail
	planted, err := s.platform.plant(s.ctx, genesystest.Plant{
		Name: new("Priya Nair"), Email: new(email), State: new("active"), Division: new("Customer Care"), Roles: []string{"Agent", "Supervisor"},
		Queues: map[string]bool{"Billing_Queue": true}, Skills: map[string]float64{"Billing_Support": 3}, Presence: new("OnQueue"),
	})
	s.check("Priya Nair works on queue already", err)
	event := s.event("HR tells of her for the first time", "USER_CREATE", nil, fields{
		"external_user_id": id, "email": email, "first_name": "Priya", "last_name": "Nair", "department_code": "BILLING",
		"skill_codes": []string{"SVC_BILLING", "LANG_EN"}, "timezone": "America/New_York",
	})
	s.outcome("the event comes out as applied", event, "applied")
	account, err := s.platform.account(s.ctx, email)
	s.check("her own account, linked to HR's id", errors.Join(err, equal("account", account.ID, planted.ID), equal("external ids", len(account.ExternalIDs), 1)))
	s.check("still joined and on queue; the new language added", errors.Join(
		sameMap("queues", account.Queues, map[string]bool{"Billing_Queue": true}), equal("presence", account.Presence, "OnQueue"),
		sameMap("languages", account.Languages, map[string]float64{"English": 5})))
	s.check("the role no rule names is left alone", holds(hasAll(account.Roles, "Supervisor"), "roles: %v", account.Roles))
	writes, err := s.platform.writes(s.ctx, account.ID)
	s.check("not for a moment was she unjoined", errors.Join(err, noUnjoin(writes)))
}

func noUnjoin(writes []genesystest.Entry) error {
	for _, write := range writes {
		if strings.Contains(string(write.Body), `"joined":false`) {
			return fmt.Errorf("%s %s unjoined", write.Method, write.Path)
		}
	}
	return nil
}

func (s *story) cashier() {
	const id, email = "WD-EMP-70001", "tom.baker@enterprise.com"
	event := s.event("HR hires Tom Baker as a cashier", "USER_CREATE", nil, fields{
		"external_user_id": id, "email": email, "first_name": "Tom", "last_name": "Baker", "department_code": "RETAIL",
		"job_title_code": "CASHIER", "timezone": "America/New_York",
	})
	s.outcome("the event comes out as out_of_scope", event, "out_of_scope")
	accounts, err := s.platform.accounts(s.ctx, email)
	s.check("nothing is on the platform", errors.Join(err, equal("accounts", len(accounts), 0)))
}
