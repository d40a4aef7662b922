package genesys

import (
	"context"
	"strings"
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
			if systemPresence(d.SystemPresence) == presenceOffline && d.Type != "User" && !d.Deactivated {
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

// systemPresences are the platform's system presences as the port spells them. Its definitions enumerate "OnQueue"
// (OrganizationPresenceDefinition); what a user's presence says is free text by the API's definition.
var systemPresences = [...]string{
	presenceOffline, "Available", "Away", "Busy", "Idle", "On Queue", "Meal", "Training", "Meeting", "Break",
}

const presenceOffline = "Offline"

// systemPresence is the port's spelling of a system presence; one that is not known stays as it is.
func systemPresence(found string) string {
	plain := func(spelling string) string { return strings.NewReplacer(" ", "", "_", "").Replace(spelling) }
	for _, spelling := range systemPresences {
		if strings.EqualFold(plain(found), plain(spelling)) {
			return spelling
		}
	}
	return found
}
