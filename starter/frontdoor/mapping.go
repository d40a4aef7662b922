package frontdoor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/hr"
	"muster/mapping"
	"muster/store"
)

type versionPath struct {
	Version int `path:"version" minimum:"1"`
}

// newVersionInput is a version as JSON {yaml, reason}, or as the YAML text itself with the reason in the query.
type newVersionInput struct {
	RawBody     []byte `contentType:"application/yaml"`
	ContentType string `header:"Content-Type"`
	Reason      string `query:"reason" maxLength:"2000" doc:"Why, when the body is YAML"`
}

type newVersion struct {
	Status int
	Body   api.MappingVersion
}

type resolveInput struct {
	Body api.ResolveRequest
}

const versionsPath = "/v1/mapping/versions"

func (d *Door) addMapping() {
	readers := append(readers(), api.RoleRegistryEditor)
	add(d, route{
		method: http.MethodGet, path: versionsPath, id: "list-mapping-versions", tag: tagMapping,
		summary: "Versions of the registry, the newest first", roles: readers,
	}, d.listVersions)
	add(d, route{
		method: http.MethodGet, path: versionsPath + "/{version}", id: "get-mapping-version", tag: tagMapping,
		summary: "One version with its text", roles: readers, refusals: []int{http.StatusNotFound},
	}, d.showVersion)
	add(d, route{
		method: http.MethodPost, path: versionsPath, id: "add-mapping-version", tag: tagMapping, status: http.StatusCreated,
		summary: "Add a version; work that waits for a rule goes on by itself",
		description: "The body is the YAML text, or JSON {yaml, reason}. A text equal to the newest version's adds nothing and answers " +
			"200 with that version. Mistakes answer 422, each with its line.",
		roles: []api.Role{api.RoleRegistryEditor}, refusals: []int{http.StatusRequestEntityTooLarge},
		change: func(operation *huma.Operation) { operation.SkipValidateBody = true },
	}, d.addVersion)
	post := d.api.OpenAPI().Paths[versionsPath].Post
	post.RequestBody.Required = true
	post.RequestBody.Content["application/yaml"].Schema = &huma.Schema{Type: huma.TypeString}
	post.RequestBody.Content["application/json"] = &huma.MediaType{Schema: schemaOf[api.NewMappingVersion](d.api)}
	post.Responses["200"] = &huma.Response{
		Description: "The newest version has this text already", Content: post.Responses["201"].Content,
	}
	add(d, route{
		method: http.MethodPost, path: "/v1/mapping/resolve", id: "resolve-mapping", tag: tagMapping,
		summary: "What the registry would give a person with these HR codes", roles: readers,
		refusals: []int{http.StatusNotFound},
	}, d.resolve)
}

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
		Version: stored.Version, Digest: stored.Digest, Author: stored.Author, Reason: stored.Reason, CreatedAt: stored.CreatedAt,
		YAML: string(stored.YAML),
	}
}

func (d *Door) showVersion(ctx context.Context, path *versionPath) (*document[api.MappingVersion], error) {
	stored, err := d.Store.MappingVersion(ctx, path.Version)
	if err != nil {
		return nil, err
	}
	return &document[api.MappingVersion]{Body: versionOf(stored)}, nil
}

// text takes the rules and the reason out of either form of body.
func (in *newVersionInput) text() (yaml []byte, reason string, err error) {
	// Everything that does not say that it is JSON is taken for YAML: that is what people send by hand.
	if !strings.HasPrefix(in.ContentType, "application/json") {
		return append([]byte{}, in.RawBody...), in.Reason, nil
	}
	var body api.NewMappingVersion
	if err := json.Unmarshal(in.RawBody, &body); err != nil {
		return nil, "", invalid("body", "a body that is not such JSON", "{yaml, reason}, or the YAML text as application/yaml")
	}
	if !storable(body.Reason) {
		return nil, "", unstorable("body.reason")
	}
	return []byte(body.YAML), body.Reason, nil
}

func (d *Door) addVersion(ctx context.Context, in *newVersionInput) (*newVersion, error) {
	yaml, reason, err := in.text()
	if err != nil {
		return nil, err
	}
	registry, err := mapping.Parse(1, "body", yaml)
	if err != nil {
		return nil, mistakes(err)
	}
	before, err := d.Store.LatestMapping(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	number, err := d.Store.AddMappingVersion(ctx, store.MappingVersion{
		YAML: yaml, Digest: registry.Digest(), Author: actorOf(ctx).Name, Reason: strings.TrimSpace(reason),
	})
	if err != nil {
		return nil, err
	}
	d.registry.forget()
	added, err := d.Store.MappingVersion(ctx, number)
	if err != nil {
		return nil, err
	}
	answer := &newVersion{Status: http.StatusCreated, Body: versionOf(added)}
	if number == before.Version {
		answer.Status = http.StatusOK
	}
	return answer, nil
}

// mistakes turns the parser's list into a refusal that names every line.
func mistakes(err error) error {
	var parse *mapping.ParseError
	if !errors.As(err, &parse) {
		return invalid("body", "a text that is not a registry", err.Error())
	}
	problem := api.NewProblem(http.StatusUnprocessableEntity, fmt.Sprintf("the registry has %d mistakes", len(parse.Mistakes)))
	for _, mistake := range parse.Mistakes {
		field := mistake.Field
		if mistake.Line > 0 {
			field = strings.TrimSpace(fmt.Sprintf("line %d %s", mistake.Line, mistake.Field))
		}
		problem.Errors = append(problem.Errors, api.FieldProblem{Field: field, Found: mistake.Found, Expected: mistake.Expected})
	}
	return problem
}

func (d *Door) resolve(ctx context.Context, in *resolveInput) (*document[api.Resolution], error) {
	registry, err := d.version(ctx, in.Body.Version)
	if err != nil {
		return nil, err
	}
	at := d.Now()
	if in.Body.At != nil {
		at = *in.Body.At
	}
	resolved := registry.Resolve(hr.State{
		Employment: hr.Employed, Status: hr.StatusActive, DepartmentCode: in.Body.DepartmentCode, JobTitleCode: in.Body.JobTitleCode,
		LocationCode: in.Body.LocationCode, SkillCodes: in.Body.SkillCodes, Timezone: in.Body.Timezone,
	}, at)
	desired, err := json.Marshal(resolved.Desired)
	if err != nil {
		return nil, fmt.Errorf("write the desired account: %w", err)
	}
	policies, err := json.Marshal(resolved.Policies)
	if err != nil {
		return nil, fmt.Errorf("write the policies: %w", err)
	}
	unmapped := make([]string, 0, len(resolved.Unmapped))
	for _, code := range resolved.Unmapped {
		unmapped = append(unmapped, strings.TrimSpace(code.Kind+" "+code.Code))
	}
	return &document[api.Resolution]{Body: api.Resolution{
		Version: resolved.Version, InScope: resolved.InScope, Desired: desired, Policies: policies, Unmapped: unmapped,
		Rules: append([]string{}, resolved.Rules...), Warnings: append([]string{}, resolved.Warnings...),
	}}, nil
}

// version is a version by number, the latest for 0.
func (d *Door) version(ctx context.Context, number int) (*mapping.Registry, error) {
	if number == 0 {
		latest, err := d.registry.latest(ctx)
		if err == nil && latest == nil {
			err = store.ErrNotFound
		}
		return latest, err
	}
	stored, err := d.Store.MappingVersion(ctx, number)
	if err != nil {
		return nil, err
	}
	return mapping.Parse(stored.Version, "the stored version", stored.YAML)
}
