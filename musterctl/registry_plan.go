package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) planMapping() *cobra.Command {
	return &cobra.Command{
		Use: "plan FILE|-", Short: "What a text would change, and what is wrong with it; exits 1 when something is", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			rules, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			client, err := c.client(api.RoleRegistryEditor, api.RoleViewer)
			if err != nil {
				return err
			}
			plan, err := client.PlanMapping(command.Context(), rules)
			if err != nil {
				return err
			}
			if err := c.show(plan, func() error { return c.printPlan(arguments[0], plan) }); err != nil {
				return err
			}
			if len(plan.Mistakes) > 0 {
				return errQuiet
			}
			return nil
		},
	}
}

// printPlan writes a plan as a compiler writes its findings: FILE:LINE: what.
func (c *control) printPlan(file string, plan api.MappingPlan) error {
	findings := func(heading string, list []api.MappingFinding) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(c.stdout, "%s\n", heading)
		for _, finding := range list {
			place := file
			if finding.Line > 0 {
				place = fmt.Sprintf("%s:%d", file, finding.Line)
			}
			fmt.Fprintf(c.stdout, "  %s: %s\n", place, finding)
		}
	}
	findings(fmt.Sprintf("%s to mend:", counted(len(plan.Mistakes), "mistake")), plan.Mistakes)
	findings("to look at:", plan.Notices)
	if plan.BaseVersion == 0 {
		fmt.Fprintln(c.stdout, "against nothing: this would be the first version")
	} else {
		c.printDifferences(fmt.Sprintf("against version %d", plan.BaseVersion), plan.Differences, len(plan.Mistakes) == 0)
	}
	for _, checked := range plan.Catalogues {
		fmt.Fprintf(c.stdout, "names held against platform %s as of %s\n", checked.Platform, instant(&checked.ReadAt))
	}
	if len(plan.Unchecked) > 0 {
		fmt.Fprintf(c.stdout, "NOT CHECKED against a platform: %s\n", strings.Join(plan.Unchecked, "; "))
	}
	if len(plan.Mistakes) == 0 {
		fmt.Fprintf(c.stdout, "nothing wrong; next: musterctl mapping submit %s --reason '…'\n", file)
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printDifferences lists what differs; sayNone tells so where nothing does.
func (c *control) printDifferences(what string, differences []api.MappingDifference, sayNone bool) {
	if len(differences) == 0 {
		if sayNone {
			fmt.Fprintf(c.stdout, "%s: no difference\n", what)
		}
		return
	}
	fmt.Fprintf(c.stdout, "%s, %s:\n", what, counted(len(differences), "difference"))
	for _, difference := range differences {
		fmt.Fprintf(c.stdout, "  %s\n", difference.Text)
	}
}

func (c *control) diffMapping() *cobra.Command {
	return &cobra.Command{
		Use: "diff [FROM] TO", Short: "What differs between two versions; FROM is the one in force if left out", Args: cobra.RangeArgs(1, 2),
		RunE: func(command *cobra.Command, arguments []string) error {
			numbers := [2]int{}
			for i, argument := range arguments {
				version, err := versionNumber(argument)
				if err != nil {
					return err
				}
				numbers[i+2-len(arguments)] = version
			}
			client, err := c.client(api.RoleViewer, api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			diff, err := client.DiffMapping(command.Context(), numbers[0], numbers[1])
			if err != nil {
				return err
			}
			return c.show(diff, func() error {
				c.printDifferences(fmt.Sprintf("from version %d to version %d", diff.From, diff.To), diff.Differences, true)
				return nil
			})
		},
	}
}
