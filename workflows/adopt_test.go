package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/ccaas/genesys/genesystest"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/reconcile/carryout"
	"muster/reconcile/remedy"
	"muster/store"
)

const dayOne = "rec_20260302_0200"

// carriedOut is a carryout.Remedy over the real remedies; it may be made to crash after somebody was sent and before that was noted.
type carriedOut struct {
	real  *remedy.Remedies
	crash func(personID string) error
	calls int
}

func (c *carriedOut) Carry(ctx context.Context, id string, d reconcile.Delta, mode store.ReconciliationMode) (carryout.Remedied, error) {
	c.calls++
	done, err := c.real.Carry(ctx, id, d, mode)
	if err == nil && c.crash != nil {
		err = c.crash(d.ExternalUserID)
	}
	return carryout.Remedied{Outcome: done.Outcome, RingWorkflow: done.RingWorkflow, Text: done.Text}, err
}

func (c *carriedOut) Completed(context.Context, string) error { return nil }

// centre is a real centre on the day before Muster is let loose: the platform has accounts, HR has a roster, Muster knows nobody.
type centre struct {
	*reconciling
	remedy *carriedOut
}

func newCentre(t *testing.T) *centre {
	t.Helper()
	c := &centre{reconciling: newReconciling(t)}
	c.remedy = &carriedOut{real: remedy.New(c.store, false)}
	c.options.Remedy = c.remedy
	c.carryout = carryout.New(c.options)
	return c
}

// line is HR's line about the person of a number, whose email tells the number too.
func (c *centre) line(number int, changes map[string]any) map[string]any {
	line := c.ana(map[string]any{
		"external_user_id": fmt.Sprintf("WD-EMP-%d", number), "email": fmt.Sprintf("e%d@example.com", number), "last_name": fmt.Sprintf("Lopez %d", number),
	})
	for field, value := range changes {
		line[field] = value
	}
	return line
}

// has plants an account of the person of a number, as it was before Muster.
func (c *centre) has(number int, p genesystest.Plant) string {
	c.t.Helper()
	if p.Email == nil {
		p.Email = new(fmt.Sprintf("e%d@example.com", number))
	}
	if p.Name == nil {
		p.Name = new(fmt.Sprintf("Ana Lopez %d", number))
	}
	planted, err := c.platform.Plant(p)
	require.NoError(c.t, err)
	return planted.ID
}

func (c *centre) plan() {
	c.t.Helper()
	result, _ := c.reconcile(dayOne)
	require.Equal(c.t, "completed", result.Status, result.Reason)
}

// planned are the people of the plan by external id.
func (c *centre) planned() map[string]store.PlannedAdoption {
	c.t.Helper()
	rows, _, err := c.store.PlannedAdoptions(c.t.Context(), store.AdoptionFilter{ReconciliationID: dayOne})
	require.NoError(c.t, err)
	by := map[string]store.PlannedAdoption{}
	for _, row := range rows {
		by[row.ExternalUserID] = row
	}
	return by
}

func adoptionOf(t *testing.T, p store.PlannedAdoption) reconcile.Adoption {
	t.Helper()
	d, err := reconcile.DeltaOf(p.Delta)
	require.NoError(t, err)
	require.NotNil(t, d.Adoption)
	return *d.Adoption
}

// apply carries the plan out and returns how far the adoption came, with whom and why.
func (c *centre) apply(wanted store.AdoptionRequest) (store.Adoption, map[string]store.AdoptionPerson) {
	c.t.Helper()
	wanted.ReconciliationID, wanted.Actor, wanted.Reason = dayOne, "otto", "day one"
	if wanted.PerMinute == 0 {
		wanted.PerMinute = 600
	}
	started, err := c.store.StartAdoption(c.t.Context(), wanted)
	require.NoError(c.t, err)
	c.adopt(started.ID)
	return c.adopted(started.ID)
}

func (c *centre) adopt(id string) time.Duration {
	c.t.Helper()
	c.again()
	c.carryout.RegisterPlatform(c.env)
	c.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: names.AdoptWorkflowID(id), TaskQueue: names.QueueMuster})
	began := c.env.Now()
	c.env.ExecuteWorkflow(names.WorkflowAdopt, names.AdoptInput{AdoptionID: id})
	require.True(c.t, c.env.IsWorkflowCompleted())
	require.NoError(c.t, c.env.GetWorkflowError())
	return c.env.Now().Sub(began)
}

func (c *centre) adopted(id string) (store.Adoption, map[string]store.AdoptionPerson) {
	c.t.Helper()
	adoption, err := c.store.Adoption(c.t.Context(), id)
	require.NoError(c.t, err)
	people, _, err := c.store.AdoptionPeople(c.t.Context(), id, "", "", 0)
	require.NoError(c.t, err)
	by := map[string]store.AdoptionPerson{}
	for _, p := range people {
		by[p.ExternalUserID] = p
	}
	return adoption, by
}

// writes are the requests of the journal that change something.
func (c *centre) writes() (paths []string) {
	for _, entry := range c.platform.Journal(genesystest.JournalFilter{}) {
		if entry.Method != http.MethodGet && strings.HasPrefix(entry.Path, "/api/") && !strings.HasSuffix(entry.Path, "/search") {
			paths = append(paths, entry.Method+" "+entry.Path)
		}
	}
	return paths
}

func differenceLines(a reconcile.Adoption) (lines []string) {
	for _, d := range a.Differences {
		lines = append(lines, d.String())
	}
	return lines
}

func TestAPlanSaysForEveryoneWhatAHireWouldDoAndChangesNothing(t *testing.T) {
	c := newCentre(t)
	active := c.has(1, genesystest.Plant{
		Skills: map[string]float64{"Technical_Support": 4, "Billing_Support": 2}, Queues: map[string]bool{"General_Support": true},
	})
	inactive := c.has(2, genesystest.Plant{State: new("inactive")})
	otherName := c.has(4, genesystest.Plant{Name: new("Somebody Else")})
	shared := c.has(7, genesystest.Plant{Name: new("Ana Lopez 7")})
	nobodys := c.has(99, genesystest.Plant{})
	same := map[string]any{"email": "e7@example.com", "last_name": "Lopez 7"}
	c.drop(time.Now(), c.line(1, nil), c.line(2, nil), c.line(3, nil), c.line(4, nil), c.line(5, map[string]any{"skill_codes": []string{"SVC_VIP"}}),
		c.line(6, map[string]any{"job_title_code": "CASHIER"}), c.line(7, same), c.line(8, same))
	c.plan()

	planned := c.planned()
	claims := map[string]string{}
	for id, p := range planned {
		claims[id] = p.Claim
	}
	require.Equal(t, map[string]string{
		"WD-EMP-1": "adopt", "WD-EMP-2": "restore", "WD-EMP-3": "create", "WD-EMP-4": "review", "WD-EMP-5": "review", "WD-EMP-7": "review", "WD-EMP-8": "review",
	}, claims)

	first := adoptionOf(t, planned["WD-EMP-1"])
	require.Equal(t, active, first.AccountID)
	require.True(t, first.Link, "the account does not carry HR's id")
	lines := differenceLines(first)
	for _, line := range []string{"skill Billing_Support extra", "queue General_Support extra", "queue Tier_2_Escalation lacking", "profile department different"} {
		require.Contains(t, lines, line)
	}
	require.NotContains(t, strings.Join(lines, ";"), "Technical_Support", "it is as it must be")
	require.Equal(t, inactive, adoptionOf(t, planned["WD-EMP-2"]).AccountID)
	require.Contains(t, differenceLines(adoptionOf(t, planned["WD-EMP-3"])), "skill Technical_Support lacking", "what a new account would get")
	require.Contains(t, adoptionOf(t, planned["WD-EMP-4"]).Why, otherName+" has this person's email but another name")
	require.Equal(t, lifecycle.ReviewUnmapped, adoptionOf(t, planned["WD-EMP-5"]).Review)
	require.True(t, planned["WD-EMP-7"].Contested)
	require.Equal(t, shared, adoptionOf(t, planned["WD-EMP-8"]).AccountID)

	sum, err := c.store.AdoptionSummary(t.Context(), dayOne)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"adopt": 1, "restore": 1, "create": 1, "review": 4}, sum.Claims)
	require.Equal(t, map[string]int{"identity": 3, "unmapped": 1}, sum.Reviews)
	require.Equal(t, 1, sum.Changes["skill extra"])
	left, _, err := c.store.NobodysAccounts(t.Context(), dayOne, "", 0)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, nobodys, left[0].AccountID)

	require.Empty(t, c.writes())
	_, err = c.store.PersonID(t.Context(), "WD-EMP-1")
	require.ErrorIs(t, err, store.ErrNotFound, "Muster knows nobody yet")
}

func TestAnAdoptionDoesWhatThePlanShowed(t *testing.T) {
	c := newCentre(t)
	c.person, c.email = "WD-EMP-1", "e1@example.com"
	id := c.has(1, genesystest.Plant{
		Skills: map[string]float64{"Technical_Support": 4, "Billing_Support": 2}, Queues: map[string]bool{"Priority_Support_Queue": true, "Tier_2_Escalation": true},
	})
	c.has(2, genesystest.Plant{})
	c.drop(time.Now(), c.line(1, nil), c.line(2, nil))
	c.plan()
	shown := adoptionOf(t, c.planned()["WD-EMP-1"])

	adoption, people := c.apply(store.AdoptionRequest{People: []string{"WD-EMP-1"}})
	require.Equal(t, store.AdoptionDone, adoption.State)
	require.Equal(t, 1, adoption.People, "nobody but whom was named")
	require.Equal(t, store.AdoptionSent, people["WD-EMP-1"].Result, people["WD-EMP-1"].Why)
	require.Empty(t, c.writes(), "the adoption itself writes nothing on the platform")

	c.again()
	c.run()
	require.Equal(t, lifecycle.Active, c.agent().State)
	require.Equal(t, id, c.agent().PlatformUserID)
	account := c.account()
	require.Equal(t, map[string]float64{"Technical_Support": 4}, account.Skills)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, account.Queues, "it stays joined: whoever is adopted is at work")
	require.NotEmpty(t, account.ExternalIDs)
	require.Contains(t, c.timeline(), "found at work and adopted: linked, nothing unjoined")

	// What was read of the account then is all that has changed since.
	c.again()
	result, deltas := c.reconcile("rec_20260302_0300")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.False(t, slices.ContainsFunc(deltas, func(d reconcile.Delta) bool { return d.PersonID == c.person }), "after %v the account is as it must be", differenceLines(shown))
}

func TestWhoeverStandsOtherwiseThanInThePlanIsLeftAloneAndItSaysWhy(t *testing.T) {
	for name, change := range map[string]struct {
		do  func(c *centre, account string)
		why string
	}{
		"the account was given another skill": {func(c *centre, account string) {
			_, err := c.platform.Change(account, genesystest.Plant{Skills: map[string]float64{"Billing_Support": 1}})
			require.NoError(c.t, err)
		}, "now it would change"},
		"the account was made inactive": {func(c *centre, account string) {
			_, err := c.platform.Change(account, genesystest.Plant{State: new("inactive")})
			require.NoError(c.t, err)
		}, "the plan said adopt, now it would be restore"},
		"the account was given another name": {func(c *centre, account string) {
			_, err := c.platform.Change(account, genesystest.Plant{Name: new("Somebody Else")})
			require.NoError(c.t, err)
		}, "the plan said adopt, now it would be review"},
		"HR has told of the person": {func(c *centre, _ string) {
			c.post("USER_CREATE", nil, map[string]any{"email": "e1@example.com", "last_name": "Lopez 1"})
		}, "HR's events tell of the person by now"},
		"the registry gives another proficiency": {func(c *centre, _ string) {
			yaml, err := c.store.MappingInForce(c.t.Context(), time.Now())
			require.NoError(c.t, err)
			changed := strings.Replace(string(yaml.YAML), "{skill: Technical_Support, proficiency: 4", "{skill: Technical_Support, proficiency: 3", 1)
			c.publish([]byte(changed))
		}, "the registry says something else"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCentre(t)
			c.person = "WD-EMP-1"
			account := c.has(1, genesystest.Plant{})
			c.drop(time.Now(), c.line(1, nil))
			c.plan()
			change.do(c, account)
			adoption, people := c.apply(store.AdoptionRequest{Claims: []string{"adopt"}})
			require.Equal(t, 1, adoption.Changed)
			require.Equal(t, store.AdoptionDone, adoption.State)
			require.Contains(t, people["WD-EMP-1"].Why, change.why)
			require.Zero(t, c.remedy.calls)
			require.Empty(t, c.writes())
		})
	}
}

func TestAnAdoptionTakesAFewPeopleInAMinute(t *testing.T) {
	c := newCentre(t)
	var lines []map[string]any
	for n := 1; n <= 5; n++ {
		c.has(n, genesystest.Plant{})
		lines = append(lines, c.line(n, nil))
	}
	c.drop(time.Now(), lines...)
	c.plan()
	started, err := c.store.StartAdoption(t.Context(), store.AdoptionRequest{
		ReconciliationID: dayOne, Claims: []string{"adopt"}, PerMinute: 12, Actor: "otto", Reason: "day one",
	})
	require.NoError(t, err)
	_, err = c.store.StartAdoption(t.Context(), store.AdoptionRequest{
		ReconciliationID: dayOne, Claims: []string{"adopt"}, PerMinute: 12, Actor: "otto", Reason: "twice as fast",
	})
	require.ErrorContains(t, err, "another adoption is under way")
	took := c.adopt(started.ID)
	require.GreaterOrEqual(t, took, 20*time.Second, "two in each ten seconds")
	adoption, _ := c.adopted(started.ID)
	require.Equal(t, 5, adoption.Sent)
}

func TestAnAdoptionThatIsCutOffGoesOnAndSendsNobodyTwice(t *testing.T) {
	c := newCentre(t)
	for n := 1; n <= 3; n++ {
		c.has(n, genesystest.Plant{})
	}
	c.drop(time.Now(), c.line(1, nil), c.line(2, nil), c.line(3, nil))
	c.plan()
	crashed := false
	c.remedy.crash = func(person string) error {
		if person == "WD-EMP-2" && !crashed {
			crashed = true
			return errors.New("the worker dies")
		}
		return nil
	}
	adoption, people := c.apply(store.AdoptionRequest{Claims: []string{"adopt"}})
	require.True(t, crashed)
	require.Equal(t, 3, adoption.Sent, "%v", people)
	events, _, err := c.store.Deltas(t.Context(), store.DeltaFilter{ReconciliationID: dayOne, DeltaType: "HR_ACTIVE_CCAAS_MISSING"})
	require.NoError(t, err)
	sent := map[string]bool{}
	for _, e := range events {
		require.Len(t, e.Outcomes, 1)
		sent[e.Outcomes[0].Reference] = true
	}
	require.Len(t, sent, 3)
	figures, err := c.store.Figures(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(3), figures.EventsByOutcome[""]+figures.EventsByOutcome["waiting"], "%v", figures.EventsByOutcome)
}

func TestAnAdoptionThatIsStoppedSendsNobodyElse(t *testing.T) {
	c := newCentre(t)
	for n := 1; n <= 3; n++ {
		c.has(n, genesystest.Plant{})
	}
	c.drop(time.Now(), c.line(1, nil), c.line(2, nil), c.line(3, nil))
	c.plan()
	started, err := c.store.StartAdoption(t.Context(), store.AdoptionRequest{
		ReconciliationID: dayOne, Claims: []string{"adopt"}, PerMinute: 600, Actor: "otto", Reason: "day one",
	})
	require.NoError(t, err)
	c.remedy.crash = func(string) error {
		if c.remedy.calls == 1 {
			_, err := c.store.StopAdoption(c.t.Context(), started.ID, "olga", true, "the queues run empty")
			return err
		}
		return nil
	}
	c.adopt(started.ID)
	adoption, _ := c.adopted(started.ID)
	require.Equal(t, store.AdoptionStopped, adoption.State)
	require.Equal(t, 1, adoption.Sent)
	require.Equal(t, 2, adoption.Left())

	// Whoever goes on later takes those who are left.
	c.remedy.crash = nil
	rest, _ := c.apply(store.AdoptionRequest{Claims: []string{"adopt"}})
	require.Equal(t, 2, rest.People)
	require.Equal(t, 2, rest.Sent)
}
