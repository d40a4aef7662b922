package main

import (
	"fmt"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) mapping() *cobra.Command {
	command := group("mapping", "Versions of the mapping registry", c.addMapping(), c.mappingVersions(), c.showMapping())
	command.AddCommand(c.whatIf()...)
	return command
}

func (c *control) addMapping() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "add FILE|-", Short: "Add a version; work that waits for a rule goes on by itself", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			rules, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			added, err := client.AddMappingVersion(command.Context(), rules, reason)
			if err != nil {
				return err
			}
			return c.show(added, func() error {
				fmt.Fprintf(c.stdout, "mapping version %d by %s\n", added.Version, added.Author)
				return nil
			})
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why; it goes on the record")
	return command
}

func (c *control) mappingVersions() *cobra.Command {
	var query api.PageQuery
	command := &cobra.Command{
		Use: "versions", Short: "List versions, the newest first", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleViewer, api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			page, err := client.MappingVersions(command.Context(), query)
			if err != nil {
				return err
			}
			return showPage(c, page, table.Row{"version", "added", "by", "reason"}, func(v api.MappingVersion) table.Row {
				return table.Row{v.Version, instant(&v.CreatedAt), v.Author, v.Reason}
			})
		},
	}
	pageFlags(command, &query)
	return command
}

func (c *control) showMapping() *cobra.Command {
	return &cobra.Command{
		Use: "show VERSION", Short: "Print a version's rules", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			version, err := strconv.Atoi(arguments[0])
			if err != nil {
				return usageError{fmt.Errorf("version %q: want a number", arguments[0])}
			}
			client, err := c.client(api.RoleViewer, api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			found, err := client.MappingVersion(command.Context(), version)
			if err != nil {
				return err
			}
			return c.show(found, func() error {
				_, err := fmt.Fprint(c.stdout, found.YAML)
				return err
			})
		},
	}
}
