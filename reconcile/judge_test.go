package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/reconcile"
)

func night() time.Time { return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) }

// nightly is a run in which everything could be read.
func nightly() reconcile.Run {
	return reconcile.Run{
		ID: reconcile.NewID(night()), At: night(), Platform: "genesys",
		Sources:   map[string]reconcile.Source{"workday": {Healthy: true, AsOf: night().Add(-time.Hour)}},
		Managed:   reconcile.ManagedIDs{"s-tech": true, "s-bill": true, "l-es": true, "r-agent": true, "q-2": true, "q-0": true, "g-team": true},
		BaseRoles: map[string]bool{"r-base": true},
		Names:     reconcile.NamesOf(catalogue()),
		Codes: reconcile.NewCodebook(map[string]mapping.SkillConstructs{
			"SVC_TECH": {Skills: []string{"Tech"}}, "SVC_BILLING": {Skills: []string{"Billing"}}, "LANG_ES": {Languages: []string{"Spanish"}},
		}, catalogue()),
		Workflows: reconcile.OpenWorkflows{},
	}
}

// jane works, HR and Muster agree, and her account is as it must be.
func jane() (reconcile.Expected, reconcile.Actual) {
	state := hr.State{
		Employment: hr.Employed, Status: hr.StatusActive, Namespace: "workday", ExternalUserID: "WD-1", FirstName: "Jane", LastName: "Doe",
		Email: "jane@example.com", DepartmentCode: "SUPP_L2", SkillCodes: []string{"LANG_ES", "SVC_TECH"},
	}
	e := reconcile.Expected{
		PersonID: "WD-1", ExternalUserID: "WD-1", Namespaces: []string{"workday"}, Fold: reconcile.WordOf(state), Heard: night().AddDate(0, -1, 0),
		HireEventID: "evt_hire", ChangeEventID: "evt_change", LeaveEventID: "evt_leave",
		Roster: []reconcile.Line{{Word: reconcile.WordOf(state)}},
		Record: reconcile.Record{State: lifecycle.Active, Platform: "genesys", AccountID: "acc", Generation: 3, ChangedAt: night().AddDate(0, -1, 0)},
	}
	d := desired()
	d.Platform = "genesys"
	e = e.Expect(state, mapping.Resolution{InScope: true, Desired: d}, "", catalogue(), func(role string) bool { return role != "Agent" })
	return e, reconcile.Actual{PersonID: "WD-1", Account: atTarget(e.Target), ReadAt: night(), Confirmed: true}
}

// terminated makes HR's events end the employment.
func terminated(e *reconcile.Expected) {
	e.Fold.Employment = hr.Left
	e.Roster[0].Employment = hr.Left
}

func inGrace(e *reconcile.Expected, r *reconcile.Run) {
	terminated(e)
	e.Record.State = lifecycle.Deactivated
	e.Record.Grace = &lifecycle.Grace{PersonID: "WD-1", Generation: 3, Phase: lifecycle.GraceWaiting, Deadline: night().AddDate(0, 0, 9)}
	r.Workflows = reconcile.NewOpenWorkflows([]string{names.TerminationWorkflowID("WD-1", 3)})
}

// change alters one thing about a person who is in order.
type change func(r *reconcile.Run, e *reconcile.Expected, a *reconcile.Actual)

func gone(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) { a.Account.ID = "" }

func after(changes ...change) change {
	return func(r *reconcile.Run, e *reconcile.Expected, a *reconcile.Actual) {
		for _, c := range changes {
			c(r, e, a)
		}
	}
}

func judge(c change) reconcile.Verdict {
	r := nightly()
	e, a := jane()
	c(&r, &e, &a)
	var accounts []reconcile.Actual
	if a.Account.ID != "" {
		accounts = append(accounts, a)
	}
	v := r.Judge(e, accounts)
	if v.Confirm != nil {
		v = r.Settle(*v.Confirm, reconcile.Fresh{Accounts: accounts, OpenWorkflows: r.Workflows[e.PersonID]})
	}
	return v
}

func TestWhoAgreesInEverythingIsEqual(t *testing.T) {
	v := judge(after())
	require.Equal(t, reconcile.Equal, v.Class, "%+v", v)
}

func extraSkill(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) {
	a.Account.Skills = append([]ccaas.Rated{{ID: "s-bill", Proficiency: 2}}, a.Account.Skills...)
}

func inactive(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) {
	a.Account.State = ccaas.Inactive
}

func leaver(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) { terminated(e) }

func waiting(r *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) { inGrace(e, r) }

func rosterEnds(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
	e.Roster[0].Employment = hr.Left
}

func neverHeard(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
	e.Fold, e.Heard = reconcile.Word{}, time.Time{}
	e.Record = reconcile.Record{State: lifecycle.Unknown}
	e.HireEventID, e.ChangeEventID, e.LeaveEventID = "", "", ""
}

// rejoins has the roster say that the employment has ended and that another begins in two weeks.
func rejoins(id string) change {
	return person(func(e *reconcile.Expected) {
		next := e.Roster[0]
		next.ExternalUserID, next.StartsAt = id, night().AddDate(0, 0, 14)
		e.Roster[0].Employment = hr.Left
		e.Roster = append(e.Roster, next)
	})
}

func startsIn(days int) change {
	return person(func(e *reconcile.Expected) {
		start := night().AddDate(0, 0, days)
		e.Roster[0].StartsAt, e.Roster[0].HireDate = start, hr.Date{Year: start.Year(), Month: start.Month(), Day: start.Day()}
	})
}

func ownedElsewhere(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) { e.Foreign = true }

func notInRoster(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) { e.Roster = nil }

func onLeave(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
	e.Fold.Status, e.Roster[0].Status, e.Record.State = hr.StatusOnLeave, hr.StatusOnLeave, lifecycle.OnLeave
}

func outOfScope(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
	e.InScope, e.Platform, e.Target, e.Record.State = false, "", reconcile.Target{}, lifecycle.OutOfScope
}

func unlinked(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
	e.Record.AccountID, e.Record.Platform = "", ""
}

func running(op lifecycle.Operation) change {
	return func(r *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
		e.Record.Operation = op
		r.Workflows = reconcile.NewOpenWorkflows([]string{string(op) + "/WD-1/3"})
	}
}

func question(kind lifecycle.ReviewKind, blocking bool, field lifecycle.Field) change {
	return func(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
		e.Record.Open = append(e.Record.Open, reconcile.QuestionOfReview("rev_1", kind, blocking, field))
	}
}

func except(part reconcile.Part, construct string, until time.Time) change {
	return func(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
		e.Exceptions = append(e.Exceptions, reconcile.Exception{ID: "exc_1", Part: part, Construct: construct, Until: until})
	}
}

func reversed(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) { e.Record.Reversed = true }

func account(with func(a *ccaas.Account)) change {
	return func(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) { with(&a.Account) }
}

func person(with func(e *reconcile.Expected)) change {
	return func(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) { with(e) }
}

func run(with func(r *reconcile.Run)) change {
	return func(r *reconcile.Run, _ *reconcile.Expected, _ *reconcile.Actual) { with(r) }
}

func putBacks(part reconcile.Part, construct string, times int) change {
	return person(func(e *reconcile.Expected) {
		for i := range times {
			e.PutBacks = append(e.PutBacks, reconcile.PutBack{Part: part, Construct: construct, At: night().AddDate(0, 0, -i-1)})
		}
	})
}

type found map[reconcile.DeltaType]reconcile.Resolution

func TestEveryKindOfDisagreementIsADelta(t *testing.T) {
	cases := map[string]struct {
		change change
		want   found
	}{
		"no account at all":                      {gone, found{reconcile.HRActiveCCaaSMissing: reconcile.ReemitHire}},
		"somebody made the account inactive":     {inactive, found{reconcile.HRActiveCCaaSMissing: reconcile.ReemitHire}},
		"the hire never came, and no account is": {after(neverHeard, gone), found{reconcile.HRActiveCCaaSMissing: reconcile.ReemitHire}},
		"the hire never came, and an account is": {neverHeard, found{reconcile.HRActiveCCaaSMissing: reconcile.ReemitHire}},
		"the rehire never came": {
			after(waiting, inactive, person(func(e *reconcile.Expected) { e.Roster[0].Employment = hr.Employed })),
			found{reconcile.HRActiveCCaaSMissing: reconcile.ReemitHire},
		},
		"the account of a reversal is missing": {after(reversed, rosterEnds, gone), found{reconcile.HRActiveCCaaSMissing: reconcile.NoneReportOnly}},

		"a leaver's account is active":                  {leaver, found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"a leaver's account is active again":            {waiting, found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"the termination never came":                    {rosterEnds, found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"no question explains that a leaver is active":  {after(rosterEnds, question(lifecycle.ReviewPlatformRefusal, true, "")), found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"nor does an operation that is no termination":  {after(rosterEnds, running(lifecycle.Transfer)), found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"nor that the account was never linked":         {after(leaver, unlinked), found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"a leaver nobody told of, with an account":      {after(neverHeard, rosterEnds), found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk}},
		"a leaver whose account is owned elsewhere":     {after(leaver, func(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) { a.Foreign = true }), found{reconcile.HRTerminatedCCaaSActive: reconcile.NoneReportOnly}},
		"a leaver who is owned elsewhere":               {after(leaver, unlinked, ownedElsewhere), found{reconcile.HRTerminatedCCaaSActive: reconcile.NoneReportOnly}},
		"their termination never came":                  {after(rosterEnds, ownedElsewhere), found{reconcile.HRTerminatedCCaaSActive: reconcile.ReemitTermination}},
		"somebody owned elsewhere without an account":   {after(ownedElsewhere, gone), found{reconcile.HRActiveCCaaSMissing: reconcile.NoneReportOnly}},
		"the termination never came, nobody has access": {after(rosterEnds, inactive), found{reconcile.AttributeMismatch: reconcile.ReemitTermination}},
		"one of two employments ended without an event": {
			person(func(e *reconcile.Expected) {
				second := e.Roster[0]
				second.ExternalUserID = "WD-2"
				e.Roster[0].Employment = hr.Left
				e.Roster = append(e.Roster, second)
			}), found{reconcile.AttributeMismatch: reconcile.ReemitTermination},
		},

		"the termination never came, and another employment is ahead": {
			rejoins("WD-2"), found{reconcile.HRTerminatedCCaaSActive: reconcile.IsolateAndAsk},
		},
		"so it is without access": {after(rejoins("WD-2"), inactive), found{reconcile.AttributeMismatch: reconcile.ReemitTermination}},
		"another employment is ahead, and the roster does not have the one that goes on": {
			after(rejoins("WD-2"), person(func(e *reconcile.Expected) { e.Roster = e.Roster[1:] })),
			found{reconcile.MissingFromHR: reconcile.NoneReportOnly},
		},
		"the employment begins on a day to come, and the account is active": {
			startsIn(14), found{reconcile.AttributeMismatch: reconcile.IsolateAndAsk},
		},

		"the roster has an employment that ended, and not the one that goes on": {
			person(func(e *reconcile.Expected) {
				e.Roster[0].ExternalUserID, e.Roster[0].Employment = "OLD-1", hr.Left
			}), found{reconcile.MissingFromHR: reconcile.NoneReportOnly},
		},

		"a skill too many":        {extraSkill, found{reconcile.SkillMismatch: reconcile.Transfer}},
		"a skill too few":         {account(func(a *ccaas.Account) { a.Skills = nil }), found{reconcile.SkillMismatch: reconcile.Transfer}},
		"another proficiency":     {account(func(a *ccaas.Account) { a.Skills = []ccaas.Rated{{ID: "s-tech", Proficiency: 1}} }), found{reconcile.SkillMismatch: reconcile.Transfer}},
		"a language too few":      {account(func(a *ccaas.Account) { a.Languages = nil }), found{reconcile.SkillMismatch: reconcile.Transfer}},
		"a queue too few":         {account(func(a *ccaas.Account) { a.Queues = nil }), found{reconcile.QueueMismatch: reconcile.Transfer}},
		"a queue too many":        {account(func(a *ccaas.Account) { a.Queues = append(a.Queues, ccaas.Membership{QueueID: "q-0"}) }), found{reconcile.QueueMismatch: reconcile.Transfer}},
		"a role everybody has":    {account(func(a *ccaas.Account) { a.Roles = nil }), found{reconcile.RoleMismatch: reconcile.Transfer}},
		"a role in another place": {account(func(a *ccaas.Account) { a.Roles[0].DivisionID = "d-home" }), found{reconcile.RoleMismatch: reconcile.Transfer}},
		"a role that asks": {
			after(account(func(a *ccaas.Account) { a.Roles = nil }), person(func(e *reconcile.Expected) { e.ApprovedRoleIDs = nil })),
			found{reconcile.RoleMismatch: reconcile.AskRoleApproval},
		},
		"another title on the platform": {
			after(account(func(a *ccaas.Account) { a.Title = "Boss" }), person(func(e *reconcile.Expected) { e.Target.Title = "Agent" })),
			found{reconcile.AttributeMismatch: reconcile.Transfer},
		},
		"a group, a division and a work plan": {
			account(func(a *ccaas.Account) { a.GroupIDs, a.DivisionID, a.WorkPlanID = nil, "d-home", "other" }),
			found{reconcile.AttributeMismatch: reconcile.Transfer},
		},
		"skills and queues at once": {
			after(extraSkill, account(func(a *ccaas.Account) { a.Queues = nil })),
			found{reconcile.SkillMismatch: reconcile.Transfer, reconcile.QueueMismatch: reconcile.Transfer},
		},
		"active while on leave":                {onLeave, found{reconcile.AttributeMismatch: reconcile.IsolateAndAsk}},
		"active after leaving the scope":       {outOfScope, found{reconcile.AttributeMismatch: reconcile.IsolateAndAsk}},
		"active after moving to another place": {person(func(e *reconcile.Expected) { e.Platform = "cxone" }), found{reconcile.AttributeMismatch: reconcile.IsolateAndAsk}},

		"an update never came": {
			person(func(e *reconcile.Expected) {
				e.Roster[0].Fields = map[string]string{"department_code": "SALES"}
			}), found{reconcile.AttributeMismatch: reconcile.ReemitUpdate},
		},
		"a leave never came": {person(func(e *reconcile.Expected) { e.Roster[0].Status = hr.StatusOnLeave }), found{reconcile.AttributeMismatch: reconcile.ReemitUpdate}},
		"a skill assignment never came": {
			person(func(e *reconcile.Expected) { e.Roster[0].Skills = []string{"SVC_TECH"} }), found{reconcile.SkillMismatch: reconcile.ReemitUpdate},
		},
		"a skill assignment never came and the platform differs too": {
			after(extraSkill, person(func(e *reconcile.Expected) { e.Roster[0].Skills = []string{"SVC_TECH"} })),
			found{reconcile.SkillMismatch: reconcile.ReemitUpdate},
		},

		"HR does not have the person": {notInRoster, found{reconcile.MissingFromHR: reconcile.NoneReportOnly}},
		"nor the last time": {
			after(notInRoster, run(func(r *reconcile.Run) { r.MissingBefore = func(id string) bool { return id == "WD-1" } })),
			found{reconcile.MissingFromHR: reconcile.ReviewMissingFromHR},
		},

		"an operation without its workflow": {
			after(running(lifecycle.Transfer), run(func(r *reconcile.Run) { r.Workflows = reconcile.OpenWorkflows{} })),
			found{reconcile.WorkflowMissing: reconcile.RestartWorkflow},
		},
		"a grace without its workflow": {
			after(waiting, inactive, run(func(r *reconcile.Run) { r.Workflows = reconcile.OpenWorkflows{} })),
			found{reconcile.WorkflowMissing: reconcile.RestartWorkflow},
		},
		"a workflow without its record": {
			run(func(r *reconcile.Run) {
				r.Workflows = reconcile.NewOpenWorkflows([]string{"hire/WD-1/2", "agent/WD-1"})
			}),
			found{reconcile.WorkflowMissing: reconcile.EndWorkflow},
		},
		"a workflow that is newer than the record": {
			run(func(r *reconcile.Run) { r.Workflows = reconcile.NewOpenWorkflows([]string{"hire/WD-1/9"}) }),
			found{reconcile.WorkflowMissing: reconcile.NoneReportOnly},
		},

		"put back twice before": {after(extraSkill, putBacks(reconcile.PartSkill, "s-bill", 2)), found{reconcile.SkillMismatch: reconcile.Transfer}},
		"put back three times before": {
			after(extraSkill, account(func(a *ccaas.Account) { a.Queues = nil }), putBacks(reconcile.PartSkill, "s-bill", 3)),
			found{reconcile.SkillMismatch: reconcile.AskThirdPutBack, reconcile.QueueMismatch: reconcile.AskThirdPutBack},
		},
		"a role that asks, and a skill put back three times": {
			after(extraSkill, account(func(a *ccaas.Account) { a.Roles = nil }), person(func(e *reconcile.Expected) { e.ApprovedRoleIDs = nil }),
				putBacks(reconcile.PartSkill, "s-bill", 3)),
			found{reconcile.SkillMismatch: reconcile.AskThirdPutBack, reconcile.RoleMismatch: reconcile.AskThirdPutBack},
		},
		"a lost update, and a skill put back three times": {
			after(extraSkill, person(func(e *reconcile.Expected) { e.Roster[0].Fields = map[string]string{"department_code": "SALES"} }),
				putBacks(reconcile.PartSkill, "s-bill", 3)),
			found{reconcile.SkillMismatch: reconcile.AskThirdPutBack, reconcile.AttributeMismatch: reconcile.AskThirdPutBack},
		},
		"the rehire never came, and a termination runs": {
			after(leaver, inactive, running(lifecycle.Termination), person(func(e *reconcile.Expected) { e.Roster[0].Employment = hr.Employed })),
			found{reconcile.HRActiveCCaaSMissing: reconcile.ReemitHire},
		},
		"another construct was put back": {after(extraSkill, putBacks(reconcile.PartSkill, "s-tech", 3)), found{reconcile.SkillMismatch: reconcile.Transfer}},
		"the exception has ended":        {after(extraSkill, except(reconcile.PartSkill, "s-bill", night())), found{reconcile.SkillMismatch: reconcile.Transfer}},
		"a parked email explains no skill": {
			after(extraSkill, question(lifecycle.ReviewConflict, false, lifecycle.FieldEmail)), found{reconcile.SkillMismatch: reconcile.Transfer},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := judge(c.change)
			require.Equal(t, reconcile.HasDelta, v.Class, "%+v", v)
			got := found{}
			for _, d := range v.Deltas {
				require.NotContains(t, got, d.DeltaType, "one delta per type")
				got[d.DeltaType] = d.ResolutionAction
				require.Equal(t, "rec_20260302_0200", d.ReconciliationID)
				require.Equal(t, "WD-1", d.PersonID)
				require.NotEmpty(t, d.Because)
				require.Contains(t, reconcile.DeltaTypes(), d.DeltaType)
				require.Contains(t, reconcile.Resolutions(), d.ResolutionAction)
				for _, personal := range []string{"Jane", "Doe", "jane@"} {
					require.NotContains(t, d.Because, personal)
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestWhatOnlyLooksLikeADeltaIsCountedApart(t *testing.T) {
	cases := map[string]struct {
		change change
		want   []reconcile.Reason
	}{
		"in grace":                         {after(waiting, inactive), []reconcile.Reason{reconcile.InGrace}},
		"in grace, the account is deleted": {after(waiting, gone), []reconcile.Reason{reconcile.InGrace}},
		"held":                             {after(waiting, inactive, person(func(e *reconcile.Expected) { e.Record.Held = true })), []reconcile.Reason{reconcile.OnHold}},
		"reversed, HR still says terminated": {
			after(reversed, rosterEnds), []reconcile.Reason{reconcile.ReversedAwaitingHR},
		},
		"reversed, HR has nobody like that": {after(reversed, notInRoster), []reconcile.Reason{reconcile.ReversedAwaitingHR}},
		"on leave":                          {after(onLeave, inactive), []reconcile.Reason{reconcile.OnLeave}},
		"yet to begin": {
			after(neverHeard, gone, person(func(e *reconcile.Expected) { e.StartsAt = night().AddDate(0, 0, 3) })), []reconcile.Reason{reconcile.FutureStart},
		},
		"yet to begin, by the roster alone": {
			after(neverHeard, gone, person(func(e *reconcile.Expected) { e.Roster[0].StartsAt = night().AddDate(0, 0, 3) })),
			[]reconcile.Reason{reconcile.FutureStart},
		},
		"the termination is on its way": {after(leaver, running(lifecycle.Termination)), []reconcile.Reason{reconcile.OperationRunning}},
		"the termination is due":        {after(leaver, person(func(e *reconcile.Expected) { e.Record.Pending = true })), []reconcile.Reason{reconcile.OperationRunning}},
		"a transfer is on its way":      {after(extraSkill, running(lifecycle.Transfer)), []reconcile.Reason{reconcile.OperationRunning}},
		"a hire that waits for somebody": {
			after(gone, unlinked, running(lifecycle.Hire), question(lifecycle.ReviewUnmapped, false, "")), []reconcile.Reason{reconcile.Parked},
		},
		"a hire that was rejected": {after(gone, unlinked, question(lifecycle.ReviewIdentity, true, "")), []reconcile.Reason{reconcile.Parked}},
		"an email that is taken": {
			after(account(func(a *ccaas.Account) { a.Email = "other@example.com" }), question(lifecycle.ReviewConflict, false, lifecycle.FieldEmail)),
			[]reconcile.Reason{reconcile.Parked},
		},
		"a role that waits for its approval": {
			after(account(func(a *ccaas.Account) { a.Roles = nil }), person(func(e *reconcile.Expected) {
				e.Record.Open = []reconcile.Question{reconcile.QuestionOfApproval("apr_1", lifecycle.ApprovalRole)}
			})), []reconcile.Reason{reconcile.Parked},
		},
		"a code without a rule": {person(func(e *reconcile.Expected) { e.Unanswered = []string{"skill SVC_VIP"} }), []reconcile.Reason{reconcile.Parked}},
		"a skill too many where a department has no rule": {
			after(extraSkill, person(func(e *reconcile.Expected) { e.Partial, e.Unanswered = true, []string{"department NEW"} })), []reconcile.Reason{reconcile.Parked},
		},
		"somebody deleted whom HR's roster employs, and the question is open": {
			after(leaver, gone, question(lifecycle.ReviewAfterDeletion, false, ""), person(func(e *reconcile.Expected) { e.Roster[0].Employment = hr.Employed })),
			[]reconcile.Reason{reconcile.Parked},
		},
		"the employment begins on a day to come, and nobody has access": {after(startsIn(14), inactive), []reconcile.Reason{reconcile.FutureStart}},
		"what HR has said since its roster counts, also of a day to come": {
			after(startsIn(14), person(func(e *reconcile.Expected) { e.Heard = night() })), []reconcile.Reason{reconcile.RosterOlder},
		},
		"access before the day of hire, by HR's own event, in a queue without seats": {
			after(startsIn(2), account(func(a *ccaas.Account) { a.Queues = nil }), person(func(e *reconcile.Expected) {
				e.HireDates, e.Record.Unjoined = []hr.Date{e.Roster[0].HireDate}, []string{"q-2"}
			})), []reconcile.Reason{reconcile.SeatMissing},
		},
		"a skill of a supervisor until Friday": {
			after(extraSkill, except(reconcile.PartSkill, "s-bill", night().AddDate(0, 0, 4))), []reconcile.Reason{reconcile.DatedException},
		},
		"the same by its name":       {after(extraSkill, except(reconcile.PartSkill, "Billing", night().AddDate(0, 0, 4))), []reconcile.Reason{reconcile.DatedException}},
		"what no rule names":         {account(func(a *ccaas.Account) { a.Skills = append(a.Skills, ccaas.Rated{ID: "s-own"}) }), []reconcile.Reason{reconcile.UnmanagedConstruct}},
		"out of scope":               {after(outOfScope, inactive), []reconcile.Reason{reconcile.NotAnAgent}},
		"out of scope, never linked": {after(outOfScope, unlinked), []reconcile.Reason{reconcile.NotAnAgent}},
		"no seat for a queue": {
			after(account(func(a *ccaas.Account) { a.Queues = nil }), person(func(e *reconcile.Expected) { e.Record.Unjoined = []string{"q-2"} })),
			[]reconcile.Reason{reconcile.SeatMissing},
		},
		"a member that there is no seat for": {
			after(account(func(a *ccaas.Account) { a.Queues[0].Joined = false }), person(func(e *reconcile.Expected) { e.Record.Unjoined = []string{"q-2"} })),
			[]reconcile.Reason{reconcile.SeatMissing},
		},
		"an agent who turned a queue off": {account(func(a *ccaas.Account) { a.Queues[0].Joined = false }), []reconcile.Reason{reconcile.NotJoined}},
		"a fallback stands in": {
			func(_ *reconcile.Run, e *reconcile.Expected, a *reconcile.Actual) {
				cat := catalogue()
				delete(cat.Queues, "Tier 2")
				d := desired()
				d.Platform = "genesys"
				*e = e.Expect(hr.State{FirstName: "Jane", LastName: "Doe", Email: "jane@example.com"}, mapping.Resolution{InScope: true, Desired: d}, "", cat, nil)
				a.Account = atTarget(e.Target)
			}, []reconcile.Reason{reconcile.FallbackInUse},
		},
		"a field owned elsewhere": {
			after(account(func(a *ccaas.Account) { a.Email = "other@example.com" }), run(func(r *reconcile.Run) { r.Foreign = map[string]bool{"profile:email": true} })),
			[]reconcile.Reason{reconcile.OwnedElsewhere},
		},
		"a user owned elsewhere":                      {after(extraSkill, func(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) { a.Foreign = true }), []reconcile.Reason{reconcile.OwnedElsewhere}},
		"a person owned elsewhere":                    {after(extraSkill, ownedElsewhere), []reconcile.Reason{reconcile.OwnedElsewhere}},
		"a person owned elsewhere whom nobody linked": {after(extraSkill, ownedElsewhere, unlinked), []reconcile.Reason{reconcile.OwnedElsewhere}},
		"on leave and owned elsewhere":                {after(onLeave, ownedElsewhere), []reconcile.Reason{reconcile.OwnedElsewhere}},
		"a part owned elsewhere":                      {after(extraSkill, run(func(r *reconcile.Run) { r.Foreign = reconcile.Elsewhere{"skill": true} })), []reconcile.Reason{reconcile.OwnedElsewhere}},
		"moved to another platform": {
			after(inactive, person(func(e *reconcile.Expected) { e.Platform = "cxone" })), []reconcile.Reason{reconcile.OtherPlatform},
		},
		"HR has sent an event since the roster was made": {
			after(rosterEnds, person(func(e *reconcile.Expected) { e.Heard = night().Add(-time.Minute) })), []reconcile.Reason{reconcile.RosterOlder},
		},
		"a hire since the roster was made": {
			after(notInRoster, person(func(e *reconcile.Expected) { e.Heard = night().Add(-time.Minute) })), []reconcile.Reason{reconcile.RosterOlder},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := judge(c.change)
			require.Empty(t, v.Deltas)
			require.Equal(t, reconcile.ExpectedToDiffer, v.Class)
			var reasons []reconcile.Reason
			for _, x := range v.Expected {
				if x.Reason != reconcile.IndexLag {
					reasons = append(reasons, x.Reason)
				}
				require.Contains(t, reconcile.Reasons(), x.Reason)
			}
			require.Equal(t, c.want, reasons)
		})
	}
}

func TestWhoIsInOrderInSpiteOfItsLooksIsEqual(t *testing.T) {
	cases := map[string]change{
		"a role that everybody on the platform has": account(func(a *ccaas.Account) {
			a.Roles = append(a.Roles, ccaas.Grant{RoleID: "r-base", DivisionID: "d-home"})
		}),
		"an email in other letters":      account(func(a *ccaas.Account) { a.Email = "JANE@example.com" }),
		"a field HR never gave":          account(func(a *ccaas.Account) { a.Extension = "4452" }),
		"a leaver whose account is gone": after(leaver, gone, person(func(e *reconcile.Expected) { e.Record.State = lifecycle.Deleted })),
		"a leaver nobody ever knew":      after(neverHeard, rosterEnds, gone),
		"a roster that does not say it":  person(func(e *reconcile.Expected) { e.Roster[0].Fields, e.Roster[0].SaysSkills = nil, false }),
		"an id of a namespace without a roster": after(notInRoster, person(func(e *reconcile.Expected) {
			e.Namespaces = append(e.Namespaces, "contractors")
		})),
		"an employment that ended beside one in a namespace without a roster": person(func(e *reconcile.Expected) {
			e.Roster[0].ExternalUserID, e.Roster[0].Employment = "OLD-1", hr.Left
			e.Namespaces, e.Fold.Namespace = append(e.Namespaces, "contractors"), "contractors"
		}),
		"an employment that ended beside one that goes on": person(func(e *reconcile.Expected) {
			ended := e.Roster[0]
			ended.ExternalUserID, ended.Employment = "OLD-1", hr.Left
			e.Roster = append(e.Roster, ended)
		}),
		"a running operation that Temporal has, beside its mailbox": run(func(r *reconcile.Run) {
			r.Workflows = reconcile.NewOpenWorkflows([]string{"agent/WD-1", "reconcile/rec_20260302_0200"})
		}),
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := judge(c)
			require.Equal(t, reconcile.Equal, v.Class, "%+v", v)
		})
	}
}
