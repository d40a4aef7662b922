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

func (c *control) termination() *cobra.Command {
	return group("termination", "See where a leaver stands, and turn a termination back, move it or bring it to its end",
		c.showTermination(),
		c.lever(api.LeverReverse, "Turn a termination back: the access is given back (a dismissal's needs an approval)"),
		c.lever(api.LeverExpedite, "Delete a leaver's account without waiting for the deadline (needs an approval)"),
		c.reschedule(),
		c.lever(api.LeverResume, "Let a suspended grace go on; it lasts at least 72 hours more"),
		c.lever(api.LeverErase, "Erase what is left of a deleted account, the archive and the person's data, for good (needs an approval)"),
		c.lever(api.LeverRestoreDeleted, "Bring a deleted account back (needs an approval)"),
	)
}

func (c *control) showTermination() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show where a leaver stands, and what can be done about it now", Args: cobra.ExactArgs(1),
		Long: `Show where a leaver stands: the grace with its deadline and the notices to legal, holds, a reversal that HR has not agreed to,
the archive, and every lever with who can pull it.

Holds, matters and reasons are shown to roles legal and auditor, a termination that is not in effect to role legal alone:
musterctl --as legal termination show ID.`,
		ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleViewer, api.RoleOperator)
			if err != nil {
				return err
			}
			found, err := client.Termination(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(found, func() error {
				c.sayTermination(found)
				return nil
			})
		},
	}
}

func (c *control) sayTermination(t api.Termination) {
	pairs := [][2]string{
		{"person", t.PersonID},
		{"state", t.LifecycleState},
		{"standing", t.Standing},
		{"held", yes(t.Held)},
		{"event", t.EventID},
		{"mapping version", number(int64(t.MappingVersion))},
	}
	if t.Grace != nil {
		pairs = append(pairs, [][2]string{
			{"inactive since", instant(&t.Grace.StartedAt)},
			{"deadline", instant(&t.Grace.Deadline)},
			{"grace", t.Grace.Phase},
			{"grace ended", t.Grace.EndedBecause},
			{"deleted", instant(t.Grace.DeletedAt)},
		}...)
		for _, notice := range t.Grace.Notices {
			pairs = append(pairs, [2]string{"legal was told", fmt.Sprintf("%s of %s (%s)", instant(&notice.RecordedAt), instant(&notice.Deadline), notice.Kind)})
		}
	}
	if t.Archive != nil {
		pairs = append(pairs, [2]string{"archive", fmt.Sprintf("%s, %d bytes, read back %s", t.Archive.ID, t.Archive.Size, instant(t.Archive.VerifiedAt))})
	}
	if o := t.Override; o != nil {
		pairs = append(pairs, [2]string{"reversed", fmt.Sprintf("%s by %s; HR has not agreed yet", instant(&o.MadeAt), o.MadeBy)}, [2]string{"why", o.Reason},
			[2]string{"events without a say", strings.Join(o.EventIDs, ", ")}, [2]string{"reminder", instant(o.RemindAt)})
	}
	c.fields(pairs...)
	if len(t.Holds) > 0 {
		c.holdTable(t.Holds)
	}
	rows := make([]table.Row, len(t.Levers))
	for i, choice := range t.Levers {
		how := choice.Command
		if !choice.Available {
			how = choice.Why
		}
		rows[i] = table.Row{choice.Lever, yes(choice.Available), choice.Who, how}
	}
	c.table(table.Row{"lever", "now", "who", "how, or why not"}, rows...)
}

// lever is the command that pulls a lever which takes nothing but a reason.
func (c *control) lever(lever api.Lever, short string) *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: string(lever) + " ID", Short: short, Args: cobra.ExactArgs(1), ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.pull(command, arguments[0], lever, reason, time.Time{})
		},
	}
	reasonFlag(command, &reason)
	return command
}

func (c *control) reschedule() *cobra.Command {
	var reason, until string
	command := &cobra.Command{
		Use: "reschedule ID", Short: "Move the deadline of a grace to a later time, at most 365 days after the deactivation", Args: cobra.ExactArgs(1),
		Example:           "  musterctl termination reschedule WD-EMP-99284 --until 2026-12-20T10:00:00Z --reason 'the hearing is on the 18th'",
		ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			deadline, err := time.Parse(time.RFC3339, until)
			if err != nil {
				return usageError{fmt.Errorf("--until %q: want a time such as 2026-12-20T10:00:00Z", until)}
			}
			return c.pull(command, arguments[0], api.LeverReschedule, reason, deadline)
		},
	}
	command.Flags().StringVar(&until, "until", "", "the new deadline, such as 2026-12-20T10:00:00Z")
	reasonFlag(command, &reason)
	return command
}

// reasonFlag adds the reason that every lever needs.
func reasonFlag(command *cobra.Command, reason *string) {
	command.Flags().StringVar(reason, "reason", "", "why; mandatory, on the record, and shown to legal and auditors only")
}

func (c *control) pull(command *cobra.Command, id string, lever api.Lever, reason string, until time.Time) error {
	if err := needReason(string(lever), reason); err != nil {
		return err
	}
	client, err := c.client(api.LeverRoles(lever)...)
	if err != nil {
		return err
	}
	outcome, err := client.PullLever(command.Context(), id, lever, reason, until)
	return c.showOutcome(outcome, err)
}

func needReason(what, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return usageError{fmt.Errorf("%s: --reason is mandatory", what)}
	}
	return nil
}

func (c *control) showOutcome(outcome api.LeverOutcome, err error) error {
	if err != nil {
		return err
	}
	return c.show(outcome, func() error {
		fmt.Fprintln(c.stdout, outcomeText(outcome))
		return nil
	})
}

// outcomeText says what came of a lever, and what has to be done next where something has.
func outcomeText(o api.LeverOutcome) string {
	text := fmt.Sprintf("%s %s: ", o.Lever, o.PersonID)
	switch o.Result {
	case api.LeverAsked:
		return text + fmt.Sprintf("nothing is done yet; approval %s is needed, by %s: musterctl --as legal approvals approve %s --reason '…'",
			o.ApprovalID, o.Approvers, o.ApprovalID)
	case api.LeverAlready:
		text += "it was so already"
	case api.LeverDone:
		text += "done"
	}
	for _, part := range [][2]string{{"hold", o.HoldID}, {"state", o.LifecycleState}, {"deadline", instant(o.Deadline)}} {
		if part[1] != "" {
			text += ", " + part[0] + " " + part[1]
		}
	}
	return text
}

// problemText is a refusal as one line of a table; empty when there is none.
func problemText(err error) string {
	var problem *api.Problem
	switch {
	case err == nil:
		return ""
	case errors.As(err, &problem) && problem.Detail != "":
		return problem.Detail
	}
	return err.Error()
}
