package e2e

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

const (
	// atWorkForLong is how many people the centre has.
	atWorkForLong = 5000
	// vanishedQueue is named by a rule and not on the platform; leads is a job title whose roles need an approval.
	vanishedQueue = "Night_Queue"
	leads         = "TEAM_LEAD"
)

// scenario is a centre of five thousand, eighty of whom are not as they seem.
type scenario struct {
	*stack
	everybody []*settled
	// of are the people of the tables, in their order.
	of []*settled
	// cases are the tables.
	cases []discrepancy
	// strays are accounts of nobody; ignored is one that somebody decided about.
	strays  []string
	ignored string
	// runs are the reconciliations started.
	runs int
	// postgres and server are the centre's own, to be killed.
	postgres *postgresServer
	server   *temporalServer
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	c := &scenario{cases: append(discrepancies(), looks()...)}
	c.stack = startWith(t, func(s *stack) {
		c.postgres, c.server = s.hasItsOwnPostgres(), s.hasItsOwnTemporal()
		s.readsRosters(t)
		c.stack = s
		s.mapping = filepath.Join(s.folder, "mapping.yaml")
		require.NoError(t, os.WriteFile(s.mapping, scenarioMapping(t), 0o600))
		require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.RequestsPerMinute = 0 }))
		require.NoError(t, s.platform.ChangeCatalogue(genesystest.CatalogueChange{Add: []genesystest.Construct{
			{Kind: genesystest.KindSkill, Name: "Origami"}, {Kind: genesystest.KindGroup, Name: "Running Club"}, {Kind: genesystest.KindQueue, Name: "Wine_Tasting"},
		}}))
		s.before = func() { c.settle(t) }
	})
	return c
}

// scenarioMapping is the example with a department whose queue is gone, one on another platform, and a title whose role nobody gets
// without asking.
func scenarioMapping(t *testing.T) []byte {
	t.Helper()
	text := string(mapping.Example())
	for before, more := range map[string]string{
		"\njob_titles:": `  - code: NIGHT
    department: Nights
    division: Customer Care
    queues:
      - {name: Night_Queue, fallback: General_Support}
  - code: ELSEWHERE
    platform: cxone
    department: Elsewhere
    queues:
      - {name: Other Inbound}
`,
		"\nlocations:": `  - code: TEAM_LEAD
    title: Team Lead
    roles: [Agent, Supervisor]
`,
		"\ndefaults:": "\nroles:\n  - {name: Knowledge Base Editor, approval: false}\n  - {name: Supervisor, approval: true}\n",
	} {
		require.Contains(t, text, before)
		text = strings.Replace(text, before, "\n"+strings.TrimPrefix(more, "\n")+before, 1)
	}
	return []byte(strings.ReplaceAll(text, "drain_window: 300s", "drain_window: 2s"))
}

// settle puts everybody where they have been for long.
func (c *scenario) settle(t *testing.T) {
	t.Helper()
	alone := 0
	for _, each := range c.cases {
		if each.alone {
			alone++
		}
	}
	team := ""
	for n := range atWorkForLong - len(c.cases) {
		changes := fields{"manager_external_id": team}
		if n%50 == 0 {
			changes = nil
		}
		p := c.newSettled(n, n%len(kinds()), changes)
		if n%50 == 0 {
			team = p.id
		}
		c.everybody = append(c.everybody, p)
	}
	for i, each := range c.cases {
		p := c.newSettled(atWorkForLong+i, each.kind, mergedFields(each.changes, fields{"manager_external_id": c.everybody[0].id}))
		c.of = append(c.of, p)
		if !each.alone {
			c.everybody = append(c.everybody, p)
		}
	}
	c.populate(t, c.everybody)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for i, each := range c.cases {
			if each.found != "" {
				c.tells(t, each, c.of[i])
			}
		}
	})
	for i, name := range []string{"Stray One", "Stray Two", "Stray Three", "Known Stray", "Sleeping Stray"} {
		plant := genesystest.Plant{Name: &name, Email: new(fmt.Sprintf("stray%d@example.com", i)), Queues: map[string]bool{"General_Support": true}}
		if i == 4 {
			plant.State = new("inactive")
		}
		account, err := c.platform.Plant(plant)
		require.NoError(t, err)
		c.strays = append(c.strays, account.ID)
	}
	c.strays, c.ignored = c.strays[:3], c.strays[3]
}

// tells logs what came of somebody.
func (c *scenario) tells(t *testing.T, each discrepancy, p *settled) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	page, _, err := c.store.Timeline(ctx, p.id, "", 100)
	t.Logf("%s, %s: %v", each.name, p.id, err)
	for _, entry := range page {
		t.Logf("    %s %s %s %s", entry.At.Format(time.TimeOnly), entry.Kind, entry.WorkflowID, entry.Text)
	}
}

// happens lets happen what happened to the people of the tables.
func (c *scenario) happens(t *testing.T, what func(discrepancy) func(*testing.T, *settled) func()) {
	t.Helper()
	var waits []func()
	for i, each := range c.cases {
		if begin := what(each); begin != nil {
			waits = append(waits, begin(t, c.of[i]))
		}
	}
	for _, wait := range waits {
		wait()
	}
}

// list has HR write its roster; agreed: after it has looked at what the first reconciliation found.
func (c *scenario) list(t *testing.T, agreed bool) {
	t.Helper()
	lines := map[string]fields{}
	for _, p := range append(slices.Clone(c.everybody), c.of...) {
		lines[p.id] = maps.Clone(p.hired)
	}
	for i, each := range c.cases {
		p := c.of[i]
		switch {
		case agreed && each.agreed != nil:
			lines[p.id] = each.agreed(lines[p.id])
		case each.listed != nil && !(agreed && each.found == missingFromHR):
			lines[p.id] = each.listed(lines[p.id])
		}
		if strings.HasPrefix(each.found, "HR_TERM") || strings.HasPrefix(each.found, "WORKFLOW") && each.listed == nil {
			lines[p.id]["status"] = "TERMINATED"
		}
		if strings.HasPrefix(each.found, "ATTRIBUTE_MISMATCH ISOLATE") {
			lines[p.id]["status"] = "ON_LEAVE"
		}
	}
	var all []fields
	for _, id := range slices.Sorted(maps.Keys(lines)) {
		if lines[id] != nil {
			all = append(all, lines[id])
		}
	}
	c.nextSecond(t)
	c.dropRoster(t, all...)
	c.nextSecond(t)
}

// nextSecond waits until a second has passed: the names of rosters tell no more of the time than that.
func (c *scenario) nextSecond(t *testing.T) {
	t.Helper()
	now := time.Now().Unix()
	eventually(t, "the next second", func() error {
		if time.Now().Unix() == now {
			return errNotYet
		}
		return nil
	})
}

// reconcile starts a reconciliation of everybody as the starter does, but for its id: that has room for one a minute.
func (c *scenario) reconcile(t *testing.T, mode store.ReconciliationMode) (id string) {
	t.Helper()
	modes := map[string]store.ReconciliationMode{}
	for _, deltaType := range api.DeltaTypes() {
		modes[deltaType] = mode
	}
	c.runs++
	id = "rec_" + time.Now().UTC().Add(time.Duration(c.runs)*time.Minute).Format("20060102_1504")
	_, isNew, err := c.store.StartReconciliation(t.Context(), store.Reconciliation{ID: id, Platform: "genesys", Modes: modes, RequestedBy: "otto"})
	require.NoError(t, err)
	require.True(t, isNew)
	_, err = c.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: names.ReconcileWorkflowID(id), TaskQueue: names.QueueMuster},
		names.WorkflowReconcile, names.ReconcileInput{ReconciliationID: id})
	require.NoError(t, err)
	return id
}

// isListed waits until the accounts are listed, this one among them, and the first queue is being listed.
func (c *scenario) isListed(t *testing.T, run, accountID string) {
	t.Helper()
	eventually(t, "the accounts are listed", func() error {
		if len(c.platform.Faults()) > 0 {
			return errNotYet
		}
		for account, err := range c.store.StreamStagedAccounts(t.Context(), run, "") {
			if err != nil {
				return err
			}
			if account.AccountID == accountID {
				return nil
			}
		}
		return errNotYet
	})
}

// wanted is what is to be found, a line each.
func (c *scenario) wanted() (lines []string) {
	for i, each := range c.cases {
		if each.found != "" {
			lines = append(lines, each.found+" "+c.of[i].id)
		}
	}
	for _, id := range c.strays {
		lines = append(lines, "PLATFORM_ONLY REVIEW_OUTSTANDING "+id)
	}
	slices.Sort(lines)
	return lines
}

// reasons counts the expected differences of the people of the tables.
func (c *scenario) reasons() map[string]int {
	counts := map[string]int{"IGNORED": 1}
	for _, each := range c.cases {
		for _, reason := range each.reasons {
			counts[reason]++
		}
	}
	return counts
}

// found is what a reconciliation found, a line each.
func (c *scenario) found(t *testing.T, id string) (lines []string) {
	t.Helper()
	query := api.DeltaQuery{PageQuery: api.PageQuery{Limit: 100}}
	for {
		page, err := c.api.Deltas(t.Context(), id, query)
		require.NoError(t, err)
		for _, d := range page.Items {
			subject := d.ExternalUserID
			if d.DeltaType == "PLATFORM_ONLY" {
				subject = d.AccountID
			}
			lines = append(lines, d.DeltaType+" "+d.ResolutionAction+" "+subject)
		}
		if query.Cursor = page.NextCursor; query.Cursor == "" {
			slices.Sort(lines)
			return lines
		}
	}
}

// Worker and database are killed while the platform's queues are listed; they and the Temporal server while what was found is judged and
// carried out.
func TestAmongFiveThousandEveryDiscrepancyIsFoundOnceAndNothingElse(t *testing.T) {
	began := time.Now()
	c := newScenario(t)
	t.Logf("seeded and started in %s", time.Since(began))
	require.Len(t, c.wanted(), 40)
	require.Len(t, looks(), 38)
	c.happens(t, func(d discrepancy) func(*testing.T, *settled) func() { return d.begin })
	_, err := c.store.IgnoreAccount(t.Context(), store.IgnoredAccount{Platform: "genesys", AccountID: c.ignored, DecidedBy: "otto", Reason: "the auditors'"})
	require.NoError(t, err)
	t.Logf("happened after %s", time.Since(began))
	c.list(t, false)
	c.happens(t, func(d discrepancy) func(*testing.T, *settled) func() { return d.late })
	for i, each := range c.cases {
		if each.hand != nil {
			each.hand(t, c.of[i])
		}
	}
	t.Logf("by hand after %s", time.Since(began))
	// The queues are listed after the accounts: while the first one is, a skill that was lacking comes back.
	require.NoError(t, c.platform.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/routing/queues/*/members", Times: 1, DelayMS: 60_000}))
	run := c.reconcile(t, store.ModeReport)
	behind := c.of[slices.IndexFunc(c.cases, func(d discrepancy) bool { return d.name == listBehind })]
	c.isListed(t, run, behind.accountID)
	behind.change(t, genesystest.Plant{Skills: behind.truth.Skills})
	c.postgres.isKilled()
	c.worker.stop(syscall.SIGKILL)
	c.postgres.comesBack()
	c.startWorker()
	ended := c.reconciliationEnds(t, run, "completed")
	t.Logf("reported after %s: %+v", time.Since(began), ended.Counts)
	want := c.wanted()
	c.same(t, want, c.found(t, run))
	explained := ended.Counts.Expected
	assert.Equal(t, c.reasons(), explained)
	require.Empty(t, ended.Counts.Unevaluated)

	run = c.reconcile(t, store.ModeRepair)
	eventually(t, "everybody has been compared", func() error {
		compared, err := c.store.Compared(t.Context(), run)
		if err == nil && !compared {
			return errNotYet
		}
		return err
	})
	c.server.isKilled()
	c.worker.stop(syscall.SIGKILL)
	c.postgres.isKilled()
	c.server.comesBack()
	c.postgres.comesBack()
	c.startWorker()
	c.reconciliationEnds(t, run, "completed")
	for i := range want {
		// The second healthy run in a row that does not find somebody asks.
		want[i] = strings.Replace(want[i], missingFromHR, "MISSING_FROM_HR REVIEW_MISSING_FROM_HR", 1)
	}
	c.same(t, want, c.found(t, run))
	c.peopleDecide(t)
	for i, each := range c.cases {
		if each.found != "" && each.found != missingFromHR {
			c.isRepaired(t, each, c.of[i])
		}
	}
	t.Logf("repaired after %s", time.Since(began))
	for i, each := range c.cases {
		if each.late != nil {
			require.NoError(t, c.ring(t, c.of[i].id))
			c.mailboxCloses(t, c.of[i].id)
		}
	}
	c.list(t, true)
	run = c.reconcile(t, store.ModeReport)
	ended = c.reconciliationEnds(t, run, "completed")
	t.Logf("reported again after %s: %+v", time.Since(began), ended.Counts)
	c.same(t, nil, c.found(t, run))
}

// peopleDecide lets people decide what is theirs to decide.
func (c *scenario) peopleDecide(t *testing.T) {
	t.Helper()
	for _, id := range c.strays {
		_, err := c.api.SettleOutstanding(t.Context(), id, "ignore", api.SettleRequest{Reason: "a test"})
		require.NoError(t, err)
	}
	approver := c.as("approver")
	for i, each := range c.cases {
		p := c.of[i]
		switch {
		case strings.HasSuffix(each.found, "ISOLATE_AND_ASK"), strings.HasSuffix(each.found, "ASK_ROLE_APPROVAL"):
			eventually(t, each.name+": an approval", func() error {
				page, err := c.api.Approvals(t.Context(), api.DecisionQuery{State: "open", PersonID: p.id})
				if err == nil && len(page.Items) == 0 {
					return errNotYet
				}
				if err == nil {
					_, err = approver.Approve(t.Context(), page.Items[0].ID, "a test")
				}
				return err
			})
		case strings.HasSuffix(each.found, "ASK_THIRD_PUT_BACK"):
			_, err := c.api.Retry(t.Context(), p.isReviewed(t, "put_back").ID, "a test")
			require.NoError(t, err)
		}
	}
}

// isRepaired waits until the account is as it must be.
func (c *scenario) isRepaired(t *testing.T, each discrepancy, p *settled) {
	t.Helper()
	want := func(account genesystest.Truth) bool { return alike(account, p.truth) }
	switch {
	case strings.HasSuffix(each.found, "ISOLATE_AND_ASK"):
		want = func(account genesystest.Truth) bool { return account.State == "inactive" }
	case strings.HasSuffix(each.found, "REEMIT_UPDATE"):
		want = func(account genesystest.Truth) bool { return !alike(account, p.truth) }
	case strings.HasSuffix(each.found, "_WORKFLOW"):
		want = func(account genesystest.Truth) bool { return account.State == "inactive" }
	case each.alone:
		want = func(account genesystest.Truth) bool { return account.State == "active" && len(account.Queues) > 0 }
	}
	eventually(t, each.name+" is repaired", func() error {
		accounts := c.platform.Users(genesystest.TruthFilter{ExternalKey: p.id})
		if len(accounts) != 1 || !want(accounts[0]) {
			return fmt.Errorf("%+v is not yet as %+v", accounts, p.truth)
		}
		return nil
	})
	c.mailboxCloses(t, p.id)
}

// alike says that accounts have the same of everything that a plan describes.
func alike(a, b genesystest.Truth) bool {
	part := func(of genesystest.Truth) string {
		slices.SortFunc(of.Grants, func(x, y genesystest.RoleGrant) int { return cmp.Compare(x.Role, y.Role) })
		return fmt.Sprint(of.State, of.Name, of.Email, of.Division, of.Department, of.Title, of.Extension, of.ManagerID, of.Locations, of.Roles, of.Grants,
			of.Skills, of.Languages, of.Groups, of.Queues, of.ManagementUnit, of.WorkPlan)
	}
	return part(a) == part(b)
}

// same compares by cases, so that a difference names them.
func (c *scenario) same(t *testing.T, want, have []string) {
	t.Helper()
	caseOf := map[string]string{}
	for i, each := range c.cases {
		caseOf[c.of[i].id] = each.name
	}
	named := func(lines []string) (all []string) {
		for _, line := range lines {
			words := strings.Fields(line)
			all = append(all, line+" "+caseOf[words[len(words)-1]])
		}
		return all
	}
	assert.Equal(t, named(want), named(have))
}
