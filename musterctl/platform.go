package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

// freshest is the least age that the server lets names be asked for with.
const freshest = 10 * time.Second

func (c *control) platform() *cobra.Command {
	return group("platform", "What the platform has", c.platformCatalogue())
}

func (c *control) platformCatalogue() *cobra.Command {
	var query api.PlatformCatalogueQuery
	var fresh bool
	command := &cobra.Command{
		Use: "catalogue", Short: "List what exists on the platform, by the names that rules have to use", Args: cobra.NoArgs,
		Long: `List what exists on the platform, by the names that rules have to use: queues, roles, skills and so on. Names that are older than
five minutes are read anew first; --fresh is for who has just changed something there.

Exit code 1 when the platform could not be read: what is printed then is what was there before.`,
		Example: "  musterctl platform catalogue --kind queue",
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleRegistryEditor, api.RoleViewer)
			if err != nil {
				return err
			}
			if fresh {
				query.MaxAge = freshest
			}
			page, err := client.PlatformCatalogues(command.Context(), query)
			if err != nil {
				return err
			}
			if err := c.show(page, func() error {
				c.catalogues(page.Items)
				return nil
			}); err != nil {
				return err
			}
			return notCurrent(page.Items)
		},
	}
	kinds := api.ConstructKinds()
	flags := command.Flags()
	flags.StringVar(&query.Kind, "kind", "", "only this kind: "+strings.Join(kinds, ", "))
	flags.StringVar(&query.Platform, "platform", "", "only this platform")
	flags.BoolVar(&fresh, "fresh", false, "names that are at most ten seconds old")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return kinds, cobra.ShellCompDirectiveNoFileComp
	}
	if err := command.RegisterFlagCompletionFunc("kind", complete); err != nil {
		panic(err) // the flag is the one declared above
	}
	return command
}

// catalogues prints a row for each construct.
func (c *control) catalogues(platforms []api.PlatformCatalogue) {
	var rows []table.Row
	for _, platform := range platforms {
		for _, construct := range platform.Constructs {
			rows = append(rows, table.Row{platform.Platform, construct.Kind, construct.Name, construct.Unit, construct.TimeZone})
		}
	}
	if len(rows) == 0 {
		fmt.Fprintln(c.stdout, "none")
		return
	}
	c.table(table.Row{"platform", "kind", "name", "management unit", "time zone"}, rows...)
}

// notCurrent fails when something may be missing in what was printed, and says what.
func notCurrent(platforms []api.PlatformCatalogue) error {
	if len(platforms) == 0 {
		return errors.New("no platform is known: no worker has run yet")
	}
	var old []string
	for _, platform := range platforms {
		switch {
		case platform.Current:
		case platform.ReadAt == nil:
			old = append(old, fmt.Sprintf("%s has never been read: %s", platform.Platform, platform.Why))
		default:
			old = append(old, fmt.Sprintf("%s is as of %s: %s", platform.Platform, instant(platform.ReadAt), platform.Why))
		}
	}
	if len(old) == 0 {
		return nil
	}
	return errors.New(strings.Join(old, "\n  "))
}
