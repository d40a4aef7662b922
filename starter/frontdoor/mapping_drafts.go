package frontdoor

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/store"
)

const draftsPath = "/v1/mapping/drafts"

// DraftPath names a draft. Like PageQuery it is exported for the router alone.
type DraftPath struct {
	ID string `path:"id" maxLength:"100"`
}

type changedDraftInput struct {
	DraftPath
	RawBody     []byte `contentType:"application/yaml"`
	ContentType string `header:"Content-Type"`
	Reason      string `query:"reason" maxLength:"2000" doc:"Why, when the body is YAML"`
}

func (d *Door) addMappingDrafts() {
	editor := []api.Role{api.RoleRegistryEditor}
	anyBody := func(operation *huma.Operation) { operation.SkipValidateBody = true }
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodGet, path: draftsPath, id: "list-mapping-drafts", tag: tagMapping,
		summary: "Texts in the making, the one changed last first", roles: mappingReaders(),
	}, d.listDrafts)
	add(d, route{
		method: http.MethodGet, path: draftsPath + "/{id}", id: "get-mapping-draft", tag: tagMapping, summary: "One draft with its text",
		roles: mappingReaders(), refusals: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *DraftPath) (*document[api.MappingDraft], error) {
		return draftDocument(d.Store.Draft(ctx, in.ID))
	})
	add(d, route{
		method: http.MethodPost, path: draftsPath, id: "add-mapping-draft", tag: tagMapping, status: http.StatusCreated,
		summary: "Keep a text as a draft; it may have mistakes", description: "The body is the YAML text, or JSON {yaml, reason}.",
		roles: editor, refusals: []int{http.StatusRequestEntityTooLarge}, change: anyBody,
	}, d.addDraft)
	d.describeText(draftsPath, http.MethodPost)
	add(d, route{
		method: http.MethodPut, path: draftsPath + "/{id}", id: "change-mapping-draft", tag: tagMapping,
		summary: "Replace the text of one's own draft", description: "The body is the YAML text, or JSON {yaml, reason}.",
		roles: editor, refusals: append(refusals, http.StatusRequestEntityTooLarge), change: anyBody,
	}, d.changeDraft)
	d.describeText(draftsPath+"/{id}", http.MethodPut)
	add(d, route{
		method: http.MethodDelete, path: draftsPath + "/{id}", id: "discard-mapping-draft", tag: tagMapping, status: http.StatusNoContent,
		summary: "Discard one's own draft", roles: editor, refusals: refusals,
	}, d.discardDraft)
	add(d, route{
		method: http.MethodPost, path: draftsPath + "/{id}/submit", id: "submit-mapping-draft", tag: tagMapping, status: http.StatusCreated,
		summary:     "Submit one's own draft as a version, for somebody else to approve",
		description: "As submitting the text. From now on the draft stays as it is.", roles: editor, refusals: refusals,
	}, d.submitDraft)
}

func draftDocument(draft store.MappingDraft, err error) (*document[api.MappingDraft], error) {
	if err != nil {
		return nil, err
	}
	return &document[api.MappingDraft]{Body: draftOf(draft)}, nil
}

func draftOf(draft store.MappingDraft) api.MappingDraft {
	shown := api.MappingDraft{
		ID: draft.ID, Author: draft.Author, Reason: draft.Reason, CreatedAt: draft.CreatedAt, UpdatedAt: draft.UpdatedAt, YAML: string(draft.YAML),
	}
	if draft.SubmittedVersion != nil {
		shown.SubmittedVersion = *draft.SubmittedVersion
	}
	return shown
}

func (d *Door) listDrafts(ctx context.Context, _ *struct{}) (*listed[api.MappingDraft], error) {
	drafts, err := d.Store.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.MappingDraft]{Body: api.Page[api.MappingDraft]{Items: []api.MappingDraft{}}}
	for _, draft := range drafts {
		answer.Body.Items = append(answer.Body.Items, draftOf(draft))
	}
	return answer, nil
}

// draftText is the text of a request about a draft. It need not be a registry yet, but somebody has to be able to read it.
func draftText(in newVersionInput) (yaml []byte, reason string, err error) {
	yaml, reason, err = in.text()
	switch {
	case err != nil:
		return nil, "", err
	case len(yaml) == 0:
		return nil, "", invalid("body", "nothing", "the text of the draft")
	case !storable(string(yaml)):
		return nil, "", unstorable("body")
	}
	return yaml, reason, nil
}

func (d *Door) addDraft(ctx context.Context, in *newVersionInput) (*document[api.MappingDraft], error) {
	yaml, reason, err := draftText(*in)
	if err != nil {
		return nil, err
	}
	return draftDocument(d.Store.AddDraft(ctx, store.Submission{YAML: yaml, Author: actorOf(ctx).Name, Reason: reason}))
}

func (d *Door) changeDraft(ctx context.Context, in *changedDraftInput) (*document[api.MappingDraft], error) {
	yaml, reason, err := draftText(newVersionInput{RawBody: in.RawBody, ContentType: in.ContentType, Reason: in.Reason})
	if err != nil {
		return nil, err
	}
	by, err := d.actorsDecision(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := d.Store.ChangeDraft(ctx, in.ID, store.Submission{YAML: yaml, Reason: reason}, by)
	if err != nil {
		return nil, d.mappingRefusal(ctx, draftsPath+"/{id}", err)
	}
	return draftDocument(changed, nil)
}

func (d *Door) discardDraft(ctx context.Context, in *DraftPath) (*struct{}, error) {
	by, err := d.actorsDecision(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.Store.DiscardDraft(ctx, in.ID, by); err != nil {
		return nil, d.mappingRefusal(ctx, draftsPath+"/{id}", err)
	}
	return nil, nil //nolint:nilnil // an answer without content
}

func (d *Door) submitDraft(ctx context.Context, in *DraftPath) (*newVersion, error) {
	draft, err := d.Store.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	by, err := d.actorsDecision(ctx)
	if err != nil {
		return nil, err
	}
	digest, err := d.submittable(ctx, draft.YAML)
	if err != nil {
		return nil, err
	}
	submitted, added, err := d.Store.SubmitDraft(ctx, in.ID, draft.YAML, digest, by)
	if err != nil {
		return nil, d.mappingRefusal(ctx, draftsPath+"/{id}/submit", err)
	}
	return submittedVersion(submitted, added, nil)
}

// actorsDecision is the caller, under all the names they are known by.
func (d *Door) actorsDecision(ctx context.Context) (store.Decision, error) {
	logins, err := d.loginsOf(ctx, actorOf(ctx))
	return store.Decision{Actor: actorOf(ctx).Name, Logins: logins}, err
}
