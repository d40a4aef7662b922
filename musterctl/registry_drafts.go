package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) drafts() *cobra.Command {
	return group("draft", "Texts in the making, kept where others can read them",
		c.saveDraft(), c.listDrafts(), c.showDraft(), c.submitDraft(), c.discardDraft())
}

func (c *control) saveDraft() *cobra.Command {
	var id, reason string
	command := &cobra.Command{
		Use: "save FILE|-", Short: "Keep a text as a draft, or replace that of one's own; it may have mistakes", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			text, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			var saved api.MappingDraft
			if id == "" {
				saved, err = client.AddMappingDraft(command.Context(), text, reason)
			} else {
				saved, err = client.ChangeMappingDraft(command.Context(), id, text, reason)
			}
			if err != nil {
				return err
			}
			return c.show(saved, func() error {
				fmt.Fprintf(c.stdout, "draft %s of %s; next: musterctl mapping draft submit %s\n", saved.ID, saved.Author, saved.ID)
				return nil
			})
		},
	}
	command.Flags().StringVar(&id, "draft", "", "the draft to replace (default: a new one)")
	command.Flags().StringVar(&reason, "reason", "", "why the rules change; it becomes the version's reason")
	return command
}

func (c *control) listDrafts() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List drafts, the one changed last first", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleRegistryEditor, api.RoleViewer)
			if err != nil {
				return err
			}
			page, err := client.MappingDrafts(command.Context())
			if err != nil {
				return err
			}
			return showPage(c, page, table.Row{"draft", "by", "changed", "reason"}, func(d api.MappingDraft) table.Row {
				return table.Row{d.ID, d.Author, instant(&d.UpdatedAt), d.Reason}
			})
		},
	}
}

func (c *control) showDraft() *cobra.Command {
	return &cobra.Command{
		Use: "show DRAFT", Short: "Print a draft's text", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleRegistryEditor, api.RoleViewer)
			if err != nil {
				return err
			}
			draft, err := client.MappingDraft(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(draft, func() error {
				_, err := fmt.Fprint(c.stdout, draft.YAML)
				return err
			})
		},
	}
}

func (c *control) submitDraft() *cobra.Command {
	return &cobra.Command{
		Use: "submit DRAFT", Short: "Submit one's own draft as a version, for somebody else to approve", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			submitted, err := client.SubmitMappingDraft(command.Context(), arguments[0])
			return c.showSubmitted("FILE", submitted, err)
		},
	}
}

func (c *control) discardDraft() *cobra.Command {
	return &cobra.Command{
		Use: "discard DRAFT", Short: "Discard one's own draft", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			if err := client.DiscardMappingDraft(command.Context(), arguments[0]); err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "draft %s discarded\n", arguments[0])
			return nil
		},
	}
}
