package frontdoor

import (
	"context"
	"net/http"
	"strconv"

	"muster/api"
	"muster/mapping"
	"muster/store"
)

// VersionPath names a version. Like PageQuery it is exported for the router alone.
type VersionPath struct {
	Version int `path:"version" minimum:"1"`
}

const versionsPath = "/v1/mapping/versions"

func (d *Door) addMapping() {
	readers := mappingReaders()
	add(d, route{
		method: http.MethodGet, path: versionsPath, id: "list-mapping-versions", tag: tagMapping,
		summary: "Versions of the registry, the newest first", roles: readers,
	}, d.listVersions)
	add(d, route{
		method: http.MethodGet, path: versionsPath + "/{version}", id: "get-mapping-version", tag: tagMapping,
		summary: "One version with its text, and what happened to it", roles: readers, refusals: []int{http.StatusNotFound},
	}, func(ctx context.Context, path *VersionPath) (*document[api.MappingVersion], error) {
		return d.versionDocument(ctx, path.Version)
	})
	add(d, route{
		method: http.MethodGet, path: versionsPath + "/in-force", id: "get-mapping-version-in-force", tag: tagMapping,
		summary: "The version in force now, with its text", roles: readers, refusals: []int{http.StatusNotFound},
	}, func(ctx context.Context, _ *struct{}) (*document[api.MappingVersion], error) {
		inForce, err := d.Store.MappingInForce(ctx, d.Now())
		if err != nil {
			return nil, err
		}
		return d.versionDocument(ctx, inForce.Version)
	})
	add(d, route{
		method: http.MethodPost, path: "/v1/mapping/resolve", id: "resolve-mapping", tag: tagMapping,
		summary: "What the registry would give a person with these HR codes, or what one skill code means", roles: readers,
		refusals: []int{http.StatusNotFound},
	}, d.resolve)
	d.addMappingSteps()
	d.addMappingDrafts()
	d.addRollouts()
}

// mappingReaders may read the registry.
func mappingReaders() []api.Role { return append(readers(), api.RoleRegistryEditor) }

func (d *Door) listVersions(ctx context.Context, query *PageQuery) (*listed[api.MappingVersion], error) {
	below := 0
	if query.Cursor != "" {
		var err error
		if below, err = strconv.Atoi(query.Cursor); err != nil {
			return nil, store.ErrBadCursor
		}
	}
	versions, err := d.Store.MappingVersions(ctx)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.MappingVersion]{Body: api.Page[api.MappingVersion]{Items: []api.MappingVersion{}}}
	for _, version := range versions {
		if below > 0 && version.Version >= below {
			continue
		}
		if len(answer.Body.Items) == query.Limit {
			answer.Body.NextCursor = strconv.Itoa(answer.Body.Items[query.Limit-1].Version)
			break
		}
		answer.Body.Items = append(answer.Body.Items, versionOf(version))
	}
	return answer, nil
}

func versionOf(stored store.MappingVersion) api.MappingVersion {
	return api.MappingVersion{
		Version: stored.Version, State: string(stored.State), Digest: stored.Digest, Author: stored.Author, Reason: stored.Reason,
		BaseVersion: stored.BaseVersion, CreatedAt: stored.CreatedAt, EffectiveAt: stored.EffectiveAt, YAML: string(stored.YAML),
	}
}

func (d *Door) versionDocument(ctx context.Context, version int) (*document[api.MappingVersion], error) {
	stored, err := d.Store.MappingVersion(ctx, version)
	if err != nil {
		return nil, err
	}
	steps, err := d.Store.MappingSteps(ctx, version)
	if err != nil {
		return nil, err
	}
	answer := &document[api.MappingVersion]{Body: versionOf(stored)}
	for _, step := range steps {
		answer.Body.Steps = append(answer.Body.Steps, api.MappingStep{
			Step: step.Step, Actor: step.Actor, At: step.At, Reason: step.Reason, EffectiveAt: step.EffectiveAt,
		})
	}
	return answer, nil
}

// version is a version by number, the one in force for 0.
func (d *Door) version(ctx context.Context, number int) (*mapping.Registry, error) {
	if number == 0 {
		inForce, err := d.registry.inForce(ctx)
		if err == nil && inForce == nil {
			err = store.ErrNotFound
		}
		return inForce, err
	}
	stored, err := d.Store.MappingVersion(ctx, number)
	if err != nil {
		return nil, err
	}
	return stored.Registry()
}
