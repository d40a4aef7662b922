package genesys

import (
	"context"
	"net/http"
	"net/url"

	"muster/ccaas"
)

// workforce is where workforce management has an agent; empty ids: nowhere.
type workforce struct {
	unitID string
	planID string
}

// workforce reads unit and work plan. expectedUnit, if given, is asked first: an agent of that unit is read in one call.
func (p *Platform) workforce(ctx context.Context, id, expectedUnit string) (workforce, error) {
	if expectedUnit != "" {
		planID, err := p.workPlan(ctx, id, expectedUnit)
		if err == nil {
			return workforce{unitID: expectedUnit, planID: planID}, nil
		}
		if !ccaas.IsKind(err, ccaas.KindNotFound) {
			return workforce{}, err
		}
	}
	var reference struct {
		ManagementUnit *entity `json:"managementUnit"`
	}
	path := []string{"workforcemanagement", "agents", id, "managementunit"}
	_, err := p.calls.do(ctx, request{op: opAccount, method: http.MethodGet, path: path}, &reference)
	switch {
	case ccaas.IsKind(err, ccaas.KindNotFound):
		return workforce{}, nil
	case err != nil:
		return workforce{}, err
	case reference.ManagementUnit == nil || reference.ManagementUnit.ID == "":
		return workforce{}, nil
	}
	unitID := reference.ManagementUnit.ID
	planID, err := p.workPlan(ctx, id, unitID)
	if ccaas.IsKind(err, ccaas.KindNotFound) {
		return workforce{unitID: unitID}, nil
	}
	return workforce{unitID: unitID, planID: planID}, err
}

// workPlan reads an agent of a unit; the error is of KindNotFound when the agent is not in it.
func (p *Platform) workPlan(ctx context.Context, id, unitID string) (string, error) {
	var agent struct {
		WorkPlan *entity `json:"workPlan"`
	}
	_, err := p.calls.do(ctx, request{
		op: opAccount, method: http.MethodGet,
		path:  []string{"workforcemanagement", "managementunits", unitID, "agents", id},
		query: url.Values{"excludeCapabilities": {"true"}}, // queues, languages and skills are read from the user
	}, &agent)
	if err != nil || agent.WorkPlan == nil {
		return "", err
	}
	return agent.WorkPlan.ID, nil
}
