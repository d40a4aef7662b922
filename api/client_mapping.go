package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// MappingVersions lists the registry's versions, the newest first.
func (c *Client) MappingVersions(ctx context.Context, query PageQuery) (Page[MappingVersion], error) {
	var page Page[MappingVersion]
	err := c.call(ctx, get("/v1/mapping/versions", query.values()), &page)
	return page, err
}

// MappingVersion returns one version with its text and its steps; 0 is the version in force.
func (c *Client) MappingVersion(ctx context.Context, version int) (MappingVersion, error) {
	var found MappingVersion
	number := strconv.Itoa(version)
	if version == 0 {
		number = "in-force"
	}
	err := c.call(ctx, get("/v1/mapping/versions/"+number, nil), &found)
	return found, err
}

// PlanMapping asks what a text would change, and what is wrong with it. Mistakes are an answer, not an error.
func (c *Client) PlanMapping(ctx context.Context, yaml []byte) (MappingPlan, error) {
	return sent[MappingPlan](ctx, c, "/v1/mapping/plan", PlanRequest{YAML: string(yaml)})
}

// SubmitMapping submits a text as a version, which somebody else has to approve. Rules equal to the newest publication's, or to those of
// a version that waits, return that version. Mistakes are a *Problem that names each line.
func (c *Client) SubmitMapping(ctx context.Context, yaml []byte, reason string) (MappingVersion, error) {
	return sent[MappingVersion](ctx, c, "/v1/mapping/versions", NewMappingVersion{YAML: string(yaml), Reason: reason})
}

// ApproveMapping approves a submitted version that somebody else wrote.
func (c *Client) ApproveMapping(ctx context.Context, version int, reason string) (MappingVersion, error) {
	return decide[MappingVersion](ctx, c, versionPath(version, "approve"), reason)
}

// RejectMapping refuses a submitted version; a reason is mandatory.
func (c *Client) RejectMapping(ctx context.Context, version int, reason string) (MappingVersion, error) {
	return decide[MappingVersion](ctx, c, versionPath(version, "reject"), reason)
}

// WithdrawMapping takes a version back that is not in force yet; a reason is mandatory.
func (c *Client) WithdrawMapping(ctx context.Context, version int, reason string) (MappingVersion, error) {
	return decide[MappingVersion](ctx, c, versionPath(version, "withdraw"), reason)
}

// PublishMapping puts an approved version in force.
func (c *Client) PublishMapping(ctx context.Context, version int, how PublishRequest) (MappingVersion, error) {
	return sent[MappingVersion](ctx, c, versionPath(version, "publish"), how)
}

// DiffMapping compares two versions by number; 0 is the version in force.
func (c *Client) DiffMapping(ctx context.Context, from, to int) (MappingDiff, error) {
	values := url.Values{}
	values.Set("from", strconv.Itoa(from))
	values.Set("to", strconv.Itoa(to))
	var diff MappingDiff
	err := c.call(ctx, get("/v1/mapping/diff", values), &diff)
	return diff, err
}

func versionPath(version int, verb string) string {
	return fmt.Sprintf("/v1/mapping/versions/%d/%s", version, verb)
}

// MappingDrafts lists the texts in the making, the one changed last first.
func (c *Client) MappingDrafts(ctx context.Context) (Page[MappingDraft], error) {
	var page Page[MappingDraft]
	err := c.call(ctx, get("/v1/mapping/drafts", nil), &page)
	return page, err
}

// MappingDraft returns a draft with its text.
func (c *Client) MappingDraft(ctx context.Context, id string) (MappingDraft, error) {
	var draft MappingDraft
	err := c.call(ctx, get(draftPath(id), nil), &draft)
	return draft, err
}

// AddMappingDraft keeps a text as a new draft. It may have mistakes.
func (c *Client) AddMappingDraft(ctx context.Context, yaml []byte, reason string) (MappingDraft, error) {
	return sent[MappingDraft](ctx, c, "/v1/mapping/drafts", NewMappingVersion{YAML: string(yaml), Reason: reason})
}

// ChangeMappingDraft replaces the text and the reason of one's own draft.
func (c *Client) ChangeMappingDraft(ctx context.Context, id string, yaml []byte, reason string) (MappingDraft, error) {
	var draft MappingDraft
	outgoing, err := post(draftPath(id), NewMappingVersion{YAML: string(yaml), Reason: reason})
	if err != nil {
		return draft, err
	}
	outgoing.method = http.MethodPut
	err = c.call(ctx, outgoing, &draft)
	return draft, err
}

// DiscardMappingDraft forgets one's own draft.
func (c *Client) DiscardMappingDraft(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: draftPath(id)}, nil)
}

// SubmitMappingDraft submits one's own draft, as SubmitMapping does.
func (c *Client) SubmitMappingDraft(ctx context.Context, id string) (MappingVersion, error) {
	return sent[MappingVersion](ctx, c, draftPath(id)+"/submit", struct{}{})
}

func draftPath(id string) string { return "/v1/mapping/drafts/" + url.PathEscape(id) }

// Rollouts lists how changes of the rules reach people: those to come and under way first.
func (c *Client) Rollouts(ctx context.Context) (Page[Rollout], error) {
	var page Page[Rollout]
	err := c.call(ctx, get("/v1/mapping/rollouts", nil), &page)
	return page, err
}

// Rollout returns one rollout.
func (c *Client) Rollout(ctx context.Context, id string) (Rollout, error) {
	var found Rollout
	err := c.call(ctx, get(rolloutPath(id), nil), &found)
	return found, err
}

// PauseRollout keeps a rollout from telling anybody else; a reason is mandatory.
func (c *Client) PauseRollout(ctx context.Context, id, reason string) (Rollout, error) {
	return decide[Rollout](ctx, c, rolloutPath(id)+"/pause", reason)
}

// ResumeRollout lets a paused rollout go on; a reason is mandatory.
func (c *Client) ResumeRollout(ctx context.Context, id, reason string) (Rollout, error) {
	return decide[Rollout](ctx, c, rolloutPath(id)+"/resume", reason)
}

func rolloutPath(id string) string { return "/v1/mapping/rollouts/" + url.PathEscape(id) }

// Resolve asks what the registry would give a person with these codes, or what one skill code means.
func (c *Client) Resolve(ctx context.Context, question ResolveRequest) (Resolution, error) {
	return sent[Resolution](ctx, c, "/v1/mapping/resolve", question)
}

// sent posts a document and reads the answer.
func sent[T any](ctx context.Context, c *Client, path string, document any) (answer T, err error) {
	outgoing, err := post(path, document)
	if err != nil {
		return answer, err
	}
	err = c.call(ctx, outgoing, &answer)
	return answer, err
}
