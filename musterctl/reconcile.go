package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) reconcile() *cobra.Command {
	return group("reconcile", "Prove that HR, the record and the platform agree", c.reconcileRun(), c.reconcileShow(), c.reconcileList(),
		c.reconcileDeltas(), c.reconcileReport(), c.reconcilePerson(), c.reconcileRelease(), c.reconcileMode())
}

// reconciliationReaders are the roles that may look; the first one whose token is there is used.
func reconciliationReaders() []api.Role {
	return []api.Role{api.RoleOperator, api.RoleViewer, api.RoleApprover, api.RoleAuditor, api.RoleLegal}
}

func (c *control) reconcileRun() *cobra.Command {
	var mode string
	command := &cobra.Command{
		Use: "run", Short: "Compare everybody now", Args: cobra.NoArgs,
		Long: `It runs in the background: musterctl reconcile show says how far it has come. Only until HR's rosters have been read is it waited for, ten
seconds at the most: one that is refused for them is said so, and why. One that was started in this minute is shown as it stands.`,
		RunE: func(command *cobra.Command, _ []string) error {
			if mode != "" && !slices.Contains(api.ReconciliationModes(), mode) {
				return usageError{fmt.Errorf("run: --mode %q: want one of %s", mode, strings.Join(api.ReconciliationModes(), ", "))}
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			run, err := client.StartReconciliation(command.Context(), mode)
			if err != nil {
				return err
			}
			if run, err = rostersRead(command.Context(), client, run); err != nil {
				return err
			}
			err = c.show(run, func() error {
				fmt.Fprintf(c.stdout, "%s: %s (musterctl reconcile show %s)\n", run.ID, run.Status, run.ID)
				return nil
			})
			if err == nil && run.Reason != "" {
				return fmt.Errorf("%s is %s: %s", run.ID, run.Status, run.Reason)
			}
			return err
		},
	}
	command.Flags().StringVar(&mode, "mode", "", "observe, report or repair, for all types and this once; each type's own if left out")
	return command
}

// How long it is waited for that HR's rosters are read, and how often it is looked.
const (
	rostersWithin = 10 * time.Second
	rostersLooks  = 200 * time.Millisecond
)

// rostersRead waits until HR's rosters have been judged, or the reconciliation has ended.
func rostersRead(ctx context.Context, client *api.Client, run api.Reconciliation) (api.Reconciliation, error) {
	enough := time.NewTimer(rostersWithin)
	defer enough.Stop()
	looks := time.NewTicker(rostersLooks)
	defer looks.Stop()
	for run.EndedAt == nil && !allBelieved(run.Sources) {
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-enough.C:
			return run, nil
		case <-looks.C:
		}
		var err error
		if run, err = client.Reconciliation(ctx, run.ID); err != nil {
			return run, err
		}
	}
	return run, nil
}

// allBelieved says that there are rosters and none refuses the run, which goes on.
func allBelieved(sources []api.ReconciliationSource) bool {
	return len(sources) > 0 && !slices.ContainsFunc(sources, func(s api.ReconciliationSource) bool { return !s.Healthy })
}

func (c *control) reconcileShow() *cobra.Command {
	return &cobra.Command{
		Use: "show RECONCILIATION", Short: "How far one has come, and what it counted", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(reconciliationReaders()...)
			if err != nil {
				return err
			}
			run, err := client.Reconciliation(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(run, func() error {
				c.printReconciliation(run)
				return nil
			})
		},
	}
}

func (c *control) printReconciliation(run api.Reconciliation) {
	c.fields([2]string{"reconciliation", run.ID}, [2]string{"platform", run.Platform}, [2]string{"of", run.PersonID}, [2]string{"status", run.Status},
		[2]string{"why", run.Reason}, [2]string{"asked for by", run.RequestedBy}, [2]string{"began", instant(&run.StartedAt)},
		[2]string{"ended", instant(run.EndedAt)}, [2]string{"people", number(int64(run.Counts.People))},
		[2]string{"accounts of nobody", number(int64(run.Counts.Accounts))}, [2]string{"workflow", run.WorkflowID})
	for _, s := range run.Sources {
		if s.AsOf.IsZero() { // there was none
			fmt.Fprintf(c.stdout, "  roster %s%s\n", s.Source, because(s.Why))
			continue
		}
		fmt.Fprintf(c.stdout, "  roster %s: %d people as of %s%s\n", s.Source, s.Rows, instant(&s.AsOf), because(s.Why))
	}
	for _, counted := range []struct {
		name   string
		counts map[string]int
	}{{"deltas", run.Counts.Deltas}, {"to be done", run.Counts.Resolutions}, {"differences that are none", run.Counts.Expected}, {"not evaluated", run.Counts.Unevaluated}} {
		if len(counted.counts) > 0 {
			fmt.Fprintln(c.stdout, counted.name+":")
		}
		for _, name := range sortedKeys(counted.counts) {
			fmt.Fprintf(c.stdout, "  %6d  %s\n", counted.counts[name], name)
		}
	}
	for _, n := range run.NotEvaluated {
		fmt.Fprintf(c.stdout, "not evaluated: %s%s\n", n.What, because(n.Why))
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func sortedKeys(counts map[string]int) (names []string) {
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c *control) reconcileList() *cobra.Command {
	var query api.PageQuery
	command := &cobra.Command{
		Use: "list", Short: "List reconciliations, the newest first", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(reconciliationReaders()...)
			if err != nil {
				return err
			}
			page, err := client.Reconciliations(command.Context(), query)
			if err != nil {
				return err
			}
			header := table.Row{"reconciliation", "of", "status", "began", "ended", "people", "deltas", "asked for by"}
			return showPage(c, page, header, func(r api.Reconciliation) table.Row {
				deltas := 0
				for _, n := range r.Counts.Deltas {
					deltas += n
				}
				return table.Row{r.ID, r.PersonID, r.Status, instant(&r.StartedAt), instant(r.EndedAt), r.Counts.People, deltas, r.RequestedBy}
			})
		},
	}
	pageFlags(command, &query)
	return command
}

func (c *control) reconcileDeltas() *cobra.Command {
	var query api.DeltaQuery
	command := &cobra.Command{
		Use: "deltas RECONCILIATION", Short: "What one found", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(reconciliationReaders()...)
			if err != nil {
				return err
			}
			page, err := client.Deltas(command.Context(), arguments[0], query)
			if err != nil {
				return err
			}
			return showPage(c, page, deltaHeader(), deltaRow)
		},
	}
	command.Flags().StringVar(&query.Type, "type", "", "only this type")
	command.Flags().StringVar(&query.Action, "action", "", "only those about which this is to be done")
	pageFlags(command, &query.PageQuery)
	return command
}

func deltaHeader() table.Row {
	return table.Row{"type", "person", "account", "to be done", "differs", "because", "became of it"}
}

func deltaRow(d api.Delta) table.Row {
	var differs []string
	for _, f := range d.Differences {
		differs = append(differs, f.Part+" "+f.Name+" "+f.How)
	}
	became := ""
	if n := len(d.Outcomes); n > 0 {
		became = d.Outcomes[n-1].Outcome + " " + d.Outcomes[n-1].Reference
	}
	who := d.PersonID
	if who == "" {
		who = d.ExternalUserID
	}
	return table.Row{d.DeltaType, who, d.AccountID, d.ResolutionAction, strings.Join(differs, ", "), d.Because, became}
}

func (c *control) reconcileReport() *cobra.Command {
	var format, file string
	command := &cobra.Command{
		Use: "report RECONCILIATION", Short: "The report of one, as a page, CSV or JSON", Args: cobra.ExactArgs(1),
		Example: "  musterctl reconcile report rec_20260302_0200 --file report.html",
		RunE: func(command *cobra.Command, arguments []string) error {
			if !slices.Contains([]string{"html", "csv", "json"}, format) {
				return usageError{fmt.Errorf("report: --format %q: want html, csv or json", format)}
			}
			client, err := c.client(reconciliationReaders()...)
			if err != nil {
				return err
			}
			content, err := client.ReconciliationReport(command.Context(), arguments[0], format)
			if err != nil {
				return err
			}
			if file == "" {
				_, err = c.stdout.Write(content)
			} else {
				err = os.WriteFile(file, content, 0o600)
			}
			if err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			return nil
		},
	}
	command.Flags().StringVar(&format, "format", "html", "html, csv or json")
	command.Flags().StringVar(&file, "file", "", "where to write it; to the terminal if left out")
	return command
}

func (c *control) reconcilePerson() *cobra.Command {
	return &cobra.Command{
		Use: "person PERSON", Short: "Compare one person now, with their account as it is", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			run, err := client.ReconcilePerson(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(run, func() error {
				c.printReconciliation(run.Reconciliation)
				rows := make([]table.Row, 0, len(run.Deltas))
				for _, delta := range run.Deltas {
					rows = append(rows, deltaRow(delta))
				}
				switch {
				case run.EndedAt == nil:
					fmt.Fprintf(c.stdout, "it goes on: musterctl reconcile show %s\n", run.ID)
				case run.Status == "completed" && len(rows) == 0:
					fmt.Fprintln(c.stdout, "nothing differs")
				case len(rows) > 0:
					c.table(deltaHeader(), rows...)
				}
				return nil
			})
		},
	}
}

func (c *control) reconcileMode() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "mode [TYPE MODE]", Short: "Show or set what is done about each type of deltas", Args: cobra.MaximumNArgs(2),
		Long: `Without arguments it lists the modes. observe counts, report records and shows, repair repairs through the mailboxes. A mode counts from
the next reconciliation on.`,
		Example: "  musterctl reconcile mode SKILL_MISMATCH repair --reason 'two weeks of reports without a surprise'",
		RunE: func(command *cobra.Command, arguments []string) error {
			switch {
			case len(arguments) == 1:
				return usageError{fmt.Errorf("mode: want TYPE and MODE, or neither")}
			case len(arguments) == 2 && reason == "":
				return usageError{fmt.Errorf("mode: --reason is mandatory")}
			case len(arguments) == 2 && !slices.Contains(api.ReconciliationModes(), arguments[1]):
				return usageError{fmt.Errorf("mode: found %q, want one of %s", arguments[1], strings.Join(api.ReconciliationModes(), ", "))}
			}
			if len(arguments) == 0 {
				return c.listModes(command)
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			set, err := client.SetDeltaMode(command.Context(), arguments[0], arguments[1], reason)
			if err != nil {
				return err
			}
			return c.show(set, func() error {
				fmt.Fprintf(c.stdout, "%s: %s from the next reconciliation on\n", set.DeltaType, set.Mode)
				return nil
			})
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why; it goes on the record")
	return command
}

func (c *control) listModes(command *cobra.Command) error {
	client, err := c.client(reconciliationReaders()...)
	if err != nil {
		return err
	}
	page, err := client.DeltaModes(command.Context())
	if err != nil {
		return err
	}
	return showPage(c, page, table.Row{"type", "mode", "set by", "at", "why"}, func(m api.DeltaMode) table.Row {
		return table.Row{m.DeltaType, m.Mode, m.ChangedBy, instant(m.ChangedAt), m.Reason}
	})
}
