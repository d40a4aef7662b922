package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// discrepancy is somebody about whom HR, the record and the platform disagree, or only seem to.
type discrepancy struct {
	name string
	// kind is which of kinds they were hired as, changes go over the hire; alone: Muster has not heard of them.
	kind    int
	changes fields
	alone   bool
	// begin is what HR, legal or operators do; what it returns waits until that is done. Nil: nothing.
	begin func(t *testing.T, p *settled) (done func())
	// hand is what nobody was told of, done when everything is still.
	hand func(t *testing.T, p *settled)
	// listed is HR's line about them from the line that their hire makes, nil for none; absent: that line.
	listed func(line fields) fields
	// agreed is HR's line later, where it is another one.
	agreed func(line fields) fields
	// late is what happens after HR made its roster.
	late func(t *testing.T, p *settled) (done func())

	// found is what a reconciliation finds, "TYPE RESOLUTION"; empty: nothing. reasons are the expected differences.
	found   string
	reasons []string
}

const (
	terminatedActive = "HR_TERMINATED_CCAAS_ACTIVE ISOLATE_AND_ASK"
	activeMissing    = "HR_ACTIVE_CCAAS_MISSING REEMIT_HIRE"
	skillDiffers     = "SKILL_MISMATCH TRANSFER"
	queueDiffers     = "QUEUE_MISMATCH TRANSFER"
	roleDiffers      = "ROLE_MISMATCH TRANSFER"
	attributeDiffers = "ATTRIBUTE_MISMATCH TRANSFER"
	missingFromHR    = "MISSING_FROM_HR NONE_REPORT_ONLY"
	workflowMissing  = "WORKFLOW_MISSING RESTART_WORKFLOW"
)

// discrepancies are 37 people of whom something is found; three accounts of nobody come to them.
func discrepancies() []discrepancy {
	return []discrepancy{
		{name: "a leaver's account is active again", begin: hasLeft, hand: byHand(genesystest.Plant{State: new("active")}), found: terminatedActive},
		{name: "a leaver's account is active and joined again", kind: 2, begin: hasLeft, found: terminatedActive, hand: byHand(genesystest.Plant{State: new("active"), Queues: map[string]bool{"Billing_Queue": true}})},
		{name: "a leaver under hold is active again", begin: isHeldAfterLeaving, hand: byHand(genesystest.Plant{State: new("active")}), found: terminatedActive},
		{name: "HR's termination was lost", kind: 3, listed: says("status", "TERMINATED"), found: terminatedActive},
		{name: "HR's termination with a last day was lost", kind: 1, found: terminatedActive, listed: func(line fields) fields {
			line["status"], line["termination"] = "TERMINATED", fields{"reason": "VOLUNTARY", "last_day": time.Now().AddDate(0, 0, -4).Format(time.DateOnly)}
			return line
		}},

		{name: "the account was deleted", hand: byHand(genesystest.Plant{State: new("deleted")}), found: activeMissing},
		{name: "the account was deleted, with an extension and a title", kind: 1, hand: byHand(genesystest.Plant{State: new("deleted")}), found: activeMissing},
		{name: "the account was made inactive", kind: 2, hand: byHand(genesystest.Plant{State: new("inactive")}), found: activeMissing},
		{name: "HR's hire was lost", alone: true, kind: 3, found: activeMissing},
		{name: "HR's hire of somebody who had left was lost", kind: 2, found: activeMissing, begin: leftOn(-6), listed: says("hire_date", time.Now().AddDate(0, 0, -3).Format(time.DateOnly))},

		{name: "a skill was taken away", hand: takesSkill("Technical_Support"), found: skillDiffers},
		{name: "a skill was given", hand: givesSkill("Billing_Support", 2), found: skillDiffers},
		{name: "a skill has another proficiency", kind: 1, hand: givesSkill("Network_Troubleshooting", 1), found: skillDiffers},
		{name: "a language was taken away", kind: 2, found: skillDiffers, hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Languages: without(was.Languages, "French")}
		})},
		{name: "a language was given", kind: 3, found: skillDiffers, hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Languages: with(was.Languages, "French", 3)}
		})},
		{name: "HR's change of skills was lost", kind: 2, listed: says("skill_codes", []string{"SVC_BILLING", "SVC_TECH"}), found: "SKILL_MISMATCH REEMIT_UPDATE"},
		{name: "a skill was put back three times", hand: fought, found: "SKILL_MISMATCH ASK_THIRD_PUT_BACK"},

		{name: "a queue was left", hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Queues: without(was.Queues, "General_Support")}
		}), found: queueDiffers},
		{name: "a queue was added", kind: 2, found: queueDiffers, hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Queues: with(was.Queues, "Sales_Inbound", true)}
		})},
		{name: "a queue was added unjoined", kind: 4, found: queueDiffers, hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Queues: with(was.Queues, "Priority_Support_Queue", false)}
		})},

		{name: "a role was taken away", kind: 2, hand: byHand(genesystest.Plant{Roles: []string{"employee"}}), found: roleDiffers},
		{name: "a role was given", hand: byHand(genesystest.Plant{Roles: []string{"employee", "Agent", "Knowledge Base Editor"}}), found: roleDiffers},
		{
			name: "a role that nobody gets without asking was taken away", changes: fields{"job_title_code": leads},
			hand: byHand(genesystest.Plant{Roles: []string{"employee", "Agent"}}), found: "ROLE_MISMATCH ASK_ROLE_APPROVAL",
		},

		{name: "the department differs", hand: byHand(genesystest.Plant{Department: new("Somewhere")}), found: attributeDiffers},
		{name: "the title differs", kind: 4, hand: byHand(genesystest.Plant{Title: new("Boss")}), found: attributeDiffers},
		{name: "the name differs", kind: 2, hand: byHand(genesystest.Plant{Name: new("Somebody Else")}), found: attributeDiffers},
		{name: "the email differs", kind: 3, hand: byHand(genesystest.Plant{Email: new("somebody.else@example.com")}), found: attributeDiffers},
		{name: "the extension differs", kind: 1, hand: byHand(genesystest.Plant{Extension: new("99999")}), found: attributeDiffers},
		{name: "the manager was taken away", kind: 2, hand: byHand(genesystest.Plant{ManagerID: new("")}), found: attributeDiffers},
		{name: "a group was left", hand: byHand(genesystest.Plant{Groups: []string{"Austin Site"}}), found: attributeDiffers},
		{name: "the location differs", kind: 3, hand: byHand(genesystest.Plant{Locations: []string{"Austin"}}), found: attributeDiffers},
		{name: "HR's change of department was lost", kind: 2, listed: says("department_code", "SUPP_L1"), found: "ATTRIBUTE_MISMATCH REEMIT_UPDATE"},
		{name: "somebody on leave is active", begin: isOnLeave, hand: byHand(genesystest.Plant{State: new("active")}), found: "ATTRIBUTE_MISMATCH ISOLATE_AND_ASK"},

		{name: "HR's roster does not have them", listed: func(fields) fields { return nil }, found: missingFromHR},
		{name: "HR's roster does not have them either", kind: 4, listed: func(fields) fields { return nil }, found: missingFromHR},

		{name: "a grace has lost its workflow", begin: hasLeft, found: workflowMissing, reasons: []string{"IN_GRACE"}, hand: func(t *testing.T, p *settled) {
			t.Helper()
			p.nobodyLooks(t)
			require.NoError(t, p.s.temporal.TerminateWorkflow(t.Context(), names.TerminationWorkflowID(p.id, 2), "", "a test"))
		}},
		{name: "a grace that is over has a workflow", begin: hasLeft, found: "WORKFLOW_MISSING END_WORKFLOW", hand: func(t *testing.T, p *settled) {
			t.Helper()
			p.nobodyLooks(t)
			p.onRecord(t, func(tx *store.PersonTx) error {
				return tx.ChangeGrace(2, store.GraceChange{Phase: new(lifecycle.GraceEnded), EndedBecause: new("a test")})
			})
		}},
	}
}

// looks are 40 that only look like a discrepancy; of two the account is nobody's.
func looks() []discrepancy {
	excepted := func(part, construct string, change func(t *testing.T, p *settled)) func(t *testing.T, p *settled) {
		return func(t *testing.T, p *settled) {
			t.Helper()
			_, err := p.s.api.MakeException(t.Context(), p.id, api.ExceptionRequest{
				Part: part, Construct: construct, Until: time.Now().Add(time.Hour), Reason: "a test",
			})
			require.NoError(t, err)
			change(t, p)
		}
	}
	joinsNot := func(queue string) func(t *testing.T, p *settled) {
		return edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Queues: with(was.Queues, queue, false)}
		})
	}
	starts := func(days int) fields {
		return fields{"hire_date": time.Now().AddDate(0, 0, days).Format(time.DateOnly)}
	}
	return []discrepancy{
		{name: "left, in grace", begin: hasLeft, listed: says("status", "TERMINATED"), reasons: []string{"IN_GRACE"}},
		{name: "left, no longer in the roster", kind: 2, begin: hasLeft, listed: func(fields) fields { return nil }, reasons: []string{"IN_GRACE"}},
		{name: "left, in grace, and the account changed", kind: 3, begin: hasLeft, listed: says("status", "TERMINATED"), hand: takesSkill("Sales_Closing"), reasons: []string{"IN_GRACE"}},
		{name: "left, the account gone early", kind: 4, begin: hasLeft, listed: says("status", "TERMINATED"), hand: byHand(genesystest.Plant{State: new("deleted")}), reasons: []string{"IN_GRACE"}},
		{name: "left, held", begin: isHeldAfterLeaving, listed: says("status", "TERMINATED"), reasons: []string{"HELD"}},
		{name: "left, held, no longer in the roster", kind: 2, begin: isHeldAfterLeaving, listed: func(fields) fields { return nil }, reasons: []string{"HELD"}},
		{name: "reversed, HR still says left", begin: isReversed, listed: says("status", "TERMINATED"), reasons: []string{"REVERSED_AWAITING_HR"}},
		{name: "reversed, HR's roster has nobody", kind: 2, begin: isReversed, listed: func(fields) fields { return nil }, reasons: []string{"REVERSED_AWAITING_HR"}},
		{name: "on leave", begin: isOnLeave, listed: says("status", "ON_LEAVE"), reasons: []string{"ON_LEAVE"}},
		{name: "on leave, the account changed", kind: 2, begin: isOnLeave, listed: says("status", "ON_LEAVE"), hand: takesSkill("Billing_Support"), reasons: []string{"ON_LEAVE"}},
		{name: "suspended", kind: 3, begin: is("SUSPENDED"), listed: says("status", "SUSPENDED"), reasons: []string{"ON_LEAVE"}},
		{name: "begins in three weeks", alone: true, begin: posts("USER_CREATE", starts(21)), listed: says("hire_date", starts(21)["hire_date"]), reasons: []string{"FUTURE_START"}},
		{name: "begins in two weeks, by HR's roster alone", alone: true, listed: says("hire_date", starts(14)["hire_date"]), reasons: []string{"FUTURE_START"}},
		{name: "out of scope by department", alone: true, changes: fields{"department_code": "RETAIL-7"}, begin: comesOut("out_of_scope"), reasons: []string{"OUT_OF_SCOPE"}},
		{name: "out of scope by HR's roster alone", alone: true, changes: fields{"department_code": "RETAIL-9"}, reasons: []string{"OUT_OF_SCOPE"}},
		{name: "hired into a department without a rule", alone: true, changes: fields{"department_code": "NOWHERE"}, begin: parks("unmapped"), reasons: []string{"PARKED"}},
		{name: "hired, the activation not approved yet", alone: true, kind: 4, begin: waitsForApproval, reasons: []string{"PARKED"}},
		{name: "has a skill code without a rule", begin: parksSkill, listed: says("skill_codes", []string{"SVC_TECH", "LANG_EN", "SVC_VIP"}), reasons: []string{"PARKED"}},
		{name: "an event has just come", kind: 2, late: isAboutTo, agreed: says("last_name", "Soon"), reasons: []string{"OPERATION_RUNNING", "ROSTER_OLDER"}},
		{name: "a skill excepted", hand: excepted("skill", "Billing_Support", givesSkill("Billing_Support", 5)), reasons: []string{"DATED_EXCEPTION"}},
		{name: "the lack of a skill excepted", hand: excepted("skill", "Technical_Support", takesSkill("Technical_Support")), reasons: []string{"DATED_EXCEPTION"}},
		{name: "a queue excepted", kind: 2, reasons: []string{"DATED_EXCEPTION"}, hand: excepted("queue", "Sales_Inbound", edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Queues: with(was.Queues, "Sales_Inbound", true)}
		}))},
		{name: "a title excepted", kind: 4, reasons: []string{"DATED_EXCEPTION"}, hand: excepted("profile", "title", byHand(genesystest.Plant{Title: new("Acting Lead")}))},
		{name: "a role excepted", kind: 3, reasons: []string{"DATED_EXCEPTION"}, hand: excepted("role", "Knowledge Base Editor", byHand(genesystest.Plant{Roles: []string{"employee", "Agent", "Knowledge Base Editor"}}))},
		{name: "waits for a seat", hand: waitsForSeat, reasons: []string{"SEAT_MISSING"}},
		{name: "in the fallback of a queue that is gone", changes: fields{"department_code": "NIGHT"}, reasons: []string{"FALLBACK_QUEUE"}},
		{name: "in the fallback of a queue that is gone, too", changes: fields{"department_code": "NIGHT"}, reasons: []string{"FALLBACK_QUEUE"}},
		{name: "turned a queue off", hand: joinsNot("General_Support"), reasons: []string{"NOT_JOINED"}},
		{name: "turned another queue off", kind: 2, hand: joinsNot("Billing_Queue"), reasons: []string{"NOT_JOINED"}},
		{name: "has a skill that no rule names", hand: givesSkill("Origami", 2), reasons: []string{"UNMANAGED"}},
		{name: "is in a group that no rule names", hand: byHand(genesystest.Plant{Groups: []string{"Austin Site", "Support Team", "Running Club"}}), reasons: []string{"UNMANAGED"}},
		{name: "is in a queue that no rule names", kind: 2, reasons: []string{"UNMANAGED"}, hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Queues: with(was.Queues, "Wine_Tasting", true)}
		})},
		{name: "works on another platform", changes: fields{"department_code": "ELSEWHERE"}, reasons: []string{"OTHER_PLATFORM"}},
		{name: "HR's roster is older than a change", kind: 2, late: changed(fields{"last_name": "Newname"}), agreed: says("last_name", "Newname"), reasons: []string{"ROSTER_OLDER"}},
		{name: "HR's roster is older than a hire", alone: true, kind: 2, late: hired, listed: func(fields) fields { return nil }, agreed: func(line fields) fields { return line }, reasons: []string{"ROSTER_OLDER"}},
		{name: "the list was behind", hand: takesSkill("Technical_Support"), reasons: []string{"INDEX_LAG"}},
		{name: "the address is written in capitals", kind: 2, hand: edits(func(was genesystest.Truth) genesystest.Plant {
			return genesystest.Plant{Email: new(upper(was.Email))}
		})},
		{name: "the account has a phone number and a session", kind: 3, hand: byHand(genesystest.Plant{Sessions: new(1), Station: new("desk 7")})},
	}
}

// listBehind is the one whose skill is given back while the platform is being read.
const listBehind = "the list was behind"

func byHand(how genesystest.Plant) func(t *testing.T, p *settled) {
	return func(t *testing.T, p *settled) {
		t.Helper()
		p.change(t, how)
	}
}

func edits(how func(was genesystest.Truth) genesystest.Plant) func(t *testing.T, p *settled) {
	return func(t *testing.T, p *settled) {
		t.Helper()
		p.change(t, how(p.now(t)))
	}
}

// nobodyLooks has the mailbox closed and not about to be rung: it would see by itself what is wrong.
func (p *settled) nobodyLooks(t *testing.T) {
	t.Helper()
	p.s.mailboxCloses(t, p.id)
	p.s.sql(t, `delete from rings where person_id = $1`, p.id)
}

func takesSkill(name string) func(t *testing.T, p *settled) {
	return edits(func(was genesystest.Truth) genesystest.Plant {
		return genesystest.Plant{Skills: without(was.Skills, name)}
	})
}

func givesSkill(name string, proficiency float64) func(t *testing.T, p *settled) {
	return edits(func(was genesystest.Truth) genesystest.Plant {
		return genesystest.Plant{Skills: with(was.Skills, name, proficiency)}
	})
}

func says(field string, value any) func(line fields) fields {
	return func(line fields) fields {
		line[field] = value
		return line
	}
}

// fought gives a skill that was taken away three times before.
func fought(t *testing.T, p *settled) {
	t.Helper()
	var before []store.PutBack
	for _, reference := range []string{"rec_1", "rec_2", "rec_3"} {
		before = append(before, store.PutBack{
			PersonID: p.id, Part: "skill", Construct: genesystest.ID(genesystest.KindSkill, "Billing_Support"), Reference: reference,
		})
	}
	require.NoError(t, p.s.store.AddPutBacks(t.Context(), before))
	givesSkill("Billing_Support", 2)(t, p)
}

func hasLeft(t *testing.T, p *settled) func() {
	t.Helper()
	p.leaves()
	return func() {
		p.isArchived(t)
		p.s.rests(t, names.TerminationWorkflowID(p.id, 2))
	}
}

func leftOn(days int) func(t *testing.T, p *settled) func() {
	return func(t *testing.T, p *settled) func() {
		t.Helper()
		p.post("USER_TERMINATE", nil, fields{"external_user_id": p.id, "termination": fields{
			"reason": "VOLUNTARY", "last_day": time.Now().AddDate(0, 0, days).Format(time.DateOnly),
		}})
		return func() { p.becomes(t, "deactivated") }
	}
}

func isHeldAfterLeaving(t *testing.T, p *settled) func() {
	t.Helper()
	legal := p.s.as("legal")
	_, err := legal.PlaceHold(t.Context(), p.id, "2026/7", "a claim")
	require.NoError(t, err)
	p.leaves()
	return func() { p.becomes(t, "held") }
}

func isReversed(t *testing.T, p *settled) func() {
	t.Helper()
	p.leaves()
	return func() {
		p.becomes(t, "deactivated")
		legal := p.s.as("legal")
		_, err := legal.PullLever(t.Context(), p.id, api.LeverReverse, "a test", time.Time{})
		require.NoError(t, err)
		p.becomes(t, "active")
	}
}

func is(status string) func(t *testing.T, p *settled) func() {
	return func(t *testing.T, p *settled) func() {
		t.Helper()
		p.post("USER_UPDATE", nil, fields{"external_user_id": p.id, "status": status})
		return func() { p.becomes(t, "on_leave") }
	}
}

func isOnLeave(t *testing.T, p *settled) func() {
	t.Helper()
	return is("ON_LEAVE")(t, p)
}

func posts(eventType string, more fields) func(t *testing.T, p *settled) func() {
	return func(_ *testing.T, p *settled) func() {
		p.post(eventType, nil, p.hire(mergedFields(p.hired, more)))
		return func() {}
	}
}

func mergedFields(all ...fields) fields {
	merged := fields{}
	for _, each := range all {
		for name, value := range each {
			merged[name] = value
		}
	}
	return merged
}

func comesOut(outcome string) func(t *testing.T, p *settled) func() {
	return func(t *testing.T, p *settled) func() {
		t.Helper()
		id := p.post("USER_CREATE", nil, p.hired)
		return func() { p.s.comesOut(t, id, outcome) }
	}
}

func hired(t *testing.T, p *settled) func() {
	t.Helper()
	return comesOut("applied")(t, p)
}

func parks(kind string) func(t *testing.T, p *settled) func() {
	return func(t *testing.T, p *settled) func() {
		t.Helper()
		p.post("USER_CREATE", nil, p.hired)
		return func() { p.isReviewed(t, kind) }
	}
}

func parksSkill(t *testing.T, p *settled) func() {
	t.Helper()
	p.post("SKILL_ASSIGN", nil, fields{"external_user_id": p.id, "skill_codes": []string{"SVC_VIP"}})
	return func() { p.isReviewed(t, "unmapped") }
}

func waitsForApproval(t *testing.T, p *settled) func() {
	t.Helper()
	p.post("USER_CREATE", nil, p.hired)
	return func() {
		eventually(t, p.id+" waits for its activation", func() error {
			page, err := p.s.api.Approvals(t.Context(), api.DecisionQuery{State: "open", PersonID: p.id})
			if err == nil && len(page.Items) == 0 {
				err = errNotYet
			}
			return err
		})
	}
}

func changed(what fields) func(t *testing.T, p *settled) func() {
	return func(t *testing.T, p *settled) func() {
		t.Helper()
		id := p.post("USER_UPDATE", nil, mergedFields(what, fields{"external_user_id": p.id}))
		return func() { p.s.comesOut(t, id, "applied") }
	}
}

// isAboutTo is an event that is committed and of which no mailbox was told yet.
func isAboutTo(t *testing.T, p *settled) func() {
	t.Helper()
	change := incoming(t, "USER_UPDATE", time.Now(), fields{"external_user_id": p.id, "last_name": "Soon"})
	_, err := p.s.store.Ingest(t.Context(), []store.Incoming{change}, false)
	require.NoError(t, err)
	p.s.sql(t, `delete from rings where person_id = $1`, p.id)
	return func() {}
}

func waitsForSeat(t *testing.T, p *settled) {
	t.Helper()
	queue := genesystest.ID(genesystest.KindQueue, "General_Support")
	p.onRecord(t, func(tx *store.PersonTx) error {
		_, err := tx.OpenReview(store.Review{Kind: lifecycle.ReviewConflict, Question: "no seat", Detail: json.RawMessage(`{"unjoined": "` + queue + `"}`)})
		return err
	})
	p.change(t, genesystest.Plant{Queues: map[string]bool{"General_Support": false}})
}

func upper(email string) string {
	return string(slices.Concat([]byte{email[0] - 'a' + 'A'}, []byte(email[1:])))
}
