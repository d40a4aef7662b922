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
		description: "What was done or decided about a termination that was not in effect is for role legal: to other auditors such a row is " +
			withheldAction + " without a detail, and left out where only some actions are asked for. The chain is verified over the whole rows.",
		roles: auditors,
	}, d.listAudit)
	add(d, route{
		method: http.MethodGet, path: "/v1/audit/verify", id: "verify-audit", tag: tagAudit,
		summary: "Recompute the audit trail's chain from its rows", roles: auditors,
	}, d.verifyAudit)
}

func (d *Door) listAudit(ctx context.Context, query *auditQuery) (*listed[api.AuditEntry], error) {
	filter := store.AuditFilter{PersonID: query.PersonID, Actor: query.Actor, Action: query.Action}
	reader := auditReader{door: d, secrecies: map[string]secrecy{}}
	withheld := map[int64]bool{}
	rows, next, err := visible(query.PageQuery, func(cursor string, limit int) ([]store.AuditRow, string, error) {
		return d.Store.AuditTrail(ctx, filter, cursor, limit)
	}, func(row store.AuditRow) (hidden bool, err error) {
		withheld[row.ID], err = reader.withholds(ctx, row)
		return withheld[row.ID] && query.Action != "", err // what is asked for would tell what it is
	})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.AuditEntry]{Body: api.Page[api.AuditEntry]{Items: make([]api.AuditEntry, len(rows)), NextCursor: next}}
	var people []string
	for i, row := range rows {
		answer.Body.Items[i] = auditEntry(row)
		if withheld[row.ID] {
			answer.Body.Items[i] = withheldEntry(row)
		}
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
