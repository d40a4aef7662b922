package demo

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

// drift: the account of one person is changed by hand, that of another by the platform itself, and a reconciliation says so and changes
// nothing. Whoever is allowed to differ until a day is not told of.
func (s *story) drift() {
	priya, err := s.platform.account(s.ctx, priyaEmail)
	s.check("Priya's account is there", err)
	err = s.platform.change(s.ctx, priya.ID, genesystest.Plant{Skills: map[string]float64{"Billing_Support": 5, "Technical_Support": 2}})
	s.check("a supervisor changes Priya's skills on the platform, past HR", err)

	nuria, err := s.platform.account(s.ctx, nuriaEmail)
	s.check("Nuria's account is there", err)
	more := maps.Clone(nuria.Skills)
	more["Billing_Support"] = 1
	err = s.platform.change(s.ctx, nuria.ID, genesystest.Plant{Skills: more})
	s.check("and gives Nuria a skill, too", err)
	_, err = s.operator.MakeException(s.ctx, nuriaID, api.ExceptionRequest{
		Part: "skill", Construct: "Billing_Support", Until: time.Now().Add(24 * time.Hour), Reason: "covers for a colleague until tomorrow",
	})
	s.check("an operator allows Nuria that until tomorrow", err)

	sam, err := s.platform.account(s.ctx, samEmail)
	s.check("Sam's account is there", err)
	err = s.platform.reject(s.ctx, genesystest.Rejection{Skill: "Billing_Support", UserID: sam.ID, DelayMS: 3000})
	s.check("the platform is going to take back a skill that it accepts", err)
	event := s.event("HR says that Sam can do billing, too", "USER_UPDATE", nil, fields{
		"external_user_id": samID, "skill_codes": []string{"SVC_BILLING", "SVC_TECH"},
	})
	s.outcome("the event comes out as applied, the skill was read back", event, "applied")
	s.eventually("seconds later the platform has taken it back, and told nobody", func() error {
		account, err := s.platform.account(s.ctx, samEmail)
		_, there := account.Skills["Billing_Support"]
		return errors.Join(err, holds(!there, "skills: %v", account.Skills))
	})

	s.dropRoster()
	run := s.reconciled("HR's roster, the record and the platform are compared, for everybody")
	s.check("nothing is counted as not compared", holds(len(run.Counts.Unevaluated) == 0, "not evaluated: %v", run.Counts.Unevaluated))
	s.finds(run, priyaID+" SKILL_MISMATCH", samID+" SKILL_MISMATCH")
	s.check("Nuria differs as expected", holds(run.Counts.Expected["DATED_EXCEPTION"] == 1, "expected: %v", run.Counts.Expected))
	after, err := s.platform.account(s.ctx, priyaEmail)
	s.check("nothing was changed: so far a reconciliation only reports", errors.Join(err, equal("Billing_Support", after.Skills["Billing_Support"], 5)))
}

// driftRepaired: the same again, with the type of what was found set to be repaired.
func (s *story) driftRepaired() {
	_, err := s.operator.SetDeltaMode(s.ctx, "SKILL_MISMATCH", "repair", "the reports held no surprise")
	s.check("an operator has differences of skills repaired from now on", err)
	s.dropRoster()
	run := s.reconciled("everybody is compared again, those too who have left or come since")
	s.finds(run, priyaID+" SKILL_MISMATCH", samID+" SKILL_MISMATCH")
	s.eventually("Priya's skills on the platform are what HR says, by a transfer through her mailbox", func() error {
		account, err := s.platform.account(s.ctx, priyaEmail)
		return errors.Join(err, sameMap("skills", account.Skills, map[string]float64{"Billing_Support": 3}))
	})
	s.eventually("and so are Sam's", func() error {
		account, err := s.platform.account(s.ctx, samEmail)
		return errors.Join(err, equal("Billing_Support", account.Skills["Billing_Support"], 3), equal("Technical_Support", account.Skills["Technical_Support"], 4))
	})
	nuria, err := s.platform.account(s.ctx, nuriaEmail)
	s.check("what Nuria is allowed until tomorrow stays", errors.Join(err, equal("Billing_Support", nuria.Skills["Billing_Support"], 1)))
	s.eventually("both deltas say what became of them", func() error {
		page, err := s.operator.Deltas(s.ctx, run.ID, api.DeltaQuery{})
		for _, delta := range page.Items {
			err = errors.Join(err, holds(len(delta.Outcomes) > 0, "no outcome of %s", delta.ExternalUserID))
		}
		return err
	})
	for id, name := range map[string]string{priyaID: "Priya", samID: "Sam"} {
		alone, err := s.operator.ReconcilePerson(s.ctx, id)
		s.check(name+" alone, compared once more: nothing differs", errors.Join(err, equal("status", alone.Status, "completed"),
			holds(len(alone.Deltas) == 0, "deltas: %+v", alone.Deltas)))
	}
	s.writeReport(run)
}

// reconciled has everybody compared and waits for the end. It is asked for once a minute at the most, so the next minute may have to come.
func (s *story) reconciled(claim string) (run api.Reconciliation) {
	waiting := false
	s.within(askedAgainWithin+patience, claim, func() (err error) {
		switch thisMinute := time.Now().UTC().Format("20060102_1504"); {
		case run.ID != "":
			run, err = s.operator.Reconciliation(s.ctx, run.ID)
		case s.lastRun != "" && strings.HasSuffix(s.lastRun, thisMinute):
			if !waiting {
				waiting = true
				s.say("one reconciliation of everybody in a minute is enough: waiting for the next minute")
			}
		default:
			run, err = s.operator.StartReconciliation(s.ctx, "")
		}
		return errors.Join(err, holds(run.EndedAt != nil, "%q has not ended", run.ID))
	})
	s.lastRun = run.ID
	s.check(fmt.Sprintf("%s has completed: %d people, %d accounts of nobody", run.ID, run.Counts.People, run.Counts.Accounts),
		errors.Join(equal("status", run.Status, "completed"), holds(run.Reason == "", "%s", run.Reason)))
	return run
}

// askedAgainWithin is how long it takes at the most until another reconciliation can be asked for.
const askedAgainWithin = time.Minute

// finds checks that a run found these deltas and no other: a person's id and the type each.
func (s *story) finds(run api.Reconciliation, expected ...string) {
	page, err := s.operator.Deltas(s.ctx, run.ID, api.DeltaQuery{PageQuery: api.PageQuery{Limit: 100}})
	var found []string
	for _, delta := range page.Items {
		s.say("%s %s, expected %v, found %v", delta.ExternalUserID, delta.DeltaType, delta.ExpectedSkillNames, delta.ActualSkillNames)
		found = append(found, strings.TrimSpace(delta.ExternalUserID+" "+delta.DeltaType))
	}
	slices.Sort(found)
	slices.Sort(expected)
	claim := fmt.Sprintf("it finds these %d and nothing else", len(expected))
	if len(expected) == 0 {
		claim = "it finds nothing"
	}
	s.check(claim, errors.Join(err, holds(slices.Equal(found, expected), "found %q, expected %q", found, expected)))
}

// writeReport keeps the page of a run in the demo's folder, for whoever wants to look at it.
func (s *story) writeReport(run api.Reconciliation) {
	content, err := s.operator.ReconciliationReport(s.ctx, run.ID, "html")
	path := filepath.Join(s.places.Reports, run.ID+".html")
	if err == nil {
		err = errors.Join(os.MkdirAll(s.places.Reports, 0o755), os.WriteFile(path, content, 0o600))
	}
	s.check("its report is kept as a page: "+path, err)
}
