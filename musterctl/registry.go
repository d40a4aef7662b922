package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

const mappingHelp = `The mapping registry says what HR's codes mean on the platform. Its rules change in steps, each on record:

  plan      what a text would change, and what is wrong with it, by line
  submit    the text gets a number and is immutable from then on
  approve   somebody else than the author agrees
  publish   it is in force, at once or from a day on; people get it by a rollout

Going back is a new version, too: rollback submits a former version's text.`

func (c *control) mapping() *cobra.Command {
	command := group("mapping", "The rules by which HR's codes are read",
		c.planMapping(), c.submitMapping(), c.rollback(),
		decision(c, verdict[api.MappingVersion]{
			word: "approve", argument: "VERSION", short: "Approve a version that somebody else wrote", role: api.RoleApprover, needsReason: true,
			decide: onVersion((*api.Client).ApproveMapping), print: versionLine,
		}),
		decision(c, verdict[api.MappingVersion]{
			word: "reject", argument: "VERSION", short: "Reject a submitted version", role: api.RoleApprover, needsReason: true,
			decide: onVersion((*api.Client).RejectMapping), print: versionLine,
		}),
		c.publishMapping(),
		decision(c, verdict[api.MappingVersion]{
			word: "withdraw", argument: "VERSION", short: "Take back a version that is not in force yet", role: api.RoleRegistryEditor, needsReason: true,
			decide: onVersion((*api.Client).WithdrawMapping), print: versionLine,
		}),
		c.mappingVersions(), c.showMapping(), c.exportMapping(), c.diffMapping(), c.drafts(), c.rollouts())
	command.AddCommand(c.whatIf()...)
	command.Long = mappingHelp
	return command
}

// onVersion is a call about a version by its number, as the command line has it.
func onVersion(
	call func(c *api.Client, ctx context.Context, version int, reason string) (api.MappingVersion, error),
) func(c *api.Client, ctx context.Context, number, reason string) (api.MappingVersion, error) {
	return func(c *api.Client, ctx context.Context, number, reason string) (api.MappingVersion, error) {
		version, err := versionNumber(number)
		if err != nil {
			return api.MappingVersion{}, err
		}
		return call(c, ctx, version, reason)
	}
}

func versionNumber(argument string) (int, error) {
	version, err := strconv.Atoi(argument)
	if err != nil || version < 1 {
		return 0, usageError{fmt.Errorf("version %q: want a number from 1 up", argument)}
	}
	return version, nil
}

// versionLine says where a version stands, and what comes next.
func versionLine(v api.MappingVersion) string {
	text := fmt.Sprintf("mapping version %d: %s", v.Version, v.State)
	switch v.State {
	case "submitted":
		text += fmt.Sprintf("; next, somebody else than %s: musterctl mapping approve %d --reason '…'", v.Author, v.Version)
	case "approved":
		text += fmt.Sprintf("; next: musterctl mapping publish %d --reason '…'", v.Version)
	case "scheduled":
		text += "; in force from " + instant(v.EffectiveAt)
	case "published":
		text += "; in force since " + instant(v.EffectiveAt)
	}
	return text
}

func (c *control) submitMapping() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "submit FILE|-", Short: "Submit a text as a version, for somebody else to approve", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			rules, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			submitted, err := client.SubmitMapping(command.Context(), rules, reason)
			return c.showSubmitted(arguments[0], submitted, err)
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why the rules change; it goes on the record")
	return command
}

// showSubmitted prints what became of a submission; mistakes as the file's lines.
func (c *control) showSubmitted(file string, submitted api.MappingVersion, err error) error {
	var problem *api.Problem
	if errors.As(err, &problem) && len(problem.Errors) > 0 && problem.Status == 422 {
		return fmt.Errorf("%w\nmusterctl mapping plan %s shows them with what would change", err, file)
	}
	if err != nil {
		return err
	}
	return c.show(submitted, func() error {
		fmt.Fprintln(c.stdout, versionLine(submitted))
		return nil
	})
}

func (c *control) rollback() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "rollback VERSION", Short: "Submit a former version's text as a new version", Args: cobra.ExactArgs(1),
		Long: "Going back is a change like any other: it is submitted, approved by somebody else and published.",
		RunE: func(command *cobra.Command, arguments []string) error {
			version, err := versionNumber(arguments[0])
			if err != nil {
				return err
			}
			if reason == "" {
				return usageError{errors.New("rollback: --reason is mandatory")}
			}
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			former, err := client.MappingVersion(command.Context(), version)
			if err != nil {
				return err
			}
			submitted, err := client.SubmitMapping(command.Context(), []byte(former.YAML), fmt.Sprintf("back to version %d: %s", version, reason))
			return c.showSubmitted("FILE", submitted, err)
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why; mandatory, on the record")
	return command
}

func (c *control) publishMapping() *cobra.Command {
	var how api.PublishRequest
	var at string
	command := &cobra.Command{
		Use: "publish VERSION", Short: "Put an approved version in force, at once or from a day on", Args: cobra.ExactArgs(1),
		Example: "  musterctl mapping publish 7 --from 2027-01-01 --reason 'the new skill tree begins with the year'",
		RunE: func(command *cobra.Command, arguments []string) error {
			version, err := versionNumber(arguments[0])
			if err != nil {
				return err
			}
			if at != "" {
				instant, err := time.Parse(time.RFC3339, at)
				if err != nil {
					return usageError{fmt.Errorf("--at %q: want a time such as 2027-01-01T08:00:00Z", at)}
				}
				how.EffectiveAt = &instant
			}
			client, err := c.client(api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			published, err := client.PublishMapping(command.Context(), version, how)
			if err != nil {
				return err
			}
			return c.show(published, func() error {
				fmt.Fprintf(c.stdout, "%s\nhow it reaches people: musterctl mapping rollouts list\n", versionLine(published))
				return nil
			})
		},
	}
	command.Flags().StringVar(&how.Reason, "reason", "", "why; mandatory, on the record")
	command.Flags().StringVar(&how.EffectiveDate, "from", "", "the first day, YYYY-MM-DD, from 00:00 in the version's time zone (default: at once)")
	command.Flags().StringVar(&at, "at", "", "the instant, such as 2027-01-01T08:00:00Z, in place of a day")
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
			return showPage(c, page, table.Row{"version", "state", "in force from", "by", "submitted", "reason"}, func(v api.MappingVersion) table.Row {
				return table.Row{v.Version, v.State, instant(v.EffectiveAt), v.Author, instant(&v.CreatedAt), v.Reason}
			})
		},
	}
	pageFlags(command, &query)
	return command
}

func (c *control) showMapping() *cobra.Command {
	return &cobra.Command{
		Use: "show [VERSION]", Short: "What happened to a version; without a number, the one in force", Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			found, err := c.readVersion(command, arguments)
			if err != nil {
				return err
			}
			return c.show(found, func() error {
				base := ""
				if found.BaseVersion > 0 {
					base = fmt.Sprintf("version %d", found.BaseVersion)
				}
				c.fields([2]string{"version", fmt.Sprint(found.Version)}, [2]string{"state", found.State},
					[2]string{"in force from", instant(found.EffectiveAt)}, [2]string{"written on top of", base}, [2]string{"digest", found.Digest})
				rows := make([]table.Row, len(found.Steps))
				for i, step := range found.Steps {
					rows[i] = table.Row{step.Step, instant(&step.At), step.Actor, step.Reason}
				}
				c.table(table.Row{"step", "at", "by", "reason"}, rows...)
				return nil
			})
		},
	}
}

// readVersion is the version that an optional argument names, the one in force without.
func (c *control) readVersion(command *cobra.Command, arguments []string) (api.MappingVersion, error) {
	version := 0
	if len(arguments) > 0 {
		var err error
		if version, err = versionNumber(arguments[0]); err != nil {
			return api.MappingVersion{}, err
		}
	}
	client, err := c.client(api.RoleViewer, api.RoleRegistryEditor)
	if err != nil {
		return api.MappingVersion{}, err
	}
	return client.MappingVersion(command.Context(), version)
}

func (c *control) exportMapping() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use: "export [VERSION]", Short: "Write a version's text; without a number, that of the one in force", Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			found, err := c.readVersion(command, arguments)
			if err != nil {
				return err
			}
			if file == "" {
				return c.show(found, func() error {
					_, err := fmt.Fprint(c.stdout, found.YAML)
					return err
				})
			}
			if err := os.WriteFile(file, []byte(found.YAML), 0o600); err != nil {
				return fmt.Errorf("write the text of version %d: %w", found.Version, err)
			}
			fmt.Fprintf(c.stdout, "mapping version %d written to %s\n", found.Version, file)
			return nil
		},
	}
	command.Flags().StringVar(&file, "file", "", "write it to this file (default: to the output)")
	return command
}
