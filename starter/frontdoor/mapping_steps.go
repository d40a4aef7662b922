package frontdoor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/hr"
	"muster/mapping"
	"muster/store"
)

// newVersionInput is a text as JSON {yaml, reason}, or as the YAML itself with the reason in the query.
type newVersionInput struct {
	RawBody     []byte `contentType:"application/yaml"`
	ContentType string `header:"Content-Type"`
	Reason      string `query:"reason" maxLength:"2000" doc:"Why, when the body is YAML"`
}

type newVersion struct {
	Status int
	Body   api.MappingVersion
}

// stepInput is a step that somebody takes with a version, and why.
type stepInput struct {
	VersionPath
	Body api.DecisionRequest
}

type publishInput struct {
	VersionPath
	Body api.PublishRequest
}

type diffQuery struct {
	From int `query:"from" minimum:"0" doc:"A version's number; 0: the one in force"`
	To   int `query:"to" minimum:"0" doc:"A version's number; 0: the one in force"`
}

type planInput struct {
	Body api.PlanRequest
}

func (d *Door) addMappingSteps() {
	editor := []api.Role{api.RoleRegistryEditor}
	add(d, route{
		method: http.MethodPost, path: "/v1/mapping/plan", id: "plan-mapping", tag: tagMapping,
		summary: "What a text would change, and what is wrong with it",
		description: "Held against the newest publication, against today, and against the names that exist on the platforms. Mistakes are an " +
			"answer, each with its line; a text without any can be submitted.",
		roles: mappingReaders(),
	}, d.planMapping)
	add(d, route{
		method: http.MethodPost, path: versionsPath, id: "submit-mapping-version", tag: tagMapping, status: http.StatusCreated,
		summary: "Submit a text as a version, for somebody else to approve",
		description: "The body is the YAML text, or JSON {yaml, reason}. From now on the text is immutable. Rules equal to the newest publication's, " +
			"or to those of a version that waits, add nothing and answer 200 with that version. Mistakes answer 422, each with its line.",
		roles: editor, refusals: []int{http.StatusRequestEntityTooLarge},
		change: func(operation *huma.Operation) { operation.SkipValidateBody = true },
	}, d.submitVersion)
	d.describeText(versionsPath, http.MethodPost)
	conflicts := []int{http.StatusNotFound, http.StatusConflict}
	for _, step := range []struct {
		verb, summary, description string
		roles                      []api.Role
		take                       func(ctx context.Context, version int, d store.Decision) (store.MappingVersion, error)
	}{
		{
			"approve", "Approve a version that somebody else wrote",
			"Whoever wrote it is refused, under any of their logins. 409 when another version was published since it was submitted.",
			[]api.Role{api.RoleApprover, api.RoleRegistryEditor},
			d.Store.ApproveMapping,
		},
		{"reject", "Reject a submitted version, with a reason", "", []api.Role{api.RoleApprover, api.RoleRegistryEditor}, d.Store.RejectMapping},
		{"withdraw", "Take back a version that is not in force yet, with a reason", "", editor, d.Store.WithdrawMapping},
	} {
		add(d, route{
			method: http.MethodPost, path: versionsPath + "/{version}/" + step.verb, id: step.verb + "-mapping-version", tag: tagMapping,
			summary: step.summary, description: step.description, roles: step.roles, refusals: conflicts,
		}, func(ctx context.Context, in *stepInput) (*document[api.MappingVersion], error) {
			return d.stepVersion(ctx, in.Version, step.verb, in.Body.Reason, step.take)
		})
	}
	add(d, route{
		method: http.MethodPost, path: versionsPath + "/{version}/publish", id: "publish-mapping-version", tag: tagMapping,
		summary: "Put an approved version in force, at once or from a day on",
		description: "Publications take effect in the order in which they are made. People get what the version says by a rollout, as soon as it is in " +
			"force; work that waits for a rule goes on by itself.",
		roles: editor, refusals: conflicts,
	}, d.publishVersion)
	add(d, route{
		method: http.MethodGet, path: "/v1/mapping/diff", id: "diff-mapping", tag: tagMapping, summary: "What differs between two versions",
		roles: mappingReaders(), refusals: []int{http.StatusNotFound},
	}, d.diffVersions)
}

// describeText tells the API's description that a body is YAML, or JSON with the YAML in it.
func (d *Door) describeText(path, method string) {
	item := d.api.OpenAPI().Paths[path]
	operation := item.Post
	if method == http.MethodPut {
		operation = item.Put
	}
	operation.RequestBody.Required = true
	operation.RequestBody.Content["application/yaml"].Schema = &huma.Schema{Type: huma.TypeString}
	operation.RequestBody.Content["application/json"] = &huma.MediaType{Schema: schemaOf[api.NewMappingVersion](d.api)}
}

// text takes the rules and the reason out of either form of body.
func (in *newVersionInput) text() (yaml []byte, reason string, err error) {
	// Everything that does not say that it is JSON is taken for YAML: that is what people send by hand.
	if !strings.HasPrefix(in.ContentType, "application/json") {
		return append([]byte{}, in.RawBody...), strings.TrimSpace(in.Reason), nil
	}
	var body api.NewMappingVersion
	if err := json.Unmarshal(in.RawBody, &body); err != nil {
		return nil, "", invalid("body", "a body that is not such JSON", "{yaml, reason}, or the YAML text as application/yaml")
	}
	if !storable(body.Reason) {
		return nil, "", unstorable("body.reason")
	}
	return []byte(body.YAML), strings.TrimSpace(body.Reason), nil
}

func (d *Door) submitVersion(ctx context.Context, in *newVersionInput) (*newVersion, error) {
	yaml, reason, err := in.text()
	if err != nil {
		return nil, err
	}
	digest, err := d.submittable(ctx, yaml)
	if err != nil {
		return nil, err
	}
	submitted, added, err := d.Store.SubmitMapping(ctx, store.Submission{YAML: yaml, Digest: digest, Author: actorOf(ctx).Name, Reason: reason})
	return submittedVersion(submitted, added, err)
}

func submittedVersion(submitted store.MappingVersion, added bool, err error) (*newVersion, error) {
	if err != nil {
		return nil, err
	}
	answer := &newVersion{Status: http.StatusOK, Body: versionOf(submitted)}
	if added {
		answer.Status = http.StatusCreated
	}
	return answer, nil
}

// submittable is the digest of a text that has no mistake; one that has some is refused with all of them.
func (d *Door) submittable(ctx context.Context, yaml []byte) (digest string, err error) {
	rules, err := d.judgeRules(ctx, yaml)
	if err != nil {
		return "", err
	}
	if len(rules.mistakes) > 0 {
		return "", mistaken(rules.mistakes)
	}
	return rules.registry.Digest(), nil
}

// mistakes turns the parser's list into a refusal that names every line.
func mistakes(err error) error {
	var parse *mapping.ParseError
	if !errors.As(err, &parse) {
		return invalid("body", "a text that is not a registry", err.Error())
	}
	return mistaken(parse.Mistakes)
}

func mistaken(mistakes []mapping.Mistake) error {
	problem := api.NewProblem(http.StatusUnprocessableEntity, fmt.Sprintf("the registry has %d mistakes", len(mistakes)))
	for _, mistake := range mistakes {
		field := mistake.Field
		if mistake.Line > 0 {
			field = strings.TrimSpace(fmt.Sprintf("line %d %s", mistake.Line, mistake.Field))
		}
		problem.Errors = append(problem.Errors, api.FieldProblem{Field: field, Found: mistake.Found, Expected: mistake.Expected})
	}
	return problem
}

func (d *Door) stepVersion(
	ctx context.Context, version int, verb, reason string, take func(context.Context, int, store.Decision) (store.MappingVersion, error),
) (*document[api.MappingVersion], error) {
	by, err := d.decisionOf(ctx, verb, reason)
	if err != nil {
		return nil, err
	}
	stepped, err := take(ctx, version, by)
	if err != nil {
		return nil, d.mappingRefusal(ctx, versionsPath+"/{version}/"+verb, err)
	}
	d.registry.forget()
	return &document[api.MappingVersion]{Body: versionOf(stepped)}, nil
}

// decisionOf is what the caller decides, under all the names they are known by. Why is mandatory.
func (d *Door) decisionOf(ctx context.Context, verb, reason string) (store.Decision, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return store.Decision{}, invalid("body.reason", "nothing", "why, in a sentence")
	case !storable(reason):
		return store.Decision{}, unstorable("body.reason")
	}
	logins, err := d.loginsOf(ctx, actorOf(ctx))
	return store.Decision{Decision: verb, Actor: actorOf(ctx).Name, Logins: logins, Reason: reason}, err
}

// mappingRefusal turns why a step cannot be taken into a refusal of the call; one for who asks is on record.
func (d *Door) mappingRefusal(ctx context.Context, route string, err error) error {
	var stands *store.MappingRefusal
	var second *store.SecondPersonError
	var another *store.NotTheAuthorError
	var submitted *store.DraftSubmittedError
	var changed *store.DraftChangedError
	switch {
	case errors.As(err, &stands):
		return api.NewProblem(http.StatusConflict, stands.Error())
	case errors.As(err, &submitted):
		return api.NewProblem(http.StatusConflict, submitted.Error())
	case errors.As(err, &changed):
		return api.NewProblem(http.StatusConflict, changed.Error())
	case errors.As(err, &second):
		return d.forbid(ctx, route, second.Why)
	case errors.As(err, &another):
		return d.forbid(ctx, route, another.Error())
	}
	return err
}

func (d *Door) forbid(ctx context.Context, route, why string) error {
	d.refusals.note(ctx, refused{route: route, status: http.StatusForbidden, actor: actorOf(ctx).Name, why: why})
	return api.NewProblem(http.StatusForbidden, why)
}

func (d *Door) publishVersion(ctx context.Context, in *publishInput) (*document[api.MappingVersion], error) {
	by, err := d.decisionOf(ctx, "publish", in.Body.Reason)
	if err != nil {
		return nil, err
	}
	stored, err := d.Store.MappingVersion(ctx, in.Version)
	if err != nil {
		return nil, err
	}
	// The platform, and the day, are not those of the submission any more.
	if _, err := d.submittable(ctx, stored.YAML); err != nil {
		return nil, err
	}
	publication, err := d.publication(ctx, stored, in.Body, by)
	if err != nil {
		return nil, err
	}
	published, err := d.Store.PublishMapping(ctx, publication)
	if err != nil {
		return nil, d.mappingRefusal(ctx, versionsPath+"/{version}/publish", err)
	}
	d.registry.forget()
	return &document[api.MappingVersion]{Body: versionOf(published)}, nil
}

// publication is what a version brings with it when it is published now. Whether it may be, and whether what it was written on top of is
// the newest publication then, is for the store to say.
func (d *Door) publication(ctx context.Context, stored store.MappingVersion, how api.PublishRequest, by store.Decision) (store.Publication, error) {
	registry, err := stored.Registry()
	if err != nil {
		return store.Publication{}, err
	}
	effective, err := effectiveFrom(registry, how)
	if err != nil {
		return store.Publication{}, err
	}
	var base *mapping.Registry
	if stored.BaseVersion > 0 {
		if base, err = d.version(ctx, stored.BaseVersion); err != nil {
			return store.Publication{}, err
		}
	}
	return store.NewPublication(registry, base, effective, by)
}

// newestPublication is the version that is in force after all others; nil where there is none.
func (d *Door) newestPublication(ctx context.Context) (*mapping.Registry, error) {
	newest, err := d.Store.NewestPublication(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // no version yet is an ordinary answer
	}
	if err != nil {
		return nil, err
	}
	return newest.Registry()
}

// effectiveFrom is the instant from which on a version is to be in force; zero for at once.
func effectiveFrom(registry *mapping.Registry, how api.PublishRequest) (time.Time, error) {
	switch {
	case how.EffectiveDate != "" && how.EffectiveAt != nil:
		return time.Time{}, invalid("body.effective_at", "an instant beside effective_date", "one of both, or none")
	case how.EffectiveAt != nil:
		return *how.EffectiveAt, nil
	case how.EffectiveDate == "":
		return time.Time{}, nil
	}
	date, err := hr.ParseDate(how.EffectiveDate)
	if err != nil {
		return time.Time{}, invalid("body.effective_date", shortened(how.EffectiveDate), "a date written YYYY-MM-DD")
	}
	return registry.DayBegins(date), nil
}

func (d *Door) diffVersions(ctx context.Context, query *diffQuery) (*document[api.MappingDiff], error) {
	from, err := d.version(ctx, query.From)
	if err != nil {
		return nil, err
	}
	to, err := d.version(ctx, query.To)
	if err != nil {
		return nil, err
	}
	return &document[api.MappingDiff]{Body: api.MappingDiff{
		From: from.VersionNumber(), To: to.VersionNumber(), Differences: differences(mapping.Diff(from, to)),
	}}, nil
}
