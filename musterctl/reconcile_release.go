package main

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) reconcileRelease() *cobra.Command {
	var what api.ReleaseDeltas
	command := &cobra.Command{
		Use: "release RECONCILIATION", Short: "Repair what one found, for these people or types", Args: cobra.ExactArgs(1),
		Long: `What was only reported is repaired, for the people and types that are named. Each person is compared anew first, with their account as it
is: what does not stand any more is left alone. Guards, approvals and dated exceptions hold as ever. At most 200 people at once: whoever wants
more sets the mode of the type (musterctl reconcile mode).

Exit code 1 when any of them is not released; the table says why.`,
		Example: "  musterctl reconcile release rec_20260302_0200 --person WD-EMP-99284 --reason 'the supervisor agrees'\n" +
			"  musterctl reconcile release rec_20260302_0200 --type SKILL_MISMATCH --reason 'the report was looked through'",
		RunE: func(command *cobra.Command, arguments []string) error {
			if len(what.DeltaTypes)+len(what.People) == 0 {
				return usageError{errors.New("release: want --type or --person")}
			}
			if err := needReason("release", what.Reason); err != nil {
				return err
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			released, err := client.ReleaseDeltas(command.Context(), arguments[0], what)
			if err != nil {
				return err
			}
			return c.showReleased(released)
		},
	}
	command.Flags().StringArrayVar(&what.DeltaTypes, "type", nil, "deltas of this type; may be given several times")
	command.Flags().StringArrayVar(&what.People, "person", nil, "deltas about this person, by any id; may be given several times")
	reasonFlag(command, &what.Reason)
	return command
}

func (c *control) showReleased(released api.ReleasedDeltas) error {
	rows := make([]table.Row, len(released.Items))
	left := 0
	for i, r := range released.Items {
		result := "repaired by " + r.ReconciliationID
		if r.Why != "" {
			left++
			result = "not released: " + r.Why
		}
		rows[i] = table.Row{r.DeltaType, r.PersonID, r.AccountID, result}
	}
	err := c.show(released, func() error {
		c.table(table.Row{"type", "person", "account", "result"}, rows...)
		if left < len(rows) {
			fmt.Fprintln(c.stdout, "how far they have come: musterctl reconcile list")
		}
		return nil
	})
	if err == nil && left > 0 {
		err = errQuiet
	}
	return err
}
