package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) adopt() *cobra.Command {
	return group("adopt", "Take over accounts that were there before Muster: plan for everyone, then carry out",
		c.adoptPlan(), c.adoptApply(), c.adoptShow(), c.adoptList(), c.adoptStop())
}

// everything is the page that is asked for where all pages are read.
const everything = 500

func (c *control) adoptPlan() *cobra.Command {
	var claim, file string
	var asCSV bool
	var within time.Duration
	var query api.PageQuery
	command := &cobra.Command{
		Use: "plan [RECONCILIATION]", Short: "Show for everyone what a hire would do about their account; nothing is changed", Args: cobra.MaximumNArgs(1),
		Long: `Without an argument everybody is compared now, in mode report, and it is waited for. With the id of a reconciliation its plan is shown:
first what it comes to, then people. --csv writes all of them for a spreadsheet, --output json all of it for a program.

  adopt     an active account is the person's: it is linked as it is, and a transfer changes what is named
  restore   an inactive or deleted account is the person's
  create    there is no account
  review    somebody would be asked first; the question stands beside it
  none      there is no working account, and nothing would be done`,
		Example: "  musterctl adopt plan\n  musterctl adopt plan rec_20260302_0200 --claim review\n  musterctl adopt plan rec_20260302_0200 --csv --file plan.csv",
		RunE: func(command *cobra.Command, arguments []string) error {
			if claim != "" && !slices.Contains(api.AdoptionClaims(), claim) {
				return usageError{fmt.Errorf("plan: --claim %q: want one of %s", claim, strings.Join(api.AdoptionClaims(), ", "))}
			}
			if file != "" && !asCSV {
				return usageError{fmt.Errorf("plan: --file is for --csv")}
			}
			roles := reconciliationReaders()
			if len(arguments) == 0 {
				roles = []api.Role{api.RoleOperator}
			}
			client, err := c.client(roles...)
			if err != nil {
				return err
			}
			var id string
			if len(arguments) == 0 {
				id, err = c.planNow(command.Context(), client, within)
			} else {
				id = arguments[0]
			}
			if err != nil {
				return err
			}
			switch {
			case asCSV:
				return c.planAsCSV(command.Context(), client, id, claim, file)
			case c.output == outputJSON:
				return c.wholePlan(command.Context(), client, id, claim)
			}
			return c.printAdoptionPlan(command.Context(), client, id, claim, query)
		},
	}
	flags := command.Flags()
	flags.StringVar(&claim, "claim", "", "only those of whom the plan says this: adopt, restore, create, review or none")
	flags.BoolVar(&asCSV, "csv", false, "all people, and the accounts that stay nobody's, as CSV")
	flags.StringVar(&file, "file", "", "where to write the CSV; to the terminal if left out")
	flags.DurationVar(&within, "wait", 30*time.Minute, "how long a new plan is waited for; it goes on all the same")
	pageFlags(command, &query)
	return command
}

// planNow has everybody compared, changes nothing, and waits for the end.
func (c *control) planNow(ctx context.Context, client *api.Client, within time.Duration) (string, error) {
	run, err := client.StartReconciliation(ctx, "report")
	if err != nil {
		return "", err
	}
	fmt.Fprintf(c.stderr, "%s: everybody is being compared; nothing is changed\n", run.ID)
	enough := time.NewTimer(within)
	defer enough.Stop()
	looks := time.NewTicker(rostersLooks)
	defer looks.Stop()
	for run.EndedAt == nil {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-enough.C:
			return "", fmt.Errorf("%s goes on: musterctl adopt plan %s", run.ID, run.ID)
		case <-looks.C:
		}
		if run, err = client.Reconciliation(ctx, run.ID); err != nil {
			return "", err
		}
	}
	if run.Reason != "" {
		return "", fmt.Errorf("%s is %s: %s", run.ID, run.Status, run.Reason)
	}
	return run.ID, nil
}

func (c *control) printAdoptionPlan(ctx context.Context, client *api.Client, id, claim string, query api.PageQuery) error {
	plan, err := client.AdoptionPlan(ctx, id)
	if err != nil {
		return err
	}
	people, err := client.PlannedAdoptions(ctx, id, claim, query)
	if err != nil {
		return err
	}
	c.printPlanSummary(plan)
	if len(people.Items) > 0 {
		fmt.Fprintln(c.stdout)
		rows := make([]table.Row, len(people.Items))
		for i, p := range people.Items {
			rows[i] = table.Row{p.Claim, plannedWho(p), p.AccountID, changeInWords(p), becameOf(p.Outcomes)}
		}
		c.table(table.Row{"plan", "person", "account", "what would change, or what would be asked", "became of it"}, rows...)
	}
	if people.NextCursor != "" {
		fmt.Fprintf(c.stderr, "more: --cursor %s, or all: musterctl adopt plan %s --csv\n", people.NextCursor, id)
		return nil
	}
	return c.printNobodys(ctx, client, plan, claim)
}

func (c *control) printPlanSummary(plan api.AdoptionPlan) {
	c.fields([2]string{"plan", plan.ReconciliationID}, [2]string{"status", plan.Status}, [2]string{"made", instant(&plan.MadeAt)},
		[2]string{"holds until", instant(plan.HoldsUntil)}, [2]string{"people compared", number(int64(plan.People))})
	for _, line := range []struct {
		n    int
		what string
	}{
		{plan.Adopt, fmt.Sprintf("adopt: an active account becomes the person's; nothing differs on %d of them", plan.Unchanged)},
		{plan.Restore, "restore: an inactive or deleted account becomes the person's"},
		{plan.Create, "create: there is no account"},
		{plan.Review, "review: somebody is asked first"},
		{plan.None, "none: there is no working account, and nothing is done"},
		{plan.Asked, "of them with a role that an approver is asked about"},
		{plan.Nobodys, "active accounts stay nobody's"},
	} {
		fmt.Fprintf(c.stdout, "  %6d  %s\n", line.n, line.what)
	}
	for _, counted := range []struct {
		name   string
		counts map[string]int
	}{
		{"what would change on adopted accounts, in people", plan.Changes},
		{"what would be asked", plan.Reviews},
		{"not in the plan, since it is as expected", plan.Expected},
		{"not compared", plan.Unevaluated},
	} {
		if len(counted.counts) > 0 {
			fmt.Fprintln(c.stdout, counted.name+":")
		}
		for _, name := range sortedKeys(counted.counts) {
			fmt.Fprintf(c.stdout, "  %6d  %s\n", counted.counts[name], name)
		}
	}
}

func (c *control) printNobodys(ctx context.Context, client *api.Client, plan api.AdoptionPlan, claim string) error {
	if plan.Nobodys == 0 || claim != "" {
		return nil
	}
	accounts, err := client.NobodysAccounts(ctx, plan.ReconciliationID, api.PageQuery{})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout)
	rows := make([]table.Row, len(accounts.Items))
	for i, a := range accounts.Items {
		rows[i] = table.Row{a.AccountID, a.PersonID, a.Because}
	}
	c.table(table.Row{"stays nobody's", "perhaps of", "why"}, rows...)
	if accounts.NextCursor != "" {
		fmt.Fprintf(c.stderr, "more: musterctl adopt plan %s --csv\n", plan.ReconciliationID)
	}
	return nil
}

func plannedWho(p api.PlannedAdoption) string {
	if p.PersonID != "" {
		return p.PersonID
	}
	return p.ExternalUserID
}

// changeInWords is what a plan says of a person, for people.
func changeInWords(p api.PlannedAdoption) string {
	if p.Why != "" {
		return p.Why
	}
	var words []string
	if p.Link {
		words = append(words, "external id")
	}
	for _, d := range p.Differences {
		word := map[string]string{"lacking": "+", "extra": "-", "different": "~"}[d.How] + d.Part + " " + d.Name
		if d.Part == "role" && slices.Contains(p.AskedRoles, d.Name) {
			word += " (asked for)"
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

func becameOf(outcomes []api.DeltaOutcome) string {
	if len(outcomes) == 0 {
		return ""
	}
	last := outcomes[len(outcomes)-1]
	return strings.TrimSpace(last.Outcome + " " + last.Reference)
}

// allPages reads a list to its end.
func allPages[T any](read func(api.PageQuery) (api.Page[T], error), visit func(T) error) error {
	for query := (api.PageQuery{Limit: everything}); ; {
		page, err := read(query)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := visit(item); err != nil {
				return err
			}
		}
		if query.Cursor = page.NextCursor; query.Cursor == "" {
			return nil
		}
	}
}

func (c *control) eachPlanned(ctx context.Context, client *api.Client, id, claim string, visit func(api.PlannedAdoption) error) error {
	return allPages(func(query api.PageQuery) (api.Page[api.PlannedAdoption], error) {
		return client.PlannedAdoptions(ctx, id, claim, query)
	}, visit)
}

func (c *control) eachNobodys(ctx context.Context, client *api.Client, id string, visit func(api.NobodysAccount) error) error {
	return allPages(func(query api.PageQuery) (api.Page[api.NobodysAccount], error) {
		return client.NobodysAccounts(ctx, id, query)
	}, visit)
}

// wholePlan is a plan for a program.
func (c *control) wholePlan(ctx context.Context, client *api.Client, id, claim string) error {
	whole := struct {
		api.AdoptionPlan
		Persons  []api.PlannedAdoption `json:"persons"`
		Accounts []api.NobodysAccount  `json:"accounts"`
	}{Persons: []api.PlannedAdoption{}, Accounts: []api.NobodysAccount{}}
	var err error
	if whole.AdoptionPlan, err = client.AdoptionPlan(ctx, id); err != nil {
		return err
	}
	err = c.eachPlanned(ctx, client, id, claim, func(p api.PlannedAdoption) error {
		whole.Persons = append(whole.Persons, p)
		return nil
	})
	if err != nil {
		return err
	}
	if claim == "" {
		err = c.eachNobodys(ctx, client, id, func(a api.NobodysAccount) error {
			whole.Accounts = append(whole.Accounts, a)
			return nil
		})
	}
	if err != nil {
		return err
	}
	return c.show(whole, nil)
}

func (c *control) planAsCSV(ctx context.Context, client *api.Client, id, claim, file string) (err error) {
	to := c.stdout
	if file != "" {
		created, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("write the plan: %w", err)
		}
		defer func() {
			if closing := created.Close(); err == nil && closing != nil {
				err = fmt.Errorf("write the plan: %w", closing)
			}
		}()
		to = created
	}
	out := csv.NewWriter(to)
	write := func(line ...string) error {
		for i := range line {
			line[i] = noFormula(line[i])
		}
		return out.Write(line)
	}
	if err := write("plan", "claim", "person_id", "namespace", "external_user_id", "account_id", "link", "review", "why", "changes", "asked_roles", "became"); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	err = c.eachPlanned(ctx, client, id, claim, func(p api.PlannedAdoption) error {
		changes := make([]string, len(p.Differences))
		for i, d := range p.Differences {
			changes[i] = d.Part + " " + d.Name + " " + d.How
		}
		return write(id, p.Claim, p.PersonID, p.Namespace, p.ExternalUserID, p.AccountID, yes(p.Link), p.Review, p.Why,
			strings.Join(changes, ";"), strings.Join(p.AskedRoles, ";"), becameOf(p.Outcomes))
	})
	if err == nil && claim == "" {
		err = c.eachNobodys(ctx, client, id, func(a api.NobodysAccount) error {
			return write(id, "nobodys", a.PersonID, "", "", a.AccountID, "", "", a.Because, "", "", "")
		})
	}
	if err != nil {
		return err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// noFormula keeps a spreadsheet from calculating a cell (https://owasp.org/www-community/attacks/CSV_Injection).
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
