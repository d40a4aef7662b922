package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) events() *cobra.Command {
	return group("events", "Send HR events and see what became of them", c.sendEvents(), c.showEvent())
}

func (c *control) sendEvents() *cobra.Command {
	var source string
	command := &cobra.Command{
		Use:   "send [FILE|-]",
		Short: `Send one HR event, or a batch {"events":[…]}, from a file or the standard input`,
		Long: "Sends with the ingest token. With --secret-source it signs as that HR system instead, with the secret of\n" +
			".muster/stack.json, or with the one in MUSTER_WEBHOOK_SECRET.\n\nExit code 1 when any event was rejected.",
		Example: "  musterctl events send hr/testdata/guide_user_update.json --secret-source WORKDAY",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			body, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			receipts, err := c.deliver(command.Context(), source, body)
			if err != nil {
				return err
			}
			return c.showReceipts(receipts)
		},
	}
	command.Flags().StringVar(&source, "secret-source", "", "sign as this HR system in place of using a token")
	return command
}

// readArgument reads the file named, or the standard input.
func (c *control) readArgument(arguments []string) ([]byte, error) {
	if len(arguments) == 0 || arguments[0] == "-" {
		content, err := io.ReadAll(c.stdin)
		if err != nil {
			return nil, fmt.Errorf("read the standard input: %w", err)
		}
		return content, nil
	}
	content, err := os.ReadFile(arguments[0])
	if err != nil {
		return nil, usageError{err}
	}
	return content, nil
}

func (c *control) deliver(ctx context.Context, source string, body []byte) (api.EventReceipts, error) {
	client, err := c.client(api.RoleIngest)
	if err != nil {
		return api.EventReceipts{}, err
	}
	if source == "" {
		return client.SendEvents(ctx, body)
	}
	secret := c.environment("MUSTER_WEBHOOK_SECRET")
	if secret == "" {
		local, err := c.stack()
		if err != nil {
			return api.EventReceipts{}, usageError{errors.New("no secret: set MUSTER_WEBHOOK_SECRET, or start a stack here with \"make up\"")}
		}
		if secret = local.WebhookSecrets[source]; secret == "" {
			return api.EventReceipts{}, usageError{fmt.Errorf("%s has no webhook secret for source %s", local.path, source)}
		}
	}
	return client.SendSignedEvents(ctx, secret, "msg_"+uuid.NewString(), body)
}

func (c *control) showReceipts(receipts api.EventReceipts) error {
	rejected := false
	rows := make([]table.Row, len(receipts.Events))
	for i, receipt := range receipts.Events {
		problem := ""
		if receipt.Problem != nil {
			rejected = true
			problem = receipt.Problem.Error()
		}
		rows[i] = table.Row{receipt.EventID, receipt.Status, receipt.WorkflowID, problem}
	}
	err := c.show(receipts, func() error {
		c.table(table.Row{"event", "status", "workflow", "problem"}, rows...)
		return nil
	})
	if err == nil && rejected {
		err = errQuiet
	}
	return err
}

func (c *control) showEvent() *cobra.Command {
	return &cobra.Command{
		Use: "show EVENT_ID", Short: "Show what became of an HR event", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleViewer, api.RoleIngest)
			if err != nil {
				return err
			}
			event, err := client.Event(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(event, func() error {
				c.showEventFields(event)
				return nil
			})
		},
	}
}

func (c *control) showEventFields(event api.Event) {
	pairs := [][2]string{
		{"event", event.EventID},
		{"type", event.EventType},
		{"source", event.SourceSystem},
		{"person", event.PersonID},
		{"issued", instant(event.TimestampUTC)},
		{"received", instant(&event.ReceivedAt)},
		{"outcome", event.Outcome},
		{"settled", instant(event.OutcomeAt)},
		{"why", event.Reason},
		{"workflow", event.WorkflowID},
		{"confidential", yes(event.Confidential)},
	}
	if event.Waiting != nil {
		pairs = append(pairs,
			[2]string{"waits for", event.Waiting.What},
			[2]string{"can be ended by", event.Waiting.For},
			[2]string{"until", instant(event.Waiting.Until)})
	}
	for _, problem := range append(event.Problems, event.Defects...) {
		pairs = append(pairs, [2]string{problem.Field, fmt.Sprintf("found %s, expected %s", problem.Found, problem.Expected)})
	}
	c.fields(pairs...)
}
