package frontdoor

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"muster/api"
	"muster/store"
)

type catalogueQuery struct {
	Platform string `query:"platform" maxLength:"100" doc:"Only this platform"`
	Kind     string `query:"kind" enum:"queue,role,skill,language,group,division,location,management_unit,work_plan" doc:"Only constructs of this kind"`
	MaxAge   int    `query:"max_age" minimum:"10" maximum:"86400" doc:"How many seconds old the names may be; 300 when absent"`
}

func (d *Door) addPlatform() {
	add(d, route{
		method: http.MethodGet, path: "/v1/platform/catalogue", id: "list-platform-catalogues", tag: tagPlatform,
		summary: "What exists on each platform, by name: what rules may name",
		description: "Names that are older than max_age are read anew by a worker; the call waits up to ten seconds for that. Where that " +
			"did not come about, current is false, why says why, and the names are the last that were read.",
		roles: append(readers(), api.RoleRegistryEditor), refusals: []int{http.StatusNotFound},
	}, d.listCatalogues)
}

func (d *Door) listCatalogues(ctx context.Context, query *catalogueQuery) (*listed[api.PlatformCatalogue], error) {
	found, err := d.catalogues(ctx, cmp.Or(time.Duration(query.MaxAge)*time.Second, catalogueAge))
	if err != nil {
		return nil, err
	}
	answer := &listed[api.PlatformCatalogue]{Body: api.Page[api.PlatformCatalogue]{Items: []api.PlatformCatalogue{}}}
	for _, c := range found {
		if query.Platform == "" || query.Platform == c.platform {
			answer.Body.Items = append(answer.Body.Items, c.document(query.Kind))
		}
	}
	if query.Platform != "" && len(answer.Body.Items) == 0 {
		return nil, store.ErrNotFound
	}
	return answer, nil
}

// document shows the catalogue; kind, unless empty, is the one kind that is shown.
func (c platformCatalogue) document(kind string) api.PlatformCatalogue {
	shown := api.PlatformCatalogue{
		Platform: c.platform, AgeSeconds: int64(c.age.Seconds()), Current: c.current, Why: c.why, Constructs: []api.PlatformConstruct{},
	}
	if c.names == nil {
		return shown
	}
	shown.ReadAt = &c.readAt
	for _, construct := range constructsOf(*c.names) {
		if kind == "" || kind == construct.Kind {
			shown.Constructs = append(shown.Constructs, construct)
		}
	}
	return shown
}

// constructsOf lists all names in the order of api.ConstructKinds.
func constructsOf(names store.CatalogueNames) (constructs []api.PlatformConstruct) {
	for _, of := range []struct {
		kind  string
		names []string
	}{
		{api.ConstructQueue, names.Queues},
		{api.ConstructRole, names.Roles},
		{api.ConstructSkill, names.Skills},
		{api.ConstructLanguage, names.Languages},
		{api.ConstructGroup, names.Groups},
		{api.ConstructDivision, names.Divisions},
		{api.ConstructLocation, names.Locations},
	} {
		for _, name := range of.names {
			constructs = append(constructs, api.PlatformConstruct{Kind: of.kind, Name: name})
		}
	}
	for _, unit := range names.ManagementUnits {
		constructs = append(constructs, api.PlatformConstruct{Kind: api.ConstructManagementUnit, Name: unit.Name, TimeZone: unit.TimeZone})
	}
	for _, unit := range names.ManagementUnits {
		for _, plan := range unit.WorkPlans {
			constructs = append(constructs, api.PlatformConstruct{Kind: api.ConstructWorkPlan, Name: plan, Unit: unit.Name})
		}
	}
	return constructs
}
