// Package api is Muster's HTTP API as values: the documents that go over the wire, the Standard Webhooks signature of events,
// and a typed client. The server and every program that talks to it share these types, so neither can drift.
//
// Times are RFC 3339 in UTC. A list answers one page: items and, when there are more, the cursor that asks for the next.
package api

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items" doc:"The items of this page" nullable:"false"`
	// NextCursor asks for the next page; empty on the last one.
	NextCursor string `json:"next_cursor,omitempty" doc:"Ask for the next page with ?cursor=; absent on the last page"`
}

// Role is what a bearer token may do.
type Role string

// The roles.
const (
	// RoleIngest may send events in place of an HR system's signature, and see what became of an event.
	RoleIngest Role = "ingest"
	// RoleViewer may read agents, events, approvals, reviews and the mapping registry.
	RoleViewer Role = "viewer"
	// RoleOperator may decide reviews and resume a suspended grace.
	RoleOperator Role = "operator"
	// RoleApprover may decide approvals.
	RoleApprover Role = "approver"
	// RoleLegal sees planned terminations and HR's reasons, places and releases holds, and turns terminations back.
	RoleLegal Role = "legal"
	// RoleAuditor may read the audit trail and verify it.
	RoleAuditor Role = "auditor"
	// RoleRegistryEditor may add versions of the mapping registry.
	RoleRegistryEditor Role = "registry-editor"
)

// Roles are all roles there are.
func Roles() []Role {
	return []Role{
		RoleIngest, RoleViewer, RoleOperator, RoleApprover, RoleLegal, RoleAuditor, RoleRegistryEditor,
	}
}
