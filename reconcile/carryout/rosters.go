package carryout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/hr/roster"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/reconcile/source"
	"muster/store"
)

// rosterIDs are the rosters that a run compares with.
func rosterIDs(run store.Reconciliation) (ids []string) {
	for _, of := range run.Sources {
		if of.RosterID != "" {
			ids = append(ids, of.RosterID)
		}
	}
	return ids
}

// ReadRosters reads HR's rosters and judges each. One that may not be believed refuses the run.
func (c *Carryout) ReadRosters(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationStep, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.ReconciliationStep, error) {
		return c.readRosters(ctx, in.ReconciliationID)
	})
}

func (c *Carryout) readRosters(ctx context.Context, id string) (lifecycle.ReconciliationStep, error) {
	registry, err := c.registry(ctx, c.Now())
	if err != nil {
		return noRegistry(err)
	}
	var verdicts []store.SourceVerdict
	var refused, notes []string
	for _, settings := range c.Sources {
		// Again: what is compared is kept under the run's own id, where a re-emission finds what HR said.
		read, err := c.rosters.Read(ctx, settings.Source(c.Now), source.Ask{RosterID: id + "/" + settings.Name, Zones: registry.Zones(), Again: true})
		if err != nil {
			return lifecycle.ReconciliationStep{}, fmt.Errorf("read HR's roster from %s: %w", settings.Name, err)
		}
		verdict := verdictOf(settings, read.Roster, read.Verdict)
		verdicts = append(verdicts, verdict)
		if verdict.Healthy {
			notes = append(notes, fmt.Sprintf("%s: %d people as of %s", settings.Name, verdict.Rows, verdict.AsOf.UTC().Format(time.RFC3339)))
		} else {
			refused = append(refused, "the roster of "+settings.Name+" may not be believed: "+verdict.Why)
		}
	}
	if err := c.Store.NoteSources(ctx, id, verdicts); err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	if len(c.Sources) == 0 {
		notes = append(notes, "no source is configured: HR's events alone are compared")
	}
	return lifecycle.ReconciliationStep{Note: strings.Join(notes, "; "), Refused: strings.Join(refused, "; ")}, nil
}

func verdictOf(of source.Settings, read store.Roster, verdict roster.Verdict) store.SourceVerdict {
	said := store.SourceVerdict{Source: of.Name, Namespace: of.Namespace, Healthy: verdict.Healthy(), AsOf: read.AsOf, Rows: int(read.Figures.Records)}
	if said.Healthy {
		said.RosterID = read.ID
	} else {
		said.Why = verdict.String()
	}
	return said
}

// sources are the rosters of a run by namespace. Of two of one namespace the older one counts.
func sources(run store.Reconciliation) map[string]reconcile.Source {
	sources := map[string]reconcile.Source{}
	for _, of := range run.Sources {
		before, several := sources[of.Namespace]
		if of.RosterID == "" || several && before.AsOf.Before(of.AsOf) {
			continue
		}
		sources[of.Namespace] = reconcile.Source{Healthy: true, AsOf: of.AsOf}
	}
	return sources
}

// goodRosters are the last good rosters, where they are not too old: what one person is compared with, since nobody waits for a whole roster
// to be read for them.
func (c *Carryout) goodRosters(ctx context.Context) (verdicts []store.SourceVerdict, err error) {
	for _, settings := range c.Sources {
		good, err := c.Store.LastGoodRoster(ctx, settings.Name)
		if errors.Is(err, store.ErrNotFound) {
			verdicts = append(verdicts, store.SourceVerdict{
				Source: settings.Name, Namespace: settings.Namespace, Why: "no roster has been read yet: HR's events alone were compared",
			})
			continue
		}
		if err != nil {
			return nil, err
		}
		verdict := verdictOf(settings, good, roster.Rejudge(good.Verdict, good.Figures, settings.Limits, c.Now()))
		if good.CleanedAt != nil && verdict.Healthy {
			verdict.Healthy, verdict.RosterID, verdict.Why = false, "", "it is kept no longer: HR's events alone were compared"
		}
		verdicts = append(verdicts, verdict)
	}
	return verdicts, nil
}
