package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/hr"
	"muster/reconcile"
)

// digest stands for any one-way function of a field's value.
func digest(field ccaas.ProfileField, value string) string {
	return string(field) + "#" + strings.ToLower(value)
}

// listed is what a list of the platform tells of an account: digests for what is personal, roles without their divisions, no work plan.
func listed(a reconcile.Actual) reconcile.Actual {
	account := &a.Account
	a.Confirmed = false
	a.Digests = map[ccaas.ProfileField]string{
		ccaas.FieldName: digest(ccaas.FieldName, account.Name), ccaas.FieldEmail: digest(ccaas.FieldEmail, account.Email), ccaas.FieldExtension: "",
	}
	account.Name, account.Email, account.ManagementUnitID, account.WorkPlanID = "", "", "", ""
	a.RoleIDs = []string{}
	for _, g := range account.Roles {
		a.RoleIDs = append(a.RoleIDs, g.RoleID)
	}
	account.Roles = nil
	return a
}

func listing() reconcile.Run {
	r := nightly()
	r.Digest, r.NotListed = digest, []reconcile.Part{reconcile.PartWorkPlan}
	return r
}

func TestAnAccountFromAListIsComparedAsFarAsTheListTells(t *testing.T) {
	cases := map[string]struct {
		change change
		differ bool
	}{
		"as it must be":              {after(), false},
		"an email in other letters":  {account(func(a *ccaas.Account) { a.Email = "JANE@EXAMPLE.COM" }), false},
		"a role in another division": {account(func(a *ccaas.Account) { a.Roles[0].DivisionID = "d-home" }), false},
		"a role beside, in its place": {person(func(e *reconcile.Expected) {
			e.Target.Grants = []ccaas.Grant{{RoleID: "r-agent", DivisionID: "d-home"}}
		}), false},
		"another email":                 {account(func(a *ccaas.Account) { a.Email = "other@example.com" }), true},
		"another name":                  {account(func(a *ccaas.Account) { a.Name = "Jane Roe" }), true},
		"no name":                       {person(func(e *reconcile.Expected) { e.Target.Extension = "4452" }), true},
		"a role too few":                {account(func(a *ccaas.Account) { a.Roles = []ccaas.Grant{} }), true},
		"a role that a rule names":      {run(func(r *reconcile.Run) { r.Managed["r-super"] = true }), false},
		"a role that a rule names, had": {after(run(func(r *reconcile.Run) { r.Managed["r-super"] = true }), account(func(a *ccaas.Account) { a.Roles = append(a.Roles, ccaas.Grant{RoleID: "r-super", DivisionID: "d"}) })), true},
		"a skill too many":              {extraSkill, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := listing()
			e, a := jane()
			c.change(&r, &e, &a)
			v := r.Judge(e, []reconcile.Actual{listed(a)})
			if c.differ {
				require.Equal(t, reconcile.ToConfirm, v.Class)
			} else {
				require.Equal(t, reconcile.Equal, v.Class, "%+v", v)
			}
		})
	}
}

func TestReadingByIDComparesWhatNoListTells(t *testing.T) {
	r := listing()
	e, a := jane()
	a.Account.WorkPlanID = "other"
	extraSkill(&r, &e, &a)
	v := r.Judge(e, []reconcile.Actual{listed(a)})
	settled := r.Settle(*v.Confirm, reconcile.Fresh{Accounts: []reconcile.Actual{a}})
	require.Equal(t, found{reconcile.SkillMismatch: reconcile.Transfer, reconcile.AttributeMismatch: reconcile.Transfer}, found{
		settled.Deltas[0].DeltaType: settled.Deltas[0].ResolutionAction, settled.Deltas[1].DeltaType: settled.Deltas[1].ResolutionAction,
	})
}

func TestStreamsInTheOrderOfTheAccountsAreComparedToo(t *testing.T) {
	r := nightly()
	first, account1 := numbered("WD-2")
	second, account2 := numbered("WD-1")
	first.Record.AccountID, account1.Account.ID = "a-1", "a-1"
	second.Record.AccountID, account2.Account.ID = "a-3", "a-3"
	unlinked1, _ := numbered("WD-3")
	unlinked2, _ := numbered("WD-4")
	unlinked1.Record.AccountID, unlinked2.Record.AccountID = "", ""
	stranger := reconcile.Actual{PersonID: "WD-1", Account: ccaas.Account{ID: "a-2", State: ccaas.Active}, Confirmed: true}

	verdicts := collect(t, r.CompareByAccount(stream(unlinked1, unlinked2, first, second), stream(account1, stranger, account2)))
	type line struct {
		person, account string
		class           reconcile.Class
	}
	var got []line
	for _, v := range verdicts {
		got = append(got, line{v.PersonID, v.AccountID, v.Class})
	}
	require.Equal(t, []line{
		{"WD-3", "", reconcile.ToConfirm},
		{"WD-4", "", reconcile.ToConfirm},
		{"WD-2", "a-1", reconcile.Equal},
		{"", "a-2", reconcile.HasDelta},
		{"WD-1", "a-3", reconcile.Equal},
	}, got)
	require.True(t, verdicts[0].Confirm.Find)

	var last error
	for _, err := range r.CompareByAccount(stream(second, first), stream(account1)) {
		last = err
	}
	require.ErrorIs(t, last, reconcile.ErrOutOfOrder)
}

func TestALineOfARosterSaysWhoWorksWhoLeftAndWhoIsStillToCome(t *testing.T) {
	day := func(text string) *hr.Date {
		d, err := hr.ParseDate(text)
		require.NoError(t, err)
		return &d
	}
	status := func(s hr.Status) hr.Optional[hr.Status] { return hr.Optional[hr.Status]{Present: true, Value: s} }
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	cases := map[string]struct {
		payload hr.Payload
		at      time.Time
		want    hr.Employment
	}{
		"active":                    {hr.Payload{Status: status(hr.StatusActive)}, night(), hr.Employed},
		"without a status":          {hr.Payload{}, night(), hr.Employed},
		"terminated":                {hr.Payload{Status: status(hr.StatusTerminated)}, night(), hr.Left},
		"terminated, still to come": {hr.Payload{Status: status(hr.StatusTerminated), Termination: &hr.Termination{LastDay: day("2026-03-31")}}, night(), hr.Employed},
		"active, the last day was": {
			hr.Payload{Status: status(hr.StatusActive), Termination: &hr.Termination{LastDay: day("2026-03-01")}}, night(), hr.Left,
		},
		"on the last day, in the person's zone": {
			hr.Payload{Termination: &hr.Termination{LastDay: day("2026-03-02")}}, time.Date(2026, 3, 2, 22, 59, 59, 0, time.UTC), hr.Employed,
		},
		"after the last day, in the person's zone": {
			hr.Payload{Termination: &hr.Termination{LastDay: day("2026-03-02")}}, time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC), hr.Left,
		},
		"the last working day comes first": {
			hr.Payload{Termination: &hr.Termination{LastDay: day("2026-03-31"), LastWorkingDay: day("2026-03-01")}}, night(), hr.Left,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, reconcile.LineOf("workday", c.payload, c.at, berlin).Employment)
		})
	}

	line := reconcile.LineOf("workday", hr.Payload{
		ExternalUserID: "WD-1", HireDate: hr.Optional[hr.Date]{Present: true, Value: *day("2026-03-20")},
		DepartmentCode: hr.Optional[string]{Present: true, Value: "SALES"}, PhoneExtension: hr.Optional[string]{Present: true, Null: true},
		SkillCodes: hr.Optional[[]string]{Present: true, Value: []string{"SVC_TECH"}},
	}, night(), berlin)
	require.Equal(t, time.Date(2026, 3, 19, 23, 0, 0, 0, time.UTC), line.StartsAt.UTC())
	require.Equal(t, map[string]string{"department_code": "SALES", "phone_extension": ""}, line.Fields, "what was not said is not compared")
	require.True(t, line.SaysSkills)
	require.False(t, reconcile.LineOf("workday", hr.Payload{}, night(), berlin).SaysSkills)
}

func TestALineThatCouldNotBeReadIsNobodysAbsence(t *testing.T) {
	v := judge(person(func(e *reconcile.Expected) {
		e.Roster = []reconcile.Line{{Refused: "status: found nothing", Word: reconcile.Word{Namespace: "workday", ExternalUserID: "WD-1"}}}
	}))
	require.Equal(t, reconcile.NotEvaluated, v.Class)
	require.Contains(t, v.Unevaluated[0].Why, "status: found nothing")
}

func TestADeltaComesBackFromItsRow(t *testing.T) {
	v := judge(after(extraSkill, account(func(a *ccaas.Account) { a.Queues = nil })))
	for _, d := range v.Deltas {
		row, err := d.Row()
		require.NoError(t, err)
		require.Equal(t, string(d.DeltaType), row.DeltaType)
		require.Equal(t, "WD-1", row.Subject)
		back, err := reconcile.DeltaOf(row)
		require.NoError(t, err)
		require.Equal(t, d, back)
	}
	all := func(reconcile.Difference) bool { return true }
	rows := v.Deltas[0].PutBackRows(all)
	require.Len(t, rows, 1)
	require.Equal(t, []string{"WD-1", "skill", "s-bill", v.Deltas[0].ReconciliationID}, []string{rows[0].PersonID, rows[0].Part, rows[0].Construct, rows[0].Reference})
	require.Empty(t, v.Deltas[0].PutBackRows(func(reconcile.Difference) bool { return false }), "nothing was written")
	require.Empty(t, judge(rosterEnds).Deltas[0].PutBackRows(all), "HR's own word is not fought over")
}

func TestATallyOfPagesIsTheSumOfTheirs(t *testing.T) {
	whole, first, second := reconcile.NewTally(), reconcile.NewTally(), reconcile.NewTally()
	for i, v := range []reconcile.Verdict{
		judge(after()), judge(extraSkill), judge(after(waiting, inactive)), judge(rosterEnds),
		{Class: reconcile.ToConfirm},
		{AccountID: "acc-x", Class: reconcile.Equal},
		{PersonID: "P", Class: reconcile.NotEvaluated, Unevaluated: []reconcile.Unevaluated{{Part: reconcile.PartQueue, Why: "no answer"}}},
	} {
		whole.Add(v)
		if i%2 == 0 {
			first.Add(v)
		} else {
			second.Add(v)
		}
	}
	first.Merge(*second)
	require.Equal(t, whole, first)
	require.Equal(t, 5, whole.People)
	require.Equal(t, 1, whole.Accounts)
	require.Equal(t, 1, whole.Unevaluated["queue: no answer"])
	require.Equal(t, 1, whole.Resolutions[reconcile.IsolateAndAsk])
}
