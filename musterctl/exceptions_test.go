package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
)

func TestExceptionsAreDated(t *testing.T) {
	o := openOffice(t)
	o.knows("evt_1", "WD-1")
	add := []string{"exceptions", "add", "WD-1", "--part", "skill", "--construct", "Billing_Support", "--reason", "covers"}
	require.Equal(t, exitUsage, o.run(add...).code, "without a date")
	o.done(append(add, "--until", time.Now().AddDate(0, 0, 7).UTC().Format(time.RFC3339))...)
	all := answer[api.Exceptions](o, "exceptions", "list", "WD-1")
	require.Len(t, all.Items, 1)
	o.done("exceptions", "end", "WD-1", all.Items[0].ID)
	require.NotNil(t, answer[api.Exceptions](o, "exceptions", "list", "WD-1").Items[0].EndedAt)
}

func TestWhatIsOutstandingIsSettledWithAReason(t *testing.T) {
	o := openOffice(t)
	require.Empty(t, answer[api.Page[api.Outstanding]](o, "outstanding", "list").Items)
	require.Equal(t, exitUsage, o.run("outstanding", "ignore", "acc-1").code)
	require.Equal(t, exitNotFound, o.run("outstanding", "ignore", "acc-1", "--reason", "x").code)
	require.Equal(t, exitUsage, o.run("outstanding", "notice", "acc-1").code)
	require.Equal(t, exitNotFound, o.run("outstanding", "notice", "acc-1", "--reason", "x").code)
	_, err := o.store.IgnoreAccount(t.Context(), store.IgnoredAccount{Platform: "genesys", AccountID: "acc-1", DecidedBy: "otto", Reason: "a robot"})
	require.NoError(t, err)
	require.Contains(t, o.done("outstanding", "terminations"), "none")
	require.Equal(t, exitNotFound, o.run("outstanding", "terminate", "acc-1", "--reason", "x").code)
	require.Equal(t, exitUsage, o.run("outstanding", "approve", "acc-1").code)
	require.Equal(t, exitNotFound, o.run("outstanding", "approve", "acc-1", "--reason", "x").code)
	require.Equal(t, exitNotFound, o.run("outstanding", "reject", "acc-1", "--reason", "x").code)
	require.Contains(t, o.done("outstanding", "list", "--ignored"), "a robot")
	require.Contains(t, o.done("outstanding", "notice", "acc-1", "--reason", "no robot"), "noticed")
	require.Contains(t, o.done("outstanding", "list", "--ignored"), "none")
}
