package genesystest

import (
	"net/http"
	"slices"
	"strings"
)

// needs is what a client's role must allow for an operation.
type needs struct {
	all         bool // every permission of the list; otherwise one of them is enough
	permissions string
}

// operationNeeds are the permissions of each operation that lists any, by method and path [API: x-inin-requires-permissions].
func operationNeeds() map[string]needs {
	return map[string]needs{
		"DELETE /api/v2/tokens/{userId}":                                                             {false, "oauth:token:delete"},
		"GET /api/v2/users/query":                                                                    {false, "directory:user:view"},
		"POST /api/v2/users":                                                                         {false, "directory:user:add"},
		"POST /api/v2/users/search":                                                                  {false, "directory:user:view"},
		"GET /api/v2/users/search":                                                                   {false, "directory:user:view"},
		"PATCH /api/v2/users/{userId}":                                                               {false, "admin directory:user:edit directory:organization:admin"},
		"DELETE /api/v2/users/{userId}":                                                              {false, "admin directory:user:delete directory:organization:admin"},
		"GET /api/v2/users/{userId}/state":                                                           {false, "directory:userStateChange:view"},
		"PUT /api/v2/users/{userId}/state":                                                           {false, "directory:user:edit"},
		"POST /api/v2/users/{userId}/externalid":                                                     {false, "directory:user:edit"},
		"DELETE /api/v2/users/{userId}/externalid/{authorityName}/{externalKey}":                     {false, "directory:user:edit"},
		"GET /api/v2/authorization/roles":                                                            {false, "authorization:role:view"},
		"GET /api/v2/authorization/subjects/{subjectId}":                                             {false, "authorization:grant:view"},
		"POST /api/v2/authorization/subjects/{subjectId}/bulkadd":                                    {true, "authorization:grant:add"},
		"POST /api/v2/authorization/subjects/{subjectId}/bulkremove":                                 {true, "authorization:grant:delete"},
		"POST /api/v2/authorization/subjects/{subjectId}/bulkreplace":                                {true, "authorization:grant:add authorization:grant:delete"},
		"POST /api/v2/authorization/subjects/{subjectId}/divisions/{divisionId}/roles/{roleId}":      {true, "authorization:grant:add"},
		"DELETE /api/v2/authorization/subjects/{subjectId}/divisions/{divisionId}/roles/{roleId}":    {true, "authorization:grant:delete"},
		"GET /api/v2/users/{subjectId}/roles":                                                        {false, "authorization:grant:view"},
		"GET /api/v2/routing/skills":                                                                 {false, "routing:skill:view"},
		"PUT /api/v2/users/{userId}/routingskills/bulk":                                              {false, "routing:skill:assign"},
		"PATCH /api/v2/users/{userId}/routingskills/bulk":                                            {false, "routing:skill:assign"},
		"POST /api/v2/users/{userId}/routingskills":                                                  {true, "routing:skill:assign"},
		"PUT /api/v2/users/{userId}/routingskills/{skillId}":                                         {true, "routing:skill:assign"},
		"DELETE /api/v2/users/{userId}/routingskills/{skillId}":                                      {true, "routing:skill:assign"},
		"PATCH /api/v2/users/{userId}/routinglanguages/bulk":                                         {false, "routing:skill:assign routing:language:assign"},
		"POST /api/v2/users/{userId}/routinglanguages":                                               {false, "routing:skill:assign routing:language:assign"},
		"PATCH /api/v2/users/{userId}/routinglanguages/{languageId}":                                 {false, "routing:skill:assign routing:language:assign"},
		"DELETE /api/v2/users/{userId}/routinglanguages/{languageId}":                                {false, "routing:skill:assign routing:language:assign"},
		"GET /api/v2/routing/queues":                                                                 {false, "routing:queue:view"},
		"GET /api/v2/routing/queues/{queueId}":                                                       {true, "routing:queue:view"},
		"GET /api/v2/routing/queues/{queueId}/members":                                               {false, "routing:queue:view routing:queue:edit routing:queue:readonly routing:queueMember:manage"},
		"POST /api/v2/routing/queues/{queueId}/members":                                              {false, "routing:queue:edit routing:queueMember:manage"},
		"PATCH /api/v2/routing/queues/{queueId}/members":                                             {false, "routing:queue:edit routing:queueMember:manage"},
		"PATCH /api/v2/routing/queues/{queueId}/members/{memberId}":                                  {false, "routing:queue:edit routing:queueMember:manage"},
		"DELETE /api/v2/routing/queues/{queueId}/members/{memberId}":                                 {false, "routing:queue:edit routing:queueMember:manage"},
		"GET /api/v2/users/{userId}/queues":                                                          {false, "routing:queue:view"},
		"PATCH /api/v2/users/{userId}/queues":                                                        {false, "routing:queue:join routing:queueMember:manage"},
		"PATCH /api/v2/users/{userId}/queues/{queueId}":                                              {false, "routing:queue:join routing:queueMember:manage"},
		"POST /api/v2/workforcemanagement/agents":                                                    {false, "wfm:agent:edit"},
		"GET /api/v2/workforcemanagement/agents/{agentId}/managementunit":                            {false, "wfm:agent:view wfm:publishedSchedule:view wfm:schedule:view coaching:appointment:add coaching:appointment:edit learning:assignment:add learning:assignment:reschedule"},
		"GET /api/v2/workforcemanagement/managementunits/{managementUnitId}/users":                   {false, "wfm:agent:view wfm:historicalAdherence:view wfm:publishedSchedule:view wfm:realtimeAdherence:view wfm:schedule:view wfm:staffingGroup:view wfm:timeOffRequest:view wfm:workPlanRotation:view wfm:workPlan:view"},
		"PATCH /api/v2/workforcemanagement/managementunits/{managementUnitId}/agents":                {false, "wfm:agent:edit"},
		"GET /api/v2/workforcemanagement/managementunits/{managementUnitId}/agents/{agentId}":        {false, "wfm:agent:view"},
		"PATCH /api/v2/workforcemanagement/managementunits/{managementUnitId}/agents/workplans/bulk": {false, "wfm:workPlan:edit"},
		"GET /api/v2/workforcemanagement/managementunits/{managementUnitId}/workplans":               {false, "wfm:agent:view wfm:publishedSchedule:view wfm:schedule:view wfm:workPlanRotation:view wfm:workPlan:view"},
		"GET /api/v2/presence/definitions":                                                           {true, "presence:presenceDefinition:view"},
		"GET /api/v2/users/{userId}/station":                                                         {false, "telephony:otherStationAssociation:view"},
		"DELETE /api/v2/users/{userId}/station/associatedstation":                                    {false, "telephony:station:disassociate"},
		"DELETE /api/v2/users/{userId}/station/defaultstation":                                       {false, "telephony:plugin:all telephony:phone:assign"},
		"GET /api/v2/gdpr/requests":                                                                  {false, "gdpr:request:view"},
		"POST /api/v2/gdpr/requests":                                                                 {false, "gdpr:request:add"},
		"GET /api/v2/gdpr/requests/{requestId}":                                                      {false, "gdpr:request:view"},
		"POST /api/v2/analytics/conversations/details/query":                                         {false, "analytics:conversationDetail:view analytics:agentConversationDetail:view"},
		"GET /api/v2/conversations/{conversationId}":                                                 {false, "conversation:communication:view"},
		"PATCH /api/v2/conversations/{conversationId}/participants/{participantId}":                  {false, "conversation:participant:wrapup conversation:call:record conversation:communication:disconnect"},
		"POST /api/v2/conversations/{conversationId}/participants/{participantId}/replace/queue":     {false, "conversation:communication:blindTransfer conversation:communication:blindTransferQueue"},
		"POST /api/v2/conversations/{conversationId}/participants/{participantId}/replace/agent":     {false, "conversation:communication:blindTransfer conversation:communication:blindTransferAgent"},
	}
}

// forbid refuses an operation that the token's client has no permission for.
func (s *Server) forbid(r *request, operation *route) *answer {
	wanted, needed := s.needs[operation.method+" "+operation.path]
	if !needed {
		return nil
	}
	lacking := slices.DeleteFunc(strings.Fields(wanted.permissions), r.token.client.may)
	switch {
	case wanted.all && len(lacking) > 0:
		refused := fail(http.StatusForbidden, "missing.permissions",
			"Unable to perform the requested action. You are missing the following permission(s): %s", strings.Join(lacking, ", "))
		return &refused
	case !wanted.all && len(lacking) == len(strings.Fields(wanted.permissions)):
		refused := fail(http.StatusForbidden, "missing.any.permissions",
			"Unable to perform the requested action. You must have at least one of the following permissions assigned: %s",
			strings.Join(lacking, ", "))
		return &refused
	}
	return nil
}
