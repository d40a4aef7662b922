package alerting

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/mapping"
	"muster/store"
)

// sunsetLapse is how long the alert of a rule that ends stays open unless it is raised again: another version may have taken the rule out.
const sunsetLapse = time.Hour

// sunsets warns of rules of the mapping registry that end soon.
type sunsets struct {
	store *store.Store
	// registry is the version looked at last.
	registry *mapping.Registry
}

// watch raises an alert for every rule of the version in force that ends within the warning time the version gives.
func (w *sunsets) watch(ctx context.Context, now time.Time) error {
	version, err := w.store.MappingInForce(ctx, now)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if w.registry == nil || w.registry.VersionNumber() != version.Version {
		if w.registry, err = version.Registry(); err != nil {
			return err
		}
	}
	for _, alert := range sunsetAlerts(w.registry, now) {
		if err := w.store.RaiseAlert(ctx, alert); err != nil {
			return err
		}
	}
	return nil
}

// sunsetAlerts are the alerts about rules that end within the warning time. It is pure. A rule that nothing follows presses more: whoever
// has its code is left without what it gives.
func sunsetAlerts(registry *mapping.Registry, now time.Time) []store.Alert {
	var alerts []store.Alert
	lapses := now.Add(sunsetLapse)
	for _, boundary := range registry.Boundaries(now) {
		if boundary.At.After(now.Add(registry.SunsetWarning())) {
			break
		}
		for _, end := range boundary.Ends {
			alert := store.Alert{
				Kind: store.AlertMappingSunset, Severity: store.SeverityInfo, LapsesAt: &lapses,
				SubjectID: fmt.Sprintf("%s until %s", end.RuleRef, boundary.At.UTC().Format(time.RFC3339)),
				Text:      fmt.Sprintf("The mapping rule for %s ends at %s; ", end.RuleRef, boundary.At.UTC().Format(time.RFC3339)),
			}
			if len(end.Without) > 0 {
				alert.Severity = store.SeverityWarning
				alert.Text += "no rule follows on " + strings.Join(end.Without, ", ") + ": what it gives is taken away then."
			} else {
				alert.Text += "another rule follows: people are moved then."
			}
			alerts = append(alerts, alert)
		}
	}
	return alerts
}
