package frontdoor

import (
	"context"
	"net/http"

	"muster/api"
	"muster/store"
)

type auditQuery struct {
	PageQuery
	PersonID string `query:"person_id" doc:"Only rows about this person, reads of lists with them included"`
	Action   string `query:"action" doc:"Only this action, or all that begin so when it ends in a dot" example:"approval."`
	Actor    string `query:"actor" doc:"Only rows of this actor"`
}

type verifyQuery struct {
	ExpectHead string `query:"expect_head" pattern:"^[0-9a-f]{64}$" doc:"A head_hash kept from before: one of the chain's links has to have it"`
}

func (d *Door) addAudit() {
	auditors := []api.Role{api.RoleAuditor}
	add(d, route{
		method: http.MethodGet, path: "/v1/audit", id: "list-audit", tag: tagAudit, summary: "The audit trail, the oldest first",
		roles: auditors,
	}, d.listAudit)
	add(d, route{
		method: http.MethodGet, path: "/v1/audit/verify", id: "verify-audit", tag: tagAudit,
		summary: "Recompute the audit trail's chain from its rows", roles: auditors,
	}, d.verifyAudit)
}

func (d *Door) listAudit(ctx context.Context, query *auditQuery) (*listed[api.AuditEntry], error) {
	filter := store.AuditFilter{PersonID: query.PersonID, Actor: query.Actor, Action: query.Action}
	rows, next, err := d.Store.AuditTrail(ctx, filter, query.Cursor, query.Limit)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.AuditEntry]{Body: api.Page[api.AuditEntry]{Items: make([]api.AuditEntry, len(rows)), NextCursor: next}}
	var people []string
	for i, row := range rows {
		answer.Body.Items[i] = auditEntry(row)
		if row.PersonID != "" {
			people = append(people, row.PersonID)
		}
	}
	return answer, d.noteRead(ctx, "audit", distinct(people)...)
}

func auditEntry(row store.AuditRow) api.AuditEntry {
	entry := api.AuditEntry{
		ID: row.ID, At: row.At, Actor: row.Actor, ActorVerified: row.ActorVerified, Action: row.Action, Phase: row.Phase,
		PersonID: row.PersonID, WorkflowID: row.WorkflowID, RunID: row.RunID, Detail: detail(row.Detail),
	}
	if row.IntentID != nil {
		entry.IntentID = *row.IntentID
	}
	return entry
}

func (d *Door) verifyAudit(ctx context.Context, query *verifyQuery) (*document[api.AuditVerdict], error) {
	verdict, err := d.Store.VerifyAudit(ctx, query.ExpectHead)
	if err != nil {
		return nil, err
	}
	return &document[api.AuditVerdict]{Body: api.AuditVerdict{
		Intact: verdict.Intact, Sealed: verdict.Sealed, Unsealed: verdict.Unsealed, BrokenAt: verdict.BrokenAt, Reason: verdict.Reason,
		HeadHash: verdict.HeadHash, OpenIntents: verdict.OpenIntents, ExpectedAt: verdict.ExpectedAt,
	}}, nil
}
