package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

// whatIf are the commands that ask the registry what would be.
func (c *control) whatIf() []*cobra.Command {
	return []*cobra.Command{c.simulateMapping(), c.mappingCoverage(), c.drillMapping()}
}

// whatIfRoles are those that may ask, the best suited first.
func whatIfRoles() []api.Role { return []api.Role{api.RoleViewer, api.RoleRegistryEditor} }

// limits are the flags of questions about people.
type limits struct {
	minimum  int
	byQueue  map[string]int
	people   int
	version  int
	registry string
}

func (l *limits) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.IntVar(&l.minimum, "queue-minimum", 0, "warn of queues with fewer people than that")
	flags.StringToIntVar(&l.byQueue, "queue-minimums", nil, "the same for single queues, such as Billing_Queue=5,Sales_Inbound=3")
	flags.IntVar(&l.people, "people", 0, "list so many people by id (default: 200 in JSON, none in the table)")
	flags.IntVar(&l.version, "version", 0, "the version to try, by number")
}

func (l *limits) check() error {
	if l.minimum < 0 || l.people < 0 || l.version < 0 {
		return usageError{errors.New("--queue-minimum, --people and --version: want 0 or more")}
	}
	return nil
}

func (l *limits) queues() api.QueueLimits {
	return api.QueueLimits{QueueMinimum: l.minimum, QueueMinimums: l.byQueue}
}

// listed asks for as many people as the flag says; without it the server decides.
func (l *limits) listed(command *cobra.Command) api.PeopleLimit {
	if !command.Flags().Changed("people") {
		return api.PeopleLimit{}
	}
	return api.PeopleLimit{People: &l.people}
}

func (c *control) simulateMapping() *cobra.Command {
	var asked limits
	var at string
	var base, days int
	command := &cobra.Command{
		Use: "simulate [FILE|-]", Short: "What other rules would change for the people there are", Args: cobra.MaximumNArgs(1),
		Long: `Compares the rules of FILE, or of --version, or of the newest version, with those in force, for everybody whom HR employs now:
who changes and how, codes without a rule, queues that gain and lose people. With --days also for the events of the last days.
Nothing is changed, and a termination that is planned does not show.`,
		Example: "  musterctl mapping simulate registry.yaml --queue-minimum 3\n  musterctl mapping simulate --version 7 --at 2027-01-01 --days 30",
		RunE: func(command *cobra.Command, arguments []string) error {
			question := api.SimulateRequest{
				Version: asked.version, Base: base, At: at, Days: days, QueueLimits: asked.queues(), PeopleLimit: asked.listed(command),
			}
			err := asked.check()
			if err == nil && len(arguments) == 1 && asked.version > 0 {
				err = usageError{errors.New("simulate: FILE or --version, not both")}
			}
			if err != nil {
				return err
			}
			if len(arguments) == 1 {
				if question.YAML, err = c.rules(arguments[0]); err != nil {
					return err
				}
			}
			client, err := c.client(whatIfRoles()...)
			if err != nil {
				return err
			}
			found, err := client.Simulate(command.Context(), question)
			if err != nil {
				return err
			}
			return c.show(found, func() error {
				c.printSimulation(found, command.Flags().Changed("people"))
				return nil
			})
		},
	}
	asked.flags(command)
	command.Flags().IntVar(&base, "base", 0, "the version to compare with (default: the one in force)")
	command.Flags().StringVar(&at, "at", "", "ask the rules for an instant, or a date (from 00:00 in the registry's zone; default: now)")
	command.Flags().IntVar(&days, "days", 0, "replay the events that took effect in so many days")
	return command
}

// rules reads a registry's text. An empty one would be taken for none.
func (c *control) rules(file string) (string, error) {
	text, err := c.readArgument([]string{file})
	if err == nil && len(text) == 0 {
		err = usageError{fmt.Errorf("%s: found nothing, want a registry's rules", file)}
	}
	return string(text), err
}

func (c *control) mappingCoverage() *cobra.Command {
	var query api.CoverageQuery
	command := &cobra.Command{
		Use: "coverage", Short: "Codes that no rule answers, and rules that nobody uses", Args: cobra.NoArgs,
		Long: `Codes that people in the contact centre have now, or that events of the last days say, and that no rule answers; and the rules in
force whose code nobody has and no event says.`,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(whatIfRoles()...)
			if err != nil {
				return err
			}
			found, err := client.Coverage(command.Context(), query)
			if err != nil {
				return err
			}
			return c.show(found, func() error {
				c.printCoverage(found)
				return nil
			})
		},
	}
	command.Flags().IntVar(&query.Days, "days", 0, "count the events of so many days (default 90)")
	command.Flags().IntVar(&query.Version, "version", 0, "look at another version than the one in force")
	command.Flags().StringVar(&query.At, "at", "", "ask the rules for an instant, or a date (from 00:00 in the registry's zone; default: now)")
	return command
}

func (c *control) drillMapping() *cobra.Command {
	var asked limits
	command := &cobra.Command{
		Use: "drill FILE|-", Short: "What a reorganisation at HR would break; fails when something would", Args: cobra.ExactArgs(1),
		Long: `FILE lists changes of HR's codes: kind, old_code, new_code, effective_date, as CSV with a header or (*.yaml, *.yml) as a YAML
list. Kinds are department, job_title, location and skill; a skill without a new_code goes without a successor. Date by date, the new
codes are put in the place of the old ones for everybody whom HR employs now, and the rules are asked. Nothing is changed.

Exit code 1 when something would break: a code without a rule, people out of the contact centre or without a queue, a queue under
its minimum.`,
		Example: "  musterctl mapping drill reorganisation.csv --queue-minimum 3\n  musterctl mapping drill reorganisation.csv --registry next.yaml",
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := asked.check(); err != nil {
				return err
			}
			if asked.registry != "" && asked.version > 0 {
				return usageError{errors.New("drill: --registry or --version, not both")}
			}
			question := api.DrillRequest{
				Format: "csv", Version: asked.version, QueueLimits: asked.queues(), PeopleLimit: asked.listed(command),
			}
			changes, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			question.Changes = string(changes)
			if arguments[0] != "-" {
				question.Name = filepath.Base(arguments[0])
			}
			if extension := strings.ToLower(filepath.Ext(arguments[0])); extension == ".yaml" || extension == ".yml" {
				question.Format = "yaml"
			}
			if asked.registry != "" {
				if question.YAML, err = c.rules(asked.registry); err != nil {
					return err
				}
			}
			client, err := c.client(whatIfRoles()...)
			if err != nil {
				return err
			}
			found, err := client.Drill(command.Context(), question)
			if err != nil {
				return err
			}
			err = c.show(found, func() error {
				c.printDrill(found, command.Flags().Changed("people"))
				return nil
			})
			if err == nil && found.Broken {
				return errQuiet
			}
			return err
		},
	}
	asked.flags(command)
	command.Flags().StringVar(&asked.registry, "registry", "", "try the rules of a file instead of a version's")
	return command
}

func (c *control) printCoverage(found api.Coverage) {
	fmt.Fprintf(c.stdout, "version %d at %s: %d people, %d events since %s\n",
		found.Version, instant(&found.At), found.People, found.Events, instant(&found.Since))
	c.printSection(fmt.Sprintf("Codes without an answer: %d", len(found.Missing)), table.Row{"kind", "code", "people", "events", "first seen", "last seen", ""},
		rowsOf(found.Missing, func(m api.MissingCode) table.Row {
			note := ""
			if m.HasRule {
				note = "its rule gives these people no queue"
			}
			return table.Row{m.Kind, noCode(m.Code), number(int64(m.People)), number(int64(m.Events)), instant(m.FirstSeen), instant(m.LastSeen), note}
		}))
	c.printSection(fmt.Sprintf("Rules that nobody uses: %d", len(found.Unused)), table.Row{"kind", "code", "line", "from", "until"},
		rowsOf(found.Unused, func(u api.UnusedRule) table.Row {
			return table.Row{u.Kind, u.Code, u.Line, u.EffectiveDate, u.SunsetDate}
		}))
}

func noCode(code string) string {
	if code == "" {
		return "(none said)"
	}
	return code
}
