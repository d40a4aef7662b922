package genesys

import (
	"context"
	"time"
)

// presenceTTL is how long the id of the presence Offline is kept: system presences do not change.
const presenceTTL = time.Hour

// offlinePresence returns the id of the system presence Offline.
func (p *Platform) offlinePresence(ctx context.Context) (string, error) {
	id, err := p.presences.get(ctx, p.now, presenceTTL, false, func(ctx context.Context) (string, error) {
		path := []string{"presence", "definitions"}
		definitions, err := all[presenceDefinition](ctx, p.calls, opCatalogue, path, nil, 0)
		if err != nil {
			return "", err
		}
		for _, d := range definitions {
			if d.SystemPresence == "Offline" && d.Type != "User" && !d.Deactivated {
				return d.ID, nil
			}
		}
		return "", invalid(opCatalogue, "presence definitions: found no system presence Offline")
	})
	if err != nil && asError(err) == nil {
		return "", unanswered(opCatalogue, err)
	}
	return id, err
}
