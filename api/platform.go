package api

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// Kinds of constructs of a platform.
const (
	ConstructQueue          = "queue"
	ConstructRole           = "role"
	ConstructSkill          = "skill"
	ConstructLanguage       = "language"
	ConstructGroup          = "group"
	ConstructDivision       = "division"
	ConstructLocation       = "location"
	ConstructManagementUnit = "management_unit"
	ConstructWorkPlan       = "work_plan"
)

// ConstructKinds returns all kinds of constructs.
func ConstructKinds() []string {
	return []string{
		ConstructQueue, ConstructRole, ConstructSkill, ConstructLanguage, ConstructGroup, ConstructDivision, ConstructLocation,
		ConstructManagementUnit, ConstructWorkPlan,
	}
}

// PlatformCatalogue is what exists on a platform, by name.
type PlatformCatalogue struct {
	Platform string     `json:"platform" example:"genesys"`
	ReadAt   *time.Time `json:"read_at,omitempty" doc:"When the names were read; absent when they never were"`
	// AgeSeconds is how long ago ReadAt was; 0 when there is none.
	AgeSeconds int64 `json:"age_seconds"`
	// Current says that the names are not older than was asked for.
	Current    bool                `json:"current" doc:"Whether they are as new as was asked for; if not, see why"`
	Why        string              `json:"why,omitempty" doc:"Why they are not" example:"the platform did not answer"`
	Constructs []PlatformConstruct `json:"constructs" nullable:"false"`
}

// PlatformConstruct is a construct that a rule of the mapping registry may name.
type PlatformConstruct struct {
	Kind string `json:"kind" enum:"queue,role,skill,language,group,division,location,management_unit,work_plan"`
	Name string `json:"name" example:"Tier_2_Escalation"`
	// Unit is the management unit that a work plan belongs to.
	Unit     string `json:"management_unit,omitempty" doc:"Of a work plan: its management unit"`
	TimeZone string `json:"time_zone,omitempty" doc:"Of a management unit: its IANA zone"`
}

// PlatformCatalogueQuery narrows what is listed; zero values do not narrow.
type PlatformCatalogueQuery struct {
	// Platform is a platform's name.
	Platform string
	// Kind is one of ConstructKinds.
	Kind string
	// MaxAge is how old the names may be, in whole seconds; the server's default when 0.
	MaxAge time.Duration
}

// PlatformCatalogues lists what exists on each platform. It waits some seconds while the names are read anew; those that could not be
// are not Current and say why.
func (c *Client) PlatformCatalogues(ctx context.Context, query PlatformCatalogueQuery) (Page[PlatformCatalogue], error) {
	values := url.Values{}
	setUnlessEmpty(values, "platform", query.Platform)
	setUnlessEmpty(values, "kind", query.Kind)
	if query.MaxAge > 0 {
		values.Set("max_age", strconv.Itoa(int(query.MaxAge/time.Second)))
	}
	var page Page[PlatformCatalogue]
	err := c.call(ctx, get("/v1/platform/catalogue", values), &page)
	return page, err
}
