package frontdoor

import (
	"github.com/danielgtaylor/huma/v2"

	"muster/api"
)

// eventSchema describes the canonical HR event: the decoder is stricter than a schema can say, and names what it refuses.
func eventSchema() *huma.Schema {
	text := func(description string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: description}
	}
	textOrNull := func(description string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Nullable: true, Description: description}
	}
	return &huma.Schema{
		Type:        huma.TypeObject,
		Description: "One HR event. Unknown fields are refused. A field that is absent is left alone, null or [] clears it.",
		Required:    []string{"event_id", "event_type", "source_system", "timestamp_utc", "payload"},
		Properties: map[string]*huma.Schema{
			"event_id": text("Unique id of the event, [A-Za-z0-9._:-]{1,128}"),
			"event_type": {Type: huma.TypeString, Enum: []any{
				"USER_CREATE", "USER_UPDATE", "SKILL_ASSIGN", "USER_TERMINATE", "EVENT_RESCIND",
			}},
			"source_system":     text("The source whose secret signed the request"),
			"timestamp_utc":     {Type: huma.TypeString, Format: "date-time", Description: "When HR issued it, UTC"},
			"effective_at":      text("When it takes effect: an instant, or a date in the person's zone"),
			"replaces_event_id": text("The earlier event this one stands in for"),
			"rescinds_event_id": text("For EVENT_RESCIND: the event taken back"),
			"payload": {
				Type: huma.TypeObject, Required: []string{"external_user_id"},
				Properties: map[string]*huma.Schema{
					"external_user_id":    text("HR's id of the person"),
					"email":               textOrNull("Address of the account"),
					"first_name":          textOrNull(""),
					"last_name":           textOrNull(""),
					"phone_extension":     textOrNull(""),
					"department_code":     textOrNull(""),
					"job_title_code":      textOrNull(""),
					"location_code":       textOrNull(""),
					"manager_external_id": textOrNull("HR's id of the manager"),
					"timezone":            textOrNull("IANA name such as America/New_York"),
					"skill_codes": {
						Type: huma.TypeArray, Nullable: true, Items: &huma.Schema{Type: huma.TypeString},
					},
					"skill_mode":  {Type: huma.TypeString, Enum: []any{"ADD", "REMOVE", "REPLACE"}, Description: "For SKILL_ASSIGN; ADD when absent"},
					"status":      {Type: huma.TypeString, Nullable: true, Enum: []any{"ACTIVE", "ON_LEAVE", "SUSPENDED", "TERMINATED", nil}},
					"hire_date":   textOrNull("YYYY-MM-DD, in the person's zone"),
					"leave_until": textOrNull("YYYY-MM-DD, in the person's zone"),
					"termination": {
						Type: huma.TypeObject,
						Properties: map[string]*huma.Schema{
							"reason":           {Type: huma.TypeString, Enum: []any{"VOLUNTARY", "INVOLUNTARY", "END_OF_CONTRACT"}},
							"last_day":         text("YYYY-MM-DD, in the person's zone"),
							"last_working_day": text("YYYY-MM-DD; access ends with it when given"),
						},
					},
				},
			},
		},
	}
}

// eventsRequest describes the body of POST /v1/events: one event, or a batch.
func eventsRequest(documented huma.API) *huma.Schema {
	schemas := documented.OpenAPI().Components.Schemas.Map()
	schemas["HREvent"] = eventSchema()
	maxItems := maxBatch
	minItems := 1
	schemas["HREventBatch"] = &huma.Schema{
		Type: huma.TypeObject, Required: []string{"events"}, Description: "Up to 1,000 events; a bad one never blocks the others.",
		Properties: map[string]*huma.Schema{
			"events": {Type: huma.TypeArray, Items: referenceTo("HREvent"), MinItems: &minItems, MaxItems: &maxItems},
		},
	}
	return &huma.Schema{OneOf: []*huma.Schema{referenceTo("HREvent"), referenceTo("HREventBatch")}}
}

// eventsAnswer describes the answer: a receipt, or the receipts of a batch.
func eventsAnswer(documented huma.API) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		schemaOf[api.EventReceipt](documented), schemaOf[api.EventReceipts](documented),
	}}
}

func referenceTo(name string) *huma.Schema {
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}
