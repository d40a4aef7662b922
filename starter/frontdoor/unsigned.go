package frontdoor

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
)

// Resolve notes where a delivery comes from; the router calls it.
func (in *eventsInput) Resolve(ctx huma.Context) []error {
	in.remote = ctx.RemoteAddr()
	return nil
}

// noteUnsigned counts a delivery that no known source has signed, and raises the alert that is due then.
func (d *Door) noteUnsigned(ctx context.Context, remote string) {
	alert, needed := d.unsigned.Note(remote, d.Now())
	if !needed {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	if err := d.Store.RaiseAlert(ctx, alert); err != nil {
		d.Log.ErrorContext(ctx, "could not raise an alert", "kind", alert.Kind, "error", err)
	}
}
