package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) holds() *cobra.Command {
	return group("hold", "Keep people's accounts and data from being deleted, for a matter of legal's", c.addHold(), c.releaseHold(), c.listHolds())
}

// holdFlags are what placing and releasing holds have in common.
type holdFlags struct{ matter, reason, file string }

func (f *holdFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.matter, "matter", "", "the matter's id with legal; mandatory")
	command.Flags().StringVar(&f.file, "file", "", "a file with one person id per line in place of ID (- for the standard input); # begins a comment")
	reasonFlag(command, &f.reason)
}

// people are the ids that a command line names, by argument or by file.
func (f *holdFlags) people(c *control, command *cobra.Command, arguments []string) ([]string, error) {
	if f.matter == "" {
		return nil, usageError{fmt.Errorf("%s: --matter is mandatory", command.Name())}
	}
	if err := needReason(command.Name(), f.reason); err != nil {
		return nil, err
	}
	if (len(arguments) == 1) == (f.file != "") {
		return nil, usageError{fmt.Errorf("%s: want either ID or --file", command.Name())}
	}
	if f.file == "" {
		return arguments, nil
	}
	content, err := c.readArgument([]string{f.file})
	if err != nil {
		return nil, err
	}
	people := idsOf(string(content))
	if len(people) == 0 {
		return nil, usageError{fmt.Errorf("%s: %s names nobody", command.Name(), f.file)}
	}
	return people, nil
}

// idsOf are the ids of a file, one per line. No id has a # in it.
func idsOf(content string) (ids []string) {
	for line := range strings.Lines(strings.TrimPrefix(content, "\ufeff")) {
		id, _, _ := strings.Cut(line, "#")
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// holding is one of the two commands that change holds: on a person, or on everybody whom a file names.
type holding struct {
	one func(ctx context.Context, client *api.Client, flags holdFlags, person string) (api.LeverOutcome, error)
	all func(ctx context.Context, client *api.Client, flags holdFlags, people []string) (api.HoldReceipts, error)
}

// changesHolds completes a command that does it.
func (c *control) changesHolds(command *cobra.Command, how holding) *cobra.Command {
	var flags holdFlags
	command.Args, command.ValidArgsFunction = cobra.MaximumNArgs(1), c.completeAgents
	command.RunE = func(command *cobra.Command, arguments []string) error {
		people, err := flags.people(c, command, arguments)
		if err != nil {
			return err
		}
		client, err := c.client(api.RoleLegal)
		if err != nil {
			return err
		}
		if flags.file == "" {
			outcome, err := how.one(command.Context(), client, flags, people[0])
			return c.showOutcome(outcome, err)
		}
		receipts, err := how.all(command.Context(), client, flags, people)
		if err != nil {
			return err
		}
		return c.showHoldReceipts(receipts)
	}
	flags.add(command)
	return command
}

func (c *control) addHold() *cobra.Command {
	return c.changesHolds(&cobra.Command{
		Use: "add [ID]", Short: "Place a hold: nothing of the person is deleted while one is in force",
		Long: `Place a hold for a matter on a person, or on everybody whom a file names. It counts from when the command says so.

Placing a hold that is in force changes nothing, so a file can be sent again. With --file every line's outcome is printed;
exit code 1 when any of them has no hold.`,
		Example: "  musterctl hold add WD-EMP-99284 --matter 2026/117 --reason 'preserve for litigation'\n  musterctl hold add --file custodians.txt --matter 2026/117 --reason 'preserve for litigation'",
	}, holding{one: placeHold, all: placeAll})
}

func placeHold(ctx context.Context, client *api.Client, flags holdFlags, person string) (api.LeverOutcome, error) {
	return client.PlaceHold(ctx, person, flags.matter, flags.reason)
}

// placeAll places holds on all people, as many at once as the server takes. An error that is about none of them in particular ends it:
// it is the answer where it came first, else that of everybody who is left.
func placeAll(ctx context.Context, client *api.Client, flags holdFlags, people []string) (all api.HoldReceipts, err error) {
	for chunk := range slices.Chunk(people, api.MaxHoldBatch) {
		receipts, err := client.PlaceHolds(ctx, api.HoldBatch{Matter: flags.matter, Reason: flags.reason, PersonIDs: chunk})
		if err != nil {
			return leftOut(all, people, err)
		}
		all.Items = append(all.Items, receipts.Items...)
	}
	return all, nil
}

// leftOut gives everybody without a receipt the error that ended it; it is the error itself when nobody has one.
func leftOut(receipts api.HoldReceipts, people []string, cause error) (api.HoldReceipts, error) {
	if len(receipts.Items) == 0 {
		return receipts, cause
	}
	for _, id := range people[len(receipts.Items):] {
		receipts.Items = append(receipts.Items, api.HoldReceipt{ID: id, Problem: problemOf(cause)})
	}
	return receipts, nil
}

func problemOf(err error) *api.Problem {
	var problem *api.Problem
	if errors.As(err, &problem) {
		return problem
	}
	return api.NewProblem(http.StatusServiceUnavailable, err.Error())
}

func (c *control) showHoldReceipts(receipts api.HoldReceipts) error {
	failed := false
	rows := make([]table.Row, len(receipts.Items))
	for i, receipt := range receipts.Items {
		if receipt.Problem != nil || receipt.Outcome == nil {
			failed = true
			rows[i] = table.Row{receipt.ID, "", "failed", problemText(problemError(receipt.Problem))}
			continue
		}
		rows[i] = table.Row{receipt.ID, receipt.Outcome.PersonID, receipt.Outcome.Result, receipt.Outcome.HoldID}
	}
	err := c.show(receipts, func() error {
		c.table(table.Row{"id", "person", "result", "hold, or why not"}, rows...)
		return nil
	})
	if err == nil && failed {
		err = errQuiet
	}
	return err
}

// problemError is a problem as an error; a nil problem in an error would not be nil.
func problemError(problem *api.Problem) error {
	if problem == nil {
		return errors.New("the server did not say")
	}
	return problem
}

func (c *control) releaseHold() *cobra.Command {
	return c.changesHolds(&cobra.Command{
		Use: "release [ID]", Short: "Release the hold for a matter, which somebody else has placed",
		Long: `Release the hold for a matter on a person, or on everybody whom a file names. Whoever placed a hold cannot release it. When no
hold is left, a grace lasts at least seven more days.

With --file every line's outcome is printed; exit code 1 when any hold was not released.`,
	}, holding{one: releaseHold, all: releaseAll})
}

func releaseHold(ctx context.Context, client *api.Client, flags holdFlags, person string) (api.LeverOutcome, error) {
	return client.ReleaseHold(ctx, person, flags.matter, flags.reason)
}

// releaseAll releases the holds on all people, one after the other. What the server refuses is about that person; any other error ends it.
func releaseAll(ctx context.Context, client *api.Client, flags holdFlags, people []string) (all api.HoldReceipts, err error) {
	for _, id := range people {
		outcome, err := releaseHold(ctx, client, flags, id)
		var problem *api.Problem
		switch {
		case err == nil:
			all.Items = append(all.Items, api.HoldReceipt{ID: id, Outcome: &outcome})
		case errors.As(err, &problem) && problem.Status != http.StatusUnauthorized && problem.Status != http.StatusServiceUnavailable:
			all.Items = append(all.Items, api.HoldReceipt{ID: id, Problem: problem})
		default:
			return leftOut(all, people, err)
		}
	}
	return all, nil
}

func (c *control) listHolds() *cobra.Command {
	var query api.HoldQuery
	var all bool
	command := &cobra.Command{
		Use: "list", Short: "List holds, those in force unless told otherwise", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if !all {
				inForce := true
				query.InForce = &inForce
			}
			client, err := c.client(api.RoleLegal, api.RoleAuditor)
			if err != nil {
				return err
			}
			page, err := client.Holds(command.Context(), query)
			if err != nil {
				return err
			}
			return showPage(c, page, holdHeader(), holdRow)
		},
	}
	command.Flags().StringVar(&query.Matter, "matter", "", "only for this matter")
	command.Flags().StringVar(&query.PersonID, "person", "", "only on this person")
	command.Flags().BoolVar(&all, "all", false, "those released, too")
	pageFlags(command, &query.PageQuery)
	return command
}

func holdHeader() table.Row {
	return table.Row{"hold", "person", "matter", "placed", "by", "why", "released", "by", "why"}
}

func holdRow(h api.Hold) table.Row {
	return table.Row{
		h.ID, h.PersonID, h.Matter, instant(&h.PlacedAt), actor(h.PlacedBy, h.PlacedVerified), h.Reason, instant(h.ReleasedAt), h.ReleasedBy, h.ReleaseReason,
	}
}

func (c *control) holdTable(holds []api.Hold) {
	rows := make([]table.Row, len(holds))
	for i, hold := range holds {
		rows[i] = holdRow(hold)
	}
	c.table(holdHeader(), rows...)
}
